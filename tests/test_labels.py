"""Names in all languages and the choice among them."""

import pytest
from pyoxigraph import RdfFormat
from pyoxigraph import Store as Engine

from publisher.describe.index import Index
from publisher.describe.labels import Label, Labels, local_name
from publisher.store.store import Store

DATA = """
@prefix : <https://data.example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix schema: <https://schema.org/> .
:lake rdfs:label "Joux"@fr, "Jouxsee"@de, "Lake Joux"@en ; skos:prefLabel "other"@fr, "Lago"@it .
:book dcterms:title "Titre"@fr-BE, "Titel"@nl .
:person foaf:name "Ada" .
:place schema:name "Zug"@it, "Ort"@de .
:twice rdfs:label "b"@en, "a"@en .
:odd rdfs:label :lake .
"""
BASE = "https://data.example.org/"


@pytest.fixture(scope="module")
def labels() -> Labels:
    engine = Engine()
    engine.load(DATA.encode(), format=RdfFormat.TURTLE)
    return Labels(Index.of(Store(engine, BASE)).names)


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("lake", "fr", Label("Joux", "fr")),
        ("lake", "de-CH", Label("Jouxsee", "de")),
        ("lake", "it", Label("Lago", "it")),
        ("lake", "pt", Label("Lake Joux", "en")),
        ("book", "fr-be", Label("Titre", "fr-be")),
        ("book", "en", Label("Titre", "fr-be")),
        ("person", "en", Label("Ada", "")),
        ("place", "fr", Label("Ort", "de")),
        ("twice", "en", Label("a", "en")),
        ("odd", "en", Label("odd", "")),
        ("unknown", "en", Label("unknown", "")),
    ],
)
def test_a_label_falls_back_by_language_then_english_then_any(
    labels: Labels, name: str, language: str, expected: Label
) -> None:
    assert labels.label(BASE + name, language) == expected


def test_all_languages_are_kept_and_the_better_property_decides(labels: Labels) -> None:
    assert labels.all(BASE + "lake") == {"fr": "Joux", "de": "Jouxsee", "en": "Lake Joux", "it": "Lago"}
    assert labels.all(BASE + "unknown") == {}
    assert BASE + "lake" in labels
    assert BASE + "odd" not in labels


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        ("https://data.example.org/ns#Beach", "Beach"),
        ("https://data.example.org/id/lake/", "lake"),
        ("urn:isbn:123", "123"),
        ("https://data.example.org/caf%C3%A9", "café"),
        ("//", "//"),
    ],
)
def test_the_local_name_is_the_last_part(iri: str, expected: str) -> None:
    assert local_name(iri) == expected
