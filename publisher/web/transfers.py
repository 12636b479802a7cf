"""Large answers: handed over in parts, not too many at once, and not all to one client.

An answer that the web server is given whole, it copies and keeps until the client has read it; one given in parts
holds a thread meanwhile. A client that asks and does not read takes either, so neither may be without limit:
what is small is given whole, what is large takes one of a number of places, and for each there is a thread.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from .client import CLIENT
from .refusal import refuse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGE = 256 * 1024  # bytes; the web server takes as much at once without asking whether the client reads
PART = 64 * 1024  # bytes
SHARE = 4  # one client gets at most this part of the places: a quarter
RETRY_SECONDS = 10


class Transfers:
    """Wraps a WSGI application; *places* is how many large answers are on their way at once."""

    def __init__(self, app: "WSGIApplication", places: int) -> None:
        self.app = app
        self.places = places
        self.each = max(1, places // SHARE)
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return lambda _: None

        chunks = self.app(environ, start)
        if not isinstance(chunks, list) or sum(map(len, chunks)) > LARGE:
            client = str(environ.get(CLIENT, ""))
            if not self._take(client):
                close(chunks)
                detail = "too many large answers are on their way; try again, or ask for less at a time"
                return refuse(start_response, 503, "Server busy", detail, {"Retry-After": str(RETRY_SECONDS)})
            chunks = Transfer(self, client, chunks)
        start_response(*started[0])
        return chunks

    def _take(self, client: str) -> bool:
        with self._lock:
            if self._taken.total() >= self.places or self._taken[client] >= self.each:
                return False
            self._taken[client] += 1
            return True

    def give_back(self, client: str) -> None:
        """Free one place of *client*."""
        with self._lock:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]


class Transfer:
    """One large answer on its way; its place is free again when it is closed."""

    def __init__(self, transfers: Transfers, client: str, chunks: Iterable[bytes]) -> None:
        self._transfers: Transfers | None = transfers
        self._client = client
        self._chunks = chunks
        self._parts = parts(chunks)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """End the transfer, whether all was sent or not."""
        transfers, self._transfers = self._transfers, None
        if transfers:
            transfers.give_back(self._client)
            close(self._chunks)


def parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, at most PART at a time.

    >>> [len(part) for part in parts([b"x" * 65_540, b"y"])]
    [65536, 4, 1]
    """
    for chunk in chunks:
        for start in range(0, len(chunk), PART):
            yield chunk[start : start + PART]


def close(chunks: Iterable[bytes]) -> None:
    """Tell the application that an answer is not read any further (PEP 3333)."""
    end = getattr(chunks, "close", None)
    if end:
        end()
