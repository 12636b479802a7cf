"""Half-sent bodies hold some threads, never all of them, and those of one client not all that read."""

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from .conftest import TINY, Server, start_server

HALF = (
    "POST /sparql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {client}\r\n"
    "Content-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\nASK"
)
QUERY = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes this machine for a proxy, so that one test can be several clients."""
    server = start_server(TINY, tmp_path_factory.mktemp("body"), trusted_proxies="127.0.0.1", web_threads=16)
    yield server
    server.stop()


def ask(server: Server, body: object, client: str = "192.0.2.1") -> requests.Response:
    headers = QUERY | {"X-Forwarded-For": client}
    return requests.post(server.url + "sparql", data=body, headers=headers, timeout=20)  # type: ignore[arg-type]


def wait_for(server: Server, client: str, status: int) -> requests.Response:
    """The first answer to *client* with *status*; the server needs a moment to see what came and who went."""
    deadline = time.monotonic() + 20
    while (response := ask(server, "ASK {}", client)).status_code != status:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return response


def half_sent(server: Server, client: str, count: int) -> list[socket.socket]:
    where = urlsplit(server.url)
    connections = [socket.create_connection((where.hostname or "", where.port or 0)) for _ in range(count)]
    for connection in connections:
        connection.sendall(HALF.format(client=client).encode())
    return connections


def test_one_client_cannot_hold_all_readers(server: Server) -> None:
    held = half_sent(server, "192.0.2.1", 40)

    refused = wait_for(server, "192.0.2.1", 429)
    other = ask(server, "ASK {}", "192.0.2.2")
    for connection in held:
        connection.close()
    wait_for(server, "192.0.2.1", 200)

    assert (refused.headers["Retry-After"], refused.json()["status"]) == ("10", 429)
    assert other.text == "true"


def test_pages_and_queries_by_get_are_answered_while_many_bodies_do_not_come(server: Server) -> None:
    held = [connection for sender in range(10) for connection in half_sent(server, f"198.51.100.{sender}", 4)]

    refused = wait_for(server, "192.0.2.1", 503)
    answered = server.sparql("ASK {}", "text/csv")
    for connection in held:
        connection.close()
    wait_for(server, "192.0.2.1", 200)

    assert (refused.headers["Retry-After"], refused.json()["status"]) == ("10", 503)
    assert answered.text == "true"


def test_a_body_that_ends_too_soon_is_no_query(server: Server) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname or "", where.port or 0)) as connection:
        connection.sendall(HALF.format(client="192.0.2.1").encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert not answer or answer.startswith(b"HTTP/1.1 400 ")


def test_a_body_in_chunks_is_read(server: Server) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"ASK "
        yield b"{}"

    assert ask(server, chunks()).text == "true"


def test_a_body_over_the_limit_is_refused_unread(server: Server) -> None:
    response = ask(server, b"x" * 5_000_000)

    assert (response.status_code, response.json()["title"]) == (413, "Request too large")
