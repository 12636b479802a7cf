"""A server under mixed load for a long time, with new content every minute: does a request fail, does it grow?

``make soak`` runs it for ten minutes on a copy of this repository's content; ``python -m bench.soak --minutes 60``
longer. Each line tells of the last half minute; the verdict comes last, and is the exit code. A request fails when it
gets no answer, another status than it should, or wrong content.
"""

import argparse
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import requests

from .mixture import HOSTILE, MIXTURE, Client, Failure, Published

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ("ontology", "data", "queries")
CLIENTS = 4  # that ask what anybody may ask
ENEMIES = 2
REPORT_SECONDS = 30
SAMPLE_SECONDS = 2
SWAP_SECONDS = 60
MOST_GROWTH = 0.1  # of memory and descriptors, over the time after warming up
MOST_OF_ALL = 0.5  # of the memory of all processes: hostile queries come and go, each with up to a gigabyte
CACHE_BYTES = 8 * 2**20  # full after a minute, so that only what leaks goes on growing


@dataclass
class Tally:
    """What was asked since the last report, and all failures."""

    seconds: list[float] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, seconds: float, failure: str | None) -> None:
        with self.lock:
            self.asked[name] += 1
            if name not in HOSTILE:
                self.seconds.append(seconds)
            if failure:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {name}: {failure}")

    def taken(self) -> list[float]:
        """The times since this was asked last, sorted."""
        with self.lock:
            times, self.seconds = sorted(self.seconds), []
        return times


@dataclass(frozen=True)
class Use:
    """What the processes of the server use, without a build; memory in MiB, what they share counted once (PSS).

    web  memory of the process that answers requests
    """

    seconds: float
    web: float
    memory: float
    descriptors: int
    processes: int


def main() -> int:
    """Run it. Returns 0 when nothing failed and nothing grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in CONTENT:
            shutil.copytree(ROOT / part, folder / part)
        with (folder / "log").open("wb") as log:
            server = start(folder, log)
            try:
                return soak(server, folder, options.minutes * 60, options.seed)
            finally:
                server.terminate()
                server.wait(timeout=30)


def start(folder: Path, log: object) -> "subprocess.Popen[bytes]":
    """The server as its owner would start it, with 127.0.0.1 as its proxy: so each request can have another sender."""
    settings = {
        "CONTENT": folder, "BUILD": folder / "build", "PORT": os.environ.get("PUBLISHER_PORT", "8765"),
        "TRUSTED_PROXIES": "127.0.0.1", "CACHE_BYTES": CACHE_BYTES,
    }  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUBLISHER_")}
    environment |= {f"PUBLISHER_{name}": str(value) for name, value in settings.items()}
    return subprocess.Popen([sys.executable, "server.py"], cwd=ROOT, env=environment, stdout=log, stderr=log)  # type: ignore[call-overload, no-any-return]


def soak(server: "subprocess.Popen[bytes]", folder: Path, seconds: float, seed: int) -> int:
    url = f"http://127.0.0.1:{os.environ.get('PUBLISHER_PORT', '8765')}/"
    published = Published(url, wait(url, server))
    tally, done, uses = Tally(), threading.Event(), []
    threads = [
        threading.Thread(target=ask, args=(published, MIXTURE, tally, done, seed + number)) for number in range(CLIENTS)
    ]
    threads += [
        threading.Thread(target=ask, args=(published, HOSTILE, tally, done, -seed - number))
        for number in range(ENEMIES)
    ]
    threads.append(threading.Thread(target=swap, args=(server, folder, published, tally, done)))
    for thread in threads:
        thread.start()
    print("seconds  requests  failed   p50 ms   p99 ms  web MiB  all MiB  descriptors  processes  builds", flush=True)
    began = time.monotonic()
    try:
        while (now := time.monotonic() - began) < seconds and server.poll() is None:
            uses.append(watch(server.pid, began, min(REPORT_SECONDS, seconds - now)))
            report(tally, uses[-1], published.swaps)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return verdict(server, tally, uses)


def wait(url: str, server: "subprocess.Popen[bytes]") -> str:
    """The version that is served, once one is."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return str(requests.get(f"{url}healthz", timeout=5).json()["version"])
        except requests.ConnectionError:
            time.sleep(0.2)
    sys.exit("the server did not start")


def ask(published: Published, mixture: dict[str, int], tally: Tally, done: threading.Event, seed: int) -> None:
    """One client after the other, each of whom asks a few things."""
    chance = random.Random(seed)
    names, weights = list(mixture), list(mixture.values())
    while not done.is_set():
        with requests.Session() as session:
            client = Client(published, session, chance, f"198.18.{seed % 256}.{chance.randrange(1, 255)}")
            for name in chance.choices(names, weights, k=chance.randint(1, 40)):
                if done.is_set():
                    return
                began = time.perf_counter()
                failure = None
                try:
                    getattr(client, name)()
                except (Failure, requests.RequestException, OSError) as error:
                    failure = f"{type(error).__name__}: {error}"
                tally.add(name, time.perf_counter() - began, failure)
                time.sleep(chance.expovariate(50))


