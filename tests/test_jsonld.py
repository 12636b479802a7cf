"""JSON-LD of descriptions: expanded, compact, framed, and what comes back when it is read."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.describe.expansion import expanded
from publisher.describe.index import Index
from publisher.describe.jsonld import JsonLd, dumps
from publisher.describe.resource import describe, in_order
from publisher.errors import ContentError, NotAcceptable
from publisher.store.store import Store

ROOT = Path(__file__).resolve().parent.parent
BASE = "https://data.example.org/"
URL = BASE + "context/0.jsonld"
CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "id": "@id",
    "type": "@type",
    "included": "@included",
    "bw": BASE + "ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "Lake": "bw:Lake",
    "Sample": "bw:Sample",
    "label": {"@id": "rdfs:label", "@container": "@language"},
    "depth": {"@id": "bw:depth", "@type": "xsd:integer"},
    "near": {"@id": "bw:near", "@type": "@id", "@container": "@set"},
    "sampleOf": {"@id": "bw:sampleOf", "@type": "@id"},
    "samples": {"@reverse": "bw:sampleOf", "@container": "@set"},
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
}
FRAMES = {"lake": {"type": "Lake", "samples": {"type": "Sample"}}}
HEAD = f"""
@base <{BASE}> .
@prefix bw: <ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
LAKE = """
<lake> a bw:Lake ; rdfs:label "lake"@en, "lac"@fr ; bw:depth 7 ; bw:deep true ; bw:near <river>, <pond> .
<river> rdfs:label "river"@en ; bw:near <lake> .
<pond> rdfs:label "pond"@en ; bw:near <pond>, <river> .
<sample> a bw:Sample ; bw:sampleOf <lake> ; bw:year "1987"^^xsd:gYear .
<other> bw:about <lake> .
"""


def triples_of(turtle: str) -> list[Triple]:
    return in_order({quad.triple for quad in parse(HEAD + turtle, format=RdfFormat.TURTLE)})


@pytest.fixture(scope="module")
def jsonld() -> JsonLd:
    return JsonLd({"@context": CONTEXT}, FRAMES, URL)


def test_a_lone_node_is_written_with_the_words_of_the_context(jsonld: JsonLd) -> None:
    assert jsonld.compact(triples_of('<a> a bw:Lake ; rdfs:label "a"@en ; bw:depth 7 ; bw:near <b> .')) == {
        "@context": URL,
        "id": BASE + "a",
        "type": "Lake",
        "label": {"en": "a"},
        "depth": 7,
        "near": [BASE + "b"],
    }


def test_a_framed_document_is_a_tree_and_the_rest_is_included(jsonld: JsonLd) -> None:
    triples = triples_of(LAKE)

    document = jsonld.document(BASE + "lake", [BASE + "ns#Lake"], triples)

    assert document["@context"] == URL
    assert document["id"] == BASE + "lake"
    assert document["samples"] == [
        {
            "id": BASE + "sample",
            "type": "Sample",
            "sampleOf": BASE + "lake",
            "bw:year": {"type": "xsd:gYear", "@value": "1987"},
        }
    ]
    pond, river = document["near"]
    assert (pond["id"], pond["label"]) == (BASE + "pond", {"en": "pond"})
    assert river == BASE + "river", "a node is shown where it is named first"
    assert document["included"] == [{"id": BASE + "other", "bw:about": {"id": BASE + "lake"}}]
    assert jsonld.roundtrip(triples, document) == ([], [])


def test_without_a_frame_the_resource_is_the_top_of_the_document(jsonld: JsonLd) -> None:
    triples = triples_of(LAKE)

    document = jsonld.document(BASE + "river", [], triples)

    assert jsonld.frame_of([BASE + "ns#Sample"]) is None
    assert document["id"] == BASE + "river"
    assert len(document["included"]) == 4
    assert jsonld.roundtrip(triples, document) == ([], [])


def test_what_a_frame_hides_is_not_lost() -> None:
    frame = {"type": "Lake", "@explicit": True, "@embed": "@never", "depth": {}}
    jsonld = JsonLd(CONTEXT, {"lake": frame}, URL)
    triples = triples_of(LAKE)

    document = jsonld.document(BASE + "lake", [BASE + "ns#Lake"], triples)

    assert set(document) == {"@context", "id", "type", "depth", "included"}
    assert jsonld.roundtrip(triples, document) == ([], [])


def test_a_frame_that_cannot_be_followed_gives_way_to_the_compact_form() -> None:
    jsonld = JsonLd(CONTEXT, {"lake": {"type": "Lake", "label": {}}}, URL)
    triples = triples_of(LAKE)

    with pytest.raises(ContentError, match=r"ontology/frames/lake\.jsonld"):
        jsonld.framed(BASE + "lake", [BASE + "ns#Lake"], triples)
    document = jsonld.document(BASE + "lake", [BASE + "ns#Lake"], triples)
    assert document["id"] == BASE + "lake"
    assert jsonld.roundtrip(triples, document) == ([], [])


