"""What the measured figures mean for a site: the tables of ``docs/capacity.md``.

A part between ``<!-- measured: NAME -->`` and ``<!-- end -->`` is made anew from the results, so that no figure of
that text is older than the others. ``python -m bench.capacity`` does it alone; ``make bench`` does it at its end.
"""

import argparse
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import growth, results
from .compare import JOINS, NO_CACHE, OURS, POINTS, REPEATED
from .pages import NAMED
from .peers import ROOT

DOCUMENT = ROOT / "docs" / "capacity.md"
DAY = 86_400
HALF = 0.5  # of what was measured is planned with: the other half is for the worst minutes
GIGABIT = 1e9 / 8
VISITORS, EACH, PEAK = 100_000, 10, 0.15  # people on a popular day, requests of each, part of them in one hour
_PART = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


class Figure(NamedTuple):
    """Requests a second, p99 in milliseconds, processor milliseconds and bytes of one kind of request."""

    kind: str
    rate: float
    p99: float
    processor: float
    size: float


def main() -> None:
    """Fill the document from the folder of results."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--results", type=Path, default=results.FOLDER)
    found = results.load(reader.parse_args().results)
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8"), found), encoding="utf-8")


def filled(text: str, found: dict[str, dict[str, Any]]) -> str:
    """*text* with its parts made anew; one whose results are not there stays as it is."""

    def part(old: re.Match[str]) -> str:
        return f"{old[1]}{parts[old[2]]}\n{old[3]}" if parts[old[2]] else old[0]

    kinds = {figure.kind: figure for figure in figures(found)}
    parts = {"requests": requests(kinds), "day": day(kinds), "harvest": harvest(kinds, found)}
    parts |= {"proxy": proxy(kinds), "machines": machines(kinds, found), "growth": grown(found), "from": about(found)}
    return _PART.sub(part, text)


def figures(found: dict[str, dict[str, Any]]) -> Iterator[Figure]:
    """Of queries at the smallest size that was compared, and of pages."""
    compared = min(
        (name for name in found if name.startswith("compare")), key=lambda name: found[name]["triples"], default=""
    )
    names = {
        (JOINS.name, NO_CACHE): "join, not cached",
        (POINTS.name, OURS): "short query, not cached",
        (REPEATED.name, OURS): "query that others asked before",
        **{
            (kind, server): f"{kind}, {state}"
            for kind in ("page (HTML)", "description (Turtle)", "description (JSON-LD)", NAMED)
            for server, state in ((NO_CACHE, "not cached"), (OURS, "cached"))
        },
    }
    for source in filter(found.__contains__, (compared, "pages")):
        for row in found[source]["rows"]:
            if kind := names.get((row["load"], row["server"])):
                yield Figure(kind, *(statistics.median(row[name]) for name in ("rate", "p99", "processor", "size")))


def about(found: dict[str, dict[str, Any]]) -> str:
    first = next((one["about"] for one in found.values()), None)
    if not first:
        return ""
    return (
        f"Measured on {first['date'][:10]}, publisher {first['publisher']}, {first['cores']} cores of"
        f" {first['processor']} that the load generator used too. {results.warning(found)}".rstrip()
    )


def requests(kinds: dict[str, Figure]) -> str:
    """A table of what one machine answers."""
    lines = [
        "| request | a second | p99 ms | CPU ms | bytes | a day at half load | Mbit/s then |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind, rate, p99, processor, size in kinds.values():
        half = rate * HALF
        lines.append(
            f"| {kind} | {rate:,.0f} | {p99:.1f} | {processor:.2f} | {size:,.0f} | {half * DAY / 1e6:,.1f} million"
            f" | {half * size * 8 / 1e6:,.1f} |"
        )
    return "\n".join(lines) if kinds else ""


def day(kinds: dict[str, Figure]) -> str:
    """How much of the machine a popular day takes."""
    peak = VISITORS * EACH * PEAK / 3600
    lines = [
        f"{VISITORS:,} people × {EACH} requests × {PEAK:.0%} in the busiest hour / 3,600 s"
        f" = **{peak:,.0f} requests a second**.",
        "",
        "| if all of them were | one machine answers | of it they take |",
        "| --- | ---: | ---: |",
    ]
    lines += [f"| {kind} | {one.rate:,.0f}/s | {peak / one.rate:.1%} |" for kind, one in kinds.items()]
    return "\n".join(lines) if kinds else ""


def harvest(kinds: dict[str, Figure], found: dict[str, dict[str, Any]]) -> str:
    """What a harvest takes, resource by resource and as a dump."""
    one = kinds.get("description (JSON-LD), not cached")
    rows = _grown(found)
    if not one or not rows:
        return ""
    lines = [
        "| triples | resources, each asked for | with one connection | bytes | largest dump, at 100 Mbit/s |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        resources, whole = row["triples"] // 10, row["triples"] * 150
        lines.append(
            f"| {row['triples']:,} | {resources:,} | {duration(resources / one.rate)}"
            f" | {resources * one.size / 1e6:,.0f} MB | {whole / 1e6:,.0f} MB, {duration(whole / (GIGABIT / 10))} |"
        )
    return "\n".join(lines)


def proxy(kinds: dict[str, Figure]) -> str:
    """What a cache in front makes of one machine."""
    page, join = kinds.get("page (HTML), not cached"), kinds.get("join, not cached")
    if not page or not join:
        return ""
    lines = ["| answered by the cache | pages a second | queries a second |", "| ---: | ---: | ---: |"]
    for part in (0, 0.5, 0.9, 0.99):
        pages, joins = (HALF * one.rate / (1 - part) for one in (page, join))
        lines.append(f"| {part:.0%} | {pages:,.0f} | {joins:,.0f} |")
    return "\n".join(lines)


def machines(kinds: dict[str, Figure], found: dict[str, dict[str, Any]]) -> str:
    """What several machines answer, and how long a build takes to reach them."""
    join, repeated = kinds.get("join, not cached"), kinds.get("query that others asked before")
    if not join or not repeated:
        return ""
    lines = [
        "| machines | joins a second, at half load | repeated queries a second, at half load |",
        "| ---: | ---: | ---: |",
    ]
    lines += [
        f"| {number} | {number * HALF * join.rate:,.0f} | {number * HALF * repeated.rate:,.0f} |"
        for number in (1, 2, 4, 8)
    ]
    if rows := _grown(found):
        lines += ["", "| triples | build on disk | copied at 1 Gbit/s |", "| ---: | ---: | ---: |"]
        lines += [
            f"| {row['triples']:,} | {row['disk_bytes'] / 1e6:,.0f} MB | {duration(row['disk_bytes'] / GIGABIT)} |"
            for row in rows
        ]
    return "\n".join(lines)


def grown(found: dict[str, dict[str, Any]]) -> str:
    """The growth table, ours alone."""
    return growth.table(_grown(found)) if _grown(found) else ""


def _grown(found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in found.get("growth", {}).get("rows", []) if row["server"] == NO_CACHE]


def duration(seconds: float) -> str:
    """In words a person can compare.

    >>> duration(0.25), duration(90), duration(8000), duration(400_000)
    ('0.2 s', '1.5 min', '2.2 h', '4.6 days')
    """
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "min"), (2 * DAY, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds / DAY:.1f} days"


if __name__ == "__main__":
    main()
