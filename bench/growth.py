"""How the program grows with the data: the same server on made-up markets of 10^4 to 10^7 triples.

``python -m bench.growth --sizes 10000,100000`` prints for each size: seconds to the first answer from cold, the
build's peak of memory, memory of all processes while serving, bytes on disk, and what a join costs then.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import questions
from .load import measure, require_wrk
from .market import Market
from .peers import content_of, family, ours, proportional_set_size

MIB = 2**20


def main() -> None:
    """Start a server for each size and print a row of what it took."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--sizes", default="10000,100000,1000000,10000000", help="triples, with commas between")
    sizes = [int(size) for size in reader.parse_args().sizes.split(",")]
    require_wrk()
    print("\n## Growth\n")
    print("| triples | first answer s | build peak MiB | serving MiB | disk bytes/triple | joins/s | p99 ms |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as place:
            print(row(Market(size), Path(place)), flush=True)


def row(market: Market, folder: Path) -> str:
    data = folder / "market.nt"
    triples = market.write(data)
    content = content_of(data, folder)
    with peak_of_children() as peak, ours(content, folder, cache_bytes=0) as server:
        building = peak[0] / MIB
        addresses = folder / "joins.txt"
        addresses.write_text("".join(f"/sparql{questions.as_path(q)}\n" for q in questions.joins(market, 600)))
        measured = measure(server.url, addresses, 2, 5)
        return (
            f"| {triples:,} | {server.load_seconds:.1f} | {building:,.0f} | {server.memory_bytes / MIB:,.0f}"
            f" | {server.disk_bytes / triples:.0f} | {measured.rate:,.0f} | {measured.p99:.1f} |"
        )


@contextmanager
def peak_of_children() -> Iterator[list[int]]:
    """The largest proportional set size, in bytes, of all processes below this one, looked at twice a second."""
    peak = [0]
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            now = sum(proportional_set_size(pid) for pid in family(os.getpid())[1:])
            peak[0] = max(peak[0], now)
            time.sleep(0.5)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    main()
