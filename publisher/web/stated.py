"""What other nodes state about the thing of a page: a table for each class of them, or matters side by side.

Memberships, roles and claims are such nodes. Where the ontology marks a property of theirs as telling the matter
(``ComparisonProperty``), those on the same matter stand together, so that a reader sees whether sources agree.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from pyoxigraph import Literal, NamedNode, Triple

from ..describe.labels import CODE_PROPERTIES, sort_key
from .names import Link, Text
from .values import DATES, NUMBERS, Value, ValueReader, key_of
from .vocabulary import IN_SCHEME, LABELS, SOURCE, TOP_CONCEPT_OF, TYPE, VALUE

MOST = 200  # nodes in a table of a page
MOST_MATTERS = 50  # tables of one class, those with most different values first
MOST_FOREIGN = 50  # the same of nodes that are no part of a document of ours, but have pages of their own

LONG = 60  # characters of a text that is read last
_TOLD = {*LABELS, *CODE_PROPERTIES, TYPE, IN_SCHEME, TOP_CONCEPT_OF}  # properties that no column is needed for
Cell = tuple[Value, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """A node that states something: its name, where its own page is, its place on this page, and its cells."""

    name: Link
    anchor: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Entries of one class, or on one matter.

    caption  the class, or the matter
    named    whether the names of entries say more than whom they are about
    same     what all entries have in common: property and values
    values   how many different values the entries on a matter give; 0 for a class
    total    how many there are; *entries* may be only the first
    """

    caption: Link
    columns: tuple[Link, ...]
    entries: tuple[Entry, ...]
    named: bool
    same: tuple[tuple[Link, Cell], ...]
    values: int
    total: int


@dataclass(frozen=True)
class Stated:
    """All entries of one class: as one table, or as a table for each matter.

    files  the graphs that state them; more: how many further matters only the data has
    """

    kind: Link
    tables: tuple[Table, ...]
    files: tuple[Link, ...]
    total: int
    more: int = 0


