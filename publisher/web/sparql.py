"""The SPARQL endpoint: the SPARQL 1.1 Protocol's query operation, a page with a form, a service description.

Which of the three a request gets depends on whether it brings a query and on what it accepts.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from ..describe.resource import serialize
from ..errors import NotAcceptable, PublisherError, QueryError, RequestError
from ..formats import DATASET, GEOJSON, GRAPH, HTML, JSON, OF_FORM, RESULT, TURTLE, Format
from ..store.explanation import explain
from ..store.geojson import latitude_and_longitude
from ..store.guard import Inspection, inspect
from .access import CLIENT
from .answers import CURRENT, NEVER, page_after_query, reader_language, saved_as, send, send_page
from .negotiation import find_format, negotiate
from .problem import wants_page
from .query_request import QueryRequest, read_query_request
from .service import PREFIXES, service_description
from .site import Link, Text, site

LARGEST_PAGE = 4 * 2**20  # bytes of a result that a page is made from
LARGEST_TABLE = 1000  # rows; a page of more helps nobody, and says that it stops
LONGEST_ADDRESS = 4000  # characters of a link; a longer query is sent again by the form
LONGEST_READ_HERE = 20_000  # characters of a query
VARY = ("Accept", "Accept-Language")

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
def endpoint() -> Response:
    """Answer a query; without one, a page to write it for people and the service description for programs."""
    try:
        asked = read_request()
    except PublisherError as error:
        return form(QueryRequest(None), error) if wants_page() else refuse(error)
    if asked.query is None and request.method == "GET":
        return describe_service(asked)
    try:
        return answer(asked)
    except PublisherError as refused:
        told = explain(asked.query or "", refused, site().prefixes) if isinstance(refused, QueryError) else refused
        return form(asked, told) if wants_page() and asked.format in (None, HTML.suffix) else refuse(told)


def read_request() -> QueryRequest:
    """What this request asks. Raises RequestError and its like (HTTP 400, 403, 413, 415)."""
    return read_query_request(
        request.method,
        request.environ.get("QUERY_STRING", ""),
        request.headers.get("Content-Type", ""),
        request.get_data() if request.method == "POST" else b"",
        max_query_bytes=site().config.max_query_bytes,
    )


def refuse(error: PublisherError) -> Response:
    raise error


def answer(asked: QueryRequest) -> Response:
    """The result in the format that is asked for: a page, or one of the standard's."""
    if asked.query is None:
        raise RequestError("the request brings no query", parameter="query")
    inspection = look_at(asked.query)
    format, content = write(asked, (*OF_FORM[inspection.form], HTML))
    cache = CURRENT if inspection.cacheable else NEVER
    if format is HTML:
        result = read_result(content, inspection.form in ("SELECT", "ASK"))
        tells_place = b"geosparql#wktLiteral" in content or latitude_and_longitude(result.get("columns", ()))
        offered = (other for other in OF_FORM[inspection.form] if tells_place or other is not GEOJSON)
        return form(asked, result=result, downloads=downloads(asked, offered), cache=cache)
    digest = hashlib.sha256(asked.query.encode()).hexdigest()[:8]
    content_type = content_type_of(format, inspection.form)
    return send(content, content_type, cache=cache, vary=("Accept",), headers=saved_as(f"sparql-{digest}", format))


def look_at(query: str) -> Inspection:
    """What the guard says of *query*; of a long one in a worker, for it takes up to a second for each 400 kB."""
    if len(query) <= LONGEST_READ_HERE:
        return inspect(query)
    return site().workers.inspect(query, client=request.environ.get(CLIENT, ""))


def write(asked: QueryRequest, offered: tuple[Format, ...]) -> tuple[Format, bytes]:
    """The format that the client likes best of those of *offered* that can say the result, and the result in it.

    raises   NotAcceptable with the reason, when the one that is asked for cannot
    """
    format = choose(asked, offered)
    if format is HTML:
        shown = JSON if JSON in offered else TURTLE
        return format, run(asked, shown, max_bytes=LARGEST_PAGE, max_rows=LARGEST_TABLE + 1)
    try:
        return format, run(asked, format)
    except NotAcceptable as reason:
        others = tuple(other for other in offered if other is not format)
        if not asked.format:
            with suppress(NotAcceptable):
                return write(asked, others)
        reason.extensions["offered"] = [other.media_type for other in others]
        raise


