"""Request bodies: read whole before the application starts, and by few threads at once.

A client that sends half a body holds the thread that reads it for as long as it likes: the web server offers no
time limit, and reading in another thread, which could be left behind, blocks it (Granian 2.8). So only some
of the threads may wait for bodies; pages, data and queries by GET are answered by the others.
"""

import io
import json
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class BodyReader:
    """Wraps a WSGI application: it finds the body of a request in memory, or is not asked at all.

    largest  bytes; a longer body is left for the application to refuse
    readers  bodies read at once; while all are busy a further request gets 503
    """

    def __init__(self, app: "WSGIApplication", largest: int, readers: int) -> None:
        self.app = app
        self.largest = largest
        self._free = threading.BoundedSemaphore(readers)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        length = environ.get("CONTENT_LENGTH") or ""
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        if not chunked and (not length.isdigit() or not 0 < int(length) <= self.largest):
            return self.app(environ, start_response)
        if not self._free.acquire(blocking=False):
            return _refuse(start_response)
        try:
            body = _read(environ["wsgi.input"], self.largest + 1 if chunked else int(length))
        finally:
            self._free.release()
        known = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
        return self.app(environ | known, start_response)


def _read(stream: io.BufferedIOBase, size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _refuse(start_response: "StartResponse") -> Iterable[bytes]:
    problem = {
        "type": "about:blank",
        "title": "Server busy",
        "status": 503,
        "detail": "too many request bodies are on their way; try again, or send the query by GET",
    }
    content = json.dumps(problem).encode() + b"\n"
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
        ("Access-Control-Allow-Origin", "*"),
        ("Retry-After", "10"),
    ]
    start_response("503 Service Unavailable", headers)
    return [content]
