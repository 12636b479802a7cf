"""Descriptions of resources, and how they are written down."""

from collections.abc import Iterable

import pytest
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, RdfFormat, Triple, parse
from pyoxigraph import Store as Engine

from publisher.describe.index import Index
from publisher.describe.resource import Description, describe, in_order, serialize, with_graphs
from publisher.describe.turtle import Turtle
from publisher.errors import NotAcceptable
from publisher.formats import CSV, DATASET, GRAPH, JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from publisher.store.store import Store

BASE = "https://data.example.org/"
HEAD = f"""
@base <{BASE}> .
@prefix bw: <ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PREFIXES = {
    "bw": BASE + "ns#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "unused": "http://unused.example.org/",
}


def canonical(triples: Iterable[Triple]) -> Dataset:
    """Equal for graphs that say the same."""
    dataset = Dataset(Quad(*triple) for triple in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


LAKE = """
bw:sampleOf a <https://w3id.org/linked-data-publisher/ns#DescriptionProperty> .
<id/lake> a bw:Lake ; rdfs:label "lake"@en ; bw:country <id/ch> ; bw:shore _:shore .
<id/lake#beach> a bw:Beach ; bw:guard <id/ada> .
<id/lakeside> rdfs:label "lakeside" .
<id/sample> a bw:Sample ; bw:sampleOf <id/lake> ; bw:method <id/method> .
<id/sample#depth> bw:metres 3 .
<id/river> bw:flowsInto <id/lake> ; rdfs:label "river"@en ; bw:length 7 .
<id/ch> rdfs:label "Switzerland"@en, "Suisse"@fr ; bw:capital <id/bern> .
bw:Lake rdfs:label "lake (class)"@en .
_:shore bw:next _:path . _:path bw:next _:shore ; rdfs:label "path" .
"""


def make_store(turtle: str) -> Store:
    engine = Engine()
    engine.load((HEAD + turtle).encode(), format=RdfFormat.TURTLE)
    return Store(engine, BASE)


def described(store: Store, path: str, **options: int) -> Description:
    found = describe(store, BASE + path, Index.of(store), **options)
    assert found is not None
    return found


def subjects(triples: Iterable[Triple]) -> set[str]:
    return {t.subject.value.removeprefix(BASE) for t in triples if isinstance(t.subject, NamedNode)}


def test_a_description_has_hash_iris_blank_nodes_and_nodes_that_state_something_about_it() -> None:
    description = described(make_store(LAKE), "id/lake")

    assert subjects(description.statements) == {"id/lake", "id/lake#beach", "id/sample", "id/sample#depth"}
    blank = [t for t in description.statements if isinstance(t.subject, BlankNode)]
    assert len(blank) == 3, "both blank nodes of the cycle, each once"
    assert description.types == [BASE + "ns#Lake"]


def test_other_nodes_that_name_it_are_inbound_links_only() -> None:
    description = described(make_store(LAKE), "id/lake")

    assert subjects(description.inbound) == {"id/river"}
    assert [t.predicate.value for t in description.inbound] == [BASE + "ns#flowsInto"]
    assert not description.inbound_more


def test_what_it_names_is_labelled_but_not_described() -> None:
    description = described(make_store(LAKE), "id/lake")

    assert subjects(description.labels) == {"id/ch", "id/river"}
    assert len(description.labels) == 3


def test_inbound_links_are_cut_by_iri_and_the_rest_is_pointed_at() -> None:
    links = "".join(f"<id/s{number:02}> bw:near <id/x> ." for number in range(20))

    description = described(make_store(links), "id/x", inbound_limit=3)

    assert sorted(subjects(description.inbound)) == ["id/s00", "id/s01", "id/s02"]
    assert description.inbound_more
    more = [t for t in description.triples("https://data.example.org/more") if "seeAlso" in t.predicate.value]
    assert [t.object.value for t in more] == ["https://data.example.org/more"]
    assert not [t for t in description.triples() if "seeAlso" in t.predicate.value]


def test_a_page_of_terms_describes_each_of_them() -> None:
    store = make_store("<ns> a owl:Ontology . bw:b rdfs:label 'b' . bw:a owl:unionOf ( bw:b bw:c ) .")

    description = described(store, "ns")

    assert subjects(description.statements) == {"ns", "ns#a", "ns#b"}
    assert len(description.statements) == 7


def test_a_blank_node_is_described_by_its_label() -> None:
    store = make_store("")
    store.engine.add(Quad(BlankNode("b1"), NamedNode(BASE + "ns#p"), Literal("x")))

    description = describe(store, "_:b1", Index.of(store))

    assert description is not None
    assert len(description.triples()) == 1


@pytest.mark.parametrize("iri", [BASE + "id/none", "no iri", "_:none", "_:"])
def test_what_the_graph_does_not_name_has_no_description(iri: str) -> None:
    store = make_store(LAKE)

    assert describe(store, iri, Index.of(store)) is None


def test_an_iri_used_as_predicate_only_is_known() -> None:
    assert described(make_store(LAKE), "ns#metres").triples() == []


ROUND = """
<id/lake> a bw:Lake, bw:Thing ; rdfs:label "lake \\"x\\"\\n"@en, "Lac"@fr-BE ; bw:depth 3, 4.5, true, 1e3, "x" ;
  bw:since "1987"^^xsd:gYear ; bw:shore [ bw:next [ rdfs:label "inner" ] ] ; bw:list ( 1 ( bw:a ) "b" ), () ;
  bw:odd <http://x.example.org/a#b(c)>, bw:, <ns#a.b>, <ns#a.>, <ns#-a>, <ns#é> .
