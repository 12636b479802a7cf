"""Derived graphs are computed at build, asked as named graphs and served as they were computed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse
from rdflib import RDF, Graph, Namespace, URIRef

from publisher.publish.derived import described_damage, read_graph, replace_described, write_derived
from publisher.publish.snapshot import Snapshot
from publisher.store.store import described_graphs, open_engine

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

    assert told == [{"name": "some", "iri": BASE + "some", "triples": 2, "file": "derived/some.nq"}]
    quads = read_graph(tmp_path, told[0])
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


# Graphs that are written again when dumps follow


def test_graphs_are_replaced_together_and_the_others_stay(tmp_path: Path) -> None:
    one, two = (Triple(NamedNode(f"urn:{name}"), NamedNode("urn:p"), Literal(name)) for name in "ab")
    replace_described(tmp_path, BASE, {"catalog": [one], "void": [one]})
    first = {graph["name"]: graph["file"] for graph in described_graphs(tmp_path)}

    replace_described(tmp_path, BASE, {"catalog": [two], "quality": [two]})

    graphs = described_graphs(tmp_path)
    assert [graph["name"] for graph in graphs] == ["catalog", "quality", "void"]
    assert [quad.triple for quad in read_graph(tmp_path, graphs[0])] == [two]
    assert [quad.triple for quad in read_graph(tmp_path, graphs[2])] == [one]
    assert (tmp_path / first["catalog"]).is_file(), "whoever read the list before finds its files"
    replace_described(tmp_path, BASE, {"void": [two]})
    assert not (tmp_path / first["catalog"]).exists(), "but not for ever"
    assert described_damage(tmp_path) == ""


def test_a_graph_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    triple = Triple(NamedNode("urn:a"), NamedNode("urn:p"), Literal("x"))
    replace_described(tmp_path, BASE, {"catalog": [triple]})
    before = described_graphs(tmp_path)

    def broken() -> Iterator[Triple]:
        yield Triple(NamedNode("urn:b"), NamedNode("urn:p"), Literal("x"))
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        replace_described(tmp_path, BASE, {"catalog": [triple, triple], "void": broken()})

    assert described_graphs(tmp_path) == before
    assert described_damage(tmp_path) == ""


def test_what_an_interrupted_writer_leaves_is_no_part_of_the_build(tmp_path: Path) -> None:
    """A file in the folder of the build that its checksums do not know would make it count as damaged."""
    (tmp_path / "described.json").mkdir()  # so that the last step fails, with all that was written before it left

    with pytest.raises(OSError):
        replace_described(tmp_path, BASE, {"catalog": []})

    assert {path.name for path in tmp_path.iterdir()} == {"described", "described.json"}


@pytest.mark.parametrize("harm", ["cut off", "lost", "list lost", "list cut off", "list of something else"])
def test_damage_is_found(tmp_path: Path, harm: str) -> None:
    replace_described(tmp_path, BASE, {"catalog": [Triple(NamedNode("urn:a"), NamedNode("urn:p"), Literal("x"))]})
    told, (graph,) = tmp_path / "described.json", described_graphs(tmp_path)
    {
        "cut off": lambda: (tmp_path / graph["file"]).write_bytes(b"<urn:a>"),
        "lost": (tmp_path / graph["file"]).unlink,
        "list lost": told.unlink,
        "list cut off": lambda: told.write_bytes(told.read_bytes()[:20]),
        "list of something else": lambda: told.write_text('{"graphs": [{"name": "catalog"}, 7]}'),
    }[harm]()

    assert described_damage(tmp_path)


def test_sparql_says_what_the_catalogue_says_once_it_is_complete(tiny: Server) -> None:
    query = "SELECT ?size WHERE { GRAPH <catalog> { ?file <http://www.w3.org/ns/dcat#byteSize> ?size } }"
    told = Graph().parse(data=tiny.get("catalog.ttl").text, format="turtle")

    rows = tiny.sparql(query).json()["results"]["bindings"]

    sizes = told.objects(None, URIRef("http://www.w3.org/ns/dcat#byteSize"))
    assert sorted(int(row["size"]["value"]) for row in rows) == sorted(map(int, sizes))
    assert len(rows) > 20
    for name in ("catalog", "void", "quality"):
        assert tiny.sparql(f"ASK {{ GRAPH <{name}> {{ ?s ?p ?o }} }}").json()["boolean"]
        assert not tiny.sparql(f"ASK {{ <{name}> a <http://www.w3.org/ns/dqv#QualityMetadata> }}").json()["boolean"]
        graph = tiny.get("rdf-graph-store", "application/n-quads", params={"graph": BASE + name})
        assert graph.status_code == 200 and f"<{BASE}{name}> .\n" in graph.text
