"""A snapshot: one immutable build of the content, made in a folder of its own and served from there.

``build/<version>/`` holds the statements (``quads.nq`` and ``union.nt``, or ``store/`` when there are many), the
JSON-LD context and frames, and ``manifest.json``. ``build/current`` is a link to the one that is served; it moves
only once all that answers need is there. The dumps follow.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat

from .. import __version__
from ..config import Config
from ..content.dataset import Content
from ..content.dataset import json_bytes as _json
from ..content.files import RdfFile
from ..content.queries import NamedQuery, from_json
from ..content.query_files import read_query
from ..describe.examples import query_examples
from ..describe.facets import Facets
from ..describe.index import Index, write_index
from ..describe.jsonld import JsonLd
from ..describe.labels import Labels
from ..describe.search import Search
from ..errors import SnapshotMissing
from ..store.store import Store, add_derived, count, described_graphs, name_of
from .builds import DAMAGED, INDEX, UNFINISHED, alone, current_build, hold, make_current, put, read_manifest, remove
from .checksums import damage, write_checksums
from .derived import read_graph, write_derived
from .described import describe_build, write_described
from .distributions import Distributions, begin, read_distributions
from .forked import Forked
from .fresh import in_new_process
from .lines import quad_lines, write_lines
from .loading import Loaded, load, published

QUERIES = ("api", "elsewhere")  # folders of queries that are offered
PAGES = "pages"  # folder of those whose answers are parts of pages
_DATED = (
    NamedNode("http://purl.org/dc/terms/modified"),
    NamedNode("http://www.w3.org/ns/prov#generatedAtTime"),
)
_PREFIX = re.compile(r"^\s*(?:@prefix|PREFIX)\s+([A-Za-z][\w.-]*)?:\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_XML_PREFIX = re.compile(r"""\bxmlns:([A-Za-z][\w.-]*)\s*=\s*["']([^"'&]*)["']""")
_PREFIXES = {RdfFormat.TURTLE: _PREFIX, RdfFormat.TRIG: _PREFIX, RdfFormat.RDF_XML: _XML_PREFIX}
_NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]*")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Snapshot:
    """An opened build: everything the web process answers from. Nothing in it changes.

    manifest  version, date, base_iri, program, triples, graphs, derived, prefixes, context (its
              SHA-256)
    opened    when, on the clock that is never set (``time.monotonic``)
    """

    directory: Path
    manifest: dict[str, Any]
    store: Store
    index: Index
    context: dict[str, Any]
    frames: dict[str, dict[str, Any]]
    opened: float = field(default_factory=time.monotonic)

    @property
    def version(self) -> str:
        """The content's version: SHA-256 in hex."""
        return str(self.manifest["version"])

    @property
    def date(self) -> datetime:
        """When the content was last changed, by its own statements."""
        return datetime.fromisoformat(self.manifest["date"])

    @property
    def base_iri(self) -> str:
        return str(self.manifest["base_iri"])

    @property
    def prefixes(self) -> dict[str, str]:
        """The content's prefixes, absolute: name -> namespace."""
        return dict(self.manifest["prefixes"])

    @property
    def dumps(self) -> Distributions:
        """The files of the whole data, as many as there are by now: they follow after the build is served."""
        return read_distributions(self.directory)

    @cached_property
    def labels(self) -> Labels:
        return Labels(self.index.names)

    @cached_property
    def search(self) -> Search:
        """What finds names by how they are spelt."""
        return Search.open(self.directory / INDEX)

    @cached_property
    def facets(self) -> Facets:
        """By which properties the resources of each class may be chosen."""
        return Facets.open(self.directory / INDEX)

    @cached_property
    def queries(self) -> dict[str, tuple[NamedQuery, ...]]:
        """The content's queries: ``api`` to be asked here, ``elsewhere`` for other endpoints, ``pages`` shown on pages.

        The first two are sorted by name, the last by their place on a page.
        """
        told = json.loads((self.directory / "queries.json").read_bytes())
        return {folder: tuple(from_json(query) for query in told.get(folder, ())) for folder in (*QUERIES, PAGES)}

    @property
    def derived_graphs(self) -> list[dict[str, Any]]:
        """The derived graphs that there are by now: name, iri, triples, file. Some are written again later."""
        return [*self.manifest["derived"], *described_graphs(self.directory)]

    def derived(self, iri: str) -> list[Quad]:
        """The statements of the derived graph *iri*, as they were computed; none when it is no derived graph."""
        graphs = (graph for graph in self.derived_graphs if graph["iri"] == iri)
        return [quad for graph in graphs for quad in read_graph(self.directory, graph)]

    def is_derived(self, iri: str) -> bool:
        return any(graph["iri"] == iri for graph in self.derived_graphs)

    def jsonld(self, location: str) -> JsonLd:
        """The writer of JSON-LD documents for the server at *location*."""
        return JsonLd(self.context, self.frames, f"{location}context/{self.manifest['context'][:8]}.jsonld")