<id/lake#beach> a bw:Beach .
<id/a> bw:same _:s . <id/b> bw:same _:s . _:s bw:p 1 .
_:c bw:next _:d . _:d bw:next _:c .
"""


@pytest.mark.parametrize("format", GRAPH, ids=lambda format: format.suffix)
def test_every_graph_format_says_exactly_the_statements(format: Format) -> None:
    triples = [quad.triple for quad in make_store(ROUND).engine]

    content = serialize(triples, format, PREFIXES)

    assert canonical(quad.triple for quad in parse(content, format=format.engine)) == canonical(triples)
    assert content == serialize(reversed(triples), format, dict(reversed(PREFIXES.items())))


@pytest.mark.parametrize("format", DATASET, ids=lambda format: format.suffix)
def test_every_dataset_format_says_exactly_the_statements_and_their_graphs(format: Format) -> None:
    triple = Triple(NamedNode(BASE + "id/lake"), NamedNode(BASE + "ns#p"), Literal("x"))
    quads = [Quad(*triple, NamedNode(BASE + graph)) for graph in ("dataset/b", "dataset/a")] + [Quad(*triple)]

    content = serialize(quads, format, PREFIXES)

    assert set(parse(content, format=format.engine)) == set(quads)
    assert content == serialize(reversed(quads), format, PREFIXES)


def test_turtle_is_written_for_readers() -> None:
    triples = [quad.triple for quad in make_store(ROUND).engine]

    text = serialize(triples, TURTLE, PREFIXES, first=BASE + "id/lake").decode()

    assert text.startswith(
        "@prefix bw: <https://data.example.org/ns#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\n"
        "<https://data.example.org/id/lake> a bw:Lake, bw:Thing ;\n"
        '    rdfs:label "Lac"@fr-be, "lake \\"x\\"\\n"@en ;\n'
    )
    assert text.index("/lake#beach> a") < text.index("/id/a>")
    assert 'bw:list (), ( 1 ( bw:a ) "b" ) ;' in text or 'bw:list ( 1 ( bw:a ) "b" ), () ;' in text
    assert 'bw:shore [\n        bw:next [\n            rdfs:label "inner"\n        ]\n    ]' in text
    assert "unused" not in text


def test_long_rows_of_objects_stand_one_a_line() -> None:
    triples = [Triple(NamedNode(BASE), NamedNode(BASE + "ns#p"), NamedNode(BASE + c * 40)) for c in "ab"]

    text = serialize(triples, TURTLE, PREFIXES).decode()

    assert text.endswith(f"bw:p\n        <{BASE}{'a' * 40}>,\n        <{BASE}{'b' * 40}> .\n")


def test_n_triples_are_sorted_by_bytes() -> None:
    lines = serialize((quad.triple for quad in make_store(LAKE).engine), NTRIPLES, {}).splitlines()

    assert lines == sorted(lines)


def test_nothing_is_written_for_no_statements() -> None:
    assert serialize([], TURTLE, PREFIXES) == b""
    assert serialize([], NQUADS, PREFIXES) == b""
    assert serialize([], TRIG, PREFIXES) == b""
    assert serialize([], JSONLD, PREFIXES) == b"[]\n"


@pytest.mark.parametrize(
    ("predicate", "value", "reason"),
    [
        (BASE + "123", "x", "XML name"),
        (BASE, "x", "XML name"),
        ("urn:x:a-1/2", "x", "XML name"),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#li", "x", "its own syntax"),
        (BASE + "ns#p", "a\x01b", "control character"),
        (BASE + "ns#p", "a\ufffe", "control character"),
    ],
)
def test_rdf_xml_is_refused_where_it_would_be_malformed(predicate: str, value: str, reason: str) -> None:
    triple = Triple(NamedNode(BASE), NamedNode(predicate), Literal(value))

    with pytest.raises(NotAcceptable, match=reason):
        serialize([triple], RDFXML, PREFIXES)


@pytest.mark.parametrize("name", ["p", "1a", "a-b.c", "é", "x%20y", "_1", "\u4e00"])
def test_rdf_xml_takes_every_predicate_that_ends_in_an_xml_name(name: str) -> None:
    triple = Triple(NamedNode(BASE), NamedNode(BASE + "ns#" + name), Literal("x"))

    content = serialize([triple], RDFXML, PREFIXES)

    assert [quad.triple for quad in parse(content, format=RdfFormat.RDF_XML)] == [triple]


def test_a_format_of_results_is_no_format_for_statements() -> None:
    with pytest.raises(ValueError, match="text/csv"):
        serialize([], CSV, {})


def test_statements_are_found_with_their_graphs() -> None:
    triple = Triple(NamedNode(BASE), NamedNode(BASE + "ns#p"), Literal("x"))
    alone = Triple(NamedNode(BASE), NamedNode(BASE + "ns#p"), Literal("y"))
    store = make_store("")
    store.engine.extend([Quad(*triple), Quad(*triple, NamedNode(BASE + "dataset/a")), Quad(*alone)])

    quads = with_graphs(store, [triple, alone])

    assert quads == [Quad(*triple, NamedNode(BASE + "dataset/a")), Quad(*alone)]


def test_the_resource_leads_then_its_hash_iris() -> None:
    p, value = NamedNode(BASE + "ns#p"), Literal("x")
    names = ["b", "a", "c#x", "c", "c1"]

    ordered = in_order((Triple(NamedNode(BASE + name), p, value) for name in names), BASE + "c")

    assert [t.subject.value.removeprefix(BASE) for t in ordered] == ["c", "c#x", "a", "b", "c1"]  # type: ignore[union-attr]


def test_prefixes_that_turtle_cannot_write_are_left_out() -> None:
    assert Turtle({"a b": BASE, "": BASE + "ns#"}).term(NamedNode(BASE + "ns#x")) == ":x"
    assert Turtle({"a b": BASE}).header(all=True) == ""
