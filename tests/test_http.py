"""HTTP over real connections: what every answer of every route owes to clients, caches and browsers.

The routes are asked of the application, so that a new one without a sample here fails the first test.
"""

import gzip
import hashlib
import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import cast
from urllib.parse import quote, unquote, urljoin, urlsplit

import brotli
import pytest
import zstandard

from publisher.config import Config
from publisher.errors import SettingError
from publisher.publish.snapshot import Snapshot
from publisher.store.workers import Workers
from publisher.web.app import create_app
from publisher.web.refusal import DATA, EVERYWHERE, PAGE

from .conftest import TINY, Server, start_server

ALL = quote("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o")
SAMPLES = {  # route -> paths; {version} and {context} are filled in
    "/": [""],
    "/id/<path:path>": ["id/site/le-pont"],
    "/doc/<path:path>": [
        "doc/site/le-pont",
        "doc/site/le-pont.ttl",
        "doc/site/le-pont.jsonld",
        "doc/site/le-pont.html",
    ],
    "/describe": [f"describe?iri={quote('http://www.w3.org/2002/07/owl#Class', safe='')}"],
    "/<path:path>": ["ns", "ns.rdf", "shapes.nt", "dataset/sites.trig", "queries"],
    "/ns/<path:version>": ["ns/1.0.0", "ns/1.0.0.ttl"],
    "/search": ["search", "search?q=pont&lang=fr", "search?q=nothing+is+called+so"],
    "/search/suggest": ["search/suggest?q=le"],
    "/browse": ["browse"],
    "/list/<short>": ["list/bw:BathingSite", "list/bw:BathingSite.csv", "list/bw:BathingSite.jsonld?sort=-name"],
    "/list": [f"list?type={quote('https://data.example.org/ns#BathingSite', safe='')}"],
    "/list.<suffix>": [f"list.csv?type={quote('https://data.example.org/ns#BathingSite', safe='')}"],
    "/sparql": ["sparql", f"sparql?query={ALL}", f"sparql?query={ALL}&format=csv", "sparql?query=ASK%7B%7D&format=xml"],
    "/sparql/cancel": [],  # POST alone: tests/test_sparql_page.py
    "/rdf-graph-store": [
        "rdf-graph-store?default",
        "rdf-graph-store?graph=https%3A%2F%2Fdata.example.org%2Fdataset%2Fsites",
    ],
    "/api": ["api"],
    "/api/<name>": ["api/named", "api/named.csv", "api/sites-by-depth.rq", "api/site-card.jsonld"],
    "/api/openapi.json": ["api/openapi.json"],
    "/reconcile": ["reconcile", "reconcile?query=rocheray&lang=fr"],
    "/reconcile/suggest/<kind>": ["reconcile/suggest/entity?prefix=le", "reconcile/suggest/type?prefix=b"],
    "/reconcile/flyout/<kind>": ["reconcile/flyout/type?id=https%3A%2F%2Fdata.example.org%2Fns%23BathingSite"],
    "/reconcile/preview": ["reconcile/preview?id=https%3A%2F%2Fdata.example.org%2Fid%2Fsite%2Fle-pont"],
    "/reconcile/properties": ["reconcile/properties?type=bw:BathingSite"],
    "/sameas": ["sameas?uri=https%3A%2F%2Fdata.example.org%2Fid%2Fsite%2Fle-pont"],
    "/dump/<version>/<name>": ["dump/latest/dataset.nt", "dump/{version}/dataset.ttl"],
    "/catalog": ["catalog"],
    "/catalog.<suffix>": ["catalog.jsonld", "catalog.xml"],
    "/catalog/quality": ["catalog/quality"],
    "/catalog/quality.<suffix>": ["catalog/quality.ttl"],
    "/catalog/<path:path>": [
        "catalog/sites",
        "catalog/sites.ttl",
        "catalog/dataset.rdf?_profile=dcat-ap-2.1.1",
        "catalog/sites/ttl",
        "catalog/sparql-endpoint",
    ],
    "/context.jsonld": ["context.jsonld"],
    "/context/<name>.jsonld": ["context/{context}.jsonld"],
    "/frames/<name>.jsonld": ["frames/site.jsonld"],
    "/frames/<name>.schema.json": ["frames/site.schema.json"],
    "/jsonld": ["jsonld"],
    "/problems": ["problems"],
    "/table": ["table"],
    "/table/<name>": ["table/bw-BathingSite.csv", "table/bw-BathingSite.csv-metadata.json"],
    "/.well-known/csvm": [".well-known/csvm"],
    "/healthz": ["healthz"],
    "/metrics": ["metrics"],
    "/.well-known/void": [".well-known/void"],
    "/.well-known/api-catalog": [".well-known/api-catalog"],
    "/linkset": [f"linkset?iri={quote('https://data.example.org/id/site/le-pont', safe='')}"],
    "/llms.txt": ["llms.txt"],
    "/robots.txt": ["robots.txt"],
    "/sitemap.xml": ["sitemap.xml", "sitemap.xml?part=1"],
    "/static/<path:name>": ["static/style.css", "static/icon.svg"],
}
ERRORS = [
    "nowhere",
    "id/site/closed",
    "api/nothing",
    "sparql?query=nonsense",
    "dump/latest/x",
    "describe",
    "frames/x.jsonld",
    "reconcile?queries=nonsense",
    "sameas?uri=urn:nothing",
]
PATHS = [path for paths in SAMPLES.values() for path in paths]
REDIRECTS = SAMPLES["/id/<path:path>"] + SAMPLES["/sameas"]
DUMPS = SAMPLES["/dump/<version>/<name>"]
FILES = [*DUMPS, "rdf-graph-store?default", "table/bw-BathingSite.csv"]
NEVER_KEPT = ["healthz", "metrics"]
COUNTS = ["healthz", "metrics"]  # differ from one request to the next
ANSWERS = [path for path in PATHS if path not in REDIRECTS + COUNTS]
FOREVER = ["context/{context}.jsonld"]
DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}
SAFELISTED = {  # a script may read these without our saying so (Fetch standard), or has no use for them
    "cache-control", "content-length", "content-type", "connection", "server", "transfer-encoding", "x-robots-tag",
    *(name.lower() for name in EVERYWHERE | PAGE | DATA),
}  # fmt: skip
CHANGING = {"date", "server-timing"}
ASKED_OF_304 = {"cache-control", "content-location", "date", "etag", "expires", "vary"}  # RFC 9110, section 15.4.5


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> bytes:
        """The body without its content coding."""
        return DECODERS[self.headers.get("content-encoding", "")](self.body)

    @property
    def vary(self) -> set[str]:
        return {name.strip().lower() for name in self.headers.get("vary", "").split(",") if name.strip()}

    @property
    def lasting(self) -> dict[str, str]:
        """The headers that are the same when the request is sent again."""
        return {name: value for name, value in self.headers.items() if name not in CHANGING}


