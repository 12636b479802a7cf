"""The catalogue graph: what it says of the data, whatever the data is, and that the official shapes find no fault."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.describe.catalogue import Catalogue
from publisher.describe.profiles import PROFILES, conform
from publisher.describe.published import Measured, Published, parts
from publisher.describe.vocabulary import ADMS, DCAT, DCTERMS, FOAF, LANGUAGE, PROV, RDF, RDFS, SPDX, VCARD, XSD
from publisher.publish import described
from publisher.publish.described import describe_build
from publisher.publish.snapshot import Snapshot, build, open_current
from publisher.publish.versions import VERSIONS, add_version, read_versions

from .conftest import Server, build_snapshot
from .dcat_ap import Found, graph_of, results

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

BASE = "https://data.example.org/"
PREFIXES = """
@base <https://data.example.org/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix eu: <http://publications.europa.eu/resource/authority/> .
"""
CATALOG = """
<catalog> a dcat:Catalog ; dcterms:title "Waters"@en, "Eaux"@fr ; dcterms:description "All waters."@en ;
    dcterms:publisher <org> ; dcat:contactPoint [ vcard:fn "Desk"@en ; vcard:hasEmail <mailto:a@b.example> ] ;
    dcat:theme eu:data-theme\\/ENVI ; dcat:keyword "water"@en ; dcterms:accessRights eu:access-right\\/PUBLIC ;
    dcterms:spatial eu:continent\\/EUROPE, eu:country\\/CHE ; dcterms:rights "Free to use."@en ;
    dcterms:temporal <catalog#years> ; dcterms:issued "2024-05-01" ; dcterms:language "fr-CH", "en" ;
    dcterms:license <https://creativecommons.org/licenses/by-sa/4.0/> .
