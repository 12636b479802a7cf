"""Cheap queries while strangers attack: ``python -m bench.fairness`` prints their latency in quiet and under attack.

A server of this repository's content is started (or one that trusts this address as a proxy is given: ``--url``).
One client asks short queries, none of them twice, 25 a second; then again while others send 50 queries a second
that would each run for hours: first each from another address, then from 50 addresses that come back.
"""

import argparse
import asyncio
import http.client
import itertools
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.parse import quote, urlsplit

from .peers import ROOT, free_port, running

PACE = 25  # cheap queries a second
HOSTILE = (
    "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER({0} > 0) }}",
    "SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER({0} > 0) }} ORDER BY ?c ?f ?i",
    "SELECT (COUNT(*) AS ?n) {{ ?a ((!<x:>|!<y:>)*)* ?b FILTER({0} > 0) }}",
    "SELECT DISTINCT ?c ?f {{ ?a ?b ?c . ?d ?e ?f FILTER(?c != ?f && {0} > 0) }}",
    "SELECT ?f (GROUP_CONCAT(?c) AS ?all) {{ ?a ?b ?c . ?d ?e ?f FILTER({0} > 0) }} GROUP BY ?f",
)


def main() -> None:
    """Read the command line, measure, print."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--url", help="a running server with PUBLISHER_TRUSTED_PROXIES=127.0.0.1")
    reader.add_argument("--seconds", type=float, default=20, help="of each of the three measurements")
    reader.add_argument("--rate", type=float, default=50, help="hostile queries a second")
    asked = reader.parse_args()
    with started(asked.url) as url:
        list(cheap(url, 2))
        quiet = summary("quiet", cheap(url, asked.seconds))
        for name, addresses in (("each from a new address", 0), ("from 50 addresses", 50)):
            with attack(url, asked.rate, addresses) as counts:
                time.sleep(2)
                p99 = summary(f"{asked.rate:g} hostile a second, {name}", cheap(url, asked.seconds))
            told = ", ".join(f"{count} × {status}" for status, count in sorted(counts.items()))
            print(f"    p99 is {p99 / quiet:.1f} times the quiet one; hostile queries were answered: {told}")


@contextmanager
def started(url: str | None) -> Iterator[str]:
    """The address of the server that is measured."""
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        port = free_port()
        given = {"CONTENT": ROOT, "BUILD": f"{folder}/build", "PORT": port, "TRUSTED_PROXIES": "127.0.0.1"}
        environment = {**os.environ, **{f"PUBLISHER_{name}": str(value) for name, value in given.items()}}
        command = [sys.executable, str(ROOT / "server.py")]
        with running(command, Path(folder), port, "/sparql", "publisher", "", environment) as server:
            yield server.url


def cheap(url: str, seconds: float) -> Iterator[tuple[float, int]]:
    """Latency in milliseconds and status of each query of one polite client, at a steady pace."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=60)
    headers = {"Accept": "text/csv", "X-Forwarded-For": "198.51.100.1"}
    begun = time.perf_counter()
    for number in range(int(seconds * PACE)):
        time.sleep(max(0, begun + number / PACE - time.perf_counter()))
        query = f"SELECT ?p ?o {{ <id/member/liege> ?p ?o FILTER({time.time_ns()} > 0) }} LIMIT 5"
        sent = time.perf_counter()
        connection.request("GET", "/sparql?query=" + quote(query), headers=headers)
        response = connection.getresponse()
        response.read()
        yield (time.perf_counter() - sent) * 1000, response.status


def summary(name: str, measured: Iterator[tuple[float, int]]) -> float:
    """Print the percentiles; returns p99."""
    latencies, statuses = zip(*measured, strict=True)
    cuts: list[float] = statistics.quantiles(latencies, n=100, method="inclusive")
    told = ", ".join(f"{count} × {status}" for status, count in sorted(Counter(statuses).items()))
    print(
        f"{name}: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, most {max(latencies):.1f} ms; answers {told}",
        flush=True,
    )
    return cuts[98]


@contextmanager
def attack(url: str, rate: float, addresses: int) -> Iterator[Counter[str]]:
    """Hostile queries from another process, *rate* a second, from so many addresses (0: each from its own)."""
    over = multiprocessing.Event()
    results: multiprocessing.Queue[Counter[str]] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_attack, args=(url, rate, addresses, over, results))
    process.start()
    counts: Counter[str] = Counter()
    try:
        yield counts
    finally:
        over.set()
        counts.update(results.get())
        process.join()


def _attack(url: str, rate: float, addresses: int, over: Event, results: "multiprocessing.Queue[Counter[str]]") -> None:
    results.put(asyncio.run(_send_all(urlsplit(url).port or 80, rate, addresses, over)))


async def _send_all(port: int, rate: float, addresses: int, over: Event) -> Counter[str]:
    under_way: set[asyncio.Task[str]] = set()
    counts: Counter[str] = Counter()
    begun = time.monotonic()
    for number in itertools.count():
        await asyncio.sleep(max(0, begun + number / rate - time.monotonic()))
        if over.is_set():
            break
        sender = number % addresses if addresses else number
        address = f"10.{sender >> 16 & 255}.{sender >> 8 & 255}.{sender & 255}"
        under_way.add(asyncio.create_task(_send(port, HOSTILE[number % len(HOSTILE)].format(number + 1), address)))
        for task in [task for task in under_way if task.done()]:
            counts[task.result()] += 1
            under_way.remove(task)
    counts["no answer yet"] += len(under_way)
    for task in under_way:
        task.cancel()
    return counts


async def _send(port: int, query: str, address: str) -> str:
    """The status of the answer."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n"
        writer.write(f"{head}X-Forwarded-For: {address}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer[9:12].decode()
    except OSError as error:
        return type(error).__name__


if __name__ == "__main__":
    main()
