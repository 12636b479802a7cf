"""Facets of a class: by which properties its resources may be chosen, with how many each value has.

What is read here was written with the index (``facet_index.py``). The resources of a class that have a value are a set
of places in the list of the class, a bit each, so that choosing among a million of them and counting takes
milliseconds. A set of few is kept as its places instead.
"""

import json
import sqlite3
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress, islice
from pathlib import Path
from threading import Lock
from typing import Any

from .labels import DEFAULT

CACHE = 4 * 1024  # KiB that reading may keep
KEPT = 1_000  # classes whose facets are remembered
MOST_COUNTED = 200_000  # resources in sets of few that are counted one by one for one facet
SPARSE = 32  # a set that has less than one in so many is kept as places
IRI, TEXT = "<", '"'  # first character of a value: what follows is an IRI, or text
BITS = bytes.maketrans(b"01", b"\0\1")

SCHEMA = """
CREATE TABLE facet (number INTEGER PRIMARY KEY, class INTEGER NOT NULL, property TEXT NOT NULL);
CREATE INDEX facet_class ON facet (class, number);
CREATE TABLE facet_value (facet INTEGER NOT NULL, value TEXT NOT NULL, uses INTEGER NOT NULL, places BLOB NOT NULL);
CREATE UNIQUE INDEX facet_value_place ON facet_value (facet, value, uses);
CREATE TABLE reading (class INTEGER NOT NULL, language TEXT NOT NULL, places BLOB NOT NULL,
                      PRIMARY KEY (class, language)) WITHOUT ROWID;
"""
_VALUES = """
SELECT facet.number, property, value, uses FROM facet JOIN facet_value ON facet_value.facet = facet.number
WHERE class = ? ORDER BY facet.number, uses DESC, value
"""
_PLACES = "SELECT value, places FROM facet_value WHERE facet = ? AND value IN (SELECT value FROM json_each(?))"
_MEMBERS = """
SELECT iri FROM json_each(?) AS given CROSS JOIN member
ON class = ? AND language = ? AND place = given.value JOIN resource ON resource.number = member.resource
ORDER BY given.key
"""


@dataclass(frozen=True)
class Facet:
    """A property, its values (IRI or TEXT, then the value), and how many resources each has, the most first."""

    property: str
    values: Mapping[str, int]


@dataclass(frozen=True)
class _Class:
    number: int
    size: int
    facets: Mapping[str, Facet]
    numbers: Mapping[str, int]  # property -> number of its facet


