"""Named queries over HTTP: ``/api`` lists them, ``/api/<name>`` answers one.

Parameters come in as text, are checked against the query's header and take the place of its defaults as terms.
Like every stranger's query, it is run by a worker.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, request
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from ..content.queries import NamedQuery
from ..describe.jsonld import dumps
from ..describe.labels import sort_key
from ..describe.resource import serialize
from ..describe.spelling import fold
from ..describe.turtle import order
from ..errors import LimitExceeded, NotFound, PublisherError, RequestError
from ..formats import HTML, JSON, JSONLD, NTRIPLES, PLAIN_JSON, SPARQL, TURTLE, Format
from ..store.guard import inspect
from .advice import of_error
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
from .endpoint import LARGEST_PAGE, content_type_of
from .names import Text
from .negotiation import find_format
from .openapi import openapi
from .places import read_places
from .problem import wants_page
from .query_form import LANGUAGE, LARGEST_CHOICE, PAGING, Asked, fields, formats, page_of, read_asked
from .query_request import Parameters, read_parameters
from .resources import LARGEST_COMPACT
from .site import site
from .snippets import snippets
from .table import read_table

VARY = ("Accept", "Accept-Language")
NOT_INDEXED = {"X-Robots-Tag": "noindex"}
LARGEST_GRAPH = 2**20  # bytes of the statements that a page is made from
LONGEST_WORDS = 200  # characters by which questions are looked for

blueprint = Blueprint("queries", __name__)


@blueprint.get("/api")
def questions() -> Response:
    """The named queries, all or those with the words of ``?q=``: a page by tag for people, a list for programs."""
    links, words = [description_link()], parameters().one("q") or ""
    found = [query for query in site().queries.values() if has_words(query, words)]
    if choose_format((HTML, PLAIN_JSON)) is PLAIN_JSON:
        body = json.dumps([listed(query) for query in found], ensure_ascii=False, indent=2)
        return send(body + "\n", PLAIN_JSON.content_type, vary=VARY, links=links)
    groups = by_subject(found, reader_language())
    return send_page(
        "questions.html",
        links=links,
        headers=NOT_INDEXED if words else {},
        groups=groups,
        words=words[:LONGEST_WORDS],
        words_told=words_told,
        found=len(found),
        all=len(site().queries),
        elsewhere=() if words else site().snapshot.queries["elsewhere"],
    )


def by_subject(queries: Iterable[NamedQuery], language: str) -> list[tuple[Text, list[NamedQuery]]]:
    """Questions under the heading of their subject, else of their first tag; those without either last."""
    groups: dict[Text, list[NamedQuery]] = {}
    for query in sorted(queries, key=lambda query: query.name):
        tag = Text(query.tags[0], "en") if query.tags else Text("")
        groups.setdefault(site().say(query.subject, language) if query.subject else tag, []).append(query)
    return sorted(groups.items(), key=lambda group: (not group[0].value, sort_key(group[0].value)))


def has_words(query: NamedQuery, words: str) -> bool:
    """Does it say each of *words*, whatever their case and accents, in its name, tags or words of any language?"""
    told = words_told(query)
    return all(word in told for word in fold(words[:LONGEST_WORDS]).split())


def words_told(query: NamedQuery) -> str:
    """The words by which a question is found, folded, each once."""
    told = (query.title, query.summary, query.description, query.subject)
    return folded(" ".join([query.name, *query.tags, *(text for texts in told for text in texts.values())]))


@lru_cache(LARGEST_CHOICE)
def folded(text: str) -> str:
    return " ".join(dict.fromkeys(part for word in text.split() for part in fold(word).split()))


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
    asked = read_asked(site(), query, parameters(), is_page=format is HTML)
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
    last = max(1, -(-total // (asked.size or total or 1)))
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


def run(text: str, format: Format, most: int | None = None) -> bytes:
    """The bytes of the result, from a worker; at most so many."""
    return site().workers.answer(text, format, max_bytes=most, client=request.environ.get(CLIENT, ""))


def graph(text: str, most: int | None = None) -> list[Triple]:
    """The statements of a bound CONSTRUCT or DESCRIBE, sorted, each once; at most so many bytes of them."""
    content = run(text, NTRIPLES, most)
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
    """May search engines keep the page? One of any language, without other parameters, that names no person."""
    if not result.get("table") or query_string(LANGUAGE):
        return False
    return not any(site().is_personal(iri) for iri in result["table"].things)


def page(query: NamedQuery, asked: Asked, error: PublisherError | None = None) -> Response:
    """The page of a query: its form, a page of the answer, programs that fetch it, the query's text."""
    language = reader_language()
    try:
        given = read_parameters(request.environ.get("QUERY_STRING", ""))
    except RequestError:
        given = Parameters()
    text = query.bound(asked.values)
    result = {} if error else shown_or_large(query, asked, text, language)
    offered = () if error else formats(query)
    downloads = {format: download(query, asked, format) for format in offered if format is not HTML}
    alternates = [link_header(href, "alternate", format.media_type) for format, href in downloads.items()]
    return page_after_query(
        "query.html",
        status=error.status if error else 200,
        cache=NEVER if error else kept(query),
        headers=error.headers if error else {} if is_indexed(result) else NOT_INDEXED,
        vary=VARY,
        links=[description_link(), *alternates],
        query=query,
        fields=fields(site(), query, given, language),
        error=error,
        advice=of_error(type(error)) if error else None,
        wrong={fault["name"]: fault for fault in error.extensions.get("parameters", ())} if error else {},
        result=result,
        page=asked.page,
        page_path=site().mount + request.path.lstrip("/") + query_string("page", "lang"),
        formats=list(downloads.items()),
        snippets=[] if error else snippets(query.form, site().location, downloads),
        text=without_header(text),
    )


def without_header(text: str) -> str:
    """A query without the lines that say in YAML what the page says in words."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("#+")).strip()


def shown_or_large(query: NamedQuery, asked: Asked, text: str, language: str) -> dict[str, Any]:
    """The same as ``shown``, or only that the answer is ``large``, when it is too large for a page."""
    try:
        return shown(query, asked, text, language)
    except LimitExceeded as error:
        if error.extensions.get("limit") != "page":
            raise
        return {"large": True}


def shown(query: NamedQuery, asked: Asked, text: str, language: str) -> dict[str, Any]:
    """What the page shows of the answer: a ``table`` of so many rows, a ``boolean``, the ``text`` of a graph."""
    if query.form == "ASK":
        return {"boolean": json.loads(run(text, JSON))["boolean"]}
    if query.form != "SELECT":
        triples = graph(text, LARGEST_GRAPH)
        table = read_places(site(), triples, language) if query.view == "map" else None
        found = {"text": write(query, asked, triples, TURTLE).decode(), "statements": len(triples)}
        return found | ({"table": table, "total": len(table.rows), "pages": 1} if table else {})
    total, size = count(query, text), asked.size or page_of(query)
    list(page_links(replace(asked, size=size), total))
    content = run(query.page(text, (asked.page - 1) * size, size), JSON, LARGEST_PAGE)
    return {"table": read_table(site(), query, content, language), "total": total, "pages": -(-total // size)}