class Client:
    """One connection, which sends what it is given and nothing else."""

    def __init__(self, url: str) -> None:
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=30)

    def ask(self, path: str, method: str = "GET", /, body: bytes = b"", **headers: str) -> Answer:
        given = {name.lower() for name in headers}
        self.connection.putrequest(method, "/" + path, skip_host="host" in given, skip_accept_encoding=True)
        for name, value in headers.items():
            self.connection.putheader(name.replace("_", "-"), value)
        if body:
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body or None)
        response = self.connection.getresponse()
        named: dict[str, str] = {}
        for name, value in response.getheaders():
            named[name.lower()] = f"{named[name.lower()]}, {value}" if name.lower() in named else value
        return Answer(response.status, named, response.read())


@pytest.fixture(scope="module")
def client(tiny: Server) -> Iterator[Client]:
    client = Client(tiny.url)
    yield client
    client.connection.close()


@pytest.fixture(scope="module")
def fill(client: Client) -> Callable[[str], str]:
    """Fills version and context into a path of SAMPLES."""
    version = json.loads(client.ask("healthz").body)["version"]
    context = json.loads(client.ask("doc/site/le-pont.jsonld").body)["@context"]
    name = context.rpartition("/")[2].removesuffix(".jsonld")
    return lambda path: path.replace("{version}", version).replace("{context}", name)


