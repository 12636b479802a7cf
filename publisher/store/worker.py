"""The process that holds the data for queries, and the workers it forks: each can be killed and reaches nothing.

Started as ``python -m publisher.store.worker`` with one socket. It loads the store once, in one thread; a
worker is a fork of it, so it shares that memory and a new one is ready in milliseconds. Before its
first query a worker gives up what the engine could be asked to use:

* no free file descriptor (RLIMIT_NOFILE): no file, no connection;
* a limit on memory (RLIMIT_AS): the engine aborts, and only the worker dies;
* a stack of 1 GiB for the parser, so that deep nesting is an answer and not a crash;
* it dies with its parent, and when memory is short the kernel ends workers first.

Messages on both sockets are a length (4 bytes, big-endian) and JSON; an answer's body follows its message.
"""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from pyoxigraph import NamedNode, QuerySolutions
from pyoxigraph import Store as Engine

from ..content.findings import syntax_position
from ..errors import NotAcceptable, QueryError, ServiceRefused, UpdateRefused
from ..formats import ALL
from ..lifetime import end_with_parent
from .guard import inspect
from .results import finished, write_first_rows, write_result
from .store import open_engine

STACK_BYTES = 2**30


def send(connection: socket.socket, message: dict[str, Any], body: bytes | memoryview = b"") -> None:
    """Send one message and the body that belongs to it."""
    data = json.dumps(message).encode()
    connection.sendall(struct.pack(">I", len(data)) + data)
    if body:
        connection.sendall(body)


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """The next message; None when the other side is gone."""
    head = receive_exactly(connection, 4)
    data = receive_exactly(connection, struct.unpack(">I", head)[0]) if head else None
    return json.loads(data) if data is not None else None


def receive_exactly(connection: socket.socket, size: int) -> bytearray | None:
    """*size* bytes; None when the other side is gone before."""
    data = bytearray(size)
    view, done = memoryview(data), 0
    while done < size:
        count = connection.recv_into(view[done:])
        if not count:
            return None
        done += count
    return data


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
        while receive(self.control) is not None:
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
        engine = engine or open_engine(directory)
        threading.stack_size(STACK_BYTES)
        ready = threading.Event()
        thread = threading.Thread(target=_answer_all, args=(connection, engine, settings, ready))
        thread.start()
        _confine(connection, settings["worker_memory_mb"] * 2**20)
        ready.set()
        thread.join()
    finally:
        os._exit(0)


def _confine(connection: socket.socket, memory: int) -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    size = int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + memory, size + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The lowest free descriptor becomes the limit: every lower one is taken, so none can be opened.
    free = os.dup(connection.fileno())
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, free))


def _answer_all(connection: socket.socket, engine: Engine, settings: dict[str, Any], ready: threading.Event) -> None:
    ready.wait()
    engine.query("ASK {}")  # the first query is slower, for it copies the pages that it touches
    send(connection, {"ready": True})
    while (request := receive(connection)) is not None:
        try:
            body = BoundedBuffer(request["max_bytes"])
            data = _inspect(request["query"]) if request["inspect"] else _evaluate(engine, request, settings, body)
            send(connection, {"size": len(data)}, memoryview(data))
        except ResultTooLarge:
            send(connection, {"error": "too large"})
        except (QueryError, ServiceRefused, UpdateRefused) as error:
            send(connection, {"error": type(error).__name__, "detail": error.detail} | error.extensions)
        except NotAcceptable as error:
            send(connection, {"error": "not acceptable", "detail": error.detail})
        except SyntaxError as error:
            line, column, detail = syntax_position(error)
            send(connection, {"error": "query", "detail": detail, "line": line, "column": column})
        except BrokenPipeError:  # nobody waits for the answer any more
            return
        except RuntimeError as error:
            send(connection, {"error": "not supported", "detail": str(error)})
        except (ValueError, OSError) as error:
            send(connection, {"error": "query", "detail": str(error)})
        except MemoryError:
            os._exit(1)


def _inspect(text: str) -> bytearray:
    return bytearray(json.dumps(asdict(inspect(text))).encode())


def _evaluate(engine: Engine, request: dict[str, Any], settings: dict[str, Any], body: BoundedBuffer) -> bytearray:
    results = engine.query(
        request["query"],
        base_iri=settings["base_iri"],
        prefixes=settings["prefixes"],
        default_graph=_nodes(request["default_graphs"]),
        named_graphs=_nodes(request["named_graphs"]),
    )
    output: BinaryIO = body  # type: ignore[assignment]  # the engine only writes and flushes
    format = next(format for format in ALL if format.media_type == request["media_type"])
    if request["max_rows"] and isinstance(results, QuerySolutions):
        write_first_rows(results, request["max_rows"], output)
        return body.data
    write_result(results, format, output, dict(_used_prefixes(request["query"], settings["prefixes"])))
    return finished(body.data, format)


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
    settings = receive(control)
    if settings is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        parent = Parent(control, Path(settings["directory"]), settings)
        send(control, {"ready": True})
        parent.serve()


if __name__ == "__main__":
    main()
