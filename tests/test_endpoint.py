"""The endpoint's way past Flask: the same answers, and nothing is read or run twice."""

import gc
import io
import re
import weakref
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import create_environ, run_wsgi_app

from publisher.config import Config
from publisher.publish.snapshot import Snapshot
from publisher.store.turns import Turns
from publisher.store.workers import Workers
from publisher.web.app import WARMED, create_app, warm
from publisher.web.cache import ResponseCache
from publisher.web.land import rings
from publisher.web.negotiation import LONGEST_KEPT
from publisher.web.refusal import DATA, EVERYWHERE
from publisher.web.rendering import TURNS

from .conftest import Server

ASK = "ASK { ?site a bw:BathingSite }"
NOT_IN_XML = 'CONSTRUCT { <urn:s> <urn:p> "\\uFFFF" } {}'
EVENT = re.compile(r'^publisher_query_events_total\{event="([^"]+)"\} (\d+)$', re.MULTILINE)


def events(server: Server) -> dict[str, int]:
    """What happened to queries so far."""
    return {event: int(count) for event, count in EVENT.findall(server.get("metrics").text)}


def since(server: Server, before: dict[str, int]) -> dict[str, int]:
    """What happened to queries since then."""
    return {event: count - before[event] for event, count in events(server).items() if count != before[event]}


@pytest.fixture(scope="module")
def workers(tiny_snapshot: Snapshot) -> Iterator[Workers]:
    config = Config(query_workers=1)
    workers = Workers(tiny_snapshot.directory, config, tiny_snapshot.base_iri, tiny_snapshot.prefixes)
    yield workers
    workers.close()


def client(snapshot: Snapshot, workers: Workers | None, public_url: str = "") -> FlaskClient:
    config = Config(public_url=public_url)
    return create_app(snapshot, config, workers).test_client()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "accept", "status", "happened"),
    [
        ("SELECT *\nWHERE { ?twice ?p }", "application/json", 400, {"wrong": 1}),
        ("SELECT *\nWHERE { ?twice ?q }", "text/html", 400, {"wrong": 1}),
        ("SELECT (<urn:twice>(1) AS ?x) {}", "application/json", 422, {"wrong": 1}),
        ("INSERT DATA { <urn:twice> <urn:a> 1 }", "application/json", 403, {}),
        ("SELECT * { ?twice ?p ?o }", "image/png", 406, {}),
        ("SELECT * { ?twice ?p ?o }", "application/json", 200, {"answered": 1}),
        ("SELECT * { ?twice ?p ?o }", "text/html", 200, {"answered": 1}),
        (NOT_IN_XML, "application/rdf+xml", 406, {"wrong": 1}),
        (NOT_IN_XML, "application/rdf+xml, text/turtle;q=0.5", 200, {"wrong": 1, "answered": 1}),
        (NOT_IN_XML, "application/rdf+xml, text/html;q=0.5", 200, {"wrong": 1, "answered": 1}),
    ],
)
def test_a_query_is_run_once_whatever_comes_of_it(
    tiny: Server, query: str, accept: str, status: int, happened: dict[str, int]
) -> None:
    before = events(tiny)

    assert tiny.sparql(query, accept).status_code == status
    assert since(tiny, before) == happened


def test_head_and_get_are_one_query(tiny: Server) -> None:
    query = {"query": "ASK { <urn:head-and-get> ?p ?o }"}
    before = events(tiny)
    head = requests.head(tiny.url + "sparql", params=query, timeout=10)
    answer = tiny.get("sparql", params=query)

    assert since(tiny, before) == {"answered": 1}
    assert (head.status_code, head.content, answer.json()["boolean"]) == (200, b"", False)
    for name in {name.lower() for name in answer.headers} - {"date", "server-timing"}:
        assert head.headers[name] == answer.headers[name]


def test_an_answer_has_the_headers_that_flasks_have(tiny: Server) -> None:
    """The endpoint's own, and those that the page of the same result and a description have in common."""
    answer = tiny.sparql(ASK).headers
    description = tiny.get("sparql", "text/turtle").headers

    for name, value in (EVERYWHERE | DATA).items():
        assert answer[name] == value
    for name in ("Access-Control-Expose-Headers", "Snapshot-Version", "Snapshot-Date", "Last-Modified"):
        assert answer[name] == description[name]
    assert answer["Cache-Control"] == "public, max-age=60"
    assert answer["Vary"] == "Accept, Accept-Encoding"
    assert re.fullmatch(r'inline; filename="sparql-[0-9a-f]{8}\.json"', answer["Content-Disposition"])
    assert "Last-Modified" not in tiny.sparql("SELECT (NOW() AS ?now) {}").headers


