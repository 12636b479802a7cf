"""Where the tools put what they measured: a JSON file for each, with the machine and the time beside the rows."""

import json
import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .peers import ROOT, program_version

FOLDER = ROOT / "bench" / "results"
BUSY = 3  # processes that want a core, for each: more than the tools themselves start


def save(folder: Path, name: str, **parts: object) -> Path:
    """Write *parts* to ``<name>.json`` in *folder*, with what says how they came about."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"about": about(), **parts}, indent=1) + "\n")
    return path


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """All that is in *folder*: name of the file -> its content."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def about() -> dict[str, object]:
    """Date, command, versions and machine."""
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    options = [word for at, word in enumerate(sys.argv) if at and "--results" not in sys.argv[at - 1 : at + 1]]
    command = ["python", "-m", f"bench.{Path(sys.argv[0]).stem}", *options]
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(command),
        "publisher": program_version(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_bytes": int(memory.split()[1]) * 1024,
        "load": os.getloadavg()[0],
    }


def warning(found: dict[str, dict[str, Any]]) -> str:
    """A sentence when the machine had other work while the tools of *found* ran; else nothing."""
    busy = max((one["about"]["load"] / one["about"]["cores"] for one in found.values()), default=0)
    if busy < BUSY:
        return ""
    return "**The machine was busy with other work: these figures are provisional and too low.**"


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
