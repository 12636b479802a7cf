"""The guard sees federation wherever the engine would, and nowhere else."""

import contextlib
import os
import re
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, Store

from publisher.errors import QueryError, ServiceRefused, UpdateRefused
from publisher.store.guard import inspect, tokens

from .canary import Canary
from .sparql_grammar import GAPS, PROLOGUE, Grammar

FUZZ = int(os.environ.get("FUZZ", "1"))  # how many times as long to search; 100 takes minutes

FEDERATED = [
    "SELECT * { SERVICE <http://x/> {} }",
    "select * { service silent <http://x/> {} }",
    "SELECT * { SERVICESILENT<http://x/>{} }",
    "SELECT * { ?s ?p ?o . SERVICE ?o {} }",
    "SELECT * { SERVICE# comment\n<http://x/>{} }",
    "SELECT * { { SELECT * { SERVICE <http://x/> {} } } }",
    "SELECT * { ?s ?p trueSERVICE<http://x/>{} }",
    "SELECT * { ?s ?p 1SERVICE <http://x/> {} }",
    "SELECT * { ?s ?p 'a'^^<http://x>SERVICE <http://x/> {} }",
    "PREFIX : <http://x/> SELECT * { SERVICE:foo { ?s ?p ?o } }",
    r"SELECT * { \u0053ERVICE <http://x/> {} }",
    r"SELECT * { ?s ?p 'a\u0027' SERVICE <http://x/> {} #'" + "\n}",
    "SELECT * { ?s ?p ?a FILTER(?a<'>' ) SERVICE <http://x/> {} #'\n}",
    "SELECT * { ?s ?p ?a FILTER(?a<='>' ) SERVICE <http://x/> {} #'\n}",
    "SELECT * { ?s ?p ?a FILTER(?a<1)SERVICE?x#>\n{} }",
    "PREFIX b: <http://x/> SELECT * { ?s ?p ?a FILTER(?a<b:c#>'''\n)SERVICE?x\n{} }#'''",
]
LOCAL = [
    "PREFIX ns: <http://x/> SELECT * { ?service a ns:Service ; ns:service 'SERVICE <http://x/>' } # SERVICE <http://x/>",
    "PREFIX service: <http://x/> SELECT * FROM service:x { ?s service:p service:o }",
    "PREFIX service: <http://x/> SELECT * { GRAPH service:x { ?s ?p ?o } }",
    "SELECT * { ?s <http://x/service> 'local service' }",
    "SELECT * { VALUES (?a ?b) { (<http://x#A> <http://x#Service>) (<ns#A> <ns#Service>) } }",
    '''SELECT * { ?s ?p """ " SERVICE <http://x/> {} """ }''',
    "SELECT * { ?s ?p '\\'SERVICE <http://x/> {}' }",
    "SELECT * { ?s ?p 'x'@en ; ?q $service , _:service }",
]


@pytest.mark.parametrize("query", FEDERATED)
def test_federation_is_refused(query: str) -> None:
    with pytest.raises(ServiceRefused) as caught:
        inspect(query)

    assert caught.value.extensions["line"] >= 1


@pytest.mark.parametrize("query", LOCAL)
def test_a_query_that_only_mentions_service_passes(query: str) -> None:
    Store().query(query, base_iri="http://b/")  # the engine takes it

    assert inspect(query).form == "SELECT"


def test_the_position_of_a_refusal_is_given() -> None:
    with pytest.raises(ServiceRefused) as caught:
        inspect("SELECT * {\n  SERVICE <http://x/> {}\n}")

    assert caught.value.extensions == {"line": 2, "column": 3}


@pytest.mark.parametrize(
    "text", ["INSERT DATA {}", "PREFIX a: <b> LOAD <http://x>", "# c\nclear all", "WITH <g> DELETE {} WHERE {}"]
)
def test_an_update_is_refused(text: str) -> None:
    with pytest.raises(UpdateRefused):
        inspect(text)


@pytest.mark.parametrize("text", ["", "  # only a comment", "HELLO", "PREFIX a: <b>"])
def test_a_text_without_a_query_form_is_a_query_error(text: str) -> None:
    with pytest.raises(QueryError):
        inspect(text)


@pytest.mark.parametrize(
    ("query", "form", "cacheable"),
    [
        ("BASE <http://x/> PREFIX a: <b> DESCRIBE a:x", "DESCRIBE", True),
        ("PREFIX SELECT: <http://x/> ASK {}", "ASK", True),
        ("SELECT (NOW() AS ?n) {}", "SELECT", False),
        ("SELECT (rand ( ) AS ?n) {}", "SELECT", False),
        ("CONSTRUCT WHERE { ?s ?p 'NOW()' }", "CONSTRUCT", True),
    ],
)
def test_form_and_repeatability_are_told(query: str, form: str, cacheable: bool) -> None:
    inspection = inspect(query)

    assert (inspection.form, inspection.cacheable) == (form, cacheable)


STARTS = [
    "PREFIX ", "prefix\t", "PREFIX", "BASE ", "a:", "a.b:", ":", "é:", "SELECT:", " ", "\n", "\u00a0", "# ASK {}", "#",
    "\r", "<http://x/>", "<>", "<a b>", "<ASK>", "SELECT", "ask", "\u017felect", "CONSTRUCT", "DESCRIBE",
    "INSERT", "?x", "*", "{", "{}", "-", ".", "'", "1", "_",
]  # fmt: skip


