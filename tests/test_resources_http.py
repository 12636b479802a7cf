"""Every IRI over real HTTP: redirects, suffixes, negotiation, retired resources."""

import json

import pytest
import requests
from rdflib import Dataset, Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import RDFS

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

SITE = "doc/site/le-pont"
SITE_IRI = URIRef("https://data.example.org/id/site/le-pont")
PARSERS = {"ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "rdf": "xml", "xml": "xml"}


def graph_of(server, path):
    response = server.get(path)
    assert response.status_code == 200, response.text
    suffix = path.rpartition(".")[2]
    if suffix == "jsonld":
        document = response.json()
        document["@context"] = server.get("context.jsonld").json()["@context"]
        return Graph().parse(data=json.dumps(document), format="json-ld")
    return Graph().parse(data=response.text, format=PARSERS[suffix])


def test_a_name_redirects_to_the_document_which_negotiates(tiny):
    response = tiny.get("id/site/le-pont", "text/turtle")

    assert [step.status_code for step in response.history] == [303]
    assert {"Accept", "Accept-Language"} <= set(response.headers["Vary"].split(", "))
    assert response.headers["Content-Location"] == "/doc/site/le-pont.ttl"
    graph = Graph().parse(data=response.text, format="turtle")
    assert graph.value(SITE_IRI, RDFS.label).language == "fr"


@pytest.mark.parametrize("suffix", PARSERS)
def test_every_suffix_says_the_same(tiny, suffix):
    expected = graph_of(tiny, f"{SITE}.nt")

    assert isomorphic(graph_of(tiny, f"{SITE}.{suffix}"), expected)


@pytest.mark.parametrize(("suffix", "parser"), [("trig", "trig"), ("nq", "nquads")])
def test_formats_of_quads_name_the_file(tiny, suffix, parser):
    dataset = Dataset().parse(data=tiny.get(f"{SITE}.{suffix}").text, format=parser)

    assert "https://data.example.org/dataset/sites" in {str(graph.identifier) for graph in dataset.graphs()}


@pytest.mark.parametrize("path", ["ns", "shapes", "dataset/sites", "catalog"])
def test_documents_answer_themselves(tiny, path):
    response = tiny.get(path, "text/turtle")

    assert (response.status_code, response.history) == (200, [])
    assert len(Graph().parse(data=response.text, format="turtle")) > 0
    assert tiny.get(path, "text/html").headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_description_names_who_states_something_and_what_links_here(tiny):
    text = tiny.get(f"{SITE}.nt").text

    assert "sample/le-pont-2026-01" in text
    assert "<https://data.example.org/id/site/rocheray> <https://data.example.org/ns#neighbour>" in text


def test_any_iri_is_described(tiny):
    licence = "https://creativecommons.org/licenses/by/4.0/"

    external = tiny.get("describe", "text/turtle", params={"iri": licence})
    own = tiny.get("describe", "text/turtle", params={"iri": str(SITE_IRI)}, allow_redirects=False)

    assert external.status_code == 200 and licence in external.text
    assert (own.status_code, own.headers["Location"]) == (303, "/doc/site/le-pont")
    assert tiny.get("describe", params={"iri": "https://nobody.example/"}).status_code == 404
    assert tiny.get("describe", params={"iri": "<>"}).status_code in (400, 404)
    assert tiny.get("describe").status_code == 400


def test_a_retired_resource_is_gone_or_moved(tiny):
    gone = tiny.get("id/site/closed", "text/turtle")
    moved = tiny.get("doc/site/old-name.ttl", allow_redirects=False)

    assert (gone.status_code, gone.headers["Content-Type"]) == (410, "application/problem+json")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/doc/site/le-pont.ttl")


def test_what_is_not_offered_is_406_with_the_offer(tiny):
    response = tiny.get(SITE, "image/png")

    assert response.status_code == 406
    assert "text/turtle" in response.json()["offered"]


@pytest.mark.parametrize("path", ["id/nobody", "doc/nobody.ttl", "nobody", "id/site/le-pont.pdf"])
def test_an_unknown_path_is_404(tiny, path):
    assert tiny.get(path, "text/turtle").status_code == 404


def test_links_name_the_resource_its_licence_and_its_forms(tiny):
    response = tiny.get(f"{SITE}.html")

    assert f'<{SITE_IRI}>; rel="cite-as"' in response.headers["Link"]
    assert 'rel="license"' in response.headers["Link"]
    assert f'<{tiny.url}{SITE}.ttl>; rel="describedby"; type="text/turtle"' in response.headers["Link"]


def test_the_host_header_changes_nothing(tiny):
    response = tiny.get(f"{SITE}.html", headers={"Host": "evil.example"})

    assert "evil" not in response.text + str(response.headers)


def test_any_origin_may_ask(tiny):
    response = requests.options(tiny.url + SITE, headers={"Origin": "https://x.example"}, timeout=10)

    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in response.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("path", ["/evil.example/", "", "sparql", "id/"])
def test_describe_redirects_nowhere_but_to_documents(tiny, path):
    response = tiny.get("describe", params={"iri": "https://data.example.org/" + path}, allow_redirects=False)

    assert response.status_code in (200, 404)
    assert "Location" not in response.headers


OWL_CLASS = "/describe?iri=http%3A%2F%2Fwww.w3.org%2F2002%2F07%2Fowl%23Class"


@pytest.mark.parametrize("address", ["/doc/site/le-pont?lang=fr", f"{OWL_CLASS}&lang=fr", "/ns?lang=fr"])
def test_content_location_leads_to_the_same_page_in_the_same_language(tiny, address):
    answer = tiny.get(address, "text/html")
    same = tiny.get(answer.headers["Content-Location"], headers={"Accept-Language": "en"})

    assert (same.headers["Content-Language"], same.headers["Content-Type"]) == ("fr", "text/html; charset=utf-8")
    assert same.text.partition("<h1")[2].partition("</h1>")[0] == answer.text.partition("<h1")[2].partition("</h1>")[0]
