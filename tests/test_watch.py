"""`serve --watch`: what an editor saves is checked and swapped in."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from publisher.watching import Watch

from .conftest import ROOT, TINY, Server, free_port
from .processes import wait_for
from .test_serving import depth, edit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "content"))


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[Server]:
    """The command as an editor starts it."""
    server = start_watching(folder, tmp_path)
    yield server
    server.stop()


def start_watching(folder: Path, place: Path) -> Server:
    port = free_port()
    options = ["--watch", "--content", str(folder), "--build", str(place / "build"), "--port", str(port)]
    log = place / "server.log"
    with log.open("ab") as output:
        command = [sys.executable, "-m", "publisher", "serve", *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    server = Server(f"http://127.0.0.1:{port}/", process, log)

    def answers() -> bool:
        try:
            return server.get("healthz").ok
        except requests.ConnectionError:
            return False

    wait_for(answers, 60)
    return server


def save_as_editors_do(path: Path, text: str) -> None:
    """Write beside the file, then rename over it."""
    part = path.with_name(f".{path.name}.swp")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def test_a_saved_file_is_swapped_in(server: Server, folder: Path) -> None:
    edit(folder, "bw:maximumDepth 4.0", "bw:maximumDepth 5.0")

    wait_for(lambda: depth(server) == "5")
    assert "changed: data/sites.ttl\n" in server.log.read_text()
    assert server.get("/healthz").json()["status"] == "ok"


def test_a_file_renamed_into_place_added_or_deleted_is_seen(server: Server, folder: Path) -> None:
    sites = folder / "data" / "sites.ttl"
    save_as_editors_do(sites, sites.read_text().replace("bw:maximumDepth 4.0", "bw:maximumDepth 6.0"))
    wait_for(lambda: depth(server) == "6")

    added = folder / "data" / "added.nt"
    added.write_text('<https://data.example.org/id/site/new> <urn:x:depth> "7" .\n')
    wait_for(lambda: "7" in server.sparql("SELECT ?o { ?s <urn:x:depth> ?o }", "text/csv").text)

    added.unlink()
    wait_for(lambda: "7" not in server.sparql("SELECT ?o { ?s <urn:x:depth> ?o }", "text/csv").text)


def test_bad_data_is_told_and_changes_nothing_until_it_is_put_right(server: Server, folder: Path) -> None:
    edit(folder, "bw:maximumDepth 4.0", 'bw:maximumDepth "deep"')
    wait_for(lambda: server.get("/healthz").json()["status"] == "stale")

    assert "error: Plage du Rocheray" in server.log.read_text() or '"deep"' in server.log.read_text()
    assert depth(server) == "4"

    edit(folder, 'bw:maximumDepth "deep"', "bw:maximumDepth 8.0")
    wait_for(lambda: depth(server) == "8")
    assert server.get("/healthz").json()["status"] == "ok"


def test_a_file_that_cannot_be_read_leaves_the_server_alone(server: Server, folder: Path) -> None:
    (folder / "data" / "broken.ttl").write_bytes(b"\xff\xfe")
    wait_for(lambda: server.get("/healthz").json()["status"] == "stale")
    shutil.rmtree(folder / "data")
    wait_for(lambda: "has no folder data/" in server.log.read_text())

    assert depth(server) == "4"
    assert "Traceback" not in server.log.read_text()


def test_a_signal_ends_it(server: Server) -> None:
    server.process.send_signal(signal.SIGINT)

    assert server.process.wait(timeout=20) == 0


def test_what_is_still_being_written_is_left_until_it_settles(folder: Path) -> None:
    watch = Watch(folder)
    path = folder / "data" / "sites.ttl"

    assert watch.changed() == []
    for number in range(3):
        path.write_text("#" * number)
        assert watch.changed() == []
    assert watch.changed() == ["data/sites.ttl"]
    assert watch.changed() == []


def test_hidden_files_and_back_ups_of_editors_are_not_looked_at(folder: Path) -> None:
    watch = Watch(folder)
    for name in ("data/.sites.ttl.swp", "data/sites.ttl~", "notes.txt"):
        (folder / name).write_text("x")
    (folder / "data" / "gone.ttl").symlink_to(folder / "nowhere.ttl")

    assert watch.changed() == []
    assert watch.changed() == []


def test_no_mistake_in_a_header_or_a_context_ends_the_server(server: Server, folder: Path) -> None:
    query = folder / "queries" / "api" / "odd.rq"
    query.parent.mkdir(exist_ok=True)
    query.write_text("#+ summary: 2020-02-31\nSELECT * { ?s ?p ?o }\n")
    wait_for(lambda: "queries/api/odd.rq:1: error: the header is not YAML" in server.log.read_text())
    query.unlink()
    (folder / "ontology" / "context.jsonld").write_text('{"@context": ' + "[" * 50_000 + "]" * 50_000 + "}")
    wait_for(lambda: "ontology/context.jsonld:1: error:" in server.log.read_text())

    assert server.process.poll() is None
    assert depth(server) == "4"
    assert "Traceback" not in server.log.read_text()
