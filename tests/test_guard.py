"""The guard sees federation wherever the engine would, and nowhere else."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from publisher.errors import QueryError, ServiceRefused, UpdateRefused
from publisher.store.guard import inspect, tokens

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


@pytest.mark.parametrize("piece", ["a.", "a-", "é.", "a:", '\\"', "\\'", '"""', "<", "{(", "x'", "%", "#", "?a<'"])
def test_a_long_text_of_anything_is_read_to_its_end(piece: str) -> None:
    for start in ("SELECT ", 'SELECT "'):
        text = start + piece * (300_000 // len(piece))  # a reader that looks twice would need hours

        assert sum(len(token.text) for token in tokens(text)) <= len(text)
        with contextlib.suppress(QueryError, ServiceRefused):
            inspect(text)


piece = st.sampled_from(
    ["SERVICE", "service", " ", "\n", "<http://127.0.0.1:1/>", "<'>", "{", "}", "(", ")", "?a", "'", '"', "'''", "#",
     "#>", "<", ">", "=", "1", ".", ";", "a", "b:c", ":", "FILTER", "FILTER(?a<", "BIND", "OPTIONAL", "GRAPH", "SILENT",
     "\\u0053", "\\u0027", "true", "@en", "^^", "VALUES", "?s ?p ?o", "UNION", "SELECT * ", "$x", "_:x", "/", "|", "*",
     ","]
)  # fmt: skip


@given(st.lists(piece, min_size=1, max_size=25))
@settings(max_examples=3000, deadline=None)
def test_what_the_guard_passes_makes_the_engine_call_nobody(pieces: list[str]) -> None:
    start = "PREFIX : <http://127.0.0.1:1/> PREFIX b: <http://127.0.0.1:1/> SELECT * { ?s ?p ?o "
    query = start + "".join(pieces) + " }"
    try:
        inspect(query)
    except (ServiceRefused, QueryError):
        return
    store = Store()
    store.add(Quad(NamedNode("http://x/"), NamedNode("http://x/p"), Literal("x")))
    with contextlib.suppress(SyntaxError, ValueError, RuntimeError):  # not OSError: that is a refused connection
        list(store.query(query, base_iri="http://b/"))  # type: ignore[arg-type]
