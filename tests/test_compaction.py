"""Our compaction of one node says what the general processor's does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import FrozenDocumentLoader, jsonld
from pyoxigraph import Literal, NamedNode, Triple

from publisher.content.dataset import Content
from publisher.describe.compaction import Compactor, Misread, UnsupportedContext
from publisher.describe.expansion import expanded
from publisher.describe.jsonld import JsonLd
from publisher.store.store import Store

ROOT = Path(__file__).resolve().parent.parent

NS = "https://data.example.org/ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "id": "@id",
    "type": "@type",
    "none": "@none",
    "ex": NS,
    "deep": {"@id": "ex:deep/", "@prefix": True},
    "noPrefix": {"@id": "ex:no/"},
    "xsd": XSD,
    "Lake": "ex:Lake",
    "a": "ex:a",
    "a2": {"@id": "ex:a", "@type": "@id"},
    "aYear": {"@id": "ex:a", "@type": "xsd:gYear"},
    "aGerman": {"@id": "ex:a", "@language": "de"},
    "aPlain": {"@id": "ex:a", "@language": None},
    "b": {"@id": "ex:b", "@container": "@language"},
    "bAll": {"@id": "ex:b", "@container": "@set", "@type": "@id"},
    "c": {"@id": "ex:c", "@container": ["@language", "@set"]},
    "d": {"@id": "ex:d", "@container": "@set"},
    "kind": {"@id": "ex:kind", "@type": "@vocab"},
    "n": {"@id": "ex:n", "@type": "xsd:integer"},
    "list": {"@id": "ex:list", "@container": "@list"},
    "listOfThings": {"@id": "ex:list", "@container": "@list", "@type": "@id"},
    "listOfYears": {"@id": "ex:years", "@container": "@list", "@type": "xsd:gYear"},
    "listInGerman": {"@id": "ex:years", "@container": "@list", "@language": "de"},
    "back": {"@reverse": "ex:kind"},
    "years": "xsd:gYear",
}
CONTEXTS = [
    CONTEXT,
    {name: entry for name, entry in CONTEXT.items() if name not in ("id", "type", "none")},
    {**CONTEXT, "@vocab": NS},
    {"@vocab": "http://other.example.org/", "ex": NS, "x": {"@id": NS + "a", "@type": "@vocab"}, "Lake": NS + "Lake"},
    {},
]

iris = st.sampled_from(
    [NS + name for name in ("a", "b", "Lake", "deep/x", "no/x", "", "ä-b", "a:b", "x/y")]
    + [XSD + "gYear", "http://other.example.org/z", "urn:x:y", "http://x.example.org/?q=1#f", "deep://x"]
)
predicates = st.sampled_from([NS + name for name in ("a", "b", "c", "d", "kind", "list", "years", "deep/p", "z")])
literals = st.one_of(
    st.builds(lambda text: {"@value": text}, st.sampled_from(["", "x", "1"])),
    st.builds(
        lambda text, language: {"@value": text, "@language": language},
        st.sampled_from(["x", "y", ""]),
        st.sampled_from(["de", "en", "fr-be"]),
    ),
    st.builds(
        lambda text, type_: {"@value": text, "@type": type_},
        st.sampled_from(["1", "1987", "x"]),
        st.sampled_from([XSD + "gYear", XSD + "integer", XSD + "decimal", NS + "wkt", "urn:x:type"]),
    ),
)
references = st.builds(lambda iri: {"@id": iri}, st.one_of(iris, st.just("_:b0")))
items = st.one_of(literals, references)
lists = st.builds(lambda values: {"@list": values}, st.lists(items, min_size=1, max_size=3))
nodes = st.builds(
    lambda iri, types, values: {"@id": iri, **({"@type": types} if types else {}), **values},
    iris,
    st.lists(iris, max_size=3, unique=True),
    st.dictionaries(
        predicates,
        st.one_of(
            st.lists(items, min_size=1, max_size=4, unique_by=lambda value: json.dumps(value, sort_keys=True)),
            st.lists(lists, min_size=1, max_size=1),
        ),
        max_size=4,
    ),
)


def ours(node: dict[str, Any], compactor: Compactor) -> dict[str, Any] | None:
    try:
        return compactor.node(node)
    except Misread:
        return None


def general(node: dict[str, Any], context: dict[str, Any]) -> dict[str, Any] | None:
    """What the general processor makes of *node*; None when an IRI looks like a prefixed name."""
    options = {"documentLoader": FrozenDocumentLoader({}), "skipExpansion": True, "base": ""}
    try:
        compact = jsonld.compact([node], context, options)
    except jsonld.JsonLdError:
        return None
    return {name: value for name, value in compact.items() if name != "@context"}


def lines(document: dict[str, Any]) -> list[str]:
    options = {"documentLoader": FrozenDocumentLoader({}), "base": "", "format": "application/n-quads"}
    return sorted(jsonld.to_rdf(document, options).splitlines())


@pytest.mark.parametrize("context", CONTEXTS, ids=["aliases", "keywords", "vocab", "other vocab", "empty"])
@settings(max_examples=100, deadline=None)
@given(node=nodes)
def test_random_nodes_come_out_as_the_general_processor_makes_them(
    context: dict[str, Any], node: dict[str, Any]
) -> None:
    compact, expected = ours(node, Compactor(context)), general(node, context)

    if compact is None and expected is not None:
        assert lines({"@context": context, **expected}) != lines(node), "stays expanded only where something is lost"
    else:
        assert compact == expected


def published_nodes() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every tenth subject of what this repository publishes, with the context; none while it has no context."""
    from publisher.config import Config
    from publisher.content.dataset import read_content

    content: Content = read_content(Config(content=ROOT))
    store = Store(content.load()[0], content.base_iri)
    jsonld_ = JsonLd(content.context, {}, "https://data.example.org/context.jsonld")
    by_subject: dict[Any, list[Triple]] = {}
    for triple in store.triples():
        by_subject.setdefault(triple.subject, []).append(triple)
    for subject in sorted(by_subject, key=str)[::10]:
        for node in expanded(sorted(by_subject[subject], key=str), Compactor(jsonld_.context).native):
            yield node, jsonld_.context


