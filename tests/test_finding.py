"""Whoever searches finds things by names and descriptions, misspelt too, and what is meant comes first."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat
from pyoxigraph import Store as Engine

from publisher.describe import texts
from publisher.describe.finding import LONGEST, MOST, Finder
from publisher.describe.index import Index, write_index
from publisher.describe.matching import Matcher
from publisher.describe.namespaces import METAMODEL
from publisher.describe.search import Search
from publisher.describe.texts import words_query
from publisher.store.store import Store

BASE = "https://data.example.org/"
DATA = """
@base <https://data.example.org/> .
@prefix ex: <ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix wd: <http://www.wikidata.org/entity/> .

ex:Town a owl:Class ; rdfs:label "town"@en ; skos:definition "settlement with a charter"@en .
<id/liege> a ex:Town ; rdfs:label "Liège"@fr, "Lüttich"@de ; schema:sameAs wd:Q3992 ;
    dcterms:description "Ville sur la Meuse, siège d'un évêché."@fr, "City on the Meuse."@en .
<id/bridge-liege> a ex:Bridge ; rdfs:label "Pont des Arches, Liège"@fr ; ex:in <id/liege> .
<id/fair> a ex:Fair ; rdfs:label "Foire d'octobre"@fr ; ex:in <id/liege> ; dcterms:description "Held at Liège."@en .
<id/brussels> a ex:Town ; rdfs:label "Brussels"@en, "Bruxelles"@fr .
<id/saint-denis> a ex:Town ; rdfs:label "Saint-Denis"@fr .
<id/manifesto> a ex:Text ; rdfs:label "Security, Democracy and Cities: the Manifesto of Naples"@en .
<id/paper> a ex:Text ; rdfs:label "Manifesto"@en .
<id/town-hall> a ex:Hall ; rdfs:label "Town"@en .
<id/old> a ex:Town ; rdfs:label "Old Liège"@en ; owl:deprecated true .
<id/liege#part> a ex:Part ; rdfs:label "Liège"@en .
wd:Q3992 rdfs:label "Liège"@fr .
schema:Town rdfs:label "Town"@en .
_:nobody a ex:Town ; rdfs:label "Liège"@en .
"""


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Finder:
    engine = Engine()
    engine.load(DATA.encode(), format=RdfFormat.TURTLE)
    store, path = Store(engine, BASE), tmp_path_factory.mktemp("finding") / "index.sqlite"
    write_index(store, path, {})
    search = Search.open(path)
    return Finder(store, search, Matcher(store, Index.open(path), search, METAMODEL))


def found(finder: Finder, text: str) -> list[str]:
    return [hit.iri.removeprefix(BASE).removeprefix("id/") for hit in finder.find(text)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Liège", ["liege"]),
        ("LIEGE", ["liege"]),
        ("luettich", ["liege"]),
        ("Q3992", ["liege"]),
        ("https://www.wikidata.org/wiki/Q3992", ["liege"]),
        (BASE + "id/fair", ["fair"]),
        ("Manifesto", ["paper", "manifesto"]),
        ("manifesto naples", ["manifesto"]),
        ("naples security", ["manifesto"]),
        ("democ", ["manifesto"]),
        ("saint denis", ["saint-denis"]),
        ("denis", ["saint-denis"]),
        ("evêche", ["liege"]),
        ("City on the Meuse", ["liege"]),
        ("settlement", ["ns#Town"]),
    ],
)
def test_what_is_meant_comes_first(finder: Finder, text: str, first: list[str]) -> None:
    assert found(finder, text)[: len(first)] == first


@pytest.mark.parametrize(("text", "first"), [("Bruseels", "brussels"), ("Leige", "liege"), ("Manifsto", "paper")])
def test_a_misspelt_name_is_found_and_said_to_be_only_alike(finder: Finder, text: str, first: str) -> None:
    hits = finder.find(text)

    assert hits[0].iri == f"{BASE}id/{first}" and hits[0].is_alike


def test_a_thing_comes_before_the_word_for_it_and_that_before_a_bare_name(finder: Finder) -> None:
    assert found(finder, "town")[:3] == ["town-hall", "ns#Town", "https://schema.org/Town"]


def test_what_was_retired_or_stands_for_ours_or_has_no_name_is_not_found(finder: Finder) -> None:
    everything = found(finder, "Liège")

    assert {"old", "http://www.wikidata.org/entity/Q3992"}.isdisjoint(everything)
    assert not [iri for iri in everything if iri.startswith("_:")]
    assert len(everything) == len(set(everything)) and {"bridge-liege", "fair"} < set(everything)


def test_between_names_that_begin_alike_what_more_statements_name_is_suggested_first(finder: Finder) -> None:
    assert next(item.iri for item in finder.suggest("li", 5)) == BASE + "id/liege"
    assert finder.suggest("", 5) == []


@pytest.mark.parametrize("text", ["", "   ", "?!", "zzzzzz qqqqqq"])
def test_nothing_is_found_by_nothing(finder: Finder, text: str) -> None:
    assert finder.find(text) == []


@given(st.text(max_size=60))
def test_no_text_confuses_the_search(finder: Finder, text: str) -> None:
    hits = finder.find(text)

    assert len(hits) <= MOST
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert isinstance(finder.suggest(text, 8), list)


@pytest.mark.parametrize("text", ['"', "' OR 1=1 --", "a NEAR/2 b", "told:x", "* AND *", "( ^ )", "ab " * 10_000])
def test_a_hostile_text_is_a_text(finder: Finder, text: str) -> None:
    assert isinstance(finder.find(text), list)
    assert len(words_query(text)) < 100 * LONGEST


def test_of_very_many_descriptions_some_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(texts, "MOST_TEXTS", 10)
    engine = Engine()
    lines = (f'<urn:{n}> <http://purl.org/dc/terms/description> "thing" ; a <urn:T> .' for n in range(50))
    engine.load("\n".join(lines).encode(), format=RdfFormat.TURTLE)
    path = tmp_path / "index.sqlite"
    write_index(Store(engine, BASE), path, {})

    assert len(Search.open(path).told("thing", 100)) == 10
