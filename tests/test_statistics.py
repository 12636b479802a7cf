"""Counts of a data set: what they say is what a query counts, whatever the data is like."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple

from publisher.describe import statistics as module
from publisher.describe.statistics import Statistics, statistics, vocabulary_of
from publisher.publish.lines import by_subject
from publisher.publish.snapshot import Snapshot

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
BASE = "https://data.example.org/"
PREFIXES = {"ex": BASE + "ns#", "wd": "http://www.wikidata.org/entity/", "skos": "http://www.w3.org/2004/02/skos/core#"}
IRIS = st.sampled_from([
    BASE + "a", BASE + "b", BASE + "b#part", "http://www.wikidata.org/entity/Q1", "https://elsewhere.example/c",
]).map(NamedNode)  # fmt: skip
PROPERTIES = st.sampled_from([RDF_TYPE, BASE + "ns#p", BASE + "ns#q"]).map(NamedNode)
CLASSES = st.sampled_from([BASE + "ns#C", BASE + "ns#D"]).map(NamedNode)
TRIPLES = st.lists(st.builds(Triple, IRIS, PROPERTIES, IRIS | CLASSES | st.sampled_from("xyz").map(Literal)))


def count(triples: list[Triple]) -> Statistics:
    lines = sorted({f"{triple} .\n".encode() for triple in triples})
    return statistics(by_subject(lines), BASE, PREFIXES)


def term(text: str) -> NamedNode:
    return NamedNode(text if ":" in text else BASE + text)


def statement(subject: str, property_: str, object: str) -> Triple:
    return Triple(term(subject), term(property_), term(object))


@given(TRIPLES)
@settings(max_examples=60, deadline=None)
def test_the_counts_are_those_of_sets(triples: list[Triple]) -> None:
    found, different = count(triples), set(triples)
    typed = {(triple.subject, triple.object) for triple in different if triple.predicate.value == RDF_TYPE}

    assert found.triples == len(different)
    assert found.subjects == len({triple.subject for triple in different})
    assert found.objects == len({triple.object for triple in different})
    for iri, counted in found.properties.items():
        own = [triple for triple in different if triple.predicate.value == iri]
        assert counted.triples == len(own)
        assert counted.subjects == len({triple.subject for triple in own})
        assert counted.objects == len({triple.object for triple in own})
    named = {kind for _, kind in typed if isinstance(kind, NamedNode)}
    assert set(found.classes) == {kind.value for kind in named}
    for kind in named:
        members = {subject for subject, other in typed if other == kind}
        own = [triple for triple in different if triple.subject in members]
        counted_class = found.classes[kind.value]
        assert (counted_class.entities, counted_class.triples) == (len(members), len(own))
        assert counted_class.properties.total() == len(own)


def test_a_subject_that_comes_in_parts_is_one() -> None:
    parts = [
        (f"<{BASE}a>", {f"<{BASE}ns#p>": ['"1"', '"2"']}),
        (f"<{BASE}a>", {f"<{RDF_TYPE}>": [f"<{BASE}ns#C>"], f"<{BASE}ns#p>": ['"3"']}),
    ]
    found = statistics(parts, BASE, PREFIXES)

    assert (found.subjects, found.entities, found.triples) == (1, 1, 4)
    assert found.properties[BASE + "ns#p"] == module.PropertyCount(triples=3, subjects=1, objects=3)
    assert found.classes[BASE + "ns#C"].triples == 4


def test_different_objects_are_counted_on_disk_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    triples = [Triple(term(f"s{number}"), term("ns#p"), Literal(str(number % 700))) for number in range(2_000)]
    in_memory = count(triples)
    monkeypatch.setattr(module, "_HELD", 24)

    assert count(triples) == in_memory
    assert (in_memory.objects, in_memory.properties[BASE + "ns#p"].objects) == (700, 700)


def test_links_lead_to_other_places_that_a_prefix_or_the_property_tells() -> None:
    same, match = "http://www.w3.org/2002/07/owl#sameAs", "http://www.w3.org/2004/02/skos/core#exactMatch"
    found = count([
        statement("a", same, "http://www.wikidata.org/entity/Q1"),
        statement("a", same, "https://sws.example/1/"),
        statement("a", "ns#twin", "http://www.wikidata.org/entity/Q2"),
        statement("b", "ns#twin", "http://www.wikidata.org/entity/Q2"),
        statement("a", match, "b"),  # ours
        statement("a", "ns#page", "https://a.page.example/x"),  # no data, as far as anybody told
        statement("a", RDF_TYPE, "http://www.wikidata.org/entity/Q515"),  # a class
        statement("a", same, "mailto:a@example.org"),
        statement("https://other.example/x", same, "a"),  # leads here
        statement("https://other.example/x", same, "https://other.example/y"),  # stays there
    ])  # fmt: skip

    wikidata = PREFIXES["wd"]  # a vocabulary too, by that class: then only sameAs is sure to be a link
    assert found.links == {(same, "https://sws.example/"): 1, (same, wikidata): 1}
    assert set(found.vocabularies) == {
        BASE + "ns#", RDF_TYPE.removesuffix("type"), same.removesuffix("sameAs"), PREFIXES["skos"], wikidata,
    }  # fmt: skip


def test_links_into_a_namespace_with_a_prefix_count_by_property() -> None:
    found = count([statement(name, "ns#twin", "http://www.wikidata.org/entity/Q2") for name in "abc"])

    assert found.links == {(BASE + "ns#twin", "http://www.wikidata.org/entity/"): 3}


def test_entities_are_those_of_the_base_or_all_where_none_is() -> None:
    mixed = count([statement("a", "ns#p", "b"), statement("https://other.example/x", "ns#p", "b")])
    foreign = count([statement("https://other.example/x", "ns#p", "b")])

    assert (mixed.uri_space, mixed.entities, mixed.subjects) == (BASE, 1, 2)
    assert (foreign.uri_space, foreign.entities) == ("", 1)


def test_the_example_of_a_class_is_a_document_of_ours() -> None:
    found = count([
        statement("b#part", RDF_TYPE, "ns#C"), statement("b", RDF_TYPE, "ns#C"), statement("c", RDF_TYPE, "ns#C"),
        statement("https://other.example/x", RDF_TYPE, "ns#D"),
    ])  # fmt: skip

    assert found.classes[BASE + "ns#C"].example == BASE + "b"
    assert found.classes[BASE + "ns#D"].example == ""


@pytest.mark.parametrize(
    ("iri", "namespace"),
    [(BASE + "ns#C", BASE + "ns#"), ("http://a.example/b/c", "http://a.example/b/"), ("urn:a:b", "")],
)
def test_a_vocabulary_is_the_namespace_of_its_terms(iri: str, namespace: str) -> None:
    assert vocabulary_of(iri, PREFIXES) == namespace


def test_the_counts_of_a_build_are_those_of_queries(tiny_snapshot: Snapshot) -> None:
    with (tiny_snapshot.directory / "union.nt").open("rb") as lines:
        found = statistics(by_subject(lines), tiny_snapshot.base_iri, tiny_snapshot.prefixes)
    engine = tiny_snapshot.store.engine

    def ask(what: str, where: str = "?s ?p ?o") -> int:
        [row] = engine.query(f"SELECT (COUNT({what}) AS ?n) WHERE {{ {where} }}")  # type: ignore[union-attr]
        return int(row["n"].value)

    assert found.triples == ask("*") == tiny_snapshot.manifest["triples"]
    assert found.subjects == ask("DISTINCT ?s")
    assert found.objects == ask("DISTINCT ?o")
    assert len(found.properties) == ask("DISTINCT ?p")
    assert len(found.classes) == ask("DISTINCT ?o", "?s a ?o FILTER (isIRI(?o))")
    for iri, counted in found.classes.items():
        assert counted.entities == ask("DISTINCT ?s", f"?s a <{iri}>")