def test_what_is_published_comes_out_as_the_general_processor_makes_it() -> None:
    compactors: dict[int, Compactor] = {}
    count = 0
    for node, context in published_nodes():
        compactor = compactors.setdefault(id(context), Compactor(context))
        assert ours(node, compactor) == general(node, context)
        count += 1
    assert count > 0


@pytest.mark.parametrize(
    "context",
    [
        {"@base": "https://data.example.org/"},
        {"@language": "en"},
        {"@vocab": ""},
        {"a": {"@id": NS + "a", "@container": "@index"}},
        {"a": {"@id": NS + "a", "@context": {}}},
        {"a": {"@id": NS + "a", "@type": "@json"}},
        {"a": {"@id": NS + "a", "@nest": "b"}},
        {"a": {"@type": "@id"}},
        {"a": None},
        {"a": "@unknown"},
        {"a": "b", "b": "a"},
    ],
)
def test_what_only_the_general_processor_knows_is_refused(context: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedContext):
        Compactor(context)


MISREAD = {
    "prefix": ({"geo": "http://www.w3.org/2003/01/geo/wgs84_pos#"}, {"@id": "geo:50.6,5.5"}),
    "two slashes": ({"ex": NS}, {"@id": NS + "//x"}),
    "blank node": ({"_": NS}, {"@id": NS + "x"}),
    "colon after @vocab": ({"@vocab": NS}, {"@id": "urn:x", NS + "a:b": [{"@value": "x"}]}),
    "keyword after @vocab": ({"@vocab": NS}, {"@id": "urn:x", "@type": [NS + "@list"]}),
    "language": (
        {"none": "@none", "a": {"@id": NS + "a", "@container": "@language"}},
        {"@id": "urn:x", NS + "a": [{"@value": "x", "@language": "none"}]},
    ),
    "term that is an IRI": (
        {NS + "a": {"@id": NS + "a", "@type": "@id"}},
        {"@id": "urn:x", NS + "a": [{"@value": "x"}]},
    ),
    "direction": ({}, {"@id": "urn:x", NS + "a": [{"@value": "x", "@language": "ar", "@direction": "rtl"}]}),
}


@pytest.mark.parametrize(("context", "node"), MISREAD.values(), ids=MISREAD)
def test_what_readers_would_take_for_something_else_is_refused(context: dict[str, Any], node: dict[str, Any]) -> None:
    """The general processor refuses some too, and loses others."""
    with pytest.raises(Misread):
        Compactor(context).node(node)


def test_numbers_are_native_only_where_they_are_read_back() -> None:
    compactor = Compactor(CONTEXT)
    integer = XSD + "integer"

    assert compactor.native(NS + "n", integer) == "typed"
    assert compactor.native(NS + "d", integer) == "bare"
    assert compactor.native(NS + "c", integer) == ""
    triples = [Triple(NamedNode(NS), NamedNode(NS + name), Literal(7)) for name in ("n", "d", "c")]
    assert compactor.node(expanded(triples, compactor.native)[0]) == {
        "id": NS,
        "n": 7,
        "d": [7],
        "ex:c": {"type": "xsd:integer", "@value": "7"},
    }
