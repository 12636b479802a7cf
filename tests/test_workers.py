"""Strangers' queries against real worker processes: right answers, limits, and nothing reached."""

import contextlib
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store

from publisher.config import Config
from publisher.errors import LimitExceeded, PublisherError, QueryError, QueryTooComplex, ServerBusy
from publisher.formats import CSV, JSON, JSONLD, TURTLE
from publisher.publish.snapshot import Snapshot
from publisher.store.process import Worker
from publisher.store.workers import EVENTS, Workers

from .conftest import ROOT, TINY, Server

BASE = "https://data.example.org/"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r }"


@pytest.fixture(scope="module")
def workers(tiny_snapshot: Snapshot) -> Iterator[Workers]:
    config = Config(query_workers=1, query_seconds=2, worker_memory_mb=128, queue_seconds=1, max_result_bytes=100_000)
    pool = Workers(tiny_snapshot.directory, config, BASE, {"bw": BASE + "ns#"})
    yield pool
    pool.close()


def count(workers: Workers) -> int:
    return int(workers.answer("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", CSV).split()[1])


def test_a_query_is_answered_from_the_union_of_the_graphs(workers: Workers, tiny_snapshot: Snapshot) -> None:
    assert count(workers) == tiny_snapshot.manifest["triples"]


def test_a_named_graph_can_be_asked_by_name(workers: Workers) -> None:
    query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}dataset/retired> {{ ?s ?p ?o }} }}"

    assert workers.answer(query, CSV) == b"n\r\n5\r\n"


def test_the_shapes_are_outside_the_default_graph(workers: Workers) -> None:
    shape = "<http://www.w3.org/ns/shacl#NodeShape>"

    assert workers.answer(f"ASK {{ ?s a {shape} }}", CSV) == b"false"
    assert workers.answer(f"ASK {{ GRAPH <{BASE}shapes> {{ ?s a {shape} }} }}", CSV) == b"true"


def test_the_dataset_of_the_request_replaces_the_default_graph(workers: Workers) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

    assert workers.answer(query, CSV, default_graphs=[BASE + "dataset/retired"]) == b"n\r\n5\r\n"
    assert workers.answer(query, CSV, default_graphs=[BASE + "dataset/none"]) == b"n\r\n0\r\n"


def test_relative_iris_and_the_contents_prefixes_work_undeclared(workers: Workers) -> None:
    assert workers.answer("ASK { <id/site/le-pont> a bw:BathingSite }", CSV) == b"true"


def test_a_graph_answer_is_serialised(workers: Workers) -> None:
    query = "CONSTRUCT { ?s bw:maximumDepth ?d } { ?s bw:maximumDepth ?d }"

    assert b"bw:maximumDepth 31.5" in workers.answer(query, TURTLE)
    assert b'"31.5"' in workers.answer(query, JSONLD)


def test_a_syntax_error_has_line_and_column(workers: Workers) -> None:
    with pytest.raises(QueryError) as caught:
        workers.answer("SELECT * {\n  ?s ?p\n}", JSON)

    assert caught.value.extensions == {"line": 3, "column": 2, "token": "}"}


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("SELECT * { ?s ?p ?o", "line 1, column 20, near ?o: the text cannot be read from here"),
        ("SELECT * { ?x foo:a ?b }", "line 1, column 20, near foo:a: prefix not found"),
        ("SELECT ?x WHERE ?x ?a ?b", 'line 1, column 17, near ?x: expected "{"'),
        ("SELECT (COUNT(?x) AS ?n) ?y { ?x ?a ?y }", "the SELECT contains a variable that is unbound"),
    ],
)
def test_a_syntax_error_says_near_what_and_why(workers: Workers, query: str, detail: str) -> None:
    with pytest.raises(QueryError) as caught:
        workers.answer(query, JSON)

    assert detail in caught.value.detail


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (ENDLESS, LimitExceeded),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", LimitExceeded),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?a ?e ?i ?k", PublisherError),
    ],
)
def test_a_query_over_a_limit_ends_and_the_next_one_is_answered(
    workers: Workers, query: str, error: type[Exception]
) -> None:
    started = time.monotonic()
    with pytest.raises(error):
        workers.answer(query, JSON)

    assert time.monotonic() - started < 20  # ended by the limit of this pool (2 s), however busy the machine
    assert count(workers) > 0


