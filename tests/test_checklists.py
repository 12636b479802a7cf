"""The checklists of F-UJI and FOOPS!: each check can be earned and lost, and what needs others is left open."""

import re

import pytest
from pyoxigraph import RdfFormat, parse

from publisher.describe.catalogue import Catalogue
from publisher.describe.checklists import Answer, Ask, Checklist, embedded
from publisher.describe.data_fairness import METRICS, data_checklist
from publisher.describe.ontology_fairness import TESTS, ontology_checklist

from .conftest import ROOT, Server

DATA = (ROOT / "tests" / "data" / "quality" / "catalog.ttl").read_text(encoding="utf-8")
BASE = "https://w3id.org/waters/"
HERE = "https://server.example.org/"
CATALOGUE = DATA.replace("https://data.example.org/", BASE).replace(
    "<catalog/sites> ;\n    dcterms:source", f"<{HERE}catalog/sites> ;\n    dcterms:source"
)
PAGE = b'<html><script type="application/ld+json">{"@type": "Dataset"}</script></html>'
ONTOLOGY = """
@base <https://w3id.org/waters/> .
@prefix bibo: <http://purl.org/ontology/bibo/> .
@prefix bw: <ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix vann: <http://purl.org/vocab/vann/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<ns> a owl:Ontology ;
    dcterms:title "Waters" ;
    dcterms:description "Terms." ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    dcterms:creator <who> ;
    dcterms:publisher <who> ;
    dcterms:created "2026-01-01" ;
    dcterms:issued "2026-01-01" ;
    dcterms:source <http://www.w3.org/TR/prov-o/> ;
    dcterms:bibliographicCitation "Waters, 2026" ;
    dcterms:identifier "https://doi.org/10.1/x" ;
    bibo:status <http://purl.org/ontology/bibo/status/published> ;
    foaf:logo <icon.svg> ;
    owl:versionIRI <ns/1.0.0> ;
    owl:versionInfo "1.0.0" ;
    schema:includedInDataCatalog <catalog> ;
    vann:preferredNamespacePrefix "bw" ;
    vann:preferredNamespaceUri "https://w3id.org/waters/ns#" .

bw:Site a owl:Class ;
    rdfs:label "site" ;
    rdfs:comment "place" ;
    rdfs:subClassOf prov:Entity .
"""
ONTOLOGY_SET = f"""
<{BASE}catalog> <http://www.w3.org/ns/dcat#dataset> <{BASE}ns> .
<{BASE}dataset/sites> <http://purl.org/dc/terms/conformsTo> <{BASE}ns> .
<{BASE}ns> a <http://www.w3.org/ns/dcat#Dataset> ; <http://www.w3.org/ns/dcat#distribution> <{BASE}catalog/ns/ttl> .
<{BASE}catalog/ns/ttl> <http://www.w3.org/ns/dcat#downloadURL> <{HERE}ns.ttl> .
"""


def catalogue(text: str, more: str = "") -> Catalogue:
    return Catalogue.of(quad.triple for quad in parse(text + more, RdfFormat.TURTLE))


def web(*, registered: bool = False, ontology: str = ONTOLOGY, page: bytes = PAGE, turtle: bool = True) -> Ask:
    """Answers as a server at HERE would, and when the names are *registered*, under them too."""

    def ask(method: str, address: str, accept: str = "*/*") -> Answer:
        if address.startswith(BASE) and registered:
            address = HERE + address.removeprefix(BASE)
        if not address.startswith(HERE) or "gone" in address:
            return Answer(404 if address.startswith(HERE) else 0)
        media_type = "text/html" if accept in ("text/html", "*/*") else accept
        if media_type != "text/html" and not turtle:
            return Answer(406)
        body = page if media_type == "text/html" else ontology.encode()
        return Answer(200, {"content-type": f"{media_type}; charset=utf-8"}, body, address)

    return ask


def lost(checklist: Checklist | None) -> set[str]:
    """The checks that are neither earned nor open."""
    return {check.name for check in (checklist.checks if checklist else ()) if check.points + check.open < check.full}


def test_the_metrics_and_tests_are_as_many_as_the_assessors_have() -> None:
    assert len(METRICS) == 17 and sum(full for _, full, _ in METRICS.values()) == 26
    assert len(TESTS) == 24


