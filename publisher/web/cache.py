"""The one WSGI wrapper: repeated answers from memory, one for all who ask at once, ETags, compression, HEAD.

It knows nothing of routes. An application says what may be kept by ``Cache-Control``; everything else is in
the request. Answers that the application marks with ``Accept-Ranges`` are files, which pass through.

Sources: RFC 9110, sections 8.8.3 (ETag), 12.5.3 (Accept-Encoding), 13 (conditional requests); RFC 9111.
"""

import gzip
import hashlib
import io
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import brotli
import zstandard
from werkzeug.http import parse_accept_header

from . import conditions
from .client import CLIENT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
Key = tuple[str, ...]

OUTCOME = "publisher.cache"  # hit, miss (kept now) or pass (never kept), in the environment of a request
MAX_KEYED_BODY = 64 * 1024
OVERHEAD = 4096  # bytes of memory of an answer beside its text
LARGEST_PART = 8  # an answer that takes more than one eighth of the memory is not kept
PATIENCE = 1.0  # seconds; whoever is first may have to wait for its turn, or ask something that is never kept
SHARE = 4  # one client gets at most this part of the places to wait: a quarter
LONGEST_HEADER = 1024  # characters of Accept-Encoding that are read; browsers send some 25
MIN_COMPRESSED = 512
LARGE = 2**20  # bytes that are compressed lightly: 700 MB/s instead of 80, for a third more bytes
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: brotli.compress(data, quality=5 if len(data) < LARGE else 1),
    "zstd": lambda data: zstandard.ZstdCompressor(level=3).compress(data),
    "gzip": lambda data: gzip.compress(data, compresslevel=6 if len(data) < LARGE else 1, mtime=0),
}
REPLACED = frozenset({"content-length", "etag", "vary"})
_TEXT = ("text/", "application/", "image/svg+xml")


@dataclass(frozen=True)
class Form:
    """An answer in one content coding, ready to be sent: all headers of a 200, and the body."""

    etag: str
    headers: Headers
    body: bytes


class Answer:
    """A complete answer of the application, and its forms by content coding ("" for none), each made once."""

    def __init__(self, status: str, headers: Headers, body: bytes) -> None:
        told = {name.lower(): value for name, value in reversed(headers)}
        self.status = status
        self.headers = [pair for pair in headers if pair[0].lower() not in REPLACED]
        self.headers.append(("Vary", ", ".join(filter(None, [told.get("vary"), "Accept-Encoding"]))))
        self.body = body
        self.forms: dict[str, Form] = {}
        self.whole = status.startswith("200")
        # May it be kept? Errors never, nor what the application forbids to store.
        self.lasting = self.whole and "no-store" not in told.get("cache-control", "")
        self.compressible = len(body) >= MIN_COMPRESSED and told.get("content-type", "").startswith(_TEXT)

    def form(self, encoding: str) -> Form:
        """The answer in *encoding*."""
        form = self.forms.get(encoding)
        if form is None:
            body = ENCODERS[encoding](self.body) if encoding else self.body
            etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            coding = [("Content-Encoding", encoding)] if encoding else []
            headers = [*self.headers, ("ETag", etag), *coding, ("Content-Length", str(len(body)))]
            form = self.forms[encoding] = Form(etag, headers, body)
        return form

    @property
    def size(self) -> int:
        """Bytes of memory, about: bodies, headers, and what Python needs to hold an answer."""
        headers = sum(len(name) + len(value) for name, value in self.headers)
        forms = sum(len(form.body) for encoding, form in list(self.forms.items()) if encoding)
        return OVERHEAD + headers + len(self.body) + forms


class Flight:
    """A request that is on its way to an answer, and what others that ask the same wait for."""

    def __init__(self) -> None:
        self.answer: Answer | None = None  # that may be shared, once it is there
        self._way = threading.Lock()  # cheaper than an event: most flights have nobody who waits
        self._way.acquire()

    def land(self, answer: Answer | None) -> None:
        """Let go who waits; called once."""
        self.answer = answer
        self._way.release()

    def wait(self, seconds: float) -> Answer | None:
        """The answer; None, when it is not there in time, or none that may be shared."""
        if self._way.acquire(timeout=seconds):
            self._way.release()
        return self.answer


