"""JSON-LD of descriptions: expanded, compact, framed; and the proof that nothing was lost on the way.

Contexts and frames are those of the content, in memory: nothing is ever loaded from the network or a file.
Framing and proof are the general processor's work; compaction is our own where the context allows it.
Source: JSON-LD 1.1, its Processing Algorithms and API, and Framing, W3C Recommendations.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any

from pyld import jsonld
from pyld.context_resolver import ContextResolver
from pyoxigraph import (
    BaseDirection,
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from ..errors import ContentError, NotAcceptable
from .compaction import Compactor, Misread, UnsupportedContext
from .expansion import Node, expanded, name_of
from .processor import Contexts, Processor
from .turtle import XSD, order


def dumps(document: Any, *, indent: int | None = 2) -> bytes:
    """JSON text, UTF-8: context, id and type first, then the other names sorted; equal input, equal bytes."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(_ordered(document), ensure_ascii=False, indent=indent, separators=separators).encode() + b"\n"


class JsonLd:
    """Writes descriptions with one context and its frames. Thread-safe.

    context      the value of @context, or an object that has it
    frames       name -> frame; a frame is for the classes its @type names
    context_url  the address by which published documents refer to the context
    raises       ContentError, when the context or a frame is not valid JSON-LD 1.1
    """

    def __init__(self, context: Mapping[str, Any] | None, frames: Mapping[str, Node], context_url: str) -> None:
        inner = (context or {}).get("@context", context or {})
        self.context: Any = inner
        self.context_url = context_url
        self._loader = Contexts(context_url, inner)
        self._processor = Processor()
        self._resolved: dict[str, Any] = {}
        self._lock = Lock()  # the processor's caches are not made for threads
        self._check("ontology/context.jsonld", {})
        try:
            self.compactor: Compactor | None = Compactor(inner)
        except (UnsupportedContext, AttributeError, TypeError):
            self.compactor = None
        self._protected = '"@protected": true' in json.dumps(inner)
        self._keywords = self._aliases()
        self.frames: dict[str, tuple[frozenset[str], Node]] = {}
        for name, frame in sorted(frames.items()):
            classes = self._check(f"ontology/frames/{name}.jsonld", {"@type": self._entry(frame, "@type") or []})
            body = {key: frame[key] for key in frame if self._keyword(key) not in ("@context", "@id")}
            self._call(self._processor.frame, [], body | {"@context": context_url}, f"ontology/frames/{name}.jsonld")
            self.frames[name] = (frozenset(classes), body)

    def compact(self, triples: Iterable[Triple]) -> Node:
        """A document of *triples* in compact form: one node, or several in @graph, in the order of the subjects."""
        nodes = self.nodes(triples)
        if len(nodes) == 1 and "@context" not in nodes[0]:
            return {"@context": self.context_url, **nodes[0]}
        return {"@context": self.context_url, self._keywords["@graph"]: nodes}

    def nodes(self, triples: Iterable[Triple]) -> list[Node]:
        """The nodes of *triples* in compact form, without context."""
        return [self._node(node) for node in expanded(triples, self.native)]

    def document(self, iri: str, types: Iterable[str], triples: Sequence[Triple]) -> Node:
        """A document of *triples* whose top is *iri*: by the frame of its class, else compact.

        What the frame has no place for follows in @included; the document expands to exactly *triples*.
        """
        try:
            framed = self.framed(iri, types, triples)
        except ContentError:  # a frame that its processor cannot follow is no reason to answer nothing
            framed = None
        if framed is not None:
            covered = self._read(framed)
            rest = [triple for triple in triples if triple not in covered]
            top = framed
        else:
            own = [triple for triple in triples if name_of(triple.subject) == iri]
            if not own or any(isinstance(term, BlankNode) for triple in triples for term in (triple[0], triple[2])):
                return self.compact(triples)
            rest = [triple for triple in triples if name_of(triple.subject) != iri]
            top = self.compact(own)
        if not rest:
            return top
        others = self.nodes(rest)
        if self._keywords["@graph"] in top:
            return {**top, self._keywords["@graph"]: [*top[self._keywords["@graph"]], *others]}
        return {**top, self._keywords["@included"]: others}

    def frame_of(self, types: Iterable[str]) -> str | None:
        """Name of the frame for a resource of these classes: the first by name that names one of them."""
        given = set(types)
        return next((name for name, (classes, _) in self.frames.items() if classes & given), None)

    def framed(self, iri: str, types: Iterable[str], triples: Sequence[Triple]) -> Node | None:
        """*triples* as a tree from *iri*, by its class's frame; it may leave some out.

        returns  None without a frame for the class, and where blank nodes take part, for framing renames them
        raises   ContentError, when the processor cannot follow the frame
        """
        name = self.frame_of(types)
        terms = (term for triple in triples for term in (triple.subject, triple.object))
        if name is None or iri.startswith("_:") or any(isinstance(term, BlankNode) for term in terms):
            return None
        frame = {**self.frames[name][1], "@context": self.context_url, "@id": iri}
        nodes = expanded(_near(NamedNode(iri), triples), self.native)
        document = self._call(self._processor.frame, nodes, frame, f"ontology/frames/{name}.jsonld", omitDefault=True)
        if not isinstance(document, dict) or self._keywords["@id"] not in document:
            return None
        return document

    def roundtrip(self, triples: Iterable[Triple], document: Node) -> tuple[list[Triple], list[Triple]]:
        """Expand *document* with the general processor and compare: the triples missing from it, and those extra.

        Blank nodes are compared by their place in the graph, doubles by 16 digits.

        raises   ContentError, when the document is not valid JSON-LD
        """
        wanted, got = _canonical(triples), _canonical(self._statements(document))
        return sorted(wanted - got, key=order), sorted(got - wanted, key=order)

    def native(self, predicate: str, datatype: str) -> str:
        return self.compactor.native(predicate, datatype) if self.compactor else ""

    def _node(self, node: Node) -> Node:
        """*node* in compact form; an IRI that the context would misread makes it stay expanded.

        raises   NotAcceptable, when the context cannot be left to do so
        """
        try:
            if self.compactor:
                return self.compactor.node(node)
            compact = self._run(jsonld.compact, [node], self.context_url, skipExpansion=True)
            return {key: value for key, value in compact.items() if key != "@context"}
        except (Misread, jsonld.JsonLdError) as error:
            if self._protected:
                raise NotAcceptable(
                    f"a context with protected terms would misread what is said of {node['@id']}"
                ) from error
            return {"@context": None, **node}

    def _read(self, document: Node) -> set[Triple]:
        """The statements of a document without blank nodes: by the engine's reader, which is fast, where it can."""
        text = json.dumps({**document, "@context": self.context})
        try:
            return {quad.triple for quad in parse(text, format=RdfFormat.JSON_LD)}
        except SyntaxError:
            return set(self._statements(document))

    def _statements(self, document: Node) -> list[Triple]:
        """The statements of *document* by the general processor; raises ContentError."""
        found: list[Triple] = []
        options = {"rdfDirection": "i18n-datatype"}
        for graph, statements in self._call(jsonld.to_rdf, document, None, "the document", **options).items():
            if graph != "@default":
                raise ContentError(f"the document has a named graph, {graph}")
            found += [Triple(*(_term(statement[part]) for part in _PARTS)) for statement in statements]
        return found

    def _aliases(self) -> dict[str, str]:
        """Keyword -> how the context writes it."""
        names = ("@id", "@type", "@graph", "@included")
        if self.compactor:
            return {name: self.compactor.alias(name) for name in names}
        return {name: name for name in names}

    def _keyword(self, key: str) -> str:
        """The keyword that *key* of a frame means, else *key*."""
        entry = self.context.get(key, key) if isinstance(self.context, dict) else key
        entry = entry.get("@id", key) if isinstance(entry, dict) else entry
        return entry if isinstance(entry, str) and entry.startswith("@") else key

    def _entry(self, frame: Node, keyword: str) -> Any:
        return next((value for key, value in frame.items() if self._keyword(key) == keyword), None)

    def _check(self, file: str, node: Node) -> list[str]:
        """Classes of *node* as IRIs; raises ContentError when the context does not allow reading it."""
        document = {"@context": self.context_url, "@id": "urn:x-check", **node}
        nodes = self._call(jsonld.expand, document, None, file)
        return [iri for found in nodes for iri in found.get("@type", [])]

    def _call(self, function: Any, document: Any, second: Any, file: str, **options: Any) -> Any:
        """Run the general processor; its errors become ContentErrors that name *file*."""
        try:
            return self._run(function, document, second, **options)
        except jsonld.JsonLdError as error:
            cause: BaseException = error
            while isinstance(cause.__cause__, jsonld.JsonLdError):
                cause = cause.__cause__
            raise ContentError(f"{file}: {cause.args[0] if cause.args else cause}") from error
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise ContentError(f"{file}: not understood ({type(error).__name__}: {error})") from error

    def _run(self, function: Any, document: Any, second: Any, **options: Any) -> Any:
        options |= {"documentLoader": self._loader, "base": ""}
        arguments = (document,) if second is None else (document, second)
        with self._lock:
            options["contextResolver"] = ContextResolver(self._resolved, self._loader)
            return function(*arguments, options)


