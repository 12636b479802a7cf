"""The published graph, read-only: what the web process and the build look things up in.

The default graph is the union of ontology, schemes and data; each file is also a named graph of its own.
Shapes and derived graphs are named graphs only.
"""

import json
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Triple, parse
from pyoxigraph import Store as Engine

type_ = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

STORE = "store"  # folder of a build with its statements, when these are not in quads.nq and union.nt
DERIVED = "derived"  # the same with its derived graphs
DESCRIBED = "described"  # the same with derived graphs that are written again when dumps follow; .json tells which

Subject = NamedNode | BlankNode
Object = NamedNode | BlankNode | Literal | Triple


class Store:
    """One snapshot's statements. Thread-safe: nothing here changes after it was opened."""

    def __init__(self, engine: Engine, base_iri: str) -> None:
        self.engine = engine
        self.base_iri = base_iri

    @classmethod
    def open(cls, directory: Path, base_iri: str) -> "Store":
        """Open the store of the build in *directory*: from disk when it has one, else read into memory."""
        return cls(open_engine(directory), base_iri)

    def triples(
        self, subject: Subject | None = None, predicate: NamedNode | None = None, object: Object | None = None
    ) -> Iterator[Triple]:
        """The statements of the default graph that fit; None stands for any term."""
        for quad in self.engine.quads_for_pattern(subject, predicate, object, DefaultGraph()):
            yield quad.triple

    def graphs_of(self, triple: Triple) -> list[str]:
        """Names of the graphs (the files) that state *triple*, sorted; ``_:label`` for a blank node."""
        quads = self.engine.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        return sorted(name_of(quad.graph_name) for quad in quads if not isinstance(quad.graph_name, DefaultGraph))

    def contains(self, iri: str) -> bool:
        """Does any statement, or any graph's name, name *iri* (``_:label`` for a blank node)?"""
        try:
            node = node_of(iri)
        except ValueError:
            return False
        patterns: list[tuple[Any, Any, Any, Any]] = [
            (node, None, None, None),
            (None, None, node, None),
            (None, None, None, node),
        ]
        if isinstance(node, NamedNode):
            patterns.append((None, node, None, None))
        return any(next(self.engine.quads_for_pattern(*pattern), None) is not None for pattern in patterns)

    def find(self, path: str) -> str | None:
        """The IRI under the base whose path decodes to *path*; None when the graph names no such IRI.

        The exact form comes first, then the form with everything escaped that a URI may not hold: servers
        hand over paths decoded, so ``/a b`` has to be found as ``<…/a%20b>``.
        """
        for form in dict.fromkeys((path, quote(path, safe="/:@!$&'()*+,;=~"), quote(path, safe="/"))):
            if self.contains(self.base_iri + form):
                return self.base_iri + form
        return None

    def graph(self, iri: str) -> Iterator[Quad]:
        """The statements of one named graph."""
        return self.engine.quads_for_pattern(None, None, None, node_of(iri))


def node_of(iri: str) -> Subject:
    """The term that an IRI or ``_:label`` stands for. Raises ValueError when it is neither."""
    return BlankNode(iri[2:]) if iri.startswith("_:") else NamedNode(iri)


def name_of(term: object) -> str:
    """The IRI of a term, or ``_:label`` of a blank node."""
    return term.value if isinstance(term, NamedNode) else str(term)


def open_engine(directory: Path) -> Engine:
    """The engine of a build: ``store/`` opened read-only when the build has one, else its files read into memory.

    Loads in one thread, so that a process may fork afterwards.
    """
    if (directory / STORE).is_dir():
        return Engine.read_only(str(directory / STORE))
    engine = Engine()
    _load(engine, directory / "union.nt", RdfFormat.N_TRIPLES)
    _load(engine, directory / "quads.nq", RdfFormat.N_QUADS)
    load_derived(engine, directory)
    return engine


def add_derived(directory: Path) -> None:
    """Add the derived graphs of a build to its store on disk."""
    engine = Engine(str(directory / STORE))
    load_derived(engine, directory)
    engine.flush()


def load_derived(engine: Engine, directory: Path) -> None:
    """Add the derived graphs of a build to *engine*."""
    described = (directory / graph["file"] for graph in described_graphs(directory))
    for path in (*sorted((directory / DERIVED).glob("*.nq")), *described):
        _load(engine, path, RdfFormat.N_QUADS)


def described_graphs(directory: Path) -> list[dict[str, Any]]:
    """The derived graphs of a build that are written again when its dumps follow: name, iri, triples, file, sha256.

    None when nothing is told of them, or what is told is damaged.
    """
    try:
        graphs = json.loads((directory / f"{DESCRIBED}.json").read_bytes())["graphs"]
        return [graph for graph in graphs if graph.keys() >= {"name", "iri", "triples", "file", "sha256"}]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def count(engine: Engine, graph: str = "") -> int:
    """How many statements there are in a named graph, by default in the default graph."""
    if graph.startswith("_:"):
        return sum(1 for _ in engine.quads_for_pattern(None, None, None, node_of(graph)))
    where = f"GRAPH {node_of(graph)} {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
    rows = cast(QuerySolutions, engine.query(f"SELECT (COUNT(*) AS ?count) WHERE {{ {where} }}"))
    return next(int(row["count"].value) for row in rows)


def _load(engine: Engine, path: Path, format: RdfFormat) -> None:
    """Blank nodes keep their labels, which are part of addresses; the engine's own way, a bit faster, renames them."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
        labelled = text.find(b"_:") >= 0
    if labelled:
        engine.bulk_extend(parse(path=str(path), format=format))
    else:
        engine.load(path=str(path), format=format)
