"""The tests of the SPARQL 1.1 Graph Store HTTP Protocol: its reading half, and that nothing is written."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from ..conftest import Server, start_server
from .conftest import write_quads
from .exchange import Exchange
from .manifest import needs_suite
from .readings import BASE, DEFAULT, READING, TESTS, Reading, readings
from .results import read_graph, same

pytestmark = [needs_suite, pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")]

READINGS = list(readings())
WRITINGS = {
    f"{exchange.method} {test.name}-{place}": exchange
    for test in TESTS
    for place, exchange in enumerate(test.exchanges, 1)
    if exchange.method not in READING
}


@pytest.fixture(scope="module")
def default_graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one graph: the default graph is the union of all that there are."""
    folder = tmp_path_factory.mktemp("default-graph")
    write_quads(folder, (quad for reading in READINGS if reading.graph == DEFAULT for quad in reading.quads()))
    server = start_server(folder, folder, base_iri=BASE)
    yield server
    server.stop()


def address(server: Server, exchange: Exchange) -> str:
    """Where the request goes: to the graph store, or to the address of the graph."""
    path = urlsplit(exchange.path).path
    return server.url + ("rdf-graph-store" if path == "/gsp" else path.removeprefix("/"))


@pytest.mark.parametrize("reading", READINGS, ids=str)
def test_a_graph_is_read(request: pytest.FixtureRequest, session: requests.Session, reading: Reading) -> None:
    server: Server = request.getfixturevalue("default_graph" if reading.graph == DEFAULT else "w3c")
    exchange = reading.exchange

    response = exchange.send(session, address(server, exchange))

    assert exchange.expects(response.status_code), response.text
    if reading.contents:
        assert response.headers["Content-Type"] == "text/turtle; charset=utf-8"
    if exchange.content:
        assert same(read_graph(response.text), read_graph(exchange.content)), response.text


@pytest.mark.parametrize("exchange", [pytest.param(exchange, id=name) for name, exchange in WRITINGS.items()])
def test_nothing_is_written(w3c: Server, session: requests.Session, exchange: Exchange) -> None:
    response = exchange.send(session, address(w3c, exchange))

    assert response.status_code == 405, response.text
    assert exchange.method not in response.headers["Allow"].split(", ")
