"""Metadata quality: every indicator counts as the portal counts it, and can fail; so can each rule of DCAT-AP.

The rules and lists in the program are compared with the official ones, as far as these are at hand.
"""

import json
import re
from collections.abc import Iterator
from typing import cast

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse
from rdflib import RDF, Graph, Namespace, URIRef

from publisher.config import Config
from publisher.describe.assessment import Assessment
from publisher.describe.catalogue import Catalogue, Node
from publisher.describe.dcat_ap import RULES, violations
from publisher.describe.dqv import quality_graph
from publisher.describe.quality import DIMENSIONS, FULL, INDICATORS, PIVEAU, Quality, measure, rating
from publisher.describe.value_lists import (
    ACCESS_RIGHTS,
    FILE_TYPES,
    MACHINE_READABLE,
    NON_PROPRIETARY,
    file_type,
    is_known_licence,
    is_media_type,
)
from publisher.formats import CSV, DATASET, GEOJSON, GRAPH, IANA_MEDIA_TYPE, JSON, PLAIN_JSON
from publisher.publish.snapshot import Snapshot
from publisher.store.workers import Workers
from publisher.web.app import create_app
from publisher.web.asking import Asking

from .conftest import ROOT, Server

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

SUITES = ROOT.parent / "shared" / "suites"
TEXT = (ROOT / "tests" / "data" / "quality" / "catalog.ttl").read_text(encoding="utf-8")
DATASET_IRI = "https://data.example.org/dataset/sites"
ACCESS, DOWNLOAD = "https://server.example.org/catalog/sites", "https://server.example.org/sites.ttl"
DQV = Namespace("http://www.w3.org/ns/dqv#")
SH = Namespace("http://www.w3.org/ns/shacl#")

needs_suites = pytest.mark.skipif(not SUITES.is_dir(), reason="the official shapes and lists are not at hand")

Change = tuple[str, str]  # pattern in the text, what comes in its place


def catalogue(*changes: Change, more: str = "") -> Catalogue:
    text = TEXT
    for pattern, instead in changes:
        text, count = re.subn(pattern, instead, text, flags=re.MULTILINE)
        assert count, f"{pattern} is not in the catalogue"
    return Catalogue.of(quad.triple for quad in parse(text + more, RdfFormat.TURTLE))


def good(address: str) -> int:
    return 200


def failing(quality: Quality) -> set[str]:
    return {result.indicator.name for result in quality.results if result.failing}


def without(property: str, *, of: str = "") -> Change:
    """The line with *property* taken away, wherever it is or only in the description of one subject."""
    return (rf"(?s)^(<{of}> a .*?)^    {property} .*?;$", r"\1") if of else (rf"^    {property} .*;$", "")


def at(distribution: str) -> str:
    return f"catalog/sites/{distribution}"


def test_the_indicators_are_the_portals_with_405_points() -> None:
    points = {name: sum(item.points for item in INDICATORS if item.dimension == name) for name in DIMENSIONS}

    assert points == {
        "findability": 100,
        "accessibility": 100,
        "interoperability": 110,
        "reusability": 75,
        "contextuality": 20,
    }
    assert FULL == 405 and len(INDICATORS) == 23


def test_a_catalogue_to_which_nothing_is_missing_has_all_points() -> None:
    quality = measure(catalogue(), good)

    assert failing(quality) == set()
    assert quality.points == quality.portal == FULL
    assert quality.scores == {DATASET_IRI: FULL}
    assert rating(quality.points) == "excellent"


