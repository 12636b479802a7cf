"""Derived graphs are computed at build, asked as named graphs and served as they were computed."""

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse
from rdflib import RDF, Graph, Namespace, URIRef

from publisher.publish.derived import read_derived, write_derived
from publisher.publish.snapshot import Snapshot
from publisher.store.store import open_engine

from .conftest import Server

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

BASE = "https://data.example.org/"
QUERIES = BASE + "queries"
SH = Namespace("http://www.w3.org/ns/shacl#")
SCHEMA = Namespace("https://schema.org/")
SPEX = Namespace("https://purl.expasy.org/sparql-examples/ontology#")


@pytest.fixture(scope="module")
def examples(tiny: Server) -> Graph:
    return Graph().parse(data=tiny.get("queries.ttl").text, format="turtle")


def test_a_graph_is_written_sorted_and_read_back_as_it_was(tmp_path: Path) -> None:
    year = Literal("007", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
    triples = [Triple(NamedNode(f"urn:{name}"), NamedNode("urn:p"), year) for name in "bab"]

    told = write_derived(tmp_path, BASE, {"some": triples})

    assert told == [{"name": "some", "iri": BASE + "some", "triples": 2}]
    quads = read_derived(tmp_path, "some")
    assert [quad.subject.value for quad in quads] == ["urn:a", "urn:b"]
    assert {quad.object for quad in quads} == {year}, "not as an engine would rewrite it"


def test_it_is_a_named_graph_of_every_engine_but_no_part_of_the_dumps(tiny_snapshot: Snapshot) -> None:
    graph = NamedNode(QUERIES)

    stated = list(open_engine(tiny_snapshot.directory).quads_for_pattern(None, None, None, graph))

    assert len(stated) == tiny_snapshot.manifest["derived"][0]["triples"] == len(tiny_snapshot.derived(QUERIES))
    (dump,) = (tiny_snapshot.directory / "dump").glob("*.nq")
    assert graph not in {quad.graph_name for quad in parse(path=str(dump), format=RdfFormat.N_QUADS)}
    assert not list(tiny_snapshot.store.triples(graph))


def test_named_queries_are_executables_with_their_text_and_target(tiny: Server, examples: Graph) -> None:
    query = URIRef(f"{QUERIES}#sites-by-depth")

    assert {SH.SPARQLExecutable, SH.SPARQLSelectExecutable} == set(examples.objects(query, RDF.type))
    assert str(examples.value(query, SH.select)) == tiny.get("api/sites-by-depth.rq").text
    assert examples.value(query, SCHEMA.target) == URIRef(tiny.url + "sparql")
    assert {str(word) for word in examples.objects(query, SCHEMA.keywords)} == {"sites"}
    card = URIRef(f"{QUERIES}#site-card")
    assert str(examples.value(card, SH.construct)) == tiny.get("api/site-card.rq").text


def test_queries_for_other_endpoints_name_them_and_whom_they_ask(tiny: Server, examples: Graph) -> None:
    query = URIRef(f"{QUERIES}#elsewhere-neighbours")

    assert examples.value(query, SCHEMA.target) == URIRef("https://query.example.org/sparql")
    assert URIRef("https://other.example.org/sparql") in set(examples.objects(query, SPEX.federatesWith))


def test_an_editor_finds_the_examples_at_the_endpoint(tiny: Server) -> None:
    response = tiny.sparql(
        "PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
        "SELECT * { GRAPH <queries> { ?q a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask ?text } }"
    )

    assert len(response.json()["results"]["bindings"]) == 5
    service = tiny.get("sparql", "application/n-triples").text
    assert f"<{tiny.url}sparql> <http://www.w3.org/2000/01/rdf-schema#seeAlso> <{QUERIES}>" in service


@pytest.mark.parametrize("suffix", ["ttl", "nt", "jsonld", "rdf", "nq", "trig"])
def test_it_is_served_in_every_format(tiny: Server, suffix: str) -> None:
    response = tiny.get(f"queries.{suffix}")

    assert response.status_code == 200
    assert "elsewhere-neighbours" in response.text


def test_its_page_has_the_title_that_it_gives_itself(tiny: Server) -> None:
    page = tiny.get("queries?lang=fr", "text/html").text

    assert "<h1>Requêtes nommées</h1>" in page
    assert 'href="/queries.ttl"' in page