def downloads(asked: QueryRequest, offered: Iterable[Format]) -> list[tuple[Format, str]]:
    """The result in other formats, each with its address; none for a query that no address has room for."""
    graphs = [("default-graph-uri", iri) for iri in asked.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in asked.named_graphs]
    address = f"{site().mount}sparql?{urlencode([('query', asked.query or ''), *graphs])}"
    if len(address) > LONGEST_ADDRESS:
        return []
    return [(format, f"{address}&format={format.suffix}") for format in offered]


def choose(asked: QueryRequest, offered: tuple[Format, ...]) -> Format:
    """The format that the request's parameters name, else its Accept header. Raises NotAcceptable."""
    return find_format(asked.format, offered) if asked.format else negotiate(request.headers.get("Accept", ""), offered)


def run(asked: QueryRequest, format: Format, max_bytes: int | None = None, max_rows: int | None = None) -> bytes:
    """The bytes of the result. The protocol's graphs replace those of the query's FROM clauses (section 2.1.4)."""
    graphs: dict[str, Any] = {}
    if asked.has_dataset:
        graphs = {"default_graphs": asked.default_graphs, "named_graphs": asked.named_graphs}
    client = request.environ.get(CLIENT, "")
    limits: dict[str, Any] = {"max_bytes": max_bytes, "max_rows": max_rows}
    return site().workers.answer(asked.query or "", format, client=client, **limits, **graphs)


def content_type_of(format: Format, form: str) -> str:
    """CSV says that it has a header line (RFC 7111); ASK has neither CSV nor TSV in the standard, ours is one word."""
    header = "; header=present" if format.suffix == "csv" and form == "SELECT" else ""
    return format.content_type + header


def read_result(content: bytes, is_result: bool) -> dict[str, Any]:
    """What the page shows: ``boolean``, ``columns`` and ``rows`` of links, or the ``text`` of a graph."""
    if not is_result:
        return {"text": content.decode()}
    document = json.loads(content)
    if "boolean" in document:
        return {"boolean": document["boolean"]}
    columns, bindings = document["head"]["vars"], document["results"]["bindings"]
    rows = [[_cell(binding.get(name)) for name in columns] for binding in bindings[:LARGEST_TABLE]]
    return {"columns": columns, "rows": rows, "more": len(bindings) > LARGEST_TABLE}


def _cell(term: dict[str, Any] | None) -> Link | None:
    if term is None:
        return None
    if term["type"] == "uri":
        return Link(Text(site().short(term["value"])), site().href(term["value"]))
    if term["type"] == "bnode":
        return Link(Text("_:" + term["value"]), "")
    value = term["value"] if isinstance(term["value"], str) else json.dumps(term["value"], ensure_ascii=False)
    return Link(Text(value, term.get("xml:lang", "")), "")


def form(
    asked: QueryRequest,
    error: PublisherError | None = None,
    result: dict[str, Any] | None = None,
    downloads: Sequence[tuple[Format, str]] = (),
    cache: str = CURRENT,
) -> Response:
    """The page with the form, with what went wrong or came out."""
    make = page_after_query if asked.query is not None else send_page
    return make(
        "sparql.html",
        status=error.status if error else 200,
        cache=NEVER if error else cache,
        headers=error.headers if error else {},
        asked=asked,
        error=error,
        result=result,
        downloads=downloads,
        formats=(*OF_FORM["SELECT"], *OF_FORM["CONSTRUCT"]),
        examples=[(query, site().say(query.summary, reader_language())) for query in site().queries.values()],
        example_query=first_query(),
        vary=VARY,
    )


def first_query() -> str:
    """A query that works on any content: what there is, by class."""
    return """SELECT ?class (COUNT(*) AS ?resources)
WHERE { ?resource a ?class }
GROUP BY ?class
ORDER BY DESC(?resources) ?class"""


def describe_service(asked: QueryRequest) -> Response:
    """RDF about the endpoint for programs (SPARQL 1.1 Service Description, section 2); the form for people."""
    try:
        format = choose(asked, (*GRAPH, *DATASET, HTML))
    except NotAcceptable:
        with suppress(NotAcceptable):
            choose(asked, RESULT)
            raise RequestError("the request brings no query", parameter="query") from None
        raise
    if format is HTML:
        return form(replace(asked, format=None, language=reader_language()))
    content = serialize(service_description(site()), format, site().prefixes | PREFIXES, first=site().address("sparql"))
    return send(content, format.content_type, vary=VARY)
