"""Nodes written straight from N-Triples are those of the general processor, and say exactly what the lines say."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import BaseDirection, BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.describe import nodes as module
from publisher.describe.expansion import expanded
from publisher.describe.jsonld import JsonLd, dumps
from publisher.describe.nodes import NodeWriter
from publisher.errors import ContentError, NotAcceptable
from publisher.publish.lines import by_subject, quad_lines, sort_lines
from publisher.store.store import Store

from .conftest import ROOT
from .test_compaction import general

NS = "https://data.example.org/ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RTL = Literal("ש", language="he", direction=BaseDirection.RTL)

IRIS = [NS + name for name in ("", "a", "b", "deep/x", "deep///x", "a:b", "@type", "id", "äö", "%20", "x\U0001f600")]
IRIS += [
    "urn:x:y",
    "geo:50.6,5.5",
    "ex:a",
    "deep://x",
    "mailto:a@b.example.org",
    "http://x.example.org/?q=1#f",
    XSD + "gYear",
]
PREDICATES = [NS + name for name in ("a", "b", "c", "deep/x", "id")] + [
    RDF + "type",
    RDF + "first",
    RDF + "rest",
    "urn:x:p",
]
DATATYPES = [XSD + name for name in ("integer", "boolean", "double", "gYear", "string")] + [
    NS + "a",
    RDF + "JSON",
    "urn:x:y",
]
TAGS = ["en", "de", "fr-be", "id", "none", "type", "x-any", "i-klingon", "zh-hant-hk"]
ODD = ["", "\0", "\b\f\n\r\t", "\x7f\x80\u2028\ufffe", '"', "\\u0041", "\\", "@id", "ex:a", "\U0001f600"]
VALUES = ["0", "7", "-7", "007", "+1", "999999999999999", "1000000000000000", "true", "1", "1.5", "1.0E0", "INF"]

NAMES = ["id", "type", "none", "value", "en", "a", "b", "c", "long", "deep", "Lake", "ex:a", "geo", "urn", "_"]
WORDS = st.sampled_from([*IRIS, "ex:a", "ex:b", "ex:c", "ex:deep/", "ex:id"])
DEFINITIONS = st.one_of(
    WORDS,
    st.builds(
        lambda iri, more: {"@id": iri, **more},
        WORDS,
        st.fixed_dictionaries(
            {},
            optional={
                "@type": st.sampled_from(["@id", "@vocab", "ex:a", XSD + "integer", XSD + "boolean", XSD + "gYear"]),
                "@language": st.sampled_from(["de", "EN", None]),
                "@container": st.sampled_from(["@set", "@list", "@language", ["@language", "@set"], ["@set"]]),
                "@prefix": st.booleans(),
            },
        ),
    ),
)
ALIASES = st.fixed_dictionaries(
    {},
    optional={name: st.just(f"@{name}") for name in ("id", "type", "none", "value", "list")}
    | {"@vocab": st.sampled_from([NS, "urn:x:"])},
)
CONTEXTS = st.builds(
    lambda terms, aliases: {"ex": NS, **terms, **aliases},
    st.dictionaries(st.sampled_from(NAMES), DEFINITIONS, max_size=6),
    ALIASES,
)

nodes = st.one_of(st.builds(NamedNode, st.sampled_from(IRIS)), st.builds(BlankNode, st.sampled_from(["x", "y", "z"])))
literals = st.one_of(
    st.builds(Literal, st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"]), max_size=6))),
    st.builds(lambda text, tag: Literal(text, language=tag), st.sampled_from(ODD), st.sampled_from(TAGS)),
    st.builds(
        lambda text, iri: Literal(text, datatype=NamedNode(iri)), st.sampled_from(VALUES), st.sampled_from(DATATYPES)
    ),
)
objects = st.one_of(nodes, literals, st.just(NamedNode(RDF + "nil")))
graphs = st.lists(
    st.builds(Triple, nodes, st.builds(NamedNode, st.sampled_from(PREDICATES)), objects), min_size=1, max_size=10
)


def lines_of(triples: list[Triple]) -> list[bytes]:
    return list(sort_lines(f"{triple} .\n".encode() for triple in triples))


def written(lines: list[bytes], writer: JsonLd) -> list[dict[str, Any]]:
    nodes = NodeWriter(writer)
    return [json.loads(nodes.node(*group)) for group in by_subject(lines)]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(context=CONTEXTS, triples=graphs)
def test_any_graph_comes_back_whole_with_any_context(context: dict[str, Any], triples: list[Triple]) -> None:
    try:
        jsonld_ = JsonLd(context, {}, "urn:x:context")
    except ContentError:
        assume(False)
    lines = lines_of(triples)

    found = written(lines, jsonld_)

    assert jsonld_.roundtrip(triples, {"@context": context, "@graph": found}) == ([], [])
    for text, (subject, statements) in zip(found, by_subject(lines), strict=True):
        own = [f"{subject} {name} {value} .\n" for name, values in statements.items() for value in values]
        statement_triples = [quad.triple for quad in parse("".join(own), format=RdfFormat.N_TRIPLES)]
        [expected] = jsonld_.nodes(statement_triples)
        assert text == expected
        [node] = expanded(statement_triples, jsonld_.native)
        compact = general(node, context)
        assert text == compact or compact is None or loses(compact, statement_triples, jsonld_)


def loses(compact: dict[str, Any], triples: list[Triple], writer: JsonLd) -> bool:
    """Does the general processor not read back what it wrote itself?"""
    try:
        return writer.roundtrip(triples, {"@context": writer.context, **compact}) != ([], [])
    except ContentError:
        return True


def test_what_is_published_comes_out_byte_for_byte_as_by_the_long_way_and_comes_back_whole() -> None:
    content = read_content(Config(content=ROOT))
    jsonld_ = JsonLd(content.context, {}, "urn:x:context")
    writer = NodeWriter(jsonld_)
    lines = list(published(quad_lines(Store(content.load()[0], content.base_iri))))
    found = []

    for subject, statements in by_subject(lines):
        text = "".join(f"{subject} {name} {value} .\n" for name, values in statements.items() for value in values)
        [node] = jsonld_.nodes(quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES))
        assert writer.node(subject, statements).encode() + b"\n" == dumps(node, indent=None), subject
        found.append(node)

    triples = [quad.triple for quad in parse(b"".join(lines), format=RdfFormat.N_TRIPLES)]
    assert jsonld_.roundtrip(triples, {"@context": jsonld_.context, "@graph": found}) == ([], [])


def published(quads: Iterator[bytes]) -> Iterator[bytes]:
    """All graphs taken together."""
    return sort_lines(line[: line.rindex(b" ", 0, -3)] + b" .\n" for line in quads)


def test_a_base_direction_is_kept() -> None:
    writer = NodeWriter(JsonLd({"a": {"@id": NS + "a", "@container": "@language"}}, {}, "urn:x:context"))

    text = writer.node(f"<{NS}>", {f"<{NS}a>": [str(RTL)]})

    [quad] = parse(text, format=RdfFormat.JSON_LD)
    assert quad.triple == Triple(NamedNode(NS), NamedNode(NS + "a"), RTL)


def test_a_triple_term_is_refused() -> None:
    writer = NodeWriter(JsonLd({}, {}, "urn:x:context"))

    with pytest.raises(NotAcceptable, match="triple term"):
        writer.node(f"<{NS}>", {f"<{NS}a>": [f"<<( <{NS}> <{NS}a> <{NS}> )>>"]})


def test_what_is_kept_of_very_many_kinds_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 10)
    writer = NodeWriter(JsonLd({"ex": NS}, {}, "urn:x:context"))

    for number in range(100):
        text = writer.node(f"<{NS}s{number}>", {f"<{NS}a>": [f'"x"^^<{NS}{number}>', f"<{NS}o{number}>"]})
        value = {"@type": f"ex:{number}", "@value": "x"}
        assert json.loads(text) == {"@id": f"ex:s{number}", "ex:a": [value, {"@id": f"ex:o{number}"}]}

    kept = [*writer._forms.values(), *writer._iris, writer._members]
    assert max(len(found) for found in kept) <= 12


def test_a_context_for_the_general_processor_alone_is_followed_too() -> None:
    writer = NodeWriter(JsonLd({"a": {"@id": NS + "a", "@container": "@index"}}, {}, "urn:x:context"))

    assert json.loads(writer.node(f"<{NS}>", {f"<{NS}b>": ['"x"']})) == {"@id": NS, NS + "b": "x"}
