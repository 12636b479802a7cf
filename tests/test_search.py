"""Names are found however they are spelt, and what is meant is told with a score that can be relied on."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple
from pyoxigraph import Store as Engine

from publisher.describe import matching
from publisher.describe import search as module
from publisher.describe.index import Index, write_index
from publisher.describe.matching import Matcher, Query
from publisher.describe.namespaces import METAMODEL
from publisher.describe.readings import Reading, likeness, readings
from publisher.describe.search import CODE, OTHER, SHOWN, Search
from publisher.describe.spelling import begins, distance, fold, similarity, spellings
from publisher.describe.turtle import TYPE
from publisher.store.store import Store

BASE = "https://data.example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
DATA = """
@base <https://data.example.org/> .
@prefix ex: <ns#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix wd: <http://www.wikidata.org/entity/> .

ex:Town a owl:Class ; rdfs:label "town"@en ; rdfs:subClassOf ex:Place .
ex:country a owl:ObjectProperty ; rdfs:label "country"@en .
ex:listedAs a owl:DatatypeProperty ; skos:closeMatch schema:alternateName .
ex:brand rdfs:subPropertyOf ex:listedAs .
ex:unrelated a owl:DatatypeProperty .

<id/koln> a ex:Town ; rdfs:label "Köln"@de, "Cologne"@fr ; ex:country <id/germany> ; ex:listedAs "Colonia" ;
    skos:notation "DE-K" ; schema:sameAs wd:Q365 ; ex:population 1073096 ; ex:brand "Domstadt" ; ex:unrelated "Nix" .
<id/liege> a ex:Town ; rdfs:label "Liège"@fr, "Luik"@nl ; ex:country <id/belgium> ;
    schema:sameAs wd:Q3992, <https://sws.geonames.org/2792413/> .
