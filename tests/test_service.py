"""The service description: RDF in every type, sound by its vocabulary, true of the endpoint."""

from pathlib import Path
from typing import cast

import pytest
from rdflib import Dataset, Graph, URIRef
from rdflib.namespace import RDF, RDFS, VOID

from publisher.config import Config
from publisher.formats import OF_FORM
from publisher.store.workers import Workers
from publisher.web.service import FORMATS, FUNCTIONS, GEOSPARQL_FUNCTIONS, service_description
from publisher.web.site import Site

from .conftest import Server, build_snapshot

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

SD = "http://www.w3.org/ns/sparql-service-description#"
# Domain and range of each property that the vocabulary defines and we use (SPARQL 1.1 Service Description, section 3)
SCHEMA = {
    "endpoint": ("Service", None),
    "feature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", None),
    "extensionFunction": ("Service", "Function"),
    "supportedLanguage": ("Service", None),
    "resultFormat": ("Service", None),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "Dataset"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("Dataset", "NamedGraph"),
    "name": ("NamedGraph", None),
    "graph": ("NamedGraph", "Graph"),
}
UNARY = {"asGeoJSON", "centroid", "convexHull", "coordinateDimension", "dimension", "envelope", "getSRID", "isEmpty",
         "isSimple", "spatialDimension"}  # fmt: skip


def sd(name: str) -> URIRef:
    return URIRef(SD + name)


@pytest.fixture(scope="module")
def description(tiny: Server) -> Graph:
    return Graph().parse(data=tiny.get("sparql", "text/turtle").text, format="turtle")


@pytest.mark.parametrize(
    ("accept", "content_type", "format"),
    [
        ("*/*", "text/turtle", "turtle"),
        ("text/turtle", "text/turtle", "turtle"),
        ("application/rdf+xml", "application/rdf+xml", "xml"),
        ("application/ld+json", "application/ld+json", "json-ld"),
        ("application/n-triples", "application/n-triples", "nt"),
        ("application/trig", "application/trig", "trig"),
        ("application/n-quads", "application/n-quads", "nquads"),
    ],
)
def test_it_comes_in_every_rdf_type(tiny: Server, description: Graph, accept, content_type: str, format: str) -> None:
    answer = tiny.get("sparql", accept)

    assert answer.headers["Content-Type"].startswith(content_type)
    assert "Accept" in answer.headers["Vary"]
    assert {quad[:3] for quad in Dataset().parse(data=answer.text, format=format).quads()} == set(description)
    assert (
        tiny.get("sparql", params={"format": format.replace("nquads", "nq")})
        .headers["Content-Type"]
        .startswith(content_type)
    )


def test_people_get_the_form_and_others_the_list_of_types(tiny: Server) -> None:
    assert "<textarea" in tiny.get("sparql", "text/html,*/*;q=0.8").text
    refused = tiny.get("sparql", "image/png")
    assert refused.status_code == 406
    assert "text/turtle" in refused.json()["offered"]


def test_it_names_the_endpoint_that_it_came_from(tiny: Server, description: Graph) -> None:
    [service] = description.subjects(RDF.type, sd("Service"))

    assert list(description.objects(service, sd("endpoint"))) == [URIRef(tiny.url + "sparql")]
    assert (service, sd("supportedLanguage"), sd("SPARQL11Query")) in description
    assert (service, sd("defaultEntailmentRegime"), URIRef("http://www.w3.org/ns/entailment/Simple")) in description


def test_it_conforms_to_its_vocabulary(description: Graph) -> None:
    used = {str(predicate).removeprefix(SD) for predicate in description.predicates() if predicate.startswith(SD)}

    assert used <= SCHEMA.keys()
    for name, (domain, range) in SCHEMA.items():
        for subject, object in description.subject_objects(sd(name)):
            assert (subject, RDF.type, sd(domain)) in description, name
            assert range is None or (object, RDF.type, sd(range)) in description, name
    for graph in description.subjects(RDF.type, sd("NamedGraph")):
        assert len(list(description.objects(graph, sd("name")))) == 1


def test_every_graph_is_there_with_its_size(tiny: Server, description: Graph) -> None:
    counts = {None: "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}
    for named in description.objects(None, sd("namedGraph")):
        name = description.value(named, sd("name"))
        counts[name] = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
    listed = tiny.sparql("SELECT DISTINCT ?g { GRAPH ?g {} }").json()["results"]["bindings"]

    assert {str(name) for name in counts if name} == {row["g"]["value"] for row in listed}
    for name, query in counts.items():
        graph = description.value(predicate=sd("name"), object=name) if name else None
        node = description.value(graph, sd("graph")) if graph else next(description.objects(None, sd("defaultGraph")))
        counted = tiny.sparql(query).json()["results"]["bindings"][0]["n"]["value"]
        assert str(description.value(node, VOID.triples)) == counted, name


def test_it_leads_to_what_is_said_of_the_data_and_to_the_other_apis(tiny: Server, description: Graph) -> None:
    [service] = description.subjects(RDF.type, sd("Service"))
    names = {str(name).removeprefix("https://data.example.org/") for name in description.objects(service, RDFS.seeAlso)}

    assert {"catalog", "void", "queries", tiny.url + ".well-known/api-catalog"} <= names
    void = Graph().parse(data=tiny.get(".well-known/void").text, format="turtle")
    assert set(void.objects(None, VOID.sparqlEndpoint)) == {service}
    [default] = description.objects(None, sd("defaultGraph"))
    [whole] = void.subjects(VOID.sparqlEndpoint)
    assert void.value(whole, VOID.triples) == description.value(default, VOID.triples)


def test_the_formats_are_those_of_the_endpoint(description: Graph) -> None:
    told = {str(format).rpartition("/")[2] for format in description.objects(None, sd("resultFormat"))}
    offered = {format.name for formats in OF_FORM.values() for format in formats} - {"GeoJSON"}

    assert told == {FORMATS[name] for name in offered}


def test_the_extension_functions_work(tiny: Server, description: Graph) -> None:
    told = {str(function) for function in description.objects(None, sd("extensionFunction"))}
    assert told == {GEOSPARQL_FUNCTIONS + name for name in FUNCTIONS}
    for name in FUNCTIONS:
        arguments = "?a" if name in UNARY else "?a, ?b"
        query = f"""PREFIX geo: <http://www.opengis.net/ont/geosparql#>
        SELECT (<{GEOSPARQL_FUNCTIONS}{name}>({arguments}) AS ?x) {{ VALUES (?a ?b) {{
          ("POINT(1 1)"^^geo:wktLiteral "POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))"^^geo:wktLiteral) }} }}"""
        answer = tiny.sparql(query)
        assert answer.ok, f"{name}: {answer.text}"
    unknown = tiny.sparql("SELECT (<http://www.opengis.net/def/function/geosparql/buffer>(1) AS ?x) {}")
    assert not unknown.ok, "a function that does not exist is refused, so those above do"


def test_a_graph_of_the_data_with_the_name_of_a_computed_one_is_described_once(tmp_path: Path) -> None:
    (tmp_path / "content" / "data").mkdir(parents=True)
    line = "<http://a.example/s> <http://a.example/p> <http://a.example/o> <https://data.example.org/catalog> .\n"
    (tmp_path / "content" / "data" / "quads.nq").write_text(line)
    snapshot = build_snapshot(tmp_path / "content", tmp_path, base_iri="https://data.example.org/")
    site = Site(snapshot, Config(), cast(Workers, None))

    told = [triple.subject for triple in service_description(site) if triple.predicate.value == str(VOID.triples)]

    assert len(told) == len(set(told)) == 4