<org> a foaf:Organization ; foaf:name "Office"@en .
<catalog#years> dcat:startDate "2019"^^xsd:gYear ; dcat:endDate "2024-02"^^xsd:gYearMonth .
"""
THING = '<http://example.org/{}> a <http://example.org/Thing> ; <http://www.w3.org/2000/01/rdf-schema#label> "a"@de .'

Publish = Callable[..., Snapshot]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """A function that builds a folder of the given files (name in data/ -> text)."""

    def built(files: dict[str, str], **settings: Any) -> Snapshot:
        for name, text in files.items():
            path = tmp_path / "content" / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return build_snapshot(tmp_path / "content", tmp_path, **{"base_iri": BASE} | settings)

    return built


def triples_of(snapshot: Snapshot) -> list[Triple]:
    return [quad.triple for quad in snapshot.derived(f"{snapshot.base_iri}catalog")]


def catalogue_of(snapshot: Snapshot) -> Catalogue:
    return Catalogue.of(triples_of(snapshot))


def found(snapshot: Snapshot, version: str) -> Found:
    """The violations."""
    triples = conform(triples_of(snapshot), PROFILES[f"dcat-ap-{version}"])
    return {key: number for key, number in results(graph_of(triples), version, BASE).items() if key[0] == "Violation"}


# By the official shapes


@pytest.mark.parametrize("version", ["3.0.1", "2.1.1"])
def test_what_this_repository_publishes_conforms(forum: Server, version: str) -> None:
    """No violation, and one warning that nobody can mend: the publisher is no body of the European Union."""
    text = forum.get(f"catalog.nt?_profile=dcat-ap-{version}").text
    triples = [quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES)]

    seen = results(graph_of(triples), version, "https://w3id.org/urban-security/")

    assert len(Catalogue.of(triples).datasets) > 60
    assert {(severity, property) for severity, _, property in seen} == {("Warning", "publisher")}


def test_a_shape_finds_what_is_missing(publish: Publish) -> None:
    """The shapes would see a fault: the same catalogue without its titles and with a text for a size."""
    snapshot = publish({"a.ttl": THING.format("a")})
    broken = [
        Triple(triple.subject, DCAT.byteSize, Literal("large")) if triple.predicate == DCTERMS.title else triple
        for triple in triples_of(snapshot)
    ]

    seen = results(graph_of(broken), "3.0.1", BASE)

    assert seen["Violation", "Dataset", "title"] == 2
    assert ("Violation", "Distribution", "byteSize") in seen


@pytest.mark.parametrize("version", ["3.0.1", "2.1.1"])
def test_one_foreign_file_without_any_description_conforms(publish: Publish, version: str) -> None:
    snapshot = publish({"things.ttl": THING.format("a")})

    assert not found(snapshot, version)


def test_what_a_catalogue_states_is_enough_for_no_warning(publish: Publish) -> None:
    """But those that only who publishes can say: what sort of publisher, how long it will be there."""
    stated = CATALOG.replace(
        "foaf:name", "dcterms:type <http://purl.org/adms/publishertype/RegionalAuthority> ; foaf:name"
    )
    stated = stated.replace(
        "dcat:Catalog ;", "dcat:Catalog ; <http://data.europa.eu/r5r/availability> eu:planned-availability\\/STABLE ;"
    )
    snapshot = publish({"catalog.ttl": PREFIXES + stated, "sites.ttl": THING.format("a")})

    seen = results(graph_of(triples_of(snapshot)), "3.0.1", BASE)

    assert {(severity, property) for severity, _, property in seen} == {("Warning", "publisher")}
    assert not found(snapshot, "2.1.1")


# What is listed


def test_the_whole_comes_first_and_then_each_graph_and_query(tiny_snapshot: Snapshot) -> None:
    catalogue = catalogue_of(tiny_snapshot)

    assert [dataset.slug for dataset in catalogue.datasets] == [
        "dataset", "api-named", "api-sites-by-depth", "catalog", "retired", "sites", "ns", "shapes",
    ]  # fmt: skip
    assert catalogue.iri == BASE + "catalog"
    assert catalogue.whole.iri == BASE + "dataset/dataset"
    assert [service.slug for service in catalogue.services] == ["query-api", "reconciliation", "sparql-endpoint"]


def test_each_data_set_has_what_identifies_it_and_a_record(tiny_snapshot: Snapshot) -> None:
    catalogue = catalogue_of(tiny_snapshot)

    for dataset in catalogue.datasets:
        assert dataset.values(DCTERMS.identifier) == (dataset.iri,)
        assert dataset.record.iri == f"{BASE}catalog/{dataset.slug}"
        assert dataset.record.iris(FOAF.primaryTopic) == (dataset.iri,)
        assert dataset.iris(DCAT.landingPage) == (f"http://127.0.0.1:8000/catalog/{dataset.slug}",)
        assert {"en", "fr"} <= dataset.words(DCTERMS.title).keys() or dataset.slug.startswith(("api-", "ns", "shapes"))
        assert dataset.title("en").value and dataset.description("en")
        assert dataset.issued and dataset.modified
        assert dataset.distributions
    assert not [triple for triple in triples_of(tiny_snapshot) if str(triple.subject).startswith("_:")]


def test_names_are_under_the_base_and_addresses_at_the_location(tiny_snapshot: Snapshot) -> None:
    catalogue = catalogue_of(tiny_snapshot)
    addresses = {DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage}

    for triple in triples_of(tiny_snapshot):
        if triple.predicate in addresses:
            assert isinstance(triple.object, NamedNode) and triple.object.value.startswith("http://127.0.0.1:8000/")
    for dataset in catalogue.datasets:
        for distribution in dataset.distributions:
            assert distribution.iri == f"{dataset.record.iri}/{distribution.suffix}"
            assert distribution.path == f"{dataset.slug}/{distribution.suffix}"


def test_every_download_is_there_and_of_the_size_and_sum_that_are_told(tiny: Server) -> None:
    import hashlib

    catalogue = Catalogue.of(quad.triple for quad in parse(tiny.get("catalog.nt").content, format=RdfFormat.N_TRIPLES))
    files = [file for dataset in catalogue.datasets for file in dataset.distributions]

    assert len(files) > 25
    for file in files:
        response = tiny.get(file.download_url.removeprefix(tiny.url), headers={"Accept-Encoding": "identity"})
        assert response.status_code == 200, file.download_url
        sent = response.headers["Content-Type"].partition(";")[0]
        assert sent.replace("sparql-results+", "") == file.media_type, "the results' own type is in no registry"
        assert file.bytes == len(response.content)
        assert file.sha256 == hashlib.sha256(response.content).hexdigest()
        assert tiny.get(file.access_url.removeprefix(tiny.url)).status_code == 200


def test_what_is_found_not_to_be_there_is_left_out(tiny_snapshot: Snapshot) -> None:
    location = "http://127.0.0.1:8000/"
    measured = {
        f"{location}dataset/sites.rdf": None,
        f"{location}dataset/sites.ttl": Measured(7, "ab" * 32, "text/turtle"),
    }

    catalogue = Catalogue.of(describe_build(tiny_snapshot.directory, location, measured)["catalog"])

    sites = catalogue.dataset("sites")
    assert sites and [file.suffix for file in sites.distributions] == ["jsonld", "nt", "ttl"]
    (turtle,) = (file for file in sites.distributions if file.suffix == "ttl")
    assert (turtle.bytes, turtle.sha256) == (7, "ab" * 32)
    (checksum,) = turtle.nodes(SPDX.checksum)
    assert checksum.nodes(SPDX.algorithm)[0].is_a(SPDX.ChecksumAlgorithm)


# What is said by hand


def test_a_data_set_has_from_the_catalogue_what_it_does_not_say_itself(publish: Publish) -> None:
    own = """<dataset/own> a dcat:Dataset ; dcterms:title "Own"@en ; dcterms:publisher <other> ;
        dcat:keyword "mine"@en ;
        dcterms:license <https://creativecommons.org/publicdomain/zero/1.0/> ; dcterms:modified "2020-01-02"^^xsd:date ;
        dcterms:temporal [ dcat:startDate "2001-02-03"^^xsd:date ; dcat:endDate "2001-02-04"^^xsd:date ] .
        <other> a foaf:Agent ; foaf:name "Other"@en ."""
    files = {"catalog.ttl": PREFIXES + CATALOG, "own.ttl": PREFIXES + own, "plain.ttl": THING.format("a")}
    catalogue = catalogue_of(publish(files))

    plain, mine = catalogue.dataset("plain"), catalogue.dataset("own")
    assert plain and mine
    assert plain.iris(DCTERMS.publisher) == (BASE + "org",)
    assert plain.licence == "https://creativecommons.org/licenses/by-sa/4.0/" == plain.distributions[0].licence
    assert [keyword.value for keyword in plain.keywords] == ["water"]
    assert plain.issued == "2024-05-01" and mine.issued == "2024-05-01"
    (period,) = plain.nodes(DCTERMS.temporal)
    assert (period.value(DCAT.startDate), period.value(DCAT.endDate)) == ("2019-01-01", "2024-02-29")
    assert set(plain.iris(DCTERMS.language)) == {LANGUAGE.ENG.value, LANGUAGE.FRA.value}
    assert plain.iris(DCTERMS.spatial) == ("http://publications.europa.eu/resource/authority/continent/EUROPE",)
    assert len(catalogue.iris(DCTERMS.spatial)) == 2
    (contact,) = plain.nodes(DCAT.contactPoint)
    assert contact.iri == BASE + "catalog#contactPoint" and contact.value(VCARD.fn) == "Desk"
    assert plain.distributions[0].nodes(DCTERMS.rights)[0].value(RDFS.label) == "Free to use."

    assert mine.iris(DCTERMS.publisher) == (BASE + "other",) and [word.value for word in mine.keywords] == ["mine"]
    assert mine.distributions[0].licence == "https://creativecommons.org/publicdomain/zero/1.0/" == mine.licence
    assert mine.modified == "2020-01-02"
    (period,) = mine.nodes(DCTERMS.temporal)
    assert period.value(DCAT.startDate) == "2001-02-03"


def test_a_period_is_a_blank_node_of_each_data_set(publish: Publish) -> None:
    """A harvester fetches the IRI of a period, and reads a blank node where it stands."""
    snapshot = publish({"catalog.ttl": PREFIXES + CATALOG, "a.ttl": THING.format("a")})

    periods = [triple.object for triple in triples_of(snapshot) if triple.predicate == DCTERMS.temporal]

    assert len(periods) == len(set(periods)) == 4
    assert all(isinstance(period, BlankNode) for period in periods)


def test_what_nobody_said_is_not_said(publish: Publish) -> None:
    catalogue = catalogue_of(publish({"things.ttl": THING.format("a")}))

    (whole, things) = catalogue.datasets
    for node in (whole, things, *things.distributions):
        for property in (DCTERMS.license, DCTERMS.spatial, DCTERMS.temporal, DCAT.theme, DCTERMS.accessRights):
            assert not node.objects(property)
        assert not node.objects(DCAT.contactPoint)
    (publisher,) = catalogue.nodes(DCTERMS.publisher)
    assert publisher.value(FOAF.name) == "data.example.org"
    assert [keyword.value for keyword in whole.keywords] == []
    assert whole.iris(DCTERMS.language) == (LANGUAGE.DEU.value,)
    assert things.title("fr").value == "Graphe nommé things"


def test_a_person_is_said_to_be_one(publish: Publish) -> None:
    written = '<catalog> a dcat:Catalog ; dcterms:publisher [ a foaf:Person, rdfs:Resource ; foaf:name "Jo" ] .'
    (publisher,) = catalogue_of(publish({"catalog.ttl": PREFIXES + written})).nodes(DCTERMS.publisher)

    assert set(publisher.iris(RDF.type)) == {FOAF.Agent.value, FOAF.Person.value}


def test_classes_that_have_names_are_keywords(publish: Publish) -> None:
    name = '<http://example.org/Thing> <http://www.w3.org/2000/01/rdf-schema#label> "thing"@en, "chose"@fr .'
    catalogue = catalogue_of(publish({"things.ttl": THING.format("a") + name}))

    assert {(word.value, word.language) for word in catalogue.whole.keywords} == {("thing", "en"), ("chose", "fr")}


# Foreign content


def test_a_foreign_catalogue_in_the_data_is_data(publish: Publish) -> None:
    """Its data sets are listed nowhere and do not describe ours, nor does it."""
    portal = """<http://portal.example/catalog> a dcat:Catalog ; dcterms:title "Portal"@en ;
        dcat:dataset <http://portal.example/1> ; dcat:record <http://portal.example/r> .
        <http://portal.example/1> a dcat:Dataset ; dcterms:title "One"@en ; dcterms:license <http://x.example/l> ."""
    catalogue = catalogue_of(publish({"portal.ttl": PREFIXES + portal}))

    assert catalogue.iri == BASE + "catalog"
    assert [dataset.iri for dataset in catalogue.datasets] == [BASE + "dataset/dataset", BASE + "dataset/portal"]
    assert "portal.example" not in "".join(f"{triple.subject}" for triple in triples_of_catalogue(catalogue))
    assert catalogue.title("en").value == "dataset"