def test_every_route_has_a_sample(tiny_snapshot: Snapshot) -> None:
    rules = create_app(tiny_snapshot, Config(), cast(Workers, None)).url_map.iter_rules()

    assert {rule.rule for rule in rules} == set(SAMPLES)


# What every answer has


@pytest.mark.parametrize("path", PATHS + ERRORS)
def test_an_answer_has_the_headers_that_all_have(client: Client, fill: Callable[[str], str], path: str) -> None:
    answer = client.ask(fill(path))

    health = json.loads(client.ask("healthz").body)
    headers = answer.headers
    assert answer.status == (303 if path in REDIRECTS else 200 if path in PATHS else answer.status)
    assert (answer.status >= 400) == (path in ERRORS)
    assert headers["content-length"] == str(len(answer.body))
    assert "transfer-encoding" not in headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["snapshot-version"] == health["version"]
    assert headers["snapshot-date"] == health["date"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "date" in headers and "cache-control" in headers
    assert ("no-store" in headers["cache-control"]) == (path in ERRORS + NEVER_KEPT)
    if answer.status == 200:
        assert re.fullmatch(r'"[0-9a-f]{32}(-\w+)?"', headers["etag"])
        assert ("last-modified" in headers) == (path not in FOREVER + NEVER_KEPT)
    if headers["content-type"].startswith("text/"):
        assert "; charset=utf-8" in headers["content-type"]


@pytest.mark.parametrize("path", PATHS + ERRORS)
def test_a_script_of_another_site_may_read_every_header(client: Client, fill: Callable[[str], str], path: str) -> None:
    headers = client.ask(fill(path), Origin="https://elsewhere.example").headers

    exposed = {name.strip().lower() for name in headers["access-control-expose-headers"].split(",")}
    cors = {name for name in headers if name.startswith("access-control-")}
    assert set(headers) - cors - SAFELISTED <= exposed


@pytest.mark.parametrize("path", REDIRECTS + ANSWERS + ERRORS)
def test_vary_names_all_that_an_answer_depends_on(client: Client, fill: Callable[[str], str], path: str) -> None:
    path = fill(path)
    tried = {
        "accept": ["text/html", "text/turtle", "application/json", "text/csv", "image/png"],
        "accept-language": ["fr", "de"],
        "accept-encoding": ["gzip"],
        "host": ["evil.example"],
        "origin": ["https://elsewhere.example"],
        "user-agent": ["Mozilla/5.0"],
        "cookie": ["a=b"],
        "x-forwarded-host": ["evil.example"],
        "x-forwarded-proto": ["https"],
        "x-forwarded-prefix": ["/evil"],
        "forwarded": ["host=evil.example;proto=https"],
    }
    for base in ({}, {"accept": "text/html"}):
        plain = client.ask(path, **base)
        for name, values in tried.items():
            for value in values:
                other = client.ask(path, **(base | {name: value}))
                if (plain.status, plain.body) != (other.status, other.body):
                    assert name in plain.vary & other.vary, f"{name}: {value}"


# Content coding, conditions, HEAD


@pytest.mark.parametrize("path", [path for path in ANSWERS if path not in FILES])
def test_each_coding_is_what_it_says_and_has_its_own_tag(client: Client, fill: Callable[[str], str], path: str) -> None:
    path = fill(path)
    plain = client.ask(path)
    answers = {coding: client.ask(path, Accept_Encoding=coding) for coding in ("identity", "br", "zstd", "gzip")}

    assert "content-encoding" not in plain.headers
    assert answers["identity"].body == plain.body
    for coding in ("br", "zstd", "gzip"):
        answer = answers[coding]
        assert answer.content == plain.body
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.headers.get("content-encoding") == (coding if len(plain.body) >= 512 else None)
    for answer in answers.values():
        assert "accept-encoding" in answer.vary
        assert answer.headers["etag"] == f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'


@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.parametrize("coding", ["identity", "br"])
def test_who_has_the_answer_gets_304_with_what_caches_need(
    client: Client, fill: Callable[[str], str], path: str, coding: str
) -> None:
    path = fill(path)
    whole = client.ask(path, Accept_Encoding=coding)
    etag = whole.headers["etag"]

    for known in (etag, f"W/{etag}", f'"x", {etag}', f'W/"a,b" , W/{etag},"y"', "*"):
        for method in ("GET", "HEAD"):
            answer = client.ask(path, method, Accept_Encoding=coding, If_None_Match=known)
            assert (answer.status, answer.body) == (304, b""), known
            assert ASKED_OF_304 & set(whole.headers) <= set(answer.headers)
            assert {name: whole.headers.get(name) for name in answer.lasting} == answer.lasting
            assert not {"content-type", "content-encoding", "link"} & set(answer.headers)
    for known in ('"x"', f'{etag[:-2]}"', etag.strip('"')):
        assert client.ask(path, Accept_Encoding=coding, If_None_Match=known).status == 200


@pytest.mark.parametrize("path", ANSWERS)
def test_a_date_alone_decides_nothing(client: Client, fill: Callable[[str], str], path: str) -> None:
    path = fill(path)
    date = client.ask(path).headers.get("last-modified", "Sun, 01 Jan 2040 00:00:00 GMT")

    assert client.ask(path, If_Modified_Since=date).status == 200
    assert client.ask(path, If_Unmodified_Since="Sun, 01 Jan 2006 00:00:00 GMT").status == 200


@pytest.mark.parametrize("path", ANSWERS)
def test_who_wants_another_state_gets_412(client: Client, fill: Callable[[str], str], path: str) -> None:
    path = fill(path)
    etag = client.ask(path).headers["etag"]
    refused = client.ask(path, If_Match='"other"')

    assert refused.status == 412
    assert json.loads(refused.body)["status"] == 412
    assert refused.headers["access-control-allow-origin"] == "*"
    assert refused.headers["cache-control"] == "no-store"
    assert client.ask(path, If_Match=f"W/{etag}").status == 412
    assert client.ask(path, If_Match=f'"other", {etag}').status == 200
    assert client.ask(path, If_Match="*").status == 200


@pytest.mark.parametrize("path", REDIRECTS + ANSWERS + ERRORS)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_has_the_headers_of_get(client: Client, fill: Callable[[str], str], path: str, coding: str) -> None:
    path = fill(path)
    head = client.ask(path, "HEAD", Accept_Encoding=coding, Range="bytes=0-9")
    whole = client.ask(path, Accept_Encoding=coding)

    assert head.body == b""
    assert (head.status, head.lasting) == (whole.status, whole.lasting)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("*", "br"),
        ("br;q=0, *", "zstd"),
        ("gzip;q=0.2, zstd;q=0.9, br;q=0.5", "zstd"),
        ("identity;q=1, *;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=0", ""),
        ("*;q=0", ""),
        ("GZIP", "gzip"),
        ("deflate, compress;q=0.5", ""),
        ("gzip;q=nonsense, ;;,", ""),
    ],
)
def test_the_coding_is_the_one_that_the_client_likes_best(client: Client, accepted: str, coding: str) -> None:
    answer = client.ask("ns.ttl", Accept_Encoding=accepted)

    assert (answer.status, answer.headers.get("content-encoding", "")) == (200, coding)


