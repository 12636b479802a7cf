"""The parent process: start, reload without a failed request, bad data, kill -9."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
import requests

from .conftest import ROOT, TINY, Server, start_server
from .processes import answers, descendants, gone, wait_for, web_process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "content"))


def depth(server: Server, session: requests.Session | None = None) -> str:
    query = "SELECT ?d { <https://data.example.org/id/site/rocheray> bw:maximumDepth ?d }"
    return server.sparql(query, "text/csv", session=session).text.split()[1]


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "data" / "sites.ttl"
    path.write_text(path.read_text().replace(old, new))


def test_new_content_is_swapped_in_without_a_failed_request(folder: Path, tmp_path: Path) -> None:
    """Clients with a connection for each request and with one for all, through three swaps."""
    server = start_server(folder, tmp_path, complete=False)
    failures: list[str] = []
    done = threading.Event()

    def ask(session: requests.Session | None) -> None:
        while not done.is_set():
            try:
                if not (server.get("/", session=session).ok and depth(server, session) in ("4", "5", "6", "7")):
                    failures.append("wrong answer")
            except requests.RequestException as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=ask, args=[session]) for session in (None, None, requests.Session())]
    try:
        web = web_process(server)
        family = len(descendants(web))
        for thread in threads:
            thread.start()
        for old, new in itertools.pairwise("4567"):
            assert depth(server) == old
            edit(folder, f"bw:maximumDepth {old}.0", f"bw:maximumDepth {new}.0")
            server.process.send_signal(signal.SIGHUP)
            wait_for(partial(lambda wanted: depth(server) == wanted, new))
    finally:
        done.set()
        for thread in threads:
            thread.join()

    try:
        assert failures == []
        assert web_process(server) == web, "the process stays; only what it serves is new"
        wait_for(lambda: len(descendants(web)) == family)
    finally:
        server.stop()


def test_bad_data_changes_nothing_and_is_told(folder: Path, tmp_path: Path) -> None:
    server = start_server(folder, tmp_path, complete=False)
    try:
        version = server.get("/healthz").json()["version"]
        edit(folder, "bw:maximumDepth 4.0", 'bw:maximumDepth "deep"')
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: server.get("/healthz").json()["status"] == "stale")

        assert server.get("/healthz").json()["version"] == version
        assert depth(server) == "4"
        assert "data/sites.ttl:" in server.log.read_text()
    finally:
        server.stop()


def test_started_with_bad_data_it_serves_the_last_good_build(folder: Path, tmp_path: Path) -> None:
    start_server(folder, tmp_path, complete=False).stop()
    edit(folder, "bw:maximumDepth 4.0", "nonsense")

    server = start_server(folder, tmp_path, complete=False)
    try:
        assert server.get("/healthz").json()["status"] == "stale"
        assert depth(server) == "4"
    finally:
        server.stop()


def test_started_with_bad_data_and_no_build_it_ends_with_1(folder: Path, tmp_path: Path) -> None:
    edit(folder, "bw:maximumDepth 4.0", "nonsense")
    environment = {**os.environ, "PUBLISHER_CONTENT": str(folder), "PUBLISHER_BUILD": str(tmp_path / "build")}

    run = subprocess.run(
        [sys.executable, "server.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 1
    assert "data/sites.ttl:" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_a_killed_web_process_comes_back(folder: Path, tmp_path: Path) -> None:
    server = start_server(folder, tmp_path, complete=False)
    try:
        os.kill(web_process(server), signal.SIGKILL)

        wait_for(lambda: answers(server))
        assert depth(server) == "4"
    finally:
        server.stop()


def test_nothing_is_left_running_after_a_stop(folder: Path, tmp_path: Path) -> None:
    server = start_server(folder, tmp_path, complete=False)
    depth(server)
    family = descendants(server.process.pid)

    server.stop()

    assert len(family) >= 4
    wait_for(lambda: all(map(gone, family)), 10)


def test_the_context_of_an_older_build_stays_reachable_while_the_build_is_kept(folder: Path, tmp_path: Path) -> None:
    server = start_server(folder, tmp_path, complete=False)
    try:
        document = server.get("/doc/site/le-pont.jsonld").json()
        context = folder / "ontology" / "context.jsonld"
        context.write_text(context.read_text().replace('"neighbour"', '"neighbor"'))
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: server.get("/doc/site/le-pont.jsonld").json()["@context"] != document["@context"])

        assert "neighbour" in requests.get(document["@context"], timeout=10).json()["@context"]
        assert server.get("/context/00000000.jsonld").status_code == 404
    finally:
        server.stop()


def test_a_port_that_is_taken_is_an_error_and_not_shared(folder: Path, tmp_path: Path, tiny: Server) -> None:
    port = tiny.url.rpartition(":")[2].strip("/")
    run = subprocess.run(
        [sys.executable, "server.py", "--content", str(folder), "--build", str(tmp_path / "build"), "--port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 2
    assert f"PUBLISHER_PORT: cannot listen at 127.0.0.1:{port}" in run.stderr


def test_when_the_parent_is_killed_nothing_goes_on_without_it(folder: Path, tmp_path: Path) -> None:
    server = start_server(folder, tmp_path, complete=False)
    family = descendants(server.process.pid)

    server.process.kill()
    server.process.wait()

    wait_for(lambda: all(map(gone, family)))
