"""Real servers for the tests: one with the tiny content folder, one with what the repository publishes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.publish.distributions import write_distributions
from publisher.publish.snapshot import Snapshot, build, open_current

ROOT = Path(__file__).resolve().parent.parent
TINY = ROOT / "tests" / "data" / "tiny"
LONGEST = (  # files and folders of tests, by the time they take
    "test_walkthroughs", "browser", "test_serving", "test_distributions", "test_recovery", "test_watch",
    "test_foreign", "test_docs", "test_ckan", "test_nginx", "test_catalog_http", "test_metrics",
)  # fmt: skip


def pytest_configure() -> None:
    """A shell's background job, such as these tests may be, has Ctrl+C ignored, and what it starts inherits that."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: at the end, none is left to run while another processor has nothing to do."""
    place = {name: number for number, name in enumerate(LONGEST)}
    last = len(LONGEST)
    items.sort(key=lambda item: min(place.get(item.path.stem, last), place.get(item.path.parent.name, last)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the golden files anew instead of comparing")


@dataclass
class Server:
    """A running ``python server.py``: its address, its process, the file of what it prints."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def get(self, path: str, accept: str | None = None, **options: Any) -> requests.Response:
        headers = {"Accept": accept} if accept else {}
        headers |= options.pop("headers", {})
        client = options.pop("session", None) or requests
        return client.get(self.url + path.removeprefix("/"), headers=headers, timeout=30, **options)

    def sparql(self, query: str, accept: str = "application/sparql-results+json", **options: Any) -> requests.Response:
        return self.get("sparql", accept, params={"query": query}, **options)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def start_server(
    content: Path, folder: Path, *, complete: bool = True, program: Path = ROOT, **settings: object
) -> Server:
    """Start ``python server.py`` on *content* with its build in *folder* and wait until it answers.

    complete  wait for its dumps and catalogue too
    program   the folder of server.py
    """
    port = free_port()
    given = {"content": content, "build": folder / "build", "port": port, **settings}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUBLISHER_")}
    environment |= {f"PUBLISHER_{name.upper()}": str(value) for name, value in given.items()}
    log = folder / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "server.py"], cwd=program, env=environment, stdout=output, stderr=output
        )
    server = Server(f"http://127.0.0.1:{port}/", process, log)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            state = requests.get(server.url + "healthz", timeout=5).json()
            if state["ready"] and (state["dumps"] == state["catalogue"] == "complete" or not complete):
                return server
        except requests.ConnectionError:
            pass
        time.sleep(0.05)
    server.process.kill()
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def build_snapshot(content: Path, folder: Path, **settings: object) -> Snapshot:
    """Build *content* in this process and open it."""
    config = Config(content=content, build=folder / "build", **settings)  # type: ignore[arg-type]
    directory = build(read_content(config), config)
    assert directory and write_distributions(directory)
    return open_current(config)


@pytest.fixture(scope="session")
def tiny_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build_snapshot(TINY, tmp_path_factory.mktemp("tiny-snapshot"))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the tiny content folder."""
    server = start_server(TINY, tmp_path_factory.mktemp("tiny"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of what this repository publishes."""
    server = start_server(ROOT, tmp_path_factory.mktemp("forum"))
    yield server
    server.stop()
