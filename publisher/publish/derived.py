"""Derived graphs: what is computed from the content at build, such as the list of its named queries.

Each has a file ``derived/<name>.nq`` in the build and is the named graph ``<BASE_IRI><name>`` in every engine that
opens it. It is served from its file, as it was written. It is no part of the dumps, nor of the version.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse

from ..store.store import DERIVED


def write_derived(directory: Path, base_iri: str, graphs: Mapping[str, Iterable[Triple]]) -> list[dict[str, Any]]:
    """Write each of *graphs* (name -> statements) into the build in *directory*.

    returns  what the manifest says of them: name, iri, triples
    """
    folder = directory / DERIVED
    folder.mkdir()
    told = []
    for name, triples in sorted(graphs.items()):
        graph = NamedNode(base_iri + name)
        lines = sorted(
            {f"{Quad(triple.subject, triple.predicate, triple.object, graph)} .\n".encode() for triple in triples}
        )
        (folder / f"{name}.nq").write_bytes(b"".join(lines))
        told.append({"name": name, "iri": graph.value, "triples": len(lines)})
    return told


def read_derived(directory: Path, name: str) -> list[Quad]:
    """The statements of one derived graph of the build in *directory*, as they were computed."""
    return list(parse(path=str(directory / DERIVED / f"{name}.nq"), format=RdfFormat.N_QUADS))
