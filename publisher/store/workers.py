"""The pool of worker processes: strangers' queries run there, with a deadline, and never in this process.

Which query gets a worker, and which has to give it up, is decided in ``turns.py``. A query that runs past its
slice gets a low priority while others are there, so that short ones and this process come first; then its worker
ends with it.
"""

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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..config import Config
from ..errors import (
    LimitExceeded,
    NotAcceptable,
    PublisherError,
    QueryError,
    QueryTooComplex,
    QueryUnsupported,
    ServerBusy,
    ServiceRefused,
    UpdateRefused,
)
from ..formats import Format
from .guard import Inspection, token_at
from .messages import FAILURE, failure_of, receive_reply, request_of, send_request
from .process import Worker
from .turns import PATIENCE, SLICE, Turn, Turns, cancelled

EVENTS = (  # what is counted
    "answered",
    "refused: 429",  # a client's share
    "refused: 503",  # the line
    "stopped: query_seconds",
    "stopped: worker_memory_mb",
    "stopped: max_result_bytes",
    "stopped: for another client",
    "stopped: cancelled",
    "begun again",  # after it was stopped for another client
    "wrong",  # no query, or one that cannot be answered in this format
    "worker started",
)
LONGEST = 20_000  # characters of a query in which this process looks for a token
REFUSALS = {kind.__name__: kind for kind in (QueryError, ServiceRefused, UpdateRefused)}  # of the guard
Reply = bytes | dict[str, Any] | None  # a result, why there is none, or nothing
_LOAD_SECONDS = 120
WORKERS_A_CORE = 2