def test_the_first_frame_by_name_is_taken() -> None:
    jsonld = JsonLd(CONTEXT, {"b": {"type": "Lake"}, "a": {"@type": ["Sample", BASE + "ns#Lake"]}}, URL)

    assert jsonld.frame_of([BASE + "ns#Lake"]) == "a"
    assert jsonld.frame_of(["urn:x"]) is None


LISTS = [
    '<a> bw:list ( 1 ( <b> ) "x"@en () ) .',
    "<a> bw:list ( 1 ), ( 2 ) .",
    "<a> bw:list _:l . <b> bw:list _:l . _:l rdf:first 1 ; rdf:rest () .",
    "<a> bw:list _:l . _:l rdf:first 1 ; rdf:rest _:l .",
    "_:l rdf:first _:l ; rdf:rest () .",
    "<a> bw:list _:l . _:l rdf:first 1, 2 ; rdf:rest () .",
    "<a> bw:list _:l . _:l a rdf:List ; rdf:first 1 ; rdf:rest () .",
    "<a> bw:p [ bw:p [ bw:q 1 ] ] ; a [ bw:r ( 1 ) ] .",
    "_:a bw:p _:b . _:b bw:p _:a .",
    "<a> a ( 1 ) .",
    '<a> a "x" .',
]


@pytest.mark.parametrize("turtle", LISTS)
def test_lists_and_blank_nodes_keep_their_meaning(jsonld: JsonLd, turtle: str) -> None:
    triples = triples_of("@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> ." + turtle)

    assert jsonld.roundtrip(triples, jsonld.compact(triples)) == ([], [])
    assert jsonld.roundtrip(triples, jsonld.document(BASE + "a", [], triples)) == ([], [])


def test_a_well_formed_list_is_an_array(jsonld: JsonLd) -> None:
    assert jsonld.compact(triples_of('<a> bw:list ( 1 ( <b> ) "x"@en ) .'))["bw:list"] == {
        "@list": [1, {"@list": [{"id": BASE + "b"}]}, {"@language": "en", "@value": "x"}]
    }


def test_an_iri_that_the_context_would_misread_stays_whole(jsonld: JsonLd) -> None:
    triples = triples_of("<a> bw:at <geo:50.6,5.5> . <b> bw:depth 1 .")

    document = jsonld.compact(triples)

    assert document["@graph"][1] == {"id": BASE + "b", "depth": 1}
    assert jsonld.roundtrip(triples, document) == ([], [])


@pytest.mark.parametrize(
    "context",
    [
        {"@language": "en", "id": "@id"},
        {"@base": BASE},
        {"bw": BASE + "ns#", "Lake": {"@id": "bw:Lake", "@context": {"near": {"@id": "bw:near", "@type": "@id"}}}},
        [{"bw": BASE + "ns#"}, {"near": {"@id": "bw:near", "@container": "@id"}}],
        {"bw": BASE + "ns#", "tree": "@nest", "near": {"@id": "bw:near", "@type": "@id", "@nest": "tree"}},
        {},
        None,
    ],
    ids=["language", "base", "scoped", "array", "nest", "empty", "none"],
)
def test_every_context_keeps_every_statement(context: Any) -> None:
    frame = {"@type": BASE + "ns#Lake", "@reverse": {BASE + "ns#sampleOf": {}}}
    jsonld = JsonLd({"@context": context} if context is not None else None, {"lake": frame}, URL)
    triples = triples_of(LAKE)

    assert jsonld.roundtrip(triples, jsonld.compact(triples)) == ([], [])
    assert jsonld.roundtrip(triples, jsonld.document(BASE + "lake", [BASE + "ns#Lake"], triples)) == ([], [])


LITERALS = st.one_of(
    st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=5)),
    st.builds(
        lambda text, tag: Literal(text, language=tag), st.text("ab", max_size=2), st.sampled_from(["en", "fr-BE"])
    ),
    st.builds(Literal, st.integers(-(2**70), 2**70)),
    st.builds(Literal, st.booleans()),
    st.builds(Literal, st.floats(allow_nan=False)),
    st.builds(
        lambda text, name: Literal(text, datatype=NamedNode("http://www.w3.org/2001/XMLSchema#" + name)),
        st.sampled_from(["1", "01", "-0", "1.50", "true", "1E0", "x", ""]),
        st.sampled_from(["integer", "decimal", "double", "boolean", "gYear", "string"]),
    ),
)
NODES = st.sampled_from(
    [NamedNode(iri) for iri in (BASE, BASE + "ns#Lake", "urn:x:y", "geo:1,2", "mailto:a@b.example.org")]
    + [BlankNode("x"), BlankNode("y")]
)
PREDICATES = st.sampled_from(
    [
        NamedNode(iri)
        for iri in (
            BASE + "ns#depth",
            BASE + "ns#near",
            BASE + "ns#sampleOf",
            "http://www.w3.org/2000/01/rdf-schema#label",
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
            "urn:x:p",
        )
    ]
)


