"""From what others call a thing to our resource, and what is linked to what."""

import csv
import io
import json
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from pyoxigraph import RdfFormat
from pyoxigraph import Store as Engine

from publisher.cli import main
from publisher.describe.links import forms, identifier, same, space_of
from publisher.store.store import Store

from .conftest import Server, start_server

WIKIDATA, GEONAMES = "http://www.wikidata.org/entity/", "https://sws.geonames.org/"
DATA = """
@base <https://data.example.org/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ex: <http://elsewhere.example/terms#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix wd: <http://www.wikidata.org/entity/> .
<id/place/zug> a ex:Place ; rdfs:label "Zug"@de ; schema:sameAs wd:Q68144, <https://sws.geonames.org/2657908/> .
<id/place/bern> a ex:Place ; rdfs:label "Bern"@de ; owl:sameAs <http://data.europa.eu/nuts/code/CH021> .
<id/place/biel> a ex:Place ; rdfs:label "Biel"@de .
<id/town/zug> a ex:Town ; rdfs:label "Town of Zug, the =first"@en ; dcterms:spatial <id/place/zug> .
<id/town/biel> a ex:Town ; rdfs:label "Town of Biel"@en ; dcterms:spatial <id/place/biel> .
<id/canton/bern> a ex:Canton ; rdfs:label "Canton of Bern"@en ; skos:exactMatch wd:Q11911 ; skos:closeMatch wd:Q70 .
<id/canton/bern-old> a ex:Canton ; rdfs:label "=Bern, old canton"@en ; skos:exactMatch wd:Q11911, <id/canton/bern> .
wd:Q68144 rdfs:label "Zug"@de .
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("links")
    (folder / "data").mkdir()
    (folder / "data" / "places.ttl").write_text(DATA, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path):  # type: ignore[no-untyped-def]
    server = start_server(folder, folder, base_iri="https://data.example.org/", complete=False)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def store() -> Store:
    engine = Engine()
    engine.load(DATA.encode(), format=RdfFormat.TURTLE)
    return Store(engine, "https://data.example.org/")


# One and the same


@pytest.mark.parametrize(
    ("asked", "document"),
    [
        (WIKIDATA + "Q68144", "/doc/place/zug"),
        ("https://www.wikidata.org/entity/Q68144", "/doc/place/zug"),
        ("https://www.wikidata.org/wiki/Q68144", "/doc/place/zug"),
        ("https://m.wikidata.org/wiki/Q68144#sitelinks", "/doc/place/zug"),
        ("https://www.wikidata.org/wiki/Special:EntityData/Q68144.ttl", "/doc/place/zug"),
        ("Q68144", "/doc/place/zug"),
        (GEONAMES + "2657908/", "/doc/place/zug"),
        ("http://www.geonames.org/2657908/zug.html", "/doc/place/zug"),
        ("https://www.geonames.org/2657908", "/doc/place/zug"),
        ("http://data.europa.eu/nuts/code/CH021", "/doc/place/bern"),
        ("https://data.europa.eu/nuts/code/CH021/", "/doc/place/bern"),
        ("https://data.example.org/id/town/zug", "/doc/town/zug"),
    ],
)
def test_what_others_call_a_thing_leads_to_ours(server: Server, asked: str, document: str) -> None:
    for method in ("GET", "HEAD"):
        answer = requests.request(
            method, server.url + "sameas", params={"uri": asked}, allow_redirects=False, timeout=30
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, document)


def test_the_form_that_was_asked_for_comes_at_the_end(server: Server) -> None:
    asked = {"uri": WIKIDATA + "Q68144", "lang": "fr"}

    answer = server.get("sameas", "text/turtle", params=asked)

    assert answer.url.endswith("/doc/place/zug?lang=fr")
    assert answer.headers["Content-Type"].startswith("text/turtle") and "Q68144" in answer.text


def test_of_several_the_reader_chooses(server: Server) -> None:
    asked = {"uri": WIKIDATA + "Q11911"}

    answer = server.get("sameas", params=asked)
    page = server.get("sameas", "text/html", params=asked)

    assert answer.status_code == page.status_code == 300
    assert [(found["id"].rpartition("/")[2], found["href"]) for found in answer.json()["resources"]] == [
        ("bern", "/doc/canton/bern"),
        ("bern-old", "/doc/canton/bern-old"),
    ]
    assert 'href="/doc/canton/bern"' in page.text and 'href="/doc/canton/bern-old"' in page.text


def test_what_is_only_near_is_not_the_same(server: Server) -> None:
    assert server.get("sameas", params={"uri": WIKIDATA + "Q70"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?uri=", 400), ("?uri=no%20iri", 400), (f"?uri={quote(WIKIDATA)}Q1", 404), ("?uri=a&uri=b", 400)],
)
def test_what_is_unknown_is_told_what_is_known(server: Server, query: str, status: int) -> None:
    answer = server.get(f"sameas{query}", "application/json")

    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    if "linked" in problem:
        assert problem["linked"] == {WIKIDATA: 3, "http://data.europa.eu/nuts/code/": 1, GEONAMES: 1,
                                     "https://data.example.org/id/canton/": 1}  # fmt: skip
    assert "linked" in problem or status == 400


def test_forms_of_an_iri_begin_with_itself() -> None:
    asked = "http://www.geonames.org/2657908/zug.html"

    assert forms(asked)[0] == asked
    assert GEONAMES + "2657908/" in forms(asked)
    assert forms("urn:isbn:1") == ["urn:isbn:1"]


def test_an_iri_that_is_none_and_a_code_that_is_none_are_nothing(store: Store) -> None:
    assert same(store, "no iri") == []
    assert identifier("Q0") == identifier("Queue") == identifier("q42") == ""
    assert space_of("urn:isbn:1") == ""


# The report


def report(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["links", "--build", str(folder / "build"), *arguments]) == 0
    return capsys.readouterr().out


def test_the_report_tells_what_is_linked_to_what(
    server: Server, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {entry["name"]: entry for entry in json.loads(report(folder, capsys, "--format", "json"))["classes"]}

    counts = {name: (entry["linked"], entry["resources"]) for name, entry in told.items() if name.startswith("ex:")}
    assert counts == {"ex:Place": (2, 3), "ex:Town": (1, 2), "ex:Canton": (2, 2)}
    spatial, same_as = "http://purl.org/dc/terms/spatial", "https://schema.org/sameAs"
    assert told["ex:Town"]["through"] == 1
    assert told["ex:Town"]["targets"] == [
        {"through": spatial, "property": same_as, "target": target, "resources": 1} for target in (WIKIDATA, GEONAMES)
    ]
    assert {"through": "", "property": "http://www.w3.org/2004/02/skos/core#closeMatch", "target": WIKIDATA,
            "resources": 1} in told["ex:Canton"]["targets"]  # fmt: skip


def test_the_report_tells_what_is_not_linked(server: Server, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = report(folder, capsys, "--unlinked", "--class", "ex:Town")
    told = json.loads(report(folder, capsys, "--unlinked", "--class", "Town", "--format", "json"))

    assert text.splitlines()[0] == "ex:Town: 1 of 2 linked (50 %)"
    assert "id/town/biel  Town of Biel" in text and "Town of Zug" not in text
    assert told["classes"][0]["unlinked"] == [
        {"resource": "https://data.example.org/id/town/biel", "name": "Town of Biel"}
    ]


def test_the_report_is_a_table_of_all_links(server: Server, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every = list(csv.DictReader(io.StringIO(report(folder, capsys, "--format", "csv"))))
    without = list(csv.DictReader(io.StringIO(report(folder, capsys, "--format", "csv", "--unlinked"))))

    zug = [row for row in every if row["name"] == "Town of Zug, the =first"]
    assert {row["target"] for row in zug} == {WIKIDATA + "Q68144", GEONAMES + "2657908/"}
    assert {row["resource"] for row in without} >= {
        f"https://data.example.org/id/{name}/biel" for name in ("place", "town")
    }
    assert not any(row["target"] for row in without)
    assert [row for row in every if not row["target"]] == without
    assert "'=Bern, old canton" in {row["name"] for row in every}  # which a spreadsheet would compute


def test_an_unknown_class_is_told_those_that_there_are(
    server: Server, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["links", "--build", str(folder / "build"), "--class", "Nothing"]) == 2
    assert "ex:Town" in capsys.readouterr().err
