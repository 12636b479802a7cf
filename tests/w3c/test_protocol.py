"""The tests of the SPARQL 1.1 Protocol, as they come over the wire.

Those of the query operation give the answer that the suite expects. Updates are refused, which is right where the
suite sends a wrong one, and where it sends a right one the difference that docs/conformance.md tells.
"""

import pytest
import requests
from rdflib import Graph

from ..conftest import Server
from .exchange import Conversation, Exchange, conversations
from .manifest import needs_suite
from .results import read_json, read_xml

pytestmark = [needs_suite, pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")]

PROTOCOL = conversations("protocol/manifest.ttl")
QUERIES = [test for test in PROTOCOL if "update" not in test.name]
WRONG_UPDATES = [test for test in PROTOCOL if "#bad_" in test.name and "update" in test.name]
UPDATES = [test for test in PROTOCOL if "#update" in test.name]

READERS = {"application/sparql-results+json": read_json, "application/sparql-results+xml": read_xml}
TYPES = {
    "boolean": set(READERS),
    "tabular": {*READERS, "text/csv", "text/tab-separated-values"},
    "RDF": {"text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"},
}


@pytest.mark.parametrize("test", QUERIES, ids=str)
def test_a_query_is_answered_as_the_protocol_says(w3c: Server, session: requests.Session, test: Conversation) -> None:
    for exchange in test.exchanges:
        check(exchange, exchange.send(session, w3c.url + "sparql"))


def check(exchange: Exchange, response: requests.Response) -> None:
    """Fail unless *response* is the right one."""
    media_type = response.headers["Content-Type"].partition(";")[0]
    assert exchange.expects(response.status_code), response.text
    if exchange.format:
        assert media_type in TYPES[exchange.format]
    if exchange.format == "RDF":
        Graph().parse(data=response.content, format=media_type)
    if exchange.boolean is not None:
        assert READERS[media_type](response.text) is exchange.boolean


@pytest.mark.parametrize("test", WRONG_UPDATES, ids=str)
def test_a_wrong_update_is_refused(w3c: Server, session: requests.Session, test: Conversation) -> None:
    for exchange in test.exchanges:
        response = exchange.send(session, w3c.url + "sparql")

        assert exchange.expects(response.status_code)
        assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("test", UPDATES, ids=str)
def test_an_update_is_refused_and_changes_nothing(w3c: Server, session: requests.Session, test: Conversation) -> None:
    update, *questions = test.exchanges

    response = update.send(session, w3c.url + "sparql")

    assert response.status_code == 403
    assert "read-only" in response.json()["detail"]
    for question in questions:
        assert question.send(session, w3c.url + "sparql").json() == {"head": {}, "boolean": False}
