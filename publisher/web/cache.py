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
from functools import lru_cache
from typing import TYPE_CHECKING

import brotli
import zstandard
from werkzeug.http import parse_accept_header

from . import conditions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

OUTCOME = "publisher.cache"  # hit, miss (kept now) or pass (never kept), in the environment of a request
MAX_KEYED_BODY = 64 * 1024
OVERHEAD = 4096  # bytes of memory of an answer beside its text
LARGEST_PART = 8  # an answer that takes more than one eighth of the memory is not kept
LONGEST_HEADER = 1024  # characters of Accept-Encoding that are read; browsers send some 25
MIN_COMPRESSED = 512
LARGE = 2**20  # bytes that are compressed lightly: 700 MB/s instead of 80, for a third more bytes
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: brotli.compress(data, quality=5 if len(data) < LARGE else 1),
    "zstd": lambda data: zstandard.ZstdCompressor(level=3).compress(data),
    "gzip": lambda data: gzip.compress(data, compresslevel=6 if len(data) < LARGE else 1, mtime=0),
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

    @property
    def lasting(self) -> bool:
        """May it be kept? Errors never, nor what the application forbids to store."""
        return self.status.startswith("200") and "no-store" not in self.header("cache-control")

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
        key = _key(environ)
        answer = self._find(key) if key else None
        environ[OUTCOME] = "hit" if answer else "pass"
        if answer is None:
            outcome = self._ask(environ)
            if not isinstance(outcome, Answer):
                status, headers, chunks = outcome
                start_response(status, headers)
                return chunks
            answer = outcome
        forms = len(answer.encoded)
        status, headers, body = _respond(answer, environ)
        if key and answer.lasting and len(answer.encoded) > forms and self._keep(key, answer) and not forms:
            environ[OUTCOME] = "miss"
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _ask(self, environ: "WSGIEnvironment") -> Answer | tuple[str, Headers, Iterable[bytes]]:
        """The application's answer; as it streams it, when it is a file. HEAD is asked as GET, without a range."""
        started: list[tuple[str, Headers]] = []
        head = environ["REQUEST_METHOD"] == "HEAD"

        def start(status: str, headers: Headers, _: object = None) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return lambda _: None

        chunks = self.app(environ | {"REQUEST_METHOD": "GET", "HTTP_RANGE": ""} if head else environ, start)
        status, headers = started[0]
        if any(name.lower() == "accept-ranges" for name, _ in headers):
            if head:
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

    def _keep(self, key: tuple[str, ...], answer: Answer) -> bool:
        """Keep *answer*, or count it anew: an encoded form was added to it. False, when it is too large."""
        name = sum(map(len, key))
        if name + OVERHEAD + len(answer.body) > self.limit // LARGEST_PART:
            return False
        cost = name + answer.size
        with self._lock:
            self._size += cost - self._costs.get(key, 0)
            self._costs[key] = cost
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while self._size > self.limit:
                oldest, _ = self._answers.popitem(last=False)
                self._size -= self._costs.pop(oldest)
        return True


def _key(environ: "WSGIEnvironment") -> tuple[str, ...] | None:
    """What the answer depends on; None for requests whose answer is not kept.

    A body that is encoded is not read here: what it says is not what it holds.
    """
    method = environ["REQUEST_METHOD"]
    body = ""
    if method == "POST":
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdigit() or int(length) > MAX_KEYED_BODY or environ.get("HTTP_CONTENT_ENCODING"):
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
    """Status, headers and body for this request: encoded, 304 when the client has it, 412 when it wants another."""
    headers = [
        (name, value) for name, value in answer.headers if name.lower() not in ("content-length", "etag", "vary")
    ]
    headers.append(("Vary", ", ".join(filter(None, [answer.header("vary"), "Accept-Encoding"]))))
    if answer.status.startswith("204"):
        return answer.status, headers, b""
    if not answer.status.startswith("200"):
        return answer.status, [*headers, ("Content-Length", str(len(answer.body)))], answer.body
    encoding = _encoding(answer, environ)
    body, etag = answer.form(encoding)
    headers.append(("ETag", etag))
    status = conditions.status(etag, environ)
    if status == 304:
        return "304 NOT MODIFIED", [pair for pair in headers if pair[0].lower() not in conditions.DESCRIBING], b""
    if status == 412:
        return _refuse(headers)
    if encoding:
        headers.append(("Content-Encoding", encoding))
    return answer.status, [*headers, ("Content-Length", str(len(body)))], body


def _refuse(headers: Headers) -> tuple[str, Headers, bytes]:
    body = conditions.REFUSAL
    replaced = conditions.DESCRIBING | {"cache-control", "content-location", "etag", "last-modified"}
    kept = [pair for pair in headers if pair[0].lower() not in replaced]
    own = [("Content-Type", conditions.REFUSAL_TYPE), ("Cache-Control", "no-store"), ("Content-Length", str(len(body)))]
    return "412 PRECONDITION FAILED", [*kept, *own], body


def _encoding(answer: Answer, environ: "WSGIEnvironment") -> str:
    """The content coding of ours for this request, "" for none.

    What is small or no text stays as it is, unless the client refuses just that.
    """
    coding, plain_refused = _preference(environ.get("HTTP_ACCEPT_ENCODING", "")[:LONGEST_HEADER])
    worth = len(answer.body) >= MIN_COMPRESSED and answer.header("content-type").startswith(_TEXT)
    return coding if worth or plain_refused else ""


@lru_cache(maxsize=256)
def _preference(header: str) -> tuple[str, bool]:
    """The coding of ours that an Accept-Encoding header likes best, "" for none; are plain bytes refused?

    Who refuses everything gets plain bytes (RFC 9110, section 12.4.1).

    >>> _preference("br;q=0.5, gzip, identity;q=0")
    ('gzip', True)
    """
    accepted = parse_accept_header(header)
    best = max(ENCODERS, key=accepted.quality)  # the first of equals
    weight, named = accepted.quality(best), {coding.lower(): quality for coding, quality in accepted}
    if weight == 0 or weight < named.get("identity", 0):
        return "", False
    return best, named.get("identity", named.get("*")) == 0


def _close(chunks: Iterable[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close:
        close()
