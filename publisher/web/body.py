"""Request bodies: read whole before the application starts, by few threads at once, and fewer for one client.

A client that sends half a body holds the thread that reads it: the web server offers no time limit, and reading in
another thread, which could be left behind, blocks it (Granian 2.8). So only some of the threads may wait for bodies;
pages, data and queries by GET are answered by the others. ``connections.py`` ends those that do not move.
"""

import io
import threading
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .client import CLIENT
from .refusal import refuse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SHARE = 2  # one client gets at most this part of the readers: half
RETRY_AFTER = {"Retry-After": "10"}  # seconds


class BodyReader:
    """Wraps a WSGI application: it finds the body of a request in memory, or is not asked at all.

    largest  bytes; a longer body is left for the application to refuse
    readers  bodies read at once; while all are busy a further request gets 503
    """

    def __init__(self, app: "WSGIApplication", largest: int, readers: int) -> None:
        self.app = app
        self.largest = largest
        self.readers = readers
        self.each = max(1, readers // SHARE)
        self._reading: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        length = environ.get("CONTENT_LENGTH") or ""
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        if not chunked and (not length.isdigit() or not 0 < int(length) <= self.largest):
            return self.app(environ, start_response)
        client = str(environ.get(CLIENT, ""))
        with self._lock:
            mine, all_of_them = self._reading[client], self._reading.total()
            if mine < self.each and all_of_them < self.readers:
                self._reading[client] += 1
        if mine >= self.each:
            detail = f"{mine} request bodies from your address are on their way, and that is the most at once"
            return refuse(start_response, 429, "Too many requests at once", detail, RETRY_AFTER)
        if all_of_them >= self.readers:
            detail = "too many request bodies are on their way; try again, or send the query by GET"
            return refuse(start_response, 503, "Server busy", detail, RETRY_AFTER)
        try:
            body = _read(environ["wsgi.input"], self.largest + 1 if chunked else int(length))
        finally:
            self._done(client)
        if not chunked and len(body) < int(length):
            return refuse(start_response, 400, "Request not understood", "the body ended before its Content-Length")
        known = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
        environ.update(known)  # not a copy: whoever is outside sees what the application notes here
        return self.app(environ, start_response)

    def _done(self, client: str) -> None:
        with self._lock:
            self._reading[client] -= 1
            if not self._reading[client]:
                del self._reading[client]


def _read(stream: io.BufferedIOBase, size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
