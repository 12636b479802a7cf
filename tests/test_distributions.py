"""The dumps follow once the build is served: who waits for them, and what interrupts them."""

import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from rdflib import Graph

from publisher.cli import main
from publisher.config import Config
from publisher.publish.builds import current_build
from publisher.publish.checksums import checksums, damage
from publisher.publish.distributions import read_distributions, write_distributions
from publisher.web.app import create_app

from .conftest import ROOT, TINY, Server, build_snapshot, start_server
from .processes import children, descendants, gone, running, wait_for, web_process, workers
from .processes import command as shown
from .test_serving import depth, edit

ADDRESS = "http://127.0.0.1:8000/"
ALL = {"nq", "nt", "ttl", "trig", "jsonld", "rdf"}
AT_ONCE = {"nq", "nt"}  # the lines of the build itself


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content with a build that has no dumps yet, to be copied."""
    folder = tmp_path_factory.mktemp("distributions")
    shutil.copytree(TINY, folder / "content")
    assert command(folder, "build", "--without-dumps") == 0
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "site", symlinks=True))


@pytest.fixture
def directory(folder: Path) -> Path:
    """The folder of the build."""
    return current_build(Config(build=folder / "build"))


def command(folder: Path, *arguments: str) -> int:
    return main([*arguments, *settings(folder)])


def settings(folder: Path) -> list[str]:
    """With the same address, so that all make the same build."""
    return ["--content", str(folder / "content"), "--build", str(folder / "build"), "--public-url", ADDRESS]


def start(folder: Path, **options: object) -> Server:
    """A server that does not wait for its dumps."""
    return start_server(folder / "content", folder, public_url=ADDRESS, **{"complete": False, **options})  # type: ignore[arg-type]


def start_command(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    line = [sys.executable, "-m", "publisher", *arguments, *settings(folder)]
    return subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, text=True)


@contextmanager
def held_up(directory: Path) -> Iterator[None]:
    """No dump is written meanwhile: another process, this one, has the place of who writes them."""
    (directory / "dump").mkdir(exist_ok=True)
    place = os.open(directory / "dump", os.O_RDONLY)
    fcntl.flock(place, fcntl.LOCK_EX)
    yield
    os.close(place)


def suffixes(directory: Path) -> set[str]:
    return {file.suffix for file in read_distributions(directory).files}


def inodes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in (directory / "dump").iterdir()}


def everything(folder: Path) -> dict[Path, tuple[int, int]]:
    """All files and folders: each with its inode and when it was written."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def assert_whole(directory: Path) -> None:
    """What is told is there and whole, and nothing else has the name of a dump."""
    told = {directory / "dump" / file.file: file.sha256 for file in read_distributions(directory).files}
    assert dict(checksums(told)) == told
    assert {path for path in (directory / "dump").iterdir() if not path.name.startswith(".")} == told.keys()


# Over HTTP


def test_a_build_is_served_first_and_its_dumps_appear_one_by_one(folder: Path, directory: Path) -> None:
    with held_up(directory):
        server = start(folder)
        try:
            before = web_process(server)
            assert depth(server) == "4"
            assert suffixes(directory) == AT_ONCE
            assert_dumps_are_listed(server, AT_ONCE)
            assert server.get("/healthz").json()["dumps"] == "incomplete"
            assert "publisher_snapshot_dumps_complete 0\n" in server.get("/metrics").text
            assert server.get("dump/latest/dataset.nt").ok
            for path in ("dump/latest/dataset.ttl", f"dump/{directory.name}/dataset.rdf"):
                assert_is_being_written(server.get(path))
            assert_is_being_written(server.get("rdf-graph-store?default", "text/turtle"))
            assert_is_being_written(server.get("rdf-graph-store?default&format=jsonld"))
            assert (
                server.get("rdf-graph-store?default", "text/turtle, */*;q=0.1")
                .headers["Content-Type"]
                .startswith("application/n-triples")
            )
            assert server.get("rdf-graph-store?default", "text/csv").status_code == 406
            assert server.get("dump/latest/dataset.csv").status_code == 404
        except BaseException:
            server.stop()
            raise

    try:
        wait_for(lambda: server.get("/healthz").json()["dumps"] == "complete")
        assert "publisher_snapshot_dumps_complete 1\n" in server.get("/metrics").text
        assert_dumps_are_listed(server, ALL)
        dump = Graph().parse(data=server.get("dump/latest/dataset.ttl").text, format="turtle")
        assert len(dump) == len(server.get("dump/latest/dataset.nt").text.splitlines())
        assert server.get("rdf-graph-store?default", "text/turtle").headers["Content-Type"].startswith("text/turtle")
        assert web_process(server) == before
    finally:
        server.stop()


def assert_dumps_are_listed(server: Server, wanted: set[str]) -> None:
    home = server.get("/", "text/html")
    assert {suffix for suffix in ALL if f"/dump/latest/dataset.{suffix}" in home.text} == wanted
    links = {suffix for suffix in ALL if f"/dump/latest/dataset.{suffix}>" in home.headers["Link"]}
    assert links == wanted - {"nq", "trig"}


