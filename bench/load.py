"""Load on a server, by ``wrk`` (Debian's package): as many requests as clients can ask in a time."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")
JSON_RESULTS = "application/sparql-results+json"


@dataclass(frozen=True)
class Measured:
    """What *clients* got in a round: requests a second, latencies in milliseconds, answers that were no 2xx, and
    requests without an answer."""

    rate: float
    p50: float
    p99: float
    wrong: int
    broken: int


def measure(url: str, addresses: Path, clients: int, seconds: float, accept: str = JSON_RESULTS) -> Measured:
    """Ask *url* for the paths in the file *addresses*, one a line, again and again.

    clients  connections that each wait for an answer before they ask again
    """
    threads = min(clients, 2)
    command = ["wrk", f"-t{threads}", f"-c{clients}", f"-d{seconds:g}s", "--timeout", "60s", "-s", str(SCRIPT), url]
    run = subprocess.run(
        [*command, "--", str(addresses), accept, str(threads)], capture_output=True, text=True, check=True
    )
    told = json.loads(run.stdout.splitlines()[-1])
    return Measured(told["requests"] / told["seconds"], told["p50"], told["p99"], told["wrong"], told["broken"])


def require_wrk() -> None:
    if not shutil.which("wrk"):
        sys.exit("wrk is missing, which makes the load (Debian: apt-get install wrk)")
