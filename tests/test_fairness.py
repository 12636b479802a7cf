"""One client's dear queries do not keep others from their answers; over HTTP, with several clients behind a proxy."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import requests

from .conftest import TINY, Server, start_server

ENDLESS = "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o FILTER({} > 0) }}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two queries run at once and six wait; 127.0.0.1 is a proxy, so that one test can be several clients."""
    settings = {"trusted_proxies": "127.0.0.1", "web_threads": 8, "query_workers": 2, "query_seconds": 2}
    server = start_server(TINY, tmp_path_factory.mktemp("fairness"), queue_seconds=2, **settings)
    yield server
    server.stop()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


def ask(server: Server, client: str, query: str) -> requests.Response:
    return server.sparql(query, "text/csv", headers={"X-Forwarded-For": client})


def endless(threads: ThreadPoolExecutor, server: Server, client: str, number: int) -> "Future[requests.Response]":
    return threads.submit(ask, server, client, ENDLESS.format(number + 1))


def stayed(queries: "list[Future[requests.Response]]", seconds: float) -> int:
    """How many have no answer after *seconds*."""
    time.sleep(seconds)
    return sum(not query.done() for query in queries)


def test_a_dear_query_gives_its_worker_to_who_has_none_and_is_begun_again(
    server: Server, threads: ThreadPoolExecutor
) -> None:
    dear = [endless(threads, server, "192.0.2.1", number) for number in range(2)]
    assert stayed(dear, 0.5) == 2  # alone, a client has both

    cheap = [ask(server, "192.0.2.2", f"ASK {{ FILTER({number} > 0) }}") for number in range(1, 20)]

    assert [answer.text for answer in cheap] == ["true"] * 19
    ends = {(answer.result().status_code, answer.result().json()["limit"]) for answer in dear}
    assert ends <= {(503, "query_seconds"), (503, "query_workers")}  # the latter, if the cheap ones took long
    assert 'event="begun again"' in server.get("metrics").text


def test_a_flood_of_dear_queries_is_refused_and_cheap_ones_of_others_are_answered(
    server: Server, threads: ThreadPoolExecutor
) -> None:
    flood, over = [], threading.Event()

    def attack() -> None:
        while not over.wait(0.02):
            number = len(flood)
            flood.append(endless(threads, server, f"198.51.{number >> 7}.{number & 127}", number))

    attacker = threading.Thread(target=attack)
    attacker.start()
    time.sleep(0.5)
    cheap = [ask(server, "192.0.2.3", f"ASK {{ FILTER({number} > 0) }}") for number in range(20, 60)]
    over.set()
    attacker.join()
    answers = [query.result() for query in flood]

    assert {answer.status_code for answer in answers} == {503}
    assert all(answer.headers["Content-Type"] == "application/problem+json" for answer in answers)
    assert all(answer.json()["limit"] in ("query_workers", "query_seconds") for answer in answers)
    assert sum(answer.text == "true" for answer in cheap) >= 20  # all of them, but for a very slow machine


def test_a_client_with_too_many_queries_gets_429_and_what_needs_no_worker_is_served(
    server: Server, threads: ThreadPoolExecutor
) -> None:
    repeated = "ASK { FILTER(7 > 0) }"
    ask(server, "192.0.2.5", repeated)
    flood = [endless(threads, server, "192.0.2.4", 1000 + number) for number in range(30)]
    assert stayed(flood, 0.5) == 8  # two run, six wait

    resource = server.get("doc/site/le-pont.ttl")
    dump = server.get("dump/latest/dataset.nq")
    cached = ask(server, "192.0.2.5", repeated)
    answers = [query.result() for query in flood]
    refused = [answer for answer in answers if answer.status_code == 429]

    assert (resource.status_code, dump.status_code, cached.text) == (200, 200, "true")
    assert len(refused) == 22
    assert {(answer.headers["Retry-After"], answer.json()["title"]) for answer in refused} == {
        ("2", "Too many queries at once")
    }
    assert ask(server, "192.0.2.4", "ASK { FILTER(8 > 0) }").text == "true"
