"""The comparison: the same data and the same requests to each server, in alternating rounds.

``python -m bench.compare --triples 100000 --rounds 5 --seconds 4`` first looks whether all servers give the same
answers, then prints a table for each kind of load, and writes ``compare-<triples>.json`` to the folder of results.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import questions, results
from .agreement import compare_answers
from .load import require_wrk
from .market import SITE, Market
from .peers import (
    Peer,
    Running,
    oxigraph,
    oxigraph_in_memory,
    publisher,
    rdflib_endpoint,
    shmarql,
    started,
    virtuoso,
)
from .rounds import Asked, alternate, table

OURS = "publisher"
NO_CACHE = "publisher, cache off"
SAMPLE = 48  # queries whose answers are compared: eight of each join, and as many points
FASTEST = 25_000  # requests a second that no server reaches: a list of so many for each second never starts again
STARTERS: dict[str, Callable[[], Peer]] = {
    "publisher": lambda: publisher(OURS, base_iri=SITE),
    "no-cache": lambda: publisher(NO_CACHE, base_iri=SITE, cache_bytes=0),
    "oxigraph": oxigraph,
    "oxigraph-memory": oxigraph_in_memory,
    "virtuoso": virtuoso,
    "rdflib-endpoint": rdflib_endpoint,
    "shmarql": shmarql,
}


@dataclass(frozen=True)
class Load:
    """One kind of load: the queries, how many clients ask, which of ours takes part, and may a query come again?"""

    name: str
    queries: Callable[[Market, int], list[str]]
    count: int
    clients: int
    ours: str
    again: bool = True


JOINS = Load("joins, 2 clients, cache off", questions.joins, 3000, 2, NO_CACHE)
POINTS = Load("points that never repeat, 2 clients", questions.points, 0, 2, OURS, again=False)
REPEATED = Load("repeated as 1/n, 8 clients", questions.repeated, 20_000, 8, OURS)
LOADS = (JOINS, POINTS, REPEATED)


def main() -> None:
    """Read the command line, start the servers, measure, print."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--triples", type=int, default=100_000)
    reader.add_argument("--rounds", type=int, default=5)
    reader.add_argument("--seconds", type=int, default=4)
    reader.add_argument("--only", default="", help="loads whose name holds this")
    reader.add_argument("--peers", default=",".join(list(STARTERS)[2:]))
    reader.add_argument("--results", type=Path, default=results.FOLDER)
    asked = reader.parse_args()
    require_wrk()
    market = Market(asked.triples)
    with tempfile.TemporaryDirectory(prefix="bench-") as place, ExitStack() as stack:
        folder = Path(place)
        data = folder / "market.nt"
        triples = market.write(data)
        print(f"{triples:,} triples, {asked.rounds} rounds of {asked.seconds:g} s", flush=True)
        servers, left_out = start_all(data, folder, ["publisher", "no-cache", *asked.peers.split(",")], stack)
        agreed = agree(servers, questions.joins(market, SAMPLE) + questions.points(market, SAMPLE))
        rows: list[dict[str, Any]] = []
        for load in LOADS:
            if asked.only in load.name:
                rows += compare(load, market, servers, folder, asked.rounds, asked.seconds)
        results.save(
            asked.results, f"compare-{asked.triples}", triples=triples, rounds=asked.rounds, seconds=asked.seconds,
            servers=[server.told() for server in servers], left_out=left_out, answers=agreed, rows=rows,
        )  # fmt: skip


def start_all(
    data: Path, folder: Path, names: Sequence[str], stack: ExitStack, starters: dict[str, Callable[[], Peer]] = STARTERS
) -> tuple[list[Running], list[str]]:
    """Start the servers of *names*; returns those that run, and why others do not."""
    servers: list[Running] = []
    left_out = []
    for name in names:
        try:
            server = stack.enter_context(started(starters[name](), data, folder / name, servers))
        except (FileNotFoundError, RuntimeError) as error:
            if not servers:  # ours comes first: there is nothing to compare with
                raise
            left_out.append(f"{name}: {str(error).splitlines()[0]}")
            print(f"left out: {error}", file=sys.stderr)
            continue
        print(
            f"{server.name} {server.version}: first answer after {server.load_seconds:.1f} s,"
            f" started anew in {server.start_seconds:.2f} s, {server.memory_bytes / 2**20:.0f} MiB,"
            f" {server.disk_bytes / 2**20:.0f} MiB on disk",
            flush=True,
        )
        servers.append(server)
    return servers, left_out


def agree(servers: Sequence[Running], queries: Sequence[str]) -> list[dict[str, Any]]:
    """Compare the servers' answers to *queries*; print and return what differs."""
    told = compare_answers(servers, queries)
    for row in told:
        print(f"answers of {row['server']}: {row['different']} of {row['queries']} differ", flush=True)
        for example in row["examples"]:
            print(f"    {example['theirs']} instead of {example['ours']}: {example['query']}", flush=True)
    return told


def compare(
    load: Load, market: Market, servers: Sequence[Running], folder: Path, rounds: int, seconds: int
) -> list[dict[str, Any]]:
    """Measure one load in alternating rounds and print its table."""
    taking_part = [server for server in servers if server.name not in {OURS, NO_CACHE} - {load.ours}]
    files = write_queries(load, market, folder / "queries", rounds, seconds)
    asked = [Asked(server.name, server, files, server.path, once=not load.again) for server in taking_part]
    rows = alternate(load.name, asked, rounds, seconds, load.clients)
    print(f"\n## {load.name}\n\n{table(rows, [load.ours])}", flush=True)
    for row in rows:
        if row["came_again"]:
            print(f"{row['server']} was so fast that its queries came again", file=sys.stderr)
    return rows


def write_queries(load: Load, market: Market, folder: Path, rounds: int, seconds: int) -> list[Path]:
    """The query strings, one a line: one file for all rounds, or others for each when no query may come again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    length = load.count or FASTEST * seconds
    queries = load.queries(market, length if load.again else length * (rounds + 1))
    files = []
    for number in range(1 if load.again else rounds + 1):
        files.append(folder / f"{number}.txt")
        part = queries[number * length : (number + 1) * length]
        files[-1].write_text("".join(questions.as_path(query) + "\n" for query in part))
    return files


if __name__ == "__main__":
    main()
