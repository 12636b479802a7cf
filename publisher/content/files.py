"""The files of a content folder: which there are, what is in each, and how its bytes are read."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pyoxigraph import RdfFormat

from ..progress import Meter
from .findings import Finding, syntax_finding
from .reading import COMPRESSED, Seen, blocks, open_expanded, other_kind

FORMATS = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
}
_READ = 2**20  # bytes read at once


@dataclass(frozen=True)
class RdfFile:
    """One file of statements.

    path   where it lies
    name   its name in the content folder, such as ``data/members.ttl``: what messages show
    graph  IRI of the named graph it fills
    limit  most bytes that a compressed file may expand to
    seen   is called with the number of bytes that were read, whenever some were
    """

    path: Path
    name: str
    graph: str
    limit: int = 2**31
    seen: Seen | None = field(default=None, compare=False)

    @property
    def format(self) -> RdfFormat:
        return FORMATS[expanded_path(self.path).suffix]

    @property
    def is_empty(self) -> bool:
        """Has it no bytes at all? Not one that cannot be looked at: reading will tell why."""
        try:
            return not self.path.stat().st_size
        except OSError:
            return False

    def open(self) -> IO[bytes]:
        """Its bytes, expanded when it is compressed. Raises OSError."""
        return open_expanded(self.path, self.limit, self.seen)

    def blocks(self) -> Iterator[bytes]:
        """All of its bytes, some million at a time, each time up to the end of a line. Raises OSError."""
        with self.open() as stream:
            yield from blocks(stream)

    def text(self) -> str:
        """All of it, with a mark in place of what is not UTF-8. Raises OSError."""
        with self.open() as stream:
            return stream.read().decode("utf-8", errors="replace")


def digest_of(path: Path, meter: Meter) -> str:
    """The SHA-256 of a file, in hex; *meter* is told. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_READ):
            digest.update(block)
            meter.add(len(block))
    return digest.hexdigest()


def files_below(
    folder: Path, name: str, findings: list[Finding], above: frozenset[tuple[int, int]] = frozenset()
) -> dict[str, Path]:
    """Name -> path of every file below *folder* but hidden ones and editors' back-ups; links are followed.

    findings  gets what is neither a file nor a folder, cannot be looked at, or leads round in a circle
    """
    files: dict[str, Path] = {}
    try:
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            message = "cannot be read: a symbolic link leads back to a folder that holds it"
            findings.append(Finding(name, 1, "error", message, "a link to something else, or none"))
            return {}
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return {}  # ontology/ and queries/ may be left out
    except OSError as error:
        findings.append(syntax_finding(name, error))
        return {}
    for entry in entries:
        path, full = Path(entry.path), f"{name}/{entry.name}"
        if entry.name.startswith(".") or entry.name.endswith("~"):
            continue
        if not entry.name.isprintable():
            message = "the name has characters that cannot be shown"
            findings.append(Finding(repr(full)[1:-1], 1, "error", message, "a name of letters, digits and -"))
            continue
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            findings.append(Finding(full, 1, "error", "cannot be read: a symbolic link to nothing", "a file"))
            continue
        except OSError as error:
            findings.append(syntax_finding(full, error))
            continue
        kind = other_kind(mode)
        if kind == "a folder" and expanded_path(path).suffix not in FORMATS:
            files |= files_below(path, full, findings, above | {here})
        elif kind:
            findings.append(Finding(full, 1, "error", f"cannot be read: it is {kind}", "a file"))
        else:
            files[full] = path
    return files


def expanded_path(path: Path) -> Path:
    """*path* without the suffix of a compression."""
    return path.with_suffix("") if path.suffix in COMPRESSED and path.stem else path
