"""What is published, as the catalogue lists it: parts of the data that are worth having alone, and their files.

The parts are the whole graph, each named graph, and the result of each named query that needs no parameter. Each has
an IRI for ever, and a *slug*, its name in addresses. Nothing here reads the data: what there is comes from the
build's manifest.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from ..content.queries import NamedQuery
from ..formats import CSV, JSON, JSONLD, NTRIPLES, RDFXML, TURTLE, Format
from ..store.store import Store
from .labels import sort_key

MOST_GRAPHS = 1000  # named graphs that quads name; where there are more, none is a part of its own
LARGEST_GRAPH = 100_000  # statements; a larger graph is sent line by line, in formats that allow it
GRAPH_FORMATS, LARGE_GRAPH_FORMATS = (TURTLE, JSONLD, NTRIPLES, RDFXML), (TURTLE, NTRIPLES)
SHAPES = "shapes"
DERIVED = frozenset({"catalog", "quality", "queries", "void"})  # graphs that a build computes
TAKEN = frozenset({"quality", "sparql-endpoint", "query-api", "reconciliation"})  # names that no data set may have
_DOCUMENT = re.compile(r"(dataset|ns|scheme|shapes)(/[A-Za-z0-9_~.-]+)*")  # paths that are addresses of a graph too


@dataclass(frozen=True)
class Measured:
    """What a file was found to be, when it was asked for: size in bytes, SHA-256 in hex, media type."""

    bytes: int
    sha256: str
    media_type: str = ""


@dataclass(frozen=True)
class File:
    """One form in which a part can be had.

    suffix    the last word of its name in the catalogue
    address   where it is, in full
    service   address of the service that gives access to it, "" for a plain file
    """

    suffix: str
    format: Format
    address: str
    service: str = ""


@dataclass(frozen=True)
class Part:
    """A part of the data.

    kind     whole, graph or query
    slug     its name in addresses: ``members``, ``api-members``
    triples  statements; rows of a query are not known
    file     the content's file that it is made of, "" for none
    """

    kind: str
    iri: str
    slug: str
    files: tuple[File, ...]
    triples: int | None = None
    file: str = ""
    query: NamedQuery | None = None


@dataclass(frozen=True)
class Version:
    """A version of the content: its SHA-256, when it was first served (None: not yet), the date of its content."""

    version: str
    issued: datetime | None
    date: datetime


@dataclass(frozen=True)
class Published:
    """All that a catalogue is made of.

    location   address of the server
    name       of the whole: what its dumps are called
    date       when the content was last changed
    triples    statements of the default graph
    graphs     the named graphs as the manifest tells them: iri, file, triples
    dumps      formats in which the whole graph can be had
    measured   address of a file -> what it was found to be; None for one that cannot be had after all
    classes    names of the classes with most members, in each language that has one
    languages  tags of the languages in which things are named
    versions   that were served before and this one, the oldest first
    """

    store: Store
    base_iri: str
    location: str
    name: str
    version: str
    date: datetime
    triples: int
    graphs: tuple[Mapping[str, Any], ...]
    queries: tuple[NamedQuery, ...] = ()
    dumps: tuple[Format, ...] = ()
    measured: Mapping[str, Measured | None] = field(default_factory=dict)
    classes: tuple[Mapping[str, str], ...] = ()
    languages: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()

    @property
    def catalogue(self) -> str:
        """IRI of the catalogue."""
        return f"{self.base_iri}catalog"


def version_iri(base_iri: str, version: str) -> str:
    """IRI of a version of the content, by its SHA-256."""
    return f"{base_iri}catalog#version-{version[:12]}"


def parts(published: Published) -> list[Part]:
    """What is published, the whole graph first."""
    slugs = _Slugs(published.base_iri)
    named = {graph["iri"] for graph in published.graphs}
    whole = f"{published.base_iri}dataset/{published.name}"
    whole = f"{whole}-all" if whole in named else whole
    found = [Part("whole", whole, slugs.of(whole), tuple(_dumps(published)), published.triples)]
    for graph in sorted(_graphs(published), key=lambda graph: str(graph["iri"])):
        files = tuple(_files(published, graph["iri"], graph["triples"]))
        found.append(Part("graph", graph["iri"], slugs.of(graph["iri"]), files, graph["triples"], graph["file"]))
    for query in sorted(published.queries, key=lambda query: query.name):
        if query.form == "SELECT" and not query.endpoint:
            iri = f"{published.base_iri}api/{query.name}"
            address = f"{published.location}api/{query.name}"
            files = (File("csv", CSV, f"{address}.csv"), File("json", JSON, f"{address}.json"))
            if iri not in named:
                found.append(Part("query", iri, slugs.of(iri), files, query=query))
    return [_without_missing(part, published.measured) for part in found]


def _without_missing(part: Part, measured: Mapping[str, Measured | None]) -> Part:
    files = tuple(file for file in part.files if measured.get(file.address, file) is not None)
    return Part(part.kind, part.iri, part.slug, files, part.triples, part.file, part.query)


def _graphs(published: Published) -> Iterator[Mapping[str, Any]]:
    """The named graphs that are parts: those of files, and those that quads name, unless these are very many.

    What is named as things of the catalogue itself are is none of them.
    """
    by_quads = [graph for graph in published.graphs if not graph["file"]]
    for graph in published.graphs:
        path = graph["iri"].removeprefix(published.base_iri)
        worth_it = graph["triples"] and not path.startswith(("_:", "catalog/", "catalog#")) and path not in DERIVED
        if worth_it and (graph["file"] or len(by_quads) <= MOST_GRAPHS):
            yield graph


def _dumps(published: Published) -> Iterator[File]:
    """The files of the whole graph. Their addresses hold for every version: portals keep them.

    Last comes what SPARQL gives: its protocol for graphs sends the default graph as a file.
    """
    for format in published.dumps:
        name = f"{published.name}.{format.suffix}"
        yield File(format.suffix, format, f"{published.location}dump/latest/{name}")
    address = f"{published.location}rdf-graph-store?default&format={NTRIPLES.suffix}"
    yield File("sparql", NTRIPLES, address, f"{published.location}sparql")


def _files(published: Published, iri: str, triples: int) -> Iterator[File]:
    """The files of a named graph: at its own path, or from the graph store when it has none or is large."""
    path = iri.removeprefix(published.base_iri)
    has_path = path != iri and _DOCUMENT.fullmatch(path) and triples <= LARGEST_GRAPH
    store = f"{published.location}rdf-graph-store?graph={quote(iri, safe='')}&format="
    for format in GRAPH_FORMATS if triples <= LARGEST_GRAPH else LARGE_GRAPH_FORMATS:
        address = f"{published.location}{path}.{format.suffix}" if has_path else store + format.suffix
        yield File(format.suffix, format, address)


class _Slugs:
    """Names in addresses, each given once; an IRI gets the same whatever else is published, unless two would meet."""

    def __init__(self, base_iri: str) -> None:
        self._base_iri = base_iri
        self._given = set(TAKEN)

    def of(self, iri: str) -> str:
        path = iri.removeprefix(self._base_iri)
        words = re.findall(r"[a-z0-9]+", _plain(path.removeprefix("dataset/")))
        slug = "-".join(words)[:60].strip("-")
        if path == iri or slug in self._given or not slug:
            slug = f"{slug}-{hashlib.sha256(iri.encode()).hexdigest()[:8]}".lstrip("-")
        self._given.add(slug)
        return slug


def _plain(iri: str) -> str:
    """*iri* in small letters without accents, and without its scheme."""
    return sort_key(unquote(re.sub(r"^[a-z]+:(//)?(www\.)?", "", iri.lower())))
