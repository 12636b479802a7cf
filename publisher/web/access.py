"""What is done for every request: who asks is found out, and what came of it is logged, counted and timed.

A log line is one JSON object. It says nothing that a stranger would not want kept: no query text (everything after
the path is left out), no header, and of the address only the network (the first 24 bits of IPv4, 48 of IPv6).
"""

import os
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv6Network, ip_network
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from ..config import Config
from .cache import OUTCOME
from .client import CLIENT, Clients
from .metrics import METRICS, Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_PATH = 200  # characters of a path in the log
MOST_WAITING = 20_000  # lines that wait for a slow disk or reader; further ones are dropped
LARGEST_WRITE = 64 * 1024  # bytes
_PAUSE = 0.1  # seconds in which lines gather, so that one write takes many
_IDLE = 0.2  # seconds between two looks whether the program has ended
_METHOD = re.compile(r"[A-Z]{1,16}")


class Request(NamedTuple):
    """One answered request.

    seconds  until the last byte was handed over
    outcome  what the memory of answers did: hit, miss (kept now), pass (never kept)
    """

    time: float
    client: str
    method: str
    path: str
    status: str
    bytes: int
    seconds: float
    outcome: str


class AccessLog:
    """Writes a line for each request to the file descriptor *output*, from a thread of its own.

    No request waits for the disk or for whoever reads: lines that cannot be written are dropped, and how many is
    said in a line of its own.
    """

    def __init__(self, output: int | None = None) -> None:
        self._dropped = 0
        self._output = sys.stdout.fileno() if output is None else output
        self._waiting: deque[Request] = deque()
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._write_all, name="access log")
        self._thread.start()

    def add(self, request: Request) -> None:
        """Have *request* written soon."""
        if len(self._waiting) >= MOST_WAITING:
            self._dropped += 1
            return
        self._waiting.append(request)
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write what waits, and end."""
        self._closed = True
        self._wake.set()
        self._thread.join()

    def _write_all(self) -> None:
        """Write until the log is closed or the program ends; then what is left."""
        while not self._closed and threading.main_thread().is_alive():
            if self._wake.wait(timeout=_IDLE):
                self._wake.clear()
                self._write_waiting()
                time.sleep(_PAUSE)
        self._write_waiting()

    def _write_waiting(self) -> None:
        for lines in self._batches():
            try:
                rest = memoryview(lines)
                while rest:
                    rest = rest[os.write(self._output, rest) :]
            except OSError:  # disk full, or the reader has gone: later lines may find it back
                self._dropped += lines.count(b"\n")

    def _batches(self) -> Iterator[bytes]:
        gathered = bytearray()
        if self._dropped and self._waiting:
            dropped, self._dropped = self._dropped, 0
            gathered += f'{{"time":"{_date(int(time.time()))}Z","dropped":{dropped}}}\n'.encode("ascii")
        while self._waiting:
            gathered += line(self._waiting.popleft()).encode("ascii")
            if len(gathered) >= LARGEST_WRITE or not self._waiting:
                yield bytes(gathered)
                gathered.clear()


class Access:
    """The outermost WSGI wrapper; *app* finds the client's key and the metrics in the environment of a request."""

    def __init__(self, app: "WSGIApplication", config: Config) -> None:
        self.app = app
        self.clients = Clients(config.trusted_proxies)
        self.metrics = Metrics(urlsplit(config.location).path)
        self.log = AccessLog() if config.access_log == "on" else None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333) and note it, once its last byte is handed over."""
        began, date = time.perf_counter(), time.time()
        status = "500"  # should the application raise before it says another
        client = environ[CLIENT] = self.clients.of(environ)
        environ[METRICS] = self.metrics
        path = environ.get("PATH_INFO", "")[: LONGEST_PATH + 1]  # as much as the log shows, and whether there is more

        def start(line: str, headers: list[tuple[str, str]], *error: object) -> Callable[[bytes], object]:
            nonlocal status
            status = line[:3]
            timing = f"total;dur={1000 * (time.perf_counter() - began):.1f}, cache;desc={environ.get(OUTCOME, 'pass')}"
            return start_response(line, [*headers, ("Server-Timing", timing)], *error)  # type: ignore[arg-type]

        def note(size: int) -> None:
            seconds = time.perf_counter() - began
            outcome = str(environ.get(OUTCOME, "pass"))
            request = Request(date, client, environ["REQUEST_METHOD"], path, status, size, seconds, outcome)
            self.metrics.count(request.method, path, status, size, seconds, outcome)
            if self.log:
                self.log.add(request)

        try:
            chunks = self.app(environ, start)
        except BaseException:
            note(0)
            raise
        if isinstance(chunks, list):  # complete: the server sends it without coming back for more
            note(sum(map(len, chunks)))
            return chunks
        return Counted(chunks, note)


class Counted:
    """An answer that is handed over in parts; *note* is told its bytes, once, when it is closed."""

    def __init__(self, chunks: Iterable[bytes], note: Callable[[int], None]) -> None:
        self._chunks = chunks
        self._parts = iter(chunks)
        self._note: Callable[[int], None] | None = note
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part = next(self._parts)
        self._size += len(part)
        return part

    def close(self) -> None:
        note, self._note = self._note, None
        if note is None:
            return
        try:
            close = getattr(self._chunks, "close", None)
            if close:
                close()
        finally:
            note(self._size)


def line(request: Request) -> str:
    r"""The line of the log for *request*: JSON, ASCII, and nothing in it that would have to be escaped.

    >>> line(Request(0.0, "192.0.2.7", "GET", "/doc/é\n", "200", 5, 0.0012, "hit"))
    '{"time":"1970-01-01T00:00:00.000Z","client":"192.0.2.0/24","method":"GET","path":"/doc/%E9%0A","status":200,"bytes":5,"ms":1.2,"cache":"hit"}\n'
    """
    seconds, milliseconds = divmod(int(request.time * 1000), 1000)
    method = request.method if _METHOD.fullmatch(request.method) else "-"
    return (
        f'{{"time":"{_date(seconds)}.{milliseconds:03}Z","client":"{network(request.client)}","method":"{method}",'
        f'"path":"{address(request.path)}","status":{request.status},"bytes":{request.bytes},'
        f'"ms":{1000 * request.seconds:.1f},"cache":"{request.outcome}"}}\n'
    )


@lru_cache(maxsize=8)
def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=1024)
def network(client: str) -> str:
    """The network of a client's key, too wide to tell one person; "local" for what is no address.

    >>> network("2001:db8:1:2::/64")
    '2001:db8:1::/48'
    """
    try:
        found = ip_network(client)
        return str(found.supernet(new_prefix=48 if isinstance(found, IPv6Network) else 24))
    except ValueError:
        return "local"


@lru_cache(maxsize=1024)
def address(path: str) -> str:
    """A path as a log line has it: percent-encoded, without what would follow a ``?``, and not too long.

    path  as WSGI hands it over: decoded, one character for each byte
    """
    text = quote(path.partition("?")[0].encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~")
    return text if len(text) <= LONGEST_PATH else text[:LONGEST_PATH] + "..."
