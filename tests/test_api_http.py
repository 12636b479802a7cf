"""Named queries over real HTTP: lists, answers in every format, pages, parameters and attacks on them, OpenAPI."""

import csv
import io
import json
import re
import warnings
from typing import Any

import html5lib
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from pyoxigraph import RdfFormat, parse
from rdflib import Graph

from .conftest import Server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

BASE = "https://data.example.org/"
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_the_questions_are_listed_for_people_and_programs(tiny: Server) -> None:
    page = tiny.get("api", "text/html")
    listed = tiny.get("api", "application/json").json()

    assert 'href="/api/sites-by-depth"' in page.text
    assert "https://query.example.org/sparql" in page.text, "shown with the endpoint that it is for"
    assert [query["name"] for query in listed] == ["is-deep", "named", "site-card", "sites-by-depth"]
    depth = listed[3]["parameters"][0]
    assert (depth["name"], depth["datatype"], depth["default"]) == ("minDepth", "xsd:decimal", "1")
    assert listed[3]["title"] == {"en": "Sites by depth", "fr": "Sites par profondeur"}


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        ("csv", "text/csv"),
        ("tsv", "text/tab-separated-values"),
        ("json", "application/sparql-results+json"),
        ("xml", "application/sparql-results+xml"),
        ("html", "text/html"),
    ],
)
def test_a_table_comes_in_every_format_by_suffix_word_and_accept(tiny: Server, suffix: str, media_type: str) -> None:
    answers = [
        tiny.get(f"api/sites-by-depth.{suffix}"),
        tiny.get(f"api/sites-by-depth?format={suffix}"),
        tiny.get("api/sites-by-depth", media_type),
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith(media_type)
        assert "Le Rocheray" in answer.content.decode() or suffix == "html"
    assert ["Accept" in answer.headers["Vary"].split(", ") for answer in answers[1:]] == [True, True]


@pytest.mark.parametrize(
    ("suffix", "parser"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("xml", "xml"), ("jsonld", "json-ld")]
)
def test_a_graph_comes_in_every_format(tiny: Server, suffix: str, parser: str) -> None:
    wanted = Graph().parse(data=tiny.get("api/site-card.nt").content, format="nt")
    text = tiny.get(f"api/site-card.{suffix}").text.replace(f'"{tiny.url}context/', '"https://context.invalid/')
    if suffix == "jsonld":
        text = json.dumps(json.loads(text) | {"@context": tiny.get("context.jsonld").json()["@context"]})

    assert set(Graph().parse(data=text, format=parser)) == set(wanted)
    assert len(wanted) == 12


def test_json_ld_is_a_tree_by_the_frame_from_the_root(tiny: Server) -> None:
    document = tiny.get("api/site-card.jsonld", params={"site": "id/site/le-pont"}).json()

    assert document["id"] == f"{BASE}id/site/le-pont"
    assert document["samples"]["id"] == f"{BASE}id/sample/le-pont-2026-01"


def test_an_unknown_root_gives_an_empty_graph(tiny: Server) -> None:
    assert tiny.get("api/site-card.jsonld", params={"site": "id/site/nowhere"}).status_code == 200
    assert tiny.get("api/site-card.nt", params={"site": "id/site/nowhere"}).text == ""


def test_a_yes_or_no_question_is_answered(tiny: Server) -> None:
    assert tiny.get("api/is-deep.json").json()["boolean"] is True
    assert tiny.get("api/is-deep.json?site=id/site/rocheray").json()["boolean"] is False
    assert '<p class="lead">Yes</p>' in tiny.get("api/is-deep", "text/html").text


def test_the_text_of_a_query_runs_anywhere(tiny: Server) -> None:
    response = tiny.get("api/sites-by-depth.rq")

    assert response.headers["Content-Type"] == "application/sparql-query"
    assert f"PREFIX bw:   <{BASE}ns#>" in response.text
    assert tiny.sparql(response.text, "text/csv").text == tiny.get("api/sites-by-depth.csv").text


def test_parameters_narrow_the_answer(tiny: Server) -> None:
    by_depth = rows(tiny.get("api/sites-by-depth.csv?minDepth=10").text)
    by_path = rows(tiny.get("api/sites-by-depth.csv?neighbour=id/site/le-pont").text)
    by_prefix = rows(tiny.get("api/sites-by-depth.csv?neighbour=site:le-pont&lang=en&minDepth=").text)

    assert by_depth[1:] == [[f"{BASE}id/site/le-pont", "Le Pont", "31.5"]]
    assert by_path[1:] == [[f"{BASE}id/site/rocheray", "Le Rocheray", "4"]]
    assert by_prefix[1:] == [[f"{BASE}id/site/rocheray", "Rocheray", "4"]]


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        ("minDepth=deep", "a decimal number such as 12.5"),
        ("minDepth=-1", "at least 0"),
        ("minDepth=401", "at most 400"),
        ("minDepth=NaN", "a decimal number"),
        ("minDepth=1e400", "a decimal number"),
        ("minDepth=" + "9" * 4000, "a decimal number"),
        ("neighbour=https://x.example/>%20}", "an IRI in full"),
        ("neighbour=https://x.example/%0Ab", "an IRI in full"),
        ("neighbour=//[", "an IRI in full"),
        ("lang=de", "one of en, fr"),
        ("depth=1", "no such parameter here"),
        ("page=0", "a whole number from 1"),
        ("page=" + "9" * 5000, "a whole number from 1"),
        ("page_size=10001", "a whole number from 1 to 10000"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_is_right(tiny: Server, asked: str, right: str) -> None:
    response = tiny.get(f"api/sites-by-depth?{asked}", "application/json")

    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    (fault,) = response.json()["parameters"]
    assert (fault["name"], right in fault["right"]) == (asked.partition("=")[0], True)
    assert response.json()["known"] == ["minDepth", "neighbour", "lang", "format", "page", "page_size"]
    assert len(response.content) < 2000


def test_all_wrong_parameters_are_told_at_once_and_a_doubled_one_too(tiny: Server) -> None:
    both = tiny.get("api/sites-by-depth.csv?minDepth=deep&lang=de")
    doubled = tiny.get("api/sites-by-depth.csv?minDepth=1&minDepth=2")

    assert len(both.json()["parameters"]) == 2
    assert (doubled.status_code, "2 times" in doubled.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    "text",
    ['"', "'", '\\"', '" } } #', "} } SELECT * { ?s ?p ?o", "# comment", "line\nbreak", "\r\t", "\\u0022 }", "\\",
     "<x>", "SERVICE <urn:x> { }", "?s $t", "${x} {{ x }} %s", "é \u2028 \U0001f600", "\x01\x7f", "a" * 5000],
)  # fmt: skip
def test_text_comes_out_as_it_went_in_whatever_it_holds(tiny: Server, text: str) -> None:
    response = tiny.get("api/named.json", params={"text": text, "many": "1"})

    (binding,) = response.json()["results"]["bindings"]
    assert binding["text"] == {"type": "literal", "value": text}


def test_terms_of_every_datatype_come_out_as_they_went_in(tiny: Server) -> None:
    given = {"thing": "urn:x:'()*", "day": "2024-02-29", "number": "-1e3", "flag": "false", "year": "1999", "many": "1"}

    row = tiny.get("api/named.json", params=given).json()["results"]["bindings"][0]

    assert {name: row[name]["value"] for name in ("thing", "day", "flag", "year")} == {
        "thing": "urn:x:'()*", "day": "2024-02-29", "flag": "false", "year": "1999"
    }  # fmt: skip
    assert float(row["number"]["value"]) == -1000


def test_pages_follow_each_other_and_together_are_the_whole(tiny: Server) -> None:
    whole = rows(tiny.get("api/named.csv").text)
    gathered, address, visited = whole[:1], "api/named.csv?page_size=3", []
    while address:
        response = tiny.get(address)
        visited.append({name: link["url"] for name, link in response.links.items()})
        gathered += rows(response.text)[1:]
        address = response.links.get("next", {}).get("url", "").removeprefix(tiny.url)

    assert gathered == whole
    assert [sorted(links) for links in visited] == [
        ["first", "last", "next", "service-desc"],
        ["first", "last", "next", "prev", "service-desc"],
        ["first", "last", "prev", "service-desc"],
    ]
    assert response.headers["Total-Rows"] == "7"
    assert tiny.get("api/named.csv?page_size=3&page=4").status_code == 404
    assert tiny.get("api/is-deep.json?page=1").status_code == 400, "only tables have pages"


def test_what_is_not_there_or_not_offered_is_told(tiny: Server) -> None:
    assert tiny.get("api/nothing").status_code == 404
    assert tiny.get("api/sites-by-depth.ttl").status_code == 406
    assert tiny.get("api/sites-by-depth", "image/png").status_code == 406
    assert tiny.get("api/neighbours").status_code == 404, "queries for other endpoints are not run"


def test_the_page_has_a_form_the_answer_and_its_downloads(tiny: Server) -> None:
    page = tiny.get("api/sites-by-depth?minDepth=2&page_size=1", "text/html", headers={"Accept-Language": "fr"})
    html5lib.HTMLParser(strict=True).parse(page.text)

    assert re.search(r"<h1>Sites par profondeur</h1>", page.text)
    assert 'name="minDepth" type="number" value="2" min="0" max="400" step="any"' in page.text
    assert re.search(r'<option value="id/site/le-pont"[^>]*>Le Pont</option>', page.text)
    assert '<a href="/doc/site/le-pont"' in page.text
    assert '<span lang="en">depth</span> <span class="unit">(mètres)</span>' in page.text
    assert page.text.count('<th scope="col"') == 2, "names that only repeat the link before are left out"
    assert 'href="/api/sites-by-depth.csv?minDepth=2&amp;lang=fr"' in page.text
    assert 'rel="next" href="/api/sites-by-depth?minDepth=2&amp;page_size=1&amp;page=2"' in page.text
    assert f"PREFIX bw:   &lt;{BASE}ns#&gt;" in page.text


def test_the_page_is_in_the_readers_language_and_so_are_the_names(tiny: Server) -> None:
    english = tiny.get("api/sites-by-depth", "text/html", headers={"Accept-Language": "en"}).text
    french = tiny.get("api/sites-by-depth?lang=fr", "text/html", headers={"Accept-Language": "en"}).text

    assert "<h1>Sites by depth</h1>" in english and ">Rocheray</a>" in english
    assert "<h1>Sites par profondeur</h1>" in french and ">Le Rocheray</a>" in french


def test_a_person_sees_what_is_wrong_above_the_form(tiny: Server) -> None:
    page = tiny.get("api/sites-by-depth?minDepth=<script>", "text/html")

    assert page.status_code == 400
    assert 'role="alert"' in page.text and "<script>" not in page.text
    assert 'value="&lt;script&gt;"' in page.text


def test_answers_are_kept_compared_and_open_to_other_sites(tiny: Server) -> None:
    first = tiny.get("api/sites-by-depth.csv")
    again = tiny.get("api/sites-by-depth.csv", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert tiny.get("api/sites-by-depth?minDepth=x").headers["Cache-Control"] == "no-store"


# OpenAPI


@pytest.fixture(scope="module", params=["tiny", "forum"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def test_the_description_is_openapi_3_1_and_names_every_query(server: Server) -> None:
    document = server.get("api/openapi.json").json()

    validate(document)
    names = {query["name"] for query in server.get("api?format=json").json()}
    assert set(document["paths"]) == {"/api", "/api/{query}.rq", *(f"/api/{name}" for name in names)}
    assert document["servers"] == [{"url": server.url.rstrip("/")}]


def test_the_server_does_what_its_description_says(server: Server) -> None:
    """Generated calls, valid and not: no failure of the server, and only documented statuses, types and schemas."""
    schema = schemathesis.openapi.from_url(server.url + "api/openapi.json")
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        asked += 1
        drive(operation)

    assert asked > 5


def drive(operation: Any) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Any) -> None:
        case.call_and_validate(checks=list(CHECKS), timeout=30)

    call()


# What the repository asks of its own data


@pytest.mark.parametrize(
    ("path", "indexed"),
    [("api/members", True), ("api/members?lang=fr", True), ("api/members?country=country:BEL", False),
     ("api/presidents", False), ("api/presidents?lang=fr", False), ("api/presidents.csv", False)],
)  # fmt: skip
def test_search_engines_are_kept_from_answers_about_persons_and_without_end(
    forum: Server, path: str, indexed: bool
) -> None:
    response = forum.get(path, None if path.endswith(".csv") else "text/html")

    assert ("X-Robots-Tag" not in response.headers) is indexed


def test_there_are_at_least_25_questions_each_with_an_answer(forum: Server) -> None:
    listed = forum.get("api?format=json").json()

    assert len(listed) >= 25
    for query in listed:
        if query["form"] == "SELECT":
            assert len(rows(forum.get(f"api/{query['name']}.csv").text)) > 1, query["name"]
        else:
            assert list(parse(forum.get(f"api/{query['name']}.nt").content, RdfFormat.N_TRIPLES)), query["name"]


def test_every_question_has_a_page_in_both_languages(forum: Server) -> None:
    for query in forum.get("api?format=json").json():
        for language in ("en", "fr"):
            page = forum.get(f"api/{query['name']}?lang={language}", "text/html")
            html5lib.HTMLParser(strict=True).parse(page.text)
            assert page.status_code == 200, query["name"]
            assert set(query["summary"]) == {"en", "fr"}, query["name"]


@pytest.mark.parametrize(("name", "root", "inside"), [("member-card", "member", "memberships"),
                                                      ("text-card", "text", "principles")])  # fmt: skip
def test_cards_are_one_tree(forum: Server, name: str, root: str, inside: str) -> None:
    document = forum.get(f"api/{name}.jsonld").json()

    assert document["id"].startswith("https://w3id.org/")
    assert document[inside]
