"""The page of a resource: facts by meaning, statements side by side, what links here, where it is."""

import shutil
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
import pytest

from .conftest import TINY, Server, start_server

PREFIXES = """@base <https://data.example.org/> .
@prefix bw: <ns#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix pub: <https://w3id.org/linked-data-publisher/ns#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
ONTOLOGY = """
bw:Claim a owl:Class ; rdfs:label "claim"@en, "affirmation"@fr .
bw:Register a owl:Class ; rdfs:label "register"@en .
bw:Remark a owl:Class ; rdfs:label "remark"@en .
bw:about a owl:ObjectProperty, pub:DescriptionProperty ; rdfs:label "about"@en .
bw:matter a owl:ObjectProperty, pub:ComparisonProperty ; rdfs:label "matter"@en .
bw:popular rdfs:label "popular name"@en ; rdfs:subPropertyOf skos:altLabel .
bw:opened rdfs:label "opened"@en, "ouvert"@fr .
bw:visitors rdfs:label "visitors"@en .
"""
DATA = """
<id/site/great> a bw:BathingSite ;
    rdfs:label "Great Beach"@en, "Grande Plage"@fr, "Großer Strand"@de ;
    dcterms:description "A long beach."@en ;
    bw:popular "The Long One" ;
    bw:maximumDepth 1.5 ; bw:visitors 120000 ;
    bw:opened "2019-06-01"^^xsd:date ;
    bw:neighbour <id/site/le-pont> ;
    dcterms:spatial <id/place/bay> ;
    schema:sameAs <http://www.wikidata.org/entity/Q1> ;
    foaf:homepage <https://beach.example/> ;
    skos:editorialNote "Seen once."@en ;
    dcterms:source <id/source/gazette> .

<id/place/bay> rdfs:label "The bay"@en ; geo:lat 46.5 ; geo:long 6.6 .

<id/claim/1> a bw:Claim ; rdfs:label "Great Beach, opened in 2019"@en ; bw:about <id/site/great> ;
    bw:matter <id/matter/opening> ; rdf:value "2019" ; dcterms:source <id/source/gazette> .
<id/claim/2> a bw:Claim ; rdfs:label "Great Beach, opened in 2018"@en ; bw:about <id/site/great> ;
    bw:matter <id/matter/opening> ; rdf:value "2018" ; dcterms:source <id/source/office> .
<id/claim/3> a bw:Claim ; rdfs:label "Great Beach, guarded"@en ; bw:about <id/site/great> ;
    bw:matter <id/matter/guard> ; rdf:value "yes"@en, "oui"@fr ; dcterms:source <id/source/office> .
<id/remark/1> a bw:Remark ; rdfs:label "A"@en ; bw:about <id/site/great> ; bw:matter <id/matter/opening> .
<id/remark/2> a bw:Remark ; rdfs:label "B"@en ; bw:about <id/site/great> ; bw:matter <id/matter/guard> .
<id/matter/opening> rdfs:label "opening"@en .
<id/matter/guard> rdfs:label "guard"@en .

<id/source/gazette> a bw:Source ; rdfs:label "Gazette of the lake"@en ;
    dcterms:publisher <id/register/lake> ; dcterms:issued "2020-05"^^xsd:gYearMonth .
<id/register/lake> a bw:Register ; rdfs:label "Lake Office"@en .
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("facts")
    shutil.copytree(TINY, folder / "content")
    (folder / "content/ontology/more.ttl").write_text(PREFIXES + ONTOLOGY, encoding="utf-8")
    linked = "".join(
        f'<id/sign/{number}> a bw:Register ; rdfs:label "sign {number:03}"@en ; bw:neighbour <id/site/great> .\n'
        for number in range(70)
    )
    (folder / "content/data/more.ttl").write_text(PREFIXES + DATA + linked, encoding="utf-8")
    server = start_server(folder / "content", folder, complete=False)
    yield server
    server.stop()


def page(server: Server, path: str = "doc/site/great") -> Element:
    response = server.get(path, "text/html")
    assert response.status_code == 200, response.text
    found: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.text)
    return found


def words(node: Element | None) -> str:
    assert node is not None
    return " ".join("".join(node.itertext()).split())


def section(found: Element, heading: str) -> Element:
    """The innermost section of which *heading* begins the heading."""
    named = [node for node in found.iter("section") if words(node).startswith(heading)]
    assert named, heading
    return named[-1]


