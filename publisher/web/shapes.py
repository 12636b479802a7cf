"""The page of the shapes: what published data must look like, in words rather than in SHACL.

The words are those of the template; here each constraint meets the names of what it speaks of.
"""

from dataclasses import dataclass
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from ..describe.labels import sort_key
from ..describe.shapes import Path, Shape
from .names import Link, Text
from .site import Site

MOST = 500  # shapes on a page
COUNTS = frozenset({"minCount", "maxCount"})  # told apart from the other constraints
BELOW = frozenset({"qualifiedMinCount", "qualifiedMaxCount"})  # told with the shape that they count


@dataclass(frozen=True)
class Way:
    """A path with the names of its properties; *kind* as in ``describe.shapes.Path``."""

    kind: str
    property: Link | None
    parts: tuple["Way", ...]


@dataclass(frozen=True)
class Demand:
    """What a shape asks: of things, or of the values at the end of *way*.

    anchor    fragment of the page where it is told; "" for a shape without a name
    targets   (way of aiming, what it names)
    least     how many values there are at least, *most* at most; None for no limit
    asked     (constraint, what it names): links, texts, or demands where the constraint names shapes
    unique    told for this shape alone, not shared with others
    """

    anchor: str
    name: Text
    comment: Text | None
    targets: tuple[tuple[str, Link], ...]
    way: Way | None
    least: int
    most: int | None
    asked: tuple[tuple[str, tuple[Any, ...]], ...]
    demands: tuple["Demand", ...]
    message: Text | None
    severity: str
    whole: bool


def read_demands(site: Site, iri: str, language: str) -> tuple[list[Demand], list[Demand]]:
    """The shapes of the shapes graph *iri* in words of *language*: those with targets, then those that others name."""
    wording = _Wording(site, iri, language)
    demands = sorted(map(wording.demand, site.shapes[:MOST]), key=lambda demand: sort_key(demand.name.value))
    return [demand for demand in demands if demand.targets], [demand for demand in demands if not demand.targets]


class _Wording:
    def __init__(self, site: Site, iri: str, language: str) -> None:
        self._site, self._document, self._language = site, iri, language

    def demand(self, shape: Shape) -> Demand:
        targets = tuple((kind, self._link(iri)) for kind, iri in shape.targets)
        return Demand(
            self._anchor(shape.iri) if shape.path is None else "",
            self._name(shape, targets),
            self._said(shape.comments),
            targets,
            self._way(shape.path) if shape.path else None,
            shape.number("minCount") or 0,
            shape.number("maxCount"),
            tuple(
                (name, tuple(self._value(shape, name, value) for value in values))
                for name, values in shape.constraints
                if name not in COUNTS | BELOW
            ),
            tuple(self.demand(inner) for inner in shape.properties),
            self._said(shape.messages),
            shape.severity,
            shape.whole,
        )

    def _value(self, shape: Shape, name: str, value: Any) -> Any:
        if name == "qualifiedValueShape":
            inner, most = self.demand(value), shape.number("qualifiedMaxCount")
            return shape.number("qualifiedMinCount") or 0, most, inner
        if isinstance(value, Shape):
            return self.demand(value)
        if isinstance(value, NamedNode):
            return self._link(value.value)
        return Text(str(value) if isinstance(value, BlankNode) else value.value, getattr(value, "language", None) or "")

    def _way(self, path: Path) -> Way:
        link = self._link(path.iri) if path.iri else None
        return Way(path.kind, link, tuple(self._way(part) for part in path.parts))

    def _name(self, shape: Shape, targets: tuple[tuple[str, Link], ...]) -> Text:
        """The shape's own label, else the name of the class that it is for, else its local name."""
        own = self._said(shape.labels)
        classes = [link.text for kind, link in targets if kind == "targetClass"]
        return own or next(iter(classes), Text(self._anchor(shape.iri) or self._site.short(shape.iri)))

    def _anchor(self, iri: str) -> str:
        return iri.removeprefix(self._document + "#") if iri.startswith(self._document + "#") else ""

    def _said(self, literals: tuple[Literal, ...]) -> Text | None:
        """What a reader of the language is told: in it, else in English, else the first."""
        texts = [Text(literal.value, literal.language or "") for literal in literals]
        mine = (self._language, "en")
        return min(texts, key=lambda text: [text.language != language for language in mine], default=None)

    def _link(self, iri: str) -> Link:
        return self._site.link(iri, self._language)