def triples_of_catalogue(catalogue: Catalogue) -> list[Triple]:
    return catalogue.about(catalogue, *catalogue.datasets)


def test_a_header_full_of_mistakes_still_makes_a_catalogue_that_conforms(publish: Publish) -> None:
    odd = """<catalog> a dcat:Catalog ; dcterms:title "A", "B"@en, "C"@en-gb ; dcterms:publisher "Two", <one>, [ ] ;
        dcterms:creator <one>, "Two" ; dcterms:issued "soon", "2020-13-45", "2020-02-30"^^xsd:date, 7 ;
        dcterms:license "CC BY", <http://x.example/l> ; dcterms:language <http://lexvo.example/fra>, "xx", 5 ;
        dcat:theme "water", <http://x.example/theme>, [ ] ; dcterms:accessRights "open", "public" ;
        dcterms:spatial "Here", [ rdfs:label "There" ], <catalog> ;
        dcterms:temporal "1990", <one>, [ dcat:startDate "x" ] ;
        dcterms:rights "One"@en, "Two"@en ; dcat:contactPoint <mailto:a@b.example>, "Desk", 5 ;
        dcterms:conformsTo "this" ; dcat:dataset <http://x.example/d> ; dcat:record <http://x.example/r> ;
        dcterms:accrualPeriodicity "daily", <http://x.example/f1>, <http://x.example/f2> ; dcat:keyword <one>, "a,b/c" ;
        <http://data.europa.eu/r5r/availability> <http://data.europa.eu/r5r/stable> .
        <dataset/a> a dcat:Dataset ; dcterms:title 5 ; dcterms:description <one> ; dcterms:identifier "mine" ;
        dcterms:modified "2020-01-01", "2021-01-01T00:00:00Z"^^xsd:dateTime ; dcterms:publisher <<( <a> <b> <c> )>> ;
        dcat:distribution <http://x.example/file> ; dcat:landingPage <http://x.example/p> ; dcterms:provenance "Made." .
        <one> dcterms:type <http://x.example/kind> ; foaf:homepage "no IRI" ; foaf:mbox [ ] ."""
    snapshot = publish({"catalog.ttl": PREFIXES + odd, "a.ttl": THING.format("a")})

    assert found(snapshot, "3.0.1") == {}
    assert found(snapshot, "2.1.1") == {}
    dataset = catalogue_of(snapshot).dataset("a")
    assert dataset and dataset.values(DCTERMS.identifier) == (BASE + "dataset/a",)
    assert dataset.modified == "2021-01-01T00:00:00Z" and len(dataset.distributions) == 4


