"""The published graph, read-only: what the web process and the build look things up in.

The default graph is the union of ontology, schemes and data; each file is also a named graph of its own.
Shapes and derived graphs are named graphs only.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple
from pyoxigraph import Store as Engine

type_ = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

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
        """IRIs of the named graphs (the files) that state *triple*, sorted."""
        quads = self.engine.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        return sorted(quad.graph_name.value for quad in quads if not isinstance(quad.graph_name, DefaultGraph))

    def contains(self, iri: str) -> bool:
        """Does any statement, or any graph's name, name *iri*?"""
        try:
            node = NamedNode(iri)
        except ValueError:
            return False
        patterns = (
            (node, None, None, None),
            (None, None, node, None),
            (None, node, None, None),
            (None, None, None, node),
        )
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
        return self.engine.quads_for_pattern(None, None, None, NamedNode(iri))


def open_engine(directory: Path) -> Engine:
    """The engine of a build: ``store/`` opened read-only when the build has one, else its files read into memory.

    Loads in one thread, so that a process may fork afterwards.
    """
    if (directory / "store").is_dir():
        return Engine.read_only(str(directory / "store"))
    engine = Engine()
    engine.load(path=str(directory / "union.nt"), format=RdfFormat.N_TRIPLES)
    engine.load(path=str(directory / "quads.nq"), format=RdfFormat.N_QUADS)
    return engine