def test_deep_nesting_is_answered_or_refused_but_never_a_crash_of_the_pool(workers: Workers) -> None:
    for depth in (1_000, 50_000):
        assert workers.answer("ASK " + "{" * depth + "}" * depth, CSV) == b"true"
    with contextlib.suppress(PublisherError):  # it may need more than one query has
        workers.answer("ASK { FILTER(" + "!(" * 400_000 + "1" + ")" * 400_000 + ") }", CSV)
    assert count(workers) > 0


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_the_sandbox_alone_keeps_a_query_from_the_network(workers: Workers, silent: str, canary: "Canary") -> None:
    query = f"SELECT * {{ SERVICE {silent} <{canary.url}> {{ ?s ?p ?o }} }}"
    with contextlib.suppress(QueryError):
        workers.answer(query, JSON)  # the guard is not asked here

    assert canary.hits == 0


def test_a_worker_has_no_free_descriptor(workers: Workers) -> None:
    worker = workers._idle.queue[0]
    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    limit = int(next(line for line in limits.splitlines() if line.startswith("Max open files")).split()[3])

    assert {int(path.name) for path in Path(f"/proc/{worker.pid}/fd").iterdir()} >= set(range(limit))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="system calls are filtered on x86_64 only")
def test_every_thread_of_a_worker_is_confined(workers: Workers) -> None:
    threads = [task for worker in workers._idle.queue for task in Path(f"/proc/{worker.pid}/task").iterdir()]

    assert len(threads) >= 2 * len(workers._idle.queue)
    assert all("Seccomp:\t2" in (thread / "status").read_text() for thread in threads)


def test_a_store_of_more_files_than_the_engine_opens_at_its_start_is_read_whole(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    for number in range(24):  # behind all before: a file of its own in the indexes by object
        store.bulk_load(f"<http://x/s> <http://x/p> {number} .".encode(), RdfFormat.TURTLE)
    store.flush()
    del store
    query = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?o {{ {' '.join(map(str, range(24)))} }} ?s ?p ?o }}"
    with contextlib.closing(Workers(tmp_path, Config(query_workers=1), BASE, {})) as workers:
        assert workers.answer(query, CSV) == b"n\r\n24\r\n"


UNFILTERED_SERVER = """
import ctypes, sys
from pathlib import Path
ctypes.CDLL(None).personality(8)  # uname(2) now tells of another machine, and its children too
from publisher.config import Config
from publisher.formats import CSV
from publisher.web.current import Current
current = Current(Config(content=Path(sys.argv[1]), build=Path(sys.argv[2])))
print(current.workers.confined, current.workers.answer("ASK {}", CSV))
current.workers.close()
"""


def test_a_server_whose_workers_have_no_filter_says_so_and_answers(tiny_snapshot: Snapshot) -> None:
    command = [sys.executable, "-c", UNFILTERED_SERVER, str(TINY), str(tiny_snapshot.directory.parent)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert done.stdout == "False b'true'\n"
    assert done.stderr.count("query processes are less confined") == 1


@pytest.mark.skipif(platform.machine() != "x86_64", reason="system calls are filtered on x86_64 only")
def test_a_server_whose_workers_are_filtered_says_nothing_of_it(tiny: Server) -> None:
    assert "less confined" not in tiny.log.read_text()


def test_a_killed_worker_is_replaced(workers: Workers) -> None:
    pid = workers._idle.queue[-1].pid  # the one that is asked next
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))

    assert count(workers) > 0
    assert pid not in {worker.pid for worker in workers._idle.queue}


def test_a_worker_that_is_still_dying_when_it_is_asked_is_not_the_querys_fault(workers: Workers) -> None:
    for _ in range(20):
        os.kill(workers._idle.queue[-1].pid, signal.SIGKILL)

        assert count(workers) > 0


