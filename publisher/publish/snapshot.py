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
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat
from pyoxigraph import Store as Engine

from .. import __version__
from ..config import Config
from ..content.dataset import Content
from ..describe.jsonld import JsonLd
from ..describe.labels import Labels
from ..describe.resource import Fragments
from ..errors import SnapshotMissing
from ..store.store import Store
from .dumps import write_dumps

CURRENT = "current"
STALE = "stale"
_DATED = (
    NamedNode("http://purl.org/dc/terms/modified"),
    NamedNode("http://www.w3.org/ns/prov#generatedAtTime"),
)
_PREFIX = re.compile(r"^\s*(?:@prefix|PREFIX)\s+([A-Za-z][\w.-]*)?:\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Snapshot:
    """An opened build: everything the web process answers from. Nothing in it changes.

    manifest  version, date, base_iri, program, triples, graphs, dumps, prefixes, context (its SHA-256)
    """

    directory: Path
    manifest: dict[str, Any]
    store: Store
    context: dict[str, Any]
    frames: dict[str, dict[str, Any]]

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

    def jsonld(self, location: str) -> JsonLd:
        """The writer of JSON-LD documents for the server at *location*."""
        return JsonLd(self.context, self.frames, f"{location}context/{self.manifest['context'][:8]}.jsonld")


def build(content: Content, engine: Engine, config: Config, progress: Progress = lambda _: None) -> Path:
    """Write the build of *content* and make it current.

    engine   the loaded store of *content* (``Content.load``), free of errors by validation
    returns  the folder of the build
    """
    target = config.build / content.version
    config.build.mkdir(parents=True, exist_ok=True)
    if not (target / "manifest.json").exists():
        workplace = Path(tempfile.mkdtemp(prefix=".new-", dir=config.build))
        try:
            _write(workplace, content, engine, config, progress)
            shutil.rmtree(target, ignore_errors=True)
            workplace.rename(target)
        finally:
            shutil.rmtree(workplace, ignore_errors=True)
    make_current(config, target)
    _prune(config)
    return target


def open_current(config: Config) -> Snapshot:
    """Open the build that ``build/current`` links to.

    raises   SnapshotMissing, when there is none or its manifest cannot be read
    """
    try:
        directory = (config.build / CURRENT).resolve(strict=True)
        return open_build(directory)
    except (OSError, ValueError, KeyError) as error:
        raise SnapshotMissing("there is no good build yet: run `python -m publisher build`") from error


def open_build(directory: Path) -> Snapshot:
    """Open the build in *directory*. Raises OSError or ValueError, when it is damaged."""
    manifest = json.loads((directory / "manifest.json").read_bytes())
    context = json.loads((directory / "context.jsonld").read_bytes())
    frames = {path.stem: json.loads(path.read_bytes()) for path in sorted((directory / "frames").glob("*.jsonld"))}
    return Snapshot(directory, manifest, Store.open(directory, manifest["base_iri"]), context, frames)


def current_version(config: Config) -> str | None:
    """The version that ``build/current`` links to; None without a complete build."""
    link = config.build / CURRENT
    return link.resolve().name if (link / "manifest.json").exists() else None


def make_current(config: Config, target: Path) -> None:
    """Point ``build/current`` at *target* in one step, and take back the mark of a stale build."""
    link = config.build / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(config.build / CURRENT)
    (config.build / STALE).unlink(missing_ok=True)


def is_stale(config: Config) -> bool:
    """Is an older build served because the newest content is not valid?"""
    return (config.build / STALE).exists()


def _write(directory: Path, content: Content, engine: Engine, config: Config, progress: Progress) -> None:
    context = content.context or {"@context": {}}
    prefixes = dict(_prefixes(content))
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
        "graphs": [
            {"iri": file.graph, "file": file.name, "triples": sum(1 for _ in store.graph(file.graph))}
            for file in content.rdf_files
        ],
        "dumps": [
            {"file": dump.file, "suffix": dump.suffix, "bytes": dump.bytes, "sha256": dump.sha256} for dump in dumps
        ],
        "prefixes": prefixes,
        "context": hashlib.sha256(context_bytes).hexdigest(),
    }
    (directory / "manifest.json").write_bytes(_json(manifest))


def _write_store(directory: Path) -> None:
    """The store on disk, for data larger than each worker should hold in memory."""
    engine = Engine(str(directory / "store"))
    engine.bulk_load(path=str(directory / "union.nt"), format=RdfFormat.N_TRIPLES)
    engine.bulk_load(path=str(directory / "quads.nq"), format=RdfFormat.N_QUADS)
    engine.optimize()
    engine.flush()


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


def _prefixes(content: Content) -> Iterator[tuple[str, str]]:
    """The prefixes that the content's Turtle files declare, absolute; the first file to use a name decides."""
    found: dict[str, str] = {}
    for path in content.files.values():
        if path.suffix in (".ttl", ".trig"):
            for match in _PREFIX.finditer(path.read_text(encoding="utf-8", errors="replace")):
                namespace = match[2] if ":" in match[2] else content.base_iri + match[2]
                found.setdefault(match[1] or "", namespace)
    yield from sorted(item for item in found.items() if item[0])


def _name(base_iri: str) -> str:
    """What the dumps are called: the last word of the base IRI's path, ``dataset`` without one."""
    words = re.findall(r"[A-Za-z0-9-]+", base_iri.partition("://")[2].partition("/")[2])
    return words[-1].lower() if words else "dataset"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _prune(config: Config) -> None:
    """Delete the oldest builds beyond ``keep_builds``, never the current one, and what broken builds left."""
    current = current_version(config)
    builds = [path for path in config.build.iterdir() if (path / "manifest.json").exists() and not path.is_symlink()]
    builds.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    others = [path for path in builds if path.name != current]
    for path in others[config.keep_builds - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