@settings(max_examples=150, deadline=None)
@given(triples=st.lists(st.builds(Triple, NODES, PREDICATES, st.one_of(LITERALS, NODES)), min_size=1, max_size=8))
def test_random_graphs_come_back_whole(jsonld: JsonLd, triples: list[Triple]) -> None:
    ordered = in_order(set(triples))

    assert jsonld.roundtrip(ordered, jsonld.compact(ordered)) == ([], [])
    assert jsonld.roundtrip(ordered, {"@graph": expanded(ordered)}) == ([], [])
    assert jsonld.roundtrip(ordered, jsonld.document(BASE, [BASE + "ns#Lake"], ordered)) == ([], [])


def test_the_proof_names_what_is_missing_and_what_is_extra(jsonld: JsonLd) -> None:
    triples = triples_of(LAKE)
    document = jsonld.document(BASE + "lake", [BASE + "ns#Lake"], triples)
    document["depth"] = 8

    missing, extra = jsonld.roundtrip(triples, document)

    assert [str(triple.object) for triple in missing] == ['"7"^^<http://www.w3.org/2001/XMLSchema#integer>']
    assert [str(triple.object) for triple in extra] == ['"8"^^<http://www.w3.org/2001/XMLSchema#integer>']


def test_nothing_is_ever_loaded(monkeypatch: pytest.MonkeyPatch, jsonld: JsonLd) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    for url in ("https://schema.org/", "file:///etc/hostname", "/etc/hostname", "https://www.w3.org/ns/did/v1"):
        with pytest.raises(ContentError, match=r"ontology/context\.jsonld"):
            JsonLd({"@context": [url, CONTEXT]}, {}, URL)
        with pytest.raises(ContentError):
            jsonld.roundtrip([], {"@context": url, "urn:x:p": "x"})


def test_two_contexts_at_one_address_do_not_mix() -> None:
    one, other = (JsonLd({"word": iri}, {}, URL) for iri in ("urn:x:one", "urn:x:other"))
    document = {"@context": URL, "@id": BASE, "word": "x"}

    assert str(one.roundtrip([], document)[1][0].predicate) == "<urn:x:one>"
    assert str(other.roundtrip([], document)[1][0].predicate) == "<urn:x:other>"


@pytest.mark.parametrize(
    "context", [{"a": {"@id": "@unknown:"}}, {"a": {"@type": "@id"}}, {"a": 5}, {"a": "a:a", "@x": 1}]
)
def test_a_wrong_context_is_a_content_error(context: dict[str, Any]) -> None:
    with pytest.raises(ContentError, match=r"^ontology/context\.jsonld: ."):
        JsonLd(context, {}, URL)


def test_a_wrong_frame_is_a_content_error_that_names_the_file() -> None:
    with pytest.raises(ContentError, match=r"^ontology/frames/lake\.jsonld: ."):
        JsonLd(CONTEXT, {"lake": {"type": "Lake", "@embed": "@sometimes"}}, URL)


def test_a_base_direction_is_no_loss() -> None:
    triples = triples_of('<lake> rdfs:label "שלום"@he--rtl .')
    jsonld = JsonLd(CONTEXT, {}, URL)

    assert jsonld.roundtrip(triples, jsonld.compact(triples)) == ([], [])
    assert jsonld.roundtrip(triples, JsonLd({}, {}, URL).compact(triples_of('<lake> rdfs:label "שלום"@he .')))[0]


def test_what_would_be_misread_is_refused_where_terms_are_protected() -> None:
    """A context with such terms can be left by nobody (JSON-LD 1.1, section 4.1.11)."""
    jsonld = JsonLd({**CONTEXT, "@protected": True}, {}, URL)

    with pytest.raises(NotAcceptable, match="protected"):
        jsonld.compact(triples_of("<lake> bw:near <geo:50.6,5.5> ."))


def test_json_text_has_one_order() -> None:
    document = {"z": {"fr": 1, "en": 2}, "type": "T", "included": [], "a": "é", "id": "i", "@context": {"b": 1, "a": 2}}

    assert list(json.loads(dumps(document))) == ["@context", "id", "type", "a", "z", "included"]
    assert dumps(document) == dumps(dict(reversed(document.items())))
    assert dumps({"b": [1], "a": "é"}, indent=None) == '{"a":"é","b":[1]}\n'.encode()


@pytest.fixture(scope="module")
def published() -> tuple[JsonLd, Store]:
    content = read_content(Config(content=ROOT))
    return JsonLd(content.context, content.frames, URL), Store(content.load()[0], content.base_iri)


def every(store: Store, step: int) -> Iterator[str]:
    subjects = {triple.subject for triple in store.triples() if isinstance(triple.subject, NamedNode)}
    yield from sorted(subject.value for subject in subjects if "#" not in subject.value)[::step]


def test_published_resources_expand_to_exactly_their_statements(published: tuple[JsonLd, Store]) -> None:
    jsonld, store = published
    index = Index.of(store)

    for iri in every(store, 40):
        description = describe(store, iri, index)
        assert description is not None
        triples = description.triples()
        assert jsonld.roundtrip(triples, jsonld.document(iri, description.types, triples)) == ([], []), iri
        assert jsonld.roundtrip(triples, jsonld.compact(triples)) == ([], []), iri
