"""What the SHACL shapes say of a class: which properties, how many, of what kind, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ..describe.turtle import FIRST, NIL, REST, TYPE

_SH = "http://www.w3.org/ns/shacl#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SUBCLASS = NamedNode(_RDFS + "subClassOf")
_CLASSES = (NamedNode("http://www.w3.org/2002/07/owl#Class"), NamedNode(_RDFS + "Class"))


def _sh(name: str) -> NamedNode:
    return NamedNode(_SH + name)


@dataclass(frozen=True)
class PropertyShape:
    """One property of a class, drawn from all shapes that speak of it.

    path      the property; of alternatives, the first
    least     how many values are needed
    value     the one value that is right; allowed: those among which one may choose
    """

    path: NamedNode
    least: int = 0
    datatype: NamedNode | None = None
    class_: NamedNode | None = None
    is_iri: bool = False
    value: Any = None
    allowed: list[Any] = field(default_factory=list)
    pattern: str = ""
    messages: list[Literal] = field(default_factory=list)


class Shapes:
    """The shapes graph of a loaded content, and the classes they speak of."""

    def __init__(self, engine: Store, graph: str) -> None:
        self._engine, self._graph = engine, NamedNode(graph)

    def classes(self) -> list[NamedNode]:
        """Every class that is declared or that a shape is for."""
        found = {class_ for kind in _CLASSES for class_ in self.subjects(TYPE, kind)}
        targets = self._engine.quads_for_pattern(None, _sh("targetClass"), None, self._graph)
        found |= {quad.object for quad in targets}
        return sorted((class_ for class_ in found if isinstance(class_, NamedNode)), key=str)

    def above(self, class_: NamedNode) -> list[NamedNode]:
        """The class and those it is a subclass of, nearest first."""
        found = [class_]
        for known in found:
            found += [other for other in self.objects(known, _SUBCLASS) if other not in found]
        return [known for known in found if isinstance(known, NamedNode)]

    def below(self, class_: NamedNode) -> set[Any]:
        """The subclasses of a class, at any depth."""
        found = [class_]
        for known in found:
            found += [other for other in self.subjects(_SUBCLASS, known) if other not in found]
        return set(found) - {class_}

    def properties(self, class_: NamedNode) -> dict[Any, PropertyShape]:
        """By path: what the shapes of the class and of those above it say of each property."""
        found: dict[Any, PropertyShape] = {}
        for node in dict.fromkeys(node for known in self.above(class_) for node in self._node_shapes(known)):
            for shape in self._property_shapes(node):
                known_shape = found.get(shape.path)
                found[shape.path] = _both(known_shape, shape) if known_shape else shape
        return found

    def statements(self, subject: Any) -> Iterator[Quad]:
        return self._engine.quads_for_pattern(subject, None, None, DefaultGraph())

    def subjects(self, predicate: NamedNode, object_: Any) -> list[Any]:
        return [quad.subject for quad in self._engine.quads_for_pattern(None, predicate, object_, DefaultGraph())]

    def objects(self, subject: Any, predicate: NamedNode) -> list[Any]:
        if isinstance(subject, Literal):
            return []
        return [quad.object for quad in self._engine.quads_for_pattern(subject, predicate, None, DefaultGraph())]

    def _node_shapes(self, class_: NamedNode) -> Iterator[Any]:
        yield class_  # a class may be its own shape
        for quad in self._engine.quads_for_pattern(None, _sh("targetClass"), class_, self._graph):
            yield quad.subject

    def _property_shapes(self, node: Any, seen: frozenset[Any] = frozenset()) -> Iterator[PropertyShape]:
        for shape in self._stated(node, "property"):
            path = self._path(shape)
            if path and not any(flag.value == "true" for flag in self._stated(shape, "deactivated")):
                yield self._read(shape, path)
        parts = [
            *self._stated(node, "node"),
            *(part for all_ in self._stated(node, "and") for part in self._list(all_)),
        ]
        for part in parts:
            if part not in seen and part != node:
                yield from self._property_shapes(part, seen | {node})

    def _read(self, shape: Any, path: NamedNode) -> PropertyShape:
        def one(name: str) -> Any:
            return next(iter(self._stated(shape, name)), None)

        kind = one("nodeKind")
        return PropertyShape(
            path=path,
            least=int(one("minCount").value) if one("minCount") else 0,
            datatype=one("datatype"),
            class_=one("class"),
            is_iri=one("class") is not None or kind == _sh("IRI"),
            value=one("hasValue"),
            allowed=self._list(one("in")) if one("in") else [],
            pattern=one("pattern").value if one("pattern") else "",
            messages=[message for message in self._stated(shape, "message") if isinstance(message, Literal)],
        )

    def _path(self, shape: Any) -> NamedNode | None:
        """The property that a shape is about; None for inverse and longer paths."""
        for path in self._stated(shape, "path"):
            if isinstance(path, NamedNode):
                return path
            for choices in self._stated(path, "alternativePath"):
                first = self._list(choices)[:1]
                return first[0] if first and isinstance(first[0], NamedNode) else None
        return None

    def _stated(self, subject: Any, name: str) -> list[Any]:
        quads = self._engine.quads_for_pattern(subject, _sh(name), None, self._graph)
        return sorted((quad.object for quad in quads), key=str)

    def _list(self, node: Any) -> list[Any]:
        items = []
        while node != NIL and node is not None:
            items += [quad.object for quad in self._engine.quads_for_pattern(node, FIRST, None, self._graph)]
            node = next((quad.object for quad in self._engine.quads_for_pattern(node, REST, None, self._graph)), None)
        return items


def _both(one: PropertyShape, other: PropertyShape) -> PropertyShape:
    """Two shapes of the same property as one: the nearer class's words, the stricter number."""
    return replace(
        one,
        least=max(one.least, other.least),
        datatype=one.datatype or other.datatype,
        class_=one.class_ or other.class_,
        is_iri=one.is_iri or other.is_iri,
        value=one.value or other.value,
        allowed=one.allowed or other.allowed,
        pattern=one.pattern or other.pattern,
        messages=one.messages or other.messages,
    )