@pytest.mark.parametrize(
    ("public_url", "path", "status"),
    [
        ("https://data.example.org/waters/", "/waters/sparql", 200),
        ("https://data.example.org/waters/", "/waters/sparql/", 200),
        ("https://data.example.org/waters/", "/sparql", 200),
        ("https://data.example.org/waters/", "/waters//sparql", 200),
        ("https://data.example.org/waters/", "/waters/sparql//", 404),
        ("https://data.example.org/waters/", "/waterssparql", 404),
        ("https://data.example.org/sparql/", "/sparql/sparql", 200),
        ("https://data.example.org/sparql/", "/sparql", 406),  # the home page
        ("https://data.example.org/%C3%A9/", "/%C3%A9/sparql", 200),
    ],
)
def test_the_endpoint_is_below_the_path_of_the_public_address(
    tiny_snapshot: Snapshot, workers: Workers, public_url: str, path: str, status: int
) -> None:
    answer = client(tiny_snapshot, workers, public_url).get(
        f"{path}?query={quote(ASK)}", headers={"Accept": "application/sparql-results+json"}
    )

    assert answer.status_code == status
    assert status != 200 or answer.json == {"head": {}, "boolean": True}


def test_bare_bytes_in_an_address_are_read_as_escaped_ones(tiny_snapshot: Snapshot, workers: Workers) -> None:
    query = "ASK { VALUES ?x { 'é' } FILTER(STRLEN(?x) = 1) }"
    bare = "query=" + query.encode().decode("latin-1").replace(" ", "+")
    ask = client(tiny_snapshot, workers)

    assert ask.get("/sparql", environ_overrides={"QUERY_STRING": bare}).json["boolean"] is True  # type: ignore[index]
    assert ask.get("/sparql", query_string={"query": query}).json["boolean"] is True  # type: ignore[index]


def test_a_body_that_is_too_long_is_refused_unread(tiny: Server) -> None:
    for accept, kind in (("*/*", "application/problem+json"), ("text/html", "text/html; charset=utf-8")):
        headers = {"Accept": accept, "Content-Type": "application/sparql-query"}
        answer = requests.post(tiny.url + "sparql", b"#" * (4 * 2**20 + 1), headers=headers, timeout=10)

        assert (answer.status_code, answer.headers["Content-Type"]) == (413, kind)
        assert "longer than this server reads" in answer.text


def test_a_defect_is_an_answer_that_says_nothing_of_the_machine(
    tiny_snapshot: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client(tiny_snapshot, None).get(f"/sparql?query={quote(ASK)}")

    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "NoneType" not in answer.text and "NoneType" in caplog.text


def test_the_page_of_what_is_no_query_takes_a_turn_too(tiny_snapshot: Snapshot, workers: Workers) -> None:
    turns = Turns(places=1, line=0, queue_seconds=1)
    ask = client(tiny_snapshot, workers)

    def post() -> int:
        return ask.post("/sparql", headers={"Accept": "text/html"}, environ_overrides={TURNS: turns}).status_code

    with turns.turn("another"):
        assert post() == 503
    assert post() == 415


@pytest.mark.parametrize("body", ["query=%00", "query=SELEC", "query=SELECT * { ?s ?p }", "query=ASK {}&format=csv"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_a_body_is_let_go_with_its_answer(tiny_snapshot: Snapshot, workers: Workers, body: str, accept: str) -> None:
    """Not when the collector comes by, which is after hundreds of wrong requests of some megabytes each."""
    app = create_app(tiny_snapshot, Config(), workers).wsgi_app
    form = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
    gc.disable()
    try:
        environ = create_environ("/sparql", method="POST", headers=form, input_stream=io.BytesIO(body.encode()))
        environ["CONTENT_LENGTH"] = str(len(body))
        sent = weakref.ref(environ["wsgi.input"])
        run_wsgi_app(app, environ)
        del environ
        assert sent() is None
    finally:
        gc.enable()


def test_a_long_accept_header_is_read_like_a_short_one(tiny: Server) -> None:
    long = ", ".join(f"application/x-{number}" for number in range(LONGEST_KEPT)) + ", text/csv"

    assert tiny.sparql(ASK, "text/csv").headers["Content-Type"] == "text/csv; charset=utf-8"
    assert tiny.sparql(ASK, long[-4000:]).headers["Content-Type"] == "text/csv; charset=utf-8"


def test_the_pages_that_most_come_by_are_made_before_somebody_asks(tiny_snapshot: Snapshot) -> None:
    app = create_app(tiny_snapshot, Config(public_url="https://data.example.org/waters/"), None)  # type: ignore[arg-type]
    cache = ResponseCache(app.wsgi_app, 10**6)
    rings.cache_clear()

    warm(cache)

    assert rings.cache_info().currsize == 1, "the outlines of land for maps"
    assert app.jinja_env.cache is not None
    assert {name for _, name in app.jinja_env.cache} >= {"home.html", "sparql.html", "questions.html"}
    assert len(cache._answers) == len(WARMED)