def _parses(loaded: Loaded) -> bool:
    return loaded.parses


def build(
    content: Content,
    config: Config,
    progress: Progress = lambda _: None,
    approve: Callable[[Loaded], bool] = _parses,
) -> Path | None:
    """Write the build of *content* and make it current.

    approve  says whether the content is fit to be published; asked while another process writes
    returns  the folder of the build; None when it was not approved, and nothing has changed
    """
    target = config.build / content.version
    with alone(config.build):
        if damage(target):
            workplace = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=config.build))
            try:
                if not _fill(workplace, content, config, progress, approve):
                    return None
                put(workplace, target)
            finally:
                remove(workplace)
        make_current(config, target)
    return target


def _fill(
    workplace: Path, content: Content, config: Config, progress: Progress, approve: Callable[[Loaded], bool]
) -> bool:
    """Write all of a build into *workplace*, unless *approve* finds it unfit."""
    loaded = load(content, config, workplace)
    if not loaded.parses:
        approve(loaded)  # says what is wrong
        return False
    writing = Forked(lambda: _write(workplace, content, loaded, config, progress))
    try:
        if loaded.store and loaded.statements <= config.validate_max_triples:  # a store is written, and then read
            Forked.ended([writing])
        good = approve(loaded)
        if good:
            writing.result()
            if loaded.store:  # only now: approved is what the content says, not what is computed of it
                in_new_process(partial(add_derived, workplace))
            write_checksums(workplace)
        return good
    finally:
        writing.cancel()


def open_current(config: Config, directory: Path | None = None) -> Snapshot:
    """Open the build that ``build/current`` links to, or that it linked to when ``current_build`` was asked.

    raises   SnapshotMissing, when there is none or it is damaged
    """
    directory = directory or current_build(config)
    try:
        return open_build(directory)
    except (OSError, ValueError, KeyError, TypeError, SyntaxError) as error:
        raise SnapshotMissing(DAMAGED.format(directory.name[:12])) from error


def open_build(directory: Path) -> Snapshot:
    """Open the build in *directory*, which is not pruned while the snapshot is in use.

    raises   OSError, ValueError, KeyError, TypeError or SyntaxError, when it is damaged
    """
    held = hold(directory)
    try:
        manifest = read_manifest(directory)
        context = json.loads((directory / "context.jsonld").read_bytes())
        frames = {path.stem: json.loads(path.read_bytes()) for path in sorted((directory / "frames").glob("*.jsonld"))}
        store, index = Store.open(directory, manifest["base_iri"]), Index.open(directory / INDEX)
        snapshot = Snapshot(directory, manifest, store, index, context, frames)
    except BaseException:
        os.close(held)
        raise
    weakref.finalize(snapshot, os.close, held)
    return snapshot


