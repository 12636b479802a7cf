"""The tests of query evaluation and of the result formats.

One server holds the data of all tests; the request names the graphs (SPARQL 1.1 Protocol, section 2.1.4). Each
answer is asked for in the format in which the suite keeps the right one.
"""

import re
from collections.abc import Callable

import pytest
import requests
from rdflib import Graph

from ..conftest import Server
from .conformance import parameters, passes
from .manifest import BASE, EVALUATION, FORMAT_FOLDERS, QUERY_FOLDERS, Case, cases, needs_suite, read
from .results import Answer, Table, read_csv, read_graph, read_json, read_tsv, read_xml, result_set, same, sequence

pytestmark = [needs_suite, pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")]

EVALUATED = cases((*QUERY_FOLDERS, *FORMAT_FOLDERS), EVALUATION)

ORDERED = re.compile(r"\bORDER\s+BY\b[^}]*$", re.IGNORECASE)  # not in a subquery
NO_DATA = BASE + "no-data"
RESULT_READERS: dict[str, Callable[[str], Answer]] = {
    "application/sparql-results+xml": read_xml,
    "application/sparql-results+json": read_json,
    "text/tab-separated-values": read_tsv,
    "text/csv": read_csv,
}
GRAPH_TYPES = ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json")
BY_SUFFIX = dict(zip(("srx", "srj", "tsv", "csv"), RESULT_READERS, strict=True))


def ask(server: Server, session: requests.Session, case: Case, accept: str) -> Answer:
    """The answer to the query of *case*; BASE on its first line says what the file's own address would say."""
    graphs = {"default-graph-uri": case.data or (NO_DATA,), "named-graph-uri": case.named}
    dataset = {} if re.search(r"^FROM\b", case.text, re.MULTILINE) else graphs
    form = {"query": f"BASE <{case.request}> {case.text}", **dataset}
    response = session.post(server.url + "sparql", form, headers={"Accept": accept}, timeout=30)
    response.raise_for_status()  # no failed assertion, which an expected difference would hide
    assert response.headers["Content-Type"].partition(";")[0] == accept
    text = response.content.decode()
    return RESULT_READERS[accept](text) if accept in RESULT_READERS else read_graph(text, format=accept)


def right_answer(case: Case) -> tuple[str, Answer]:
    """What the suite keeps as the right answer, and the format to ask for it in: its own where it is a result's."""
    media_type = BY_SUFFIX.get(case.result.rpartition(".")[2])
    if media_type:
        return media_type, RESULT_READERS[media_type](read(case.result))
    right = result_set(read_graph(read(case.result), case.result))
    return "text/turtle" if isinstance(right, Graph) else "application/sparql-results+xml", right


@pytest.mark.parametrize("case", parameters(EVALUATED))
def test_a_query_answers_as_the_suite_says(w3c: Server, session: requests.Session, case: Case) -> None:
    media_type, right = right_answer(case)

    answer = ask(w3c, session, case, media_type)

    assert same(answer, right), answer
    if isinstance(answer, Table) and isinstance(right, Table) and ORDERED.search(case.text):
        assert sequence(answer) == sequence(right)


@pytest.mark.parametrize("case", [case for case in EVALUATED if passes(case.name)], ids=str)
def test_the_other_formats_say_the_same(w3c: Server, session: requests.Session, case: Case) -> None:
    asked, right = right_answer(case)
    tables = tuple(RESULT_READERS)[:-1]  # CSV says less than the others
    others = GRAPH_TYPES if isinstance(right, Graph) else tables if isinstance(right, Table) else tables[:-1]

    for media_type in others if asked != "text/csv" else ():
        if media_type != asked:
            assert same(ask(w3c, session, case, media_type), right), media_type
