"""The distributions of a build: its whole data as files, written while the build is served already.

``dumps.json`` in the folder of the build tells which files of ``dump/`` are there by now, with size and SHA-256, and
which formats were left out, and why. A file is named there once it is complete and on the disk, so whatever is
interrupted is taken up by the next one who asks, and what is named and whole is not written again.
"""

import contextlib
import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..content.dataset import SHAPES
from ..errors import BuildError, NotAcceptable, SnapshotMissing
from ..formats import BY_SUFFIX, JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from ..progress import Progress
from ..store.store import Store
from .builds import read_manifest, remove
from .checksums import DUMP, LINES, TOLD, checksums
from .dumps import DumpFile, write_document
from .forked import Forked, side_by_side
from .lines import write_lines

FORMATS = (NQUADS, NTRIPLES, TURTLE, TRIG, JSONLD, RDFXML)
_AT_ONCE = 2  # formats written at once
_NICE = 19  # so that whoever serves comes first
_UNFINISHED = Path(DUMP, ".new")  # lines that are being sorted, temporary files

Outcome = tuple[str, dict[str, Any] | str]  # suffix, and what is told of the file, or why it was left out


@dataclass(frozen=True)
class Distributions:
    """Which files there are by now, in the order of FORMATS, and which formats cannot say this data: suffix -> why."""

    files: tuple[DumpFile, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[Format]:
        """The formats that are still to be written."""
        return [format for format in FORMATS if self.of(format) is None and format.suffix not in self.left_out]

    @property
    def complete(self) -> bool:
        return not self.missing

    def of(self, format: Format) -> DumpFile | None:
        """The file in *format*, if it is there."""
        return next((file for file in self.files if file.format == format), None)

    def also(self, outcome: Outcome) -> "Distributions":
        """These and what became of one more format."""
        suffix, told = outcome
        if isinstance(told, str):
            return Distributions(self.files, self.left_out | {suffix: told})
        files = sorted((*self.files, _read(told)), key=lambda file: FORMATS.index(file.format))
        return Distributions(tuple(files), self.left_out)


def read_distributions(directory: Path) -> Distributions:
    """What the build in *directory* tells of its dumps; nothing, when that is damaged or not there."""
    try:
        told = json.loads((directory / TOLD).read_bytes())
        return Distributions(tuple(map(_read, told["files"])), dict(told["left_out"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Distributions()


def dump_names(base_iri: str) -> dict[str, Format]:
    """What the files of a content are called, by the last word of its base IRI's path: name -> format.

    >>> list(dump_names("https://data.example.org/Waters/"))[:2]
    ['waters.nq', 'waters.nt']
    """
    return {f"{dump_name(base_iri)}.{format.suffix}": format for format in FORMATS}


def begin(directory: Path) -> None:
    """Name the dumps that the build in *directory* has from the start: its lines, unless its store is on disk."""
    told = Distributions()
    if (directory / LINES[0]).is_file():
        for format in (NQUADS, NTRIPLES):
            told = told.also(_write(directory, read_manifest(directory), format))
    _tell(directory, told)


def write_distributions(directory: Path, progress: Progress = lambda _: None) -> bool:
    """Check the dumps of the build in *directory*, and write those that are missing or damaged.

    One process does so at a time, another one waits. All of it happens in child processes of low priority.

    returns  False, when the build was deleted or replaced meanwhile
    raises   SnapshotMissing, when the build is damaged; BuildError for what the system refuses: the dumps that are
             complete by then stay, the others can be written later
    """
    work = Forked(partial(_complete, directory, progress))
    try:
        return work.result()
    finally:
        work.cancel()


def _complete(directory: Path, progress: Progress) -> bool:
    """Works in the folder itself, wherever its path leads to meanwhile."""
    os.nice(_NICE)
    opened = -1
    try:
        opened = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
        os.fchdir(opened)
        with _alone():
            _write_missing(read_manifest(directory), progress)
    except (OSError, SnapshotMissing) as error:
        if not _is_at(directory, opened):
            return False
        if isinstance(error, SnapshotMissing):
            raise
        raise BuildError(f"the dumps cannot be written: {error.strerror or error}; what is served stays") from error
    return _is_at(directory, opened)


def _is_at(directory: Path, opened: int) -> bool:
    """Does the path still lead to the folder that was opened?"""
    try:
        return os.path.samestat(directory.stat(), os.fstat(opened))
    except OSError:
        return False


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time; what is unfinished is deleted, now what an interrupted one left and then our own."""
    Path(DUMP).mkdir(exist_ok=True)
    lock = os.open(DUMP, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    _remove_unfinished()
    try:
        yield
    finally:
        _remove_unfinished()
        os.close(lock)


def _remove_unfinished() -> None:
    for path in Path(DUMP).glob(".*"):
        remove(path)


def _write_missing(manifest: dict[str, Any], progress: Progress) -> None:
    told = _whole(read_distributions(Path()))
    _remove_others(told)
    if told.complete:
        return
    _UNFINISHED.mkdir()
    tempfile.tempdir = str(_UNFINISHED.absolute())
    _tell(Path(), told)
    if Path("store").is_dir() and not (told.of(NQUADS) and told.of(NTRIPLES)):
        _write_lines(manifest, progress)
    writing = [partial(_write, Path(), manifest, format, progress) for format in told.missing]
    for outcome in side_by_side(writing, _AT_ONCE):
        told = told.also(outcome)
        _tell(Path(), told)


def _whole(told: Distributions) -> Distributions:
    """Those of the files that are what is told of them."""
    there = [file for file in told.files if Path(DUMP, file.file).is_file()]
    found = dict(checksums(Path(DUMP, file.file) for file in there))
    whole = (file for file in there if found[Path(DUMP, file.file)] == file.sha256)
    return Distributions(tuple(whole), told.left_out)


def _remove_others(told: Distributions) -> None:
    """Delete what is damaged, and what was not told of any more."""
    kept = {file.file for file in told.files}
    for path in Path(DUMP).glob("[!.]*"):
        if path.name not in kept:
            remove(path)


def _write_lines(manifest: dict[str, Any], progress: Progress) -> None:
    """The sorted lines of a build that has its statements in a store on disk; others have them from the start."""
    progress("sorting the statements")
    store = Store.open(Path(), manifest["base_iri"])
    lines = (
        f"{quad.triple} {quad.graph_name} .\n".encode()
        for graph in manifest["graphs"]
        for quad in store.graph(graph["iri"])
    )
    write_lines(_UNFINISHED, lines, outside=manifest["base_iri"] + SHAPES)
    for name in LINES:
        (_UNFINISHED / name).replace(name)


def _write(directory: Path, manifest: dict[str, Any], format: Format, progress: Progress = lambda _: None) -> Outcome:
    context = json.loads((directory / "context.jsonld").read_bytes())
    name = dump_name(manifest["base_iri"])
    try:
        file = write_document(format, directory, name, manifest["prefixes"], context, progress)
    except NotAcceptable as error:
        progress(f"no {format.name} dump: {error.detail}")
        return format.suffix, error.detail
    return format.suffix, _as_json(file)


def _as_json(file: DumpFile) -> dict[str, Any]:
    return {"file": file.file, "suffix": file.suffix, "bytes": file.bytes, "sha256": file.sha256}


def _read(told: dict[str, Any]) -> DumpFile:
    return DumpFile(told["file"], BY_SUFFIX[told["suffix"]], told["bytes"], told["sha256"])


def _tell(directory: Path, told: Distributions) -> None:
    """Replace ``dumps.json``, once the files that it names are on the disk."""
    for file in told.files:
        _flush(directory / DUMP / file.file)
    data = {"files": list(map(_as_json, told.files)), "left_out": told.left_out, "complete": told.complete}
    new = directory / f".{TOLD}"
    new.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    _flush(new)
    new.replace(directory / TOLD)


def _flush(path: Path) -> None:
    """Have the system write what it holds of the file; costs nothing when that was done before."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def dump_name(base_iri: str) -> str:
    """The last word of the base IRI's path, ``dataset`` without one."""
    words = re.findall(r"[A-Za-z0-9-]+", base_iri.partition("://")[2].partition("/")[2])
    return words[-1].lower() if words else "dataset"
