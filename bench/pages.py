"""How long pages, descriptions and named queries take on the content of this repository, with the cache and without.

``python -m bench.pages`` prints requests a second, median and p99 in milliseconds, one client asking at a time.
"""

import argparse
import tempfile
from pathlib import Path

from pyoxigraph import NamedNode

from publisher.publish.snapshot import Snapshot, open_build

from .load import JSON_RESULTS, measure, require_wrk
from .peers import ROOT, Running, ours

KINDS = {
    "page (HTML)": ("/doc/{}.html", "text/html"),
    "description (Turtle)": ("/doc/{}.ttl", "text/turtle"),
    "description (JSON-LD)": ("/doc/{}.jsonld", "application/ld+json"),
}


def main() -> None:
    """Start the server twice, with its cache and without, and print one table."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--seconds", type=float, default=5)
    seconds = reader.parse_args().seconds
    require_wrk()
    print("\n## Pages, descriptions and named queries of the shipped content, one client\n")
    print("| what | cache | requests/s | p50 ms | p99 ms | wrong |\n| --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        for cache, settings in (("off", {"cache_bytes": 0}), ("on", {})):
            with ours(ROOT, folder, **settings) as server:
                table(server, folder, cache, seconds)


def table(server: Running, folder: Path, cache: str, seconds: float) -> None:
    snapshot = open_build((folder / "build" / "current").resolve())
    resources = paths_of_resources(snapshot)
    rows = {name: ([path.format(resource) for resource in resources], accept) for name, (path, accept) in KINDS.items()}
    names = [query.name for query in snapshot.queries["api"] if query.form == "SELECT"]
    rows["named queries (JSON)"] = [f"/api/{name}" for name in names], JSON_RESULTS
    for name, (paths, accept) in rows.items():
        addresses = folder / "paths.txt"
        addresses.write_text("".join(path + "\n" for path in paths))
        if cache == "on":
            measure(server.url, addresses, 1, max(1.0, seconds), accept)  # fills it
        measured = measure(server.url, addresses, 1, seconds, accept)
        print(
            f"| {name} | {cache} | {measured.rate:,.0f} | {measured.p50:.2f} | {measured.p99:.2f}"
            f" | {measured.wrong + measured.broken} |",
            flush=True,
        )


def paths_of_resources(snapshot: Snapshot) -> list[str]:
    """What comes after /doc/ in the address of every tenth resource."""
    below = snapshot.base_iri + "id/"
    subjects = {triple.subject.value for triple in snapshot.store.triples() if isinstance(triple.subject, NamedNode)}
    own = sorted(iri.removeprefix(below) for iri in subjects if iri.startswith(below) and "#" not in iri)
    return own[::10]


if __name__ == "__main__":
    main()
