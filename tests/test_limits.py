"""Whatever strangers send, a limit ends it, the answer says which, and nothing of it stays; with short limits."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from .attacks import MANY, attacks
from .conftest import TINY, Server, start_server

SETTINGS = {
    "query_seconds": 1,
    "worker_memory_mb": 128,
    "max_result_bytes": 1_000_000,
    "query_workers": 14,  # for twelve strangers and a visitor: most attacks end by the clock
    "web_threads": 32,
    "queue_seconds": 20,
    "trusted_proxies": "127.0.0.1",
}
MEGABYTE = 2**20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_server(TINY, tmp_path_factory.mktemp("limits"), **SETTINGS)
    yield server
    server.stop()


def ask(server: Server, query: str, client: str = "192.0.2.1") -> requests.Response:
    headers = {
        "Content-Type": "application/sparql-query",
        "Accept": "application/sparql-results+json, text/turtle;q=0.5",
        "X-Forwarded-For": client,
    }
    return requests.post(server.url + "sparql", data=query.encode(), headers=headers, timeout=60)


def family(pid: int) -> list[int]:
    """*pid* and all processes that descend from it."""
    children = [
        int(child) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for child in tasks.read_text().split()
    ]
    return [pid, *(found for child in children for found in family(child))]


def cpu_seconds(server: Server) -> float:
    """What all processes of the server have used; those that ended meanwhile make it less."""
    total = 0.0
    for pid in family(server.process.pid):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / 100
    return total


def memory(server: Server) -> int:
    """Bytes that the workers and their parent hold, shared ones once."""
    total = 0
    for pid in family(server.process.pid):
        try:
            if b"publisher.store.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):  # it ended meanwhile
            continue
    return total


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_idle(server: Server) -> bool:
    """Does the server use next to nothing for half a second?"""
    before = cpu_seconds(server)
    time.sleep(0.5)
    return abs(cpu_seconds(server) - before) < 0.1


def fault(answer: requests.Response) -> str:
    """What is wrong with an answer to an attack, "" for nothing: a result, or a reason with the limit."""
    if answer.status_code == 200:
        return ""
    if answer.headers["Content-Type"] != "application/problem+json":
        return f"{answer.status_code} as {answer.headers['Content-Type']}"
    problem = answer.json()
    if answer.status_code == 400:
        return "" if problem["detail"] else "400 without a reason"
    limits = {"query_seconds": 1, "max_result_bytes": 1_000_000, "max_query_bytes": MEGABYTE}
    named = problem.get("limit", "")
    if answer.status_code in (413, 503) and problem.get("value") == limits.get(named) and named in problem["detail"]:
        return ""
    return f"{answer.status_code} {problem}"


def test_every_attack_gets_its_result_or_the_reason_and_others_are_served_meanwhile(server: Server) -> None:
    assert ask(server, "ASK {}").json()["boolean"]
    before, over, served = memory(server), threading.Event(), []

    def visit() -> None:
        for number in range(1, 100_000):
            page = server.get(f"doc/site/le-pont?lang=fr&{number}")
            query = ask(server, f"ASK {{ FILTER({number} > 0) }}", "192.0.2.2")
            served.append((page.status_code, query.status_code))
            if over.wait(0.2):
                return

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        with ThreadPoolExecutor(12) as strangers:
            named = dict(attacks(depths=(1_000, 100_000), size=200_000))
            faults = dict(zip(named, strangers.map(lambda text: fault(ask(server, text)), named.values()), strict=True))
    finally:
        over.set()
        visitor.join()

    assert {name: wrong for name, wrong in faults.items() if wrong} == {}
    assert set(served) == {(200, 200)}
    until(lambda: is_idle(server))
    until(lambda: memory(server) < before + 50 * MEGABYTE)
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize(
    ("query", "status", "limit", "value"),
    [
        (f"SELECT (COUNT(*) AS ?n) {{ {MANY} }}", 503, "query_seconds", 1),
        (dict(attacks((), 0))["REPLACE that grows"], 400, "worker_memory_mb", 128),
        (f"SELECT * {{ {MANY} }}", 503, "max_result_bytes", 1_000_000),
        (f"ASK {{}} #{'a' * MEGABYTE}", 413, "max_query_bytes", MEGABYTE),
    ],
)
def test_a_limit_is_named_with_its_value(server: Server, query: str, status: int, limit: str, value: int) -> None:
    answer = ask(server, query)
    problem = answer.json()

    assert (answer.status_code, problem["limit"], problem["value"]) == (status, limit, value)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert limit in problem["detail"]
    assert str(value) in problem["detail"]
    assert ("Retry-After" in answer.headers) == (limit == "query_seconds"), "what is too large stays so"
    assert ask(server, "ASK {}").json()["boolean"]
