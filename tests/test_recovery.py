"""Whatever is killed, full, damaged or missing: the server comes back by itself, or stays on the last good build."""

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.config import Config
from publisher.publish.builds import current_version, is_stale
from publisher.publish.checksums import CHECKSUMS, damage
from publisher.publish.snapshot import open_build

from .conftest import ROOT, TINY, Server, start_server
from .processes import answers, descendants, gone, granian_process, running, wait_for, web_process, workers
from .test_serving import edit

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(TINY, folder / "content"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is killed in parts; its content has enough statements for a build to be caught at work."""
    folder = tmp_path_factory.mktemp("recovery")
    many = "".join(f'<urn:x:{number}> <urn:x:p> "{number}" .\n' for number in range(8_000))
    (copied(folder) / "data" / "many.nt").write_text(many)
    server = start_server(folder / "content", folder, query_seconds=3)
    yield server
    server.stop()


def depth(server: Server) -> str:
    """The answer to a query that no other has asked before, so that a worker is needed."""
    query = "SELECT ?d (RAND() AS ?r) { <https://data.example.org/id/site/rocheray> bw:maximumDepth ?d }"
    response = server.sparql(query, "text/csv")
    assert response.ok, response.text
    return response.text.split()[1].partition(",")[0]


# kill -9


def test_idle_workers_that_were_killed_cost_no_query(server: Server) -> None:
    killed = workers(server)[1:]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: all(map(gone, killed)))

    for _ in range(2 * len(killed)):
        assert depth(server).isdigit()


def test_a_worker_killed_at_work_costs_its_query_only(server: Server) -> None:
    with socket.create_connection(address(server), timeout=10) as connection:
        text = f"GET /sparql?query={ENDLESS.replace(' ', '+').replace('?', '%3F')} HTTP/1.1\r\nHost: a\r\n\r\n"
        connection.sendall(text.encode())
        wait_for(lambda: server.get("/healthz").json()["workers"]["running"] == 1)
        killed = workers(server)[1:]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: all(map(gone, killed)))
        status = connection.recv(65536).split()[1]

    assert int(status) >= 400
    assert depth(server).isdigit()


def test_the_process_that_holds_the_data_for_queries_comes_back(server: Server) -> None:
    before = workers(server)
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: all(map(gone, before)))

    assert depth(server).isdigit()
    assert not set(workers(server)) & set(before)


def test_a_killed_serving_process_comes_back_on_the_same_build(server: Server) -> None:
    version = server.get("/healthz").json()["version"]
    family = descendants(granian_process(server))
    os.kill(web_process(server), signal.SIGKILL)
    wait_for(lambda: all(map(gone, family)))

    wait_for(lambda: answers(server))
    assert server.get("/healthz").json()["version"] == version


def test_a_killed_web_server_comes_back_and_leaves_nothing_behind(server: Server) -> None:
    family = [granian_process(server), *descendants(granian_process(server))]
    os.kill(family[0], signal.SIGKILL)

    wait_for(lambda: all(map(gone, family)))
    wait_for(lambda: answers(server))
    assert depth(server).isdigit()
    assert "the web server ended by itself and is started again" in server.log.read_text()


def test_a_build_that_is_killed_leaves_what_is_served_and_the_next_one_cleans_up(server: Server) -> None:
    folder = server.log.parent
    version, before = server.get("/healthz").json()["version"], int(depth(server))
    edit(folder / "content", f"bw:maximumDepth {before}.0", f"bw:maximumDepth {before + 1}.0")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: list((folder / "build").glob(".new-*/*")) != [])
    building = running(server, "build") or 0
    family = [building, *descendants(building)]
    os.kill(building, signal.SIGKILL)

    wait_for(lambda: all(map(gone, family)))
    wait_for(lambda: server.get("/healthz").json()["status"] == "stale")
    assert server.get("/healthz").json()["version"] == version
    assert depth(server) == str(before)

    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: depth(server) == str(before + 1))
    assert server.get("/healthz").json()["status"] == "ok"
    assert not list((folder / "build").glob(".new-*"))


def test_after_the_parent_was_killed_a_new_one_starts_at_once_on_the_same_port(server: Server) -> None:
    family, before, starts = descendants(server.process.pid), depth(server), server.log.read_text().count("serving at")
    environment = Path(f"/proc/{server.process.pid}/environ").read_bytes().split(b"\0")
    with socket.create_connection(address(server), timeout=10) as half:
        half.sendall(b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nASK")  # and no more
        server.process.kill()
        server.process.wait()
        with server.log.open("ab") as log:
            server.process = subprocess.Popen(
                [sys.executable, "server.py"],
                cwd=ROOT,
                env=dict(entry.decode().split("=", 1) for entry in environment if entry),
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: server.log.read_text().count("serving at") > starts and answers(server))

    assert depth(server) == before
    wait_for(lambda: all(map(gone, family)))


def address(server: Server) -> tuple[str, int]:
    host, port = server.url.removeprefix("http://").strip("/").split(":")
    return host, int(port)


# No room


def test_a_full_disk_ends_the_build_with_a_word_and_nothing_is_lost(tmp_path: Path) -> None:
    """No file may grow past 20 kB: a write beyond fails, as on a disk that is full."""
    config = Config(content=copied(tmp_path), build=tmp_path / "build")
    assert make(config) == 0
    version = current_version(config)
    many = "".join(f'<urn:x:{number}> <urn:x:p> "{number}" .\n' for number in range(1_000))
    (config.content / "data" / "many.nt").write_text(many)

    full = subprocess.run(
        [sys.executable, "-m", "publisher", "build", "--content", str(config.content), "--build", str(config.build)],
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert full.returncode == 1
    assert "Build failed: the build cannot be written: File too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert (current_version(config), is_stale(config)) == (version, True)
    assert damage(config.build / str(version)) == ""
    assert not list(config.build.glob(".new-*"))

    assert make(config) == 0
    assert current_version(config) != version and not is_stale(config)


def test_a_folder_that_cannot_be_written_is_served_as_it_is(tmp_path: Path) -> None:
    config = Config(content=copied(tmp_path), build=tmp_path / "build")
    make(config)
    shutil.rmtree(config.build / "contexts")
    (config.build / "contexts").write_text("a file where a folder belongs")
    version = current_version(config)

    edit(config.content, "bw:maximumDepth 4.0", "bw:maximumDepth 5.0")

    assert make(config) == 1
    assert (current_version(config), is_stale(config)) == (version, True)


def make(config: Config) -> int:
    return main(["build", "--content", str(config.content), "--build", str(config.build)])


# Damage


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a content and its build, to be copied."""
    folder = tmp_path_factory.mktemp("whole")
    assert make(Config(content=copied(folder), build=folder / "build")) == 0
    return folder


@pytest.fixture
def config(whole: Path, tmp_path: Path) -> Config:
    shutil.copytree(whole, tmp_path, symlinks=True, dirs_exist_ok=True)
    return Config(content=tmp_path / "content", build=tmp_path / "build")


def test_every_file_of_a_build_has_its_checksum(config: Config) -> None:
    directory = (config.build / "current").resolve()
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", CHECKSUMS], cwd=directory, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    told = {line.removesuffix(": OK") for line in done.stdout.splitlines()}
    files = {path.relative_to(directory) for path in directory.rglob("*") if path.is_file()}
    later = {str(path) for path in files if path.parts[0] in ("dump", "described", "tables")}
    assert set(map(str, files)) == told | later | {CHECKSUMS, "dumps.json", "described.json", "quality.json"}
    assert not told & later


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [cut_off, flip, Path.unlink])
@pytest.mark.parametrize(
    "name",
    ["manifest.json", CHECKSUMS, "union.nt", "quads.nq", "derived/queries.nq", "described.json", "context.jsonld"],
)
def test_a_damaged_build_is_found_out_and_made_anew(
    config: Config, name: str, harm: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    directory = (config.build / "current").resolve()
    before = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    harm(directory / name)
    assert damage(directory)

    assert make(config) == 0

    assert f"build {directory.name[:12]} is damaged: " in capsys.readouterr().err
    assert {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()} == before
    assert current_version(config) == directory.name


@pytest.mark.parametrize(
    "harm",
    [
        lambda link: link.unlink(),
        lambda link: (link.unlink(), link.symlink_to("0" * 64)),
        lambda link: (link.unlink(), link.symlink_to("/etc")),
        lambda link: (link.unlink(), link.symlink_to("../content")),
        lambda link: (link.unlink(), link.symlink_to("current")),
        lambda link: (link.unlink(), link.write_text("")),
        lambda link: (link.unlink(), shutil.copytree(next(link.parent.glob("?" * 64)), link)),
    ],
    ids=["missing", "dangling", "outside", "another folder", "loop", "file", "folder"],
)
def test_a_link_that_leads_nowhere_is_put_right(config: Config, harm: Callable[[Path], object]) -> None:
    version = current_version(config)
    harm(config.build / "current")
    assert current_version(config) is None

    assert make(config) == 0

    assert current_version(config) == version
    assert (config.build / "current").is_symlink()


def test_a_kept_context_that_was_cut_off_is_written_anew(config: Config) -> None:
    kept = next((config.build / "contexts").iterdir())
    text = kept.read_bytes()
    cut_off(kept)
    edit(config.content, "bw:maximumDepth 4.0", "bw:maximumDepth 5.0")

    assert make(config) == 0

    assert kept.read_bytes() == text


def test_with_a_damaged_build_and_bad_content_the_last_good_one_is_served(config: Config) -> None:
    good = current_version(config)
    edit(config.content, "bw:maximumDepth 4.0", "bw:maximumDepth 5.0")
    assert make(config) == 0
    cut_off((config.build / "current").resolve() / "manifest.json")
    edit(config.content, "bw:maximumDepth 5.0", "nonsense")

    server = start_server(config.content, config.build.parent)
    try:
        state = server.get("/healthz").json()
        assert (state["status"], state["version"]) == ("stale", good)
        assert depth(server) == "4"
    finally:
        server.stop()


def test_with_nothing_but_damage_and_bad_content_there_is_nothing_to_serve(config: Config) -> None:
    cut_off((config.build / "current").resolve() / "quads.nq")
    edit(config.content, "bw:maximumDepth 4.0", "nonsense")

    assert make(config) == 1

    assert current_version(config) is None


def test_a_build_damaged_while_it_is_served_is_made_anew_when_its_process_dies(config: Config) -> None:
    server = start_server(config.content, config.build.parent)
    try:
        (Path(config.build / "current") / "manifest.json").write_text("{")
        assert depth(server) == "4", "what was read before is not read again"
        os.kill(web_process(server), signal.SIGKILL)

        wait_for(lambda: answers(server))
        assert depth(server) == "4"
        assert damage((config.build / "current").resolve()) == ""
        assert "is damaged: manifest.json has changed; it is made anew" in server.log.read_text()
        assert "Traceback" not in server.log.read_text()
    finally:
        server.stop()


# The clock


@pytest.mark.parametrize("seconds", [0, 4_102_444_800], ids=["1970", "2100"])
def test_dates_of_files_decide_nothing(config: Config, seconds: int, capsys: pytest.CaptureFixture[str]) -> None:
    version = current_version(config)
    for path in [*config.content.rglob("*"), *config.build.rglob("*")]:
        os.utime(path, (seconds, seconds), follow_symlinks=False)

    assert make(config) == 0
    assert "is up to date" in capsys.readouterr().err

    for number in (5, 6, 7, 8):
        edit(config.content, f"bw:maximumDepth {number - 1}.0", f"bw:maximumDepth {number}.0")
        assert make(config) == 0
    kept = {path.name for path in config.build.glob("?" * 64)}
    assert len(kept) == config.keep_builds
    assert current_version(config) in kept and version not in kept


def test_durations_are_measured_by_a_clock_that_nobody_sets() -> None:
    wall = re.compile(r"\btime\.time\(|\butcnow\(|datetime\.now\(|time_ns\(")
    where = {path.name for path in (ROOT / "publisher").rglob("*.py") if wall.search(path.read_text(encoding="utf-8"))}

    assert where == {
        "access.py",  # the date of a request
        "builds.py",  # the order of builds, which holds when the clock was set back
        "snapshot.py",  # the date of a content that gives itself none
    }


# What is kept


def test_a_build_that_is_in_use_is_not_pruned(config: Config) -> None:
    directory = (config.build / "current").resolve()
    snapshot = open_build(directory)
    for number in range(5, 10):
        edit(config.content, f"bw:maximumDepth {number - 1}.0", f"bw:maximumDepth {number}.0")
        assert make(config) == 0

    assert damage(directory) == ""
    assert len(list(config.build.glob("?" * 64))) == config.keep_builds + 1

    del snapshot
    edit(config.content, "bw:maximumDepth 9.0", "bw:maximumDepth 10.0")
    assert make(config) == 0
    assert not directory.exists()
    assert len(list(config.build.glob("?" * 64))) == config.keep_builds
