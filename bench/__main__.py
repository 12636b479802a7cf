"""``python -m bench``: every measurement one after the other, and the report; ``--quick`` the same, small.

One that fails is told at the end and in the exit code; the others are measured nevertheless.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from . import capacity, report, results

FULL = (
    ["bench.compare", "--triples", "100000", "--rounds", "5", "--seconds", "3"],
    ["bench.compare", "--triples", "1000000", "--rounds", "4", "--seconds", "3",
     "--peers", "oxigraph,oxigraph-memory,virtuoso"],
    ["bench.pages", "--rounds", "3", "--seconds", "2"],
    ["bench.growth", "--rounds", "3", "--seconds", "2"],
    ["bench.jsonld"],
)  # fmt: skip
QUICK = (
    ["bench.compare", "--triples", "30000", "--rounds", "3", "--seconds", "1",
     "--peers", "oxigraph,oxigraph-memory,virtuoso"],
    ["bench.pages", "--rounds", "2", "--seconds", "1", "--peers", "oxigraph-memory"],
)  # fmt: skip
TAKE_RESULTS = ("bench.compare", "bench.pages", "bench.growth")


def main() -> int:
    """Run them. Returns how many failed."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--quick", action="store_true", help="two minutes; prints its report instead of writing it")
    asked = reader.parse_args()
    folder = results.FOLDER / "quick" if asked.quick else results.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    begun, failed = time.monotonic(), []
    for old in folder.glob("*.json"):
        old.unlink()
    for module, *options in QUICK if asked.quick else FULL:
        if module in TAKE_RESULTS:
            options += ["--results", str(folder)]
        print(f"\n# {module} {' '.join(options)} (after {(time.monotonic() - begun) / 60:.1f} minutes)", flush=True)
        if not ran(module, options, folder):
            failed.append(module)
    text = report.written(results.load(folder), texts(folder))
    if asked.quick:
        print(text)
    else:
        report.RESULTS.write_text(text)
        document = capacity.DOCUMENT.read_text(encoding="utf-8")
        capacity.DOCUMENT.write_text(capacity.filled(document, results.load(folder)), encoding="utf-8")
    print(f"\n{(time.monotonic() - begun) / 60:.1f} minutes; failed: {', '.join(failed) or 'none'}")
    return len(failed)


def ran(module: str, options: list[str], folder: Path) -> bool:
    """Run a tool, show what it prints, and keep that in the folder. Did it succeed?"""
    path = folder / f"{module.removeprefix('bench.')}.txt"
    with path.open("w") as kept:
        process = subprocess.Popen([sys.executable, "-m", module, *options], stdout=subprocess.PIPE, text=True)
        for line in process.stdout or ():
            print(line, end="", flush=True)
            kept.write(line)
        return process.wait() == 0


def texts(folder: Path) -> dict[str, str]:
    """What the tools printed: name -> text."""
    return {path.stem: path.read_text() for path in folder.glob("*.txt")}


if __name__ == "__main__":
    sys.exit(main())