BROKEN: dict[str, tuple[Change, set[str]]] = {  # indicator -> what breaks it, and which others that breaks, too
    "keywordAvailability": (without("dcat:keyword"), set()),
    "categoryAvailability": (without("dcat:theme"), set()),
    "spatialAvailability": (without("dcterms:spatial"), set()),
    "temporalAvailability": (without("dcterms:temporal"), set()),
    "accessUrlStatusCode": ((re.escape(ACCESS), "https://server.example.org/gone"), set()),
    "downloadUrlAvailability": (without("dcat:downloadURL"), {"downloadUrlStatusCode"}),
    "downloadUrlStatusCode": ((re.escape(DOWNLOAD), "https://server.example.org/gone"), set()),
    "formatAvailability": (
        without("dcterms:format"),
        {
            "formatMediaTypeVocabularyAlignment",
            "formatMediaTypeNonProprietary",
            "formatMediaTypeMachineInterpretable",
        },
    ),
    "mediaTypeAvailability": (without("dcat:mediaType"), {"formatMediaTypeVocabularyAlignment"}),
    "formatMediaTypeVocabularyAlignment": (("media-types/text/turtle", "media-types/turtle"), set()),
    "formatMediaTypeNonProprietary": (
        ("dcterms:format    file-type:RDF_TURTLE", "dcterms:format file-type:XLS"),
        set(),
    ),
    "formatMediaTypeMachineInterpretable": (
        ("dcterms:format    file-type:RDF_TURTLE", "dcterms:format file-type:HTML"),
        set(),
    ),
    "dcatApCompliance": (('foaf:name "Bathing Office"@en', 'skos:note "nobody"'), set()),
    "licenceAvailability": (without("dcterms:license", of=at("ttl")), {"knownLicence"}),
    "knownLicence": ((r"licence:CC_BY_4_0", "<https://data.example.org/our-own-terms>"), set()),
    "accessRightsAvailability": (without("dcterms:accessRights"), {"accessRightsVocabularyAlignment"}),
    "accessRightsVocabularyAlignment": (("access-right:PUBLIC", "<https://data.example.org/open>"), set()),
    "contactPointAvailability": (without("dcat:contactPoint"), set()),
    "publisherAvailability": (without("dcterms:publisher", of="dataset/sites"), set()),
    "rightsAvailability": (without("dcterms:rights"), set()),
    "byteSizeAvailability": (without("dcat:byteSize"), set()),
    "dateIssuedAvailability": (without("dcterms:issued"), set()),
    "dateModifiedAvailability": (without("dcterms:modified", of="dataset/sites"), set()),
}


def test_each_indicator_has_a_way_to_fail() -> None:
    assert BROKEN.keys() == {indicator.name for indicator in INDICATORS}


@pytest.mark.parametrize("name", BROKEN)
def test_an_indicator_fails_alone_and_costs_its_points(name: str) -> None:
    change, others = BROKEN[name]

    quality = measure(catalogue(change), lambda address: 404 if address.endswith("gone") else 200)

    lost = failing(quality)
    assert lost == {name} | others
    for result in quality.results:
        full = result.indicator.points
        assert result.points == full if result.indicator.name not in lost else result.points < full


@pytest.mark.parametrize("status", [0, 204, 301, 404, 405, 503])
def test_only_success_counts_as_reached(status: int) -> None:
    assert failing(measure(catalogue(), lambda address: status)) == {"accessUrlStatusCode", "downloadUrlStatusCode"}


def test_one_of_several_addresses_that_fails_is_not_overlooked() -> None:
    two = catalogue((f"<{DOWNLOAD}>", f"<{DOWNLOAD}>, <https://server.example.org/gone>"))

    assert failing(measure(two, lambda address: 404 if address.endswith("gone") else 200)) == {"downloadUrlStatusCode"}


POOR = """
<https://data.example.org/dataset/sites> <http://www.w3.org/ns/dcat#distribution> <https://data.example.org/poor> .
<https://data.example.org/poor> a <http://www.w3.org/ns/dcat#Distribution> ;
    <http://www.w3.org/ns/dcat#accessURL> <https://server.example.org/catalog/sites> .
"""


def test_every_distribution_counts_where_the_portal_takes_the_best() -> None:
    quality = measure(catalogue(more=POOR), good)

    assert quality.portal == FULL
    assert quality.dimension("accessibility") == (50 + 10 + 15, 100)
    assert quality.points < FULL