def assert_is_being_written(answer: requests.Response) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["type"].endswith("problems#being-written")
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_a_format_cannot_say_is_no_dump_with_the_reason(folder: Path) -> None:
    (folder / "content" / "data" / "odd.nt").write_text('<urn:s> <urn:p/1> "x" .\n')
    client = create_app(build_snapshot(folder / "content", folder), Config(), None).test_client()  # type: ignore[arg-type]

    answer = client.get("/dump/latest/dataset.rdf")
    assert (answer.status_code, "urn:p/1" in answer.json["detail"]) == (404, True)
    assert {suffix for suffix in ALL if f"/dump/latest/dataset.{suffix}" in client.get("/").text} == ALL - {"rdf"}
    assert client.get("/rdf-graph-store?default&format=rdf").status_code == 406


def test_new_content_comes_before_the_dumps_of_the_old(folder: Path, directory: Path) -> None:
    with held_up(directory):
        server = start(folder)
        try:
            wait_for(lambda: running(server, "dumps") is not None)
            old = running(server, "dumps") or 0
            edit(folder / "content", "bw:maximumDepth 4.0", "bw:maximumDepth 5.0")
            server.process.send_signal(signal.SIGHUP)

            wait_for(lambda: depth(server) == "5" and server.get("/healthz").json()["dumps"] == "complete")
            assert gone(old)
            assert server.get(f"dump/{directory.name}/dataset.nt").ok
            never = server.get(f"dump/{directory.name}/dataset.ttl")
            assert (never.status_code, "never written" in never.json()["detail"]) == (404, True)
        finally:
            server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_is_ended_while_dumps_are_written_leaves_no_process(
    folder: Path, directory: Path, number: signal.Signals
) -> None:
    with held_up(directory):
        server = start(folder)
        wait_for(lambda: children(running(server, "dumps") or 0) != [])
        family = descendants(server.process.pid)

        server.process.send_signal(number)

        assert server.process.wait(timeout=30) == (0 if number == signal.SIGTERM else -number)
        wait_for(lambda: all(map(gone, family)))
    assert suffixes(directory) == AT_ONCE
    assert command(folder, "dumps") == 0
    assert_whole(directory)