_PARTS = ("subject", "predicate", "object")
_DIRECTED = "https://www.w3.org/ns/i18n#"  # datatypes by which the general processor tells language and direction
# Places in the order of writing; every other name has place 3.
_PLACES = {"@context": 0, "@id": 1, "id": 1, "@type": 2, "type": 2}
_PLACES |= {"@graph": 4, "graph": 4, "@included": 4, "included": 4}


def place(name: str) -> tuple[int, str]:
    """Sorts the names of an object: context, id and type first, the nodes inside last."""
    return _PLACES.get(name, 3), name


def _ordered(value: Any) -> Any:
    """*value* with the names of every object in their order of writing."""
    if isinstance(value, dict):
        names = sorted(value, key=place)
        return {name: value[name] if name == "@context" else _ordered(value[name]) for name in names}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _near(top: NamedNode, triples: Sequence[Triple]) -> list[Triple]:
    """Those of *triples* that a tree from *top* can hold: of nodes that lead to it, and that all these lead to."""
    by_subject: dict[Any, list[Triple]] = {}
    for triple in triples:
        by_subject.setdefault(triple.subject, []).append(triple)
    pending = [top, *(triple.subject for triple in triples if triple.object == top)]
    near: set[Any] = set()
    while pending:
        node = pending.pop()
        if node not in near:
            near.add(node)
            pending += [triple.object for triple in by_subject.get(node, ()) if not isinstance(triple.object, Literal)]
    return [triple for triple in triples if triple.subject in near]


