"""The page /sparql: what it offers to write, run and stop a query, and what it shows of an answer."""

import json
import re
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
import requests

from publisher.store.guard import tokens

from .conftest import ROOT, TINY, Server, start_server
from .processes import descendants, wait_for
from .programs import need, run

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r }"
NAME = "cancel-me-0123456789"


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one worker that lets a query run for two minutes: what ends sooner was stopped."""
    server = start_server(TINY, tmp_path_factory.mktemp("patient"), query_seconds=120, query_workers=1)
    yield server
    server.stop()


def running(server: Server) -> int:
    """How many queries *server* works on."""
    found = re.search(r"^publisher_queries_running (\d+)$", server.get("metrics").text, re.MULTILINE)
    assert found
    return int(found[1])


def ask_in_background(server: Server, name: str, answers: list[requests.Response]) -> threading.Thread:
    def ask() -> None:
        headers = {"Query-Id": name}
        answers.append(requests.get(f"{server.url}sparql", {"query": ENDLESS}, headers=headers, timeout=100))

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def cancel(server: Server, name: str) -> requests.Response:
    return requests.post(f"{server.url}sparql/cancel?id={name}", timeout=10)


# Cancelling


def test_a_cancelled_query_frees_its_worker(patient: Server) -> None:
    answers: list[requests.Response] = []
    asking = ask_in_background(patient, NAME, answers)
    wait_for(lambda: running(patient) == 1)
    before = set(descendants(patient.process.pid))

    answer = cancel(patient, NAME)
    asking.join(timeout=20)

    assert (answer.status_code, answer.json()) == (200, {"stopped": True})
    assert (answers[0].status_code, answers[0].json()["title"]) == (409, "Query cancelled")
    wait_for(lambda: bool(before - set(descendants(patient.process.pid))))  # the process that worked on it is gone
    assert running(patient) == 0
    assert patient.sparql("ASK {}").json()["boolean"], "the only worker is free again"
    assert 'event="stopped: cancelled"} 1' in patient.get("metrics").text


def test_a_query_that_waits_is_cancelled_too(patient: Server) -> None:
    answers: list[requests.Response] = []
    first = ask_in_background(patient, "first-in-line-0123456789", answers)
    wait_for(lambda: running(patient) == 1)
    waiting = ask_in_background(patient, "second-in-line-0123456789", answers)
    wait_for(lambda: "publisher_queries_waiting 1" in patient.get("metrics").text)

    cancel(patient, "second-in-line-0123456789")
    waiting.join(timeout=20)
    assert [answer.status_code for answer in answers] == [409]
    assert first.is_alive(), "the other one goes on"

    cancel(patient, "first-in-line-0123456789")
    first.join(timeout=20)


def test_a_query_that_comes_after_it_was_cancelled_is_not_begun(patient: Server) -> None:
    late = {"Query-Id": "late-0123456789abcdef"}

    assert cancel(patient, late["Query-Id"]).json() == {"stopped": False}
    assert patient.sparql("ASK { ?late ?p ?o }", headers=late).status_code == 409


def test_a_query_of_the_build_before_is_cancelled_too(tmp_path: Path) -> None:
    content = shutil.copytree(TINY, tmp_path / "content")
    server = start_server(content, tmp_path, query_seconds=120, query_workers=1)
    answers: list[requests.Response] = []
    try:
        asking = ask_in_background(server, NAME, answers)
        wait_for(lambda: running(server) == 1)
        before = server.get("healthz").json()["version"]
        sites = content / "data" / "sites.ttl"
        sites.write_text(sites.read_text().replace("bw:maximumDepth 4.0", "bw:maximumDepth 5.0"))
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: server.get("healthz").json()["version"] != before)

        assert cancel(server, NAME).json() == {"stopped": True}
        asking.join(timeout=20)
        assert [answer.status_code for answer in answers] == [409]
    finally:
        server.stop()


@pytest.mark.parametrize("query", ["", "?id=", "?id=short", "?id=" + "x" * 65, "?id=one&id=two"])
def test_only_a_name_that_nobody_guesses_cancels(tiny: Server, query: str) -> None:
    assert requests.post(f"{tiny.url}sparql/cancel{query}", timeout=10).status_code == 400


def test_a_name_that_may_be_guessed_is_refused(tiny: Server) -> None:
    assert tiny.sparql("ASK { ?guessed ?p ?o }", headers={"Query-Id": "1"}).json()["parameter"] == "Query-Id"


def test_an_answer_is_kept_whatever_name_its_query_had(tiny: Server) -> None:
    query = "ASK { ?named ?p ?o }"
    tiny.sparql(query, headers={"Query-Id": "x" * 16})

    assert "cache;desc=hit" in tiny.sparql(query, headers={"Query-Id": "y" * 16}).headers["Server-Timing"]


# The page


def page_of(server: Server, query: str, **options: str) -> Element:
    response = server.get("sparql", "text/html", params={"query": query, **options})
    return html5lib.parse(response.text, namespaceHTMLElements=False)


def texts(page: Element, path: str) -> list[str]:
    return ["".join(found.itertext()).strip() for found in page.iterfind(path)]


def test_a_table_shows_names_and_has_the_identifiers_at_hand(tiny: Server) -> None:
    page = page_of(tiny, "SELECT ?site { ?site a bw:BathingSite } ORDER BY ?site", lang="fr")

    assert texts(page, ".//td//span[@class='name']")[0] == "Le Pont"
    assert texts(page, ".//td//span[@class='iri']")[0] == "site:le-pont"
    assert page.find(".//input[@class='as-iris']") is not None


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("# select\nselect * { ?site bw:maximumDepth $depth ; a ?class }", ["site", "depth", "class"]),
        ("SELECT ?site ?depth { { SELECT * { ?depth ^bw:maximumDepth ?site } } }", ["site", "depth"]),
    ],
)
def test_columns_stand_in_the_order_of_the_query(tiny: Server, query: str, columns: list[str]) -> None:
    assert texts(page_of(tiny, query), ".//th[@scope='col']") == columns


def test_a_graph_is_shown_as_its_statements(tiny: Server) -> None:
    query = "CONSTRUCT { ?s a ?kind ; rdfs:label ?label } { ?s a ?kind ; rdfs:label ?label } ORDER BY ?s LIMIT 3"
    page = page_of(tiny, query)

    assert texts(page, ".//th[@scope='col']") == ["subject", "predicate", "object"]
    downloads = [link.get("type") for link in page.iterfind(".//section[@class='formats']//a")]
    assert downloads[:2] == ["text/turtle", "application/ld+json"]


@pytest.mark.parametrize(("query", "answer"), [("ASK {}", "Yes"), ("ASK { FILTER (false) }", "No")])
def test_a_question_is_answered_in_a_word(tiny: Server, query: str, answer: str) -> None:
    assert texts(page_of(tiny, query), ".//section[@class='answer']/p") == [answer]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT * { ?s a bw:BathingSit ; rdfs:lable ?x }", ["bw:BathingSit", "rdfs:lable"]),
        ("PREFIX b: <https://data.example.org/ns#> ASK { ?s a b:BathingSit , <urn:x> }", ["b:BathingSit", "<urn:x>"]),
        ('SELECT * { ?s a bw:BathingSite FILTER(xsd:int("1"^^xsd:byte) = 2) }', []),
        ("SELECT * { ?s a bw:BathingSite FILTER(?s = bw:BathingSit || true) }", []),
    ],
)
def test_names_that_find_nothing_are_told(tiny: Server, query: str, names: list[str]) -> None:
    """One that is misspelt is no fault for SPARQL."""
    assert texts(page_of(tiny, query), ".//section[@class='answer']/p//code") == names


def test_a_fault_comes_with_its_place_for_the_editor_to_mark(tiny: Server) -> None:
    problem = page_of(tiny, "SELECT * WHERE {\n  ?s ?p ?o\n  FITLER(?o > 3) }").find(".//div[@class='problem']")

    assert problem is not None
    assert [problem.get(f"data-{name}") for name in ("line", "column", "length")] == ["3", "3", "6"]


def test_the_page_says_what_a_query_may_take(patient: Server) -> None:
    text = patient.get("sparql", "text/html").text

    assert "A query may take 120 seconds." in text
    assert 'data-seconds="120"' in text


def test_every_named_query_is_a_question_to_start_from(tiny: Server) -> None:
    page = page_of(tiny, "ASK {}")
    asked = [link.get("data-text") for link in page.iterfind(".//ul[@id='questions']//a") if link.get("data-text")]

    assert sorted(asked) == sorted(f"/api/{query['name']}.rq" for query in tiny.get("api?format=json").json())
    assert all(tiny.get(address).ok for address in asked)


def test_the_prefixes_of_the_data_come_with_the_page(tiny: Server) -> None:
    prefixes = page_of(tiny, "ASK {}").find(".//script[@id='prefixes']")

    assert prefixes is not None
    told = json.loads(prefixes.text or "")
    assert told["bw"] == "https://data.example.org/ns#"
    assert told["foaf"] == "http://xmlns.com/foaf/0.1/"


# Scripts, without a browser

FORMAT = """
import { format, tokens } from "%s";
let text = "";
for await (const part of process.stdin) text += part;
const told = JSON.parse(text).map((query) => {
    const laid = format(query);
    return { laid, again: format(laid), whole: tokens(query).map((token) => token.text).join("") };
});
console.log(JSON.stringify(told));
"""
UNTIDY = (
    "prefix a: <urn:a#> select distinct ?x (count(distinct ?y) as ?n) where { ?x a a:B; a:p ?y,?z . # said\n"
    'filter(?y>3 && lang(?z) in ("en","fr")) optional{?x a:q/b:r* ?w} {?x a:s 1} union {?x a:t 2.5} }'
    " group by ?x order by desc(?n) limit 10"
)
TIDY = """\
PREFIX a: <urn:a#>