def swap(
    server: "subprocess.Popen[bytes]", folder: Path, published: Published, tally: Tally, done: threading.Event
) -> None:
    """New content every minute; each is a failure that is not served half a minute later."""
    path = folder / "data" / "catalog.ttl"
    original = path.read_text(encoding="utf-8")
    while not done.wait(SWAP_SECONDS):
        number = published.swaps + 1
        path.write_text(original.replace('Written by hand."@en', f'Written by hand, {number}."@en'), encoding="utf-8")
        began = time.perf_counter()
        server.send_signal(signal.SIGHUP)
        try:
            published.await_swap(number, done)
            failure = None
        except (Failure, requests.RequestException) as error:
            failure = str(error)
        tally.add("swap", time.perf_counter() - began, failure)


def watch(pid: int, began: float, seconds: float) -> Use:
    """The least that was used in the next *seconds*: what a query or a swap needs, it gives back."""
    end = time.monotonic() + seconds
    found: list[Use] = []
    while not found or time.monotonic() < end:
        time.sleep(min(SAMPLE_SECONDS, seconds))
        found.append(measure(pid, time.monotonic() - began))
    return Use(
        found[-1].seconds,
        min(use.web for use in found),
        min(use.memory for use in found),
        min(use.descriptors for use in found),
        min(use.processes for use in found),
    )


def measure(pid: int, seconds: float) -> Use:
    """What process *pid* and its descendants use now."""
    processes = [found for each in (pid, *descendants(pid)) if (found := Process.read(each))]
    web = max((process.memory for process in processes if "granian" in process.command), default=0.0)
    memory = sum(process.memory for process in processes)
    return Use(seconds, web, memory, sum(process.descriptors for process in processes), len(processes))


@dataclass(frozen=True)
class Process:
    """One process: its command, its memory in MiB, its descriptors."""

    command: str
    memory: float
    descriptors: int

    @classmethod
    def read(cls, pid: int) -> "Process | None":
        folder = Path(f"/proc/{pid}")
        try:
            told = dict(line.split(":", 1) for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            return cls(command, int(told["Pss"].split()[0]) / 1024, len(list((folder / "fd").iterdir())))
        except (OSError, KeyError):
            return None  # it has ended meanwhile


def descendants(pid: int) -> list[int]:
    """The processes below *pid*, but those that build."""
    try:
        paths = Path(f"/proc/{pid}/task").glob("*/children")
        children = [int(child) for path in paths for child in path.read_text().split()]
        building = [child for child in children if b"publisher\0build" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:
        return []
    return [found for child in children if child not in building for found in (child, *descendants(child))]


def report(tally: Tally, use: Use, swaps: int) -> None:
    times = tally.taken()
    p50, p99 = (1000 * times[int(len(times) * part)] if times else 0 for part in (0.5, 0.99))
    print(
        f"{use.seconds:7.0f}  {tally.asked.total():8}  {len(tally.failures):6}  {p50:7.1f}  {p99:7.1f}"
        f"  {use.web:7.0f}  {use.memory:7.0f}  {use.descriptors:11}  {use.processes:9}  {swaps:6}",
        flush=True,
    )


def verdict(server: "subprocess.Popen[bytes]", tally: Tally, uses: list[Use]) -> int:
    """Say what came of it; the first half is for warming up, for memory settles with the third or fourth build."""
    warm = uses[len(uses) // 2 :]
    web, memory = (growth(warm, [getattr(use, name) for use in warm]) for name in ("web", "memory"))
    descriptors = growth(warm, [float(use.descriptors) for use in warm])
    for failure in tally.failures[:20]:
        print(failure)
    print(", ".join(f"{name} {count}" for name, count in sorted(tally.asked.items())))
    good = {
        f"{len(tally.failures)} of {tally.asked.total()} requests failed": not tally.failures,
        f"memory of the process that answers requests {web:+.1%} while warm": web <= MOST_GROWTH,
        f"memory of all {memory:+.1%} while warm, queries under way included": memory <= MOST_OF_ALL,
        f"descriptors {descriptors:+.1%} while warm": descriptors <= MOST_GROWTH,
        "the server is up" if server.poll() is None else "the server ended": server.poll() is None,
    }
    for text, is_good in good.items():
        print(f"{'good' if is_good else 'BAD'}: {text}")
    return 0 if all(good.values()) else 1


def growth(uses: list[Use], values: list[float]) -> float:
    """How much more it is at the end than at the start, by the straight line that fits best."""
    if len(uses) < 2:
        return 0.0
    line = statistics.linear_regression([use.seconds for use in uses], values)
    return line.slope * (uses[-1].seconds - uses[0].seconds) / statistics.fmean(values)


if __name__ == "__main__":
    sys.exit(main())
