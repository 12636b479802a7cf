"""Property shapes get the targets of their node shapes: faster, and the same results."""

from pyshacl import validate
from rdflib import SH, Graph
from rdflib.term import Node

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.publish.shapes import graphs, target_properties

from .conftest import ROOT

PARTS = (SH.focusNode, SH.value, SH.sourceConstraintComponent, SH.sourceShape, SH.resultSeverity)


def results(shapes: Graph, data: Graph) -> set[tuple[Node | None, ...]]:
    _, report, _ = validate(data, shacl_graph=shapes, inplace=True)
    assert isinstance(report, Graph)
    found = report.objects(None, SH.result)
    return {tuple(report.value(result, part) for part in PARTS) for result in found}


def test_every_mistake_of_the_examples_is_found_either_way() -> None:
    shapes, data = graphs(read_content(Config(content=ROOT)))
    for path in sorted((ROOT / "tests" / "data" / "shapes" / "invalid").glob("*.ttl")):
        data.parse(path)
    before = results(shapes, data)
    size = len(list(shapes.triples((None, SH.property, None))))

    target_properties(shapes)

    assert len(list(shapes.triples((None, SH.property, None)))) < size / 10
    assert results(shapes, data) == before
    assert len(before) > 100


def test_shapes_on_which_more_hangs_keep_their_properties() -> None:
    text = """
        @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix : <http://x.test/> .
        :closed a sh:NodeShape ; sh:targetClass :A ; sh:closed true ; sh:property :p .
        :off a sh:NodeShape ; sh:targetClass :A ; sh:deactivated true ; sh:property :p .
        :class a sh:NodeShape, rdfs:Class ; sh:targetNode :a ; sh:property :p .
        :named a sh:NodeShape ; sh:targetClass :A ; sh:property :p .
        :naming a sh:NodeShape ; sh:node :named .
        :untargeted a sh:NodeShape ; sh:property :p .
        :broken a sh:NodeShape ; sh:targetClass :A ; sh:property :nowhere .
        :p sh:path :q ; sh:minCount 1 .
    """
    shapes = Graph().parse(data=text, format="turtle")

    target_properties(shapes)

    assert set(shapes) == set(Graph().parse(data=text, format="turtle"))
