"""The VoID graph: sound by its vocabulary, and its numbers are those of the data."""

from collections import Counter
from dataclasses import replace

import pytest
from pyoxigraph import Literal, NamedNode, Triple
from rdflib import Graph, URIRef
from rdflib.namespace import RDF

from publisher.describe.catalogue import Catalogue
from publisher.describe.published import LARGEST_GRAPH
from publisher.describe.statistics import ClassCount, Statistics, statistics
from publisher.describe.vocabulary import DCAT, DCTERMS, FOAF, VOID
from publisher.describe.vocabulary import RDF as RDF_TERMS
from publisher.describe.void import EXAMPLES, MOST_OF_A_CLASS, MOST_PARTITIONS, void
from publisher.publish.lines import by_subject

from .conftest import Server

BASE, LOCATION = "https://data.example.org/", "https://www.example.org/waters/"
PREFIXES = {"bw": BASE + "ns#", "owl": "http://www.w3.org/2002/07/owl#", "wd": "http://www.wikidata.org/entity/"}
WHOLE, SITES, SHAPES = BASE + "dataset/all", BASE + "dataset/sites", BASE + "shapes"
# Domain and range of the properties we use, by the VoID vocabulary; None: anything
SCHEMA = {
    "sparqlEndpoint": ("Dataset", None), "uriLookupEndpoint": ("Dataset", None), "dataDump": ("Dataset", None),
    "feature": ("Dataset", None), "uriSpace": ("Dataset", None), "vocabulary": ("Dataset", None),
    "exampleResource": ("Dataset", None), "subset": ("Dataset", "Dataset"), "triples": ("Dataset", None),
    "entities": ("Dataset", None), "classes": ("Dataset", None), "properties": ("Dataset", None),
    "distinctSubjects": ("Dataset", None), "distinctObjects": ("Dataset", None),
    "classPartition": ("Dataset", "Dataset"), "class": ("Dataset", None), "propertyPartition": ("Dataset", "Dataset"),
    "property": ("Dataset", None), "linkPredicate": ("Linkset", None), "subjectsTarget": ("Linkset", "Dataset"),
    "objectsTarget": ("Linkset", "Dataset"),
}  # fmt: skip


def iri(text: str) -> NamedNode:
    return NamedNode(text if ":" in text else BASE + text)


def catalogue() -> Catalogue:
    """A catalogue of the whole, with one file, of a graph and of the shapes."""
    top, record = iri("catalog"), iri("catalog/all")
    triples = [
        Triple(top, RDF_TERMS.type, DCAT.Catalog),
        Triple(top, DCTERMS.hasPart, iri(WHOLE)),
        Triple(top, DCAT.record, record),
        Triple(record, FOAF.primaryTopic, iri(WHOLE)),
        *(Triple(top, DCAT.dataset, iri(name)) for name in (WHOLE, SITES, SHAPES)),
        *(Triple(iri(name), RDF_TERMS.type, DCAT.Dataset) for name in (WHOLE, SITES, SHAPES)),
        Triple(iri(WHOLE), DCTERMS.title, Literal("Eaux", language="fr")),
        Triple(iri(WHOLE), DCTERMS.license, iri("https://licence.example/by")),
        Triple(iri(WHOLE), DCAT.distribution, iri("catalog/all/nt")),
        Triple(iri("catalog/all/nt"), DCAT.downloadURL, iri(LOCATION + "dump/latest/all.nt")),
        Triple(iri(WHOLE), DCAT.distribution, iri("catalog/all/sparql")),
        Triple(iri("catalog/all/sparql"), DCAT.accessURL, iri(LOCATION + "sparql")),
    ]
    return Catalogue.of(triples)


def count(triples: list[Triple]) -> Statistics:
    return statistics(by_subject(sorted(f"{triple} .\n".encode() for triple in triples)), BASE, PREFIXES)


def written(triples: list[Triple], **given: object) -> Graph:
    options = {"prefixes": PREFIXES, "graphs": [{"iri": SITES, "triples": 7}, {"iri": SHAPES, "triples": 9}], **given}
    found = void(count(triples), catalogue(), base_iri=BASE, location=LOCATION, **options)  # type: ignore[arg-type]
    return Graph().parse(data="".join(f"{triple} .\n" for triple in found), format="nt")


