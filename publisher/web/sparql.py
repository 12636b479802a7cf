"""What the SPARQL endpoint says to people, and in words: a page with a form, a service description, errors.

Requests come here with what ``endpoint.py`` made of them: queries have been run.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from ..describe.resource import serialize
from ..errors import NotAcceptable, PublisherError, QueryError, RequestError
from ..formats import DATASET, GEOJSON, GRAPH, HTML, OF_FORM, RESULT, Format
from ..store.explanation import explain
from ..store.geojson import latitude_and_longitude
from ..store.guard import Inspection
from .answers import CURRENT, NEVER, page_after_query, reader_language, send
from .endpoint import ASKED, LARGEST_TABLE, Asked, choose
from .problem import wants_page
from .query_request import QueryRequest
from .service import PREFIXES, service_description
from .site import Link, Text, site

LONGEST_ADDRESS = 4000  # characters of a link; a longer query is sent again by the form
VARY = ("Accept", "Accept-Language")

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
def endpoint() -> Response:
    """The page of a result; without a query, one to write it for people and the service description for programs."""
    asked: Asked = request.environ[ASKED]
    if asked.error:
        return refuse(asked.request, asked.error)
    if asked.inspection is None:
        return describe_service(asked.request)
    return show(asked.request, asked.inspection, asked.content)


def refuse(asked: QueryRequest, error: Exception) -> Response:
    """What went wrong: beside the form for people."""
    if isinstance(error, QueryError):
        error = explain(asked.query or "", error, site().prefixes)
    if isinstance(error, PublisherError) and wants_page() and asked.format in (None, HTML.suffix):
        return form(asked, error.with_traceback(None))
    try:
        raise error
    finally:
        del error  # else its traceback leads back to it


def show(asked: QueryRequest, inspection: Inspection, content: bytes) -> Response:
    """The page of a result, which is in *content*."""
    result = read_result(content, inspection.form in ("SELECT", "ASK"))
    tells_place = b"geosparql#wktLiteral" in content or latitude_and_longitude(result.get("columns", ()))
    offered = (other for other in OF_FORM[inspection.form] if tells_place or other is not GEOJSON)
    cache = CURRENT if inspection.cacheable else NEVER
    return form(asked, result=result, downloads=downloads(asked, offered), cache=cache)


def downloads(asked: QueryRequest, offered: Iterable[Format]) -> list[tuple[Format, str]]:
    """The result in other formats, each with its address; none for a query that no address has room for."""
    graphs = [("default-graph-uri", iri) for iri in asked.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in asked.named_graphs]
    address = f"{site().mount}sparql?{urlencode([('query', asked.query or ''), *graphs])}"
    if len(address) > LONGEST_ADDRESS:
        return []
    return [(format, f"{address}&format={format.suffix}") for format in offered]


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
    return page_after_query(
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
    accept = request.headers.get("Accept", "")
    try:
        format = choose(asked, accept, (*GRAPH, *DATASET, HTML))
    except NotAcceptable:
        with suppress(NotAcceptable):
            choose(asked, accept, RESULT)
            raise RequestError("the request brings no query", parameter="query") from None
        raise
    if format is HTML:
        return form(replace(asked, format=None, language=reader_language()))
    content = serialize(service_description(site()), format, site().prefixes | PREFIXES, first=site().address("sparql"))
    return send(content, format.content_type, vary=VARY)
