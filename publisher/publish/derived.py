"""Derived graphs: what is computed from the content at build, such as the list of its named queries.

Each has a file in the build and is the named graph ``<BASE_IRI><name>`` in every engine that opens it. It is served
from its file, as it was written. It is no part of the dumps, nor of the version.

Most are in ``derived/`` for good. Those that name the dumps, such as the catalogue, are in ``described/``: they are
written with the build, and again once the dumps are complete. ``described.json`` tells which file holds which graph;
it is replaced last, so that a reader finds the old state or the new one.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse

from ..store.store import DERIVED, DESCRIBED, described_graphs


def write_derived(directory: Path, base_iri: str, graphs: Mapping[str, Iterable[Triple]]) -> list[dict[str, Any]]:
    """Write each of *graphs* (name -> statements) into the build in *directory*, for good.

    returns  what the manifest says of them: name, iri, triples, file
    """
    (directory / DERIVED).mkdir()
    told = []
    for name, triples in sorted(graphs.items()):
        lines, graph = _lines(base_iri, name, triples)
        file = f"{DERIVED}/{name}.nq"
        (directory / file).write_bytes(b"".join(lines))
        told.append({**graph, "file": file})
    return told


def replace_described(directory: Path, base_iri: str, graphs: Mapping[str, Iterable[Triple]]) -> None:
    """Write each of *graphs* (name -> statements) of the build in *directory*, or write it anew; others stay.

    All of them appear at once, when everything is on the disk. Whoever reads the state before can go on: its files
    go with the next change.

    raises   OSError, when the system refuses
    """
    before = described_graphs(directory)
    told = {graph["name"]: graph for graph in before}
    (directory / DESCRIBED).mkdir(exist_ok=True)
    for path in (directory / DESCRIBED).glob(".*"):  # what an interrupted one left
        path.unlink(missing_ok=True)
    for name, triples in graphs.items():
        lines, graph = _lines(base_iri, name, triples)
        data = b"".join(lines)
        digest = hashlib.sha256(data).hexdigest()
        file = f"{DESCRIBED}/{name}-{digest[:8]}.nq"
        _replace(directory / file, data)
        told[name] = {**graph, "file": file, "sha256": digest}
    data = json.dumps({"graphs": [told[name] for name in sorted(told)]}, indent=2).encode() + b"\n"
    _replace(directory / f"{DESCRIBED}.json", data)
    kept = {graph["file"] for graph in (*before, *told.values())}
    for path in (directory / DESCRIBED).glob("*.nq"):
        if f"{DESCRIBED}/{path.name}" not in kept:
            path.unlink(missing_ok=True)


def described_damage(directory: Path) -> str:
    """What is wrong with the graphs in ``described/``, in a few words; "" when they are whole.

    They may be replaced meanwhile: what is told of them is read again, when a file is not there.
    """
    for _ in range(2):
        graphs = described_graphs(directory)
        if not graphs:
            break
        with contextlib.suppress(FileNotFoundError):
            data = {graph["file"]: (directory / graph["file"]).read_bytes() for graph in graphs}
            changed = (graph["file"] for graph in graphs if _digest(data[graph["file"]]) != graph["sha256"])
            return next((f"{file} has changed" for file in changed), "")
    return f"{DESCRIBED}.json is missing or has changed, or a file that it names is missing"


def read_graph(directory: Path, graph: Mapping[str, Any]) -> list[Quad]:
    """The statements of a derived graph of the build in *directory*, as they were computed; *graph* tells its file."""
    return list(parse(path=str(directory / graph["file"]), format=RdfFormat.N_QUADS))


def _lines(base_iri: str, name: str, triples: Iterable[Triple]) -> tuple[list[bytes], dict[str, Any]]:
    graph = NamedNode(base_iri + name)
    found = {f"{Quad(triple.subject, triple.predicate, triple.object, graph)} .\n".encode() for triple in triples}
    return sorted(found), {"name": name, "iri": graph.value, "triples": len(found)}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _replace(path: Path, data: bytes) -> None:
    """Write the file in one step, and have it on the disk; what an interrupted one leaves lies in ``described/``."""
    folder = path.parent if path.parent.name == DESCRIBED else path.parent / DESCRIBED
    new = folder / f".{path.name}.{os.getpid()}"
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