def test_good_data_has_every_point_but_for_the_registration_of_its_name() -> None:
    before, after = (data_checklist(catalogue(CATALOGUE), web(registered=known)) for known in (False, True))

    assert (before.points, before.open) == (25.5, 0.5)
    assert [check.name for check in before.checks if check.open] == ["FsF-F1-02MD"]
    assert "registered name" in str(next(check.note for check in before.checks if check.open))
    assert (after.points, after.open) == (26, 0)


DATA_LOSSES: dict[
    str, tuple[str, str, dict[str, object]]
] = {  # metric -> pattern, what comes instead, the web's answers
    "FsF-F1-01MD": (r"<dataset/sites>", "<x:sites>", {}),
    "FsF-F2-01M": (r"^    dcat:keyword .*$", "", {}),
    "FsF-F3-01M": (r"^    dcat:downloadURL .*$", "", {}),
    "FsF-F4-01M": (r"\Z", "", {"page": b"<html></html>"}),
    "FsF-A1-01M": (r"^    dcterms:accessRights .*$", "", {}),
    "FsF-A1-02MD": (r"sites\.ttl>", "gone>", {}),
    "FsF-A1.1-01MD": (rf"<{HERE}sites\.ttl>", "<ftp://server.example.org/sites.ttl>", {}),
    "FsF-A1.2-01MD": (rf"<{HERE}sites\.ttl>", "<ftp://server.example.org/sites.ttl>", {}),
    "FsF-I1-01M": (r"\Z", "", {"page": b"<html></html>", "turtle": False}),
    "FsF-I2-01M": (r"dcat:(\w+ )", r"<http://www.w3.org/ns/dcat> , dcterms:x\1", {}),
    "FsF-I3-01M": (r"^    dcterms:source .*$", "", {}),
    "FsF-R1-01M": (r"^    dcat:byteSize .*$", "", {}),
    "FsF-R1.1-01M": (r"^    dcterms:license .*$", "", {}),
    "FsF-R1.2-01M": (r"^    dcterms:(creator|publisher|issued|modified|source) .*;$", "", {}),
    "FsF-R1.3-02D": (r"dcterms:format    file-type:RDF_TURTLE", "dcterms:format file-type:XLS", {}),
}


@pytest.mark.parametrize("name", [name for name in DATA_LOSSES if name != "FsF-I2-01M"])
def test_a_metric_can_be_lost(name: str) -> None:
    pattern, instead, answers = DATA_LOSSES[name]
    text = re.sub(pattern, instead, CATALOGUE, flags=re.MULTILINE)

    found = data_checklist(catalogue(text), web(**answers))  # type: ignore[arg-type]

    assert name in lost(found)
    assert all(str(check.note) for check in found.checks if check.name == name), "what is missing is told"


def test_data_described_in_no_known_vocabulary_loses_vocabulary_and_standard() -> None:
    bare = f"""
        <{BASE}catalog> a <http://www.w3.org/ns/dcat#Catalog> ; <http://www.w3.org/ns/dcat#dataset> <{BASE}x> .
        <{BASE}x> <http://purl.org/dc/terms/title> "X" .
    """

    assert {"FsF-I2-01M", "FsF-R1.3-01M"} <= lost(data_checklist(catalogue(bare), web()))


def test_a_name_that_nobody_keeps_is_open_in_full() -> None:
    found = data_checklist(catalogue(CATALOGUE.replace(BASE, "https://data.example.org/")), web())

    (check,) = (check for check in found.checks if check.name == "FsF-F1-02MD")
    assert (check.points, check.open) == (0, 1)
    assert "w3id.org" in str(check.note)


def test_the_data_set_that_earns_fewest_decides() -> None:
    more = f"<{BASE}catalog> <http://www.w3.org/ns/dcat#dataset> <{BASE}dataset/register> ."

    found = data_checklist(catalogue(CATALOGUE, more), web())

    (check,) = (check for check in found.checks if check.name == "FsF-F3-01M")
    assert check.points == 0 and f"{BASE}dataset/register" in str(check.note)