def test_a_data_set_without_files_has_its_own_points_only() -> None:
    quality = measure(catalogue(without("dcat:theme"), (r"(?m)^    dcat:distribution .*\.$", "    .")), good)

    assert quality.portal == 30 + 20 + 20 + 30 + 10 + 5 + 20 + 10 + 5 + 5


def test_a_catalogue_of_nothing_has_no_points() -> None:
    quality = measure(catalogue(without("dcat:dataset")), good)

    assert quality.points == quality.portal == 0
    assert rating(0) == "bad"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (without("dcterms:title", of="dataset/sites"), "dcterms:title is missing"),
        (without("dcat:accessURL"), "dcat:accessURL is missing"),
        (("foaf:primaryTopic <dataset/sites>", "foaf:primaryTopic <dataset/sites>, <catalog>"), "occurs 2 times"),
        (('"99"\\^\\^xsd:nonNegativeInteger', '"99"'), "dcat:byteSize has a value that is no xsd:nonNegativeInteger"),
        (("^country:CHE a .*$", ""), "dcterms:spatial has a value that is no dcterms:Location"),
        ((f"<{DOWNLOAD}>", f'"{DOWNLOAD}"'), "dcat:downloadURL has a value that is no node"),
        (('"water"@en', "<catalog>"), "dcat:keyword has a value that is no literal"),
    ],
)
def test_what_breaks_the_profile_is_told(change: Change, told: str) -> None:
    changed = catalogue(change)

    found = [text for iri in changed.graph for text in violations(Node(iri, changed.graph))]

    assert len(found) == 1 and told in found[0]


@pytest.mark.parametrize(
    "part",
    [
        without("dcterms:title", of="dataset/sites"),
        without("dcterms:modified", of="catalog/sites"),
        without("dcat:accessURL"),
        (r"(<catalog#publisher> a [^;]*;\s*)foaf:name +", r"\1foaf:nick "),
        ("<dataset/sites> a dcat:Dataset", "<dataset/sites> a prov:Entity"),
    ],
)
def test_a_data_set_is_as_good_as_its_parts_and_is_one_by_its_type(part: Change) -> None:
    assert "dcatApCompliance" in failing(measure(catalogue(part), good))


def test_what_other_data_sets_break_is_not_held_against_a_data_set() -> None:
    other = f"""<{DATASET_IRI}> <http://purl.org/dc/terms/source> <https://data.example.org/other> .
        <https://data.example.org/other> a <http://www.w3.org/ns/dcat#Dataset> ."""

    assert failing(measure(catalogue(more=other), good)) == set()


def test_both_versions_of_the_profile_may_say_a_size() -> None:
    assert failing(measure(catalogue(("xsd:nonNegativeInteger", "xsd:decimal")), good)) == set()


@needs_suites
def test_the_rules_are_those_of_the_official_shapes() -> None:
    shapes = Graph().parse(SUITES / "dcat-ap" / "dcat-ap-SHACL.ttl")
    official: dict[tuple[str, str], dict[str, object]] = {}
    for shape in shapes.subjects(RDF.type, SH.NodeShape):
        for part in shapes.objects(shape, SH.property):
            path = shapes.value(part, SH.path)
            if path is not None:
                told = official.setdefault((str(shapes.value(shape, SH.targetClass)), str(path)), {})
                for name in ("minCount", "maxCount", "nodeKind", "class", "datatype"):
                    value = shapes.value(part, SH[name])
                    told |= {name: value.toPython()} if value is not None else {}  # type: ignore[attr-defined]

    ours = {(kind.value, rule.property.value): rule for kind, rules in RULES.items() for rule in rules}

    assert ours.keys() == official.keys()
    for key, rule in ours.items():
        told = official[key]
        assert (rule.least, rule.most) == (told.get("minCount", 0), told.get("maxCount")), key
        expected = told.get("class") or told.get("datatype")
        if expected:
            assert str(expected).rpartition("#")[2].rpartition("/")[2] == rule.values.partition(":")[2], key
        else:
            assert rule.values == ("literal" if str(told["nodeKind"]).endswith("#Literal") else "node"), key


