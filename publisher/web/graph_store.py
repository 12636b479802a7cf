"""The graph store: any graph of the data as a document, by its name.

The reading half of the SPARQL 1.1 Graph Store HTTP Protocol (sections 4.2 and 5.2, indirect identification);
direct identification is the address of the graph itself. The default graph comes from the dumps. A named graph
is written for the request, a large one line by line from the file of all statements, so that memory stays flat.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from ..errors import NotAcceptable, NotFound, ReadOnly, RequestError
from ..formats import DATASET, GRAPH, NQUADS, NTRIPLES, TRIG, TURTLE, Format
from ..publish.checksums import DUMP
from . import conditions
from .answers import CURRENT, NEVER, choose_format, parameters, saved_as, send
from .files import PIECE, find_dump, send_file
from .query_request import check_iri
from .resources import LARGEST_GRAPH, Document, named_graph, write
from .site import site

FORMATS = (*GRAPH, *DATASET)
BY_LINES = (NTRIPLES, TURTLE, TRIG, NQUADS)  # a line is a statement; in the graph's block of TriG too
SAID_BY = {TRIG: TURTLE, NQUADS: NTRIPLES}  # of a graph without a name, these say what those do
ALLOWED = "GET, HEAD, OPTIONS"
VARY = ("Accept",)

blueprint = Blueprint("graph_store", __name__)


@blueprint.get("/rdf-graph-store")
def read_graph() -> Response:
    """The graph that ``?default`` or ``?graph=<IRI>`` names, as this request wants it."""
    iri = asked_graph()
    sizes = site().graph_sizes
    if iri and iri not in sizes:
        raise NotFound(f"there is no graph <{iri}> here; a query for GRAPH ?g {{}} lists them", graph=iri)
    if not iri:
        return default_graph()
    if sizes[iri] > LARGEST_GRAPH:
        return large_graph(iri)
    format = choose_format(FORMATS)
    content = write(Document(iri), None, named_graph(iri), format)
    return send(content, format.content_type, vary=VARY, headers=saved_as(name(iri), format))


@blueprint.route("/rdf-graph-store", methods=["PUT", "POST", "DELETE", "PATCH"], provide_automatic_options=False)
def write_graph() -> Response:
    """What the protocol's other half asks for."""
    raise ReadOnly(
        f"{request.method} is refused: graphs are made from files and read here with GET", headers={"Allow": ALLOWED}
    )


def asked_graph() -> str | None:
    """The IRI of the named graph that is asked for; None for the default graph. Raises RequestError."""
    given = parameters()
    iri, default = given.one("graph"), given.one("default")
    if (iri is None) is (default is None):
        raise RequestError("one of ?default and ?graph=<IRI> is right, to say which graph", parameter="graph")
    if iri is not None:
        check_iri("graph", iri)
    return iri


def default_graph() -> Response:
    """The default graph, from the dump that says it: of those that the client accepts, one that is there by now.

    raises   NotAcceptable, when no wanted one can be made; BeingWritten, when it is not there yet
    """
    dumps, directory = site().dumps, site().snapshot.directory
    offered = [format for format in FORMATS if SAID_BY.get(format, format).suffix not in dumps.left_out]
    format = choose_format(tuple(offered))
    with contextlib.suppress(NotAcceptable):
        format = choose_format(tuple(format for format in offered if dumps.of(SAID_BY.get(format, format))))
    dump = find_dump(SAID_BY.get(format, format), directory)
    response = send_file(directory / DUMP / dump.file, f'"{dump.sha256[:32]}-{format.suffix}"', format)
    return shared(response, saved_as("default-graph", format))


def large_graph(iri: str) -> Response:
    """A named graph of any size, in a format of which every statement is a line. Raises NotAcceptable for others."""
    format = choose_format(BY_LINES)
    snapshot = site().snapshot
    told = f"{snapshot.version} {iri} {format.suffix}"
    etag = f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
    status = conditions.status(etag, request.environ)
    if status == 412:
        return send(conditions.REFUSAL, conditions.REFUSAL_TYPE, status=412, cache=NEVER)
    headers = {"ETag": etag, "Accept-Ranges": "none"}
    if status == 304:
        return shared(Response(status=304, headers=headers), {})
    file = source(iri).open("rb")
    response = Response(lines_of(file, iri, format), headers=headers, content_type=format.content_type)
    response.call_on_close(file.close)
    return shared(response, saved_as(name(iri), format))


def source(iri: str) -> Path:
    """The file of the build with the statements of the named graph *iri*. Raises BeingWritten."""
    snapshot = site().snapshot
    derived = next((graph["file"] for graph in site().derived_graphs if graph["iri"] == iri), None)
    if derived:
        return snapshot.directory / str(derived)
    return snapshot.directory / DUMP / find_dump(NQUADS, snapshot.directory).file


def lines_of(file: BinaryIO, iri: str, format: Format) -> Iterator[bytes]:
    """The statements of the graph *iri* among the sorted N-Quads lines of *file*, in one of BY_LINES."""
    graph = str(NamedNode(iri)).encode()
    end = b" " + graph + b" .\n"
    written = end if format is NQUADS else b" .\n"
    if format is TRIG:
        yield graph + b" {\n"
    while lines := file.read(PIECE):
        lines += file.readline()
        found = lines.count(end)  # a line end is nowhere but at the end of a line
        if found and found < lines.count(b"\n"):
            lines = b"".join(line for line in BytesIO(lines) if line.endswith(end))
        if found:
            yield lines.replace(end, written)
    if format is TRIG:
        yield b"}\n"


def shared(response: Response, headers: dict[str, str]) -> Response:
    """*response*, which is sent as a file, with the headers that every graph has."""
    if response.status_code != 412:
        response.headers["Cache-Control"] = CURRENT
    response.vary.update(VARY)
    response.headers.extend(headers)
    return response


def name(iri: str) -> str:
    """What a file with the graph *iri* is called: the last word of its name."""
    return iri.rstrip("/#").rpartition("/")[2]
