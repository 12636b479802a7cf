"""Nothing that a stranger sends, and nothing in a data file, opens a connection or a file: a canary would know."""

import contextlib
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests
from pyoxigraph import Store

from publisher.config import Config
from publisher.errors import PublisherError, QueryError
from publisher.formats import CSV
from publisher.publish.snapshot import Snapshot
from publisher.store.workers import Workers

from .canary import Canary
from .conftest import ROOT, Server, start_server
from .processes import command, descendants
from .test_guard import FEDERATED
from .test_injection import assert_harmless

# What an engine that calls others would call: CANARY stands for the canary's address.
CALLS = [
    *(query.replace("http://x/", "CANARY") for query in FEDERATED if "http://x/" in query),
    "SELECT * { SERVICE <CANARY> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <CANARY> { ?s ?p ?o } }",
    "SELECT * { BIND (<CANARY> AS ?e) SERVICE ?e { ?s ?p ?o } }",
    "SELECT * { VALUES ?e { <CANARY> } SERVICE SILENT ?e { ?s ?p ?o } }",
    "PREFIX c: <CANARY> SELECT * { SERVICE c: { ?s ?p ?o } }",
    "BASE <CANARY> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "ASK { OPTIONAL { GRAPH ?g { SERVICE <CANARY> { ?s ?p ?o } } } }",
    "ASK { ?s ?p ?o FILTER NOT EXISTS { SERVICE <CANARY> { ?s ?p ?o } } }",
    "ASK { ?s ?p ?o MINUS { { SELECT * { SERVICE <CANARY> { ?s ?p ?o } } } } }",
    "CONSTRUCT { ?s ?p ?o } { { ?s ?p ?o } UNION { SERVICE <CANARY> { ?s ?p ?o } } }",
    "DESCRIBE ?s { SERVICE <CANARY> { ?s ?p ?o } }",
    "SELECT * { sErViCe/**/<CANARY> { ?s ?p ?o } }",
    "LOAD <CANARY>",
    "LOAD SILENT <CANARY> INTO GRAPH <urn:g>",
    "PREFIX : <CANARY> LOAD :",
    "ASK {} ; LOAD <CANARY>",
]
# What names the canary, and is only a name.
NAMES = [
    "SELECT * FROM <CANARY> { ?s ?p ?o }",
    "SELECT * FROM NAMED <CANARY> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * FROM <CANARY> FROM NAMED <CANARY> { GRAPH <CANARY> { ?s ?p ?o } }",
    "ASK FROM <CANARY> { <CANARY> <CANARY> <CANARY> }",
    "CONSTRUCT { <CANARY> ?p ?o } FROM <CANARY> WHERE { <CANARY> ?p ?o }",
    "DESCRIBE <CANARY>",
    "DESCRIBE <CANARY> FROM <CANARY>",
    "BASE <CANARY> PREFIX x: <CANARY> ASK { x: a <> }",
    "SELECT (IRI('CANARY') AS ?i) (STRLEN(STR(<CANARY>)) AS ?n) {}",
    "SELECT (<CANARY>(1) AS ?called) {}",
]


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    with Canary(tmp_path_factory.mktemp("canary")) as trap:
        yield trap


@pytest.fixture(autouse=True)
def untouched(canary: Canary) -> Iterator[None]:
    before = len(canary.touched)
    yield
    assert canary.touched[before:] == []


def addresses(canary: Canary) -> list[str]:
    return [canary.http, canary.tcp, canary.file]


def test_the_trap_springs(tmp_path: Path) -> None:
    with Canary(tmp_path) as trap:
        with contextlib.suppress(ValueError, OSError, RuntimeError):
            list(Store().query(f"SELECT * {{ SERVICE <{trap.http}> {{ ?s ?p ?o }} }}"))  # type: ignore[arg-type]
        with contextlib.suppress(ValueError, OSError, RuntimeError):
            Store().update(f"LOAD <{trap.tcp}>")
        trap.path.read_text()

        assert {touch.split()[0] for touch in trap.touched} == {"http", "tcp", "file"}


@pytest.mark.parametrize("query", CALLS)
def test_a_query_that_calls_others_is_refused(query: str, tiny: Server, canary: Canary) -> None:
    for address in addresses(canary):
        text = query.replace("CANARY", address)
        by_get = tiny.sparql(text)
        by_post = requests.post(tiny.url + "sparql", data={"query": text}, timeout=10)

        assert {by_get.status_code, by_post.status_code} <= {400, 403}


