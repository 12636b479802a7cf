"""How the program grows with the data: the same server on made-up markets of 10^4 to 10^7 triples.

``python -m bench.growth --sizes 10000,100000`` prints for each size what building, starting and serving take, the
cache switched off, and writes ``growth.json``. With ``--peers oxigraph`` Oxigraph's server is beside it.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import results
from .compare import JOINS, NO_CACHE, POINTS, Load, start_all, write_queries
from .load import require_wrk
from .market import Market
from .peers import Running
from .rounds import Asked, alternate

MIB = 2**20
PAGE = Load("page (HTML), not cached, one client", lambda market, count: [], 0, 1, NO_CACHE)
COLUMNS = {  # of the table: heading -> name and unit of the row's figure
    "first answer s": ("load_seconds", 1, "{:,.1f}"),
    "dumps complete s": ("complete_seconds", 1, "{:,.1f}"),
    "peak MiB": ("peak_bytes", MIB, "{:,.0f}"),
    "started anew s": ("start_seconds", 1, "{:.2f}"),
    "serving MiB": ("memory_bytes", MIB, "{:,.0f}"),
    "disk bytes/triple": ("disk_per_triple", 1, "{:,.0f}"),
    "joins/s": ("joins", 1, "{:,.0f}"),
    "p99 ms": ("joins_p99", 1, "{:.1f}"),
    "points/s": ("points", 1, "{:,.0f}"),
    "page ms": ("page", 1, "{:.1f}"),
    "page p99 ms": ("page_p99", 1, "{:.1f}"),
}


def main() -> None:
    """Start each server for each size and print a row of what it took."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--sizes", default="10000,100000,1000000,10000000", help="triples, with commas between")
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--seconds", type=int, default=3)
    reader.add_argument("--peers", default="oxigraph")
    reader.add_argument("--results", type=Path, default=results.FOLDER)
    asked = reader.parse_args()
    require_wrk()
    rows: list[dict[str, Any]] = []
    for size in map(int, asked.sizes.split(",")):
        names = ["no-cache", *filter(None, asked.peers.split(","))]
        rows += grown(Market(size), names, asked.rounds, asked.seconds)
        results.save(asked.results, "growth", rounds=asked.rounds, seconds=asked.seconds, rows=rows)
    print("\n## Growth\n\n" + table(rows))


def grown(market: Market, names: Sequence[str], rounds: int, seconds: int) -> list[dict[str, Any]]:
    """A row for each server. They are loaded one after the other, and measured in alternating rounds."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place, ExitStack() as stack:
        folder = Path(place)
        data = folder / "market.nt"
        triples = market.write(data)
        print(f"{triples:,} triples", flush=True)
        servers, _ = start_all(data, folder, names, stack)
        rows: dict[str, dict[str, Any]] = {server.name: {"triples": triples} for server in servers}
        for key, load in (("joins", JOINS), ("points", POINTS), ("page", PAGE)):
            asked = who(load, servers, market, folder, rounds, seconds)
            for row in alternate(load.name, asked, rounds, seconds, load.clients):
                found = rows[row["server"]]
                found[key] = statistics.median(row["p50" if load is PAGE else "rate"])
                found[f"{key}_p99"] = statistics.median(row["p99"])
                found["failed"] = found.get("failed", 0) + sum(row["wrong"]) + sum(row["broken"])
        for server in servers:
            rows[server.name] |= server.told() | {"disk_per_triple": server.disk_bytes / triples}
        return list(rows.values())


def who(load: Load, servers: Sequence[Running], market: Market, folder: Path, rounds: int, seconds: int) -> list[Asked]:
    """Which servers *load* asks, and for what."""
    if load is not PAGE:
        files = write_queries(load, market, folder / "queries", rounds, seconds)
        return [Asked(server.name, server, files, server.path, once=not load.again) for server in servers]
    file = folder / "pages.txt"
    step = max(1, market.products // 2000)
    file.write_text("".join(f"/doc/product/{number}.html\n" for number in range(0, market.products, step)))
    return [Asked(server.name, server, [file], accept="text/html") for server in servers if server.name == NO_CACHE]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    lines = [
        f"| triples | server | {' | '.join(COLUMNS)} | failed |",
        "| ---: | --- |" + " ---: |" * (len(COLUMNS) + 1),
    ]
    for row in rows:
        cells = [form.format(row[name] / unit) if row.get(name) else "" for name, unit, form in COLUMNS.values()]
        lines.append(f"| {row['triples']:,} | {row['server']} | {' | '.join(cells)} | {row['failed']} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
