"""What the manifests of the W3C's SPARQL 1.1 test suite say, read with rdflib.

A test is called ``<folder>#<fragment>``, for example ``aggregates#agg01``; so are its pages at the W3C.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, Graph, Namespace, URIRef
from rdflib.collection import Collection

from ..conftest import ROOT

SUITE = ROOT.parent / "shared" / "suites" / "w3c-sparql11"
BASE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"  # where the suite says that it lies
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")

# The folders of the query language's own manifest, those of the result formats, and the classes of their tests.
QUERY_FOLDERS = (
    "aggregates", "bind", "bindings", "cast", "construct", "exists", "functions", "grouping", "negation",
    "project-expression", "property-path", "subquery",
)  # fmt: skip
FORMAT_FOLDERS = ("csv-tsv-res", "json-res")
EVALUATION = ("QueryEvaluationTest", "CSVResultFormatTest")

needs_suite = pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C's SPARQL 1.1 test suite is not beside the project")


@dataclass(frozen=True)
class Case:
    """One test of a query or an update; files are named by the IRIs they have in the suite.

    kind     class of the test, such as ``QueryEvaluationTest``
    request  the file with the query or update
    data     the files that make the default graph
    named    the files that are named graphs
    result   the file with the right answer, "" when only the syntax is tested
    """

    name: str
    kind: str
    request: str
    data: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    result: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> str:
        return read(self.request)


def path_of(iri: str) -> Path:
    """Where the file that the suite calls *iri* lies."""
    return SUITE / iri.removeprefix(BASE)


def read(iri: str) -> str:
    """The text of a file of the suite, its line ends as they are."""
    return path_of(iri).read_bytes().decode()


def entries(manifest: str) -> Iterator[tuple[Graph, URIRef, str]]:
    """The tests that a manifest lists, in its order: graph of the manifest, node and name of the test."""
    graph = read_manifest(manifest)
    for collection in graph.objects(None, MF.entries):
        for entry in Collection(graph, collection):
            node = URIRef(str(entry))
            yield graph, node, f"{manifest.partition('/')[0]}#{node.partition('#')[2]}"


@cache
def read_manifest(manifest: str) -> Graph:
    """The graph of ``<folder>/manifest.ttl``."""
    return Graph().parse(data=read(BASE + manifest), format="turtle", publicID=BASE + manifest)


def cases(folders: Iterable[str], kinds: Iterable[str]) -> list[Case]:
    """The tests of these classes in the folders' manifests; none when the suite is absent."""
    if not SUITE.is_dir():
        return []
    found = [_case(*entry) for folder in folders for entry in entries(f"{folder}/manifest.ttl")]
    return [case for case in found if case.kind in kinds]


def _case(graph: Graph, node: URIRef, name: str) -> Case:
    kind = str(graph.value(node, RDF.type)).removeprefix(MF)
    action = graph.value(node, MF.action)
    if isinstance(action, URIRef):
        return Case(name, kind, str(action))

    def files(predicate: URIRef) -> tuple[str, ...]:
        return tuple(map(str, graph.objects(action, predicate)))

    request = graph.value(action, QT.query) or graph.value(action, UT.request)
    result = graph.value(node, MF.result)
    answer = str(result) if isinstance(result, URIRef) else ""
    return Case(name, kind, str(request), files(QT.data), files(QT.graphData), answer)


def data_files() -> list[str]:
    """The IRIs of all files that the tests of evaluation and of formats ask for, sorted."""
    found = cases((*QUERY_FOLDERS, *FORMAT_FOLDERS), EVALUATION)
    return sorted({iri for case in found for iri in (*case.data, *case.named)})


def protocol_graphs() -> dict[str, str]:
    """The graphs that the tests of the protocol ask for: name -> the IRI of the file that fills it."""
    if not SUITE.is_dir():
        return {}
    graph = read_manifest("protocol/manifest.ttl")
    files = graph.subject_objects(UT.graph)
    return {str(graph.value(node, RDFS.label)): str(file) for node, file in files}