<id/valencia-es> a ex:Town ; rdfs:label "Valencia"@es ; ex:country <id/spain> .
<id/valencia-ve> a ex:Town ; rdfs:label "Valencia"@es ; ex:country <id/venezuela> .
<id/sevilla> a ex:Town ; rdfs:label "Sevilla"@es, "Séville"@fr ; ex:country <id/spain> .
<id/saint-denis> a ex:Town ; rdfs:label "Saint-Denis"@fr .
<id/cathedral> a ex:Building ; rdfs:label "Cologne"@fr, "Dom"@de .
<id/old> a ex:Town ; rdfs:label "Altstadt"@de ; owl:deprecated true .
<id/athens> a ex:Town ; rdfs:label "Αθήνα"@el .
<id/twice> a ex:Town ; rdfs:label "Zug"@de, "Zugg"@de .
<id/ada> a foaf:Person ; foaf:name "Ada Lovelace" ; ex:country <id/belgium> .
<id/belgium> a ex:Country ; rdfs:label "Belgique"@fr, "Belgium"@en ; skos:notation "BE" .
<id/germany> a ex:Country ; rdfs:label "Germany"@en .
<id/spain> a ex:Country ; rdfs:label "Spain"@en .
<id/venezuela> a ex:Country ; rdfs:label "Venezuela"@en .
wd:Q3992 rdfs:label "Liège"@fr .
<http://elsewhere.example/terms#town> rdfs:label "Ortschaft"@de .
ex:Town skos:closeMatch <http://elsewhere.example/terms#town> .
_:nobody a ex:Town ; rdfs:label "Nowhere"@en .
"""


@pytest.fixture(scope="module")
def store() -> Store:
    engine = Engine()
    engine.load(DATA.encode(), format=RdfFormat.TURTLE)
    return Store(engine, BASE)


@pytest.fixture(scope="module")
def index(store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, Search]:
    path = tmp_path_factory.mktemp("search") / "index.sqlite"
    write_index(store, path, {})
    return Index.open(path), Search.open(path)


@pytest.fixture(scope="module")
def search(index: tuple[Index, Search]) -> Search:
    return index[1]


@pytest.fixture(scope="module")
def matcher(store: Store, index: tuple[Index, Search]) -> Matcher:
    return Matcher(store, *index, METAMODEL)


def short(iri: str) -> str:
    return iri.removeprefix(BASE + "id/")


# Spelling


def by_table(one: str, other: str) -> int:
    """Optimal string alignment as textbooks write it."""
    table = {(row, 0): row for row in range(len(one) + 1)} | {(0, column): column for column in range(len(other) + 1)}
    for row in range(1, len(one) + 1):
        for column in range(1, len(other) + 1):
            same = one[row - 1] == other[column - 1]
            ways = [table[row - 1, column] + 1, table[row, column - 1] + 1, table[row - 1, column - 1] + (not same)]
            if row > 1 and column > 1 and one[row - 2 : row] == other[column - 2 : column][::-1]:
                ways.append(table[row - 2, column - 2] + 1)
            table[row, column] = min(ways)
    return table[len(one), len(other)]


@given(st.text("abc", max_size=9), st.text("abc", max_size=9))
def test_the_distance_is_that_of_the_textbook(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) == by_table(one, other)


@given(st.text(max_size=40))
def test_a_folded_text_stays_as_it_is(text: str) -> None:
    folded = fold(text)

    assert fold(folded) == folded
    assert folded == folded.strip()
    assert bool(folded) == bool(text.strip())


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("LIÈGE", "liege"),
        ("  Saint–Denis ", "saint denis"),
        ("L’Hospitalet", "l'hospitalet"),
        ("Łódź", "LODZ"),
        ("Straße", "strasse"),
        ("Αθήνα", "ΑΘΗΝΑ"),
        ("İstanbul", "istanbul"),
        ("Liège", "Lie\u0300ge"),
        ("東京都", "東京都"),
    ],
)
def test_spellings_that_people_take_for_the_same_are_folded_into_one(text: str, other: str) -> None:
    assert fold(text) == fold(other) != ""


@pytest.mark.parametrize(
    ("text", "other"),
    [("パパ", "ババ"), ("ハハ", "パパ"), ("กุ", "กู"), ("क्", "क"), ("ड़", "ड")],
)
def test_marks_that_make_another_letter_are_kept(text: str, other: str) -> None:
    assert fold(text) != fold(other)
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (("liege", "leige"), ("liege", "lille")),
        (("denis saint", "saint denis"), ("denis saint", "saint malo")),
        (("european forum", "europaen forum"), ("european forum", "forum")),
    ],
)
def test_a_slip_is_nearer_than_another_name(near: tuple[str, str], far: tuple[str, str]) -> None:
    assert similarity(*far) < similarity(*near) < 1


def test_what_begins_a_name_is_better_than_what_begins_a_word_of_it() -> None:
    assert begins("denis", "den") > begins("saint denis", "den") > begins("saint denis", "dne") > begins("lille", "den")


def test_a_letter_may_be_written_as_two() -> None:
    assert spellings("Köln") == ("koln", "koeln")
    assert spellings("Århus") == ("arhus", "aarhus")
    assert spellings("Liège") == ("liege",)


# Search


@pytest.mark.parametrize(
    ("text", "iri", "name", "kind"),
    [
        ("koln", "koln", "Köln", SHOWN),
        ("KOELN", "koln", "Köln", SHOWN),
        ("colonia", "koln", "Colonia", OTHER),
        ("domstadt", "koln", "Domstadt", OTHER),
        ("de k", "koln", "DE-K", CODE),
        ("luik", "liege", "Luik", SHOWN),
        ("αθηνα", "athens", "Αθήνα", SHOWN),
        ("zugg", "twice", "Zugg", OTHER),
    ],
)
def test_every_name_in_every_language_is_found(search: Search, text: str, iri: str, name: str, kind: int) -> None:
    found = next(found for found in search.find(text) if short(found.iri) == iri)

    assert (found.name, found.kind, found.likeness) == (name, kind, 1.0)


@pytest.mark.parametrize(("text", "iri"), [("leige", "liege"), ("kölnn", "koln"), ("saint dennis", "saint-denis")])
def test_a_misspelt_name_is_found_nearly(search: Search, text: str, iri: str) -> None:
    best = next(found for found in search.find(text) if found.iri.startswith(BASE))

    assert short(best.iri) == iri and module.LEAST <= best.likeness < 1


def test_what_is_no_name_is_not_found(search: Search) -> None:
    assert search.find("nix") == []
    assert "DE-K" not in [found.name for found in search.find("DE-L")], "codes are found only as they are"
    assert not [found for found in search.find("Nowhere") if found.iri.startswith("_:")]


def test_each_resource_is_found_once_by_its_best_name(search: Search) -> None:
    found = search.find("Zug")

    assert [short(item.iri) for item in found] == ["twice"]
    assert found[0].name == "Zug"


@pytest.mark.parametrize(
    ("start", "expected"),
    [("lu", ["liege"]), ("val", ["valencia-es", "valencia-ve"]), ("den", ["saint-denis"]), ("", [])],
)
def test_a_beginning_is_enough(search: Search, start: str, expected: list[str]) -> None:
    assert [short(found.iri) for found in search.beginning(start)][: len(expected)] == expected


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_no_text_confuses_the_search(search: Search, text: str) -> None:
    for found in (*search.find(text), *search.beginning(text), *search.exactly(text)):
        assert 0 < found.likeness <= 1


@pytest.mark.parametrize("text", ['"', "'; DROP TABLE name", "NEAR(a b)", "* OR *", "a" * 100_000, "x " * 50_000])
def test_a_hostile_text_is_a_text(search: Search, text: str) -> None:
    assert isinstance(search.find(text), list) and isinstance(search.beginning(text), list)


def test_what_is_everywhere_is_found_exactly_and_read_no_further(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 100)
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")

    def statements() -> Iterator[Triple]:
        for number in range(2_000):
            yield Triple(NamedNode(f"{BASE}id/{number}"), label, Literal(f"School {number}"))

    write_index(Store(Engine(), BASE), tmp_path / "index.sqlite", {}, statements())
    search = Search.open(tmp_path / "index.sqlite")
    rows: list[int] = []
    ask = search._rows
    monkeypatch.setattr(search, "_rows", lambda *given: (found := ask(*given), rows.append(len(found)))[0])

    assert search.find("school 1234")[0].iri == f"{BASE}id/1234"
    assert search.find("schoool 1234")[0].iri == f"{BASE}id/1234"
    assert max(rows) <= module.MOST_COMPARED
    assert len(search.beginning("school")) == 50
    assert search.find("school")[0].name == "School 0"


# Readings


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Liège (Belgique)", Reading("Liège", (), ("Belgique",))),
        ("Sevilla / Séville", Reading("Sevilla", ("Séville",))),
        ("Liège, Belgium", Reading("Liège", (), ("Belgium",))),
        ("Belgium – Liège", Reading("Liège", (), ("Belgium",))),
        ("Valencia [ES]", Reading("Valencia", (), ("ES",))),
    ],
)
def test_additions_are_told_from_the_name(text: str, reading: Reading) -> None:
    assert readings(text)[0] == Reading(text)
    assert reading in readings(text)


@given(st.text("ab/,|()- ", max_size=200))
def test_there_are_few_readings(text: str) -> None:
    found = readings(text)

    assert len(found) == len(set(found)) <= 8
    assert all(fold(reading.name) for reading in found)


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (Literal("1995-03-01", datatype=NamedNode(XSD + "date")), "1995", 1.0),
        (Literal("1995-03-01", datatype=NamedNode(XSD + "date")), "1996-03", 0.0),
        (Literal(195278), "195 278", 1.0),
        (Literal(195278), "195.278", 0.0),
        (Literal(100), "90", 0.8),
        (Literal("75056"), "75057", 0.85),
        (Literal("1995", datatype=NamedNode(XSD + "gYear")), "1996", 0.85),
        (Literal("0000000121032683"), "121032683", 1.0),
        (Literal("0"), "1e-999", 0.85),
        (Literal("1e999"), "1e998", 0.0),
        (Literal("1e9999999999999999999"), "5", 0.0),
        (Literal("90071992547409930"), "90071992547409931", 0.85),
        (Literal("Liège"), "LIEGE", 1.0),
        (Literal("1995", datatype=NamedNode(XSD + "gYear")), "1995", 1.0),
        (Literal(0), "0", 1.0),
    ],
)
def test_values_are_compared_by_what_they_are(value: Literal, text: str, expected: float) -> None:
    assert likeness(value, text) == pytest.approx(expected)


# Matching

TOWN = BASE + "ns#Town"
COUNTRY = BASE + "ns#country"


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("Koln", "koln"),
        ("Koeln", "koln"),
        ("KÖLN (Germany)", "koln"),
        ("Cologne, Germany", "koln"),
        ("Sevilla / Séville", "sevilla"),
        ("Valencia (Venezuela)", "valencia-ve"),
        ("Valencia, Spain", "valencia-es"),
        ("Luik (BE)", "liege"),
        ("saint denis", "saint-denis"),
        ("Colonia", "koln"),
        ("http://www.wikidata.org/entity/Q365", "koln"),
        ("https://www.wikidata.org/wiki/Q365", "koln"),
        ("Q365", "koln"),
        (BASE + "id/koln", "koln"),
        ("DE-K", "koln"),
    ],
)
def test_what_is_meant_beyond_doubt_is_a_match(matcher: Matcher, text: str, iri: str) -> None:
    best, *others = matcher.candidates(Query(text, (TOWN,)))

    assert (short(best.iri), best.match) == (iri, True)
    assert best.score >= 95
    assert not any(other.match for other in others)


@pytest.mark.parametrize(
    ("text", "best", "why"),
    [
        ("Valencia", "valencia-es", "there are two"),
        ("Leige", "liege", "misspelt"),
        ("Liège (Canada)", "liege", "another country, for all that is known"),
        ("Sevilla / Granada", "sevilla", "another name, for all that is known"),
        ("Saint-Denis Nord", "saint-denis", "a part of it, perhaps"),
        ("Sevilla?", "sevilla", "whoever wrote it was not sure"),
        ("Sevilla (?)", "sevilla", "the same"),
        ("*Sevilla", "sevilla", "there is a footnote"),
        ("Sevilla++", "sevilla", "C++ is not C"),
    ],
)
def test_what_is_not_safe_is_only_a_candidate(matcher: Matcher, text: str, best: str, why: str) -> None:
    found = matcher.candidates(Query(text, (TOWN,)))

    assert short(found[0].iri) == best
    assert not any(candidate.match for candidate in found), why


def test_what_could_be_of_two_kinds_is_a_match_only_when_the_kind_is_said(matcher: Matcher) -> None:
    both = matcher.candidates(Query("Cologne"))

    assert {short(candidate.iri) for candidate in both if candidate.score == 100} == {"koln", "cathedral"}
    assert not any(candidate.match for candidate in both)
    assert [(short(c.iri), c.match) for c in matcher.candidates(Query("Cologne", (TOWN,)))] == [("koln", True)]


def test_a_kind_holds_for_those_below_it_and_may_be_must_or_should(matcher: Matcher) -> None:
    def asked(*types: str, strict: str = "any") -> list[tuple[str, float]]:
        query = Query("Cologne", tuple(BASE + "ns#" + name for name in types), strict)
        return [(short(candidate.iri), candidate.score) for candidate in matcher.candidates(query)]

    assert asked("Place") == [("koln", 100)]
    assert asked("Town", "Building") == [("cathedral", 100), ("koln", 100)]
    assert asked("Town", "Building", strict="all") == []
    assert asked("Town", "Place", strict="all") == [("koln", 100)]
    assert asked("Town", strict="should") == [("koln", 100), ("cathedral", 50)]
    assert matcher.candidates(Query("Cologne", (TOWN,), "should"))[0].match
    everything = Query("Koln", ("http://www.w3.org/2002/07/owl#Thing",))
    assert [short(candidate.iri) for candidate in matcher.candidates(everything)] == ["koln"]


@pytest.mark.parametrize("country", ["Spain", BASE + "id/spain", "SPAIN", "spain"])
def test_a_property_decides_between_namesakes(matcher: Matcher, country: str) -> None:
    best, second, *_ = matcher.candidates(Query("Valencia", (TOWN,), properties=((COUNTRY, (country,)),)))

    assert (short(best.iri), best.match, best.score, best.features[COUNTRY]) == ("valencia-es", True, 100, 1)
    assert (short(second.iri), second.match, second.score, second.features[COUNTRY]) == ("valencia-ve", False, 60, 0)


def test_what_contradicts_or_cannot_be_checked_is_no_match(matcher: Matcher) -> None:
    wrong = matcher.candidates(Query("Liège", (TOWN,), properties=((COUNTRY, ("Spain",)),)))[0]
    unknown = matcher.candidates(Query("Saint-Denis", (TOWN,), properties=((COUNTRY, ("France",)),)))[0]

    assert (wrong.score, wrong.match) == (60, False)
    assert (unknown.score, unknown.match) == (80, False)
    assert COUNTRY not in unknown.features


def test_values_alone_find_what_has_them(matcher: Matcher) -> None:
    def having(property_: str, value: str) -> list[str]:
        return [short(c.iri) for c in matcher.candidates(Query("", (TOWN,), properties=((property_, (value,)),)))]

    assert having(COUNTRY, "Espana") == []
    assert having(COUNTRY, "Spain") == ["sevilla", "valencia-es"]
    assert having("http://www.w3.org/2004/02/skos/core#notation", "DE-K") == ["koln"]


@pytest.mark.parametrize(
    ("property_", "value", "match"),
    [("http://www.w3.org/2004/02/skos/core#notation", "DE-K", True), (COUNTRY, "Venezuela", False)],
)
def test_without_a_name_only_a_code_is_safe(matcher: Matcher, property_: str, value: str, match: bool) -> None:
    [only] = matcher.candidates(Query("", (TOWN,), properties=((property_, (value,)),)))

    assert (only.score, only.match) == (100, match)


def test_nothing_is_meant_that_was_retired_or_is_only_a_word(matcher: Matcher) -> None:
    for word in ("Altstadt", "Ortschaft"):
        assert not [candidate for candidate in matcher.candidates(Query(word)) if candidate.score > 70]
    assert BASE + "ns#Town" not in [candidate.iri for candidate in matcher.candidates(Query("town"))]
    asked = matcher.candidates(Query("town", ("http://www.w3.org/2002/07/owl#Class",)))
    assert [candidate.iri for candidate in asked] == [BASE + "ns#Town"]


def test_ours_stands_for_what_it_is_the_same_as(matcher: Matcher) -> None:
    assert [short(candidate.iri) for candidate in matcher.candidates(Query("Liège"))] == ["liege"]
    assert [short(candidate.iri) for candidate in matcher.candidates(Query("Q3992"))] == ["liege"]


def test_a_person_is_a_match_only_when_more_than_the_name_fits(matcher: Matcher) -> None:
    alone = matcher.candidates(Query("Ada Lovelace"))[0]
    known = matcher.candidates(Query("Ada Lovelace", properties=((COUNTRY, ("Belgium",)),)))[0]

    assert (alone.score, alone.match) == (100, False)
    assert (known.score, known.match) == (100, True)
    for property_ in ("http://xmlns.com/foaf/0.1/name", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"):
        again = {str(TYPE.value): "http://xmlns.com/foaf/0.1/Person"}.get(property_, "Ada Lovelace")
        same = matcher.candidates(Query("Ada Lovelace", properties=((property_, (again,)),)))[0]
        assert (same.score, same.match) == (100, False), "the name, said twice, is no more than the name"


@pytest.mark.parametrize(("population", "match"), [("1073096", True), ("1 073 096", True), ("1073095", False)])
def test_a_number_that_differs_is_another_number(matcher: Matcher, population: str, match: bool) -> None:
    best = matcher.candidates(Query("Köln", (TOWN,), properties=((BASE + "ns#population", (population,)),)))[0]

    assert (short(best.iri), best.match) == ("koln", match)
    assert best.score > 90


def test_of_more_namesakes_than_are_looked_at_none_is_a_match(tmp_path: Path) -> None:
    """The one of the right kind among the first ones may have a namesake of that kind among the others."""
    label, path = NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), tmp_path / "index.sqlite"
    engine = Engine()
    for number in range(100, 100 + module.MOST_NAMESAKES + 10):
        node = NamedNode(f"{BASE}id/{number}")
        kind = NamedNode(TOWN if number in (102, 605) else BASE + "ns#Street")
        engine.extend([Quad(node, label, Literal("Zug")), Quad(node, TYPE, kind)])
    write_index(Store(engine, BASE), path, {})
    matcher = Matcher(Store(engine, BASE), Index.open(path), Search.open(path))

    found = matcher.candidates(Query("Zug", (TOWN,)))

    assert [short(candidate.iri) for candidate in found] == ["102"]
    assert not found[0].match


def test_what_differs_beyond_the_part_that_is_compared_is_no_match(store: Store, tmp_path: Path) -> None:
    label, path = NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), tmp_path / "index.sqlite"
    title = "A very long title " * 20
    write_index(store, path, {}, [Triple(NamedNode(BASE + "id/koln"), label, Literal(title + "part one"))])
    matcher = Matcher(store, Index.open(path), Search.open(path))

    one, two = (matcher.candidates(Query(title + part))[0] for part in ("part one", "part two"))

    assert (one.match, two.match) == (True, False)


def test_of_many_namesakes_none_is_a_match_however_few_are_wanted(
    monkeypatch: pytest.MonkeyPatch, store: Store, tmp_path: Path
) -> None:
    monkeypatch.setattr(matching, "CONSIDERED", 3)
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    same = [Triple(NamedNode(f"{BASE}id/{number:03}"), label, Literal("Smith")) for number in range(40)]
    write_index(store, tmp_path / "index.sqlite", {}, same)
    path = tmp_path / "index.sqlite"
    engine = Engine()
    matcher = Matcher(Store(engine, BASE), Index.open(path), Search.open(path))

    assert len(Search.open(path).find("smith", 3)) == 40
    assert not any(candidate.match for candidate in matcher.candidates(Query("smith")))