@pytest.mark.parametrize("refusal", ["identity;q=0", "*;q=0"])
def test_a_client_that_refuses_plain_bytes_gets_none_even_of_a_small_answer(client: Client, refusal: str) -> None:
    small = "sparql?query=ASK%7B%7D"
    answer = client.ask(small, Accept_Encoding=f"gzip, {refusal}")

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == client.ask(small).body
    assert client.ask(small, Accept_Encoding="identity;q=0").status == 200


# Ranges


def test_any_part_of_a_dump_can_be_asked_for(client: Client) -> None:
    path = DUMPS[0]
    whole = client.ask(path)
    size = len(whole.body)

    parts = {"0-99": (0, 100), "5-5": (5, 6), "100-": (100, size), "-7": (size - 7, size), f"9-{10**17}": (9, size),
             f"-{10**9}": (0, size)}  # fmt: skip
    for asked, (start, end) in parts.items():
        answer = client.ask(path, Range=f"bytes={asked}", Accept_Encoding="gzip, br")
        assert (answer.status, answer.body) == (206, whole.body[start:end]), asked
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert answer.headers["content-length"] == str(end - start)
        for name in ("etag", "cache-control", "content-location", "content-type", "last-modified"):
            assert answer.headers[name] == whole.headers[name]
    assert whole.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    "asked", ["bytes=9-5", "bytes=-", "bytes=a-b", "lines=0-5", "bytes", "bytes=0-1,5-6", "bytes=0x1-5"]
)
def test_what_is_no_single_range_is_answered_by_the_whole(client: Client, asked: str) -> None:
    whole, answer = client.ask(DUMPS[0]), client.ask(DUMPS[0], Range=asked)

    assert (answer.status, answer.body) == (200, whole.body)


