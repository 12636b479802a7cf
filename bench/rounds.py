"""Alternating rounds: each server is asked in turn, so that a slow minute of the machine meets all of them."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .load import JSON_RESULTS, Measured, measure
from .peers import Running

WARM_SECONDS = 1
FILL_SECONDS = 60


@dataclass(frozen=True)
class Asked:
    """A server and what it is asked.

    name    how the rows call it
    files   one for each round and one for the warm-up before, used in turn
    prefix  begins the path of every line of them
    once    no request may come twice
    fill    ask everything once before measuring, so that a cache has it
    """

    name: str
    server: Running
    files: Sequence[Path]
    prefix: str = ""
    accept: str = JSON_RESULTS
    once: bool = False
    fill: bool = False


def alternate(load: str, asked: Sequence[Asked], rounds: int, seconds: int, clients: int) -> list[dict[str, Any]]:
    """Rows of what each server did: lists of the rounds' figures under the names of Measured."""
    found: dict[str, list[Measured]] = {one.name: [] for one in asked}
    for one in asked:
        begun = time.monotonic()
        while (measured := _round(one, 0, min(WARM_SECONDS, seconds), clients)) and one.fill:
            if measured.requests >= _lines(one.files[0]) or time.monotonic() - begun > FILL_SECONDS:
                break
    for number in range(1, rounds + 1):
        for one in asked if number % 2 else reversed(asked):
            found[one.name].append(_round(one, number, seconds, clients))
    rows = []
    for one in asked:
        columns = [asdict(measured) for measured in found[one.name]]
        row: dict[str, Any] = {name: [column[name] for column in columns] for name in columns[0]}
        came_again = one.once and max(row["requests"]) > _lines(one.files[1])
        rows.append({"load": load, "server": one.name, "clients": clients, **row, "came_again": came_again})
    return rows


def _round(one: Asked, number: int, seconds: int, clients: int) -> Measured:
    file = one.files[number % len(one.files)]
    return measure(one.server.url, file, clients, seconds, one.accept, one.prefix, one.server.process.pid)


def _lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def table(rows: Sequence[dict[str, Any]], ours: Sequence[str]) -> str:
    """A table in Markdown of medians, with the range of the rounds; for each of *ours* how many times theirs it is."""
    rates = {row["server"]: statistics.median(row["rate"]) for row in rows}
    present = [name for name in ours if name in rates]
    columns = ["requests/s", "range", "p50 ms", "p99 ms", "CPU ms a request", "bytes", "failed"]
    columns += [f"{name} / this" for name in present]
    lines = [f"| server | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns)]
    for row in rows:
        p50, p99, spent, size = (statistics.median(row[name]) for name in ("p50", "p99", "processor", "size"))
        failed = sum(row["wrong"]) + sum(row["broken"])
        rate = rates[row["server"]]
        ratios = ["" if row["server"] in ours or not rate else f"{rates[name] / rate:.2f}" for name in present]
        lines.append(
            f"| {row['server']} | {rate:,.0f} | {min(row['rate']):,.0f}–{max(row['rate']):,.0f} | {p50:.2f} | {p99:.2f}"
            f" | {spent:.2f} | {size:,.0f} | {failed} | {' | '.join(ratios)} |"
        )
    return "\n".join(lines)
