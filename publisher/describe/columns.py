"""Which properties a list of resources shows as columns, whatever the class is; and in which order values come.

A few resources, spread over the list of the class, are looked at: a column is what most of them have, few times each,
and what says more than their names do.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from ..store.store import Store, name_of, node_of
from .index import Index
from .labels import DEFAULT, LABEL_PROPERTIES, sort_key
from .links import SAME
from .texts import DESCRIPTIONS
from .turtle import TYPE

LOOKED_AT, MOST_SAID = 40, 200  # resources, and statements of each
GOLDEN = (5**0.5 - 1) / 2
MOST_COLUMNS = 5
LEAST = 0.3  # part of the resources that has a value
SEVERAL = 2.5  # values of a resource, on the average, that are too many for a cell
ALWAYS = 5  # resources of which all have the same value, which then tells nothing
SIMILAR = 0.4  # part of the values that only repeat the name
LONGEST = 80  # characters of a text in a cell
MOST_VALUES = 20  # in a cell

_LEFT_OUT = frozenset({TYPE, *LABEL_PROPERTIES, *SAME, *DESCRIPTIONS})
_NUMERIC = frozenset(
    NamedNode(f"http://www.w3.org/2001/XMLSchema#{name}")
    for name in ("integer", "decimal", "double", "float", "long", "int", "nonNegativeInteger", "positiveInteger")
)

Value = NamedNode | Literal
Key = tuple[int, float, str]


def columns_of(store: Store, index: Index, class_: str, preferred: Sequence[str] = ()) -> tuple[str, ...]:
    """The properties, at most MOST_COLUMNS, that a list of the class shows beside names.

    preferred  the facets of the class, best first: between columns that fit, they come before others
    """
    size = index.classes().get(class_, 0)
    sample = [iri for place in _spread(size) for iri in index.members(class_, DEFAULT, place, 1)]
    rows, uses, repeated, unfit = Counter[str](), Counter[str](), Counter[str](), set[str]()
    values: dict[str, set[Any]] = {}
    for iri in sample:
        said: dict[str, list[Any]] = {}
        for triple in islice(store.triples(node_of(iri)), MOST_SAID):
            if triple.predicate not in _LEFT_OUT:
                said.setdefault(triple.predicate.value, []).append(triple.object)
        names = {sort_key(name) for name in index.names(iri).values()}
        for property_, objects in said.items():
            rows[property_] += 1
            uses[property_] += len(objects)
            values.setdefault(property_, set()).update(objects)
            repeated[property_] += all(_words(index, object) & names for object in objects)
            if not all(map(_fits, objects)):
                unfit.add(property_)
    fitting = [
        property_
        for property_, count in rows.items()
        if property_ not in unfit
        and (len(values[property_]) > 1 or count < ALWAYS)
        and count >= LEAST * len(sample)
        and uses[property_] <= SEVERAL * count
        and repeated[property_] < SIMILAR * count
    ]
    return tuple(sorted(fitting, key=lambda name: (name not in preferred, -rows[name], name))[:MOST_COLUMNS])


def values_of(store: Store, iri: str, columns: Iterable[str]) -> dict[str, list[Value]]:
    """What is said of *iri* in each of *columns*; of very many values only some."""
    found: dict[str, list[Value]] = {}
    for column in columns:
        triples = islice(store.triples(node_of(iri), NamedNode(column)), MOST_VALUES)
        found[column] = [triple.object for triple in triples if isinstance(triple.object, NamedNode | Literal)]
    return found


def order_of(value: Value, name: str) -> Key:
    """What a value is sorted by: numbers before words; a resource by its *name*."""
    if isinstance(value, Literal) and value.datatype in _NUMERIC:
        try:
            return 0, float(value.value), ""
        except ValueError:
            pass
    return 1, 0.0, sort_key(name)


def _spread(size: int) -> Iterable[int]:
    """At most LOOKED_AT of *size* places, without a regular step, which could meet the same kind again and again."""
    if size <= LOOKED_AT:
        return range(size)
    return sorted({int(size * (number * GOLDEN % 1)) for number in range(LOOKED_AT)})


def _fits(object: Any) -> bool:
    """Has it a place in a cell?"""
    if isinstance(object, Literal):
        return len(object.value) <= LONGEST and not object.datatype.value.endswith("wktLiteral")
    return isinstance(object, NamedNode)


def _words(index: Index, object: Any) -> set[str]:
    """What a value is called."""
    if isinstance(object, Literal):
        return {sort_key(object.value)}
    return (
        {sort_key(name) for name in index.names(name_of(object)).values()}
        if not isinstance(object, BlankNode)
        else set()
    )