def test_facts_are_grouped_by_what_they_mean(server: Server) -> None:
    found = page(server)

    brief, names = section(found, "In brief"), section(found, "Names")
    assert [words(node) for node in brief.iter("dt")] == [
        "opened", "maximum depth", "visitors", "foaf:homepage", "neighbour", "dcterms:spatial",
    ]  # fmt: skip
    assert "The Long One" in words(names)
    assert "wikidata" in words(section(found, "Identifiers and pages elsewhere"))
    assert "Seen once." in words(section(found, "Notes"))


def test_values_are_written_as_the_reader_writes_them(server: Server) -> None:
    english, french = page(server), page(server, "doc/site/great?lang=fr")

    (date,) = (node for node in section(english, "In brief").iter("time"))
    assert date.get("datetime") == "2019-06-01"
    assert "120,000" in words(section(english, "In brief"))
    assert "1er juin 2019" in words(french).replace("\N{NO-BREAK SPACE}", " ")
    assert "1,5" in words(french)


def test_names_in_other_languages_are_at_hand(server: Server) -> None:
    found = page(server)

    names = {node.get("lang"): words(node) for node in found.iter("span") if node.get("lang")}
    assert (names["fr"], names["de"]) == ("Grande Plage", "Großer Strand")
    assert words(next(found.iter("h1"))) == "Great Beach"


def test_a_source_is_told_with_its_publisher_and_date(server: Server) -> None:
    assert "Gazette of the lake Lake Office, May 2020" in words(section(page(server), "Sources"))


def test_claims_on_one_matter_stand_side_by_side(server: Server) -> None:
    claims = section(page(server), "claim 3")

    headings = [words(node) for node in claims.iter("h4")]
    assert headings == ["opening 2 different values", "guard"]  # one value in two languages is one
    first = next(claims.iter("table"))
    assert [words(row[0]) for row in first.findall("tbody/tr")] == ["2019", "2018"]  # dated by its source; undated
    assert [words(node) for node in first.iter("th")][:2] == ["rdf:value", "dcterms:source"]
    assert "Lake Office, May 2020" in words(first)


def test_matters_are_told_apart_without_values_too(server: Server) -> None:
    assert [words(node) for node in section(page(server), "remark 2").iter("h4")] == ["guard", "opening"]


def test_entries_are_open_where_nothing_else_tells_them(server: Server) -> None:
    assert "Show the entries" not in words(page(server))


def test_statements_name_the_file_that_they_are_in(server: Server) -> None:
    found = page(server)

    assert "Stated in: dataset/more" in words(section(found, "In brief"))
    assert "Stated in: dataset/more" in words(section(found, "claim 3"))


def test_links_to_it_are_grouped_and_paged(server: Server) -> None:
    first, second = page(server), page(server, "doc/site/great?page=2")

    assert "register by neighbour 70" in words(section(first, "What links here"))
    assert len([a for a in section(first, "What links here").iter("a") if "/sign/" in a.get("href", "")]) == 60
    assert len([a for a in section(second, "What links here").iter("a") if "/sign/" in a.get("href", "")]) == 10
    assert server.get("doc/site/great?page=3", "text/html").status_code == 404


def test_a_small_map_shows_where_its_place_is(server: Server) -> None:
    figure = next(node for node in page(server).iter("figure"))

    svg = next(node for node in figure.iter() if node.tag.endswith("svg"))
    assert "Great Beach" in (svg.get("aria-label") or "")
    assert not list(page(server, "doc/claim/1").iter("figure"))


def test_a_page_says_how_to_cite_and_to_ask_for_it(server: Server) -> None:
    found = section(page(server), "Data, citation, query")

    assert "“Great Beach”. In: Bathing waters, version" in words(found)
    assert "https://data.example.org/id/site/great" in words(found)
    (query,) = (node.get("href", "") for node in found.iter("a") if words(node) == "What is said of it")
    assert "The bay" in server.get(query, "text/html").text


def test_a_long_page_has_a_table_of_contents_whose_links_lead_somewhere(server: Server) -> None:
    found = page(server)

    (contents,) = (node for node in found.iter("nav") if node.get("aria-labelledby") == "onpage")
    targets = [node.get("href", "").removeprefix("#") for node in contents.iter("a")]
    anchors = {node.get("id") for node in found.iter() if node.get("id")}
    assert targets and set(targets) <= anchors


def test_a_thing_of_which_little_is_said_has_a_short_page(server: Server) -> None:
    found = page(server, "doc/matter/guard")

    assert not [node for node in found.iter("nav") if node.get("aria-labelledby") == "onpage"]
    assert "claim by matter 1" in words(section(found, "What links here"))
