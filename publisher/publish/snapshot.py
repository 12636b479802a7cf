"""A snapshot: one immutable build of the content, made in a folder of its own and served from there.

``build/<version>/`` holds the statements (``quads.nq``, ``union.nt``), the dumps, the JSON-LD context and
frames, and ``manifest.json``. ``build/current`` is a link to the one that is served; it moves only once a
build is complete.
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
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat
from pyoxigraph import Store as Engine

from .. import __version__
from ..config import Config
from ..content.dataset import Content
from ..content.dataset import json_bytes as _json
from ..content.queries import NamedQuery, from_json
from ..content.query_files import read_query
from ..describe.examples import query_examples
from ..describe.jsonld import JsonLd
from ..describe.labels import Labels
from ..describe.resource import Fragments
from ..errors import SnapshotMissing
from ..store.store import Store, load_build, name_of
from .builds import DAMAGED, UNFINISHED, alone, current_build, hold, make_current, put, read_manifest, remove
from .checksums import damage, write_checksums
from .derived import read_derived, write_derived
from .dumps import write_dumps
from .forked import Forked

QUERIES = ("api", "elsewhere")  # folders of queries that are shown
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

    manifest  version, date, base_iri, program, triples, graphs, derived, dumps, prefixes, context (its
              SHA-256)
    opened    when, on the clock that is never set (``time.monotonic``)
    """

    directory: Path
    manifest: dict[str, Any]
    store: Store
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

    @cached_property
    def labels(self) -> Labels:
        return Labels(self.store)

    @cached_property
    def fragments(self) -> Fragments:
        return Fragments(self.store)

    @cached_property
    def queries(self) -> dict[str, tuple[NamedQuery, ...]]:
        """The content's named queries, sorted by name: ``api`` to be asked here, ``elsewhere`` for other endpoints."""
        told = json.loads((self.directory / "queries.json").read_bytes())
        return {folder: tuple(from_json(query) for query in queries) for folder, queries in told.items()}

    def derived(self, iri: str) -> list[Quad]:
        """The statements of the derived graph *iri*, as they were computed; none when it is no derived graph."""
        names = (graph["name"] for graph in self.manifest["derived"] if graph["iri"] == iri)
        return [quad for name in names for quad in read_derived(self.directory, name)]

    def is_derived(self, iri: str) -> bool:
        return any(graph["iri"] == iri for graph in self.manifest["derived"])

    def jsonld(self, location: str) -> JsonLd:
        """The writer of JSON-LD documents for the server at *location*."""
        return JsonLd(self.context, self.frames, f"{location}context/{self.manifest['context'][:8]}.jsonld")


def build(
    content: Content,
    engine: Engine,
    config: Config,
    progress: Progress = lambda _: None,
    approve: Callable[[], bool] = lambda: True,
) -> Path | None:
    """Write the build of *content* and make it current.

    engine   the loaded store of *content* (``Content.load``)
    approve  says whether the content is fit to be published; asked while another process writes
    returns  the folder of the build; None when it was not approved, and nothing has changed
    """
    target = config.build / content.version
    with alone(config.build):
        if damage(target):
            workplace = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=config.build))
            writing = Forked(lambda: _write(workplace, content, engine, config, progress))
            try:
                if not approve():
                    return None
                writing.result()
                put(workplace, target)
            finally:
                writing.cancel()
                remove(workplace)
        make_current(config, target)
    return target


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
        snapshot = Snapshot(directory, manifest, Store.open(directory, manifest["base_iri"]), context, frames)
    except BaseException:
        os.close(held)
        raise
    weakref.finalize(snapshot, os.close, held)
    return snapshot


def _write(directory: Path, content: Content, engine: Engine, config: Config, progress: Progress) -> None:
    context = content.context or {"@context": {}}
    prefixes = dict(declared_prefixes(content))
    context_bytes = _json(context)
    (directory / "context.jsonld").write_bytes(context_bytes)
    (directory / "frames").mkdir()
    for name, frame in content.frames.items():
        (directory / "frames" / f"{name}.jsonld").write_bytes(_json(frame))
    store = Store(engine, content.base_iri)
    progress("writing the dumps")
    name = _name(content.base_iri)
    dumps = write_dumps(
        store, directory / "dump", name=name, prefixes=prefixes, context=content.context, progress=progress
    )
    by_suffix = {dump.suffix: directory / "dump" / dump.file for dump in dumps}
    os.link(by_suffix["nq"], directory / "quads.nq")
    os.link(by_suffix["nt"], directory / "union.nt")
    queries = {
        folder: [read_query(path, content.base_iri) for path in content.query_files(folder)] for folder in QUERIES
    }
    told = {folder: [query.as_json() for query in found] for folder, found in queries.items()}
    (directory / "queries.json").write_bytes(_json(told))
    examples = query_examples(
        (query for found in queries.values() for query in found),
        f"{content.base_iri}queries",
        config.location,
        prefixes,
    )
    derived = write_derived(directory, content.base_iri, {"queries": examples})
    triples = sum(1 for _ in store.triples())
    if triples > config.memory_store_max_triples:
        progress("writing the store")
        _write_store(directory)
    manifest = {
        "version": content.version,
        "date": _date(store).isoformat(),
        "base_iri": content.base_iri,
        "program": __version__,
        "triples": triples,
        "graphs": list(_graphs(store, content)),
        "derived": derived,
        "dumps": [
            {"file": dump.file, "suffix": dump.suffix, "bytes": dump.bytes, "sha256": dump.sha256} for dump in dumps
        ],
        "prefixes": prefixes,
        "context": hashlib.sha256(context_bytes).hexdigest(),
    }
    (directory / "manifest.json").write_bytes(_json(manifest))
    write_checksums(directory)


def _write_store(directory: Path) -> None:
    """The store on disk, for data larger than each worker should hold in memory."""
    engine = Engine(str(directory / "store"))
    load_build(engine, directory)
    engine.optimize()
    engine.flush()


def _graphs(store: Store, content: Content) -> Iterator[dict[str, Any]]:
    """The named graphs with the file that each is made of; "" for those that files of quads name."""
    files = {file.graph: file.name for file in content.rdf_files}
    for name in sorted(name_of(graph) for graph in store.engine.named_graphs()):
        yield {"iri": name, "file": files.get(name, ""), "triples": sum(1 for _ in store.graph(name))}


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
        pattern = _PREFIXES.get(file.format)
        for match in pattern.finditer(file.text()) if pattern else ():
            namespace = match[2] if ":" in match[2] else content.base_iri + match[2]
            if match[1] and _NAMESPACE.fullmatch(namespace):
                found.setdefault(match[1], namespace)
    yield from sorted(found.items())


def _name(base_iri: str) -> str:
    """What the dumps are called: the last word of the base IRI's path, ``dataset`` without one."""
    words = re.findall(r"[A-Za-z0-9-]+", base_iri.partition("://")[2].partition("/")[2])
    return words[-1].lower() if words else "dataset"