def test_a_refusal_says_where_it_stands_and_what_to_do_instead(tiny: Server) -> None:
    response = tiny.sparql("SELECT * {\n  SERVICE <http://x/> {} }")
    problem = response.json()

    assert (response.status_code, problem["line"], problem["column"]) == (403, 2, 3)
    assert "in your own client" in problem["detail"]
    assert response.headers["Link"] == f'<{tiny.url}api#elsewhere>; rel="help"'


@pytest.mark.parametrize("query", NAMES)
def test_a_name_in_a_query_is_only_a_name(query: str, tiny: Server, canary: Canary) -> None:
    for address in addresses(canary):
        response = tiny.sparql(query.replace("CANARY", address), "*/*")

        assert response.status_code == 200 or (response.status_code in (400, 422) and "(1)" in query)


def test_no_parameter_is_fetched(tiny: Server, canary: Canary) -> None:
    paths = [
        "", "sparql", "describe", "list", "api", "api/named", "api/named.json", "api/site-card.jsonld",
        "catalog", "doc/site/le-pont", "doc/site/le-pont.jsonld", "id/site/le-pont", "graph",
        "rdf-graph-store", "healthz",
    ]  # fmt: skip
    names = [
        "iri", "uri", "url", "query", "default-graph-uri", "named-graph-uri", "graph", "format",
        "lang", "_profile", "profile", "context", "@context", "frame", "type", "thing", "site", "text",
        "callback", "xsl", "output",
    ]  # fmt: skip
    for path in paths:
        for name in names:
            for address in (canary.http, canary.file):
                given = {name: address} if path != "sparql" or name == "query" else {name: address, "query": "ASK {}"}

                assert tiny.get(path, "application/ld+json", params=given, allow_redirects=False).status_code < 500


def test_no_header_is_fetched(tiny: Server, canary: Canary) -> None:
    names = [
        "Referer", "Origin", "X-Forwarded-Host", "X-Forwarded-For", "Forwarded", "Via",
        "X-Original-URL", "From", "X-Rewrite-URL", "Content-Location", "Profile", "Accept-Profile",
        "Destination", "Cookie", "User-Agent",
    ]  # fmt: skip
    for address in addresses(canary):
        given = dict.fromkeys(names, address)
        given["Link"] = f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
        given["Accept"] = f'application/ld+json;profile="{address}"'
        for path in ("doc/site/le-pont", "sparql?query=DESCRIBE+<id/site/le-pont>", "api/site-card", address):
            assert tiny.get(path, headers=given).status_code < 500
        for path in ("doc/site/le-pont", "catalog"):
            got = requests.get(tiny.url + path, headers={"Host": urllib.parse.urlsplit(address).netloc}, timeout=10)

            assert address not in str(got.headers)


def test_no_body_is_followed(tiny: Server, canary: Canary) -> None:
    for address in addresses(canary):
        jsonld = f'{{"@context": "{address}", "@id": "{address}"}}'
        entity = (
            f'<!DOCTYPE r SYSTEM "{address}" [<!ENTITY e SYSTEM "{address}"> <!ENTITY % p SYSTEM "{address}"> %p;]>'
        )
        bodies = {
            "application/ld+json": jsonld,
            "application/json": jsonld,
            "application/rdf+xml": f"{entity}<r>&e;</r>",
            "application/xml": f'<?xml-stylesheet href="{address}"?>{entity}<r>&e;</r>',
            "text/turtle": f"@base <{address}> . <> <http://www.w3.org/2002/07/owl#imports> <{address}> .",
            "multipart/form-data; boundary=b": '--b\r\nContent-Disposition: form-data; name="query"; '
            f'filename="{address}"\r\n\r\nLOAD <{address}>\r\n--b--\r\n',
            "message/external-body; access-type=URL; URL=" + address: "",
            "application/sparql-update": f"LOAD <{address}>",
            "application/x-www-form-urlencoded": urllib.parse.urlencode({"update": f"LOAD <{address}>"}),
        }
        for media_type, body in bodies.items():
            for method in ("POST", "PUT", "PATCH"):
                response = requests.request(
                    method, tiny.url + "sparql", data=body, headers={"Content-Type": media_type}, timeout=10
                )

                assert 400 <= response.status_code < 500


@pytest.fixture(scope="module")
def workers(tiny_snapshot: Snapshot) -> Iterator[Workers]:
    pool = Workers(tiny_snapshot.directory, Config(query_workers=1), tiny_snapshot.base_iri, {})
    yield pool
    pool.close()