def listed(name: str) -> set[str]:
    lines = (SUITES / "mqa" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return {entry["uri"] for entry in map(json.loads, lines) if "uri" in entry}


def marked(name: str) -> set[str]:
    """The file types that a list of the European Data Portal marks as such."""
    text = (SUITES / "mqa" / f"edp-{name}-format.rdf").read_text(encoding="utf-8")
    return set(re.findall(r'rdf:about="[^"]*/file-type/(\w+)"', text))


@needs_suites
def test_the_lists_are_the_portals() -> None:
    assert listed("file_types") == {
        f"http://publications.europa.eu/resource/authority/file-type/{x}" for x in FILE_TYPES
    }
    assert {iri.rpartition("/")[2] for iri in listed("access_rights")} == ACCESS_RIGHTS
    assert marked("machine-readable") == MACHINE_READABLE
    assert marked("non-proprietary") == NON_PROPRIETARY


@needs_suites
def test_licences_and_media_types_of_the_lists_are_known_by_their_form() -> None:
    assert [iri for iri in listed("media_types") if not is_media_type(iri)] == []
    assert [iri for iri in listed("licenses") if not is_known_licence(iri) and iri.startswith("http")] == []
    types = "http://www.iana.org/assignments/media-types/"
    assert not is_media_type(types + "application/sparql-results+json") and not is_media_type(types + "text/x-turtle")
    assert is_known_licence("https://creativecommons.org/licenses/by/4.0/")
    assert not is_known_licence("https://data.example.org/licence")


@needs_suites
@pytest.mark.parametrize("format", [*GRAPH, *DATASET, CSV, GEOJSON, JSON, PLAIN_JSON], ids=lambda format: format.name)
def test_what_is_offered_for_download_is_machine_readable_and_free(format: object) -> None:
    eu, media_type = format.eu, format.registered_type  # type: ignore[attr-defined]

    assert file_type(f"http://publications.europa.eu/resource/authority/file-type/{eu}")
    assert eu in MACHINE_READABLE & NON_PROPRIETARY
    assert (IANA_MEDIA_TYPE + media_type).replace("https:", "http:") in listed("media_types")


def test_an_assessment_is_kept_and_read_back() -> None:
    assessment = Assessment(measure(catalogue(without("dcat:keyword"), more=POOR), good), ())

    assert Assessment.from_json(json.loads(json.dumps(assessment.as_json()))) == assessment


def graph(*changes: Change) -> Iterator[tuple[str, str, object]]:
    found = catalogue(*changes)
    triples = quality_graph(
        Assessment(measure(found, good), ()), found, "https://data.example.org/", "https://server.example.org/"
    )
    for triple in triples:
        value = triple.object
        yield str(triple.subject.value), triple.predicate.value, value if isinstance(value, Literal) else value.value  # type: ignore[union-attr]


def test_the_graph_of_quality_tells_shares_points_and_what_fails() -> None:
    stated = set(graph(without("dcat:keyword")))
    base, dqv = "https://data.example.org/quality#", str(DQV)
    decimal = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")

    assert (f"{base}measured-keywordAvailability", f"{dqv}value", Literal("0", datatype=decimal)) in stated
    assert (f"{base}measured-spatialAvailability", f"{dqv}value", Literal("1", datatype=decimal)) in stated
    assert (f"{base}sites-scoring", f"{dqv}isMeasurementOf", f"{PIVEAU}scoring") in stated
    assert (f"{base}sites-scoring", f"{dqv}value", Literal("375", datatype=decimal)) in stated
    assert (f"{base}keywordAvailability-1", f"{dqv}computedOn", DATASET_IRI) in stated
    assert (f"{base}keywordAvailability-1", f"{dqv}value", Literal(False)) in stated
    assert not [subject for subject, _, _ in stated if re.search(r"#spatialAvailability-\d", subject)]


# What is published


def test_until_the_downloads_are_complete_quality_is_announced(tiny_snapshot: Snapshot) -> None:
    config = Config(public_url="https://server.example.org/")
    ask = Asking(create_app(tiny_snapshot, config, cast(Workers, None)).wsgi_app, config.location)

    page, graph = (ask("GET", f"{config.location}catalog/quality.{suffix}") for suffix in ("html", "ttl"))

    assert page.status == 200 and b"Come back in a moment" in page.body
    assert graph.status == 503 and graph.headers["retry-after"] == "10"


def test_the_application_is_asked_for_its_own_addresses_only(tiny_snapshot: Snapshot) -> None:
    config = Config(public_url="https://server.example.org/waters/")
    ask = Asking(create_app(tiny_snapshot, config, cast(Workers, None)).wsgi_app, config.location)

    there = ask("GET", f"{config.location}id/site/le-pont", "text/turtle")

    assert (there.status, there.address) == (200, f"{config.location}doc/site/le-pont"), "redirects are followed"
    assert ask("HEAD", f"{config.location}id/site/nowhere").status == 404
    assert ask("GET", "https://server.example.org/other").status == 0
    assert ask("HEAD", "http://127.0.0.1:1/").status == 0


def test_the_shipped_catalogue_has_all_points(forum: Server) -> None:
    page = forum.get("catalog/quality", "text/html").text

    assert "<caption>405 of 405 points</caption>" in page
    assert "data.europa.eu: excellent" in page
    assert 'id="violations"' not in page


def test_the_page_speaks_french(forum: Server) -> None:
    page = forum.get("catalog/quality?lang=fr", "text/html").text

    assert "405 points sur 405" in page
    assert "conforme à DCAT-AP" in page


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nt", "rdf"])
def test_quality_is_data_too(forum: Server, suffix: str) -> None:
    response = forum.get(f"catalog/quality.{suffix}")

    formats = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}
    found = Graph().parse(data=response.content, format=formats[suffix])
    base = "https://w3id.org/urban-security/"
    scores = list(found.subjects(DQV.isMeasurementOf, URIRef(PIVEAU + "scoring")))
    assert {float(str(found.value(score, DQV.value))) for score in scores} == {405.0}
    assert (URIRef(base + "quality"), RDF.type, DQV.QualityMetadata) in found
    assert URIRef(base + "catalog") in {found.value(score, DQV.computedOn) for score in scores}
    assert len({found.value(score, DQV.computedOn) for score in scores}) == len(scores) > 50