def _canonical(triples: Iterable[Triple]) -> set[Triple]:
    """The set of *triples*, their blank nodes named by their place in the graph."""
    found = {Triple(t.subject, t.predicate, _by_value(t.object)) for t in triples}
    if not any(isinstance(term, BlankNode) for triple in found for term in (triple.subject, triple.object)):
        return found
    dataset = Dataset(Quad(*triple) for triple in found)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {quad.triple for quad in dataset}


def _by_value(term: Any) -> Any:
    """*term*; a double by its first 16 digits, for the general processor rounds to those."""
    if isinstance(term, Literal) and term.datatype.value == XSD + "double":
        with suppress(ValueError):
            return Literal(float(f"{float(term.value):.15E}"))
    return term


def _term(term: Mapping[str, Any]) -> Any:
    """A term as the general processor gives it."""
    if term["type"] == "IRI":
        return NamedNode(term["value"])
    if term["type"] == "blank node":
        return BlankNode(term["value"][2:])
    if "language" in term:
        return Literal(term["value"], language=term["language"])
    prefix, _, directed = term["datatype"].partition(_DIRECTED)
    language, _, direction = directed.partition("_")
    if language and not prefix:
        return Literal(term["value"], language=language, direction=BaseDirection(direction))
    return Literal(term["value"], datatype=NamedNode(term["datatype"]))
