"""The process that holds the data for queries, and the workers it forks: each can be killed and reaches nothing.

Started as ``python -m publisher.store.worker`` with one socket. It loads the store once, in one thread; a
worker is a fork of it, so it shares that memory and a new one is ready in milliseconds. Before its
first query a worker gives up what the engine could be asked to use (``confinement.py``):

* no free file descriptor (RLIMIT_NOFILE): no file, no connection; with a store on disk, no file but those of the store
  (Landlock);
* no system call that a query does not need (a seccomp filter, on x86_64);
* a limit on memory (RLIMIT_AS): the engine aborts, and only the worker dies;
* a stack of 1 GiB for the parser, so that deep nesting is an answer and not a crash;
* it dies with its parent, and when memory is short the kernel ends workers first.
"""

import contextlib
import json
import os
import re
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from pyoxigraph import NamedNode, QuerySolutions, QueryTriples
from pyoxigraph import Store as Engine

from ..content.findings import syntax_position
from ..errors import NotAcceptable, QueryError, ServiceRefused, UpdateRefused
from ..formats import ALL
from ..lifetime import end_with_parent
from .confinement import confine, end_first
from .guard import inspect
from .landlock import read_only_below
from .messages import receive_request, send_failure, send_result
from .results import finished, write_first_rows, write_result
from .store import STORE, open_engine

STACK_BYTES = 2**30
STORE_FAILURES = ("IO error", "Corruption")  # how messages of the store on disk begin
FORMATS = {format.media_type: format for format in ALL}


class ResultTooLarge(Exception):
    """The result grew past max_result_bytes."""


class BoundedBuffer:
    """A binary file in memory that refuses to grow past *limit* bytes."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.limit = limit

    def write(self, chunk: bytes) -> int:
        if len(self.data) + len(chunk) > self.limit:
            raise ResultTooLarge
        self.data += chunk
        return len(chunk)

    def flush(self) -> None:
        """Nothing waits."""


class Parent:
    """The single-threaded process that holds the data and forks workers on request."""

    def __init__(self, control: socket.socket, directory: Path, settings: dict[str, Any]) -> None:
        self.control = control
        self.directory = directory
        self.settings = settings
        # A store on disk starts threads, so each worker opens it after the fork.
        self.engine = None if (directory / "store").is_dir() else open_engine(directory)

    def serve(self) -> None:
        """Fork a worker for each message; the kernel buries the dead, so that this process waits for none."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        process = os.getpid()
        while receive_request(self.control) is not None:
            theirs, ours = socket.socketpair()
            try:
                pid = os.fork()
            except OSError:  # no memory or no process id for it, for now
                self.control.sendall(struct.pack(">I", 0))
                theirs.close()
                ours.close()
                continue
            if pid == 0:
                theirs.close()
                self.control.close()
                end_with_parent(parent=process)
                os.setpgid(0, 0)
                _work(ours, self.engine, self.directory, self.settings)
            ours.close()
            socket.send_fds(self.control, [struct.pack(">I", pid)], [theirs.fileno()])
            theirs.close()


def _work(connection: socket.socket, engine: Engine | None, directory: Path, settings: dict[str, Any]) -> None:
    """Become a worker: confine this process, then answer queries until the connection ends."""
    try:
        end_first()
        statm = Path("/proc/self/statm").open("rb", buffering=0)  # noqa: SIM115  # ends with the process
        files = engine is None  # a store on disk
        alone = not files or read_only_below(directory / STORE)  # before the engine starts threads: they too
        engine = engine or open_engine(directory)
        threading.stack_size(STACK_BYTES)
        confined: SimpleQueue[bool] = SimpleQueue()
        thread = threading.Thread(target=_answer_all, args=(connection, engine, settings, confined))
        thread.start()
        confined.put(confine(statm, settings["worker_memory_mb"] * 2**20, files=files) and alone)
        thread.join()
    finally:
        os._exit(0)


def _answer_all(
    connection: socket.socket, engine: Engine, settings: dict[str, Any], confined: SimpleQueue[bool]
) -> None:
    greeting = bytes([confined.get()])
    engine.query("ASK {}")  # the first query is slower, for it copies the pages that it touches
    send_result(connection, greeting)
    with contextlib.suppress(BrokenPipeError):  # nobody waits for the answer any more
        while (request := receive_request(connection)) is not None:
            try:
                _answer(connection, engine, request, settings)
            except MemoryError:
                os._exit(1)


def _answer(connection: socket.socket, engine: Engine, request: dict[str, Any], settings: dict[str, Any]) -> None:
    try:
        body = _evaluate(engine, request, settings) if request["format"] else _inspect(request["query"])
    except ResultTooLarge:
        send_failure(connection, "too large")
    except (QueryError, ServiceRefused, UpdateRefused) as error:
        send_failure(connection, type(error).__name__, error.detail, **error.extensions)
    except NotAcceptable as error:
        send_failure(connection, "not acceptable", error.detail)
    except SyntaxError as error:
        line, column, detail = syntax_position(error)
        send_failure(connection, "query", detail, line=line, column=column)
    except RuntimeError as error:
        send_failure(connection, "not supported", str(error))
    except (ValueError, OSError) as error:
        unreadable = str(error).startswith(STORE_FAILURES)  # what these say of files is not for strangers
        send_failure(connection, "unreadable" if unreadable else "query", "" if unreadable else str(error))
    else:
        send_result(connection, body)


def _inspect(text: str) -> bytearray:
    return bytearray(json.dumps(asdict(inspect(text))).encode())


def _evaluate(engine: Engine, request: dict[str, Any], settings: dict[str, Any]) -> bytearray:
    query, prefixes, format = request["query"], settings["prefixes"], FORMATS[request["format"]]
    results = engine.query(
        query,
        base_iri=settings["base_iri"],
        prefixes={prefix: iri for prefix, iri in prefixes.items() if prefix + ":" in query},  # each costs it time
        default_graph=_nodes(request["default_graphs"]),
        named_graphs=_nodes(request["named_graphs"]),
    )
    body = BoundedBuffer(request["max_bytes"])
    output: BinaryIO = body  # type: ignore[assignment]  # the engine only writes and flushes
    if request["max_rows"] and isinstance(results, QuerySolutions):
        write_first_rows(results, request["max_rows"], output)
        return body.data
    used = dict(_used_prefixes(query, prefixes)) if isinstance(results, QueryTriples) else {}
    write_result(results, format, output, used)
    content = finished(body.data, format)
    if len(content) > body.limit:
        raise ResultTooLarge
    return content


def _nodes(iris: list[str] | None) -> list[Any] | None:
    return None if iris is None else [NamedNode(iri) for iri in iris]


def _used_prefixes(query: str, prefixes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The predeclared prefixes, and those the query declares with an absolute IRI, for the answer to use."""
    yield from prefixes.items()
    for match in re.finditer(
        r"\bPREFIX\s+([A-Za-z][\w.\-]*)?:\s*<([a-z][a-z0-9+.\-]*:[^\s<>]*)>", query, re.IGNORECASE
    ):
        yield match[1] or "", match[2]


def main() -> None:
    """Read the settings from the socket, load the data, serve forks until the socket closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = receive_request(control)
    if settings is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        parent = Parent(control, Path(settings["directory"]), settings)
        send_result(control, b"")
        parent.serve()


if __name__ == "__main__":
    main()
