"""The three tests of the SPARQL 1.1 Service Description, which the suite tells in words only."""

import pytest
import requests
from rdflib import RDF, Graph, Literal, Namespace, Node, URIRef

from ..conftest import Server
from .manifest import SUITE, entries, needs_suite

pytestmark = [needs_suite, pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")]

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
TESTS = [name for _, _, name in entries("service-description/manifest.ttl")] if SUITE.is_dir() else []
RDF_TYPES = ("text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json")

# Section 3 of the recommendation: property -> class of its subject, class of its object ("" for other things).
PROPERTIES = {
    "endpoint": ("Service", ""),
    "feature": ("Service", "Feature"),
    "propertyFeature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "extensionFunction": ("Service", "Function"),
    "extensionAggregate": ("Service", "Aggregate"),
    "languageExtension": ("Service", "Feature"),
    "supportedLanguage": ("Service", "Language"),
    "resultFormat": ("Service", ""),
    "inputFormat": ("Service", ""),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", ""),
    "graph": ("NamedGraph", "Graph"),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "supportedEntailmentProfile": ("NamedGraph", "EntailmentProfile"),
}
NARROWER = {"GraphCollection": {"Dataset"}}
INDIVIDUALS = {
    "Feature": {"DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery"},
    "Language": {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"},
}
CLASSES = {name for pair in PROPERTIES.values() for name in pair if name}


@pytest.fixture(scope="module")
def description(w3c: Server, session: requests.Session) -> Graph:
    response = session.get(w3c.url + "sparql", headers={"Accept": "text/turtle"}, timeout=30)
    return Graph().parse(data=response.content, format="turtle")


def test_the_suite_has_no_other_tests() -> None:
    expected = {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}
    assert set(TESTS) == {f"service-description#{name}" for name in expected}


@pytest.mark.parametrize("media_type", RDF_TYPES)
def test_returns_rdf(w3c: Server, session: requests.Session, description: Graph, media_type: str) -> None:
    response = session.get(w3c.url + "sparql", headers={"Accept": media_type}, timeout=30)

    assert (response.status_code, response.headers["Content-Type"].partition(";")[0]) == (200, media_type)
    assert len(Graph().parse(data=response.content, format=media_type)) == len(description) > 0


def test_has_endpoint_triple(w3c: Server, description: Graph) -> None:
    endpoint = URIRef(w3c.url + "sparql")

    assert [str(address) for address in description.objects(None, SD.endpoint)] == [str(endpoint)]
    assert (description.value(None, SD.endpoint, endpoint), RDF.type, SD.Service) in description


def test_conforms_to_schema(description: Graph) -> None:
    for subject, predicate, value in description:
        if predicate == RDF.type and str(value).startswith(SD):
            assert str(value).removeprefix(SD) in CLASSES
        if not str(predicate).startswith(SD):
            continue
        domain, range = PROPERTIES[str(predicate).removeprefix(SD)]
        assert is_a(description, subject, domain), (subject, predicate)
        assert not isinstance(value, Literal)
        assert not range or is_a(description, value, range), (predicate, value)
    for named in description.subjects(RDF.type, SD.NamedGraph):
        assert len(list(description.objects(named, SD.name))) == 1


def is_a(graph: Graph, node: Node, name: str) -> bool:
    """Is *node* of the class, by a statement or by the recommendation's own list? What is foreign may be anything."""
    if str(node).startswith(SD):
        return str(node).removeprefix(SD) in INDIVIDUALS.get(name, set())
    types = set(graph.objects(node, RDF.type))
    foreign = isinstance(node, URIRef) and not types
    return foreign or not types.isdisjoint(SD[kind] for kind in {name} | NARROWER.get(name, set()))