def _write(directory: Path, content: Content, loaded: Loaded, config: Config, progress: Progress) -> None:
    """All that answers need; of content that is loaded on disk, ``store/`` is there."""
    context = _json(content.context or {"@context": {}})
    (directory / "context.jsonld").write_bytes(context)
    (directory / "frames").mkdir()
    for name, frame in content.frames.items():
        (directory / "frames" / f"{name}.jsonld").write_bytes(_json(frame))
    prefixes = dict(declared_prefixes(content))
    derived = _write_queries(directory, content, config, prefixes)
    if loaded.store:
        store, indexing = _complete(directory, content, prefixes, progress)
    else:
        store = Store(loaded.engine, content.base_iri)
        write_lines(directory, quad_lines(store), outside=content.shapes_graph)
        write_index(store, directory / INDEX, prefixes)
    manifest = {
        "version": content.version,
        "date": _date(store).isoformat(),
        "base_iri": content.base_iri,
        "program": __version__,
        "triples": count(store.engine),
        "graphs": list(_graphs(store, content, {graph["iri"] for graph in derived})),
        "derived": derived,
        "prefixes": prefixes,
        "context": hashlib.sha256(context).hexdigest(),
    }
    (directory / "manifest.json").write_bytes(_json(manifest))
    if loaded.store:
        indexing.result()
    begin(directory)
    write_described(directory, describe_build(directory, config.location, store=store, quickly=True))


def _write_queries(directory: Path, content: Content, config: Config, prefixes: dict[str, str]) -> list[dict[str, Any]]:
    """The named queries, and the derived graph of them. Returns what the manifest says of it."""
    queries = {
        folder: [read_query(path, content.base_iri) for path in content.query_files(folder)] for folder in QUERIES
    }
    told = {folder: [query.as_json() for query in found] for folder, found in queries.items()}
    pages = (read_query(path, content.base_iri) for path in content.query_files(PAGES))
    told[PAGES] = [query.as_json() for query in sorted(pages, key=lambda query: (query.order, query.name))]
    (directory / "queries.json").write_bytes(_json(told))
    named = (query for found in queries.values() for query in found)
    examples = query_examples(named, f"{content.base_iri}queries", config.location, prefixes)
    return write_derived(directory, content.base_iri, {"queries": examples})


def _complete(
    directory: Path, content: Content, prefixes: dict[str, str], progress: Progress
) -> tuple[Store, Forked[None]]:
    """Open the store on disk, and begin to write its index."""
    progress("writing the index of names")

    def index() -> None:
        write_index(Store.open(directory, content.base_iri), directory / INDEX, prefixes, published(content))

    indexing = Forked(index)
    return Store.open(directory, content.base_iri), indexing


def _graphs(store: Store, content: Content, derived: set[str]) -> Iterator[dict[str, Any]]:
    """The named graphs with the file that each is made of; "" for those that files of quads name."""
    files = {file.graph: file.name for file in content.rdf_files}
    for name in sorted({name_of(graph) for graph in store.engine.named_graphs()} - derived):
        yield {"iri": name, "file": files.get(name, ""), "triples": count(store.engine, name)}


def _date(store: Store) -> datetime:
    """The latest date the content gives itself; the time of this build when it gives none."""
    stated = (
        quad.object.value
        for predicate in _DATED
        for quad in store.engine.quads_for_pattern(None, predicate, None, DefaultGraph())
        if isinstance(quad.object, Literal)
    )
    dates = list(_dates(stated))
    return max(dates) if dates else datetime.now(UTC).replace(microsecond=0)


def _dates(values: Iterator[str]) -> Iterator[datetime]:
    for value in values:
        with contextlib.suppress(ValueError):
            date = datetime.fromisoformat(value)
            yield date if date.tzinfo else date.replace(tzinfo=UTC)


def declared_prefixes(content: Content) -> Iterator[tuple[str, str]]:
    """The prefixes that Turtle and RDF/XML files declare, absolute; the first file to use a name decides."""
    found: dict[str, str] = {}
    for file in content.rdf_files:
        for name, namespace in _declared(file):
            namespace = namespace if ":" in namespace else content.base_iri + namespace
            if name and _NAMESPACE.fullmatch(namespace):
                found.setdefault(name, namespace)
    yield from sorted(found.items())


def _declared(file: RdfFile) -> Iterator[tuple[str, str]]:
    pattern = _PREFIXES.get(file.format)
    if pattern:
        for block in file.blocks():
            yield from pattern.findall(block.decode("utf-8", errors="replace"))