def term(property_: str) -> URIRef:
    return URIRef(VOID.iri + property_)


def of(graph: Graph, property_: str, subject: str = WHOLE) -> set[str]:
    return {str(value) for value in graph.objects(URIRef(subject), term(property_))}


def typed(name: str, kind: str) -> Triple:
    return Triple(iri(name), RDF_TERMS.type, iri(BASE + "ns#" + kind))


def assert_sound(graph: Graph) -> None:
    """Nothing that VoID does not know, no blank node, and every part reached from a data set."""
    used = {str(predicate).removeprefix(VOID.iri) for predicate in graph.predicates() if predicate.startswith(VOID.iri)}
    assert used <= SCHEMA.keys()
    assert all(isinstance(node, URIRef) for node in graph.subjects())
    datasets = set(graph.subjects(RDF.type, term("Dataset")))
    linksets = set(graph.subjects(RDF.type, term("Linkset")))
    partitions = {*graph.objects(None, term("classPartition")), *graph.objects(None, term("propertyPartition"))}
    for name, (domain, range) in SCHEMA.items():
        for subject, object in graph.subject_objects(term(name)):
            assert subject in (linksets if domain == "Linkset" else datasets | linksets | partitions), name
            assert range is None or object in datasets | linksets | partitions, name


def test_it_says_how_the_whole_is_reached() -> None:
    graph = written([typed("id/a", "Site")])

    assert_sound(graph)
    assert (URIRef(BASE + "void"), URIRef(FOAF.primaryTopic.value), URIRef(WHOLE)) in graph
    assert of(graph, "sparqlEndpoint") == {LOCATION + "sparql"}
    assert of(graph, "uriLookupEndpoint") == {LOCATION + "describe?iri="}
    assert of(graph, "dataDump") == {LOCATION + "dump/latest/all.nt"}
    assert of(graph, "feature") == {"http://www.w3.org/ns/formats/N-Triples"}
    assert of(graph, "uriSpace") == {BASE}
    assert graph.value(URIRef(WHOLE), URIRef(DCTERMS.title.value)).language == "fr"
    assert str(graph.value(URIRef(WHOLE), URIRef(DCTERMS.license.value))) == "https://licence.example/by"


def test_graphs_are_parts_but_the_shapes_which_are_outside() -> None:
    graph = written([typed("id/a", "Site")])

    assert of(graph, "subset") == {SITES}
    assert of(graph, "triples", SITES) == {"7"}


def test_no_example_is_personal() -> None:
    kinds = {"id/person/a": "Person", "id/a": "Site", "id/b": "Source"}
    graph = written([typed(name, kind) for name, kind in kinds.items()], is_personal=lambda iri: "person" in iri)

    assert of(graph, "exampleResource") == {BASE + "id/a", BASE + "id/b"}
    many = written([typed(f"id/{number}", f"C{number}") for number in range(EXAMPLES + 3)])
    assert len(of(many, "exampleResource")) == EXAMPLES


def test_links_say_where_they_lead() -> None:
    same, wikidata = PREFIXES["owl"] + "sameAs", PREFIXES["wd"]
    graph = written([Triple(iri(f"id/{n}"), iri(same), iri(f"{wikidata}Q{n}")) for n in range(3)])

    assert_sound(graph)
    linkset = f"{BASE}void#links-wd-owl:sameAs"
    assert of(graph, "triples", linkset) == {"3"}
    assert of(graph, "linkPredicate", linkset) == {same}
    assert of(graph, "uriSpace", *of(graph, "objectsTarget", linkset)) == {wikidata}


def test_names_without_a_prefix_are_told_apart() -> None:
    odd = ["urn:x:p", "https://a.example/p(1)", "https://b.example/p/", BASE + "ns#é"]
    graph = written([Triple(iri("id/a"), NamedNode(name), Literal("x")) for name in odd])

    assert_sound(graph)
    assert of(graph, "property", WHOLE) == set()
    assert {str(name) for _, name in graph.subject_objects(term("property"))} == set(odd)
    assert len(of(graph, "propertyPartition")) == len(odd)


