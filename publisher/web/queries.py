"""Named queries over HTTP: ``/api`` lists them, ``/api/<name>`` answers one.

Parameters come in as text, are checked against the query's header and take the place of its defaults as terms.
Like every stranger's query, it is run by a worker.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, request
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from ..content.queries import NamedQuery
from ..describe.jsonld import dumps
from ..describe.resource import serialize
from ..describe.turtle import order
from ..errors import NotFound, PublisherError, RequestError
from ..formats import HTML, JSON, JSONLD, NTRIPLES, PLAIN_JSON, SPARQL, TURTLE, Format
from ..store.guard import inspect
from .answers import (
    CURRENT,
    NEVER,
    SUFFIXES,
    choose_format,
    link_header,
    page_after_query,
    parameters,
    reader_language,
    saved_as,
    send,
    send_page,
)
from .client import CLIENT
from .endpoint import content_type_of
from .negotiation import find_format
from .openapi import openapi
from .problem import wants_page
from .query_form import LANGUAGE, PAGE, PAGING, Asked, fields, formats, read_asked
from .query_request import Parameters, read_parameters
from .resources import LARGEST_COMPACT
from .site import site
from .table import read_table

VARY = ("Accept", "Accept-Language")
NOT_INDEXED = {"X-Robots-Tag": "noindex"}

blueprint = Blueprint("queries", __name__)


@blueprint.get("/api")
def questions() -> Response:
    """The named queries: a page by tag for people, a list for programs."""
    links = [description_link()]
    if choose_format((HTML, PLAIN_JSON)) is PLAIN_JSON:
        body = json.dumps([listed(query) for query in site().queries.values()], ensure_ascii=False, indent=2)
        return send(body + "\n", PLAIN_JSON.content_type, vary=VARY, links=links)
    first_tag = sorted(site().queries.values(), key=lambda query: (query.tags[:1] or ("~",), query.name))
    groups = [
        (tags[0] if tags else "", list(found)) for tags, found in groupby(first_tag, lambda query: query.tags[:1])
    ]
    return send_page("questions.html", links=links, groups=groups, elsewhere=site().snapshot.queries["elsewhere"])


@blueprint.get("/api/openapi.json")
def description() -> Response:
    """The OpenAPI description of all of this."""
    body = json.dumps(openapi(site()), ensure_ascii=False, indent=2) + "\n"
    return send(body, PLAIN_JSON.content_type)


@blueprint.get("/api/<name>")
def named_query(name: str) -> Response:
    """The answer of one query, or with the suffix ``.rq`` its text."""
    bare, _, suffix = name.rpartition(".")
    query = site().queries.get(name) or site().queries.get(bare)
    if query is None or name.endswith("."):
        raise NotFound(f"there is no query {name!r} here; /api lists them")
    if query.name == name:
        suffix = ""
    if suffix == SPARQL.suffix:
        return send(query.text, SPARQL.content_type, links=[description_link()])
    format = choose_format(formats(query), find_format(suffix, formats(query)) if suffix else None)
    try:
        return answer(query, format, bool(suffix))
    except PublisherError as error:
        if format is HTML and wants_page():
            return page(query, Asked({}), error=error)
        raise


def listed(query: NamedQuery) -> dict[str, Any]:
    """What the list for programs says of a query."""
    told = {"name": query.name, "address": site().address(f"api/{query.name}"), "form": query.form}
    words = {key: getattr(query, key) for key in ("title", "summary", "description") if getattr(query, key)}
    params = [
        {
            "name": param.name,
            "datatype": param.datatype if param.datatype == "IRI" else f"xsd:{param.datatype}",
            "doc": param.doc,
            "default": param.default.value if param.default else None,
        }
        for param in query.params
    ]
    return told | words | {"tags": query.tags, "parameters": params, "columns": query.columns}


def answer(query: NamedQuery, format: Format, by_suffix: bool) -> Response:
    """The result as it is asked for; on a page, names are in the reader's language unless another is given."""
    asked = read_asked(site(), query, parameters())
    if format is HTML:
        return page(query, in_readers_language(query, asked))
    text = query.bound(asked.values)
    links, headers = [description_link()], NOT_INDEXED | saved_as(query.name, format)
    if asked.size is not None:
        total = count(query, text)
        links += page_links(asked, total)
        headers["Total-Rows"] = str(total)
        text = query.page(text, (asked.page - 1) * asked.size, asked.size)
    if query.form in ("SELECT", "ASK"):
        content, content_type = run(text, format), content_type_of(format, query.form)
    else:
        content, content_type = write(query, asked, graph(text), format), format.content_type
    if not by_suffix:
        headers["Content-Location"] = address(query, format)
    vary = () if by_suffix else VARY
    return send(content, content_type, cache=kept(query), vary=vary, links=links, headers=headers)


def in_readers_language(query: NamedQuery, asked: Asked) -> Asked:
    language = reader_language()
    for param in query.params:
        if param.name == LANGUAGE and language in param.enum and LANGUAGE not in asked.values:
            return replace(asked, values=asked.values | {LANGUAGE: Literal(language)})
    return asked


def kept(query: NamedQuery) -> str:
    return CURRENT if inspect(query.text).cacheable else NEVER