def test_graphs_that_quads_name_are_data_sets_at_the_graph_store(publish: Publish) -> None:
    odd = "http://example.org/g?a=1&b=ü#x"
    quads = f"<http://a.example/s> <http://a.example/p> <http://a.example/o> <{odd}> .\n"
    quads += "<http://a.example/s> <http://a.example/p> <http://a.example/o> _:graph .\n"
    snapshot = publish({"quads.nq": quads})
    catalogue = catalogue_of(snapshot)

    assert [dataset.iri for dataset in catalogue.datasets] == [BASE + "dataset/dataset", odd]
    dataset = catalogue.dataset(odd)
    assert dataset and re.fullmatch(r"example-org-g-a-1-b-u-x-[0-9a-f]{8}", dataset.slug)
    assert dataset.distributions[0].download_url == (
        "http://127.0.0.1:8000/rdf-graph-store?graph=http%3A%2F%2Fexample.org%2Fg%3Fa%3D1%26b%3D%C3%BC%23x&format=jsonld"
    )
    assert not found(snapshot, "3.0.1")


@pytest.mark.parametrize(("number", "listed"), [(1000, 1001), (1001, 1)])
def test_a_thousand_graphs_are_listed_and_more_are_not(tiny_snapshot: Snapshot, number: int, listed: int) -> None:
    graphs = [{"iri": f"http://a.example/{name}", "file": "", "triples": 1} for name in range(number)]
    graphs.append({"iri": BASE + "dataset/a", "file": "data/a.ttl", "triples": 1})
    published = Published(
        store=tiny_snapshot.store, base_iri=BASE, location="http://h.example/", name="a", version="f" * 64,
        date=tiny_snapshot.date, triples=number, graphs=tuple(graphs),
    )  # fmt: skip

    found = parts(published)

    assert len(found) == len({part.slug for part in found}) == 1 + listed
    assert found[0].iri == BASE + "dataset/a-all"


