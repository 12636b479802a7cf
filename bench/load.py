"""Load on a server, by ``wrk`` (Debian's package): as many requests as clients can ask in a time."""

import json
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .processes import processor_seconds

SCRIPT = Path(__file__).with_name("load.lua")
JSON_RESULTS = "application/sparql-results+json"


@dataclass(frozen=True)
class Measured:
    """What *clients* got in a round.

    rate       requests a second
    p50, p99   latencies in milliseconds
    wrong      answers of a status of 400 and above
    broken     requests without an answer
    requests   how many there were
    size       bytes of an answer, its headers included
    processor  milliseconds of processor time that the server took for one; 0 when its process was not named
    generator  milliseconds of processor time that wrk took for one: it runs on the same cores
    """

    rate: float
    p50: float
    p99: float
    wrong: int
    broken: int
    requests: int = 0
    size: float = 0
    processor: float = 0
    generator: float = 0


def measure(
    url: str,
    addresses: Path,
    clients: int,
    seconds: float,
    accept: str = JSON_RESULTS,
    prefix: str = "",
    pid: int | None = None,
) -> Measured:
    """Ask *url* for the paths in the file *addresses*, one a line, again and again.

    clients  connections that each wait for an answer before they ask again
    seconds  whole ones: wrk knows no parts
    prefix   what each path begins with
    pid      the server's process, for its processor time
    """
    threads = min(clients, 2)
    command = ["wrk", f"-t{threads}", f"-c{clients}", f"-d{seconds:g}s", "--timeout", "60s", "-s", str(SCRIPT), url]
    before = processor_seconds(pid) if pid else 0, _spent()
    run = subprocess.run(
        [*command, "--", str(addresses), accept, str(threads), prefix], capture_output=True, text=True, check=True
    )
    after = processor_seconds(pid) if pid else 0, _spent()
    told = json.loads(run.stdout.splitlines()[-1])
    asked = told["requests"]
    processor, generator = (
        (later - sooner) * 1000 / max(1, asked) for sooner, later in zip(before, after, strict=True)
    )
    return Measured(
        asked / told["seconds"], told["p50"], told["p99"], told["wrong"], told["broken"], asked,
        told["bytes"] / max(1, asked), processor, generator,
    )  # fmt: skip


def _spent() -> float:
    """Processor seconds of the children that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def require_wrk() -> None:
    if not shutil.which("wrk"):
        sys.exit("wrk is missing, which makes the load (Debian: apt-get install wrk)")
