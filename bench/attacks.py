"""What each attack costs: ``python -m bench.attacks`` prints a table for a server of this repository's content.

For each hostile query of ``tests/attacks.py`` one after the other: the status and the limit that it met, seconds
until the answer, the most memory that a worker held beside the data meanwhile, and how long the next query took.
"""

import argparse
import contextlib
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.attacks import attacks

from .peers import ROOT, family, free_port, running


def main() -> None:
    """Read the command line, start the server, send each attack, print."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--query-seconds", type=int, default=2, help="the server's limit; its own default is 10")
    reader.add_argument("--only", default="", help="attacks whose name holds this")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        port = free_port()
        given = {"CONTENT": ROOT, "BUILD": f"{folder}/build", "PORT": port, "QUERY_SECONDS": asked.query_seconds}
        environment = {**os.environ, **{f"PUBLISHER_{name}": str(value) for name, value in given.items()}}
        command = [sys.executable, str(ROOT / "server.py")]
        with running(command, Path(folder), port, "/sparql", "publisher", "", environment) as server:
            print(f"{'attack':<42} {'status':>6} {'limit':<17} {'s':>6} {'MiB':>6} {'next ms':>8}")
            for name, text in attacks():
                if asked.only in name:
                    print(row(port, server.process.pid, name, text), flush=True)


def row(port: int, pid: int, name: str, text: str) -> str:
    """Send one attack; its line of the table."""
    with peak_memory(pid) as peak:
        begun = time.perf_counter()
        status, body = ask(port, text)
        seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    ask(port, f"ASK {{ FILTER({time.time_ns()} > 0) }}")
    after = (time.perf_counter() - begun) * 1000
    limit = json.loads(body).get("limit", "") if status != 200 else ""
    return f"{name:<42} {status:>6} {limit:<17} {seconds:>6.2f} {peak[0] / 2**20:>6.0f} {after:>8.1f}"


def ask(port: int, text: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {
        "Content-Type": "application/sparql-query",
        "Accept": "application/sparql-results+json, text/turtle;q=0.5",
    }
    connection.request("POST", "/sparql", text.encode(), headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


@contextlib.contextmanager
def peak_memory(pid: int) -> Iterator[list[int]]:
    """The most bytes of its own that a worker below *pid* held, looked at twenty times a second."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for process in family(pid):
                with contextlib.suppress(OSError, StopIteration):  # it ended meanwhile
                    if b"publisher.store.worker" in Path(f"/proc/{process}/cmdline").read_bytes():
                        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
                        own = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_Dirty:"))
                        peak[0] = max(peak[0], own)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    main()