def test_slugs_never_meet_and_never_take_a_name_of_the_program(publish: Publish) -> None:
    names = ("a-b.ttl", "a/b.ttl", "quality.ttl", "query-api.ttl", "dataset.ttl", "é.ttl")
    catalogue = catalogue_of(publish({name: THING.format("x") for name in names}))

    slugs = [dataset.slug for dataset in catalogue.datasets]
    assert len(set(slugs)) == len(slugs) == 7
    assert not {"quality", "query-api"} & set(slugs)
    assert catalogue.whole.iri == BASE + "dataset/dataset-all"


def test_a_catalogue_of_a_thousand_is_cut_into_pages_that_together_say_all(publish: Publish) -> None:
    line = "<http://a.example/s> <http://a.example/p> <http://a.example/o> <http://a.example/{}> .\n"
    snapshot = publish({"quads.nq": "".join(map(line.format, range(230)))})
    catalogue = catalogue_of(snapshot)

    pages = [catalogue.page(number, 100) for number in (1, 2, 3)]

    served = {triple for triple in triples_of(snapshot) if triple.predicate == DCAT.servesDataset}
    assert set().union(*pages) | served == set(triples_of(snapshot))
    for page in pages:
        typed = [triple.subject for triple in page if (triple.predicate, triple.object) == (RDF.type, DCAT.Dataset)]
        assert len(typed) in (100, 31)
        named = {triple.object for triple in page if triple.predicate in (DCAT.dataset, DCAT.servesDataset)}
        assert named == set(typed) or named <= set(typed)
    services = [sum(triple.predicate == DCAT.service for triple in page) for page in pages]
    assert services == [3, 0, 0], "a service is on one page"