def test_quality_can_be_asked_by_query(forum: Server) -> None:
    response = forum.sparql(
        "PREFIX dqv: <http://www.w3.org/ns/dqv#> SELECT ?value { GRAPH <quality> {"
        " ?m dqv:computedOn <catalog> ; dqv:isMeasurementOf <https://piveau.eu/ns/voc#scoring> ; dqv:value ?value } }"
    )

    assert [float(row["value"]["value"]) for row in response.json()["results"]["bindings"]] == [405.0]


@pytest.mark.parametrize("path", ["catalog", "catalog/sites"])
def test_the_catalogue_and_each_data_set_tell_their_points(tiny: Server, path: str) -> None:
    told = tiny.get(path, "text/html").text

    assert re.search(r'<a href="/catalog/quality">[\d.]+ of 405 points</a>', told)


def test_content_of_others_loses_only_what_nobody_stated(tiny: Server) -> None:
    """The tiny content says no themes, places, period, contact, access rights or rights; keywords are its classes."""
    told = tiny.get("catalog/quality", "text/html").text
    lost = set(re.findall(r'<td id="(\w+)">[^<]*<details>', told))

    assert lost == {
        "accessRightsAvailability",
        "accessRightsVocabularyAlignment",
        "categoryAvailability",
        "contactPointAvailability",
        "rightsAvailability",
        "spatialAvailability",
        "temporalAvailability",
    }