def test_a_signal_ends_a_build_that_is_under_way(folder: Path) -> None:
    """It would go on for ever: another one, this process, is at work."""
    with (folder / "build" / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        edit(folder / "content", "bw:maximumDepth 4.0", "bw:maximumDepth 5.0")
        process = start_command(folder, "serve", "--port", "0")
        wait_for(lambda: len(descendants(process.pid)) == 1 and "build" in shown(descendants(process.pid)[0]))
        family = descendants(process.pid)

        process.terminate()

        process.communicate()
        assert process.returncode == 0
        wait_for(lambda: all(map(gone, family)))


def test_a_signal_ends_it_when_its_build_was_killed_while_another_process_builds(folder: Path) -> None:
    server = start(folder, complete=True)
    with (folder / "build" / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        edit(folder / "content", "bw:maximumDepth 4.0", "bw:maximumDepth 5.0")
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: running(server, "build") is not None)
        build = running(server, "build") or 0
        os.kill(build, signal.SIGKILL)
        wait_for(lambda: not Path(f"/proc/{build}").exists())

        server.process.terminate()

        try:
            assert server.process.wait(timeout=20) == 0
        finally:
            server.process.kill()


def test_a_build_that_is_stopped_at_its_dumps_says_what_is_left(folder: Path, directory: Path) -> None:
    with held_up(directory):
        process = start_command(folder, "build")
        wait_for(lambda: any(directory / "dump" in opened(pid) for pid in descendants(process.pid)))

        process.send_signal(signal.SIGINT)

        assert process.communicate()[1].splitlines()[-1] == "stopped; `dumps` writes those that are missing"
        assert process.returncode == 130


def test_a_disk_that_is_full_keeps_dumps_away_and_nothing_else(folder: Path, directory: Path) -> None:
    """No file may grow past 5 kB: N-Quads and N-Triples were written before, and others do not fit."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    (folder / "server.log").unlink(missing_ok=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
    try:
        server = start(folder, access_log="off")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    try:
        wait_for(lambda: "the dumps cannot be written: File too large" in server.log.read_text())
        assert server.get("/healthz").json()["status"] == "ok"
        assert server.get("/healthz").json()["dumps"] == "incomplete"
        assert depth(server) == "4"
        assert_is_being_written(server.get("dump/latest/dataset.rdf"))
        assert "Traceback" not in server.log.read_text()
        wait_for(lambda: running(server, "dumps") is None)
        assert damage(directory) == ""
        assert_whole(directory)
        assert AT_ONCE <= suffixes(directory) < ALL
    finally:
        server.stop()

    written = inodes(directory)
    assert command(folder, "dumps") == 0
    assert suffixes(directory) == ALL
    assert inodes(directory).items() >= written.items(), "what was complete is not written again"


def test_a_whole_build_is_left_as_it_is_and_one_that_was_made_anew_is_opened_anew(
    folder: Path, directory: Path
) -> None:
    assert command(folder, "dumps") == 0
    before = everything(folder / "build")
    server = start(folder, complete=True)
    try:
        wait_for(lambda: "all dumps of build" in server.log.read_text())
        wait_for(lambda: not any(map(gone, children(server.process.pid))))  # nor does it wait to be asked for its code
        assert everything(folder / "build") == before, "it may be on a disk that nobody can write"

        family = workers(server)
        (directory / "union.nt").write_text("damaged")
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: all(map(gone, family)))
        assert depth(server) == "4"
        wait_for(lambda: server.get("/healthz").json()["dumps"] == "complete")
    finally:
        server.stop()


# By itself


def test_whatever_kills_it_what_is_told_is_whole_and_the_next_one_goes_on(folder: Path, directory: Path) -> None:
    many = "".join(f'<urn:x:{number}> <urn:x:p> "{number}" .\n' for number in range(6_000))
    (folder / "content" / "data" / "many.nt").write_text(many)
    assert command(folder, "build", "--without-dumps") == 0
    directory = current_build(Config(build=folder / "build"))
    caught = 0
    while read_distributions(directory).missing:
        before = {file.file: inodes(directory)[file.file] for file in read_distributions(directory).files}
        kill_at_the_next_dump(folder, directory)
        assert {file.file for file in read_distributions(directory).files} <= inodes(directory).keys()
        assert inodes(directory).items() >= before.items()
        caught += 1

    assert caught > 1
    assert command(folder, "dumps") == 0
    assert_whole(directory)
    assert not list((directory / "dump").glob(".*"))


def kill_at_the_next_dump(folder: Path, directory: Path) -> None:
    done = len(suffixes(directory))
    process = start_command(folder, "dumps")
    wait_for(lambda: process.poll() is not None or len(suffixes(directory)) > done)
    family = [process.pid, *descendants(process.pid)]
    process.kill()
    process.communicate()
    wait_for(lambda: all(map(gone, family)))


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("harm", [cut_off, Path.unlink])
@pytest.mark.parametrize("name", ["dump/dataset.ttl", "dumps.json"])
def test_a_damaged_dump_is_made_anew_and_nothing_else(
    folder: Path, directory: Path, name: str, harm: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert write_distributions(directory)
    told, before = (directory / "dumps.json").read_bytes(), inodes(directory)
    data = (directory / name).read_bytes()
    harm(directory / name)

    assert command(folder, "build") == 0

    assert "is up to date" in capsys.readouterr().err
    assert (directory / name).read_bytes() == data
    assert (directory / "dumps.json").read_bytes() == told
    if name != "dumps.json":
        changed = {file for file, inode in inodes(directory).items() if before[file] != inode}
        assert changed <= {Path(name).name}


def test_what_an_interrupted_process_left_is_deleted(directory: Path) -> None:
    (directory / "dump" / ".dataset.ttl.part").write_text("half")
    (directory / "dump" / "dataset.ttl").write_text("who knows what")
    (directory / "dump" / ".new").mkdir()
    (directory / "dump" / ".new" / "lines").write_text("half")

    assert write_distributions(directory)

    assert_whole(directory)
    assert not list((directory / "dump").glob(".*"))


def opened(pid: int) -> list[Path]:
    return [Path(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]


@pytest.mark.parametrize("replaced", [False, True])
def test_a_build_that_goes_away_ends_it_quietly(folder: Path, directory: Path, replaced: bool) -> None:
    with held_up(directory):
        process = start_command(folder, "dumps")
        wait_for(lambda: any(directory / "dump" in opened(pid) for pid in descendants(process.pid)))
        gone_to = directory.with_name("elsewhere")
        directory.rename(gone_to)
        if replaced:
            shutil.copytree(gone_to, directory)
        before = {path: path.stat().st_mtime_ns for path in directory.rglob("*")}
        shutil.rmtree(gone_to)

    assert (process.wait(timeout=30), process.communicate()[1]) == (0, "")
    assert {path: path.stat().st_mtime_ns for path in directory.rglob("*")} == before


def test_two_at_once_take_turns(folder: Path, directory: Path) -> None:
    both = [start_command(folder, "dumps") for _ in range(2)]

    assert [process.communicate()[1].count("all dumps of build") for process in both] == [1, 1]
    assert [process.returncode for process in both] == [0, 0]
    assert_whole(directory)
    assert suffixes(directory) == ALL


def test_data_in_a_store_on_disk_has_the_same_dumps(folder: Path, directory: Path) -> None:
    assert write_distributions(directory)
    small = read_distributions(directory)
    shutil.rmtree(folder / "build")
    config = ["--memory-store-max-triples", "0"]
    assert command(folder, "build", *config) == 0

    assert read_distributions(directory) == small
    assert damage(directory) == ""
    assert command(folder, "build", *config) == 0
