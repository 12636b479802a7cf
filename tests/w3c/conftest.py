"""One server that holds all data of the W3C's suite, each file as a named graph."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pyoxigraph
import pytest
import requests
from pyoxigraph import NamedNode, Quad, RdfFormat

from ..conftest import Server, start_server
from .manifest import data_files, path_of, protocol_graphs
from .readings import BASE as AUTHORITY
from .readings import DEFAULT, readings

# Content has prefixes, which queries need not declare; no test may pass or fail by that.
PREDECLARED = """@prefix : <http://example/> .
@prefix ex: <http://www.example.org/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
:s ex:p foaf:name .
"""
_FORMATS = {".ttl": RdfFormat.TURTLE, ".nt": RdfFormat.N_TRIPLES, ".rdf": RdfFormat.RDF_XML}


@pytest.fixture(scope="session")
def w3c(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of all data files of the suite, as the graphs that its tests name them by."""
    folder = tmp_path_factory.mktemp("w3c")
    files = {**{iri: iri for iri in data_files()}, **protocol_graphs()}
    quads = [quad for graph, file in files.items() for quad in statements(file, graph)]
    write_quads(folder, chain(quads, *(reading.quads() for reading in readings() if reading.graph != DEFAULT)))
    (folder / "data" / "prefixes.ttl").write_text(PREDECLARED)
    server = start_server(folder, folder, base_iri=AUTHORITY, cache_bytes=0)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def session() -> Iterator[requests.Session]:
    """Connections that are kept, for the suite asks some 500 questions."""
    with requests.Session() as session:
        yield session


def statements(iri: str, graph: str) -> Iterator[Quad]:
    """The statements of a file as quads of *graph*; its blank nodes are its own."""
    path = path_of(iri)
    found = pyoxigraph.parse(path=str(path), format=_FORMATS[path.suffix], base_iri=iri, rename_blank_nodes=True)
    return (Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph)) for quad in found)


def write_quads(folder: Path, quads: Iterable[Quad]) -> None:
    """Make *folder* a content folder with these quads."""
    (folder / "data").mkdir()
    pyoxigraph.serialize(quads, str(folder / "data" / "suite.nq"), format=RdfFormat.N_QUADS)