@pytest.mark.parametrize(
    "reply",
    [
        b"hello",
        struct.pack(">BQ", 0, 2**40),  # more than any result may have
        struct.pack(">BQ", 0, 100_001) + b"n",  # more than a result of this pool may have
        struct.pack(">BQ", 1, 2**25),
        struct.pack(">BQ", 2, 3) + b"yes",
        struct.pack(">BQ", 1, 2) + b"[]",
        struct.pack(">BQ", 0, 3) + b"ye",
    ],
)
def test_a_worker_that_sends_nonsense_is_ended(workers: Workers, reply: bytes) -> None:
    program = (
        "import socket, sys, time; worker = socket.socket(fileno=0); worker.recv(9999);"
        "worker.sendall(bytes.fromhex(sys.argv[1])); worker.shutdown(socket.SHUT_WR); time.sleep(60)"
    )
    ours, theirs = socket.socketpair()
    with theirs, subprocess.Popen([sys.executable, "-c", program, reply.hex()], stdin=theirs) as liar:
        workers._idle.put(Worker(liar.pid, ours))
        with contextlib.suppress(QueryTooComplex):  # another worker answers it, when there is time
            assert count(workers) > 0

        assert liar.wait(timeout=20) == -signal.SIGKILL
    assert count(workers) > 0
    until(lambda: len(workers._idle.queue) == 3 and all(is_alive(worker.pid) for worker in workers._idle.queue))
    workers._idle.get().end()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Lives any thread of the process? The last one closes its files."""
    with contextlib.suppress(FileNotFoundError):
        return any(thread_lives(task) for task in Path(f"/proc/{pid}/task").iterdir())
    return False


def thread_lives(task: Path) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended since the folder was read
        return (task / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def priority(pid: int) -> int:
    """How far a process lets others go first; 0 is normal."""
    try:
        return max(os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir())
    except OSError:  # it ended meanwhile
        return 0


def test_when_memory_is_short_the_kernel_ends_workers_first(workers: Workers) -> None:
    assert count(workers) > 0
    assert {Path(f"/proc/{worker.pid}/oom_score_adj").read_text() for worker in workers._idle.queue} == {"1000\n"}


def test_a_long_query_lets_others_go_first_and_its_worker_ends_with_it(tiny_snapshot: Snapshot) -> None:
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    workers = Workers(tiny_snapshot.directory, Config(query_workers=2, query_seconds=3), BASE, {})
    with contextlib.closing(workers), ThreadPoolExecutor(1) as threads:
        before = {worker.pid for worker in workers._idle.queue}
        endless = threads.submit(workers.answer, ENDLESS, JSON)

        def has_stepped_back() -> bool:
            workers.answer("ASK {}", JSON, client="another")
            return any(priority(pid) > usual for pid in before)

        until(has_stepped_back)
        with pytest.raises(LimitExceeded):
            endless.result()
        until(lambda: len(workers._idle.queue) == len(before))
        now = {worker.pid for worker in workers._idle.queue}

        assert len(before - now) == 1
        until(lambda: not any(map(is_alive, before - now)))
        assert {priority(pid) for pid in now} == {usual}


def test_a_query_that_is_stopped_for_others_is_begun_again_and_answered(tiny_snapshot: Snapshot) -> None:
    numbers = " ".join(map(str, range(1500)))
    long = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?a {{ {numbers} }} ?s ?p ?o . ?t ?q ?r }}"  # a second
    workers = Workers(tiny_snapshot.directory, Config(query_workers=1, query_seconds=120), BASE, {})
    with contextlib.closing(workers), ThreadPoolExecutor(1) as threads:
        answer = threads.submit(workers.answer, long, CSV, client="one")
        until(lambda: bool(workers.turns.running))
        workers.answer("ASK {}", CSV, client="another")
        expected = 1500 * count(workers) ** 2

        assert answer.result() == b"n\r\n%d\r\n" % expected
        assert workers.counts["begun again"] >= 1


def test_what_happens_is_counted(workers: Workers) -> None:
    before = Counter(workers.counts)
    count(workers)
    for query in ("SELECT", "SELECT * { ?a ?b ?c . ?d ?e ?f }"):
        with pytest.raises(PublisherError):
            workers.answer(query, JSON, max_bytes=1000)

    assert Counter(workers.counts) - before == {"answered": 1, "wrong": 1, "stopped: max_result_bytes": 1}
    assert set(workers.counts) <= set(EVENTS)


def test_no_process_outlives_the_one_that_started_it(tiny_snapshot: Snapshot) -> None:
    program = (
        "import os, sys; from pathlib import Path; from publisher.config import Config;"
        "from publisher.store.workers import Workers;"
        f"pool = Workers(Path({str(tiny_snapshot.directory)!r}), Config(), {BASE!r}, {{}});"
        "print(pool._parent.pid, *(worker.pid for worker in pool._idle.queue), flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert starter.stdin
    assert starter.stdout
    started = [int(pid) for pid in starter.stdout.readline().split()]
    assert len(started) > 2
    assert all(map(is_alive, started))

    starter.kill()
    starter.wait()
    starter.stdin.close()
    starter.stdout.close()

    until(lambda: not any(map(is_alive, started)))


def test_a_killed_parent_is_replaced(workers: Workers) -> None:
    workers._parent.kill()
    workers._parent.wait()
    time.sleep(0.1)

    assert count(workers) > 0


def test_a_query_that_finds_no_free_worker_is_told_when_to_come_back(workers: Workers) -> None:
    def wait_for_the_limit() -> None:
        with pytest.raises(LimitExceeded):
            workers.answer(ENDLESS, JSON)

    slow = threading.Thread(target=wait_for_the_limit)
    slow.start()
    time.sleep(0.2)
    with pytest.raises(ServerBusy) as caught:
        count(workers)
    slow.join()

    assert caught.value.headers["Retry-After"] == "1"


class Canary:
    """A server that counts connections."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/sparql"
        self.hits = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.hits += 1
            connection.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    time.sleep(0.05)
    canary.listener.close()
