"""The one WSGI wrapper: repeated answers from memory, ETags, conditional requests, compression, HEAD.

It knows nothing of routes. An application says what may be kept by ``Cache-Control``; everything else is in
the request. Answers that the application marks with ``Accept-Ranges`` are files, which pass through.

Sources: RFC 9110, sections 8.8.3 (ETag), 12.5.3 (Accept-Encoding), 13 (conditional requests); RFC 9111.
"""

import gzip
import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import brotli
import zstandard
from werkzeug.http import parse_accept_header

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

MAX_KEYED_BODY = 64 * 1024
OVERHEAD = 4096  # bytes of memory of an answer beside its text
LARGEST_PART = 8  # an answer that takes more than one eighth of the memory is not kept
MIN_COMPRESSED = 512
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": lambda data: zstandard.ZstdCompressor(level=3).compress(data),
    "gzip": lambda data: gzip.compress(data, compresslevel=6, mtime=0),
}
_TEXT = ("text/", "application/", "image/svg+xml")


@dataclass
class Answer:
    """A complete answer of the application: status line, headers, body as it is, and its encoded forms."""

    status: str
    headers: Headers
    body: bytes
    encoded: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The value of header *name* (lower case), "" when absent."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def form(self, encoding: str) -> tuple[bytes, str]:
        """Body and ETag in *encoding* ("" for none); each is made once."""
        if encoding not in self.encoded:
            data = ENCODERS[encoding](self.body) if encoding else self.body
            self.encoded[encoding] = data, f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        return self.encoded[encoding]

    @property
    def size(self) -> int:
        """Bytes of memory, about: bodies, headers, and what Python needs to hold an answer."""
        forms = list(self.encoded.items())
        headers = sum(len(name) + len(value) for name, value in self.headers)
        return OVERHEAD + headers + len(self.body) + sum(len(data) for encoding, (data, _) in forms if encoding)


class ResponseCache:
    """Wraps a WSGI application; keeps at most *limit* bytes of answers, the least recently used go first."""

    def __init__(self, app: "WSGIApplication", limit: int) -> None:
        self.app = app
        self.limit = limit
        self._answers: OrderedDict[tuple[str, ...], Answer] = OrderedDict()
        self._costs: dict[tuple[str, ...], int] = {}
        self._size = 0
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        method = environ["REQUEST_METHOD"]
        key = _key(environ)
        answer = self._find(key) if key else None
        if answer is None:
            outcome = self._ask(environ)
            if not isinstance(outcome, Answer):
                status, headers, chunks = outcome
                start_response(status, headers)
                return chunks
            answer = outcome
        status, headers, body = _respond(answer, environ)
        if key and answer.status.startswith("200") and "no-store" not in answer.header("cache-control"):
            self._keep(key, answer)
        start_response(status, headers)
        return [] if method == "HEAD" else [body]

    def _ask(self, environ: "WSGIEnvironment") -> Answer | tuple[str, Headers, Iterable[bytes]]:
        """The application's answer; as it streams it, when it is a file. HEAD is asked as GET."""
        started: list[tuple[str, Headers]] = []
        method = environ["REQUEST_METHOD"]

        def start(status: str, headers: Headers, _: object = None) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return lambda _: None

        asked = {**environ, "REQUEST_METHOD": "GET"} if method == "HEAD" else environ
        chunks = self.app(asked, start)
        status, headers = started[0]
        if any(name.lower() == "accept-ranges" for name, _ in headers):
            if method == "HEAD":
                _close(chunks)
                chunks = []
            return status, headers, chunks
        try:
            body = b"".join(chunks)
        finally:
            _close(chunks)
        return Answer(status, headers, body)

    def _find(self, key: tuple[str, ...]) -> Answer | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer:
                self._answers.move_to_end(key)
            return answer

    def _keep(self, key: tuple[str, ...], answer: Answer) -> None:
        """Keep *answer*, or count it anew: an encoded form may have been added since."""
        cost = sum(map(len, key)) + answer.size
        if cost > self.limit // LARGEST_PART:
            return
        with self._lock:
            self._size += cost - self._costs.get(key, 0)
            self._costs[key] = cost
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while self._size > self.limit:
                oldest, _ = self._answers.popitem(last=False)
                self._size -= self._costs.pop(oldest)


def _key(environ: "WSGIEnvironment") -> tuple[str, ...] | None:
    """What the answer depends on; None for requests whose answer is not kept."""
    method = environ["REQUEST_METHOD"]
    body = ""
    if method == "POST":
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdigit() or int(length) > MAX_KEYED_BODY:
            return None
        data = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(data)
        body = data.decode("latin-1")
    elif method not in ("GET", "HEAD"):
        return None
    names = ("PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE")
    key = tuple(environ.get(name, "") for name in names)
    return (*key, environ.get("CONTENT_TYPE", ""), body) if method == "POST" else key


def _respond(answer: Answer, environ: "WSGIEnvironment") -> tuple[str, Headers, bytes]:
    """Status, headers and body for this request: encoded, or 304 when the client has it."""
    encoding = _encoding(answer, environ)
    body, etag = answer.form(encoding)
    ours = ("content-length", "vary", "etag")
    headers = [(name, value) for name, value in answer.headers if name.lower() not in ours]
    vary = ", ".join(filter(None, [answer.header("vary"), "Accept-Encoding"]))
    headers.append(("Vary", vary))
    if not answer.status.startswith("200"):
        return answer.status, [*headers, ("Content-Length", str(len(answer.body)))], answer.body
    headers.append(("ETag", etag))
    if environ["REQUEST_METHOD"] != "POST" and _client_has_it(etag, environ):
        kept = [(name, value) for name, value in headers if name.lower() != "content-type"]
        return "304 NOT MODIFIED", kept, b""
    if encoding:
        headers.append(("Content-Encoding", encoding))
    return answer.status, [*headers, ("Content-Length", str(len(body)))], body


def _encoding(answer: Answer, environ: "WSGIEnvironment") -> str:
    media_type = answer.header("content-type")
    if len(answer.body) < MIN_COMPRESSED or not media_type.startswith(_TEXT) or not answer.status.startswith("200"):
        return ""
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING", ""))
    best = max(ENCODERS, key=accepted.quality)  # the first of equals
    return best if accepted.quality(best) > 0 else ""


def _client_has_it(etag: str, environ: "WSGIEnvironment") -> bool:
    """RFC 9110, 13.1.2. If-Modified-Since is not asked: the date is the content's, and may outlive a change."""
    tags = environ.get("HTTP_IF_NONE_MATCH", "")
    return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))


def _close(chunks: Iterable[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close:
        close()