@pytest.mark.parametrize("query", CALLS)
def test_where_no_guard_stands_the_sandbox_has_no_way_out(query: str, workers: Workers, canary: Canary) -> None:
    """Only SILENT, and a call that no row reaches, are answered: what the guard refuses would be an empty row."""
    for address in addresses(canary):
        with contextlib.suppress(PublisherError):
            workers.answer(query.replace("CANARY", address), CSV)


def test_the_sandbox_says_that_nothing_can_be_opened(workers: Workers, canary: Canary) -> None:
    with pytest.raises(QueryError, match=r"Operation not permitted|Too many open files|resolve|lookup"):
        workers.answer(f"SELECT * {{ SERVICE <{canary.http}> {{ ?s ?p ?o }} }}", CSV)
    silent = workers.answer(f"SELECT * {{ SERVICE SILENT <{canary.http}> {{ ?s ?p ?o }} }}", CSV)

    assert silent.splitlines()[1:] == [b",,"]  # why the guard is needed too


def test_a_worker_holds_no_internet_socket_and_no_free_descriptor(tiny: Server) -> None:
    assert tiny.sparql("ASK {}").ok
    found = [pid for pid in descendants(tiny.process.pid) if "publisher.store.worker" in command(pid)]
    limits = {pid: re.search(r"Max open files +(\d+) +(\d+)", read(pid, "limits")) for pid in found}
    confined = {
        pid: int(limit[1]) for pid, limit in limits.items() if limit and limit[1] == limit[2] and int(limit[1]) < 32
    }

    assert confined  # their parent, which forks them, is not
    for pid, most in confined.items():
        opened = sorted(int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir())
        inodes = {link[8:-1] for link in links(pid) if link.startswith("socket:[")}
        tcp = {line.split()[9] for name in ("tcp", "tcp6", "udp") for line in read(pid, f"net/{name}").splitlines()[1:]}

        assert opened[:most] == list(range(most))
        assert not inodes & tcp


def read(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()


def links(pid: int) -> list[str]:
    return [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]


RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="urn:a">'
END = "</rdf:Description></rdf:RDF>"
STATEMENTS = {
    "context.jsonld": '{"@context": "CANARY", "@id": "urn:a"}',
    "contexts.jsonld": '{"@context": [{}, "CANARY"], "@id": "urn:a"}',
    "escaped.jsonld": r'{"\u0040context": "CANARY", "@id": "urn:a"}',
    "import.jsonld": '{"@context": {"@import": "CANARY"}, "@id": "urn:a"}',
    "scoped.jsonld": '{"@context": {"p": {"@id": "urn:p", "@context": "CANARY"}}, "@id": "urn:a", "p": {"@id": "urn:b"}'
    "}",
    "entity.rdf": f'<!DOCTYPE r [<!ENTITY e SYSTEM "CANARY">]>\n{RDF}<rdf:value>&e;</rdf:value>{END}',
    "doctype.rdf": f'<!DOCTYPE r SYSTEM "CANARY">\n{RDF}<rdf:value>&e;</rdf:value>{END}',
    "parameter.rdf": f'<!DOCTYPE r [<!ENTITY % e SYSTEM "CANARY"> %e;]>\n{RDF}<rdf:value>&e;</rdf:value>{END}',
}
OTHERS = {
    "ontology/context.jsonld": '{"@context": ["CANARY", {"p": "urn:p"}]}',
    "ontology/frames/a.jsonld": '{"@context": "CANARY", "@type": "urn:T"}',
    "queries/api/call.rq": "#+ summary: Calls.\nSELECT * { SERVICE <CANARY> { ?s ?p ?o } }",
    "queries/api/silent.rq": "#+ summary: Calls.\nSELECT * { SERVICE SILENT <CANARY> { ?s ?p ?o } }",
    "queries/checks/call.rq": "#+ summary: Calls.\nSELECT ?term ?message { SERVICE <CANARY> { ?term ?p ?message } }",
    "queries/elsewhere/hidden.rq": "#+ summary: Calls.\n#+ endpoint: CANARY\nSELECT * { ?s ?p trueSERVICE<CANARY>{} }",
    "ontology/shapes.ttl": """@prefix sh: <http://www.w3.org/ns/shacl#> .
        <urn:shapes> <http://www.w3.org/2002/07/owl#imports> <CANARY> ; sh:shapesGraph <CANARY> .
        <urn:shape> a sh:NodeShape ; sh:targetNode <urn:a> ; sh:sparql
            [ sh:message "calls" ; sh:select "SELECT $this { SERVICE SILENT <CANARY> { ?s ?p ?o } }" ] ,
            [ sh:message "loads" ; sh:select "SELECT $this FROM <CANARY> { ?s ?p ?o }" ] .""",
}
# What may be published: names of the canary wherever a name may stand.
PUBLISHED = {
    "data/good.ttl": """@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix dcterms: <http://purl.org/dc/terms/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
        @prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix schema: <https://schema.org/> .
        <CANARY> a owl:Ontology, <CANARY#Class> ; rdfs:label "canary"@en ; owl:imports <CANARY> .
        <https://data.example.org/id/a> a <CANARY#Class> ; rdfs:label "a"@en ; rdfs:seeAlso <CANARY> ;
            owl:sameAs <CANARY> ; foaf:depiction <CANARY> ; dcat:downloadURL <CANARY> ; dcterms:license <CANARY> ;
            schema:image "CANARY" .
        <https://data.example.org/catalog> a dcat:Catalog ; dcterms:license <javascript:ma7rk()> ;
            dcterms:publisher <CANARY> ; dcterms:title "</title><ma7rk src=CANARY>"@en ; dcat:endpointURL <CANARY> .
        <javascript:ma7rk()> a <javascript:ma7rk()>, <data:text/html,ma7rk> ; rdfs:label "<script>ma7rk()</script>"@en ;
            <vbscript:ma7rk> <data:text/html,ma7rk>, "x"^^<javascript:ma7rk()>, "</pre>"@x-ma7rk ;
            rdfs:seeAlso <//ma7rk> .
        <https://data.example.org/id/'onload='ma7rk()'> a <CANARY#Class> ; rdfs:label "'onload='x'"@en .""",
    "data/include.rdf": '<?xml-stylesheet href="CANARY"?>'
    f'{RDF}<x:include xmlns:x="http://www.w3.org/2001/XInclude" rdf:resource="CANARY"/>{END}',
    "queries/elsewhere/call.rq": "#+ summary: Calls.\n#+ endpoint: https://example.org/sparql\n"
    "SELECT * { SERVICE <CANARY> { ?s ?p ?o } }",
    "queries/api/from.rq": "#+ summary: Names a graph.\n#+ columns: {s: IRI}\n"
    "SELECT ?s { { SELECT ?s { ?s ?p ?o } } GRAPH <CANARY> { ?s ?q <CANARY> } } ORDER BY ?s",
}  # fmt: skip


def write(folder: Path, files: dict[str, str], address: str) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("CANARY", address))