class Workers:
    """Answers queries, ``config.query_workers`` at once; safe to call from many threads.

    directory  folder of the build to answer from
    base_iri   what relative IRIs in queries are resolved against
    prefixes   predeclared prefixes: a query may use them without PREFIX
    counts     what happens to queries and workers is counted here, under the names of EVENTS

    Attribute ``confined``: can the workers do no more than they need (``confinement.py``, ``landlock.py``)?
    ``before``: the workers of the build before, while queries are under way there.
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
        self._counting = threading.Lock()
        # Each query holds a thread of the web server, which has at least as many more for what needs no worker.
        at_once = max(2, config.web_threads)
        self.count = min(config.query_workers or WORKERS_A_CORE * (os.cpu_count() or 1), at_once - 1)
        self.turns = Turns(self.count, at_once - self.count, config.queue_seconds)
        self._settings = {
            "directory": str(directory),
            "base_iri": base_iri,
            "prefixes": prefixes,
            "worker_memory_mb": config.worker_memory_mb,
        }
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()
        self._fork_lock = threading.Lock()
        self._closed = False
        self.confined = True
        self.before: Workers | None = None
        self._background = ThreadPoolExecutor(1, "replace workers")
        self._control, self._parent = self._start_parent()
        for _ in range(2 * self.count):  # so that who takes another's place finds a worker ready
            self._idle.put(self._fork())

    def answer(
        self,
        text: str,
        format: Format,
        *,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        max_bytes: int | None = None,
        max_rows: int | None = None,
        seconds: float | None = None,
        client: str = "",
        name: str = "",
    ) -> bytes:
        """The complete result of a query, serialised.

        text            SPARQL text that the guard has passed
        format          a result format for SELECT and ASK, a graph format for CONSTRUCT and DESCRIBE
        default_graphs  IRIs that replace the default graph (protocol section 2.1.4); None keeps it
        named_graphs    IRIs of the only named graphs to see; None keeps all
        max_bytes       a result limit below max_result_bytes, for what is shown and not sent
        max_rows        of a SELECT only so many of the first rows, as SPARQL JSON
        seconds         a limit of time, waiting included, for what a page can do without; query_seconds at most
        client          who asks, for fair shares
        name            by which ``cancel`` ends the query; nobody else should be able to guess it
        raises          QueryError with line and column; QueryUnsupported for an unknown function;
                        NotAcceptable, when *format* cannot say the result; QueryTooComplex, when the query
                        killed its worker; LimitExceeded for time or size;
                        ServerBusy, when there was no worker in time or others needed it more;
                        TooManyQueries, when the client has too many under way; QueryCancelled
        """
        request = {
            "query": text,
            "format": format.media_type,
            "default_graphs": None if default_graphs is None else list(default_graphs),
            "named_graphs": None if named_graphs is None else list(named_graphs),
            "max_rows": max_rows,
            "max_bytes": min(max_bytes or self.config.max_result_bytes, self.config.max_result_bytes),
        }
        return self._answer(request, client, seconds, name)

    def cancel(self, name: str) -> bool:
        """Stop the query of this name, and its worker with it. Returns whether there was one."""
        before = self.before  # which may be over meanwhile
        if self.turns.cancel(name):
            self._count("stopped: cancelled")
            return True
        return before is not None and before.cancel(name)

    def inspect(self, text: str, client: str = "", name: str = "") -> Inspection:
        """What ``guard.inspect`` says of *text*, within the limits of a query; raises what either does."""
        request = {"query": text, "format": "", "max_bytes": 1000}
        return Inspection(**json.loads(self._answer(request, client, None, name)))

    def _answer(self, request: dict[str, Any], client: str, seconds: float | None = None, name: str = "") -> bytes:
        until = time.monotonic() + seconds if seconds is not None else float("inf")
        reply, turn = self._ask_again(request_of(request), request["max_bytes"], client, until, name)
        if reply is None:
            raise self._stopped(turn)
        if isinstance(reply, dict):
            raise self._error(reply, request)
        self._count("answered")
        return reply

    def close(self) -> None:
        """End the parent of the workers and with it every worker."""
        with self._fork_lock:
            self._closed = True
            self._end_parent()
        self._background.shutdown()
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().end()

    def _end_parent(self) -> None:
        self._control.close()
        self._parent.kill()
        self._parent.wait()

    def _count(self, event: str) -> None:
        with self._counting:
            self.counts[event] += 1

    def _ask_again(self, request: bytes, most: int, client: str, until: float, name: str) -> tuple[Reply, Turn]:
        """A worker's reply, and the turn in which it came.

        A query that was stopped for another client's is begun again when there is room, and as much time left as
        it had; one whose worker ended soon, too, for that worker may have been dying before: a killed process can take
        a while to close its socket.
        """
        deadline, began = until, 0.0
        while True:
            try:
                with self.turns.turn(client, deadline, name) as turn:
                    first = not began
                    began = began or time.monotonic()
                    deadline = min(until, began + self.config.query_seconds)
                    reply = self._ask(request, most, turn, deadline)
            except ServerBusy as error:
                self._count(f"refused: {error.status}")
                raise
            if reply is not None:
                return reply, turn
            if turn.cancelled:
                return None, turn
            now = time.monotonic()
            given_up = turn.stopped and not self.turns.is_crowded() and deadline - now > now - began
            blameless = first and not turn.stopped and now - began < PATIENCE
            if not (given_up or blameless):
                return None, turn
            self._count("begun again")

    def _ask(self, request: bytes, most: int, turn: Turn, deadline: float) -> Reply:
        """A worker's reply of at most *most* bytes; none, when the query had to be stopped or its worker died of it."""
        worker = self._take_alive()
        reply: Reply = None
        try:
            turn.start(worker)
            if turn.cancelled:
                raise ConnectionAbortedError
            send_request(worker.connection, request, deadline)
            if not worker.answers_within(SLICE):
                self._wait(turn, worker, deadline)
            kind, body = receive_reply(worker.connection, most, deadline)
            reply = failure_of(body) if kind == FAILURE else body
        except TimeoutError:
            turn.late = True
        except OSError:
            pass
        finally:
            self.turns.end(turn)
            if reply is not None and not (turn.behind or turn.stopped or turn.cancelled):
                self._idle.put(worker)
            else:
                self._retire(worker)
        return reply

    def _wait(self, turn: Turn, worker: Worker, deadline: float) -> None:
        """Wait for *worker* after the slice of its query. Raises TimeoutError at the deadline."""
        while turn.over() <= 0 and time.monotonic() < deadline:
            if worker.answers_within(SLICE):
                return
        self.turns.past_slice(turn)
        if not worker.answers_within(deadline - time.monotonic()):
            raise TimeoutError

    def _retire(self, worker: Worker) -> None:
        """End *worker* now and have it replaced soon; whoever waits for its answer does not wait for that too."""
        worker.stop()
        try:
            self._background.submit(self._replace, worker)
        except RuntimeError:  # all are closed
            worker.end()

    def _take_alive(self) -> Worker:
        """A free worker; one that died while it was idle is replaced first, for the query is not to blame."""
        try:
            while not (worker := self._idle.get(timeout=self.config.queue_seconds)).is_alive():
                self._replace(worker)
        except (queue.Empty, OSError, RuntimeError) as error:
            raise ServerBusy("no query worker could be started", headers={"Retry-After": "60"}) from error
        return worker

    def _stopped(self, turn: Turn) -> PublisherError:
        if turn.cancelled:
            return cancelled()
        if turn.late:
            self._count("stopped: query_seconds")
            return LimitExceeded(
                f"the query was stopped after {self.config.query_seconds} seconds (query_seconds): "
                "ask for less at a time, with a narrower pattern or a LIMIT",
                limit="query_seconds",
                value=self.config.query_seconds,
            )
        if turn.stopped:
            self._count("stopped: for another client")
            return ServerBusy(
                f"the query was stopped before its end: all {self.count} workers (query_workers) were taken "
                "and somebody waited who had used less; try again when the server is less busy",
                headers={"Retry-After": str(self.config.queue_seconds)},
                limit="query_workers",
                value=self.count,
            )
        self._count("stopped: worker_memory_mb")
        return QueryTooComplex(
            "the query needed more memory or depth than one query may use "
            f"(worker_memory_mb {self.config.worker_memory_mb}): make it simpler",
            limit="worker_memory_mb",
            value=self.config.worker_memory_mb,
        )

    def _error(self, reply: dict[str, Any], request: dict[str, Any]) -> PublisherError:
        if reply["error"] == "too large":
            self._count("stopped: max_result_bytes")
            if request["max_bytes"] < self.config.max_result_bytes:
                return LimitExceeded(
                    f"the result is larger than the {request['max_bytes']} bytes that a page is made from: "
                    "choose another format, or ask for less with LIMIT",
                    limit="page",
                    value=request["max_bytes"],
                )
            return LimitExceeded(
                f"the result is larger than {request['max_bytes']} bytes (max_result_bytes): "
                "ask for fewer rows with LIMIT, or take a dump",
                limit="max_result_bytes",
                value=request["max_bytes"],
            )
        if reply["error"] == "unreadable":
            return PublisherError("the data cannot be read from the disk; whoever runs this server has to look at it")
        self._count("wrong")
        if reply["error"] in REFUSALS:
            return REFUSALS[reply["error"]](reply["detail"], line=reply["line"], column=reply["column"])
        if reply["error"] == "not acceptable":
            return NotAcceptable(reply["detail"])
        if reply["error"] == "not supported":
            return QueryUnsupported(reply["detail"])
        line, column = reply["line"], reply["column"]
        if not line or not column:
            return QueryError(reply["detail"])
        token = token_at(request["query"], line, column) if len(request["query"]) <= LONGEST else ""
        where = f"line {line}, column {column}" + (f", near {token}" if token else "")
        return QueryError(f"{where}: {reply['detail']}", line=line, column=column, token=token)

    def _replace(self, worker: Worker) -> None:
        """Put a fresh worker in the place of *worker*; when none can be made, a later query tries again."""
        worker.stop()
        try:
            self._idle.put(self._fork())
        except (OSError, RuntimeError):
            self._idle.put(worker)
            raise
        worker.end()

    def _fork(self) -> Worker:
        """A fresh worker; restarts the parent of the workers if it died."""
        with self._fork_lock:
            if self._closed:
                raise RuntimeError("the workers are closed")
            try:
                worker = self._ask_for_fork()
            except OSError:
                self._end_parent()
                self._control, self._parent = self._start_parent()
                worker = self._ask_for_fork()
        self._count("worker started")
        return worker

    def _ask_for_fork(self) -> Worker:
        self._control.sendall(request_of({}))
        data, descriptors, _, _ = socket.recv_fds(self._control, 4, 1)
        if data == bytes(4):
            raise RuntimeError("no process could be started")
        if len(data) != 4 or not descriptors:
            raise ConnectionResetError("the parent of the workers is gone")
        pid, connection = struct.unpack(">I", data)[0], socket.socket(fileno=descriptors[0])
        try:
            worker = Worker(pid, connection)
        except ProcessLookupError as error:
            connection.close()
            raise RuntimeError("a query worker ended as it began") from error
        with contextlib.suppress(OSError):
            deadline = time.monotonic() + _LOAD_SECONDS
            if worker.answers_within(_LOAD_SECONDS):
                _, greeting = receive_reply(connection, 1, deadline)
                self.confined = greeting == b"\1"
                return worker
        worker.end()
        raise RuntimeError("a query worker ended before its first query")

    def _start_parent(self) -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", f"{__package__}.worker", str(theirs.fileno())]
            paths = os.pathsep.join(path for path in sys.path if path)
            environment = {"PYTHONPATH": paths, "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
            parent = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment)
        ours.settimeout(_LOAD_SECONDS)
        try:
            ours.sendall(request_of(self._settings))
            receive_reply(ours, 0)
        except OSError as error:
            parent.kill()
            raise RuntimeError(f"the query workers could not load the data: {self._settings['directory']}") from error
        return ours, parent
