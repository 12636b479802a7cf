"""The reading half of the Graph Store Protocol."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from rdflib import Dataset, Graph, URIRef
from rdflib.compare import isomorphic

from publisher.config import Config
from publisher.formats import NQUADS, NTRIPLES, TRIG, TURTLE
from publisher.publish.snapshot import Snapshot
from publisher.web import graph_store, resources
from publisher.web.app import create_app
from publisher.web.graph_store import lines_of

from .conftest import Server

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

SITES = "https://data.example.org/dataset/sites"
FORMATS = [
    ("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/rdf+xml", "xml"),
    ("application/ld+json", "json-ld"), ("application/trig", "trig"), ("application/n-quads", "nquads"),
]  # fmt: skip


def get(server: Server, query: str, accept: str = "text/turtle", method: str = "GET", **options: Any) -> Any:
    return server.get("rdf-graph-store" + query, accept, **options)


def constructed(server: Server, **parameters: str) -> Graph:
    """The graph by a query, an independent way to the same statements."""
    given = {"query": "CONSTRUCT WHERE { ?s ?p ?o }", "format": "nt"} | parameters
    return Graph().parse(data=server.get("sparql", params=given).text, format="nt")


def read(content: str, format: str) -> Graph:
    graph = Graph()
    for subject, predicate, object, _ in Dataset(default_union=True).parse(data=content, format=format).quads():
        graph.add((subject, predicate, object))
    return graph


@pytest.mark.parametrize(("accept", "format"), FORMATS)
def test_the_default_graph_comes_in_every_format(tiny: Server, accept: str, format: str) -> None:
    answer = get(tiny, "?default", accept)

    assert answer.headers["Content-Type"].startswith(accept)
    assert "Accept" in answer.headers["Vary"]
    assert isomorphic(read(answer.text, format), constructed(tiny))


@pytest.mark.parametrize(("accept", "format"), FORMATS)
def test_a_named_graph_comes_in_every_format(tiny: Server, accept: str, format: str) -> None:
    answer = get(tiny, f"?graph={SITES}", accept)

    assert answer.headers["Content-Type"].startswith(accept)
    assert answer.headers["Content-Disposition"].startswith('inline; filename="sites.')
    found = read(answer.text if format != "json-ld" else inlined(tiny, answer), format)
    assert isomorphic(found, constructed(tiny, **{"default-graph-uri": SITES}))


def inlined(server: Server, answer: Any) -> str:
    """JSON-LD with the context that it names inside, so that no reader fetches it."""
    document = answer.json()
    document["@context"] = server.get(document["@context"].removeprefix(server.url)).json()["@context"]
    return json.dumps(document)


def test_a_graph_is_the_same_under_its_own_address(tiny: Server) -> None:
    assert get(tiny, f"?graph={SITES}").content == tiny.get("dataset/sites", "text/turtle").content
    assert get(tiny, "?graph=https://data.example.org/queries").ok, "one that is computed from the data"
    assert get(tiny, "?graph=https://data.example.org/shapes").ok, "one that is outside the default graph"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?format=ttl", 400),
        (f"?default&graph={SITES}", 400),
        (f"?graph={SITES}&graph={SITES}", 400),
        ("?graph=", 400),
        ("?graph=dataset/sites", 400),
        ("?graph=a%3A%3Cb%3E", 400),
        ("?graph=urn:unknown", 404),
        (f"?graph={SITES}%252e", 404),
        ("?default&format=csv", 406),
        (f"?graph={SITES}&format=html", 406),
    ],
)
def test_what_names_no_graph_is_an_error(tiny: Server, query: str, status: int) -> None:
    answer = get(tiny, query, "application/rdf+xml;q=0.1, text/turtle")

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


def test_what_is_not_offered_is_an_error_that_lists_the_offer(tiny: Server) -> None:
    for query in ("?default", f"?graph={SITES}"):
        answer = get(tiny, query, "text/csv")
        assert answer.status_code == 406
        assert answer.json()["offered"] == [
            "text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml", "application/trig",
            "application/n-quads",
        ]  # fmt: skip


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_writing_is_refused_with_the_reason(tiny: Server, method: str) -> None:
    answer = requests.request(method, f"{tiny.url}rdf-graph-store?graph={SITES}", data="<a> <b> <c> .", timeout=10)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert method in answer.json()["detail"]


def test_head_and_options(tiny: Server) -> None:
    url = f"{tiny.url}rdf-graph-store"
    for query in ("?default", f"?graph={SITES}"):
        head = requests.head(url + query, headers={"Accept": "text/turtle"}, timeout=10)
        whole = get(tiny, query, headers={"Accept-Encoding": "identity"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == "text/turtle; charset=utf-8"
        assert head.headers["ETag"] and whole.headers["Content-Length"] == str(len(whole.content))
    assert requests.head(url + "?graph=urn:unknown", timeout=10).status_code == 404
    assert requests.options(url, timeout=10).headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_client_that_has_it_is_told_so(tiny: Server) -> None:
    for query in ("?default", f"?graph={SITES}"):
        tag = get(tiny, query).headers["ETag"]
        assert get(tiny, query, headers={"If-None-Match": tag}).status_code == 304
        assert get(tiny, query, "application/n-triples", headers={"If-None-Match": tag}).status_code == 200


def test_a_part_of_the_default_graph_can_be_asked_for(tiny: Server) -> None:
    whole = get(tiny, "?default", "application/n-triples")
    part = get(tiny, "?default", "application/n-triples", headers={"Range": "bytes=10-19"})

    assert (part.status_code, part.content) == (206, whole.content[10:20])


# Large graphs: the limit is lowered, so that a small one is large


@pytest.fixture
def small_limit(tiny_snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """The application where five statements are many."""
    for module in (graph_store, resources):
        monkeypatch.setattr(module, "LARGEST_GRAPH", 5)
    yield create_app(tiny_snapshot, Config(), None).test_client()  # type: ignore[arg-type]


@pytest.mark.parametrize(("accept", "format"), [FORMATS[0], FORMATS[1], FORMATS[4], FORMATS[5]])
def test_a_large_graph_comes_line_by_line(
    tiny: Server, small_limit: FlaskClient, accept: str, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_store, "PIECE", 300)

    answer = small_limit.get(f"/rdf-graph-store?graph={SITES}", headers={"Accept": accept}, buffered=True)

    assert answer.headers["Accept-Ranges"] == "none", "what has no length is no file to take parts of"
    assert answer.headers["Content-Type"].startswith(accept)
    assert isomorphic(read(answer.text, format), constructed(tiny, **{"default-graph-uri": SITES}))
    graphs = {str(name) for *_, name in Dataset().parse(data=answer.text, format=format).quads()}
    assert (SITES in graphs) is (format in ("trig", "nquads"))
    again = small_limit.get(
        f"/rdf-graph-store?graph={SITES}", headers={"Accept": accept, "If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_a_large_graph_is_refused_in_formats_that_need_it_whole(small_limit: FlaskClient) -> None:
    answer = small_limit.get(f"/rdf-graph-store?graph={SITES}&format=rdf", buffered=True)

    assert answer.status_code == 406
    assert "ttl" in (answer.json or {})["offered"]


@pytest.mark.parametrize("path", [f"/rdf-graph-store?graph={SITES}", "/dataset/sites"])
def test_a_large_graph_comes_in_the_next_format_that_the_client_accepts(small_limit: FlaskClient, path: str) -> None:
    accept = {"Accept": "application/ld+json, text/turtle;q=0.9"}

    answer = small_limit.get(path, headers=accept, buffered=True, follow_redirects=True)

    assert (answer.status_code, answer.mimetype) == (200, "text/turtle")


def test_the_address_of_a_large_graph_leads_to_the_graph_store(small_limit: FlaskClient) -> None:
    answer = small_limit.get("/dataset/sites.nt", buffered=True)
    end = small_limit.get(answer.headers["Location"], buffered=True)

    assert (answer.status_code, end.status_code) == (303, 200)
    assert end.data.count(b"\n") == len(Graph().parse(data=end.data, format="nt"))
    assert (
        small_limit.get("/rdf-graph-store?graph=https://data.example.org/queries&format=nt", buffered=True).data.count(
            b"\n"
        )
        > 5
    )


def test_only_the_lines_of_the_graph_are_taken() -> None:
    others = b'<urn:s> <urn:p> "<urn:g> ." <urn:other> .\n<urn:s> <urn:p> <urn:g> <urn:other> .\n'
    text = others + b"<urn:s> <urn:p> 1 <urn:g> .\n"

    lines = {
        format: b"".join(lines_of(io.BytesIO(text), "urn:g", format)) for format in (NTRIPLES, TURTLE, TRIG, NQUADS)
    }

    assert lines[NTRIPLES] == lines[TURTLE] == b"<urn:s> <urn:p> 1 .\n"
    assert lines[TRIG] == b"<urn:g> {\n<urn:s> <urn:p> 1 .\n}\n"
    assert lines[NQUADS] == b"<urn:s> <urn:p> 1 <urn:g> .\n"


def test_the_service_description_names_the_graphs_of_the_store(tiny: Server) -> None:
    sd = "http://www.w3.org/ns/sparql-service-description#"
    described = Graph().parse(data=tiny.get("sparql", "text/turtle").text, format="turtle")

    for address in described.objects(None, URIRef(sd + "graph")):
        assert tiny.get(str(address).removeprefix(tiny.url), "text/turtle").ok
