"""The official shapes of DCAT-AP, as a validator uses them, on a catalogue of ours.

The files are unchanged; references to shapes that they do not hold, which pySHACL refuses, are dropped when they are
read. Results about nodes of others (the Union's lists, licences) are theirs.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pyoxigraph import RdfFormat, Triple, serialize
from pyshacl import validate
from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import BNode

from .conftest import ROOT

SHAPES = ROOT.parent / "shared" / "suites" / "dcat-ap"
FILES = {
    "3.0.1": (
        "dcat-ap-SHACL.ttl", "ranges.ttl", "shapes_recommended.ttl", "deprecateduris.ttl",
        "mdr-vocabularies.shape.ttl",
    ),
    "2.1.1": (
        "2.1.1/shapes.ttl", "2.1.1/range.ttl", "2.1.1/shapes_recommended.ttl", "2.1.1/deprecateduris.ttl",
        "2.1.1/mdr-vocabularies.shape.ttl",
    ),
}  # fmt: skip


Found = dict[tuple[str, str, str], int]  # (Violation or Warning, class of the node, property) -> how often


@cache
def shapes(path: Path) -> Graph:
    graph = Graph().parse(path)
    for subject, predicate in ((s, p) for p in (SH.property, SH.node) for s in set(graph.subjects(p))):
        for target in set(graph.objects(subject, predicate)):
            if (target, None, None) not in graph:
                graph.remove((subject, predicate, target))
    return graph


def graph_of(triples: Iterable[Triple]) -> Graph:
    data = serialize(triples, format=RdfFormat.N_TRIPLES)
    return Graph().parse(data=data.decode(), format="nt")


def results(catalogue: Graph, version: str, base_iri: str) -> Found:
    """What the shapes of *version* find in *catalogue*, about nodes of ours."""
    found: Counter[tuple[str, str, str]] = Counter()
    for name in FILES[version]:
        _, report, _ = validate(catalogue, shacl_graph=shapes(SHAPES / name), advanced=False, inplace=True)
        assert isinstance(report, Graph)
        for result in set(report.objects(None, SH.result)):  # without the details of each
            node = report.value(result, SH.focusNode)
            if isinstance(node, BNode) or str(node).startswith(base_iri):
                kinds = sorted(str(kind) for kind in catalogue.objects(node, RDF.type))
                severity = report.value(result, SH.resultSeverity)
                found[_short(severity), _short(kinds[0] if kinds else node), _path(report, result)] += 1
    return dict(found)


def _path(report: Graph, result: object) -> str:
    return _short(report.value(result, SH.resultPath) or report.value(result, SH.sourceShape))  # type: ignore[arg-type]


def _short(term: object) -> str:
    text = str(term)
    return text.rstrip("/#").replace("#", "/").rpartition("/")[2] if isinstance(term, URIRef | str) else text