@pytest.mark.parametrize("beyond", [0, 10**15])
def test_a_part_that_does_not_exist_is_refused(client: Client, beyond: int) -> None:
    size = len(client.ask(DUMPS[0]).body)
    answer = client.ask(DUMPS[0], Range=f"bytes={size + beyond}-")

    assert answer.status == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert json.loads(answer.body)["type"].endswith("problems#range-not-satisfiable")
    assert client.ask(DUMPS[0], Range="bytes=-0").status == 416


def test_a_download_goes_on_only_with_the_same_file(client: Client) -> None:
    whole = client.ask(DUMPS[0])
    etag, date = whole.headers["etag"], whole.headers["last-modified"]

    assert client.ask(DUMPS[0], Range="bytes=5-", If_Range=etag).status == 206
    for other in ('"other"', f"W/{etag}", date, "nonsense"):
        assert client.ask(DUMPS[0], Range="bytes=5-", If_Range=other).body == whole.body
    assert client.ask(DUMPS[0], Range="bytes=5-", If_None_Match=etag).status == 304
    assert client.ask(DUMPS[0], Range="bytes=5-", If_Match='"other"').status == 412


def test_what_is_made_on_request_has_no_parts(client: Client) -> None:
    answer = client.ask("ns.ttl", Range="bytes=0-9")

    assert answer.status == 200
    assert "accept-ranges" not in answer.headers


# Methods


@pytest.mark.parametrize("path", PATHS + ERRORS)
def test_every_path_says_what_may_be_asked_of_it(client: Client, fill: Callable[[str], str], path: str) -> None:
    path = fill(path)
    answer = client.ask(
        path, "OPTIONS", Origin="https://elsewhere.example", Access_Control_Request_Method="GET",
        Access_Control_Request_Headers="x-any, authorization",
    )  # fmt: skip
    allowed = {"GET", "HEAD", "OPTIONS"} | ({"POST"} if path.partition("?")[0] in ("sparql", "reconcile") else set())

    assert (answer.status, answer.body) == (204, b"")
    assert "content-type" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"*", "Authorization", "Range"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    for name in ("allow", "access-control-allow-methods"):
        assert set(answer.headers[name].split(", ")) == allowed
    for method in ("TRACE", "PROPFIND"):
        refused = client.ask(path, method)
        assert (refused.status, refused.headers["access-control-allow-origin"]) == (501, "*")
    for method in {"POST", "PUT", "PATCH", "DELETE"} - allowed:
        refused = client.ask(path, method)
        assert refused.status == 405, method
        assert set(refused.headers["allow"].split(", ")) == allowed
        assert refused.headers["access-control-allow-origin"] == "*"
        assert json.loads(refused.body)["status"] == 405