def test_a_graph_with_the_name_of_a_computed_one_is_no_data_set(publish: Publish) -> None:
    line = f"<http://a.example/s> <http://a.example/p> <http://a.example/o> <{BASE}{{}}> .\n"
    catalogue = catalogue_of(publish({"quads.nq": "".join(map(line.format, ("catalog", "void", "other")))}))

    assert [dataset.iri for dataset in catalogue.datasets] == [BASE + "dataset/dataset", BASE + "other"]


def test_large_data_is_counted_only_when_nobody_waits(tiny_snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described, "SOON", 10)
    directory, location = tiny_snapshot.directory, "http://h.example/"

    assert describe_build(directory, location, quickly=True).keys() == {"catalog"}
    assert describe_build(directory, location).keys() == {"catalog", "void"}


def test_what_a_page_says_of_one_thing_stands_alone(tiny_snapshot: Snapshot) -> None:
    """A portal that reads the page of a data set finds that one, and every service only with what it serves there."""
    catalogue = catalogue_of(tiny_snapshot)

    for dataset in catalogue.datasets:
        triples = catalogue.about(dataset)
        subjects = {triple.subject for triple in triples}
        typed = {triple.subject.value for triple in triples if triple.object == DCAT.Dataset}
        assert typed == {dataset.iri}
        assert NamedNode(dataset.record.iri) in subjects and NamedNode(catalogue.iri) not in subjects
        assert {NamedNode(file.iri) for file in dataset.distributions} <= subjects
        served = {triple.object for triple in triples if triple.predicate == DCAT.servesDataset}
        assert served <= {NamedNode(dataset.iri)}
    (service,) = (service for service in catalogue.services if service.slug == "sparql-endpoint")
    served = {triple.object for triple in catalogue.about(service) if triple.predicate == DCAT.servesDataset}
    assert len(served) == 6


def test_a_text_of_nothing_is_no_title(publish: Publish) -> None:
    blank = '<catalog> a dcat:Catalog ; dcterms:title "" , " "@fr ; dcterms:description "" ; dcat:keyword "" .'
    catalogue = catalogue_of(publish({"catalog.ttl": PREFIXES + blank, "a.ttl": THING.format("a")}))

    assert catalogue.values(DCTERMS.title) == ("dataset",)
    assert all(text.value.strip() for node in (catalogue, catalogue.whole) for text in node.texts(DCTERMS.description))
    assert catalogue.description() and not catalogue.values(DCAT.keyword)


def test_a_graph_with_the_name_of_a_thing_of_the_catalogue_is_no_data_set(publish: Publish, tmp_path: Path) -> None:
    """Nor are there two data sets of one name: a graph, and the result of a query."""
    line = f"<http://a.example/s> <http://a.example/p> <http://a.example/o> <{BASE}{{}}> .\n"
    (tmp_path / "content" / "queries" / "api").mkdir(parents=True)
    (tmp_path / "content" / "queries" / "api" / "all.rq").write_text("#+ summary: All\nSELECT ?s WHERE { ?s ?p ?o }")
    names = ("catalog/a", "catalog/sparql-endpoint", "catalog#contact", "api/all")
    files = {"quads.nq": "".join(map(line.format, names)), "a.ttl": THING.format("a")}

    catalogue = catalogue_of(publish(files))

    assert [dataset.iri.removeprefix(BASE) for dataset in catalogue.datasets] == [
        "dataset/dataset", "api/all", "dataset/a",
    ]  # fmt: skip
    assert {len(dataset.texts(DCTERMS.title)) for dataset in catalogue.datasets} == {2}
    assert len(catalogue.datasets[1].distributions) == 4