def count(query: NamedQuery, text: str) -> int:
    """The number of all rows of *text*, a bound SELECT."""
    document = json.loads(run(query.count(text), JSON))
    return int(document["results"]["bindings"][0]["count"]["value"])


def page_links(asked: Asked, total: int) -> Iterator[str]:
    """Links to the first, last and neighbouring pages (RFC 8288). Raises NotFound beyond the last page."""
    last = max(1, -(-total // (asked.size or PAGE)))
    if asked.page > last:
        raise NotFound(f"page {asked.page} of {last}")
    pages = {"first": 1, "prev": asked.page - 1, "next": asked.page + 1, "last": last}
    for relation, number in pages.items():
        if 1 <= number <= last:
            yield link_header(site().mount + request.path.lstrip("/") + query_string("page", page=number), relation)


def query_string(*drop: str, **add: object) -> str:
    """This request's parameters as they came, without those of *drop*, then those of *add*; with its ``?``."""
    pairs = [pair for pair in request.environ.get("QUERY_STRING", "").split("&") if pair]
    pairs = [pair for pair in pairs if pair.partition("=")[0] not in drop]
    pairs += [f"{name}={value}" for name, value in add.items()]
    return "?" + "&".join(pairs) if pairs else ""


def address(query: NamedQuery, format: Format) -> str:
    """Path of this very answer in *format*."""
    suffix = SUFFIXES.get(format.suffix, format.suffix)
    return f"{site().mount}api/{query.name}.{suffix}{query_string('format')}"


def download(query: NamedQuery, asked: Asked, format: Format) -> str:
    """Path of all rows of the answer that a page shows, in *format* and with names in the page's language."""
    suffix = SUFFIXES.get(format.suffix, format.suffix)
    language = asked.values.get(LANGUAGE)
    told = {LANGUAGE: language.value} if language else {}
    return f"{site().mount}api/{query.name}.{suffix}{query_string('format', LANGUAGE, *PAGING, **told)}"


def description_link() -> str:
    return link_header(site().address("api/openapi.json"), "service-desc", PLAIN_JSON.media_type)


def run(text: str, format: Format) -> bytes:
    """The bytes of the result, from a worker."""
    return site().workers.answer(text, format, client=request.environ.get(CLIENT, ""))


def graph(text: str) -> list[Triple]:
    """The statements of a bound CONSTRUCT or DESCRIBE, sorted, each once."""
    content = run(text, NTRIPLES)
    return sorted({quad.triple for quad in parse(content, format=RdfFormat.N_TRIPLES)}, key=order)


def write(query: NamedQuery, asked: Asked, triples: list[Triple], format: Format) -> bytes:
    """The bytes of a graph; JSON-LD by the query's frame, from the thing that its root parameter names."""
    root = top(query, asked)
    if format is not JSONLD or len(triples) > LARGEST_COMPACT:
        return serialize(triples, format, site().prefixes, first=root.value if root else "")
    jsonld = site().jsonld
    if root is None or query.frame not in jsonld.frames:
        return dumps(jsonld.compact(triples))
    return dumps(jsonld.document(root.value, sorted(jsonld.frames[query.frame][0]), triples))


def top(query: NamedQuery, asked: Asked) -> NamedNode | None:
    default = next((param.default for param in query.params if param.name == query.root), None)
    term = asked.values.get(query.root, default)
    return term if isinstance(term, NamedNode) else None


def is_indexed(result: dict[str, Any]) -> bool:
    """May search engines keep the page? Only one without parameters, and one that names no person."""
    if "table" not in result or request.environ.get("QUERY_STRING"):
        return False
    return not any(site().is_personal(iri) for iri in result["table"].things)


def page(query: NamedQuery, asked: Asked, error: PublisherError | None = None) -> Response:
    """The page of a query: its form, a page of the answer, the query's text."""
    language = reader_language()
    try:
        given = read_parameters(request.environ.get("QUERY_STRING", ""))
    except RequestError:
        given = Parameters()
    text, size = query.bound(asked.values), asked.size or PAGE
    result: dict[str, Any] = {}
    if error is None and query.form == "SELECT":
        total = count(query, text)
        list(page_links(replace(asked, size=size), total))
        content = run(query.page(text, (asked.page - 1) * size, size), JSON)
        result = {"table": read_table(site(), query, content, language), "total": total, "pages": -(-total // size)}
    elif error is None and query.form == "ASK":
        result = {"boolean": json.loads(run(text, JSON))["boolean"]}
    elif error is None:
        result = {"text": write(query, asked, graph(text), TURTLE).decode()}
    downloads = [(format, download(query, asked, format)) for format in formats(query) if format is not HTML]
    return page_after_query(
        "query.html",
        status=error.status if error else 200,
        cache=NEVER if error else kept(query),
        headers=error.headers if error else {} if is_indexed(result) else NOT_INDEXED,
        vary=VARY,
        links=[description_link(), *(link_header(href, "alternate", format.media_type) for format, href in downloads)],
        query=query,
        fields=fields(site(), query, given, language),
        error=error,
        result=result,
        page=asked.page,
        page_path=site().mount + request.path.lstrip("/") + query_string("page", "lang"),
        formats=downloads,
        text=text,
    )
