"""Turtle and TriG for readers: prefixes, one block a subject, `a` first, lists and short blank nodes in place.

The engine's own writer leaves the order of the prefixes to chance; here the same statements give the same
bytes.  Source: RDF 1.1 Turtle and TriG, W3C Recommendations.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse

from .namespaces import namespaces_of

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE, FIRST, REST = (NamedNode(RDF + name) for name in ("type", "first", "rest"))
NIL = NamedNode(RDF + "nil")
_A, _NIL = str(TYPE), str(NIL)

_LOCAL_NAME = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)?")
_PREFIX = re.compile(r"(?:[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)?")
_BELOW = re.compile(r"(?!/)(?!\.\.?(?:[/?#]|$))[^:/?#]+(?:/(?!\.\.?(?:[/?#]|$))[^/?#]*)*(?:[?#].*)?", re.DOTALL)
_NEXT = " ;\n    "
_KEPT = 65536  # IRIs whose short form is kept
_LINE = 90  # characters of objects up to which they share a line
PLAIN = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD + "boolean": re.compile(r"true|false"),
}


def order(triple: Triple) -> tuple[bool, str, bool, str, str]:
    """Sorting key: IRIs before blank nodes, an IRI before its hash IRIs, ``a`` before other predicates."""
    subject: Any = triple.subject
    predicate = triple.predicate
    return isinstance(subject, BlankNode), subject.value, predicate != TYPE, predicate.value, str(triple.object)


class Turtle:
    """A writer that remembers which prefixes it used.

    prefixes  prefix -> namespace; those that Turtle cannot write are left out
    base      IRIs under it that no prefix shortens are written relative to it; "" for none
    """

    def __init__(self, prefixes: Mapping[str, str], base: str = "") -> None:
        self._base = base
        self._namespaces: dict[str, str] = {}
        for prefix, namespace in sorted(prefixes.items(), reverse=True):
            if _PREFIX.fullmatch(prefix):
                self._namespaces[namespace] = prefix
        self._namespaces_of = namespaces_of(self._namespaces)
        self._used: set[str] = set()
        self._iris: dict[str, str] = {}

    @property
    def used(self) -> frozenset[str]:
        """The prefixes that were written so far."""
        return frozenset(self._used)

    def document(self, triples: Sequence[Triple]) -> str:
        """The whole of *triples*, in their order, headed by the prefixes used."""
        return self._headed(list(self.blocks(triples, nested=True)))

    def dataset(self, graphs: Iterable[tuple[str, Sequence[Triple]]]) -> str:
        """TriG: each graph, by IRI ("" for the default graph), with its statements in their order."""
        parts = [part for iri, triples in graphs for part in self.graph(iri, triples)]
        return self._headed(parts)

    def graph(self, iri: str, triples: Iterable[Triple]) -> Iterator[str]:
        """The parts of one graph of a TriG document."""
        if not iri:
            yield from self.blocks(triples)
            return
        yield f"{self.term(BlankNode(iri[2:]) if iri.startswith('_:') else NamedNode(iri))} {{\n\n"
        yield from self.blocks(triples)
        yield "}\n\n"

    def header(self, *, all: bool = False) -> str:
        """``@prefix`` lines, sorted: of the prefixes used so far, or of all."""
        known = sorted((prefix, namespace) for namespace, prefix in self._namespaces.items())
        lines = [f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in known if all or prefix in self._used]
        return "".join(lines) + "\n" if lines else ""

    def blocks(self, triples: Iterable[Triple], *, nested: bool = False) -> Iterator[str]:
        """One block for each subject; statements of a subject have to follow each other.

        nested  write a blank node that only one statement names inside that statement, lists as ``( )``
        """
        nodes: dict[Any, list[Triple]] = {}
        if nested:
            for triple in triples:
                nodes.setdefault(triple.subject, []).append(triple)
            inner = inner_nodes(nodes)
            for subject, statements in nodes.items():
                if subject not in inner:
                    yield f"{self.term(subject)} {self._body(statements, inner, '    ')} .\n\n"
            return
        block: list[Triple] = []
        for triple in triples:
            if block and triple.subject != block[0].subject:
                yield f"{self.term(block[0].subject)} {self._body(block, {}, '    ')} .\n\n"
                block = []
            block.append(triple)
        if block:
            yield f"{self.term(block[0].subject)} {self._body(block, {}, '    ')} .\n\n"

    def block(self, subject: str, statements: Mapping[str, Iterable[str]]) -> str:
        """One block of *subject* with *statements* (predicate -> objects), all in N-Triples syntax (see ``text``)."""
        iris, text = self._iris.get, self.text
        lines = []
        for predicate, objects in statements.items():
            terms = ["()" if term == _NIL else iris(term) or text(term) for term in objects]
            lines.append(self._predicate(predicate, terms, "    "))
        return f"{text(subject)} {_NEXT.join(lines)} .\n\n"

    def term(self, term: Any) -> str:
        """One term, as short as Turtle allows."""
        return self.text(f"<<( {term} )>>" if isinstance(term, Triple) else str(term))

    def text(self, term: str) -> str:
        """One term, as short as Turtle allows; *term* is in N-Triples syntax as the engine writes it."""
        if term[-1] != ">":
            return term
        return self._typed(term) if term[0] == '"' else self._iri(term)

    def _typed(self, literal: str) -> str:
        quoted, _, datatype = literal.rpartition("^^")
        plain = PLAIN.get(datatype[1:-1])
        return (
            quoted[1:-1]
            if plain and plain.fullmatch(quoted, 1, len(quoted) - 1)
            else f"{quoted}^^{self._iri(datatype)}"
        )

    def _body(self, statements: list[Triple], inner: Mapping[Any, list[Triple]], indent: str) -> str:
        """Predicates and objects of one subject, grouped by predicate."""
        objects: dict[NamedNode, list[str]] = {}
        for triple in statements:
            objects.setdefault(triple.predicate, []).append(self._object(triple.object, inner, indent))
        return f" ;\n{indent}".join(self._predicate(str(p), terms, indent) for p, terms in objects.items())

    def _predicate(self, predicate: str, objects: list[str], indent: str) -> str:
        """One predicate and its objects: on one line while that is short."""
        name = "a" if predicate == _A else self._iris.get(predicate) or self._iri(predicate)
        if len(objects) > 1 and sum(map(len, objects)) > _LINE:
            return f",\n{indent}    ".join([f"{name}\n{indent}    {objects[0]}", *objects[1:]])
        return f"{name} {', '.join(objects)}"

    def _object(self, term: Any, inner: Mapping[Any, list[Triple]], indent: str) -> str:
        if term == NIL:
            return "()"
        statements = inner.get(term) if isinstance(term, BlankNode) else None
        if statements is None:
            return self.term(term)
        items = list_items(term, inner)
        if items is not None:
            return f"( {' '.join(self._object(item, inner, indent) for item in items)} )"
        deeper = indent + "    "
        return f"[\n{deeper}{self._body(statements, inner, deeper)}\n{indent}]"

    def _iri(self, text: str) -> str:
        """An IRI in angle brackets, or a triple term, as short as it can be; most will be asked for again."""
        short = self._iris.get(text)
        if short is None:
            if len(self._iris) >= _KEPT:
                self._iris.clear()
            short = self._iris[text] = self._shorten(text[1:-1]) if text[1] != "<" else self._triple(text)
        return short

    def _shorten(self, iri: str) -> str:
        for namespace in self._namespaces_of(iri):
            if _LOCAL_NAME.fullmatch(iri, len(namespace)):
                prefix = self._namespaces[namespace]
                self._used.add(prefix)
                return f"{prefix}:{iri[len(namespace) :]}"
        return f"<{relative(iri, self._base) if self._base else iri}>"

    def _triple(self, text: str) -> str:
        """A triple term (RDF 1.2)."""
        [quad] = parse(f"{TYPE} {TYPE} {text} .", format=RdfFormat.N_TRIPLES)
        term: Any = quad.object
        return f"<<( {self.term(term.subject)} {self.term(term.predicate)} {self.term(term.object)} )>>"

    def _headed(self, parts: list[str]) -> str:
        return (self.header() + "".join(parts)).rstrip("\n") + "\n" if parts else self.header()


def relative(iri: str, base: str) -> str:
    """*iri* as a reference relative to *base*, where that is plain: below its folder, or a part of it (``#x``)."""
    folder = base[: base.rfind("/") + 1]
    document = base.partition("#")[0]
    if base and (iri == document or iri.startswith(document + "#")):
        return iri[len(document) :]
    rest = iri[len(folder) :] if folder.count("/") > 2 and iri.startswith(folder) else ""
    return rest if _BELOW.fullmatch(rest) else iri


def inner_nodes(nodes: Mapping[Any, list[Triple]], labelled: Container[Any] = ()) -> dict[Any, list[Triple]]:
    """The blank nodes that can be written where they are named: once, and not inside themselves.

    nodes     subject -> its statements      labelled  blank nodes that keep a label all the same
    returns   node -> its statements, a node before those inside it
    """
    named = Counter(t.object for triples in nodes.values() for t in triples if isinstance(t.object, BlankNode))
    once: dict[Any, list[Triple]] = {
        node: triples
        for node, triples in nodes.items()
        if isinstance(node, BlankNode) and named[node] == 1 and node not in labelled
    }
    reached: dict[Any, list[Triple]] = {}
    pending = [triple for node, triples in nodes.items() if node not in once for triple in triples]
    while pending:
        node = pending.pop().object
        if node in once and node not in reached:
            reached[node] = once[node]
            pending.extend(once[node])
    return reached


def list_items(node: Any, inner: Mapping[Any, list[Triple]]) -> list[Any] | None:
    """The members of the list that starts at *node*; None when it is no list that ``( )`` can say."""
    items = []
    while node != NIL:
        statements = inner.get(node, [])
        rest = {triple.predicate: triple.object for triple in statements}
        if len(statements) != 2 or set(rest) != {FIRST, REST}:
            return None
        items.append(rest[FIRST])
        node = rest[REST]
    return items
