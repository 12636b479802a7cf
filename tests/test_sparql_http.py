"""The endpoint over real HTTP."""

import pytest
import requests
from rdflib import Graph

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

SELECT = "SELECT ?s WHERE { ?s a <https://data.example.org/ns#BathingSite> } ORDER BY ?s"
CONSTRUCT = "CONSTRUCT WHERE { ?s a <https://data.example.org/ns#BathingSite> }"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8; header=present"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("application/json", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/html", "text/html; charset=utf-8"),
    ],
)
def test_a_select_answers_in_every_format(tiny, accept, content_type):
    response = tiny.sparql(SELECT, accept)

    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)
    assert "le-pont" in response.text and "rocheray" in response.text


@pytest.mark.parametrize(
    ("accept", "parser"),
    [("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/ld+json", "json-ld"),
     ("application/rdf+xml", "xml")],
)  # fmt: skip
def test_a_construct_answers_in_every_format(tiny, accept, parser):
    response = tiny.sparql(CONSTRUCT, accept)

    assert response.headers["Content-Type"].startswith(accept)
    assert len(Graph().parse(data=response.text, format=parser)) == 2


def test_the_three_ways_to_send_a_query_answer_alike(tiny):
    form = requests.post(tiny.url + "sparql", data={"query": SELECT}, timeout=10)
    headers = {"Content-Type": "application/sparql-query"}
    direct = requests.post(tiny.url + "sparql", data=SELECT, headers=headers, timeout=10)

    assert form.json() == direct.json() == tiny.sparql(SELECT).json()


def test_the_protocols_graphs_replace_the_default_graph(tiny):
    response = tiny.get(
        "sparql", params={"query": SELECT, "default-graph-uri": "https://data.example.org/dataset/retired"}
    )

    assert response.json()["results"]["bindings"] == []


def test_a_syntax_error_names_line_and_column(tiny):
    response = tiny.sparql("SELECT *\nWHERE { ?s ?p }")

    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["line"] == 2
    assert response.json()["column"] > 1


def test_a_person_sees_the_error_beside_the_query(tiny):
    response = tiny.sparql("SELECT <script>", "text/html")

    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert "SELECT &lt;script&gt;" in response.text


@pytest.mark.parametrize(
    "query", ["DELETE WHERE { ?s ?p ?o }", "SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }"]
)
def test_updates_and_federation_are_refused(tiny, query):
    assert tiny.sparql(query).status_code == 403


def test_an_update_by_the_protocol_is_refused(tiny):
    assert requests.post(tiny.url + "sparql", data={"update": "CLEAR ALL"}, timeout=10).status_code == 403


def test_without_a_query_people_get_a_form_and_programs_a_description(tiny):
    page = tiny.get("sparql", "text/html").text
    description = Graph().parse(data=tiny.get("sparql", "text/turtle").text, format="turtle")

    assert "<textarea" in page and "<label" in page
    assert description.query("ASK { ?s a <http://www.w3.org/ns/sparql-service-description#Service> }").askAnswer


def test_an_answer_that_changes_is_not_kept(tiny):
    assert tiny.sparql("SELECT (NOW() AS ?now) {}").headers["Cache-Control"] == "no-store"
    assert "no-store" not in tiny.sparql(SELECT).headers["Cache-Control"]
