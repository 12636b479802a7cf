"""Lists, search and suggestions over HTTP: what is asked for is what is shown, as a page and as data."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from lxml import html
from pyoxigraph import RdfFormat, parse
from werkzeug.test import TestResponse

from publisher.publish.snapshot import Snapshot
from publisher.web import listing, search
from publisher.web.app import create_app

from .conftest import Config, build_snapshot

BASE = "https://data.example.org/"
TOWNS = 250
LIST = "/list/ex:Town"


def content() -> Iterator[str]:
    yield f"@base <{BASE}> ."
    yield "@prefix ex: <ns#> ."
    yield "@prefix country: <id/country/> ."
    yield "@prefix dcterms: <http://purl.org/dc/terms/> ."
    yield "@prefix owl: <http://www.w3.org/2002/07/owl#> ."
    yield "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
    yield "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."
    yield 'ex:Town a owl:Class ; rdfs:label "town"@en, "ville"@fr .'
    yield 'ex:country a owl:ObjectProperty ; rdfs:label "country"@en, "pays"@fr .'
    yield 'ex:depth rdfs:label "depth"@en . ex:kind rdfs:label "=kind"@en .'
    for number, name in enumerate(("Belgium", "France", "=cmd")):
        yield f'country:c{number} rdfs:label "{name}"@en, "{name} en français"@fr .'
    for number in range(TOWNS):
        yield f'<id/town/{number}> a ex:Town ; rdfs:label "Town {number:03}"@en ; ex:country country:c{number % 3} ;'
        yield f'  ex:depth {number * 7 % 251} ; ex:kind "{"port" if number % 5 else "spa & bath"}" ;'
        yield '  ex:planet "Earth" ;'
        yield f'  ex:founded "{1900 + number % 4}-01-01"^^xsd:date ;'
        yield f'  dcterms:description "A place with number {number}"@en .'
    yield '<javascript:alert(1)> a ex:Trap ; rdfs:label "Trapdoor"@en .'
    yield '<id/twin> a <http://elsewhere.example/vocabulary/Twin%20town> ; rdfs:label "Twin town <b>bold</b>"@en .'


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("towns")
    (folder / "data").mkdir()
    (folder / "data" / "towns.ttl").write_text("\n".join(content()))
    return build_snapshot(folder, folder, public_url=BASE)


@pytest.fixture(scope="module")
def client(snapshot: Snapshot) -> FlaskClient:
    config = Config(build=snapshot.directory.parent, public_url=BASE)
    return create_app(snapshot, config, None).test_client()  # type: ignore[arg-type]


def get(client: FlaskClient, path: str, status: int = 200, accept: str = "text/html") -> TestResponse:
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == status, response.text
    return response


def page(client: FlaskClient, path: str) -> html.HtmlElement:
    return html.fromstring(get(client, path).text)


def page_of(client: FlaskClient, path: str) -> html.HtmlElement:
    """The page, whatever its status."""
    return html.fromstring(client.get(path, headers={"Accept": "text/html"}).text)


def names(client: FlaskClient, path: str) -> list[str]:
    return [cell.text_content() for cell in page(client, path).xpath("//table[@class='list']//th[@scope='row']")]


def rows(client: FlaskClient, path: str) -> list[list[str]]:
    return list(csv.reader(get(client, path, accept="*/*").text.splitlines()))


# Lists


def test_a_list_shows_names_and_columns_a_hundred_at_a_time(client: FlaskClient) -> None:
    first, last = page(client, LIST), page(client, f"{LIST}?page=3")

    assert [head.text_content().rstrip("▲▼↕") for head in first.xpath("//table[@class='list']//th[@scope='col']")] == [
        "Name", "country", "ex:founded", "=kind", "depth",
    ]  # fmt: skip
    assert len(first.xpath("//tbody/tr")) == 100 and len(last.xpath("//tbody/tr")) == 50
    assert first.xpath("string(//p[@role='status'])").strip() == "1 to 100 of 250 resources"
    assert first.xpath("//a[@rel='next']/@href") == [f"{LIST}?page=2"]


def test_each_value_of_a_facet_leads_to_as_many_resources_as_it_says(client: FlaskClient) -> None:
    start = f"{LIST}?ex:country=country:c0"
    links = page(client, start).xpath("//details[@class='filters']//a")

    assert len(links) == 3 + 2 + 4
    for link in links:
        count = int(link.xpath("string(span[@class='count'])"))
        if link.get("class") != "chosen" and "ex:country" not in link.xpath("@href")[0].replace(
            start.split("?")[1], ""
        ):
            assert rows(client, link.get("href").replace(LIST, LIST + ".csv"))[1:].__len__() == count


def test_values_of_one_facet_are_alternatives_and_facets_narrow(client: FlaskClient) -> None:
    two = f"{LIST}?ex:country=country:c0&ex:country=country:c1"
    both = f"{two}&ex:kind=spa%20%26%20bath"

    assert page(client, two).xpath("string(//p[@role='status'])").strip() == "1 to 100 of 167 resources"
    expected = [f"Town {number:03}" for number in range(TOWNS) if number % 3 < 2 and number % 5 == 0]
    assert names(client, both) == expected
    chips = page(client, both).xpath("//ul[@class='chips']//a[not(parent::li[@class='all'])]")
    assert [chip.xpath("string(strong)") for chip in chips] == ["Belgium", "France", "spa & bath"]
    assert names(client, chips[0].get("href")) == [name for name in expected if int(name[5:]) % 3 == 1]


def test_an_address_is_the_same_however_it_was_come_to(client: FlaskClient) -> None:
    one = page(client, f"{LIST}?ex:kind=port&ex:country=country:c1")
    other = page(client, f"{LIST}?ex:country={quote(BASE, safe='')}id/country/c1&ex:kind=port&page=1")

    assert one.xpath("//link[@rel='alternate'][@type='text/csv']/@href") == other.xpath(
        "//link[@rel='alternate'][@type='text/csv']/@href"
    )


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", list(range(TOWNS))),
        ("-name", list(range(TOWNS))[::-1]),
        ("ex:depth", sorted(range(TOWNS), key=lambda number: number * 7 % 251)),
        ("-ex:depth", sorted(range(TOWNS), key=lambda number: -(number * 7 % 251))),
        ("ex:country", sorted(range(TOWNS), key=lambda number: (1, 2, 0)[number % 3])),
        ("-ex:founded", sorted(range(TOWNS), key=lambda number: -(number % 4))),
    ],
)
def test_any_column_sorts(client: FlaskClient, sort: str, expected: list[int]) -> None:
    shown = names(client, f"{LIST}?sort={sort}") + names(client, f"{LIST}?sort={sort}&page=2")

    assert shown == [f"Town {number:03}" for number in expected[:200]]


def test_the_column_that_sorts_says_so(client: FlaskClient) -> None:
    heads = page(client, f"{LIST}?sort=-ex:depth").xpath("//th[@aria-sort]")

    assert [(head.get("aria-sort"), head.text_content()) for head in heads] == [("descending", "depth▼")]
    assert heads[0].xpath("a/@href") == [f"{LIST}?sort=ex:depth"]


# Data


def test_csv_and_json_ld_hold_what_the_page_shows(client: FlaskClient) -> None:
    query = "?ex:country=country:c1&ex:country=country:c2&ex:kind=port&sort=-ex:depth"
    table, document = rows(client, f"{LIST}.csv{query}"), json.loads(get(client, f"{LIST}.jsonld{query}").text)

    shown = names(client, LIST + query) + names(client, f"{LIST}{query}&page=2")
    assert table[0] == ["iri", "name", "country", "country (IRI)", "ex:founded", "|=kind", "depth"]
    assert [row[1] for row in table[1:]] == shown
    assert [node["@id"] for node in document["@graph"]] == [row[0] for row in table[1:]]
    triples = {triple.triple for triple in parse(json.dumps(document | {"@context": {}}), RdfFormat.JSON_LD)}
    assert len(triples) == len(shown) * (2 + 4)


def test_a_page_of_the_list_is_a_page_of_the_file(client: FlaskClient) -> None:
    assert [row[1] for row in rows(client, f"{LIST}.csv?page=3")[1:]] == names(client, f"{LIST}?page=3")


def test_the_form_may_be_asked_for_by_accept_and_format_too(client: FlaskClient) -> None:
    by_suffix = get(client, f"{LIST}.csv")

    assert get(client, LIST, accept="text/csv").data == by_suffix.data
    assert get(client, f"{LIST}?format=csv").data == by_suffix.data
    assert by_suffix.content_type == "text/csv; charset=utf-8"
    assert by_suffix.headers["X-Robots-Tag"] == "noindex"
    assert get(client, LIST, 406, accept="image/png").content_type == "application/problem+json"


def test_headers_lead_to_files_in_the_language_of_the_page(client: FlaskClient) -> None:
    [file] = [link for link in get(client, f"{LIST}?lang=fr").headers.getlist("Link") if "text/csv" in link][:1]

    assert get(client, file.partition(">")[0].removeprefix("<"), accept="*/*").text.startswith("iri,name")
    assert "lang=fr" in file
    assert "lang=fr" in get(client, f"{LIST}.csv?lang=fr", accept="*/*").headers["Link"]


def test_no_cell_is_a_formula(client: FlaskClient) -> None:
    cells = [cell for row in rows(client, f"{LIST}.csv?lang=fr") for cell in row]

    assert "|=cmd en français" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]


def test_of_very_many_resources_a_file_holds_a_page(monkeypatch: pytest.MonkeyPatch, client: FlaskClient) -> None:
    monkeypatch.setattr("publisher.web.lists.MOST", 100)
    monkeypatch.setattr(listing, "MOST", 100)

    problem = get(client, f"{LIST}.csv", 400, accept="*/*").get_json()
    assert problem["limit"] == 100 and "/table/ex-Town.csv" in problem["detail"]
    assert get(client, f"{LIST}?sort=ex:depth", 400, accept="*/*").get_json()["parameter"] == "sort"
    shown = page(client, LIST)
    assert not shown.xpath("//th[@scope='col']/a")
    file = shown.xpath("//link[@rel='alternate'][@type='text/csv']/@href")[0]
    assert len(rows(client, file)) == 101
    assert len(rows(client, f"{LIST}.csv?ex:country=country:c1&ex:kind=port")) == 68


# What is wrong


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("?ex:colour=red", 400, "by ex:founded, ex:country, ex:kind they can"),
        ("?country=country:c1", 400, "by ex:founded, ex:country, ex:kind they can"),
        ("?ex:country=country:c9", 400, "country:c0, country:c1, country:c2"),
        ("?sort=ex:colour", 400, "name, ex:country"),
        ("?sort=", 200, ""),
        ("?page=4", 404, "page 4 of 3"),
        ("?page=x", 400, "whole number"),
        ("?utm_source=mail", 200, ""),
        ("?ex:country=", 200, ""),
    ],
)
def test_a_wrong_address_is_told_what_would_be_right(client: FlaskClient, query: str, status: int, says: str) -> None:
    response = client.get(LIST + query, headers={"Accept": "*/*"})

    assert response.status_code == status
    assert says in (response.get_json()["detail"] if status != 200 else "")
    if status != 200 and query != "?page=x":
        assert page_of(client, LIST + query).xpath("//main//p/a/@href")[0] == LIST


def test_a_facet_may_be_named_in_two_ways_at_once(client: FlaskClient) -> None:
    country = quote(f"{BASE}ns#country", safe="")
    shown = page(client, f"{LIST}?ex:country=country:c0&{country}=country:c1&ex:country=id/country/c0")

    assert shown.xpath("string(//p[@role='status'])").strip() == "1 to 100 of 167 resources"
    assert shown.xpath("//ul[@class='chips']//strong/text()") == ["Belgium", "France"]


def test_there_is_an_end_to_choices(monkeypatch: pytest.MonkeyPatch, client: FlaskClient) -> None:
    """Each link of a page repeats them all."""
    monkeypatch.setattr(listing, "MOST_CHOSEN", 2)
    monkeypatch.setattr(search, "MOST_TYPES", 1)
    two = "ex:country=country:c0&ex:country=country:c1"

    get(client, f"{LIST}?{two}")
    assert get(client, f"{LIST}?{two}&ex:kind=port", 400, accept="*/*").get_json()["limit"] == 2
    get(client, "/search?q=town&type=ex:Town&type=ex:Town")
    assert get(client, "/search?q=town&type=ex:Town&type=ex:Trap", 400, accept="*/*").get_json()["limit"] == 1


def test_choices_that_nothing_meets_can_be_taken_back(client: FlaskClient) -> None:
    """No number is 0 by 4 and 1 by 2, so only the address can say so."""
    shown = page(client, f"{LIST}?ex:founded=1900&ex:kind=spa%20%26%20bath&ex:country=country:c0")
    assert int(shown.xpath("string(//p[@role='status'])").split()[0]) == 5
    narrow = page(client, "/list?type=" + quote("http://elsewhere.example/vocabulary/Twin%20town", safe=""))
    assert "Twin town <b>bold</b>" in narrow.text_content() and not narrow.xpath("//main//b")


def test_a_class_without_a_prefix_has_a_list_too(client: FlaskClient) -> None:
    type_ = quote("http://elsewhere.example/vocabulary/Twin%20town", safe="")

    assert rows(client, f"/list.csv?type={type_}")[1][0] == f"{BASE}id/twin"
    get(client, f"/list.xls?type={type_}", 404)
    get(client, "/list", 400)
    get(client, "/list/ex:Nothing", 404)
    get(client, "/list/nothing", 404)


# All classes


def test_all_classes_are_there_with_their_sizes(client: FlaskClient, snapshot: Snapshot) -> None:
    shown = page(client, "/browse?lang=fr")

    entries = {
        item.xpath("string(.//a)"): item.xpath("string(.//span)") for item in shown.xpath("//ul[@class='browse']/li")
    }
    assert entries["ville"] == "250"
    assert len(entries) == len(snapshot.index.classes())
    for href in shown.xpath("//ul[@class='browse']//a/@href"):
        get(client, href)


# Search


def test_a_search_shows_what_was_found_with_its_words_marked(client: FlaskClient) -> None:
    shown = page(client, "/search?q=town+042")

    first = shown.xpath("//ol[@class='results']/li")[0]
    assert first.xpath("string(h2)") == "Town 042"
    assert first.xpath("h2//mark/text()") == ["Town", "042"]
    assert first.xpath("h2/a/@href") == ["/doc/town/42"]
    assert shown.xpath("//input[@name='q']/@value") == ["town 042"]
    assert "noindex" in get(client, "/search?q=town").headers["X-Robots-Tag"]


def test_a_search_is_narrowed_by_kind(client: FlaskClient) -> None:
    kinds = page(client, "/search?q=town").xpath("//details[@class='filters']//a")

    town = next(kind for kind in kinds if kind.xpath("string(span)") == "town")
    narrowed = page(client, town.get("href"))
    assert int(narrowed.xpath("string(//p[@role='status'])").split()[0]) == int(town.xpath("string(span[2])"))
    chip = narrowed.xpath("//ul[@class='chips']//a")[0]
    assert page(client, chip.get("href")).xpath("string(//p[@role='status'])") != ""
    assert get(client, "/search?q=town&type=ex:Nothing", 400, accept="*/*").get_json()["parameter"] == "type"


def test_a_search_by_a_word_of_the_description_shows_it(client: FlaskClient) -> None:
    shown = page(client, "/search?q=place+number+77")

    assert shown.xpath("string(//ol[@class='results']/li[1]//p[@class='snippet'])") == "A place with number 77"


def test_a_search_for_nothing_and_one_that_finds_nothing_say_what_to_do(client: FlaskClient) -> None:
    assert "Browse everything by kind" in page(client, "/search").xpath("string(//main)")
    nothing = page(client, "/search?q=%3Cscript%3Ealert(1)%3C/script%3Exyzzy")
    assert "Nothing was found for “<script>alert(1)</script>xyzzy”." in nothing.xpath("string(//p[@role='status'])")
    assert get(client, f"/search?q={'x' * 300}", 400, accept="*/*").get_json()["parameter"] == "q"
    get(client, "/search?q=town&page=900", 404)
    get(client, "/search?q=a&q=b", 400)


def test_a_misspelt_search_says_that_names_are_only_alike(client: FlaskClient) -> None:
    shown = page(client, "/search?q=Belgiun&lang=fr")

    assert "Belgium en français" in shown.xpath("//ol[@class='results']//h2//a/text()")


def test_what_could_do_harm_is_found_without_a_link(client: FlaskClient) -> None:
    shown = page(client, "/search?q=trapdoor").xpath("//ol[@class='results']//h2")

    assert [found.text_content() for found in shown] == ["Trapdoor"]
    assert not shown[0].xpath(".//a[starts-with(@href, 'javascript')]")
    assert "javascript:" not in str(get(client, "/search/suggest?q=trapd").get_json()["items"]).partition("?iri=")[0]


def test_suggestions_come_with_their_kind_and_address(client: FlaskClient) -> None:
    answer = get(client, "/search/suggest?q=town+04&lang=fr", accept="application/json")
    found = answer.get_json()

    assert found["q"] == "town 04" and len(found["items"]) == 8
    assert found["items"][0] == {
        "name": "Town 040", "lang": "en", "also": "", "kind": "ville", "href": "/doc/town/40?lang=fr",
    }  # fmt: skip
    assert get(client, "/search/suggest").get_json()["items"] == []
