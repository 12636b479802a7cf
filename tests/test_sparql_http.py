"""The endpoint over real HTTP."""

import html5lib
import pytest
import requests
from rdflib import Dataset, Graph
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID as DEFAULT

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
TSV = "text/tab-separated-values"
SELECT = "SELECT ?s WHERE { ?s a <https://data.example.org/ns#BathingSite> } ORDER BY ?s"
CONSTRUCT = "CONSTRUCT WHERE { ?s a <https://data.example.org/ns#BathingSite> }"
SITES, RETIRED = "https://data.example.org/dataset/sites", "https://data.example.org/dataset/retired"
SHAPES = "https://data.example.org/shapes"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8; header=present"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("application/json", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/*", "text/csv; charset=utf-8; header=present"),
        ("*/*, application/sparql-results+json;q=0", "application/sparql-results+xml"),
        ("text/html", "text/html; charset=utf-8"),
        (BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_a_select_answers_in_every_format(tiny, accept, content_type):
    response = tiny.sparql(SELECT, accept)

    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)
    assert "le-pont" in response.text and "rocheray" in response.text


@pytest.mark.parametrize(
    ("accept", "parser"),
    [("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/ld+json", "json-ld"),
     ("application/rdf+xml", "xml"), ("application/trig", "trig"), ("application/n-quads", "nquads")],
)  # fmt: skip
def test_a_construct_answers_in_every_format(tiny, accept, parser):
    response = tiny.sparql(CONSTRUCT, accept)

    assert response.headers["Content-Type"].startswith(accept)
    assert len(list(Dataset().parse(data=response.text, format=parser).quads((None, None, None, DEFAULT)))) == 2


def test_the_three_ways_to_send_a_query_answer_alike(tiny):
    form = requests.post(tiny.url + "sparql", data={"query": SELECT}, timeout=10)
    headers = {"Content-Type": "application/sparql-query"}
    direct = requests.post(tiny.url + "sparql", data=SELECT, headers=headers, timeout=10)

    assert form.json() == direct.json() == tiny.sparql(SELECT).json()


@pytest.mark.parametrize(
    ("graphs", "text", "answer"),
    [
        ({}, "ASK { ?s a bw:BathingSite }", True),
        ({"default-graph-uri": ""}, "ASK { ?s a bw:BathingSite }", True),
        ({"default-graph-uri": SITES}, "ASK { ?s a bw:BathingSite }", True),
        ({"default-graph-uri": RETIRED}, "ASK { ?s a bw:BathingSite }", False),
        ({"default-graph-uri": RETIRED}, f"ASK FROM <{SITES}> {{ ?s a bw:BathingSite }}", False),
        ({"default-graph-uri": SITES}, f"ASK FROM <{RETIRED}> {{ ?s a bw:BathingSite }}", True),
        ({"default-graph-uri": [SITES, RETIRED]}, "ASK { ?s a bw:BathingSite . ?t owl:deprecated true }", True),
        ({"default-graph-uri": SITES}, "ASK { GRAPH ?g { ?s ?p ?o } }", False),
        ({"named-graph-uri": SITES}, "ASK { ?s ?p ?o }", False),
        ({"named-graph-uri": SITES}, f"ASK FROM <{SITES}> {{ ?s ?p ?o }}", False),
        ({"named-graph-uri": SITES}, "ASK { GRAPH ?g { ?s a bw:BathingSite } }", True),
        ({"named-graph-uri": SITES}, "ASK { GRAPH ?g { ?s owl:deprecated true } }", False),
        ({"named-graph-uri": SITES, "default-graph-uri": RETIRED},
         "ASK { ?t owl:deprecated true GRAPH ?g { ?s a bw:BathingSite } }", True),
        ({"default-graph-uri": "urn:unknown"}, "ASK { ?s ?p ?o }", False),
        ({"named-graph-uri": "urn:unknown"}, "ASK { GRAPH ?g { ?s ?p ?o } }", False),
        ({}, "ASK FROM <urn:unknown> { ?s ?p ?o }", False),
        ({}, f"ASK FROM NAMED <{SITES}> {{ ?s ?p ?o }}", False),
        ({"default-graph-uri": SHAPES}, "ASK { ?s a sh:NodeShape }", True),
        ({}, "ASK { ?s a sh:NodeShape }", False),
    ],
)  # fmt: skip
def test_the_protocols_graphs_are_the_whole_dataset(tiny, graphs, text, answer):
    """SPARQL 1.1 Protocol, section 2.1.4: the protocol's graphs win over those of the text."""
    prefixes = "PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX sh: <http://www.w3.org/ns/shacl#> "
    query = prefixes + text

    by_get = tiny.get("sparql", params={"query": query, "format": "json"} | graphs)
    by_form = requests.post(tiny.url + "sparql", data={"query": query, "format": "json"} | graphs, timeout=10)
    headers = {"Content-Type": "application/sparql-query"}
    direct = requests.post(tiny.url + "sparql", data=query, params=graphs, headers=headers, timeout=10)

    assert [response.json()["boolean"] for response in (by_get, by_form, direct)] == [answer] * 3