def test_the_result_of_a_query_is_in_the_language_that_it_is_asked_in(publish: Publish, tmp_path: Path) -> None:
    query = 'SELECT ?s WHERE {\n  VALUES ?lang { "fr" }\n  ?s rdfs:label ?name FILTER(lang(?name) = ?lang) }'
    (tmp_path / "content" / "queries" / "api").mkdir(parents=True)
    (tmp_path / "content" / "queries" / "api" / "named.rq").write_text(
        "#+ summary: Named\n#+ params:\n#+   lang: {datatype: xsd:string, doc: Language of names.}\n"
        f"PREFIX rdfs: <{RDFS.iri}>\n{query}"
    )
    catalogue = catalogue_of(publish({"catalog.ttl": PREFIXES + CATALOG, "a.ttl": THING.format("a")}))

    named, other = catalogue.dataset("api-named"), catalogue.dataset("a")
    assert named and other
    assert named.iris(DCTERMS.language) == named.distributions[0].iris(DCTERMS.language) == (LANGUAGE.FRA.value,)
    assert len(other.iris(DCTERMS.language)) == 2


def test_shapes_are_no_part_of_the_union(tiny_snapshot: Snapshot) -> None:
    catalogue = catalogue_of(tiny_snapshot)

    parts = {set.slug for set in catalogue.datasets if catalogue.whole.iri in set.iris(DCTERMS.isPartOf)}
    assert parts == {"catalog", "retired", "sites", "ns"}


def test_a_record_is_not_older_than_the_catalogue_and_says_whether_it_changed(publish: Publish) -> None:
    own = '<dataset/{}> a dcat:Dataset ; dcterms:issued "1999-01-01" ; dcterms:modified "{}" .'
    files = {name: PREFIXES + own.format(name[0], date) for name, date in (("a.ttl", "2001-02-03"), ("b.ttl", "2025"))}
    files["b.ttl"] = files["b.ttl"].replace('"2025"', '"2025-06-07"')
    catalogue = catalogue_of(publish({"catalog.ttl": PREFIXES + CATALOG, **files}))

    said = {set.slug: (set.issued, set.record.issued, set.record.modified) for set in catalogue.datasets}
    assert said["a"] == ("1999-01-01", "2024-05-01", "2024-05-01")
    assert said["b"] == ("1999-01-01", "2024-05-01", "2025-06-07")
    changes = {set.slug: set.record.iris(ADMS.status) for set in catalogue.datasets}
    assert changes["a"] == ("http://purl.org/adms/changetype/created",)
    assert changes["b"] == ("http://purl.org/adms/changetype/updated",)


# Versions


def test_versions_are_a_chain_that_outlives_the_builds(tmp_path: Path) -> None:
    data = tmp_path / "content" / "data"
    data.mkdir(parents=True)
    config = Config(content=tmp_path / "content", build=tmp_path / "build", base_iri=BASE, keep_builds=1)
    versions = []
    for number in range(3):
        (data / "a.ttl").write_text(THING.format(number))
        content = read_content(config)
        assert build(content, config)
        versions.append(content.version)

    catalogue = catalogue_of(open_current(config))

    assert [version.version for version in read_versions(config.build, BASE)] == versions
    (current,) = catalogue.whole.nodes(DCAT.hasCurrentVersion)
    chain = [current]
    while chain[-1].nodes(DCAT.previousVersion):
        chain += chain[-1].nodes(DCAT.previousVersion)
    assert [node.value(DCTERMS.identifier) for node in chain] == versions[::-1]
    assert catalogue.whole.iris(DCAT.previousVersion) == (chain[1].iri,)
    assert not any(node.is_a(DCAT.Dataset) for node in chain), "portals would list each version as a data set"
    assert all(node.iris(PROV.specializationOf) == (catalogue.whole.iri,) for node in chain)


