"""The endpoint for programs: a request is read, its query looked at, run and answered here, without Flask.

A page, the service description and the words of every error are left to the application behind (``sparql.py``). It
finds in the environment what was read and what came of it, so that nothing is read or run a second time.

Source: SPARQL 1.1 Protocol, section 2.1.
"""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import RequestEntityTooLarge

from ..errors import NotAcceptable, RequestError
from ..formats import HTML, JSON, OF_FORM, TURTLE, Format
from ..store.guard import Inspection, inspect
from .answers import CURRENT, NEVER, saved_as
from .client import CLIENT
from .headers import SnapshotHeaders
from .negotiation import find_format, negotiate
from .query_request import QueryRequest, read_query_request
from .site import Site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ASKED = "publisher.asked"  # an Asked, in the environment of every request to the endpoint by these methods
METHODS = ("GET", "POST", "HEAD")
PATHS = ("sparql", "sparql/")  # after any number of slashes, as Flask finds its way
LARGEST_PAGE = 4 * 2**20  # bytes of a result that a page is made from
LARGEST_TABLE = 1000  # rows; a page of more helps nobody, and says that it stops
LONGEST_READ_HERE = 20_000  # characters of a query
NAME = re.compile(r"[A-Za-z0-9_-]{16,64}")  # by which a query can be cancelled: too long to be guessed


@dataclass
class Asked:
    """A request to the endpoint and what came of it.

    request     what it asks; nothing, when it could not be read
    inspection  what the guard says of the query
    format      of the answer; HTML for a page
    content     the result; for a page, a table as JSON and a graph as Turtle
    name        what the request's header Query-Id calls it, so that it can be cancelled
    error       why there is none
    """

    request: QueryRequest = QueryRequest(None)
    inspection: Inspection | None = None
    format: Format | None = None
    content: bytes = b""
    name: str = ""
    error: Exception | None = None


class Endpoint:
    """Wraps the Flask application of *site*; *largest* is how many bytes a body may have."""

    def __init__(self, app: "WSGIApplication", site: Site, headers: SnapshotHeaders, largest: int) -> None:
        self.app = app
        self.site = site
        self.headers = headers
        self.largest = largest

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333), whose path begins below the mount."""
        if environ["PATH_INFO"].lstrip("/") not in PATHS or environ["REQUEST_METHOD"] not in METHODS:
            return self.app(environ, start_response)
        asked = self._ask(environ)
        if asked.error or asked.inspection is None or asked.format is None or asked.format is HTML:
            environ[ASKED] = asked
            try:
                return self.app(environ, start_response)
            finally:
                asked.error = None  # its traceback leads back to it, and to a body of megabytes
        cache = CURRENT if asked.inspection.cacheable else NEVER
        content_type = content_type_of(asked.format, asked.inspection.form)
        name = f"sparql-{hashlib.sha256((asked.request.query or '').encode()).hexdigest()[:8]}"
        headers = self.headers.of_data(content_type, cache, "Accept")
        start_response("200 OK", [*headers, *saved_as(name, asked.format).items()])
        return [asked.content]

    def _ask(self, environ: "WSGIEnvironment") -> Asked:
        """Read and answer a request. It raises nothing: the application behind words errors."""
        asked = Asked()
        try:
            asked.name = query_name(environ.get("HTTP_QUERY_ID", ""))
            asked.request = self._read(environ)
            if asked.request.query is None and environ["REQUEST_METHOD"] == "POST":
                raise RequestError("the request brings no query", parameter="query")
            if asked.request.query is not None:
                self._answer(asked, environ.get("HTTP_ACCEPT", ""), environ.get(CLIENT, ""))
        except Exception as error:
            asked.error = error
        return asked

    def _read(self, environ: "WSGIEnvironment") -> QueryRequest:
        """What a request asks. Raises RequestError and its like (HTTP 400, 403, 413, 415)."""
        method, body = environ["REQUEST_METHOD"], b""
        if method == "POST":
            length = environ.get("CONTENT_LENGTH") or "0"
            if int(length) > self.largest:
                raise RequestEntityTooLarge
            body = environ["wsgi.input"].read(int(length))
        query_string, content_type = environ.get("QUERY_STRING", ""), environ.get("CONTENT_TYPE", "")
        limit = self.site.config.max_query_bytes
        return read_query_request(method, query_string, content_type, body, max_query_bytes=limit)

    def _answer(self, asked: Asked, accept: str, client: str) -> None:
        """Look at the query and run it. Raises what the guard and the workers do, and NotAcceptable."""
        query = asked.request.query or ""
        # A long one is looked at in a worker, for it takes up to a second for each 400 kB.
        read_here = len(query) <= LONGEST_READ_HERE
        asked.inspection = inspect(query) if read_here else self.site.workers.inspect(query, client, asked.name)
        offered = (*OF_FORM[asked.inspection.form], HTML)
        asked.format, asked.content = self._write(asked, accept, client, offered)

    def _write(self, asked: Asked, accept: str, client: str, offered: tuple[Format, ...]) -> tuple[Format, bytes]:
        """The format that the client likes best of those of *offered* that can say the result, and the result in it.

        raises   NotAcceptable with the reason, when the one that is asked for cannot
        """
        format = choose(asked.request, accept, offered)
        if format is HTML:
            shown = JSON if JSON in offered else TURTLE
            return HTML, self._run(asked, shown, client, max_bytes=LARGEST_PAGE, max_rows=LARGEST_TABLE + 1)
        try:
            return format, self._run(asked, format, client)
        except NotAcceptable as reason:
            others = tuple(other for other in offered if other is not format)
            if not asked.request.format:
                with suppress(NotAcceptable):
                    return self._write(asked, accept, client, others)
            reason.extensions["offered"] = [other.media_type for other in others]
            raise

    def _run(self, asked: Asked, format: Format, client: str, **limits: Any) -> bytes:
        """The bytes of the result. The protocol's graphs replace those of the query's FROM clauses (section 2.1.4)."""
        graphs: dict[str, Any] = {}
        request = asked.request
        if request.has_dataset:
            graphs = {"default_graphs": request.default_graphs, "named_graphs": request.named_graphs}
        return self.site.workers.answer(request.query or "", format, client=client, name=asked.name, **limits, **graphs)


def query_name(text: str) -> str:
    """The name by which a query can be cancelled, "" without one. Raises RequestError for one that may be guessed."""
    if text and not NAME.fullmatch(text):
        raise RequestError("Query-Id: 16 to 64 random letters, digits, - or _ are right", parameter="Query-Id")
    return text


def choose(request: QueryRequest, accept: str, offered: tuple[Format, ...]) -> Format:
    """The format that the request's parameters name, else its Accept header. Raises NotAcceptable, RequestError."""
    return find_format(request.format, offered) if request.format else negotiate(accept, offered)


def content_type_of(format: Format, form: str) -> str:
    """CSV says that it has a header line (RFC 7111); ASK has neither CSV nor TSV in the standard, ours is one word."""
    header = "; header=present" if format.suffix == "csv" and form == "SELECT" else ""
    return format.content_type + header