SELECT DISTINCT ?x (COUNT(DISTINCT ?y) AS ?n) WHERE {
  ?x a a:B ;
      a:p ?y, ?z . # said
  FILTER (?y>3 && LANG(?z) IN ("en", "fr"))
  OPTIONAL { ?x a:q/b:r* ?w }
  { ?x a:s 1 } UNION { ?x a:t 2.5 }
}
GROUP BY ?x
ORDER BY DESC(?n)
LIMIT 10
"""


def tidied(queries: list[str]) -> list[dict[str, str]]:
    need("node")
    script = FORMAT % (ROOT / "publisher" / "web" / "static" / "sparql-text.js").as_uri()
    return list(json.loads(run("node", "--input-type=module", "-e", script, input=json.dumps(queries))))


def test_a_query_is_tidied_up() -> None:
    assert tidied([UNTIDY])[0]["laid"] == TIDY


def test_what_is_tidied_up_says_the_same_and_stays_as_it_is() -> None:
    """Of every query that is published here, and of some that are none."""
    queries = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "queries").rglob("*.rq"))]
    queries += ["", "}", "SELECT {{{ (", 'SELECT "open', "?", 'a:b\\,c \'it\'\'s\' """x"y""" <not iri', "ASK { 😀 }"]

    for query, told in zip(queries, tidied(queries), strict=True):
        assert told["whole"] == query
        assert told["again"] == told["laid"], query
        assert [token.text.upper() for token in tokens(told["laid"])] == [token.text.upper() for token in tokens(query)]