class Facets:
    """The facets of one snapshot, read-only. Thread-safe; on a connection of its own, as names are searched."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = Lock()
        self._class = lru_cache(KEPT)(self._read)

    @classmethod
    def open(cls, path: Path) -> "Facets":
        """Read the facets of the index at *path*, which ``Index.open`` has found to be one."""
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        return cls(connection)

    def of(self, class_: str) -> tuple[Facet, ...]:
        """The facets of a class, the most telling first."""
        return tuple(self._class(class_).facets.values())

    def choose(self, class_: str, chosen: Mapping[str, Iterable[str]]) -> "Choice":
        """The resources of a class that have, of each property in *chosen*, one of the values.

        raises   KeyError, when a property is no facet of the class, or a value none of its values
        """
        found = self._class(class_)
        given = {property_: tuple(dict.fromkeys(values)) for property_, values in chosen.items()}
        for property_, values in given.items():
            for value in values:
                found.facets[property_].values[value]
        return Choice(self, found, {property_: values for property_, values in given.items() if values})

    def places(self, facet: int, values: Iterable[str]) -> dict[str, bytes]:
        """The sets of places of some values of a facet, as they are kept."""
        return dict(self.rows(_PLACES, facet, json.dumps(list(values))))

    def rows(self, query: str, *given: object) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, given).fetchall()

    def _read(self, class_: str) -> _Class:
        found = self.rows("SELECT number, size FROM class WHERE iri = ?", class_)
        number, size = found[0] if found else (0, 0)
        values: dict[str, dict[str, int]] = {}
        numbers: dict[str, int] = {}
        for facet, property_, value, uses in self.rows(_VALUES, number):
            numbers[property_] = facet
            values.setdefault(property_, {})[value] = uses
        return _Class(number, size, {name: Facet(name, counts) for name, counts in values.items()}, numbers)


class Choice:
    """Some resources of a class: all, or those that have certain values."""

    def __init__(self, facets: Facets, class_: _Class, chosen: Mapping[str, tuple[str, ...]]) -> None:
        self._facets = facets
        self._class = class_
        self.chosen = chosen

    @property
    def total(self) -> int:
        """How many there are."""
        return self._class.size if self._bits is None else self._bits.bit_count()

    def counts(self) -> list[Facet]:
        """Each facet with how many would be there, were that value chosen besides the other facets' ones.

        Values that none would have are left out, unless they are chosen.
        """
        return [self._counted(facet) for facet in self._class.facets.values()]

    def members(self, language: str, start: int = 0, count: int | None = None) -> list[str]:
        """Their IRIs by name for a reader of *language*; from place *start*, at most *count*."""
        tag, order = self._order(language)
        chosen = range(self._class.size) if self._bits is None else self._places(order)
        places = list(islice(chosen, start, None if count is None else start + count))
        tag = tag if self._bits is None else DEFAULT
        return [iri for (iri,) in self._facets.rows(_MEMBERS, json.dumps(places), self._class.number, tag)]

    @cached_property
    def _sets(self) -> dict[str, int]:
        """Property -> those that have one of the chosen values of it."""
        return {property_: self._union(property_, values) for property_, values in self.chosen.items()}

    @cached_property
    def _bits(self) -> int | None:
        """Those in all sets; None when nothing is chosen."""
        return self._without("")

    def _without(self, property_: str) -> int | None:
        """Those in the sets of all other properties; None when there are none."""
        found: int | None = None
        for other, bits in self._sets.items():
            if other != property_:
                found = bits if found is None else found & bits
        return found

    def _union(self, property_: str, values: Iterable[str]) -> int:
        size = self._class.size
        kept = self._facets.places(self._class.numbers[property_], values)
        bits = 0
        for value, places in kept.items():
            uses = self._class.facets[property_].values[value]
            bits |= int.from_bytes(_dense(places, size) if is_sparse(uses, size) else places, "little")
        return bits

    def _counted(self, facet: Facet) -> Facet:
        others = self._without(facet.property)
        if others is None:
            return facet
        size, flags = self._class.size, _flags(others, self._class.size)
        counts: dict[str, int] = {}
        left = MOST_COUNTED
        for value, places in self._facets.places(self._class.numbers[facet.property], facet.values).items():
            uses = facet.values[value]
            if not is_sparse(uses, size):
                counts[value] = (int.from_bytes(places, "little") & others).bit_count()
            elif left >= uses:
                left -= uses
                counts[value] = sum(map(flags.__getitem__, array("I", places)))
        chosen = self.chosen.get(facet.property, ())
        kept = {value: count for value, count in counts.items() if count or value in chosen}
        return Facet(facet.property, dict(sorted(kept.items(), key=lambda entry: (-entry[1], entry[0]))))

    def _order(self, language: str) -> tuple[str, Iterable[int]]:
        """The language of the list for a reader of *language*, and the places of the default list in its order."""
        for tag in (language.lower(), language.lower().partition("-")[0]):
            query = "SELECT places FROM reading WHERE class = ? AND language = ?"
            for (places,) in self._facets.rows(query, self._class.number, tag):
                return tag, array("I", places)
        return DEFAULT, range(self._class.size)

    def _places(self, order: Iterable[int]) -> Iterable[int]:
        flags = _flags(self._bits or 0, self._class.size)
        return order if self._bits is None else compress(order, map(flags.__getitem__, order))


def is_sparse(uses: int, size: int) -> bool:
    """Is a set of *uses* out of *size* kept as places?"""
    return uses * SPARSE < size


def packed(places: "array[int]", size: int) -> bytes:
    """A set of places as it is kept: a bit for each of *size*, or 32 bits for each that is there."""
    return places.tobytes() if is_sparse(len(places), size) else _dense(places.tobytes(), size)


def _dense(places: bytes, size: int) -> bytes:
    bits = bytearray((size + 7) // 8)
    for place in array("I", places):
        bits[place >> 3] |= 1 << (place & 7)
    return bytes(bits)


def _flags(bits: int, size: int) -> bytes:
    """A byte for each place, 0 or 1."""
    return format(bits, f"0{max(size, 1)}b")[::-1].encode().translate(BITS)
