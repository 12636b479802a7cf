"""A refused query is explained: where it goes wrong, and what would be right."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from publisher.content.findings import syntax_position
from publisher.errors import QueryError
from publisher.store.explanation import LONGEST, explain
from publisher.store.grammar import find_fault
from publisher.store.guard import inspect

from .conftest import ROOT, Server

PREFIXES = {"ns": "https://data.example.org/ns#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
SUITE = ROOT.parent / "shared" / "suites" / "w3c-sparql11"


def explained(query: str) -> QueryError:
    """What a client reads when the guard or the engine has refused *query*."""
    try:
        inspect(query)
        Store().query(query, base_iri="https://data.example.org/", prefixes=PREFIXES)
    except QueryError as error:
        return explain(query, error, PREFIXES)
    except SyntaxError as error:
        line, column, reason = syntax_position(error)
        return explain(query, QueryError(reason, line=line, column=column), PREFIXES)
    raise AssertionError(f"this query is right: {query}")


# the query with ▸ before the token at fault, and part of the suggestion
MISTAKES = [
    ("▸SELCT * { ?s ?p ?o }", "SELECT is meant?"),
    ("SELECT * ▸WHER { ?s ?p ?o }", "WHERE is meant?"),
    ("SELECT ▸DISTINT ?s { ?s ?p ?o }", "DISTINCT is meant?"),
    ("SELECT * { ?s ?p ?o ▸OPTINAL { ?s a ?t } }", "OPTIONAL is meant?"),
    ("SELECT * { ?s ?p ?o .\n ▸FITLER(?o > 3) }", "FILTER is meant?"),
    ("SELECT * { { ?s ?p ?o } ▸UNOIN { ?a ?b ?c } }", "UNION is meant?"),
    ("SELECT * { ?s ?p ?o FILTER NOT ▸EXSITS { ?s a ?t } }", "EXISTS is meant?"),
    ("SELECT * { ?s ?p ?o FILTER ▸regx(?o, 'a') }", "REGEX is meant?"),
    ("SELECT * { ?s ?p ?o } ▸LIMT 10", "LIMIT is meant?"),
    ("SELECT * { ?s ▸foaf:name ?o }", "PREFIX foaf: <http://xmlns.com/foaf/0.1/>"),
    ("SELECT * { ?s ▸rfds:label ?o }", "rdfs: is meant?"),
    ("SELECT * { ?s ▸unheard:of ?o }", "PREFIX unheard: <the namespace's IRI>"),
    ("PREFIX ▸foaf <http://xmlns.com/foaf/0.1/> ASK {}", "foaf: is meant?"),
    ("PREFIX foaf: <http://xmlns.com/foaf/0.1/> ▸. ASK {}", "no full stop"),
    ("▸@prefix foaf: <http://xmlns.com/foaf/0.1/> . ASK {}", "without @"),
    ("SELECT * { ?s ▸http://example.org/p ?o }", "write <http://example.org/p>"),
    ("SELECT * { ?s ?p ▸<http://example.org/a b> }", "%20"),
    ("SELECT * { ?s ?p ▸<http://example.org/ }", "ends with >"),
    ("SELECT * {\n  ?s ?p ?o▸", "the { opened at line 1, column 10 is not closed"),
    ("SELECT * { ?s ?p ?o FILTER(?o > 3 ▸}", "the ( opened at line 1, column 27 is not closed"),
    ("SELECT (COUNT(?p) AS ?n ▸WHERE { ?s ?p ?o }", "the ( opened at line 1, column 8 is not closed"),
    ("CONSTRUCT { ?s ?p ?o ▸WHERE { ?s ?p ?o }", "the { opened at line 1, column 11 is not closed"),
    ("SELECT * { [ ?p ?o ▸}", "] is missing"),
    ("SELECT * { ?s ?p ?o } ▸}", "closes nothing"),
    ('SELECT * { ?s ?p ▸"abc }', "three quotes"),
    ("SELECT * { ?s ?p ?o FILTER(?o = 'it'▸s') }", "\\'"),
    ("SELECT * { ?s ?p ▸“abc” }", 'between " and "'),
    ("SELECT * {▸\u00a0?s ?p ?o }", "an ordinary space"),
    ("SELECT * { ?s ?p ?o }▸\u200b", "delete it"),
    ("SELECT * { ?s ?p ?o FILTER(?o ▸≠ 3) }", "write !="),
    ("SELECT * { ?s ?p '▸\\q' }", "for a backslash"),
    ("SELECT * { ?s ?p ?o ▸?x ?y ?z }", "with a full stop"),
    ("SELECT * { ?s ?p ▸. ?x ?y ?z }", "the object is missing"),
    ("SELECT * { ?s a ▸Person }", "prefix:Person"),
    ("SELECT ▸name { ?s ?p ?name }", "?name is meant?"),
    ("SELECT ?s▸, ?p { ?s ?p ?o }", "separated by spaces"),
    ("SELECT ?s ▸COUNT(?p) { ?s ?p ?o } GROUP BY ?s", "(COUNT(…) AS ?name)"),
    ("SELECT ?s (COUNT(?p)▸) { ?s ?p ?o } GROUP BY ?s", "AS ?name"),
    ("SELECT * { ?s ?p ?o BIND(1 AS ▸?s) }", "another name"),
    ("SELECT * { VALUES (?x ?y) { (1 2) (1▸) } }", "UNDEF"),
    ("SELECT * { VALUES ?x ▸(1 2) }", "VALUES ?x { 1 2 }"),
    ("SELECT * { ?s ?p ?o FILTER ▸?o = 3 }", "in brackets"),
    ("SELECT * { ?s ?p ?o FILTER(?o =▸= 3) }", "equal is written ="),
    ("SELECT * { ?s ?p ?o FILTER(?o ▸<> 3) }", "!="),
    ("SELECT * { ?s ?p ?o FILTER(?o = 3 ▸AND ?o = 4) }", "&&"),
    ("SELECT * { ?s ?p ?o FILTER(?o ▸&gt; 1) }", "escaped for HTML"),
    ("SELECT * { ?s ?p 2020▸-01-01 }", "xsd:date"),
    ("SELECT ▸TOP 10 * { ?s ?p ?o }", "LIMIT 10"),
    ("SELECT * { ?s ?p ?o ▸LIMIT 10 }", "behind the last }"),
    ("SELECT * { ?s ?p ?o } LIMIT 10 ▸ORDER BY ?s", "ORDER BY, LIMIT"),
    ("SELECT * { ?s ?p ?o } ORDER ▸?s", "ORDER BY"),
    ("SELECT * { ?s ?p ?o }▸;", "one query"),
    ("▸{ ?s ?p ?o }", "SELECT * WHERE { ?s ?p ?o }"),
]


@pytest.mark.parametrize(("marked", "suggestion"), MISTAKES)
def test_a_mistake_is_found_where_it_is_and_what_is_right_is_said(marked: str, suggestion: str) -> None:
    before, _, after = marked.partition("▸")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")

    error = explained(before + after)

    assert (error.extensions["line"], error.extensions["column"]) == (line, column)
    assert after.startswith(error.extensions.get("token", ""))
    assert error.detail.startswith(f"line {line}, column {column}: ")
    assert suggestion in error.extensions["suggestion"]


@pytest.mark.parametrize(
    ("query", "detail", "suggestion"),
    [
        ("SELECT ?a ?b (COUNT(?c) AS ?n) { ?a ?b ?c } GROUP BY ?b", "SELECT names ?a beside", "GROUP BY ?a"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", "SELECT * stands beside GROUP BY", "name the columns"),
        ("SELECT (1 AS ?s) { ?s ?p ?o }", "a name that the query already uses", "another name"),
        ("SELECT * { { ?s ?p _:a } { _:a ?p ?o } }", "_:x", "a variable"),
    ],
)
def test_what_is_wrong_with_the_whole_query_is_said_in_plain_words(query: str, detail: str, suggestion: str) -> None:
    error = explained(query)

    assert detail in error.detail
    assert suggestion in error.extensions["suggestion"]


@pytest.mark.parametrize(
    "query", ["SELECT * { << ?s ?p ?o >> ?a ?b . ?c }", "SELECT * { ?s ?p '\\u0041' . ?c }", "ASK { ?e\u0301 ?p }"]
)
def test_what_the_reader_does_not_read_keeps_the_engines_words(query: str) -> None:
    error = explained(query)

    assert "suggestion" not in error.extensions
    assert error.extensions["line"] == 1


def test_an_error_of_the_evaluation_is_left_alone() -> None:
    error = QueryError("the query cannot be answered")

    assert explain("SELECT * { ?s ?p ?o ORDERBY ?s", error, {}) is error


@pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C's tests are beside the repository, and not here")
def test_the_grammar_takes_what_the_engine_takes_of_the_w3cs_tests() -> None:
    queries = [path.read_text(encoding="utf-8") for path in SUITE.rglob("*.rq")]
    wrong = [query for query in queries if find_fault(query) and is_read(query)]

    assert len(queries) > 400
    assert wrong == []


def is_read(query: str) -> bool:
    try:
        Store().query(query, base_iri="http://x/")
    except SyntaxError:
        return False
    except (ValueError, OSError):
        pass
    return True


def test_the_contents_own_queries_have_no_fault() -> None:
    for path in (*(ROOT / "queries").rglob("*.rq"), *(ROOT / "tests" / "data").rglob("*.rq")):
        if "checks" not in path.parts:
            assert find_fault(path.read_text(encoding="utf-8")) is None, path


WORDS = "SELECT * WHERE { } ( ) [ ] ?x <http://x/> 'a' \"b . ; , = < 1.5 ns:a a AS BIND # “ \\"


@given(st.lists(st.sampled_from(WORDS.split())))
def test_no_text_breaks_the_explanation(words: list[str]) -> None:
    query = " ".join(words)
    error = explain(query, QueryError("refused", line=1, column=1), PREFIXES)

    assert error.extensions["line"] >= 1
    assert re.fullmatch(r"[^\n]*", error.detail)


@pytest.mark.parametrize(
    "unit",
    ["(", "{", "[ ", "'", '"""', "!(", "?x ", "ns:a.", "1.", "<", "\u00a0", "\\", "VALUES (", "#\n", "= ", "ns:%20"],
)
def test_a_hostile_text_is_explained_too(unit: str) -> None:
    """Each is read in a fraction of a second; what looks back or ahead without end would not come back at all."""
    query = ("SELECT * { ?s ?p ?o FILTER " + unit * LONGEST)[:LONGEST]

    error = explain(query, QueryError("refused", line=1, column=1), PREFIXES)

    assert len(error.detail) + len(error.extensions.get("suggestion", "")) < 1000


def test_a_longer_text_keeps_the_engines_words() -> None:
    error = QueryError("refused", line=1, column=1)

    assert explain("SELCT" + " " * LONGEST, error, PREFIXES) is error


def test_the_explanation_is_in_the_answer(tiny: Server) -> None:
    wrong = "SELECT * { ?s ?p ?o FITLER(?o > 3) }"

    document = tiny.sparql(wrong).json()
    page = tiny.sparql(wrong, "text/html").text

    assert (document["status"], document["line"], document["column"], document["token"]) == (400, 1, 21, "FITLER")
    assert document["suggestion"] == "FILTER is meant?"
    assert "FILTER is meant?" in page
