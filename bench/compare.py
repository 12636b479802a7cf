"""The comparison: the same data and the same requests to each server, in alternating rounds.

``python -m bench.compare --triples 100000 --rounds 5 --seconds 4`` prints a table for each kind of load: median
requests a second, p50 and p99, and how many times as many as each peer ours answers.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import questions
from .load import Measured, measure, require_wrk
from .market import Market
from .peers import Running, content_of, installed, ours, oxigraph, rdflib_endpoint, shmarql, virtuoso

OURS = "publisher"
NO_CACHE = "publisher, cache off"


@dataclass(frozen=True)
class Load:
    """One kind of load: the queries, how many clients ask, and which of ours takes part."""

    name: str
    queries: Callable[[Market, int], list[str]]
    count: int
    clients: int
    ours: str


LOADS = (
    Load("joins, 2 clients, cache off", questions.joins, 3000, 2, NO_CACHE),
    Load("point queries that never repeat, 2 clients", questions.points, 300_000, 2, OURS),
    Load("repeated as 1/n, 8 clients", questions.repeated, 20_000, 8, OURS),
)


def main() -> None:
    """Read the command line, start the servers, measure, print."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--triples", type=int, default=100_000)
    reader.add_argument("--rounds", type=int, default=5)
    reader.add_argument("--seconds", type=float, default=4)
    reader.add_argument("--only", default="", help="loads whose name holds this")
    reader.add_argument("--peers", default="oxigraph,virtuoso,rdflib-endpoint,shmarql")
    asked = reader.parse_args()
    require_wrk()
    market = Market(asked.triples)
    with tempfile.TemporaryDirectory(prefix="bench-") as place, ExitStack() as stack:
        folder = Path(place)
        data = folder / "market.nt"
        print(f"{market.write(data):,} triples, {asked.rounds} rounds of {asked.seconds:g} s", flush=True)
        servers = start_all(data, folder, asked.peers.split(","), stack)
        for load in LOADS:
            if asked.only in load.name:
                compare(load, market, servers, folder, asked.rounds, asked.seconds)


def start_all(data: Path, folder: Path, peers: list[str], stack: ExitStack) -> list[Running]:
    """Start ours with and without its cache, and the *peers* that are installed."""
    starters: dict[str, Callable[[Path], object]] = {
        OURS: lambda place: ours(content_of(data, place), place, OURS),
        NO_CACHE: lambda place: ours(content_of(data, place), place, NO_CACHE, cache_bytes=0),
    }
    if "oxigraph" in peers:
        starters["Oxigraph"] = lambda place: oxigraph(data, place)
    if "virtuoso" in peers and installed("virtuoso-t"):
        starters["Virtuoso"] = lambda place: virtuoso(data, place)
    if "rdflib-endpoint" in peers:
        starters["rdflib-endpoint"] = lambda place: rdflib_endpoint(data, place)
    if "shmarql" in peers:
        starters["SHMARQL"] = lambda place: shmarql(data, place)
    servers = []
    for name, start in starters.items():
        place = folder / name.replace(" ", "-").replace(",", "")
        place.mkdir()
        try:
            server = stack.enter_context(start(place))  # type: ignore[arg-type]
        except FileNotFoundError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        print(
            f"{server.name} {server.version}: first answer after {server.load_seconds:.1f} s,"
            f" {server.memory_bytes / 2**20:.0f} MiB, {server.disk_bytes / 2**20:.0f} MiB on disk",
            flush=True,
        )
        servers.append(server)
    return servers


def compare(load: Load, market: Market, servers: list[Running], folder: Path, rounds: int, seconds: float) -> None:
    """Measure one load in alternating rounds and print its table."""
    asked = [server for server in servers if server.name not in {OURS, NO_CACHE} - {load.ours}]
    results: dict[str, list[Measured]] = {server.name: [] for server in asked}
    addresses = {server.name: folder / f"{number}.txt" for number, server in enumerate(asked)}
    queries = load.queries(market, load.count)
    for server in asked:
        lines = (f"{server.path}{questions.as_path(query)}\n" for query in queries)
        addresses[server.name].write_text("".join(lines))
    for number in range(rounds):
        for server in asked if number % 2 == 0 else asked[::-1]:
            results[server.name].append(measure(server.url, addresses[server.name], load.clients, seconds))
    print_table(load, results)


def print_table(load: Load, results: dict[str, list[Measured]]) -> None:
    """Medians of the rounds; *ratio* is ours divided by theirs."""
    rate = statistics.median(measured.rate for measured in results[load.ours])
    print(f"\n## {load.name}\n\n| server | requests/s | p50 ms | p99 ms | wrong | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rounds in results.items():
        median = statistics.median(measured.rate for measured in rounds)
        p50 = statistics.median(measured.p50 for measured in rounds)
        p99 = statistics.median(measured.p99 for measured in rounds)
        wrong = sum(measured.wrong + measured.broken for measured in rounds)
        ratio = f"{rate / median:.2f}" if median else "none answered"
        print(f"| {name} | {median:,.0f} | {p50:.2f} | {p99:.2f} | {wrong} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