@pytest.mark.parametrize("text", ["", "no turtle", "<http://x.example/> <http://x.example/> 1 ."])
def test_a_chain_that_is_lost_or_damaged_begins_anew(publish: Publish, tmp_path: Path, text: str) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / VERSIONS).write_text(text)

    snapshot = publish({"a.ttl": THING.format("a")})

    assert [version.version for version in read_versions(tmp_path / "build", BASE)] == [snapshot.version]
    assert not catalogue_of(snapshot).whole.objects(DCAT.previousVersion)


@pytest.mark.parametrize(
    ("before", "after"),
    [("dcterms:issued", "dcterms:created"), ('identifier "', 'identifier "no name <of> it '), ("T", "soon")],
)
def test_what_is_damaged_in_a_chain_is_left_out(publish: Publish, tmp_path: Path, before: str, after: str) -> None:
    first, second = publish({"a.ttl": THING.format("a")}), publish({"a.ttl": THING.format("b")})
    chain = tmp_path / "build" / VERSIONS
    head, *entries = chain.read_text().split("\n\n")
    chain.write_text("\n\n".join([head, entries[0].replace(before, after), *entries[1:]]))

    third = publish({"a.ttl": THING.format("c")})

    known = [version.version for version in read_versions(tmp_path / "build", BASE)]
    assert first.version not in known and known == [second.version, third.version]


def test_data_of_another_base_is_no_earlier_version(publish: Publish) -> None:
    publish({"a.ttl": THING.format("a")})
    other = publish({"a.ttl": THING.format("b")}, base_iri="https://other.example/")

    assert not catalogue_of(other).whole.objects(DCAT.previousVersion)


def test_the_chain_is_in_the_order_of_serving_though_the_clock_was_set_back(tmp_path: Path) -> None:
    told = {"base_iri": BASE, "date": "2024-01-01T00:00:00+00:00"}
    for number, hour in enumerate((5, 4, 3)):
        add_version(tmp_path, {**told, "version": str(number) * 64}, datetime(2024, 1, 2, hour, tzinfo=UTC))

    assert [version.version[0] for version in read_versions(tmp_path, BASE)] == ["0", "1", "2"]


def test_an_older_version_that_is_served_again_does_not_name_newer_ones(publish: Publish, tmp_path: Path) -> None:
    first = publish({"a.ttl": THING.format("a")})
    second = publish({"a.ttl": THING.format("b")})
    again = describe_build(first.directory, "http://127.0.0.1:8000/")["catalog"]

    assert not Catalogue.of(again).whole.objects(DCAT.previousVersion)
    assert catalogue_of(second).whole.objects(DCAT.previousVersion)


def test_identifiers_stay_when_the_content_and_the_address_change(publish: Publish) -> None:
    files = {"catalog.ttl": PREFIXES + CATALOG, "a.ttl": THING.format("a")}
    before = catalogue_of(publish(files))
    after = catalogue_of(publish(files | {"a.ttl": THING.format("b")}, public_url="https://elsewhere.example/x/"))

    def names(catalogue: Catalogue) -> list[tuple[str, str, str]]:
        return [(d.iri, d.record.iri, d.value(DCTERMS.identifier)) for d in catalogue.datasets]

    assert names(before) == names(after)
    assert after.whole.iris(DCAT.landingPage) == ("https://elsewhere.example/x/catalog/dataset",)


def test_dates_have_the_types_that_both_versions_of_the_profile_allow(tiny_snapshot: Snapshot) -> None:
    dated = {DCTERMS.issued, DCTERMS.modified, DCAT.startDate, DCAT.endDate}
    types = {
        triple.object.datatype
        for triple in triples_of(tiny_snapshot)
        if triple.predicate in dated and isinstance(triple.object, Literal)
    }

    assert types <= {XSD.date, XSD.dateTime}
