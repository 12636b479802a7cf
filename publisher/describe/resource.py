"""What the graph says of one resource, and how it is written down.

A description is the resource's own statements, those of its hash IRIs and blank nodes, those of the nodes
that state something about it (the ontology marks by which properties), the names of what all these name,
and the links that point at the resource.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import groupby
from typing import Any, BinaryIO, cast

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Triple
from pyoxigraph import serialize as engine_serialize

from ..formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from ..store.store import Store
from ..store.xml import XmlFile, check_xml
from .expansion import expanded
from .jsonld import dumps
from .labels import LABEL_PROPERTIES
from .turtle import TYPE, Turtle, order

# A statement with a property of this type belongs to the description of its object too.
DESCRIPTION_PROPERTY = NamedNode("https://w3id.org/linked-data-publisher/ns#DescriptionProperty")
SEE_ALSO = NamedNode("http://www.w3.org/2000/01/rdf-schema#seeAlso")


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
        quads = sorted({_quad(statement) for statement in statements}, key=_graph_name)
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
    output = io.BytesIO()
    xml = cast(BinaryIO, XmlFile(output))
    engine_serialize(check_xml(triples), xml, RdfFormat.RDF_XML, prefixes=prefixes)
    return output.getvalue()


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


def _quad(statement: Triple | Quad) -> Quad:
    """The statement with its graph, which for a triple is the default graph."""
    if isinstance(statement, Quad):
        return statement
    return Quad(statement.subject, statement.predicate, statement.object)


def _graph_name(quad: Quad) -> str:
    name = quad.graph_name
    return "" if isinstance(name, DefaultGraph) else name.value if isinstance(name, NamedNode) else str(name)
