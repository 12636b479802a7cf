"""Pages, descriptions and named queries of the content of this repository, with the cache and without.

``python -m bench.pages`` prints a table for each kind and writes ``pages.json``. SHMARQL has pages of resources as
well. The other servers have none: they are asked to DESCRIBE the resource, and the text of the named query.
"""

import argparse
import random
import re
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from publisher.content.queries import NamedQuery
from publisher.publish.snapshot import Snapshot, open_build

from . import results
from .compare import NO_CACHE, OURS, agree, start_all
from .load import require_wrk
from .peers import ROOT, Running, oxigraph, oxigraph_in_memory, publisher, shmarql, started, virtuoso
from .rounds import Asked, alternate, table

FORMATS = {  # kind -> suffix of our addresses, media type, servers that have it
    "page (HTML)": (".html", "text/html", ("SHMARQL",)),
    "description (Turtle)": (".ttl", "text/turtle", ("Oxigraph", "Oxigraph in memory", "Virtuoso", "SHMARQL")),
    "description (JSON-LD)": (".jsonld", "application/ld+json", ("Oxigraph", "Oxigraph in memory", "Virtuoso")),
}
NAMED = "named query (JSON)"
ORDERS = 8  # in which things are asked for, one for each round
SHMARQL_PAGE = """
# shmarql-view: resource
# shmarql-editor: hide

SELECT ?p ?o ?pp ?oo WHERE {{
  <{0}> ?p ?o .
  OPTIONAL {{
    ?o ?pp ?oo .
  }}
}}"""  # what its page of a resource asks, once the address of the resource was redirected to it
SHMARQL_TURTLE = "CONSTRUCT {{ <{0}> ?p ?o }} WHERE {{ <{0}> ?p ?o }}"
DESCRIBE = "DESCRIBE <{0}>"


def main() -> None:
    """Start ours with its cache and without, and the peers on the same statements; measure, print."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--seconds", type=int, default=2)
    reader.add_argument("--peers", default="oxigraph,oxigraph-memory,virtuoso,shmarql")
    reader.add_argument("--results", type=Path, default=results.FOLDER)
    asked = reader.parse_args()
    require_wrk()
    with tempfile.TemporaryDirectory(prefix="bench-") as place, ExitStack() as stack:
        folder = Path(place)
        peers = [publisher(NO_CACHE, ROOT, cache_bytes=0), publisher(OURS, ROOT)]
        servers = [stack.enter_context(started(peer, ROOT, folder / peer.name)) for peer in peers]
        snapshot = open_build((folder / OURS / "build" / "current").resolve())
        starters = {
            "oxigraph": oxigraph,
            "oxigraph-memory": oxigraph_in_memory,
            "virtuoso": virtuoso,
            "shmarql": lambda: shmarql(snapshot.base_iri),
        }
        data = snapshot.directory / "union.nt"
        others, left_out = start_all(data, folder, asked.peers.split(","), stack, starters)
        agreed = agree(servers + others, texts_of(snapshot))
        rows = measure_all(servers + others, snapshot, folder, asked.rounds, asked.seconds)
        results.save(
            asked.results, "pages", triples=snapshot.manifest["triples"], rounds=asked.rounds, seconds=asked.seconds,
            servers=[server.told() for server in servers + others], left_out=left_out, answers=agreed, rows=rows,
        )  # fmt: skip


def measure_all(
    servers: Sequence[Running], snapshot: Snapshot, folder: Path, rounds: int, seconds: int
) -> list[dict[str, Any]]:
    """The rows of each kind, one client asking at a time; prints their tables."""
    kinds = {
        kind: [asked for server in servers if (asked := for_resources(kind, server, snapshot, folder))]
        for kind in FORMATS
    }
    kinds[NAMED] = [for_queries(server, snapshot, folder) for server in servers]
    rows = []
    for kind, those in kinds.items():
        rows += (found := alternate(kind, those, rounds, seconds, 1))
        print(f"\n## {kind}, one client\n\n{table(found, [NO_CACHE, OURS])}", flush=True)
    return rows


def for_resources(kind: str, server: Running, snapshot: Snapshot, folder: Path) -> Asked | None:
    """What *server* is asked for *kind*; None when it has none."""
    suffix, accept, peers = FORMATS[kind]
    iris = resources(snapshot)
    below = snapshot.base_iri + "id/"
    if server.name in (OURS, NO_CACHE):
        paths = [f"/doc/{iri.removeprefix(below)}{suffix}" for iri in iris]
    elif server.name not in peers:
        return None
    elif server.name == "SHMARQL":
        query = SHMARQL_PAGE if accept == "text/html" else SHMARQL_TURTLE
        paths = [f"/shmarql/?{urlencode({'query': query.format(iri)})}" for iri in iris]
    else:
        paths = [f"{server.path}?{urlencode({'query': DESCRIBE.format(iri)})}" for iri in iris]
    return Asked(
        server.name, server, write(paths, folder, f"{server.name}{suffix}"), accept=accept, fill=server.name == OURS
    )


def for_queries(server: Running, snapshot: Snapshot, folder: Path) -> Asked:
    """The named queries with their defaults; of a peer, their texts."""
    if server.name in (OURS, NO_CACHE):
        paths = [f"/api/{query.name}" for query in named_queries(snapshot)]
    else:
        paths = [f"{server.path}?{urlencode({'query': text})}" for text in texts_of(snapshot)]
    return Asked(server.name, server, write(paths, folder, f"{server.name}.queries"), fill=server.name == OURS)


def named_queries(snapshot: Snapshot) -> list[NamedQuery]:
    """Those that have rows and ask the default graph alone, which is what the peers were given."""
    queries = snapshot.queries["api"]
    return [query for query in queries if query.form == "SELECT" and not re.search(r"\bGRAPH\b", query.text)]


def texts_of(snapshot: Snapshot) -> list[str]:
    """The texts of the named queries, each with a base so that any server understands it."""
    return [f"BASE <{snapshot.base_iri}>\n{query.text}" for query in named_queries(snapshot)]


def write(paths: Sequence[str], folder: Path, name: str) -> list[Path]:
    """Files of the paths in different orders, the same for every server: a slow one comes only to the first of each."""
    files = []
    for number in range(ORDERS):
        files.append(folder / f"{name.replace(' ', '-')}-{number}.txt")
        order = random.Random(number).sample(paths, len(paths))
        files[-1].write_text("".join(path + "\n" for path in order))
    return files


def resources(snapshot: Snapshot) -> list[str]:
    """Every tenth resource of ours."""
    below = snapshot.base_iri + "id/"
    subjects = {triple.subject.value for triple in snapshot.store.triples() if isinstance(triple.subject, NamedNode)}
    return sorted(iri for iri in subjects if iri.startswith(below) and "#" not in iri)[::10]


if __name__ == "__main__":
    main()