class StatedReader:
    """Reads the nodes that state something about what *reader* describes."""

    def __init__(self, reader: ValueReader) -> None:
        self.reader = reader
        self.site, self.language, self.about = reader.site, reader.language, reader.about
        self._heading = self._name(reader.iri)

    def nodes(self) -> list[str]:
        """The described nodes that are told neither by the facts nor inside another node."""
        reader = self.reader
        named = {key_of(t.object) for t in reader.description.statements if not isinstance(t.object, Literal)}
        return sorted(key for key in self.about if key != reader.iri and not (key in named and reader.is_part(key)))

    def read(self, nodes: list[str]) -> tuple[Stated, ...]:
        """*nodes* by class, sorted by its name."""
        by_class: dict[str, list[str]] = defaultdict(list)
        for key in nodes:
            by_class[next(iter(self.reader.types(key)), "")].append(key)
        found = [self._stated(iri, members) for iri, members in by_class.items()]
        return tuple(sorted(found, key=lambda stated: sort_key(stated.kind.text.value)))

    def _stated(self, iri: str, keys: list[str]) -> Stated:
        kind = self.site.link(iri, self.language) if iri else Link(Text(""), "")
        files = self.reader.files(self.about[key][0] for key in keys)
        matters = self._matters(keys)
        if not matters:
            return Stated(kind, (self._table(kind, keys),), files, len(keys))
        values = {matter: max(1, len(self._said(members))) for matter, members in matters.items()}
        order = sorted(matters, key=lambda matter: (-values[matter], sort_key(self._name(matter))))
        tables = [self._matter(matter, matters[matter], values[matter]) for matter in order[:MOST_MATTERS]]
        return Stated(kind, tuple(tables), files, len(keys), len(matters) - len(tables))

    def _matters(self, keys: list[str]) -> dict[str, list[str]]:
        """What the nodes are about, by the property that the ontology marks; nothing where it marks none of theirs."""
        marked = self.site.comparison_properties
        found: dict[str, list[str]] = defaultdict(list)
        for key in keys if marked else ():
            for triple in self.about[key]:
                if triple.predicate in marked:
                    found[key_of(triple.object)].append(key)
                    break
            else:
                return {}
        return found

    def _matter(self, matter: str, keys: list[str], values: int) -> Table:
        table = self._table(self.site.link(matter, self.language), keys, self.site.comparison_properties)
        return replace(table, named=False, values=values)  # a name only says matter and value again

    def _said(self, keys: list[str]) -> set[frozenset[str]]:
        """What entries on one matter say: their numbers, when each has one; else their values, in all languages."""
        numbers = [self._values(key, lambda triple: _datatype(triple.object) in NUMBERS) for key in keys]
        if all(numbers):
            return set(numbers)
        return {self._values(key, lambda triple: triple.predicate == VALUE) for key in keys} - {frozenset()}

    def _values(self, key: str, chosen: Callable[[Triple], bool]) -> frozenset[str]:
        found = (triple.object for triple in self.about[key] if chosen(triple))
        return frozenset(term.value if isinstance(term, Literal) else key_of(term) for term in found)

    def _table(self, caption: Link, keys: list[str], left_out: Collection[NamedNode] = ()) -> Table:
        ours = self.reader.iri.startswith(self.site.base_iri)
        total = len(keys)
        columns = [column for column in self._columns(keys) if column not in left_out]
        keys = sorted(keys[: MOST if ours else MOST_FOREIGN], key=self._place)
        rows = [[self._cell(key, column) for column in columns] for key in keys]
        alike = [len(rows) > 1 and all(row[at] == rows[0][at] for row in rows) for at in range(len(columns))]
        links = [self.site.link(column.value, self.language) for column in columns]
        entries = [
            Entry(self.site.link(key, self.language), self._anchor(key), _where(row, alike, False))
            for key, row in zip(keys, rows, strict=True)
        ]
        named = any(self._heading not in entry.name.text.value for entry in entries)
        same = zip(_where(links, alike, True), _where(rows[0], alike, True), strict=True)
        return Table(caption, _where(links, alike, False), tuple(entries), named, tuple(same), 0, total)

    def _columns(self, keys: list[str]) -> list[NamedNode]:
        """Properties that say more than the entry's name and the page itself.

        The most frequent first, of which long texts after the others and sources last.
        """
        told = [
            triple
            for key in keys
            for triple in self.about[key]
            if triple.predicate not in _TOLD and key_of(triple.object) != self.reader.iri
        ]
        counts = Counter(triple.predicate for triple in told)
        long = {t.predicate for t in told if isinstance(t.object, Literal) and len(t.object.value) > LONG}
        return sorted(counts, key=lambda column: (column == SOURCE, column in long, -counts[column], column.value))

    def _cell(self, key: str, column: NamedNode) -> Cell:
        """The values of one property; of texts those in the reader's language, when there are any."""
        triples = [triple for triple in self.about[key] if triple.predicate == column]
        values = [self.reader.value(triple, 1) for triple in triples]
        if column == SOURCE:
            values = [self.reader.cited(value, t.object) for value, t in zip(values, triples, strict=True)]
        mine = [value for value in values if value.text.language in ("", self.language) or value.href]
        return tuple(sorted(mine or values, key=lambda value: sort_key(value.text.value)))

    def _place(self, key: str) -> tuple[str, str]:
        """Entries stand in the order of their dates, undated ones last, then in that of their names."""
        return min(self._dates(key), default="~"), sort_key(self._name(key))

    def _name(self, key: str) -> str:
        return self.site.name(key, self.language).value

    def _dates(self, key: str) -> list[str]:
        """The dates that an entry gives, else those of its sources."""
        own = self.about[key]
        parts = (self.about[part] for part in map(key_of, (t.object for t in own)) if self.reader.is_part(part))
        terms = (triple.object for triple in chain(own, *parts))
        dates = [term.value for term in terms if isinstance(term, Literal) and term.datatype.value in DATES]
        issued = (self.reader.issued(key_of(t.object)) for t in own if t.predicate == SOURCE)
        return dates or [date for date in issued if date]

    def _anchor(self, key: str) -> str:
        start = self.reader.iri + "#"
        return key.removeprefix(start) if key.startswith(start) else ""


def _where(items: Sequence[T], marks: Sequence[bool], mark: bool) -> tuple[T, ...]:
    """Those of *items* that are marked so."""
    return tuple(item for item, own in zip(items, marks, strict=True) if own is mark)


def _datatype(term: object) -> str:
    return term.datatype.value if isinstance(term, Literal) else ""
