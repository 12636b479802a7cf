"""Page queries: read, validated, and shown on the pages of their class and on the home page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.content.queries import classes_named
from publisher.content.query_files import read_query
from publisher.publish.validation import validate

from .conftest import TINY, Server, start_server

NEIGHBOURS = """#+ title: {en: Places nearby, fr: Lieux proches}
#+ view: list
#+ order: 2
#+ columns: {site: IRI, depth: metre}
#+ headings: {site: {en: Site, fr: Lieu}}
PREFIX bw: <ns#>

SELECT ?site ?depth WHERE {
  VALUES ?this { <id/site/le-pont> }
  ?this bw:neighbour ?site .
  ?site bw:maximumDepth ?depth .
}
ORDER BY ?site
"""
# Without an answer for its example; for the other site it asks for all combinations of nine statements.
ENDLESS = """#+ title: Every combination
#+ view: table
#+ order: 1
PREFIX bw: <ns#>

SELECT (COUNT(*) AS ?count) WHERE {
  VALUES ?this { <id/site/rocheray> }
  ?this bw:maximumDepth ?depth .
  FILTER (?depth > 10)
  ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r . ?s ?t ?u . ?v ?w ?x . ?y ?z ?depth
}
HAVING (COUNT(*) > 0)
ORDER BY ?count
"""
NAMES = """#+ title: Names
#+ view: table
#+ params:
#+   lang: {datatype: xsd:string, enum: [en, fr], doc: Language of names.}
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?name WHERE {
  VALUES ?this { <id/site/rocheray> }
  VALUES ?lang { "en" }
  ?this rdfs:label ?name .
  FILTER (lang(?name) = ?lang)
}
ORDER BY ?name
"""
COUNTED = """#+ title: {en: In figures, fr: En chiffres}
#+ view: figures
#+ columns: {kind: IRI, things: count}
SELECT ?kind (COUNT(?thing) AS ?things) WHERE { ?thing a ?kind . ?thing <ns#maximumDepth> ?depth } GROUP BY ?kind
"""


def content(folder: Path, **queries: str) -> Path:
    """The tiny content with page queries: "BathingSite/near" -> text."""
    shutil.copytree(TINY, folder / "content")
    for name, text in queries.items():
        path = folder / "content" / "queries" / "pages" / f"{name.replace('__', '/')}.rq"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "content"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("pages")
    queries = {"BathingSite/near": NEIGHBOURS, "bw-BathingSite/names": NAMES, "BathingSite/endless": ENDLESS}
    server = start_server(content(folder, **queries, **{"home/counted": COUNTED}), folder, complete=False)
    yield server
    server.stop()


def sections(text: str) -> dict[str, str]:
    """Anchor of a section that a query made -> its words."""
    page = html5lib.parse(text, namespaceHTMLElements=False)
    found = (node for node in page.iter("section") if "part" in node.get("class", "").split())
    return {node.get("aria-labelledby"): " ".join("".join(node.itertext()).split()) for node in found}


def test_a_class_is_named_by_its_local_name_or_with_a_prefix() -> None:
    prefixes = {"ns": "https://example.org/ns#", "schema": "https://schema.org/"}

    assert classes_named("Site", prefixes, "https://example.org/") == ["https://example.org/ns#Site"]
    assert classes_named("schema-Event", prefixes, "https://example.org/") == ["https://schema.org/Event"]
    assert classes_named("foaf-Person", prefixes, "https://example.org/") == []


def test_the_page_of_a_thing_shows_what_queries_say_of_it(server: Server) -> None:
    found = sections(server.get("doc/site/rocheray", "text/html").text)

    assert list(found) == [
        "bw-BathingSite-names",
        "BathingSite-near",
    ]  # by their order; the one without rows is left out
    assert (
        "Places nearby" in found["BathingSite-near"]
        and "Le Pont" in found["BathingSite-near"]
        and "31.5" in found["BathingSite-near"]
    )
    assert "Rocheray" in found["bw-BathingSite-names"]


def test_a_section_is_in_the_readers_language(server: Server) -> None:
    found = sections(server.get("doc/site/rocheray?lang=fr", "text/html").text)

    assert "Lieux proches" in found["BathingSite-near"] and "31,5" in found["BathingSite-near"]
    assert "Le Rocheray" in found["bw-BathingSite-names"]


def test_a_section_leads_to_its_query_about_this_very_thing(server: Server) -> None:
    page = html5lib.parse(server.get("doc/site/rocheray", "text/html").text, namespaceHTMLElements=False)
    links = [node.get("href", "") for node in page.iter("a")]

    query = next(link for link in links if link.startswith("/sparql?query=") and "neighbour%20%3Fsite" in link)
    assert "id/site/rocheray" in query.replace("%2F", "/")
    assert "Le Pont" in server.get(query, "text/html").text


def test_a_query_that_takes_too_long_says_so_and_the_page_is_there(server: Server) -> None:
    response = server.get("doc/site/le-pont", "text/html")

    found = sections(response.text)
    assert response.status_code == 200
    assert "too much to compute" in found["BathingSite-endless"]
    assert "Rocheray" in found["BathingSite-near"]  # which comes after, and has its share of the time
    assert "maximum depth" in response.text
    assert response.headers["Cache-Control"] == "no-store"  # the next reader may have more luck


def test_entries_that_sections_tell_in_their_way_are_folded(server: Server) -> None:
    page = html5lib.parse(server.get("doc/site/le-pont", "text/html").text, namespaceHTMLElements=False)

    folded = [node for node in page.iter("details") if any(row.get("class") == "stated" for row in node.iter("table"))]
    assert [node.findtext("summary") for node in folded] == ["Show the entries"] * 2  # the beach, the sample


def test_the_page_of_another_class_asks_nothing(server: Server) -> None:
    response = server.get("doc/sample/le-pont-2026-01", "text/html")

    assert not sections(response.text)
    assert "no-store" not in response.headers["Cache-Control"]


def test_the_home_page_shows_its_queries(server: Server) -> None:
    text = server.get("?lang=fr", "text/html").text

    assert "En chiffres" in text
    assert "site de baignade" in text


@pytest.mark.parametrize(
    ("name", "before", "after", "found"),
    [
        ("BathingSite/near", "", "", ""),
        ("Sight/near", "", "", "1: error: nothing is of a class Sight (the local name of a class of the content's"),
        ("foaf-Person/near", "", "", "1: error: nothing is of a class foaf-Person"),
        ("near", "", "", "1: error: the query is in no folder of a class"),
        ("BathingSite/near", "#+ title", "#+ summary", "1: error: the query has no title"),
        ("BathingSite/near", "view: list", "view: cloud", "2: error: header key view does not hold what it should"),
        ("BathingSite/near", "order: 2", "order: first", "3: error: header key order does not hold"),
        ("BathingSite/near", "VALUES ?this", "VALUES ?that", "1: error: parameter this has 0 VALUES lines"),
        ("BathingSite/near", "{site: {en", "{sight: {en", "5: error: column sight is no variable of the result"),
        ("BathingSite/near", "ORDER BY ?site", "", "1: error: the rows have no order"),
        ("BathingSite/near", "bw:neighbour", "bw:sampled", "1: warning: the query shows nothing"),
        ("BathingSite/near", "bw:neighbour", "bx:neighbour", "10: error: column "),
    ],
)
def test_what_a_page_query_lacks_is_found(tmp_path: Path, name: str, before: str, after: str, found: str) -> None:
    text = NEIGHBOURS.replace(before, after) if before else NEIGHBOURS
    config = Config(content=content(tmp_path, **{name: text}), build=tmp_path / "build")

    report = validate(read_content(config), config)

    findings = [str(finding) for finding in report.findings if finding.file.startswith("queries/pages/")]
    assert any(f"queries/pages/{name}.rq:{found}" in finding for finding in findings) if found else not findings


def test_a_query_of_pages_knows_its_class_its_place_and_its_example(tmp_path: Path) -> None:
    folder = content(tmp_path, **{"BathingSite/near": NEIGHBOURS})

    query = read_query(folder / "queries/pages/BathingSite/near.rq", "https://data.example.org/")

    assert (query.shown_on, query.order, query.view) == ("BathingSite", 2, "list")
    (this,) = query.params
    assert (this.name, str(this.default)) == ("this", "<https://data.example.org/id/site/le-pont>")
    assert query.headings["site"]["fr"] == "Lieu"
