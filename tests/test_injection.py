"""What a stranger puts into a request never becomes markup, a header, another's answer, or the name of a file."""

import json
import re
from urllib.parse import quote, urlencode, urlsplit

import html5lib
import pytest
import requests

from .conftest import Server
from .test_wire import assert_nothing_of_the_machine_is_told, connect, read_answer

MARK = "ma7rk"
MARKUP = (
    f"<{MARK}>",
    f"'\"><{MARK} onload='x'>",
    f"</textarea></title></pre></code><script>{MARK}()</script>",
    f'" {MARK}=x onmouseover={MARK}() x="',
    f"{{{{7*7}}}}{MARK}${{7*7}}<%={MARK}%>",
    f"&lt;{MARK}&gt;&#x3C;{MARK}&#x3E;\u2028\u202e",
)
PAYLOADS = (" ".join(MARKUP), f"javascript:{MARK}()")
PAGES = (
    "", "sparql", "api", "api/named", "api/site-card", "api/is-deep", "api/sites-by-depth", "catalog", "list",
    "describe", "list/bw:BathingSite", "doc/site/le-pont", "ns", "shapes", "problems", "id/site/le-pont",
    "nothing", "metrics", "dump/x/y", "context/x.jsonld", "frames/x.jsonld", "static/x", "graph",
    "linkset", "llms.txt", ".well-known/void",
)  # fmt: skip
PARAMETERS = (
    "query", "iri", "type", "format", "lang", "page", "_profile", "text", "thing", "day", "number", "site", "minDepth",
    "neighbour", "default-graph-uri", "graph", "unknown", "output", "results", "size", "pageSize", "limit", "offset",
)  # fmt: skip
SCHEMES = ("http", "https", "mailto", "tel", "geo", "ftp", "")
HTML = {"Accept": "text/html"}


def assert_harmless(page: str) -> None:
    """The page holds no element, attribute or address that the payload made."""
    for element in html5lib.parse(page, namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):
            assert MARK not in (element.text or "")  # a comment
            continue
        if element.tag == "script" and element.get("src"):  # ours
            assert element.attrib.keys() == {"type", "src"} and not element.text
            assert re.fullmatch(r"/static/[a-z./-]+\.js\?v=[0-9a-f]{8}", element.attrib["src"])
            continue
        if element.tag == "script":  # data, which no browser runs
            assert element.attrib["type"] in ("application/json", "application/ld+json") and json.loads(element.text)
            continue
        assert element.tag not in ("style", "iframe", "object", "embed", "base", "svg", MARK)
        for name, value in element.attrib.items():
            assert MARK not in name and not name.startswith("on") and name not in ("style", "srcdoc")
            if name in ("href", "src", "action", "formaction"):
                assert urlsplit(value.strip()).scheme.lower() in SCHEMES, value
                assert not value.startswith("//")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_parameter_never_becomes_markup(payload: str, tiny: Server) -> None:
    for path in PAGES:
        given = urlencode(dict.fromkeys(PARAMETERS, payload))
        single = path.startswith(("sparql", "api", "list", "describe"))
        alone = [urlencode({name: payload}) for name in PARAMETERS] if single else []
        for query in (given, *alone, quote(payload) + "=1", f"a={payload.replace(' ', '+')}"):
            response = tiny.get(f"{path}?{query}", headers=HTML, allow_redirects=False)

            assert response.status_code < 500
            assert_page(response)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_path_never_becomes_markup(payload: str, tiny: Server) -> None:
    for path in PAGES:
        for form in (f"{path}/{quote(payload)}", f"{path}{quote(payload)}", f"{path}/{quote(payload)}.ttl"):
            response = tiny.get(form, headers=HTML, allow_redirects=False)

            assert response.status_code < 500
            assert_page(response)


def assert_page(response: requests.Response) -> None:
    if response.headers.get("Content-Type", "").startswith("text/html"):
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert_harmless(response.text)
    assert_nothing_of_the_machine_is_told(dict(response.headers), response.content)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_result_never_becomes_markup(payload: str, tiny: Server) -> None:
    """Names, texts, IRIs and variables that a query makes up are shown as what they are."""
    text = '"' + payload.replace("\\", "\\\\").replace('"', '\\"') + '"'
    dangerous = ("javascript:", "JaVaScRiPt:", "data:text/html,", "vbscript:", "view-source:", "blob:", "file:///")
    iris = " ".join(f"<{scheme}{quote(payload, safe=':()')}>" for scheme in dangerous)
    queries = (
        f"SELECT ({text} AS ?a) (STRLANG({text}, 'x-{MARK}') AS ?b) ?i {{ VALUES ?i {{ {iris} }} }}",
        f"CONSTRUCT {{ <x:y> ?i {text} }} {{ VALUES ?i {{ {iris} }} }}",
        f"SELECT {text}",
        f"# {payload}\nASK {{}}",
    )
    for query in queries:
        response = tiny.sparql(query, "text/html")

        assert response.status_code in (200, 400)
        assert_page(response)