def test_of_very_many_classes_the_largest_are_described_and_it_says_so() -> None:
    number = MOST_PARTITIONS + 20
    triples = [typed(f"id/{n}", f"C{n}") for n in range(number)] + [typed("id/more", "C7")]
    graph = written(triples)

    partitions = of(graph, "classPartition")
    assert len(partitions) == MOST_PARTITIONS and f"{BASE}void#class-bw:C7" in partitions
    assert of(graph, "classes") == {str(number)}
    assert any("1,000 largest of 1,020" in text for text in graph.objects(URIRef(WHOLE)))


def test_of_very_many_classes_with_very_many_properties_it_stays_smaller_than_a_large_graph() -> None:
    properties = Counter({f"{BASE}ns#p{number}": 1 for number in range(MOST_OF_A_CLASS)})
    classes = {f"{BASE}ns#C{n:03}": ClassCount(1, properties.total(), properties) for n in range(MOST_PARTITIONS)}
    counted = replace(count([]), classes=classes)

    found = void(counted, catalogue(), base_iri=BASE, location=LOCATION, prefixes=PREFIXES)
    assert len(found) < LARGEST_GRAPH, "/.well-known/void answers at once"
    parts = Counter(triple.subject.value for triple in found if triple.predicate == VOID.propertyPartition)
    assert parts == {f"{BASE}void#class-bw:C{n:03}": MOST_OF_A_CLASS for n in range(100)}


def test_links_to_the_same_host_by_another_scheme_are_a_link_set_of_their_own() -> None:
    same = iri(PREFIXES["owl"] + "sameAs")
    links = {"http://other.example/": 1, "https://other.example/": 2}
    graph = written([Triple(iri("id/a"), same, iri(f"{to}{n}")) for to, number in links.items() for n in range(number)])

    assert_sound(graph)
    targets = {str(space): target for target, space in graph.subject_objects(term("uriSpace"))}
    for space, number in links.items():
        [linkset] = graph.subjects(term("objectsTarget"), targets[space])
        assert of(graph, "triples", str(linkset)) == {str(number)}


# Over HTTP, of what is published here


@pytest.fixture(scope="module")
def published(forum: Server) -> Graph:
    return Graph().parse(data=forum.get(".well-known/void", "application/n-triples").text, format="nt")


def test_the_published_numbers_are_those_that_the_endpoint_counts(forum: Server, published: Graph) -> None:
    def ask(query: str) -> dict[str, int]:
        rows = forum.sparql(query).json()["results"]["bindings"]
        return {row["of"]["value"]: int(row["n"]["value"]) for row in rows}

    def told(partition: str, name: str, number: str) -> dict[str, int]:
        [whole] = published.objects(None, URIRef(FOAF.primaryTopic.value))
        parts = published.objects(whole, term(partition))
        return {str(published.value(part, term(name))): int(published.value(part, term(number))) for part in parts}

    assert_sound(published)
    properties = ask("SELECT ?of (COUNT(*) AS ?n) { ?s ?of ?o } GROUP BY ?of")
    assert told("propertyPartition", "property", "triples") == properties
    different = ask("SELECT ?of (COUNT(DISTINCT ?o) AS ?n) { ?s ?of ?o } GROUP BY ?of")
    assert told("propertyPartition", "property", "distinctObjects") == different
    classes = ask("SELECT ?of (COUNT(DISTINCT ?s) AS ?n) { ?s a ?of FILTER (isIRI(?of)) } GROUP BY ?of")
    assert told("classPartition", "class", "entities") == classes


def test_the_published_links_to_wikidata_and_geonames_are_counted(forum: Server, published: Graph) -> None:
    for space in ("http://www.wikidata.org/entity/", "https://sws.geonames.org/"):
        query = f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER (STRSTARTS(STR(?o), '{space}') && isIRI(?o)) }}"
        [row] = forum.sparql(query).json()["results"]["bindings"]
        [target] = [node for node, value in published.subject_objects(term("uriSpace")) if str(value) == space]
        linksets = published.subjects(term("objectsTarget"), target)
        assert sum(int(published.value(linkset, term("triples"))) for linkset in linksets) == int(row["n"]["value"])


def test_the_graph_can_be_asked_by_sparql(forum: Server, published: Graph) -> None:
    [document] = published.subjects(RDF.type, term("DatasetDescription"))
    query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{document}> {{ ?s ?p ?o }} }}"

    [row] = forum.sparql(query).json()["results"]["bindings"]
    assert int(row["n"]["value"]) == len(published)
