"""Charts of a result, drawn on the server: bars beside numbers, points over time.

Positions are shares of the drawing in percent, so that it is as wide as the page allows while its words keep their
size. A chart never stands alone: the table that it is of follows it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from .table import Cell, Table

LAST_YEAR = 9999  # of Python's calendar
LARGEST = 1e300  # a greater number has no place in a drawing
FINEST = 1e-300  # between two lines across
TICKS = 5  # about as many lines across
LEFT, RIGHT = 9.0, 95.0  # percent of the width between which points lie
_DATE = re.compile(r"(-?\d{4,6})(?:-(\d\d))?(?:-(\d\d))?")


@dataclass(frozen=True)
class Bars:
    """Lengths, in percent of the longest, of the numbers in some columns: place of the column -> one a row."""

    lengths: dict[int, tuple[float, ...]]


@dataclass(frozen=True)
class Mark:
    """A value in the drawing: its position in percent from the left and from the top, and its row."""

    x: float
    y: float
    row: int
    cell: Cell


@dataclass(frozen=True)
class Series:
    """Values of the column *value* over the dates of the column *time*.

    marks    by date; a line joins them where each date has one value
    years    position and year of the lines upright
    levels   position and number of the lines across
    undated  rows that have no date or no number: only the table has them
    """

    time: int
    value: int
    marks: tuple[Mark, ...]
    joined: bool
    years: tuple[tuple[float, int], ...]
    levels: tuple[tuple[float, float], ...]
    undated: int

    @property
    def pieces(self) -> list[tuple[Mark, Mark]]:
        """The pieces of the line, from each mark to the next."""
        return list(pairwise(self.marks)) if self.joined else []


def draw_chart(table: Table) -> Bars | Series | None:
    """What suits *table*: points over its first column of dates, else bars; None without numbers to draw."""
    numbers, dates = table.numbers, table.places_of("date")
    if numbers and dates:
        return draw_series(table, dates[0], numbers[0])
    return draw_bars(table, numbers) if numbers else None


def draw_bars(table: Table, numbers: Sequence[int]) -> Bars | None:
    """Bars for the columns *numbers*; those of the same unit share a scale. None where a number is negative."""
    values = {at: [_number(row[at]) for row in table.rows] for at in numbers}
    longest: dict[str, float] = {}
    for at, column in values.items():
        told = [value for value in column if value is not None]
        if any(value < 0 for value in told):
            return None
        holds = table.columns[at].holds
        longest[holds] = max([longest.get(holds, 0.0), *told])
    return Bars({
        at: tuple(round(100 * (value or 0) / (longest[table.columns[at].holds] or 1), 1) for value in column)
        for at, column in values.items()
    })  # fmt: skip


def draw_series(table: Table, time: int, value: int) -> Series | None:
    """The column *value* over the column *time*; None with fewer than two values that have a date."""
    found = []
    for at, row in enumerate(table.rows):
        cell, number, day = row[value], _number(row[value]), _day(row[time])
        if cell is not None and number is not None and day is not None:
            found.append((day, number, at, cell))
    if len(found) < 2:
        return None
    found.sort(key=lambda entry: entry[:3])
    years = upright_lines(found[0][0], found[-1][0])
    levels = round_levels(min(0.0, *(entry[1] for entry in found)), max(entry[1] for entry in found))
    first = date(years[0], 1, 1).toordinal()
    last = max(date(years[-1], 1, 1).toordinal(), found[-1][0], first + 1)

    def across(day: int) -> float:
        return round(LEFT + (RIGHT - LEFT) * (day - first) / (last - first), 2)

    def down(number: float) -> float:
        return round(100 - 100 * (number - levels[0]) / (levels[-1] - levels[0]), 2)

    return Series(
        time,
        value,
        tuple(Mark(across(day), down(number), at, cell) for day, number, at, cell in found),
        len({entry[0] for entry in found}) == len(found),
        tuple((across(date(year, 1, 1).toordinal()), year) for year in years),
        tuple((down(level), level) for level in levels),
        len(table.rows) - len(found),
    )


def day_of(text: str) -> int | None:
    """The day, counted from the year 1, on which a date begins; None when *text* is none from then to 9999.

    >>> day_of("0001-01-02"), day_of("2006-11") == day_of("2006-11-01T10:00:00Z"), day_of("soon")
    (2, True, None)
    """
    found = _DATE.match(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)).toordinal()
    except ValueError:
        return None


def upright_lines(first: int, last: int) -> list[int]:
    """Years, evenly apart, that the days *first* to *last* lie between.

    >>> upright_lines(day_of("1987-05"), day_of("2016-07"))
    [1985, 1990, 1995, 2000, 2005, 2010, 2015, 2020]
    """
    begin, end = date.fromordinal(first).year, date.fromordinal(last).year + 1
    step = next((step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if (end - begin) / step <= TICKS + 1), 1000)
    lines = range(begin - begin % step, end + step, step)
    return [max(1, year) for year in lines if year <= LAST_YEAR]


def round_levels(least: float, greatest: float) -> list[float]:
    """Round numbers, evenly apart, that *least* to *greatest* lie between.

    >>> round_levels(0, 300)
    [0.0, 100.0, 200.0, 300.0]
    """
    if greatest <= least:
        greatest = least + (abs(least) or 1)
    rough = max((greatest - least) / (TICKS - 1), FINEST)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 2.5 * power, 5 * power, 10 * power) if step >= rough * 0.999)
    first, last = math.floor(least / step), math.ceil(greatest / step)
    return [number * step for number in range(first, last + 1)]


def _number(cell: Cell | None) -> float | None:
    number = cell.number if cell else None
    return number if number is not None and abs(number) <= LARGEST else None


def _day(cell: Cell | None) -> int | None:
    return day_of(cell.value) if cell else None
