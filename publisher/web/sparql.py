"""The SPARQL endpoint: the SPARQL 1.1 Protocol's query operation, a page with a form, a service description.

Which of the three a request gets depends on whether it brings a query and on what it accepts.
"""

import json
from typing import Any

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode, Triple

from ..describe.resource import serialize
from ..errors import PublisherError, RequestError
from ..formats import GRAPH, HTML, JSON, RESULT, TURTLE, Format
from ..store.guard import inspect
from .answers import CURRENT, NEVER, choose_format, reader_language, send, send_page
from .negotiation import find_format, negotiate
from .problem import wants_page
from .query_request import QueryRequest, read_query_request
from .site import Link, Text, site
from .vocabulary import SD, SEE_ALSO, TYPE

LARGEST_PAGE = 4 * 2**20  # bytes of a result that a page is made from
LARGEST_TABLE = 1000  # rows; a page of more helps nobody, and says that it stops
VARY = ("Accept", "Accept-Language")
W3C_FORMATS = "http://www.w3.org/ns/formats/"

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answer a query; without one, a page to write it for people and the service description for programs."""
    try:
        asked = read_query_request(
            request.method,
            request.environ.get("QUERY_STRING", ""),
            request.headers.get("Content-Type", ""),
            request.get_data() if request.method == "POST" else b"",
            max_query_bytes=site().config.max_query_bytes,
        )
    except PublisherError as error:
        return form(QueryRequest(None), error) if wants_page() else refuse(error)
    if not asked.query and request.method == "GET":
        return describe_service()
    try:
        return answer(asked)
    except PublisherError as error:
        return form(asked, error) if wants_page() and asked.format in (None, "html") else refuse(error)


def refuse(error: PublisherError) -> Response:
    raise error


def answer(asked: QueryRequest) -> Response:
    """The result in the format that is asked for: a page, or one of the standard's."""
    if not asked.query:
        raise RequestError("the request brings no query", parameter="query")
    inspection = inspect(asked.query)
    is_result = inspection.form in ("SELECT", "ASK")
    offered = (*(RESULT if is_result else GRAPH), HTML)
    accept = request.headers.get("Accept", "")
    format = find_format(asked.format, offered) if asked.format else negotiate(accept, offered)
    if format is HTML:
        content = run(asked, JSON if is_result else TURTLE, max_bytes=LARGEST_PAGE)
        cache = CURRENT if inspection.cacheable else NEVER
        return form(asked, result=read_result(content, is_result), cache=cache)
    content_type = content_type_of(format, inspection.form)
    return send(run(asked, format), content_type, cache=CURRENT if inspection.cacheable else NEVER, vary=("Accept",))


def run(asked: QueryRequest, format: Format, max_bytes: int | None = None) -> bytes:
    """The bytes of the result. The protocol's graphs replace those of the query's FROM clauses (section 2.1.4)."""
    graphs: dict[str, Any] = {}
    if asked.has_dataset:
        graphs = {"default_graphs": asked.default_graphs, "named_graphs": asked.named_graphs}
    client = request.environ.get("publisher.client", "")
    return site().workers.answer(asked.query or "", format, max_bytes=max_bytes, client=client, **graphs)


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
    return {"columns": columns, "rows": rows, "total": len(bindings)}


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
    asked: QueryRequest, error: PublisherError | None = None, result: dict[str, Any] | None = None, cache: str = CURRENT
) -> Response:
    """The page with the form, with what went wrong or came out."""
    return send_page(
        "sparql.html",
        status=error.status if error else 200,
        cache=NEVER if error else cache,
        headers=error.headers if error else {},
        asked=asked,
        error=error,
        result=result,
        formats=(*RESULT, *GRAPH),
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


def describe_service() -> Response:
    """The form for people; RDF about the endpoint for programs (SPARQL 1.1 Service Description)."""
    format = choose_format((HTML, *GRAPH))
    if format is HTML:
        return form(QueryRequest(None, language=reader_language()))
    return send(serialize(service_triples(), format, site().prefixes | {"sd": SD}), format.content_type, vary=VARY)


def service_triples() -> list[Triple]:
    """What this endpoint is and can do; its default graph is the union of the named ones but the shapes."""
    address = site().address("sparql")
    service, dataset, default = (NamedNode(address + part) for part in ("", "#dataset", "#default-graph"))

    def sd(name: str) -> NamedNode:
        return NamedNode(SD + name)

    triples = [
        Triple(service, TYPE, sd("Service")),
        Triple(service, sd("endpoint"), service),
        Triple(service, sd("supportedLanguage"), sd("SPARQL11Query")),
        Triple(service, sd("defaultDataset"), dataset),
        Triple(dataset, TYPE, sd("Dataset")),
        Triple(dataset, sd("defaultGraph"), default),
        Triple(default, TYPE, sd("Graph")),
    ]
    names = {"JSON-LD": "JSON-LD", "SPARQL JSON": "SPARQL_Results_JSON", "SPARQL XML": "SPARQL_Results_XML",
             "CSV": "SPARQL_Results_CSV", "TSV": "SPARQL_Results_TSV", "RDF/XML": "RDF_XML"}  # fmt: skip
    for format in (*RESULT, *GRAPH):
        iri = NamedNode(W3C_FORMATS + names.get(format.name, format.name))
        triples.append(Triple(service, sd("resultFormat"), iri))
    for graph in site().snapshot.manifest["derived"]:
        triples.append(Triple(service, SEE_ALSO, NamedNode(graph["iri"])))
    for graph in (*site().snapshot.manifest["graphs"], *site().snapshot.manifest["derived"]):
        named = NamedNode(f"{address}#graph-{graph['iri'].removeprefix(site().base_iri).replace('/', '-')}")
        triples += [
            Triple(dataset, sd("namedGraph"), named),
            Triple(named, TYPE, sd("NamedGraph")),
            Triple(named, sd("name"), NamedNode(graph["iri"])),
        ]
    return triples