def test_nothing_of_a_request_becomes_a_header(tiny: Server) -> None:
    """Line ends in every spelling, in whatever is said again in Location, Link, Content-Location and Allow."""
    ends = (
        "%0d%0a", "%0a", "%0d", "%E5%98%8D%E5%98%8A", "%c4%8d%c4%8a", "%E2%80%A8", "%u000d%u000a", "%23%0a",
        "\\r\\n",
    )  # fmt: skip
    places = (
        "id/site/le-pont?x={}", "id/site/le-pont{}", "describe?iri=https://data.example.org/id/site/le-pont{}",
        "describe?iri={}", "sparql?query=ASK%7B%7D&format={}", "api/named.json?text={}", "api/named?page=1&x={}",
        "doc/site/le-pont?lang={}", "{}", "/{}", "dump/latest/{}", "api/{}.json", "api/named.json?{}", "list/{}",
        "sparql?query=ASK%7B%7D&default-graph-uri=http://x/{}", "graph?graph={}", "//{}",
    )  # fmt: skip
    for place in places:
        for end in ends:
            with connect(tiny) as connection:
                target = place.format(end + "Injected:%20yes" + end + end + "<b>")
                connection.sendall(f"GET /{target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                status, headers, _ = read_answer(connection)

                assert 200 <= status < 500
                assert "injected" not in headers
                assert not [value for value in headers.values() if re.search(r"[\r\n]", value)]


EVIL = "evil.example"
HOSTS = (
    f"Host: {EVIL}", f"Host: {EVIL}:80", f"Host: x\r\nX-Forwarded-Host: {EVIL}",
    f"Host: x\r\nForwarded: host={EVIL};proto=https", f"Host: x\r\nX-Forwarded-Server: {EVIL}",
    f"Host: x\r\nX-Original-URL: http://{EVIL}/", f"Host: x\r\nX-Rewrite-URL: /{EVIL}",
    f"Host: x\r\nX-Forwarded-Prefix: /{EVIL}", f"Host: x\r\nX-Script-Name: /{EVIL}",
    f"Host: x\r\nX-Forwarded-Proto: {EVIL}", f"Host: x\r\nOrigin: http://{EVIL}",
    f"Host: x\r\nReferer: http://{EVIL}/", f"Host: x\r\nCookie: lang={EVIL}; a=b",
    f"Host: x\r\nX-HTTP-Method-Override: {EVIL}", f"Host: x\r\nAccept-Language: {EVIL}",
    f"Host: x\r\nUser-Agent: {EVIL}",
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_who_the_request_says_we_are_is_never_repeated(host: str, tiny: Server) -> None:
    targets = (
        "/", "/sparql", "/catalog", "/id/site/le-pont", "/doc/site/le-pont.ttl", "/api/openapi.json",
        "/sitemap.xml", "/robots.txt", "/nothing", "//x", "/healthz/", "/api/", "/sparql/", f"http://{EVIL}/",
        f"http://{EVIL}//x",
    )  # fmt: skip
    for target in targets:
        with connect(tiny) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\n{host}\r\nAccept: */*\r\n\r\n".encode())
            status, headers, body = read_answer(connection)

            assert 200 <= status < 500
            assert EVIL not in str(headers) + body.decode()


def test_only_what_is_published_is_served(tiny: Server) -> None:
    folders = ("", "static/", "dump/latest/", "dump/", "context/", "frames/", "doc/", "id/", "api/", "ns/", "list/")
    files = (
        "server.py", "manifest.json", "etc/passwd", "quads.nq", "pyproject.toml", "proc/self/environ",
        ".git/config",
    )  # fmt: skip
    ups = (
        "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e/", "....//", "..;/", "..%00/",
        "..%c0%af", "/", "%2f",
    )  # fmt: skip
    for folder in folders:
        for file in files:
            for up in ups:
                with connect(tiny) as connection:
                    connection.sendall(f"GET /{folder}{up * 6}{file} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

                    assert read_answer(connection)[0] in (400, 404)


def test_a_kept_answer_is_nobody_elses(tiny: Server) -> None:
    """Each pair differs in something that a cache's key could lack; what the first got is not given to the second."""
    asked: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"Cookie": "a=<b>"}, {}),
        ({"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https"}, {}),
        ({"Range": "bytes=0-9"}, {}),
        ({"If-None-Match": "*"}, {}),
        ({"If-Match": '"x"'}, {}),
        ({"If-Modified-Since": "Tue, 03 Feb 2099 00:00:00 GMT"}, {}),
        ({"X-HTTP-Method-Override": "DELETE"}, {}),
        ({"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}),
        ({"Accept": "text/turtle"}, {"Accept": "application/ld+json"}),
        ({"Accept-Language": "fr"}, {"Accept-Language": "en"}),
        ({"Origin": f"http://{EVIL}"}, {}),
        ({"Authorization": "Basic YTpi"}, {}),
    ]
    for number, (first, second) in enumerate(asked):
        for path in ("doc/site/le-pont", "sparql?query=DESCRIBE+<id/site/le-pont>"):
            fresh, later = (f"{path}{'&' if '?' in path else '?'}n={number}{place}" for place in "ab")
            tiny.get(fresh, headers=first)
            poisoned, clean = (tiny.get(url, headers={"Accept": "text/html", **second}) for url in (fresh, later))

            assert poisoned.status_code == clean.status_code == 200
            assert poisoned.text.replace(f"n={number}a", "") == clean.text.replace(f"n={number}b", "")
            assert changing(poisoned) == changing(clean)


def changing(response: requests.Response) -> dict[str, str]:
    """The headers that do not differ from one request to the next by themselves."""
    own = ("date", "server-timing", "etag", "link", "content-location", "content-length")
    return {name.lower(): value for name, value in response.headers.items() if name.lower() not in own}


def test_a_body_of_a_get_and_another_method_change_no_kept_answer(tiny: Server) -> None:
    url = f"{tiny.url}sparql?query=ASK%7B%7D&format=csv&kept=1"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    requests.get(url, data="query=ASK{<x:y>a<x:z>}", headers=form, timeout=10)
    requests.head(url, timeout=10)
    requests.options(url, timeout=10)

    assert requests.get(url, timeout=10).text == "true"
    assert requests.head(url, timeout=10).headers["Content-Length"] == "4"


def test_paths_that_look_alike_share_no_answer(tiny: Server) -> None:
    spellings = (
        "sparql%3Fquery=ASK%7B%7D", "sparql%00?query=ASK%7B%7D", "sparql%20?query=ASK%7B%7D",
        "sparql;a?query=ASK%7B%7D", "doc/site/le-pont%3Flang=fr", "doc/site%2Fle-pont.css",
        "doc/site/le-pont%23x", "doc/site/le-pont.ttl%0a",
    )  # fmt: skip
    for spelling in spellings:
        assert tiny.get(spelling, headers=HTML).status_code in (200, 400, 404)
    assert tiny.get("sparql?query=ASK%7B%7D&format=csv").text == "true"
    assert tiny.get("doc/site/le-pont", headers=HTML).headers["Content-Type"] == "text/html; charset=utf-8"


STRICT = {
    "content-security-policy": ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"],
    "x-content-type-options": ["nosniff"],
    "referrer-policy": ["strict-origin-when-cross-origin"],
    "cross-origin-opener-policy": ["same-origin"],
    "cross-origin-resource-policy": ["cross-origin"],
    "permissions-policy": ["geolocation=()"],
    "x-frame-options": ["DENY"],
}


@pytest.mark.parametrize(
    "path", ["", "sparql", "doc/site/le-pont", "nothing", "describe?iri=%FF", "api/named?page=x", "static/icon.svg"]
)
def test_pages_have_the_strictest_headers_errors_included(path: str, tiny: Server) -> None:
    response = tiny.get(path, headers=HTML)

    for name, values in STRICT.items():
        assert all(value in response.headers[name] for value in values)
    policy = response.headers["Content-Security-Policy"]
    assert not re.search(r"unsafe|\*|data:|https?:", policy.replace("img-src 'self' data:", ""))  # an editor's marks


@pytest.mark.parametrize(
    "path",
    ["doc/site/le-pont.ttl", "doc/site/le-pont.rdf", "sparql?query=ASK%7B%7D&format=xml", "nothing",
     "dump/latest/dataset.nt", "healthz", "api/openapi.json", "sitemap.xml", "context.jsonld", "sparql?query=SERVICE"],
)  # fmt: skip
def test_data_is_no_document_in_which_anything_runs(path: str, tiny: Server) -> None:
    for accept in ("*/*", "application/rdf+xml;q=0.9, application/problem+json"):
        headers = tiny.get(path, accept).headers

        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_what_is_refused_before_the_application_is_asked_has_the_same_headers(tiny: Server) -> None:
    with connect(tiny) as connection:
        connection.sendall(b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n")
        status, headers, _ = read_answer(connection)

    assert status == 501
    assert headers["cache-control"] == "no-store"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]


LONG = {
    "Accept": "a/b;c=d," * 12_000,
    "Accept-Language": "a" + "-b" * 50_000,
    "Accept-Encoding": "a;q=0.1," * 12_000,
    "If-None-Match": 'W/"a",' * 16_000,
    "If-Match": '"' * 100_000,
    "If-Modified-Since": "1" * 100_000,
    "Range": "bytes=" + "0-1," * 25_000,
    "If-Range": '"' * 100_000,
    "Cookie": 'a="' + "\\1" * 50_000,
    "Content-Type": "text/html;" + "a=b;" * 25_000,
    "X-Forwarded-For": "192.0.2.1," * 10_000,
    "Forwarded": "for=a;" * 16_000,
    "Authorization": "Basic " + "a" * 100_000,
    "Access-Control-Request-Headers": "a," * 50_000,
}


@pytest.mark.parametrize("name", LONG)
def test_a_header_as_long_as_it_may_be_is_read(name: str, tiny: Server) -> None:
    for path in ("doc/site/le-pont", "dump/latest/dataset.nt", "sparql?query=ASK%7B%7D", "api/named", "nothing"):
        response = tiny.get(path, headers={name: LONG[name]})

        assert response.status_code in (200, 404, 406, 412)
        assert_nothing_of_the_machine_is_told(dict(response.headers), response.content)