def test_a_good_ontology_has_every_point_but_for_registries() -> None:
    before = ontology_checklist(catalogue(CATALOGUE, ONTOLOGY_SET), web())
    after = ontology_checklist(catalogue(CATALOGUE, ONTOLOGY_SET), web(registered=True))

    assert before and after
    assert before.about == f"{BASE}ns"
    assert {check.name for check in before.checks if check.open} == {"FIND2", "FIND3", "URI1", "VER2"}
    assert {check.name for check in after.checks if check.open} == {"FIND2", "FIND3"}
    assert lost(before) == lost(after) == set()
    assert (before.points, after.points) == (20, 22)


ONTOLOGY_LOSSES: dict[str, tuple[str, dict[str, object]]] = {  # test -> what is taken away, the web's answers
    "FIND1": ("vann:preferredNamespacePrefix .*", {}),
    "URI2": ("<ns> a owl:Ontology ;", {}),
    "VER1": ("owl:versionIRI .*", {}),
    "VER2": ("owl:versionIRI .*", {}),
    "OM1": ("dcterms:title .*", {}),
    "CN1": ("", {"turtle": False}),
    "RDF1": ("", {"turtle": False}),
    "VOC2": ("rdfs:subClassOf .*", {}),
    "OM2": ("owl:versionInfo .*", {}),
    "OM3": ("foaf:logo .*", {}),
    "OM4.1": ("dcterms:license .*", {}),
    "OM4.2": ("dcterms:license .*", {}),
    "OM5.1": ("dcterms:created .*", {}),
    "OM5.2": ("dcterms:issued .*", {}),
    "VOC3": ("rdfs:label .*", {}),
    "VOC4": ("rdfs:comment .*", {}),
}


@pytest.mark.parametrize("name", ONTOLOGY_LOSSES)
def test_a_test_of_an_ontology_can_be_lost(name: str) -> None:
    taken, answers = ONTOLOGY_LOSSES[name]
    instead = "<other> a owl:Ontology ;" if name == "URI2" else "." if name == "VOC2" else ""
    text = re.sub(taken, instead, ONTOLOGY) if taken else ONTOLOGY

    found = ontology_checklist(catalogue(CATALOGUE, ONTOLOGY_SET), web(ontology=text, **answers))  # type: ignore[arg-type]

    assert name in lost(found)


def test_documentation_that_cannot_be_read_and_other_protocols_lose_their_tests() -> None:
    gone = ONTOLOGY_SET.replace("ns.ttl", "gone/ns.ttl")
    other = ONTOLOGY_SET.replace(f"{BASE}ns>", "urn:x:ns>")

    assert {"DOC1", "URI1"} <= lost(ontology_checklist(catalogue(CATALOGUE, gone), web()))
    assert {"HTTP1", "VOC1"} <= lost(ontology_checklist(catalogue(CATALOGUE, other), web()))


def test_what_needs_a_doi_or_a_registry_is_open_with_the_reason() -> None:
    text = re.sub("(dcterms:identifier|schema:includedInDataCatalog) .*", "", ONTOLOGY)

    found = ontology_checklist(catalogue(CATALOGUE, ONTOLOGY_SET), web(ontology=text))

    assert found
    notes = {check.name: str(check.note) for check in found.checks if check.open}
    assert "DOI" in notes["OM3"]
    assert "registry" in notes["FIND_3_BIS"]


def test_a_catalogue_without_ontology_is_not_asked_for_one() -> None:
    assert ontology_checklist(catalogue(CATALOGUE), web()) is None


def test_only_what_is_json_counts_as_embedded() -> None:
    broken = b'<script type="application/ld+json">{"@type": </script>'

    assert embedded(PAGE + broken) == [{"@type": "Dataset"}]


def test_a_page_made_to_stop_its_reader_is_read_on() -> None:
    deep = b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script>"
    endless = b"<script " * 200_000 + b'<script type="application/ld+json">' * 200_000

    assert embedded(deep + PAGE + endless) == [{"@type": "Dataset"}]


# What is published


def test_the_page_tells_what_the_shipped_data_would_still_miss_and_why(forum: Server) -> None:
    page = forum.get("catalog/quality", "text/html").text

    rows = dict(re.findall(r"<th scope=\"row\"><code>([\w.-]+)</code></th>.*<td>(.*?)</td></tr>", page))
    assert len(rows) == 17 + 24
    assert {name for name, note in rows.items() if note} == {
        "FsF-F1-02MD", "FIND2", "FIND3", "URI1", "VER2", "OM3",
    }  # fmt: skip
