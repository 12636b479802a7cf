"""A list of a class, as a request asks for it: which resources, in which order, with which columns.

Addresses are made of short names: ``/list/ex:Site?ex:country=country:BEL&sort=-ex:depth&page=2``. Several values of a
property mean any of them, several properties all of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from ..describe.columns import Value, order_of, values_of
from ..describe.facets import IRI, TEXT, Choice
from ..describe.labels import LABEL_PROPERTIES, choose
from ..errors import NotFound, RequestError
from .names import Link, Text, node, shortened
from .query_request import Parameters
from .site import Site
from .vocabulary import TYPE

PAGE = 100
MOST = 5_000  # resources that are sorted by a column, or written into one file
LONGEST = 200  # characters of a value in a cell
NAMED = 50  # what an error lists
MOST_CHOSEN = 50  # values at once, for each link of a page repeats them
SHOWN = 8  # values of a facet that stand open
NAME = "name"
YEAR = re.compile("[0-9]{4}")  # values of which the last come first
RESERVED = frozenset({"type", "sort", "page", "lang", "format"})


@dataclass(frozen=True)
class Cell(Link):
    """One value in a row, *value* as the data has it; *datatype* is the local name of that of a literal."""

    value: str = ""
    datatype: str = ""


@dataclass(frozen=True)
class Row:
    """A resource with its name and, for each column, its values."""

    iri: str
    name: Link
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class FacetValue:
    """A value of a facet: what it is called, how many would be there, and where choosing it, or not, leads."""

    text: Text
    count: int
    chosen: bool
    href: str


@dataclass(frozen=True)
class FacetGroup:
    """A facet with its values: those that are chosen and the most frequent, then the others."""

    name: Text
    shown: tuple[FacetValue, ...]
    more: tuple[FacetValue, ...]


@dataclass(frozen=True)
class Heading:
    """A column: what it is called, where sorting by it leads, "" when it cannot be, and how it is sorted now."""

    link: Link
    href: str
    order: str


class Listing:
    """What a request asks of the list of the class *iri*.

    raises   NotFound for an empty class, RequestError for an unknown facet, value or column
    """

    def __init__(self, site: Site, iri: str, given: Parameters, language: str) -> None:
        self.site, self.iri, self.language = site, iri, language
        if not site.all_classes.get(iri):
            raise NotFound(f"nothing of class {site.short(iri)} is published here")
        self.facets = {facet.property: facet for facet in site.snapshot.facets.of(iri)}
        self.columns = site.list_columns(iri)
        self.chosen = self._chosen(given)
        self.choice: Choice = site.snapshot.facets.choose(iri, self.chosen)
        self.total = self.choice.total
        self.sort = self._sort(given.one("sort") or NAME)
        self.page, self.pages = given.page(), max(1, -(-self.total // PAGE))
        if self.page > self.pages:
            raise NotFound(f"page {self.page} of {self.pages}", pages=self.pages, see=self._whole)

    # What is asked for

    def _chosen(self, given: Parameters) -> dict[str, tuple[str, ...]]:
        """Property -> values, one of which is wanted. What could name no facet is left to whoever added it."""
        known = [self.site.short(facet) for facet in self.facets]
        names = dict(zip(known, self.facets, strict=True)) | {facet: facet for facet in self.facets}
        locals = {name.rpartition(":")[2] for name in known}
        found: dict[str, dict[str, None]] = {}
        for name, texts in given.values.items():
            if name in names:
                values = found.setdefault(names[name], {})
                values.update((self._value(names[name], text), None) for text in texts if text)
            elif name not in RESERVED and (":" in name or name in locals):
                right = f"by {', '.join(known)} they can" if known else "by nothing they can"
                raise RequestError(
                    f"these cannot be filtered by {name!r}; {right}", parameter=name, facets=known, see=self._whole
                )
        if sum(map(len, found.values())) > MOST_CHOSEN:
            detail = f"more than {MOST_CHOSEN} values are chosen; fewer are right"
            raise RequestError(detail, limit=MOST_CHOSEN, see=self._whole)
        return {facet: tuple(values) for facet, values in found.items() if values}

    def _value(self, facet: str, text: str) -> str:
        values = self.facets[facet].values
        for value in (IRI + text, TEXT + text, IRI + (self.site.expand(text) or ""), IRI + self.site.base_iri + text):
            if value in values:
                return value
        known = [self._short(value) for value in values][:NAMED]
        more = f" and {len(values) - NAMED} more" if len(values) > NAMED else ""
        detail = f"no resource here has the value {shortened(text, LONGEST)!r}; there are {', '.join(known)}{more}"
        raise RequestError(detail, parameter=self.site.short(facet), values=known, see=self._whole)

    def _sort(self, given: str) -> str:
        known = {NAME: NAME} | {self.site.short(column): column for column in self.columns}
        descending, name = given.startswith("-"), given.removeprefix("-")
        if name not in known and name not in self.columns:
            right = ", ".join(known)
            raise RequestError(
                f"sort={given!r}: one of {right} is right, each with - before it too", parameter="sort", see=self._whole
            )
        if given != NAME and not self.can_sort:
            detail = f"more than {MOST} resources are sorted by name only"
            raise RequestError(detail, parameter="sort", limit=MOST, see=self._whole)
        return ("-" if descending else "") + known.get(name, name)

    @property
    def _whole(self) -> str:
        """Address of the list without any choice, for who asked for a wrong one."""
        return self.site.address(self.site.list_path(self.iri))

    @property
    def can_sort(self) -> bool:
        """Are the resources few enough to be sorted by any column?"""
        return self.total <= MOST

    # Addresses

    def href(
        self, *, chosen: Mapping[str, Iterable[str]] | None = None, sort: str = "", page: int = 1, suffix: str = ""
    ) -> str:
        """Path of this list with something else in place of its own, always in the same order."""
        own = self.chosen if chosen is None else chosen
        pairs = [
            (self.site.short(facet), self._short(value))
            for facet in self.facets
            for value in sorted(own.get(facet, ()))
        ]
        order = sort or self.sort
        if order != NAME:
            descending = order.startswith("-")
            column = order.removeprefix("-")
            pairs.append(("sort", ("-" if descending else "") + (NAME if column == NAME else self.site.short(column))))
        pairs += [("page", str(page))] if page > 1 else []
        path = self.site.list_path(self.iri, suffix)
        query = "&".join(f"{quote(name, safe=':')}={quote(value, safe=':/')}" for name, value in pairs)
        return self.site.mount + path + (("&" if "?" in path else "?") + query if query else "")

    def _short(self, value: str) -> str:
        """A value as addresses say it."""
        return self.site.short(value[1:]) if value[0] == IRI else value[1:]

    # What is shown

    def groups(self) -> list[FacetGroup]:
        """The facets with their values, and how many each would leave."""
        return [self._group(facet.property, facet.values) for facet in self.choice.counts()]

    def _group(self, property_: str, values: Mapping[str, int]) -> FacetGroup:
        chosen = self.chosen.get(property_, ())
        found = [
            FacetValue(self._text(value), count, value in chosen, self.href(chosen=self._toggled(property_, value)))
            for value, count in values.items()
        ]
        if all(YEAR.fullmatch(value.text.value) for value in found):
            found.sort(key=lambda value: value.text.value, reverse=True)
        found.sort(key=lambda value: not value.chosen)
        kept = max(SHOWN, sum(value.chosen for value in found))
        kept = len(found) if len(found) <= kept + 2 else kept
        return FacetGroup(self.site.name(property_, self.language), tuple(found[:kept]), tuple(found[kept:]))

    def chips(self) -> list[tuple[Text, Text, str]]:
        """What is chosen: property, value, and the list without it."""
        return [
            (self.site.name(facet, self.language), self._text(value), self.href(chosen=self._toggled(facet, value)))
            for facet, values in self.chosen.items()
            for value in values
        ]

    def _toggled(self, property_: str, value: str) -> dict[str, tuple[str, ...]]:
        own = self.chosen.get(property_, ())
        others = tuple(item for item in own if item != value) if value in own else (*own, value)
        return {**self.chosen, property_: others}

    def _text(self, value: str) -> Text:
        return self.site.name(value[1:], self.language) if value[0] == IRI else Text(value[1:])

    def headings(self) -> list[Heading]:
        """The columns: the name, then properties."""
        own = [Link(Text(""), ""), *(self.site.link(column, self.language) for column in self.columns)]
        found = []
        for link, column in zip(own, (NAME, *self.columns), strict=True):
            order = {column: "ascending", f"-{column}": "descending"}.get(self.sort, "")
            href = self.href(sort=f"-{column}" if order == "ascending" else column) if self.can_sort else ""
            found.append(Heading(link, href, order))
        return found

    def rows(self, start: int | None = None, count: int | None = PAGE) -> list[Row]:
        """The rows of the page; from place *start*, *count*, None for all."""
        first = (self.page - 1) * PAGE if start is None else start
        if self.sort == NAME:
            return [self._row(iri) for iri in self.choice.members(self.language, first, count)]
        ordered = self._sorted(self.choice.members(self.language))
        return [self._row(iri) for iri in ordered[first : None if count is None else first + count]]

    def _sorted(self, iris: list[str]) -> list[str]:
        """*iris*, which come by name, by the column; those without a value last."""
        column, descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        if column == NAME:
            return iris[::-1] if descending else iris
        keys = {iri: [self._key(value) for value in self._values(iri, (column,))[column]] for iri in iris}
        with_value = [iri for iri in iris if keys[iri]]
        best = max if descending else min
        with_value.sort(key=lambda iri: best(keys[iri]), reverse=descending)
        return with_value + [iri for iri in iris if not keys[iri]]

    def _key(self, value: Value) -> tuple[int, float, str]:
        return order_of(value, self._cell(value).text.value)

    def _row(self, iri: str) -> Row:
        values = self._values(iri, self.columns)
        cells = tuple(tuple(map(self._cell, sorted(values[column], key=self._key))) for column in self.columns)
        return Row(iri, self.site.link(iri, self.language), cells)

    def _values(self, iri: str, columns: Iterable[str]) -> dict[str, list[Value]]:
        """What is said in *columns*; of texts in several languages, those for the reader."""
        found = values_of(self.site.store, iri, columns)
        for column, values in found.items():
            tags = {value.language: "" for value in values if isinstance(value, Literal) and value.language}
            if tags:
                own = choose(tags, self.language)
                found[column] = [value for value in values if isinstance(value, Literal) and value.language == own]
        return found

    def _cell(self, value: Value) -> Cell:
        if isinstance(value, NamedNode):
            link = self.site.link(value.value, self.language)
            return Cell(link.text, link.href, link.external, value.value)
        text = Text(shortened(value.value, LONGEST), value.language or "")
        return Cell(text, "", value=value.value, datatype=value.datatype.value.rpartition("#")[2])

    def triples(self, iri: str) -> Iterator[tuple[NamedNode, NamedNode, Value]]:
        """The statements behind a row: its class, its name, and what its columns say."""
        subject, name = node(iri), self.site.name(iri, self.language)
        if not isinstance(subject, NamedNode):
            return
        yield subject, TYPE, NamedNode(self.iri)
        for property_ in LABEL_PROPERTIES:
            for triple in self.site.store.triples(subject, property_):
                label = triple.object
                if isinstance(label, Literal) and (label.language or "") == name.language:
                    yield subject, property_, label
        for column, values in self._values(iri, self.columns).items():
            for value in values:
                yield subject, NamedNode(column), value