COMPLETION = """
import { beginnings, kindsAt } from "%s/sparql-completion.js";
import { tokens } from "%s/sparql-text.js";
let text = "";
for await (const part of process.stdin) text += part;
const told = JSON.parse(text).map((query) => {
    const [first] = beginnings(query);
    const before = tokens(query.slice(0, first)).filter(({ kind }) => kind !== "space");
    return [beginnings(query).map((place) => query.slice(place)), kindsAt(before)[0]];
});
console.log(JSON.stringify(told));
"""


@pytest.mark.parametrize(
    ("query", "names", "kind"),
    [
        ("SELECT * { ?x a local auth", ["local auth", "auth"], "type"),
        ("SELECT * { ?x member of", ["member of", "of"], "property"),
        ("SELECT * { ?x usec:country ?y ; stated in", ["stated in", "in"], "property"),
        ("SELECT * { ?x usec:partner service d'un for", ["service d'un for", "d'un for", "for"], "entity"),
        ("SELECT * { ?x ?p ?y OPTIONAL memb", ["memb"], "entity"),
    ],
)
def test_a_name_of_several_words_is_completed_whole(query: str, names: list[str], kind: str) -> None:
    need("node")
    static = (ROOT / "publisher" / "web" / "static").as_uri()
    script = COMPLETION % (static, static)

    assert json.loads(run("node", "--input-type=module", "-e", script, input=json.dumps([query]))) == [[names, kind]]
