"""What the SPARQL endpoint says to people, and in words: a page with a form, a service description, errors.

Requests come here with what ``endpoint.py`` made of them: queries have been run.
"""

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

from ..describe.resource import serialize
from ..errors import NotAcceptable, PublisherError, QueryError, RequestError
from ..formats import DATASET, GEOJSON, GRAPH, HTML, OF_FORM, PLAIN_JSON, RESULT, Format
from ..store.explanation import WELL_KNOWN, explain
from ..store.geojson import latitude_and_longitude
from ..store.grammar import read_terminals
from ..store.guard import Inspection
from .advice import of_error
from .answers import CURRENT, NEVER, page_after_query, parameters, reader_language, send
from .endpoint import ASKED, LARGEST_TABLE, Asked, choose, query_name
from .problem import wants_page
from .query_request import QueryRequest
from .service import PREFIXES, service_description
from .site import site
from .table import Table, read_table

LONGEST_READ = 5000  # characters of a query of which its result's page makes something
MOST_NAMES = 30  # of a query that finds nothing, which are looked up
LONGEST_ADDRESS = 4000  # characters of a link; a longer query is sent again by the form
VARY = ("Accept", "Accept-Language")
STATEMENT = ("subject", "predicate", "object")
_ESCAPED = re.compile(r"\\(.)")  # of a local name

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


@blueprint.post("/sparql/cancel")
def cancel() -> Response:
    """Stop the query that was sent with the header ``Query-Id: ?id=``: ``{"stopped": true}``, when there was one."""
    name = query_name(parameters().one("id") or "")
    if not name:
        raise RequestError("parameter id is missing: the Query-Id that the query was sent with", parameter="id")
    return send(json.dumps({"stopped": site().workers.cancel(name)}), PLAIN_JSON.media_type, cache=NEVER)


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
    result = read_result(content, inspection.form in ("SELECT", "ASK"), asked.query or "")
    if result.is_empty and inspection.form in ("SELECT", "ASK"):
        result = replace(result, unknown=unknown_names(asked.query or ""))
    tells_place = b"geosparql#wktLiteral" in content or latitude_and_longitude(result.variables)
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


@dataclass(frozen=True)
class Result:
    """What the page shows of an answer: a *boolean*, else a *table* of rows or statements, which may hold *more*.

    unknown   names in a query that found nothing which the data do not have either
    """

    boolean: bool | None = None
    table: Table | None = None
    more: bool = False
    of_statements: bool = False
    unknown: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        return not self.boolean if self.table is None else not self.table.rows

    @property
    def variables(self) -> list[str]:
        return [column.variable for column in self.table.columns] if self.table and not self.of_statements else []


def read_result(content: bytes, is_result: bool, query: str) -> Result:
    """*content* as the page shows it: SPARQL JSON, or the Turtle of a graph, of which it shows the statements.

    The columns of ``SELECT *``, which come by the alphabet, stand as *query* names them first.
    """
    shown = content if is_result else as_rows(content)
    document = json.loads(shown)
    if "boolean" in document:
        return Result(document["boolean"])
    more = len(document["results"]["bindings"]) > LARGEST_TABLE
    if is_result and (order := variables_of_all(query)):
        document["head"]["vars"].sort(key=lambda name: order.index(name) if name in order else len(order))
        shown = json.dumps(document).encode()
    table = read_table(site(), None, shown, reader_language(), LARGEST_TABLE)
    return Result(table=table, more=more, of_statements=not is_result)


def variables_of_all(query: str) -> list[str]:
    """The variables of a query that asks for all of them, in its order; none of another query."""
    if len(query) > LONGEST_READ:
        return []
    terminals = [token for token in read_terminals(query) if token.kind not in ("DISTINCT", "REDUCED")]
    first = next((place for place, token in enumerate(terminals) if token.kind == "SELECT"), None)
    if first is None or terminals[first + 1].kind != "*":
        return []
    return list(dict.fromkeys(token.text[1:] for token in terminals if token.kind == "VAR"))


def unknown_names(query: str) -> list[str]:
    """IRIs and prefixed names of *query*, as it writes them, that no statement has: one that is misspelt finds nothing.

    Functions and datatypes are none of the data.
    """
    if len(query) > LONGEST_READ:
        return []
    prefixes, found = dict(site().prefixes), {}
    terminals = list(read_terminals(query))
    for before, token, after in zip(terminals, terminals[1:], terminals[2:], strict=False):
        prefix, _, local = token.text.partition(":")
        if before.kind == "PREFIX":
            prefixes[prefix] = after.text[1:-1]
        elif before.kind in ("PNAME_NS", "BASE", "^^") or after.kind == "(":
            continue
        elif token.kind == "PNAME_LN":
            found[token.text] = prefixes.get(prefix, "") + _ESCAPED.sub(r"\1", local)
        elif token.kind == "IRIREF" and ":" in token.text:
            found[token.text] = token.text[1:-1]
    return [name for name, iri in islice(found.items(), MOST_NAMES) if not site().store.contains(iri)]


def as_rows(turtle: bytes) -> bytes:
    """The first statements of a graph as SPARQL JSON, in the order in which they came."""
    quads = islice(parse(turtle, format=RdfFormat.TURTLE), LARGEST_TABLE + 1)
    rows = [dict(zip(STATEMENT, map(as_json, quad.triple), strict=True)) for quad in quads]
    return json.dumps({"head": {"vars": STATEMENT}, "results": {"bindings": rows}}).encode()


def as_json(term: Any) -> dict[str, str]:
    """A term as SPARQL JSON has it (section 3.2.2 of that standard)."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if not isinstance(term, Literal):
        return {"type": "literal", "value": str(term)}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def form(
    asked: QueryRequest,
    error: PublisherError | None = None,
    result: Result | None = None,
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
        advice=of_error(type(error)) if error else None,
        result=result,
        downloads=downloads,
        formats=(*OF_FORM["SELECT"], *OF_FORM["CONSTRUCT"]),
        questions=[(query, site().say(query.summary, reader_language())) for query in site().queries.values()],
        prefixes=site().prefixes | {name: iri for name, iri in WELL_KNOWN.items() if name not in site().prefixes},
        example_query=first_query(),
        longest_address=LONGEST_ADDRESS,
        largest_table=LARGEST_TABLE,
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
