"""Facets count what statements say, whatever is chosen, and stay small whatever the data are."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple
from pyoxigraph import Store as Engine

from publisher.describe import facet_index
from publisher.describe.facet_index import MOST_FACETS, MOST_VALUES, facet_value
from publisher.describe.facets import IRI, TEXT, Facets
from publisher.describe.index import Index, write_index
from publisher.describe.turtle import TYPE
from publisher.store.store import Store

BASE = "https://data.example.org/"
NS = BASE + "ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
TOWN, PORT = NamedNode(NS + "Town"), NamedNode(NS + "Port")
COUNTRY, COLOUR, SINCE = (NamedNode(NS + name) for name in ("country", "colour", "since"))
TOWNS = 400

Told = dict[str, dict[str, set[str]]]  # resource -> property -> values


def triples() -> Iterator[Triple]:
    """Towns with a country, often a colour or two, sometimes a date; some are ports too."""
    chance = random.Random(1987)  # noqa: S311
    for number in range(TOWNS):
        town = NamedNode(f"{BASE}id/town/{number}")
        yield Triple(town, TYPE, TOWN)
        yield Triple(town, LABEL, Literal(f"Town {chance.randrange(10**6)}", language="en"))
        yield Triple(town, LABEL, Literal(f"Ville {chance.randrange(10**6)}", language="fr"))
        yield Triple(town, COUNTRY, NamedNode(f"{BASE}id/country/{min(chance.randrange(20), chance.randrange(20))}"))
        for colour in chance.sample(["red", "green", "blue"], chance.randrange(3)):
            yield Triple(town, COLOUR, Literal(colour))
        if number % 3 == 0:
            date = Literal(f"{chance.randrange(1980, 1990)}-05-01", datatype=NamedNode(XSD + "date"))
            yield Triple(town, SINCE, date)
        if number % 40 == 0:
            yield Triple(town, TYPE, PORT)
        yield Triple(town, NamedNode(NS + "population"), Literal(number))
        yield Triple(town, NamedNode(NS + "code"), Literal(f"T{number}"))


def told() -> Told:
    """The same as values of facets."""
    found: Told = {}
    for triple in triples():
        if triple.predicate in (COUNTRY, COLOUR, SINCE):
            properties = found.setdefault(str(triple.subject)[1:-1], {})
            properties.setdefault(triple.predicate.value, set()).add(facet_value(triple.object))
        elif triple.predicate == TYPE and triple.object == PORT:
            found[str(triple.subject)[1:-1]][TYPE.value] = {IRI + PORT.value}
    return found


TOLD = told()


def having(property_: str, value: str) -> frozenset[str]:
    return frozenset(iri for iri, said in TOLD.items() if value in said.get(property_, ()))


HAVING = {(name, value): having(name, value) for said in TOLD.values() for name in said for value in said[name]}


def fitting(chosen: dict[str, list[str]]) -> set[str]:
    found = set(TOLD)
    for property_, values in chosen.items():
        if values:
            found &= frozenset().union(*(HAVING[property_, value] for value in values))
    return found


def indexed(folder: Path, statements: list[Triple]) -> Path:
    path = folder / "index.sqlite"
    write_index(Store(Engine(), BASE), path, {}, statements)
    return path


@pytest.fixture(scope="module", params=["at once", "spilt, every statement twice"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("facets")
    if request.param == "at once":
        yield indexed(folder, list(triples()))
        return
    statements = [*triples(), *triples()]
    random.Random(1).shuffle(statements)  # noqa: S311
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facet_index, "MOST_WAITING", 50)
        yield indexed(folder, statements)


@pytest.fixture(scope="module")
def facets(path: Path) -> Facets:
    return Facets.open(path)


@pytest.mark.parametrize(
    ("object", "expected"),
    [
        (NamedNode("urn:a"), "<urn:a"),
        (NamedNode("urn:" + "a" * 1000), ""),
        (Literal("red"), '"red'),
        (Literal("  "), ""),
        (Literal("x" * 100), ""),
        (Literal("rouge", language="fr"), ""),
        (Literal(31), ""),
        (Literal(True), '"true'),
        (Literal("1987-11", datatype=NamedNode(XSD + "gYearMonth")), '"1987'),
        (Literal("1987Z", datatype=NamedNode(XSD + "gYear")), '"1987'),
        (Literal("-0044-03-15", datatype=NamedNode(XSD + "date")), ""),
        (Literal("12345-03-15", datatype=NamedNode(XSD + "date")), ""),
    ],
)
def test_values_of_facets_are_things_years_and_short_words(object: object, expected: str) -> None:
    assert facet_value(object) == expected


def test_a_class_has_the_facets_that_tell_its_resources_apart(facets: Facets) -> None:
    found = {facet.property: facet.values for facet in facets.of(TOWN.value)}

    assert set(found) == {COUNTRY.value, COLOUR.value, SINCE.value}  # not the one class beside, nor names, codes, sizes
    for property_, values in found.items():
        expected = {value: len(fitting({property_: [value]})) for value in values}
        assert values == expected
        assert list(values.values()) == sorted(values.values(), reverse=True)
    assert facets.of(NS + "Nothing") == ()


def test_all_are_there_when_nothing_is_chosen(facets: Facets, path: Path) -> None:
    choice = facets.choose(TOWN.value, {})

    assert choice.total == TOWNS
    assert choice.counts() == list(facets.of(TOWN.value))
    index = Index.open(path)
    for language in ("en", "fr", "fr-BE", "nl"):
        assert choice.members(language) == index.members(TOWN.value, language)
        assert choice.members(language, 390, 50) == index.members(TOWN.value, language, 390, 50)


VALUES = {
    COUNTRY.value: [f"{IRI}{BASE}id/country/{number}" for number in range(5)],
    COLOUR.value: [TEXT + colour for colour in ("red", "green", "blue")],
    SINCE.value: [f"{TEXT}{year}" for year in range(1980, 1990)],
}


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries({name: st.lists(st.sampled_from(values), max_size=3) for name, values in VALUES.items()}))
def test_what_is_chosen_is_what_statements_say(facets: Facets, path: Path, chosen: dict[str, list[str]]) -> None:
    choice, index = facets.choose(TOWN.value, chosen), Index.open(path)

    expected = fitting(chosen)
    assert choice.total == len(expected)
    for language in ("en", "fr"):
        ordered = [iri for iri in index.members(TOWN.value, language) if iri in expected]
        assert choice.members(language) == ordered
        assert choice.members(language, 2, 3) == ordered[2:5]
    for facet in choice.counts():
        for value, count in facet.values.items():
            assert count == len(fitting({**chosen, facet.property: [value]}))
        assert set(chosen[facet.property]) <= set(facet.values)


@pytest.mark.parametrize("chosen", [{NS + "population": ['"1']}, {COLOUR.value: ['"mauve']}])
def test_an_unknown_facet_or_value_is_an_error(facets: Facets, chosen: dict[str, list[str]]) -> None:
    with pytest.raises(KeyError):
        facets.choose(TOWN.value, chosen)


def test_other_classes_of_a_resource_are_a_facet(tmp_path: Path) -> None:
    statements = list(triples())
    statements += [
        Triple(NamedNode(f"{BASE}id/town/{number}"), TYPE, NamedNode(NS + "Spa")) for number in range(0, TOWNS, 4)
    ]
    facets = Facets.open(indexed(tmp_path, statements))

    found = {facet.property: facet.values for facet in facets.of(TOWN.value)}
    assert found[TYPE.value] == {IRI + NS + "Spa": 100, IRI + PORT.value: 10}
    assert facets.choose(TOWN.value, {TYPE.value: [IRI + PORT.value]}).total == 10


def test_there_are_never_more_facets_and_values_than_people_can_read(tmp_path: Path) -> None:
    """Hundreds of properties, one with too many values, classes without end."""
    statements = []
    for number in range(2 * MOST_VALUES + 100):
        thing = NamedNode(f"{BASE}id/thing/{number}")
        statements.append(Triple(thing, TYPE, NamedNode(NS + "Thing")))
        statements.append(Triple(thing, NamedNode(NS + "many"), NamedNode(f"{BASE}id/{number % (MOST_VALUES + 1)}")))
        statements.append(Triple(thing, NamedNode(f"{NS}own{number}"), NamedNode(f"{BASE}id/{number}")))
        statements += [
            Triple(thing, NamedNode(f"{NS}p{at}"), Literal(str(number % 3))) for at in range(MOST_FACETS + 5)
        ]
        statements += [Triple(thing, TYPE, NamedNode(f"{NS}C{number}-{at}")) for at in range(3)]
    facets = Facets.open(indexed(tmp_path, statements))

    found = facets.of(NS + "Thing")
    assert len(found) == MOST_FACETS
    assert NS + "many" not in {facet.property for facet in found}
    assert facets.of(NS + "C7-1") == ()


def test_what_turns_out_to_be_no_facet_takes_no_place_of_one(tmp_path: Path) -> None:
    """Properties with few values, but for the last resource, where they have a long text."""
    statements = []
    for number in range(100):
        thing = NamedNode(f"{BASE}id/thing/{number}")
        statements += [Triple(thing, TYPE, TOWN), Triple(thing, COLOUR, Literal(("red", "green")[number % 2]))]
        value = Literal(str(number % 7) if number < 99 else "x" * 100)
        statements += [Triple(thing, NamedNode(f"{NS}p{at}"), value) for at in range(MOST_FACETS)]

    [facet] = Facets.open(indexed(tmp_path, statements)).of(TOWN.value)

    assert facet.property == COLOUR.value