def test_head_of_a_query_is_the_query(client: Client) -> None:
    query = quote("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o . FILTER (?n != 'head') }")
    assert (
        client.ask(f"sparql?query={query}", "HEAD").headers["etag"]
        == client.ask(f"sparql?query={query}").headers["etag"]
    )
    assert client.ask("sparql?query=nonsense", "HEAD").status == 400


def test_the_same_query_by_get_and_post_is_the_same_bytes(client: Client) -> None:
    query = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"
    got = client.ask(f"sparql?query={quote(query)}")
    form = client.ask(
        "sparql", "POST", f"query={quote(query)}".encode(), Content_Type="application/x-www-form-urlencoded"
    )
    text = client.ask("sparql", "POST", query.encode(), Content_Type="application/sparql-query")

    assert got.body == form.body == text.body
    assert got.headers["etag"] == form.headers["etag"] == text.headers["etag"]


# Addresses


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose names and own path are written in more than ASCII."""
    folder = tmp_path_factory.mktemp("abroad")
    content = Path(shutil.copytree(TINY, folder / "content"))
    (content / "data" / "places.ttl").write_text(
        "@base <https://data.example.org/> . @prefix bw: <ns#> . @prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<id/site/zürich-東京> a bw:BathingSite ; rdfs:label "Zürich"@de ; bw:maximumDepth 3.5 ;'
        " dcterms:source <id/source/office> .\n",
        encoding="utf-8",
    )
    public_url = "https://xn--bder-loa.example/b%C3%A4der/"
    server = start_server(content, folder, public_url=public_url)
    yield server
    server.stop()


def test_addresses_in_headers_and_lists_are_ascii_and_lead_back(abroad: Server) -> None:
    client = Client(abroad.url)
    name = "https://data.example.org/id/site/zürich-東京"
    path = quote("id/site/zürich-東京")
    see = client.ask(path, Accept="text/html")
    document = client.ask(see.headers["location"].removeprefix("/"))
    links = re.findall(r'<([^>]*)>; rel="([^"]*)"', document.headers["link"])
    sitemap = client.ask("sitemap.xml").body.decode("ascii")
    own = "https://xn--bder-loa.example"

    assert [unquote(address) for address, relation in links if relation == "cite-as"] == [name]
    listed = [address for address in re.findall("<loc>([^<]*)</loc>", sitemap) if "z%C3%BCrich" in address]
    assert len(listed) == 1
    for address in [
        see.headers["location"],
        document.headers["content-location"],
        *listed,
        *(link for link, _ in links),
    ]:
        assert address.isascii()
        full = urljoin(own + "/bäder/", address)
        if full.startswith(own):
            assert client.ask(full.removeprefix(own).removeprefix("/")).status == 200, address
    client.connection.close()


def test_an_address_with_bare_bytes_is_repeated_as_the_same_address(abroad: Server) -> None:
    port = urlsplit(abroad.url).port
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("GET /api/named?text=ä HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    assert "content-location: /b%C3%A4der/api/named.json?text=%C3%A4\r\n" in received
    assert '"ä"' in received


def test_a_public_address_outside_ascii_is_refused_with_what_is_right() -> None:
    with pytest.raises(SettingError, match="xn--"):
        Config.from_environment({"PUBLISHER_PUBLIC_URL": "https://bäder.example/"})
