"""Half-sent bodies hold some threads, never all of them."""

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from .conftest import Server

HALF = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\nASK"
QUERY = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}


def ask(server: Server, body: object) -> requests.Response:
    return requests.post(server.url + "sparql", data=body, headers=QUERY, timeout=20)  # type: ignore[arg-type]


def test_pages_and_queries_by_get_are_answered_while_many_bodies_do_not_come(tiny: Server) -> None:
    where = urlsplit(tiny.url)
    half_sent = [socket.create_connection((where.hostname or "", where.port or 0)) for _ in range(40)]
    for connection in half_sent:
        connection.sendall(HALF)

    refused = next(response for _ in range(100) if (response := ask(tiny, "ASK {}")).status_code == 503)
    answered = tiny.sparql("ASK {}", "text/csv")
    for connection in half_sent:
        connection.close()
    deadline = time.monotonic() + 10
    while ask(tiny, "ASK {}").status_code == 503:  # the server needs a moment to see that they are gone
        assert time.monotonic() < deadline
        time.sleep(0.1)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert refused.json()["status"] == 503
    assert answered.text == "true"


def test_a_body_in_chunks_is_read(tiny: Server) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"ASK "
        yield b"{}"

    assert ask(tiny, chunks()).text == "true"


def test_a_body_over_the_limit_is_refused_unread(tiny: Server) -> None:
    response = ask(tiny, b"x" * 5_000_000)

    assert (response.status_code, response.json()["title"]) == (413, "Request too large")