@pytest.mark.parametrize("graph", ["sites", "/", "urn:a b", "<urn:a>", "urn:a>{}"])
def test_a_graph_that_is_no_iri_is_refused(tiny, graph):
    for name in ("default-graph-uri", "named-graph-uri"):
        assert tiny.get("sparql", params={"query": SELECT, name: graph}).status_code == 400


def test_the_endpoint_answers_with_and_without_a_slash_at_its_end(tiny):
    assert tiny.get("sparql/", params={"query": SELECT}).content == tiny.get("sparql", params={"query": SELECT}).content
    assert requests.post(tiny.url + "sparql/", data={"query": SELECT}, timeout=10).ok


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_with_those_that_are_right(tiny, method):
    response = requests.request(method, tiny.url + "sparql", params={"query": SELECT}, timeout=10)

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_head_and_options(tiny):
    head = requests.head(tiny.url + "sparql", params={"query": SELECT}, timeout=10)
    options = requests.options(tiny.url + "sparql", timeout=10)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == "application/sparql-results+json"
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"params": {"query": [SELECT, SELECT]}}, 400),
        ({"params": {"query": ""}}, 400),
        ({"params": {"query": "   # nothing"}}, 400),
        ({"params": {"query": SELECT, "using-graph-uri": "urn:g"}}, 400),
        ({"params": {"query": SELECT, "format": "json", "output": "xml"}}, 400),
        ({"params": {"update": "CLEAR ALL"}}, 403),
        ({"method": "POST"}, 415),
        ({"method": "POST", "data": SELECT}, 415),
        ({"method": "POST", "data": b"", "params": {"query": SELECT}}, 415),
        ({"method": "POST", "data": SELECT, "headers": {"Content-Type": "text/plain"}}, 415),
        ({"method": "POST", "files": {"query": SELECT}}, 415),
        ({"method": "POST", "data": {"other": "x"}}, 400),
        ({"method": "POST", "data": {"query": SELECT}, "params": {"query": SELECT}}, 400),
        ({"method": "POST", "data": "INSERT DATA {}", "headers": {"Content-Type": "application/sparql-update"}}, 403),
        ({"method": "POST", "data": "INSERT DATA {}", "headers": {"Content-Type": "application/sparql-query"}}, 403),
        (
            {
                "method": "POST",
                "data": SELECT.encode("utf-16"),
                "headers": {"Content-Type": "application/sparql-query"},
            },
            400,
        ),
    ],
)
def test_what_is_no_query_is_refused(tiny, request_, status):
    response = requests.request(**({"method": "GET", "url": tiny.url + "sparql", "timeout": 10} | request_))

    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json()["detail"]


def test_a_body_of_another_type_is_answered_with_those_that_are_read(tiny):
    response = requests.post(tiny.url + "sparql", data="{}", headers={"Content-Type": "application/json"}, timeout=10)

    assert response.status_code == 415
    assert response.headers["Accept-Post"] == "application/sparql-query, application/x-www-form-urlencoded"