@settings(max_examples=300 * FUZZ, deadline=None)
@given(st.lists(st.sampled_from(STARTS), max_size=12))
def test_the_usual_start_is_read_as_any_other_text(pieces: list[str]) -> None:
    """With SERVICE in a comment, every token of a text is looked at."""
    text = "".join(pieces)

    def outcome(text: str) -> object:
        try:
            return inspect(text)
        except (QueryError, UpdateRefused) as error:
            return error.extensions

    assert outcome(text) == outcome(text + "\n# SERVICE")


@pytest.mark.parametrize("piece", ["a.", "a-", "é.", "a:", '\\"', "\\'", '"""', "<", "{(", "x'", "%", "#", "?a<'"])
def test_a_long_text_of_anything_is_read_to_its_end(piece: str) -> None:
    for start in ("SELECT ", 'SELECT "'):
        text = start + piece * (100_000 // len(piece))  # a reader that looks twice would need hours

        assert sum(len(token.text) for token in tokens(text)) <= len(text)
        with contextlib.suppress(QueryError, ServiceRefused):
            inspect(text)


PIECES = [
    "SERVICE", "service", " ", "\n", "<http://x/>", "<'>", "{", "}", "(", ")", "?a", "'", '"', "'''", "#", "#>", "<",
    ">", "=", "1", ".", ";", "a", "b:c", ":", "FILTER", "FILTER(?a<", "BIND", "OPTIONAL", "GRAPH", "SILENT", "\\u0053",
    "\\u0027", "true", "@en", "^^", "VALUES", "?s ?p ?o", "UNION", "SELECT * ", "$x", "_:x", "/", "|", "*", ",",
]  # fmt: skip
NASTY = [
    *PIECES,
    "\\",
    "\u00a0",
    "\u200b",
    "\u2028",
    "\ufeff",
    "\u017fERVICE",
    "\x00",
    "\x0b",
    "\x0c",
    "\x85",
    "\\U00000053",
]


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    with Canary(tmp_path_factory.mktemp("canary")) as trap:
        yield trap


def evaluate(query: str, canary: Canary) -> None:
    """Have the engine answer *query*, in which http://x/ stands for the canary."""
    store = Store()
    store.add(Quad(NamedNode("http://x/"), NamedNode("http://x/p"), Literal("x")))
    with contextlib.suppress(SyntaxError, ValueError, RuntimeError, OSError):
        result = store.query(query.replace("http://x/", canary.http + "/"), base_iri="http://b/")
        if not isinstance(result, QueryBoolean):
            list(result)  # the engine goes on while rows are taken


def passes(query: str) -> bool:
    try:
        inspect(query)
    except (ServiceRefused, QueryError, UpdateRefused):
        return False
    return True


def test_the_engine_calls_what_the_guard_would_have_refused(canary: Canary) -> None:
    evaluate("SELECT * { SERVICE SILENT <http://x/> {} }", canary)

    assert len(canary.touched) == 1
    canary.touched.clear()


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=25))
@settings(max_examples=1500 * FUZZ, deadline=None)
def test_what_the_guard_passes_makes_the_engine_call_nobody(canary: Canary, pieces: list[str]) -> None:
    query = "PREFIX : <http://x/> PREFIX b: <http://x/> SELECT * { ?s ?p ?o " + "".join(pieces) + " }"
    if passes(query):
        evaluate(query, canary)

    assert canary.touched == []


@given(st.integers(0, 2**64))
@settings(max_examples=400 * FUZZ, deadline=None)
def test_a_query_without_a_call_passes_whatever_it_mentions(seed: int) -> None:
    query = Grammar(seed).query(calls=False)
    with contextlib.suppress(RuntimeError):  # a function that the engine has not; a SyntaxError would be ours
        Store().query(query)

    assert inspect(query).form in query.upper()


@given(st.integers(0, 2**64))
@settings(max_examples=400 * FUZZ, deadline=None)
def test_a_query_with_a_call_is_refused_wherever_it_stands(seed: int) -> None:
    query = Grammar(seed).query(calls=True)

    with pytest.raises(ServiceRefused) as caught:
        inspect(query)

    line = query.split("\n")[caught.value.extensions["line"] - 1]
    assert line[caught.value.extensions["column"] - 1 :].upper().startswith("SERVICE")


@given(st.integers(0, 2**64))
@settings(max_examples=500 * FUZZ, deadline=None)
def test_no_small_change_smuggles_a_call_past_the_guard(canary: Canary, seed: int) -> None:
    grammar = Grammar(seed)
    query = mutated(grammar.query(calls=True), grammar.random)
    if passes(query):
        evaluate(query, canary)

    assert canary.touched == []


def mutated(query: str, random: Random) -> str:
    """*query* with a few changes, mostly near its call."""
    for _ in range(random.randint(1, 4)):
        calls = [match.start() for match in re.finditer("SERVICE", query, re.IGNORECASE)]
        place = max(0, random.choice(calls or [0]) + random.randint(-8, 12)) if random.random() < 0.7 else 0
        place = place or random.randrange(len(query))
        char = query[place : place + 1]
        escaped = f"\\u{ord(char):04X}" if char and ord(char) < 2**16 else ""
        change = random.choice(
            (random.choice(NASTY), random.choice(NASTY) + char, char.swapcase(), char * 2, escaped, "")
        )
        query = query[:place] + change + query[place + 1 :]
    return query


@pytest.mark.parametrize(
    "update", ["LOAD <http://x/>", "load silent <http://x/> into graph <g>", "INSERT DATA {}", "DROP ALL"]
)
def test_an_update_is_refused_behind_any_prologue(update: str) -> None:
    for gap in GAPS:
        with pytest.raises(UpdateRefused):
            inspect(PROLOGUE + gap + update.replace(" ", gap))
