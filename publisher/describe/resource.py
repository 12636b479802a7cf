"""What the graph says of one resource, and how it is written down.

A description is the resource's own statements, those of its hash IRIs and blank nodes, those of the nodes
that state something about it (the ontology marks by which properties), the names of what all these name,
and the links that point at the resource.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from itertools import groupby, islice
from typing import Any, BinaryIO, cast

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Triple
from pyoxigraph import serialize as engine_serialize

from ..formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from ..store.store import Store, name_of, node_of
from ..store.xml import XmlFile, check_xml
from .expansion import expanded
from .index import Index
from .jsonld import dumps
from .labels import LABEL_PROPERTIES
from .said import description_properties
from .turtle import TYPE, Turtle, order

LARGEST = 20_000  # statements that are read for a description
MOST_SORTED = 5_000  # links to what is described that are read to find the first ones by IRI
SEE_ALSO = NamedNode("http://www.w3.org/2000/01/rdf-schema#seeAlso")


@dataclass(frozen=True)
class Description:
    """What is said of one resource.

    iri           the resource; ``_:label`` for a blank node
    statements    its own, those of its hash IRIs and blank nodes, and of the nodes that state something about it
    inbound       further statements that name it as object, the first ones by IRI (of very many, just some)
    inbound_more  there are more of them
    labels        names of the things that statements and inbound links name
    cut           there are more statements, too many to be read for an answer
    """

    iri: str
    statements: tuple[Triple, ...]
    inbound: tuple[Triple, ...]
    inbound_more: bool
    labels: tuple[Triple, ...]
    cut: bool = False

    def triples(self, more_url: str = "") -> list[Triple]:
        """All of it, sorted, each statement once.

        more_url  where all inbound links are found; stated as rdfs:seeAlso when some were left out
        """
        found = {*self.statements, *self.inbound, *self.labels}
        if self.inbound_more and more_url:
            found.add(Triple(node_of(self.iri), SEE_ALSO, NamedNode(more_url)))
        return in_order(found, self.iri)

    @property
    def types(self) -> list[str]:
        """IRIs of the classes of the resource, sorted."""
        node = node_of(self.iri)
        found = (t.object for t in self.statements if t.subject == node and t.predicate == TYPE)
        return sorted(term.value for term in found if isinstance(term, NamedNode))


def describe(
    store: Store, iri: str, index: Index, *, inbound_limit: int = 1000, labelled: bool = True
) -> Description | None:
    """What *store* says of *iri* (``_:label`` for a blank node); None when it does not name it.

    labelled  with the names of what is named; a page takes them from the index
    """
    try:
        node = node_of(iri)
    except ValueError:
        return None
    stating = [triple.subject for triple in islice(_stating(store, node), LARGEST)]
    subjects = [term.value for term in (node, *stating) if isinstance(term, NamedNode)]
    parts = [NamedNode(part) for part in index.fragments(subjects, LARGEST)]
    statements, described = _statements(store, [node, *parts, *stating])
    inbound, inbound_more = _inbound(store, node, described, inbound_limit)
    if not statements and not inbound and not store.contains(iri):
        return None
    named = {t.object for t in statements if t.predicate != TYPE} | {t.subject for t in inbound} if labelled else set()
    labels = _labels(store, index, (term for term in named - described if isinstance(term, NamedNode | BlankNode)))
    cut = len(statements) > LARGEST
    return Description(iri, tuple(statements[:LARGEST]), tuple(inbound), inbound_more, tuple(labels), cut)


def with_graphs(store: Store, triples: Iterable[Triple]) -> list[Quad]:
    """Each of *triples* once for every named graph that states it; in the default graph when none does."""
    quads = []
    for triple in triples:
        found = store.engine.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        graphs = [quad for quad in found if not isinstance(quad.graph_name, DefaultGraph)]
        quads += graphs or [Quad(triple.subject, triple.predicate, triple.object)]
    return quads


def in_order(triples: Iterable[Triple], first: str = "", language: str = "") -> list[Triple]:
    """Sorted for readers: *first* and its hash IRIs lead, then the other subjects by IRI, ``a`` before the rest.

    language  what is said in it comes before what is said in other languages
    """
    start = f"{first}#"

    def key(triple: Triple) -> tuple[int, tuple[object, ...]]:
        *place, value = order(triple)
        subject = f"_:{place[1]}" if place[0] else str(place[1])
        foreign = bool(language) and getattr(triple.object, "language", None) not in (None, language)
        return (0 if subject == first else 1 if first and subject.startswith(start) else 2), (*place, foreign, value)

    return sorted(triples, key=key)


def serialize(
    statements: Iterable[Triple] | Iterable[Quad],
    format: Format,
    prefixes: dict[str, str],
    *,
    first: str = "",
    language: str = "",
) -> bytes:
    """Write *statements* (quads for TriG and N-Quads, else triples) in *format*; equal input, equal bytes.

    first     the resource that Turtle, JSON-LD and RDF/XML begin with
    language  what these say in it comes first, for readers that take the first of several literals
    raises    NotAcceptable, when RDF/XML cannot say a statement (HTTP 406)
    """
    if format in (NTRIPLES, NQUADS):
        return "".join(sorted({f"{_line(statement)}\n" for statement in statements})).encode()
    if format == TRIG:
        quads = sorted({_quad(statement) for statement in statements}, key=_graph_name)
        graphs = [(name, in_order({q.triple for q in group}, first)) for name, group in groupby(quads, _graph_name)]
        return Turtle(prefixes).dataset(graphs).encode()
    triples = in_order({item.triple if isinstance(item, Quad) else item for item in statements}, first, language)
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


def _stating(store: Store, node: Any) -> Iterator[Triple]:
    """The statements by which another node states something about *node*."""
    for property_ in description_properties(store):
        yield from store.triples(None, property_, node)


def _statements(store: Store, roots: Iterable[Any]) -> tuple[list[Triple], set[Any]]:
    """The statements of *roots* and of the blank nodes they lead to; and whose statements these are.

    One more than ``LARGEST`` of them, when there are more.
    """
    statements: list[Triple] = []
    pending = list(roots)[::-1]
    described: set[Any] = set()
    while pending and len(statements) <= LARGEST:
        node = pending.pop()
        if node in described:
            continue
        described.add(node)
        for triple in islice(store.triples(node), LARGEST + 1 - len(statements)):
            statements.append(triple)
            if isinstance(triple.object, BlankNode):
                pending.append(triple.object)
    return statements, described


def _inbound(store: Store, node: Any, described: set[Any], limit: int) -> tuple[list[Triple], bool]:
    """The first *limit* statements of other nodes that name *node*, by IRI, and whether there are more.

    Of more than ``MOST_SORTED`` the first that the store has, for to sort them would be to read them all.
    """
    links = (triple for triple in store.triples(None, None, node) if triple.subject not in described)
    found = list(islice(links, MOST_SORTED + 1))
    considered = found if len(found) <= MOST_SORTED else found[:limit]
    first = nsmallest(limit, considered, key=lambda triple: (str(triple.subject), triple.predicate.value))
    return first, len(found) > limit


def _labels(store: Store, index: Index, nodes: Iterable[NamedNode | BlankNode]) -> list[Triple]:
    named = map(node_of, index.named(map(name_of, nodes)))
    return [triple for node in named for property_ in LABEL_PROPERTIES for triple in store.triples(node, property_)]


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
