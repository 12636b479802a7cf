"""Named queries as data, so that other people's editors find them as examples.

The form is that of the SPARQL examples of the Swiss Institute of Bioinformatics: SHACL's executables with the
query's text, words in rdfs:comment, the endpoint in schema:target.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from ..content.queries import NamedQuery, Words
from ..content.terms import XSD
from .turtle import TYPE, order

SH = "http://www.w3.org/ns/shacl#"
SPEX = "https://purl.expasy.org/sparql-examples/ontology#"
PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": SH,
    "spex": SPEX,
    "xsd": XSD,
}
TITLE = Words({"en": "Named queries", "fr": "Requêtes nommées"})
DESCRIPTION = Words({
    "en": "Questions that can be asked here or, where a query names another endpoint, there.",
    "fr": "Questions que l'on peut poser ici ou, quand une requête nomme un autre point d'accès, là-bas.",
})  # fmt: skip
# Form -> class and property: SHACL has none for DESCRIBE.
_EXECUTABLE = {
    "SELECT": (SH + "SPARQLSelectExecutable", SH + "select"),
    "ASK": (SH + "SPARQLAskExecutable", SH + "ask"),
    "CONSTRUCT": (SH + "SPARQLConstructExecutable", SH + "construct"),
    "DESCRIBE": (SPEX + "SPARQLDescribeExecutable", SPEX + "describe"),
}
_SERVICE = re.compile(r"\bSERVICE\s+(?:SILENT\s+)?<([^>]*)>", re.IGNORECASE)


def query_examples(
    queries: Iterable[NamedQuery], graph: str, location: str, prefixes: Mapping[str, str]
) -> list[Triple]:
    """The statements of the graph named *graph*, sorted.

    location  address of this server, whose ``sparql`` is the target of queries without an endpoint of their own
    prefixes  what the examples may use without declaring it, name -> namespace
    """
    return sorted(
        {*_heading(graph, location), *_declared(graph, prefixes), *_executables(graph, queries, location)}, key=order
    )


def _heading(graph: str, location: str) -> Iterator[Triple]:
    top = NamedNode(graph)
    yield from _words(top, _iri("dcterms", "title"), TITLE)
    yield from _words(top, _iri("dcterms", "description"), DESCRIPTION)
    yield Triple(top, _iri("rdfs", "seeAlso"), NamedNode(f"{location}api"))


def _declared(graph: str, prefixes: Mapping[str, str]) -> Iterator[Triple]:
    declarations = NamedNode(f"{graph}#prefixes")
    for prefix, namespace in prefixes.items():
        declaration = NamedNode(f"{graph}#prefix-{prefix}")
        yield Triple(declarations, _iri("sh", "declare"), declaration)
        yield Triple(declaration, _iri("sh", "prefix"), Literal(prefix))
        yield Triple(declaration, _iri("sh", "namespace"), Literal(namespace, datatype=_iri("xsd", "anyURI")))


def _executables(graph: str, queries: Iterable[NamedQuery], location: str) -> Iterator[Triple]:
    for query in queries:
        subject = _name(graph, query)
        kind, property_ = _EXECUTABLE[query.form]
        yield Triple(subject, TYPE, _iri("sh", "SPARQLExecutable"))
        yield Triple(subject, TYPE, NamedNode(kind))
        yield Triple(subject, NamedNode(property_), Literal(query.text))
        yield Triple(subject, _iri("sh", "prefixes"), NamedNode(f"{graph}#prefixes"))
        yield Triple(subject, _iri("schema", "target"), NamedNode(query.endpoint or f"{location}sparql"))
        yield from _words(subject, _iri("rdfs", "label"), query.heading)
        yield from _words(subject, _iri("rdfs", "comment"), query.summary or query.heading)
        yield from _words(subject, _iri("dcterms", "description"), query.description)
        for tag in query.tags:
            yield Triple(subject, _iri("schema", "keywords"), Literal(tag))
        for service in set(_SERVICE.findall(query.text)):
            yield Triple(subject, NamedNode(SPEX + "federatesWith"), NamedNode(service))
        if not query.endpoint:
            yield Triple(subject, _iri("rdfs", "seeAlso"), NamedNode(f"{location}api/{query.name}"))


def _name(graph: str, query: NamedQuery) -> NamedNode:
    return NamedNode(f"{graph}#{'elsewhere-' if query.endpoint else ''}{query.name}")


def _words(subject: NamedNode, property_: NamedNode, words: Words) -> Iterator[Triple]:
    for tag, text in words.items():
        yield Triple(subject, property_, Literal(text, language=tag) if tag else Literal(text))


def _iri(prefix: str, local: str) -> NamedNode:
    return NamedNode(PREFIXES[prefix] + local)
