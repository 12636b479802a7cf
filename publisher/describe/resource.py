"""What the graph says of one resource, and how it is written down.

A description is the resource's own statements, those of its hash IRIs and blank nodes, those of the nodes
that state something about it (the ontology marks by which properties), the names of what all these name,
and the links that point at the resource.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import groupby
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple
from pyoxigraph import serialize as engine_serialize

from ..errors import NotAcceptable
from ..formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from ..store.store import Store
from .expansion import expanded
from .jsonld import dumps
from .labels import LABEL_PROPERTIES
from .turtle import RDF, TYPE, Turtle, order

# A statement with a property of this type belongs to the description of its object too.
DESCRIPTION_PROPERTY = NamedNode("https://w3id.org/linked-data-publisher/ns#DescriptionProperty")
SEE_ALSO = NamedNode("http://www.w3.org/2000/01/rdf-schema#seeAlso")

# XML 1.0, production 2 (what no document can hold), and the last part of an IRI that is an XML name.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_XML_NAME = re.compile(f"[{_NAME_START}][-.0-9\u00b7\u0300-\u036f\u203f-\u2040{_NAME_START}]*$")

# RDF/XML, section 5.4: names that are no property elements (rdf:li would be counted up to rdf:_1 and so on).
_RESERVED = {"RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li"}
_RESERVED |= {"aboutEach", "aboutEachPrefix", "bagID"}


@dataclass(frozen=True)
class Description:
    """What is said of one resource.

    iri           the resource; ``_:label`` for a blank node
    statements    its own, those of its hash IRIs and blank nodes, and of the nodes that state something about it
    inbound       further statements that name it as object, the first ones by IRI
    inbound_more  there are more of them
    labels        names of the things that statements and inbound links name
    """

    iri: str
    statements: tuple[Triple, ...]
    inbound: tuple[Triple, ...]
    inbound_more: bool
    labels: tuple[Triple, ...]

    def triples(self, more_url: str = "") -> list[Triple]:
        """All of it, sorted, each statement once.

        more_url  where all inbound links are found; stated as rdfs:seeAlso when some were left out
        """
        found = {*self.statements, *self.inbound, *self.labels}
        if self.inbound_more and more_url:
            found.add(Triple(_node(self.iri), SEE_ALSO, NamedNode(more_url)))
        return in_order(found, self.iri)

    @property
    def types(self) -> list[str]:
        """IRIs of the classes of the resource, sorted."""
        node = _node(self.iri)
        found = (t.object for t in self.statements if t.subject == node and t.predicate == TYPE)
        return sorted(term.value for term in found if isinstance(term, NamedNode))


class Fragments:
    """Which hash IRIs each resource has; made once for a snapshot, by one pass over its default graph."""

    def __init__(self, store: Store) -> None:
        names: dict[str, NamedNode] = {}
        for quad in store.engine.quads_for_pattern(None, None, None, DefaultGraph()):
            if isinstance(quad.subject, NamedNode) and "#" in quad.subject.value:
                names[quad.subject.value] = quad.subject
        self._owners: dict[str, list[NamedNode]] = {}
        for iri in sorted(names):
            self._owners.setdefault(iri.partition("#")[0], []).append(names[iri])

    def of(self, iri: str) -> Sequence[NamedNode]:
        """The hash IRIs of *iri* that are subjects, sorted."""
        return self._owners.get(iri, ())


def describe(store: Store, iri: str, fragments: Fragments, *, inbound_limit: int = 1000) -> Description | None:
    """What *store* says of *iri* (``_:label`` for a blank node); None when it does not name it."""
    try:
        node = _node(iri)
    except ValueError:
        return None
    roots: list[Any] = [node, *fragments.of(iri)]
    for marked in store.triples(None, TYPE, DESCRIPTION_PROPERTY):
        if isinstance(marked.subject, NamedNode):
            for triple in store.triples(None, marked.subject, node):
                roots += [triple.subject, *_fragments_of(triple.subject, fragments)]
    statements, described = _statements(store, roots)
    links = (triple for triple in store.triples(None, None, node) if triple.subject not in described)
    inbound = nsmallest(inbound_limit + 1, links, key=lambda triple: (str(triple.subject), triple.predicate.value))
    if not statements and not inbound and not store.contains(iri):
        return None
    shown = tuple(inbound[:inbound_limit])
    named = {t.object for t in statements if t.predicate != TYPE} | {t.subject for t in shown}
    labels = _labels(store, (term for term in named - described if isinstance(term, NamedNode | BlankNode)))
    return Description(iri, tuple(statements), shown, len(inbound) > inbound_limit, tuple(labels))


def with_graphs(store: Store, triples: Iterable[Triple]) -> list[Quad]:
    """Each of *triples* once for every named graph that states it; in the default graph when none does."""
    quads = []
    for triple in triples:
        found = store.engine.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        graphs = [quad for quad in found if not isinstance(quad.graph_name, DefaultGraph)]
        quads += graphs or [Quad(triple.subject, triple.predicate, triple.object)]
    return quads


def in_order(triples: Iterable[Triple], first: str = "") -> list[Triple]:
    """Sorted for readers: *first* and its hash IRIs lead, then the other subjects by IRI, ``a`` before the rest."""
    start = f"{first}#"

    def key(triple: Triple) -> tuple[int, tuple[bool, str, bool, str, str]]:
        place = order(triple)
        subject = f"_:{place[1]}" if place[0] else place[1]
        return (0 if subject == first else 1 if first and subject.startswith(start) else 2), place

    return sorted(triples, key=key)


def serialize(
    statements: Iterable[Triple] | Iterable[Quad], format: Format, prefixes: dict[str, str], *, first: str = ""
) -> bytes:
    """Write *statements* (quads for TriG and N-Quads, else triples) in *format*; equal input, equal bytes.

    first    the resource that Turtle, JSON-LD and RDF/XML begin with
    raises   NotAcceptable, when RDF/XML cannot say a statement (HTTP 406)
    """
    if format in (NTRIPLES, NQUADS):
        return "".join(sorted({f"{_line(statement)}\n" for statement in statements})).encode()
    if format == TRIG:
        quads = sorted({quad for quad in statements if isinstance(quad, Quad)}, key=_graph_name)
        graphs = [(name, in_order({q.triple for q in group}, first)) for name, group in groupby(quads, _graph_name)]
        return Turtle(prefixes).dataset(graphs).encode()
    triples = in_order({item.triple if isinstance(item, Quad) else item for item in statements}, first)
    if format == TURTLE:
        return Turtle(prefixes).document(triples).encode()
    if format == JSONLD:
        return dumps(expanded(triples))
    if format == RDFXML:
        return rdfxml(triples, prefixes)
    raise ValueError(f"{format.media_type} is no format for statements")


def rdfxml(triples: Iterable[Triple], prefixes: dict[str, str]) -> bytes:
    """RDF/XML of *triples* in their order.

    raises   NotAcceptable with the reason, when a predicate or a text has no form in XML
    """
    checked = list(triples)
    for triple in checked:
        check_xml(triple)
    return bytes(engine_serialize(checked, format=RdfFormat.RDF_XML, prefixes=prefixes) or b"")


def check_xml(triple: Triple) -> None:
    """Raise NotAcceptable when RDF/XML has no form for *triple*: the engine would write it malformed."""
    predicate = triple.predicate.value
    if not _splits(predicate):
        why = "it does not end in an XML name"
        raise NotAcceptable(f"RDF/XML cannot name the predicate {triple.predicate}, for {why}; the other formats can")
    if predicate.startswith(RDF) and predicate[len(RDF) :] in _RESERVED:
        why = "RDF/XML keeps that name for its own syntax"
        raise NotAcceptable(f"RDF/XML cannot name the predicate {triple.predicate}, for {why}; the other formats can")
    object_ = triple.object
    if isinstance(object_, Literal) and _NOT_XML.search(object_.value):
        raise NotAcceptable(
            f"RDF/XML cannot hold a control character in a value of {triple.predicate} of {triple.subject}; "
            "the other formats can"
        )
    if isinstance(object_, Triple):
        raise NotAcceptable(f"RDF/XML cannot hold the triple term in a value of {triple.predicate}")


def _splits(iri: str) -> bool:
    """Can *iri* be split into a namespace and an XML name?"""
    return _XML_NAME.search(iri) is not None


def _node(iri: str) -> NamedNode | BlankNode:
    return BlankNode(iri[2:]) if iri.startswith("_:") else NamedNode(iri)


def _fragments_of(node: object, fragments: Fragments) -> Sequence[NamedNode]:
    return fragments.of(node.value) if isinstance(node, NamedNode) else ()


def _statements(store: Store, roots: Iterable[Any]) -> tuple[list[Triple], set[Any]]:
    """The statements of *roots* and of the blank nodes they lead to; and whose statements these are."""
    statements: list[Triple] = []
    pending = list(roots)
    described: set[Any] = set()
    while pending:
        node = pending.pop()
        if node in described:
            continue
        described.add(node)
        for triple in store.triples(node):
            statements.append(triple)
            if isinstance(triple.object, BlankNode):
                pending.append(triple.object)
    return statements, described


def _labels(store: Store, nodes: Iterable[NamedNode | BlankNode]) -> list[Triple]:
    return [triple for node in nodes for property_ in LABEL_PROPERTIES for triple in store.triples(node, property_)]


def _line(statement: Triple | Quad) -> str:
    """A line of N-Triples or N-Quads."""
    if isinstance(statement, Quad) and not isinstance(statement.graph_name, DefaultGraph):
        return f"{statement.triple} {statement.graph_name} ."
    return f"{statement.triple if isinstance(statement, Quad) else statement} ."


def _graph_name(quad: Quad) -> str:
    name = quad.graph_name
    return "" if isinstance(name, DefaultGraph) else name.value if isinstance(name, NamedNode) else str(name)