class ResponseCache:
    """Wraps a WSGI application; keeps at most *limit* bytes of answers, the least recently used go first.

    Of requests that ask the same at once one is asked, and the others wait for its answer: at most *waiting* requests,
    for each holds a thread, no more than a quarter of them of one client, and none for longer than PATIENCE. Who may
    not wait, has waited for nothing, or would get what is for one client alone (an error), is asked for itself.
    """

    def __init__(self, app: "WSGIApplication", limit: int, waiting: int = 16) -> None:
        self.app = app
        self.limit = limit
        self.places = waiting
        self.each = max(1, waiting // SHARE)
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._costs: dict[Key, int] = {}
        self._size = 0
        self._flights: dict[Key, Flight] = {}
        self._waiting: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        key = _key(environ) if self.limit else None
        answer, flight = self._find(key, str(environ.get(CLIENT, ""))) if key else (None, None)
        environ[OUTCOME] = "hit" if answer else "pass"
        try:
            if answer is None:
                outcome = self._ask(environ)
                if not isinstance(outcome, Answer):
                    status, headers, chunks = outcome
                    start_response(status, headers)
                    return chunks
                answer = outcome
            forms = len(answer.forms)
            status, headers, body = _respond(answer, environ)
            if key and answer.lasting and len(answer.forms) > forms and self._keep(key, answer) and not forms:
                environ[OUTCOME] = "miss"
        finally:
            if key and environ[OUTCOME] != "hit":
                self._land(key, flight, answer)
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _find(self, key: Key, client: str) -> tuple[Answer | None, Flight | None]:
        """The answer that is kept, or that another request just gets; without one, the flight that this begins."""
        with self._lock:
            answer = self._answers.get(key)
            if answer:
                self._answers.move_to_end(key)
                return answer, None
            flight = self._flights.get(key)
            if flight is None:
                begun = self._flights[key] = Flight()
                return None, begun
            if self._waiting.total() >= self.places or self._waiting[client] >= self.each:
                return None, None
            self._waiting[client] += 1
        answer = flight.wait(PATIENCE)
        with self._lock:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]
        return answer, None

    def _land(self, key: Key, flight: Flight | None, answer: Answer | None) -> None:
        """End *flight*; an answer that may be shared ends any other to the same end."""
        shared = answer if answer and answer.lasting else None
        with self._lock:
            current = self._flights.get(key)
            if current is None or not (shared or current is flight):
                return
            del self._flights[key]
        current.land(shared)

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

    def _keep(self, key: Key, answer: Answer) -> bool:
        """Keep *answer*, or count it anew: an encoded form was added to it. False, when it is too large."""
        name = sum(map(len, key))
        if name + OVERHEAD + len(answer.body) > self.limit // LARGEST_PART:
            return False
        with self._lock:
            cost = name + answer.size  # looked at here, so that whoever adds a form last counts all of them
            self._size += cost - self._costs.get(key, 0)
            self._costs[key] = cost
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while self._size > self.limit:
                oldest, _ = self._answers.popitem(last=False)
                self._size -= self._costs.pop(oldest)
        return True


def _key(environ: "WSGIEnvironment") -> Key | None:
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
    if not answer.whole:
        empty = answer.status.startswith("204")
        length = [] if empty else [("Content-Length", str(len(answer.body)))]
        return answer.status, answer.headers + length, b"" if empty else answer.body
    form = answer.form(_encoding(answer, environ))
    if "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MATCH" in environ:
        status = conditions.status(form.etag, environ)
        if status == 304:
            kept = [pair for pair in form.headers if pair[0].lower() not in conditions.DESCRIBING]
            return "304 NOT MODIFIED", kept, b""
        if status == 412:
            return _refuse(form.headers)
    return answer.status, form.headers, form.body


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
    return coding if answer.compressible or plain_refused else ""


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
