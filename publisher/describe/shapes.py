"""The shapes of the content, read into objects: what they are for, the paths they look along, what they ask.

Source: Shapes Constraint Language (SHACL), W3C Recommendation of 20 July 2017, sections 2 to 4 (Core).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from .turtle import FIRST, NIL, REST
from .vocabulary import OWL, RDF, RDFS, Namespace

SH = Namespace("http://www.w3.org/ns/shacl#")
DEEPEST = 12  # shapes inside shapes, paths inside paths
LONGEST_LIST = 1_000
MOST = 10_000  # shapes that are read, those inside others counted each time
LONGEST_NUMBER = 18  # digits
TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
PATHS = ("inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
# What a shape may ask of values, in the order in which it is told; of LISTS the values are the members of one list.
CONSTRAINTS = (
    "minCount", "maxCount", "class", "datatype", "nodeKind", "in", "hasValue", "pattern", "minLength", "maxLength",
    "minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "languageIn", "uniqueLang", "equals", "disjoint",
    "lessThan", "lessThanOrEquals", "node", "or", "and", "xone", "not", "qualifiedValueShape", "qualifiedMinCount",
    "qualifiedMaxCount", "closed", "sparql",
)  # fmt: skip
LISTS = frozenset({"in", "languageIn", "or", "and", "xone"})
FLAGS = frozenset({"closed", "uniqueLang"})  # nothing is asked by one that is not true
SHAPES = frozenset({"node", "or", "and", "xone", "not", "qualifiedValueShape"})  # the values are shapes

Term = NamedNode | BlankNode | Literal


@dataclass(frozen=True)
class Path:
    """The way from a thing to its values: one property, or *parts* put together as *kind* says.

    kind  "" for the property *iri*, "sequence", or the name of SHACL's property for the path
    """

    kind: str = ""
    iri: str = ""
    parts: tuple["Path", ...] = ()


@dataclass(frozen=True)
class Shape:
    """What is asked of things (a node shape), or of the values at the end of a *path* (a property shape).

    iri          "" for one that is not named
    targets      (name of SHACL's property, IRI): which things it is for
    constraints  (name of SHACL's property, its values); values that are shapes are Shape, those by name too
    shared       named by several shapes
    whole        False for one that is only named here, and told elsewhere
    """

    iri: str
    path: Path | None = None
    targets: tuple[tuple[str, str], ...] = ()
    labels: tuple[Literal, ...] = ()
    comments: tuple[Literal, ...] = ()
    messages: tuple[Literal, ...] = ()
    severity: str = "Violation"
    constraints: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    properties: tuple["Shape", ...] = ()
    shared: bool = False
    whole: bool = True

    def values(self, constraint: str) -> tuple[Any, ...]:
        """The values of one constraint; none when it is not asked."""
        return next((values for name, values in self.constraints if name == constraint), ())

    def number(self, constraint: str) -> int | None:
        """The one number of a constraint such as minCount; None when it is not asked."""
        found = [term.value for term in self.values(constraint) if isinstance(term, Literal)]
        return int(found[0]) if found and found[0].isdecimal() and len(found[0]) <= LONGEST_NUMBER else None

    def aims(self, target: str) -> tuple[str, ...]:
        """The IRIs that are targets in one way, "targetClass" for one."""
        return tuple(iri for kind, iri in self.targets if kind == target)


def read_shapes(triples: Iterable[Triple]) -> tuple[Shape, ...]:
    """The node shapes with a name in the statements of a shapes graph, sorted by IRI; those switched off left out."""
    return _Reader(triples).read()


class _Reader:
    def __init__(self, triples: Iterable[Triple]) -> None:
        self._about: dict[Any, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._named_by: Counter[Any] = Counter()
        self._read = 0
        for triple in triples:
            if not isinstance(triple.object, Triple):
                self._about[triple.subject][triple.predicate.value].append(triple.object)
                self._named_by[triple.object] += triple.predicate == SH.property

    def read(self) -> tuple[Shape, ...]:
        found = sorted((node for node in self._about if self._is_shape(node)), key=lambda node: str(node.value))
        return tuple(self._shape(node) for node in found)

    def _is_shape(self, node: Any) -> bool:
        if not isinstance(node, NamedNode) or self._objects(node, "path") or self._is_off(node):
            return False
        typed = SH.NodeShape in self._about[node][RDF.type.value]
        return typed or any(self._objects(node, target) for target in TARGETS)

    def _is_off(self, node: Any) -> bool:
        return _is_true(self._objects(node, "deactivated"))

    def _shape(self, node: Any, depth: int = 0) -> Shape:
        self._read += 1
        path = next(iter(self._objects(node, "path")), None)
        members = sorted(self._objects(node, "property"), key=str)
        severity = next((term.value for term in self._objects(node, "severity")), SH.Violation.value)
        return Shape(
            node.value if isinstance(node, NamedNode) else "",
            self._path(path) if path is not None else None,
            tuple(self._targets(node)),
            self._literals(node, RDFS.label.value) + self._literals(node, SH.name.value),
            self._literals(node, RDFS.comment.value) + self._literals(node, SH.description.value),
            self._literals(node, SH.message.value),
            severity.removeprefix(SH.iri),
            tuple(self._constraints(node, depth)),
            tuple(
                self._shape(member, depth + 1)
                for member in members
                if depth < DEEPEST and self._read < MOST and not self._is_off(member)
            ),
            self._named_by[node] > 1,
        )

    def _targets(self, node: Any) -> Iterator[tuple[str, str]]:
        """What a shape is for; one that is a class too, for its instances (section 2.1.3.3)."""
        if not {OWL.Class, RDFS.Class}.isdisjoint(self._about[node][RDF.type.value]):
            yield "targetClass", str(node.value)
        yield from ((kind, term.value) for kind in TARGETS for term in sorted(self._objects(node, kind), key=str))

    def _constraints(self, node: Any, depth: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for name in CONSTRAINTS:
            terms = self._objects(node, name)
            if name in LISTS:
                terms = [member for head in terms for member in self._list(head)]
            if name in SHAPES:
                shapes = tuple(self._inside(term, depth) for term in terms)
                if shapes:
                    yield name, shapes
            elif terms and (name not in FLAGS or _is_true(terms)):
                yield name, tuple(terms)

    def _inside(self, node: Any, depth: int) -> Shape:
        """A shape inside another: in whole when it has no name of its own."""
        if isinstance(node, NamedNode) or depth >= DEEPEST or self._read >= MOST:
            return Shape(str(node.value), labels=self._literals(node, RDFS.label.value), whole=False)
        return self._shape(node, depth + 1)

    def _path(self, node: Any, depth: int = 0) -> Path:
        if isinstance(node, NamedNode) or depth >= DEEPEST:
            return Path(iri=str(node.value))
        for kind in PATHS:
            for inner in self._objects(node, kind):
                steps = self._list(inner) if kind == "alternativePath" else [inner]
                return Path(kind, parts=tuple(self._path(step, depth + 1) for step in steps))
        return Path("sequence", parts=tuple(self._path(step, depth + 1) for step in self._list(node)))

    def _objects(self, node: Any, name: str) -> list[Any]:
        """The values of one of SHACL's properties."""
        return self._about[node][SH(name).value] if node in self._about else []

    def _literals(self, node: Any, property_: str) -> tuple[Literal, ...]:
        terms = self._about[node][property_] if node in self._about else []
        found = [term for term in terms if isinstance(term, Literal)]
        return tuple(sorted(found, key=lambda term: (term.language or "", term.value)))

    def _list(self, head: Any) -> list[Any]:
        """The members of an RDF list."""
        members: list[Any] = []
        while head != NIL and head in self._about and len(members) < LONGEST_LIST:
            members += self._about[head][FIRST.value][:1]
            head = next(iter(self._about[head][REST.value]), NIL)
        return members


def _is_true(terms: Iterable[Any]) -> bool:
    return any(getattr(term, "value", "") in ("true", "1") for term in terms)