def test_a_query_that_is_too_long_is_refused_with_the_limit(tiny):
    query = "ASK {} #" + "x" * 2**20
    headers = {"Content-Type": "application/sparql-query"}

    direct = requests.post(tiny.url + "sparql", data=query, headers=headers, timeout=10)
    form = requests.post(tiny.url + "sparql", data={"query": query}, timeout=10)

    for response in (direct, form):
        assert (response.status_code, response.json()["value"]) == (413, 2**20)


def test_a_language_that_is_none_is_refused_everywhere(tiny):
    for path in ("sparql", "", "doc/site/le-pont", "api", "list?type=urn:x", "dataset/sites.ttl"):
        joint = "&" if "?" in path else "?"
        assert tiny.get(f'{path}{joint}lang="').status_code == 400, path
        assert tiny.get(f"{path}{joint}lang=fr").status_code in (200, 404), path


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
    "query",
    [
        "DELETE WHERE { ?s ?p ?o }", "INSERT DATA { <urn:s> <urn:p> 1 }", "LOAD <http://127.0.0.1:1/>", "CLEAR ALL",
        "DROP SILENT GRAPH <urn:g>", "CREATE GRAPH <urn:g>", "COPY <urn:a> TO <urn:b>", "MOVE <urn:a> TO <urn:b>",
        "PREFIX a: <urn:a> ADD a:b TO a:c", "BASE <urn:> WITH <g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }",
    ],
)  # fmt: skip
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


def test_a_page_links_the_same_result_in_the_other_formats(tiny):
    """The links carry the graphs of the request along, and each answers."""
    query = {"query": "SELECT ?s { ?s a bw:BathingSite } # é+&", "default-graph-uri": SITES}
    page = html5lib.parse(tiny.get("sparql", "text/html", params=query).text, namespaceHTMLElements=False)
    graph = tiny.get("sparql", "text/html", params={"query": CONSTRUCT}).text
    long = tiny.get("sparql", "text/html", params={"query": SELECT + " #" + "x" * 5000}).text

    links = {link.get("type"): link.get("href") for link in page.iterfind(".//section[@class='formats']//a")}
    assert list(links) == ["application/sparql-results+json", "application/sparql-results+xml", "text/csv", TSV]
    for media_type, href in links.items():
        answer = tiny.get(href)
        assert answer.headers["Content-Type"].startswith(media_type)
        assert "rocheray" in answer.text
    hidden = [(field.get("name"), field.get("value")) for field in page.iterfind(".//input[@type='hidden']")]
    assert ("default-graph-uri", SITES) in hidden, "and the form sends them again"
    assert "application/n-quads" in graph
    assert 'class="formats"' not in long


def test_a_page_shows_the_first_rows_of_a_result_of_any_length(tiny):
    query = "SELECT ?a ?b ?none { ?a ?p1 ?o1 . ?b ?p2 ?o2 OPTIONAL { ?a <urn:none> ?none } }"
    page = tiny.get("sparql", "text/html", params={"query": query})
    rows = tiny.sparql(query, "text/csv").text.count("\r\n") - 1

    assert rows > 1000
    assert page.text.count("<tr>") == 1 + 1000
    assert "Shown are the first 1,000 rows. Take another format for all of them." in page.text


def test_what_a_page_cannot_hold_says_so(tiny):
    query = f"SELECT ('{'a' * 100_000}' AS ?long) {{ ?a ?b ?c }}"

    answer = requests.post(tiny.url + "sparql", {"query": query}, headers={"Accept": "text/html"}, timeout=30)

    assert answer.status_code == 503
    assert "bytes that a page is made from" in answer.text


@pytest.mark.parametrize(
    ("text", "status", "title"),
    [
        ("SELECT * { SERVICE <http://192.0.2.1/> { ?a ?b ?c } }", 403, "Federation refused"),
        ("INSERT DATA { <a:a> <a:b> 'service' }", 403, "Read-only endpoint"),
        ("SELEKT * { ?service ?b ?c }", 400, "Query not understood"),
        ("ASK { ?service ?b ?c }", 200, ""),
    ],
)
def test_a_long_query_is_looked_at_as_a_short_one_is(tiny, text, status, title):
    for query in (text, text + "#" + "a" * 100_000):
        answer = requests.post(tiny.url + "sparql", {"query": query}, timeout=30)

        assert (answer.status_code, answer.json().get("title", "")) == (status, title)
