"""How what others write in a cell may be read: as a name with additions, as a number, as a date.

Pure functions on text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pyoxigraph import Literal

from .spelling import fold, similarity

MOST_READINGS = 8
LONGEST = 500  # characters of a text that are read
UNEQUAL = 0.85  # what two numbers are worth at most that differ: years and codes are near to each other, and others

_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_ALTERNATIVES = re.compile(r"\s*[/|;=]\s*")
_QUALIFIERS = re.compile(r"\s*,\s+|\s+[-–—:]\s+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?")
_DATE = re.compile(r"-?\d{4}(-\d\d(-\d\d)?)?")


@dataclass(frozen=True)
class Reading:
    """One way to read a text.

    name    the name in it
    also    other names that the same thing has then
    within  what else has to be true of it: its country, its kind, a name again
    """

    name: str
    also: tuple[str, ...] = ()
    within: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.also and not self.within


def readings(text: str) -> list[Reading]:
    """The ways to read *text*, as it stands first; at most MOST_READINGS.

    >>> readings("Sevilla / Séville")[1]
    Reading(name='Sevilla', also=('Séville',), within=())
    >>> readings("Genève (Suisse)")[1]
    Reading(name='Genève', also=(), within=('Suisse',))
    """
    found = dict.fromkeys(_readings(text[:LONGEST].strip()))
    return [reading for reading in found if fold(reading.name)][:MOST_READINGS]


def _readings(text: str) -> Iterator[Reading]:
    yield Reading(text)
    within = tuple(part.strip() for part in _BRACKETS.findall(text) if part.strip())
    bare = " ".join(_BRACKETS.sub(" ", text).split())
    parts = [part for part in _ALTERNATIVES.split(bare) if part]
    if within:
        yield Reading(bare, (), within)
    if len(parts) > 1:
        for place, part in enumerate(parts):
            yield Reading(part, (*parts[:place], *parts[place + 1 :]), within)
    first, *rest = [part for part in _QUALIFIERS.split(bare) if part] or [""]
    if rest:
        yield Reading(first, (), (*rest, *within))
        yield Reading(rest[-1], (), (first, *rest[:-1], *within))
    if len(within) == 1 and bare:
        yield Reading(within[0], (), (bare,))


def likeness(value: Literal, text: str) -> float:
    """How like *value* what is written is, from 0 to 1: by number, by date as exact as both are, by letters.

    >>> likeness(Literal("1995-03-01"), "1995"), likeness(Literal(195278), "195 278"), likeness(Literal("é"), "E")
    (1.0, 1.0, 1.0)
    """
    mine, yours = value.value.strip(), text.strip()
    if _DATE.match(mine) and _DATE.fullmatch(yours) and not mine.isdigit():
        return float(mine.startswith(yours))
    one, other = _number(mine), _number(yours)
    if one is None or other is None:
        return similarity(fold(mine), fold(yours))
    if one == other:
        return 1.0
    first, second = float(one), float(other)
    return min(UNEQUAL, max(0.0, 1 - 2 * abs(first - second) / (max(abs(first), abs(second)) or 1)))


def _number(text: str) -> Decimal | None:
    plain = re.sub(r"[\s  ]", "", text).replace(",", ".")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None
