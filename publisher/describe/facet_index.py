"""Writes the facets of all classes with the index, in little memory.

A property is one as long as its values are few in all the data: IRIs, truth values, short texts, and dates, which
count as their years. Whoever reads the statements says what is of such a property; a class keeps those that tell its
resources apart.
"""

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping
from heapq import nlargest
from itertools import groupby
from operator import itemgetter

from pyoxigraph import Literal, NamedNode

from .facets import IRI, TEXT, packed
from .labels import DEFAULT
from .turtle import TYPE

MOST_VALUES = 200  # of a property; of more, it is no facet
MOST_FACETS = 10  # of a class
MOST_PROPERTIES = 1_000  # that are considered, those that come first
MOST_TYPES = 10  # of a resource of more classes, the others are no values
LONGEST_IRI, LONGEST_TEXT = 300, 60  # characters of a value
LEAST = 0.1  # part of the resources of a class that has a value of a facet
OFTEN = 1.5  # times that a value is used on the average
MOST_WAITING = 200_000  # places that are kept in memory
STEP = 1_000  # a value has the number of its property, times this, and its own; a class its number below 0

SCHEMA = "CREATE TABLE found.placed (class INTEGER, value INTEGER, places BLOB);"
_SETS = "SELECT class, value, places FROM found.placed ORDER BY class, value, rowid"
_LISTS = """
SELECT member.language, place FROM member WHERE class = ? ORDER BY member.language <> ?, member.language, resource
"""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_STRING, _BOOLEAN = NamedNode(_XSD + "string"), NamedNode(_XSD + "boolean")
_DATES = frozenset(NamedNode(_XSD + name) for name in ("date", "dateTime", "gYear", "gYearMonth"))


def facet_value(object: object) -> str:
    """The value that *object* is for a facet; "" when a property with such an object is none.

    >>> facet_value(Literal("1987-11-02", datatype=NamedNode(_XSD + "date"))), facet_value(NamedNode("urn:a"))
    ('"1987', '<urn:a')
    """
    if isinstance(object, NamedNode):
        return IRI + object.value if len(object.value) <= LONGEST_IRI else ""
    if not isinstance(object, Literal) or object.language:
        return ""
    datatype, text = object.datatype, object.value
    if datatype in _DATES:
        year = text[:4]
        return TEXT + year if year.isascii() and year.isdigit() and text[4:5] in ("", "-", "Z", "+") else ""
    is_short = bool(text.strip()) and len(text) <= LONGEST_TEXT
    return TEXT + text if is_short and datatype in (_STRING, _BOOLEAN) else ""


class FacetWriter:
    """Collects which resources have which values, and writes the tables of ``facets.SCHEMA``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sets: dict[tuple[int, int], array[int]] = {}
        self._waiting = 0

    def add(self, class_: int, rank: int, values: Iterable[int]) -> None:
        """Note the numbers of the *values* of a resource, the one with that *rank* in its class by IRI."""
        for value in values:
            if value == -class_:
                continue  # what all have tells nothing
            places = self._sets.get((class_, value))
            if places is None:
                places = self._sets[class_, value] = array("I")
            if not places or places[-1] != rank:
                places.append(rank)
                self._waiting += 1
        if self._waiting > MOST_WAITING:
            self._flush()

    def _flush(self) -> None:
        rows = ((*key, places.tobytes()) for key, places in self._sets.items())
        self._connection.executemany("INSERT INTO found.placed VALUES (?, ?, ?)", rows)
        self._sets.clear()
        self._waiting = 0

    def write(
        self, sizes: Mapping[int, int], values: Mapping[int, tuple[str, str]], classes: Mapping[int, str]
    ) -> None:
        """Write the facets of each class, when its lists are there.

        sizes    class -> number of resources
        values   number -> property and value, of those that are facets after all
        classes  number -> IRI
        """
        self._flush()
        meant = {**values, **{-number: (TYPE.value, IRI + iri) for number, iri in classes.items()}}
        for class_, rows in groupby(self._connection.execute(_SETS), itemgetter(0)):
            told = (row for row in rows if row[1] in meant)
            found = ((_worth(sets, sizes[class_]), -property_, sets) for property_, sets in _facets(told))
            best = nlargest(MOST_FACETS, filter(itemgetter(0), found), key=itemgetter(0, 1))
            lists = self._lists(class_) if best else array("I")
            for _, _, sets in best:
                self._write(class_, {meant[number]: ranks for number, ranks in sets.items()}, lists)

    def _write(self, class_: int, sets: Mapping[tuple[str, str], "array[int]"], lists: "array[int]") -> None:
        insert = "INSERT INTO facet VALUES (NULL, ?, ?)"
        [property_] = {property_ for property_, _ in sets}
        number = self._connection.execute(insert, (class_, property_)).lastrowid
        for (_, value), ranks in sets.items():
            places = array("I", sorted(map(lists.__getitem__, ranks)))
            row = (number, value, len(places), packed(places, len(lists)))
            self._connection.execute("INSERT INTO facet_value VALUES (?, ?, ?, ?)", row)

    def _lists(self, class_: int) -> "array[int]":
        """The places in the default list by IRI; for each other list, the order of the default places is written."""
        rows = self._connection.execute(_LISTS, (class_, DEFAULT))
        default = array("I")
        for language, places in groupby(rows, itemgetter(0)):
            own = array("I", (place for _, place in places))
            if language == DEFAULT:
                default = own
                continue
            order = array("I", bytes(4 * len(own)))
            for place, in_default in zip(own, default, strict=True):
                order[place] = in_default
            self._connection.execute("INSERT INTO reading VALUES (?, ?, ?)", (class_, language, order.tobytes()))
        return default


def _facets(rows: Iterable[tuple[int, int, bytes]]) -> Iterator[tuple[int, dict[int, "array[int]"]]]:
    """Number of a property and its sets, of those with neither one value nor too many; 0 and the sets of classes."""
    for property_, parts in groupby(rows, lambda row: max(0, row[1] // STEP)):
        sets: dict[int, array[int]] = {}
        for _, value, places in parts:
            if len(sets) <= MOST_VALUES:
                sets.setdefault(value, array("I")).frombytes(places)
        if 1 < len(sets) <= MOST_VALUES:
            yield property_, sets


def _worth(sets: Mapping[int, "array[int]"], size: int) -> float:
    """How well a facet tells the *size* resources of its class apart, from 0 to 1; 0 when it does not.

    That is how likely two resources differ in it, and how many have a value at all.
    """
    uses = [len(places) for places in sets.values()]
    total = sum(uses)
    covered = min(1.0, total / size)
    if covered < LEAST or total < OFTEN * len(uses):
        return 0.0
    return covered * (1 - sum((count / total) ** 2 for count in uses))
