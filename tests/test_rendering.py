"""Pages are made few at once, and nobody's wait behind all those of another client."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from publisher.web.client import CLIENT
from publisher.web.rendering import PLACES, Rendering, while_waiting


class Pages:
    """An application whose answers wait for leave, and the requests it has begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.leave = threading.Semaphore(0)

    def __call__(self, environ: dict[str, str], start_response: Any) -> list[bytes]:
        self.begun.append(environ[CLIENT])
        assert self.leave.acquire(timeout=20)
        start_response("200 OK", [])
        return [b"page"]


class Asking(threading.Thread):
    """One request in a thread of its own."""

    def __init__(self, rendering: Rendering, client: str, path: str = "/doc/a", query: str = "") -> None:
        super().__init__(daemon=True)
        self.rendering, self.client, self.status = rendering, client, ""
        self.asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query}
        self.start()

    def run(self) -> None:
        def start(status: str, _: object, __: object = None) -> Any:
            self.status = status

        self.rendering({CLIENT: self.client, **self.asked}, start)


@pytest.fixture
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    made.leave.release(100)


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_another_clients_page_comes_before_the_rest_of_a_busy_clients(pages: Pages) -> None:
    rendering = Rendering(pages, "/", line=8, seconds=20)
    busy = [Asking(rendering, "busy") for _ in range(6)]
    wait_for(lambda: len(rendering.turns.waiting) == 6 - PLACES)
    other = Asking(rendering, "other")
    wait_for(lambda: len(rendering.turns.waiting) == 7 - PLACES)

    assert pages.begun == ["busy"] * PLACES
    pages.leave.release()
    wait_for(lambda: len(pages.begun) == PLACES + 1)
    assert pages.begun[-1] == "other"

    pages.leave.release(10)
    for asking in (*busy, other):
        asking.join(20)
    assert {asking.status for asking in (*busy, other)} == {"200 OK"}


def test_beyond_the_line_the_busiest_client_is_refused(pages: Pages) -> None:
    rendering = Rendering(pages, "/", line=2, seconds=20)
    busy = [Asking(rendering, "busy") for _ in range(PLACES + 2)]
    wait_for(lambda: len(rendering.turns.waiting) == 2)
    other = Asking(rendering, "other")
    wait_for(lambda: any(asking.status for asking in busy))
    pages.leave.release(10)
    for asking in (*busy, other):
        asking.join(20)

    assert sorted(asking.status for asking in busy) == ["200 OK"] * (PLACES + 1) + ["429 Too Many Requests"]
    assert other.status == "200 OK"


def test_what_is_not_made_here_does_not_wait(pages: Pages) -> None:
    rendering = Rendering(pages, "/eau/%C3%A9/", line=2, seconds=20)
    for _ in range(PLACES):
        Asking(rendering, "busy")
    wait_for(lambda: len(pages.begun) == PLACES)
    Asking(rendering, "other", "/healthz")
    Asking(rendering, "other", "/eau/\xc3\xa9/dump/all.nt")
    Asking(rendering, "other", "/eau/\xc3\xa9/api/sites")  # asks a worker first
    Asking(rendering, "other", "/sparql", "lang=fr&%71uery=ASK{}")
    Asking(rendering, "other", "/eau/\xc3\xa9/reconcile")  # takes a turn for each part

    wait_for(lambda: pages.begun.count("other") == 5)


def test_a_page_that_only_looks_like_a_query_waits(pages: Pages) -> None:
    rendering = Rendering(pages, "/", line=2, seconds=20)
    for _ in range(PLACES):
        Asking(rendering, "busy")
    wait_for(lambda: len(pages.begun) == PLACES)
    Asking(rendering, "other", "/sparql", "myquery=1")

    wait_for(lambda: len(rendering.turns.waiting) == 1)


def test_a_page_that_waits_for_workers_lets_others_have_its_turn() -> None:
    running: list[int] = []

    def page(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        running.append(len(rendering.turns.running))
        with while_waiting(environ):
            running.append(len(rendering.turns.running))
        running.append(len(rendering.turns.running))
        start_response("200 OK", [])
        return [b"page"]

    rendering = Rendering(page, "/", line=PLACES, seconds=5)
    Asking(rendering, "a").join(timeout=20)

    assert running == [1, 0, 1]
    assert not rendering.turns.running
