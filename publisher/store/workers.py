"""The pool of worker processes: strangers' queries run there, with a deadline, and never in this process."""

import contextlib
import json
import os
import queue
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import Config
from ..errors import LimitExceeded, PublisherError, QueryError, QueryTooComplex, ServerBusy
from ..formats import Format
from .guard import token_at
from .worker import receive, receive_exactly, send

_LOAD_SECONDS = 120


@dataclass(frozen=True)
class Worker:
    """One forked process: its process id and our end of its socket."""

    pid: int
    connection: socket.socket

    def is_alive(self) -> bool:
        """Between two queries nothing waits on the socket, so anything to read is its end."""
        try:
            self.connection.settimeout(0)
            self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False


class Workers:
    """Answers queries in ``config.query_workers`` processes; safe to call from many threads.

    directory  folder of the build to answer from
    base_iri   what relative IRIs in queries are resolved against
    prefixes   predeclared prefixes: a query may use them without PREFIX
    counts     what happens to queries and workers is counted here
    """

    def __init__(
        self,
        directory: Path,
        config: Config,
        base_iri: str,
        prefixes: dict[str, str],
        counts: Counter[str] | None = None,
    ) -> None:
        self.config = config
        self.counts = Counter() if counts is None else counts
        self.count = config.query_workers or os.cpu_count() or 1
        self._settings = {
            "directory": str(directory),
            "base_iri": base_iri,
            "prefixes": prefixes,
            "worker_memory_mb": config.worker_memory_mb,
        }
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()
        self._waiting = threading.BoundedSemaphore(max(2, config.web_threads // 2))
        self._fork_lock = threading.Lock()
        self._control, self._parent = self._start_parent()
        for _ in range(self.count):
            self._idle.put(self._fork(None))

    def answer(
        self,
        text: str,
        format: Format,
        *,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        max_bytes: int | None = None,
        client: str = "",
    ) -> bytes:
        """The complete result of a query, serialised.

        text            SPARQL text that the guard has passed
        format          a result format for SELECT and ASK, a graph format for CONSTRUCT and DESCRIBE
        default_graphs  IRIs that replace the default graph (protocol section 2.1.4); None keeps it
        named_graphs    IRIs of the only named graphs to see; None keeps all
        max_bytes       a result limit below max_result_bytes, for what is shown and not sent
        client          who asks, for fair shares
        raises          QueryError with line and column; QueryTooComplex, when the query killed its worker;
                        LimitExceeded for time or size; ServerBusy, when no worker was free in time
        """
        worker = self._take_alive()
        request = {
            "query": text,
            "media_type": format.media_type,
            "default_graphs": None if default_graphs is None else list(default_graphs),
            "named_graphs": None if named_graphs is None else list(named_graphs),
            "max_bytes": min(max_bytes or self.config.max_result_bytes, self.config.max_result_bytes),
        }
        try:
            reply, body = _ask(worker.connection, request, self.config.query_seconds)
        except TimeoutError:
            self._replace(worker)
            raise LimitExceeded(
                f"the query was stopped after {self.config.query_seconds} seconds (query_seconds): "
                "ask for less at a time, with a narrower pattern or a LIMIT",
                limit="query_seconds",
                value=self.config.query_seconds,
            ) from None
        except OSError:
            self._replace(worker)
            raise QueryTooComplex(
                "the query needed more memory or depth than one query may use "
                f"(worker_memory_mb {self.config.worker_memory_mb}): make it simpler",
                limit="worker_memory_mb",
                value=self.config.worker_memory_mb,
            ) from None
        self._idle.put(worker)
        if "error" in reply:
            raise self._error(reply, request)
        return bytes(body)

    def close(self) -> None:
        """End the parent of the workers and with it every worker."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().connection.close()
        self._end_parent()

    def _end_parent(self) -> None:
        self._control.close()
        self._parent.kill()
        self._parent.wait()

    def _take_alive(self) -> Worker:
        """A free worker; one that died while it was idle is replaced first, for the query is not to blame."""
        worker = self._take()
        if worker.is_alive():
            return worker
        self._replace(worker)
        return self._take()

    def _take(self) -> Worker:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()
        if not self._waiting.acquire(blocking=False):
            raise self._busy("too many queries wait already")
        try:
            return self._idle.get(timeout=self.config.queue_seconds)
        except queue.Empty:
            raise self._busy(f"no worker was free within {self.config.queue_seconds} seconds (queue_seconds)") from None
        finally:
            self._waiting.release()

    def _busy(self, reason: str) -> ServerBusy:
        retry_after = {"Retry-After": str(self.config.queue_seconds)}
        return ServerBusy(
            f"{reason}; try again in a moment", headers=retry_after, limit="query_workers", value=self.count
        )

    def _error(self, reply: dict[str, Any], request: dict[str, Any]) -> PublisherError:
        if reply["error"] == "too large":
            return LimitExceeded(
                f"the result is larger than {request['max_bytes']} bytes (max_result_bytes): "
                "ask for fewer rows with LIMIT, choose another format than a page, or take a dump",
                limit="max_result_bytes",
                value=request["max_bytes"],
            )
        line, column = reply.get("line"), reply.get("column")
        if not line or not column:
            return QueryError(reply["detail"])
        token = token_at(request["query"], line, column)
        where = f"line {line}, column {column}, near {token}"
        return QueryError(f"{where}: {reply['detail']}", line=line, column=column, token=token)

    def _replace(self, worker: Worker) -> None:
        """Kill *worker* and put a fresh one in its place; when none can be made, the next query tries again."""
        worker.connection.close()
        try:
            self._idle.put(self._fork(worker.pid))
        except (OSError, RuntimeError) as error:
            self._idle.put(worker)
            raise ServerBusy("no query worker could be started", headers={"Retry-After": "60"}) from error

    def _fork(self, kill: int | None) -> Worker:
        """A fresh worker, after ending the one with process id *kill*; restarts the parent if it died."""
        with self._fork_lock:
            try:
                return self._ask_for_fork(kill)
            except OSError:
                self._end_parent()
                self._control, self._parent = self._start_parent()
                return self._ask_for_fork(None)

    def _ask_for_fork(self, kill: int | None) -> Worker:
        send(self._control, {"kill": kill})
        data, descriptors, _, _ = socket.recv_fds(self._control, 4, 1)
        if len(data) != 4 or not descriptors:
            raise ConnectionResetError("the parent of the workers is gone")
        return Worker(struct.unpack(">I", data)[0], socket.socket(fileno=descriptors[0]))

    def _start_parent(self) -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", f"{__package__}.worker", str(theirs.fileno())]
            paths = os.pathsep.join(path for path in sys.path if path)
            environment = {"PYTHONPATH": paths, "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
            parent = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment)
        ours.settimeout(_LOAD_SECONDS)
        send(ours, self._settings)
        if receive(ours) is None:
            parent.kill()
            raise RuntimeError(f"the query workers could not load the data: {json.dumps(self._settings['directory'])}")
        return ours, parent


def _ask(connection: socket.socket, request: dict[str, Any], seconds: int) -> tuple[dict[str, Any], bytearray]:
    """Send *request*; the reply and its body. Raises TimeoutError, or OSError when the worker died of it."""
    deadline = time.monotonic() + seconds
    connection.settimeout(seconds)
    send(connection, request)
    reply = receive(connection)
    connection.settimeout(max(0.1, deadline - time.monotonic()))
    body = receive_exactly(connection, reply.get("size", 0)) if reply else None
    if reply is None or body is None:
        raise ConnectionResetError("the worker is gone")
    return reply, body
