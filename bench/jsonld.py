"""Whole graphs as JSON-LD: our writer beside rdflib's, PyLD, jsonld.js and Oxigraph's.

``python -m bench.jsonld --triples 100000`` writes the same sorted N-Triples with each, in a process of its own and in
turn; it prints medians of triples per second of processor time, the greatest memory and the size. What a writer
needs in memory before it can write (rdflib a graph) is not timed. Ours and Oxigraph's read the lines while they
write. ``--content`` takes what this repository publishes, over and over, with its own context.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .market import BASE, LABEL, XSD, Market

ROOT = Path(__file__).resolve().parent.parent
MOST = {
    "PyLD": 5_000,
    "jsonld.js": 20_000,
    "rdflib": 200_000,
    "rdflib, auto_compact": 200_000,
}  # triples that end in minutes
_TEXTS = ("comment", "title", "text")
_LINKS = ("product", "vendor", "producer", "kind", "reviewOf", "reviewer", "country")
CONTEXT: dict[str, Any] = {
    "id": "@id",
    "type": "@type",
    "m": BASE,
    "xsd": XSD,
    "label": {"@id": LABEL, "@container": "@language"},
    **{name: f"m:{name}" for name in ("Product", "Offer", "Review", "Producer", "Vendor", "Person")},
    **{name: f"m:{name}" for name in ("size", "weight", "deliveryDays", "rating1", "rating2")},
    **{name: {"@id": f"m:{name}", "@container": "@language"} for name in _TEXTS},
    **{name: {"@id": f"m:{name}", "@type": "@id"} for name in _LINKS},
    "feature": {"@id": "m:feature", "@type": "@id", "@container": "@set"},
    "price": {"@id": "m:price", "@type": "xsd:decimal"},
    "validTo": {"@id": "m:validTo", "@type": "xsd:date"},
    "reviewDate": {"@id": "m:reviewDate", "@type": "xsd:date"},
}


def ours(lines: Path, context: dict[str, Any], output: Path) -> float:
    from publisher.formats import JSONLD
    from publisher.publish.dumps import write_document

    build = output.parent / "build"
    build.mkdir(exist_ok=True)
    (build / "union.nt").unlink(missing_ok=True)
    os.link(lines, build / "union.nt")
    return timed(lambda: (build / "dump" / write_document(JSONLD, build, "x", {}, context).file).replace(output))


def oxigraph(lines: Path, context: dict[str, Any], output: Path) -> float:
    from pyoxigraph import RdfFormat, parse, serialize

    return timed(
        lambda: serialize(
            (quad.triple for quad in parse(path=str(lines), format=RdfFormat.N_TRIPLES)),
            output=str(output),
            format=RdfFormat.JSON_LD,
        )
    )


def rdflib(lines: Path, context: dict[str, Any], output: Path, **options: Any) -> float:
    from rdflib import Graph

    graph = Graph().parse(str(lines), format="nt")
    return timed(lambda: graph.serialize(str(output), format="json-ld", context=context, indent=None, **options))


def rdflib_compact(lines: Path, context: dict[str, Any], output: Path) -> float:
    return rdflib(lines, context, output, auto_compact=True)


def pyld(lines: Path, context: dict[str, Any], output: Path) -> float:
    from pyld import jsonld

    text = lines.read_text(encoding="utf-8")

    def write() -> None:
        expanded = jsonld.from_rdf(text, {"format": "application/n-quads"})
        output.write_text(json.dumps(jsonld.compact(expanded, context)), encoding="utf-8")

    return timed(write)


def jsonld_js(lines: Path, context: dict[str, Any], output: Path) -> float:
    terms = output.with_suffix(".context")
    terms.write_text(json.dumps(context), encoding="utf-8")
    arguments = [str(ROOT / "tests" / "clients"), str(lines), str(terms), str(output)]
    command = ["node", "--max-old-space-size=6000", str(ROOT / "bench" / "jsonld.mjs"), *arguments]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


WRITERS: dict[str, Callable[[Path, dict[str, Any], Path], float]] = {
    "ours": ours,
    "Oxigraph (expanded)": oxigraph,
    "rdflib": rdflib,
    "rdflib, auto_compact": rdflib_compact,
    "PyLD": pyld,
    "jsonld.js": jsonld_js,
}


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--triples", type=int, default=100_000)
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--content", action="store_true", help="what this repository publishes, instead of a market")
    reader.add_argument("--writers", default="", help="names of writers, with semicolons between; default: all")
    reader.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    asked = reader.parse_args()
    if asked.one:
        print(json.dumps(one(*asked.one)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        data, context = (
            content() if asked.content else ((line.encode() for line in Market(asked.triples).lines()), CONTEXT)
        )
        (folder / "context.json").write_text(json.dumps(context), encoding="utf-8")
        lines = sorted(set(repeated(data, asked.triples) if asked.content else data))
        names = asked.writers.split(";") if asked.writers else list(WRITERS)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(asked.rounds):
            for name in names:
                found[name].append(run(name, folder, lines[: MOST.get(name)]))
        print(table(found))


def one(name: str, lines: str, context: str, output: str) -> dict[str, float]:
    """What writing takes, in this process: seconds, greatest memory in bytes, bytes written."""
    seconds = WRITERS[name](Path(lines), json.loads(Path(context).read_bytes()), Path(output))
    own = int(re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[0])
    used = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return {"seconds": seconds, "memory": used * 1024, "bytes": Path(output).stat().st_size}


def run(name: str, folder: Path, lines: list[bytes]) -> dict[str, float]:
    path = folder / "lines.nt"
    path.unlink(missing_ok=True)
    path.write_bytes(b"".join(lines))
    arguments = ["--one", name, str(path), str(folder / "context.json"), str(folder / "output.jsonld")]
    command = [sys.executable, "-m", "bench.jsonld", *arguments]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {"triples": len(lines), **json.loads(told)}


def timed(write: Callable[[], Any]) -> float:
    """Seconds of this process's processor time."""
    started = time.process_time()
    write()
    return time.process_time() - started


def content() -> tuple[Iterator[bytes], dict[str, Any]]:
    """The default graph of what this repository publishes, and its context."""
    from pyoxigraph import DefaultGraph

    from publisher.config import Config
    from publisher.content.dataset import read_content

    found = read_content(Config(content=ROOT))
    triples = (
        f"{quad.triple} .\n".encode() for quad in found.load()[0].quads_for_pattern(None, None, None, DefaultGraph())
    )
    return triples, (found.context or {}).get("@context", {})


def repeated(lines: Iterator[bytes], triples: int) -> Iterator[bytes]:
    """*lines* over and over, about other resources each time, until there are *triples*."""
    kept = list(dict.fromkeys(lines))
    for number in range(triples // len(kept) + 1):
        yield from (line.replace(b"/id/", b"/id/%d/" % number) for line in kept)


def table(found: dict[str, list[dict[str, float]]]) -> str:
    rows = ["| writer | triples | triples/s | peak MiB | bytes/triple |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, runs in found.items():
        triples = runs[0]["triples"]
        speed = triples / statistics.median(run["seconds"] for run in runs)
        memory = statistics.median(run["memory"] for run in runs) / 2**20
        rows.append(f"| {name} | {triples:,} | {speed:,.0f} | {memory:,.0f} | {runs[0]['bytes'] / triples:,.0f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