def validate(folder: Path) -> str:
    arguments = [sys.executable, "-m", "publisher", "validate", "--content", str(folder)]
    ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("Traceback")) == (1, 0), ended.stdout
    return ended.stdout


def test_a_data_file_is_not_followed(tmp_path: Path, canary: Canary) -> None:
    names = [f"data/{number}/{name}" for number in range(3) for name in STATEMENTS]
    for number, address in enumerate(addresses(canary)):
        write(tmp_path, {f"data/{number}/{name}": text for name, text in STATEMENTS.items()}, address)

    told = validate(tmp_path)

    assert [name for name in names if f"{name}:" not in told] == []


def test_queries_contexts_and_shapes_of_the_content_are_not_followed(tmp_path: Path, canary: Canary) -> None:
    for number, address in enumerate(addresses(canary)):
        write(tmp_path / str(number), OTHERS | {"data/good.ttl": "<urn:a> <urn:p> <urn:b> .\n"}, address)
        told = validate(tmp_path / str(number))

        assert [name for name in OTHERS if f"{name}:" not in told] == []


class Links(HTMLParser):
    """Collects what a page links to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in ("href", "src", "action") and value]


def test_content_that_names_the_canary_is_built_served_and_crawled(tmp_path: Path, canary: Canary) -> None:
    write(tmp_path / "content", PUBLISHED, canary.http)
    server = start_server(tmp_path / "content", tmp_path)
    try:
        known = [server.url, f"{server.url}describe?iri={urllib.parse.quote(canary.http, safe='')}"]
        for url in known:
            for accept in ("text/html", "application/ld+json", "application/rdf+xml"):
                response = requests.get(url, headers={"Accept": accept}, timeout=10)
                assert response.status_code < 500, url
                if response.headers["Content-Type"].startswith("text/html"):
                    assert_harmless(response.text)
                    found = [urllib.parse.urljoin(url, link).partition("#")[0] for link in Links(response.text).found]
                    known += [
                        link for link in dict.fromkeys(found) if link.startswith(server.url) and link not in known
                    ]
        assert len(known) > 20
    finally:
        server.stop()
