"""The processes of a server under test, from outside (Linux, proc(5)), and waiting for what they do."""

import time
from collections.abc import Callable
from pathlib import Path

import requests

from .conftest import Server


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def answers(server: Server) -> bool:
    """Does the server answer at all?"""
    try:
        return server.get("/healthz").ok
    except requests.RequestException:
        return False


def children(pid: int) -> list[int]:
    """The processes that *pid* started, none when it has ended."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue
    return sorted(found)


def descendants(pid: int) -> list[int]:
    return [found for child in children(pid) for found in (child, *descendants(child))]


def command(pid: int) -> str:
    """Its command line, "" when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def gone(pid: int) -> bool:
    """It has ended (its parent may not have asked for its exit code yet)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def granian_process(server: Server) -> int:
    """The web server, parent of the one process that serves."""
    return next(pid for pid in children(server.process.pid) if "granian" in command(pid))


def web_process(server: Server) -> int:
    """The process that holds the connections and the application."""
    granian = granian_process(server)
    return next(pid for pid in children(granian) if "resource_tracker" not in command(pid))


def running(server: Server, what: str) -> int | None:
    """The process that runs the command *what*, ``build`` or ``dumps``, for the server; None when none does."""
    return next((pid for pid in children(server.process.pid) if f"publisher {what}" in command(pid)), None)


def workers(server: Server) -> list[int]:
    """The processes that answer queries, the one that holds the data first."""
    found = [pid for pid in descendants(server.process.pid) if "store.worker" in command(pid)]
    parent = next(pid for pid in found if set(children(pid)) & set(found))
    return [parent, *children(parent)]
