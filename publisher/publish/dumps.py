"""Whole data sets as files, made at build: the same statements give the same bytes.

N-Quads holds every named graph, TriG the same for readers; N-Triples, Turtle, RDF/XML and JSON-LD hold the
default graph, their union. Lines are sorted by bytes; the other formats are made from them one subject at a
time, so that memory does not grow with the data.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, cast

from pyoxigraph import DefaultGraph, RdfFormat, Triple, parse
from pyoxigraph import serialize as engine_serialize

from ..describe.jsonld import JsonLd, dumps
from ..describe.turtle import Turtle, order
from ..errors import NotAcceptable
from ..formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from ..progress import Progress, counted
from ..store.store import Store, name_of
from ..store.xml import XmlFile, check_xml

SORTED_IN_MEMORY = 64 * 2**20  # bytes of lines sorted at once; more go through temporary files
_LINES_AT_ONCE = 10_000


@dataclass(frozen=True)
class DumpFile:
    """One file of a data set: its name, format, size in bytes and SHA-256 in hex."""

    file: str
    format: Format
    bytes: int
    sha256: str

    @property
    def suffix(self) -> str:
        return self.format.suffix


def write_dumps(
    store: Store,
    directory: Path,
    *,
    name: str,
    prefixes: dict[str, str],
    context: Mapping[str, Any] | None = None,
    progress: Progress = lambda _: None,
) -> list[DumpFile]:
    """Write ``<name>.<suffix>`` in each format into *directory*; each appears only once it is complete.

    context  of the JSON-LD, which carries it inside: a harvester fetches nothing else
    returns  the files; JSON-LD and RDF/XML are left out, with a word to *progress*, when they cannot say a statement
    """
    directory.mkdir(parents=True, exist_ok=True)
    writer = _Writer(directory, name)
    lines = directory / f"{name}.nt"
    with writer.file(NQUADS) as output:
        output.writelines(sort_lines(quad_lines(store)))
    with writer.file(NTRIPLES) as output:
        output.writelines(sort_lines(f"{triple} .\n".encode() for triple in store.triples()))
    total = sum(1 for _ in groupby(_read(lines), key=_subject))

    def each(format: Format) -> Iterator[list[Triple]]:
        return counted(subjects(lines), total, f"writing {name}.{format.suffix}", progress)

    with writer.file(TURTLE) as output:
        _write_turtle(output, each(TURTLE), prefixes)
    with writer.file(TRIG) as output:
        _write_trig(output, store, prefixes)
    try:
        with writer.file(JSONLD) as output:
            _write_jsonld(output, each(JSONLD), JsonLd(context, {}, "urn:x-context"))
    except NotAcceptable as error:
        progress(f"no JSON-LD dump: {error}")
    try:
        with writer.file(RDFXML) as output:
            triples = check_xml(triple for group in each(RDFXML) for triple in group)
            xml = cast(BinaryIO, XmlFile(output))
            engine_serialize(triples, output=xml, format=RdfFormat.RDF_XML, prefixes=prefixes)
    except NotAcceptable as error:
        progress(f"no RDF/XML dump: {error}")
    return writer.files


def sort_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """*lines*, each with its line end, in the order of their bytes, each once; any amount of them."""
    with tempfile.TemporaryDirectory() as folder:
        runs: list[Path] = []
        held: set[bytes] = set()
        size = 0
        for line in lines:
            held.add(line)
            size += len(line)
            if size >= SORTED_IN_MEMORY:
                runs.append(Path(folder) / str(len(runs)))
                with runs[-1].open("wb") as run:
                    run.writelines(sorted(held))
                held, size = set(), 0
        previous = b""
        for line in merge(sorted(held), *(_read(run) for run in runs)):
            if line != previous:
                yield line
            previous = line


def subjects(path: Path) -> Iterator[list[Triple]]:
    """The statements of a sorted N-Triples file, one subject after the other, each for readers: `a` first."""
    triples = (quad.triple for quad in parse(path=str(path), format=RdfFormat.N_TRIPLES))
    for _, group in groupby(triples, key=lambda triple: triple.subject):
        yield sorted(group, key=order)


class _Writer:
    """Writes the files of one data set and keeps their sizes and digests."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._name = name
        self.files: list[DumpFile] = []

    @contextmanager
    def file(self, format: Format) -> Iterator[BinaryIO]:
        """A file to write to; it gets its name when the block ends without an error."""
        target = self._directory / f"{self._name}.{format.suffix}"
        part = target.with_name(f".{target.name}.part")
        try:
            with part.open("wb") as output:
                yield output
            with part.open("rb") as written:
                digest = hashlib.file_digest(written, "sha256").hexdigest()
            self.files.append(DumpFile(target.name, format, part.stat().st_size, digest))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def quad_lines(store: Store) -> Iterator[bytes]:
    for quad in store.engine:
        if not isinstance(quad.graph_name, DefaultGraph):
            yield f"{quad.triple} {quad.graph_name} .\n".encode()


def _write_turtle(output: BinaryIO, groups: Iterable[list[Triple]], prefixes: dict[str, str]) -> None:
    turtle = Turtle(prefixes)
    output.write(turtle.header(all=True).encode())
    for group in groups:
        output.writelines(block.encode() for block in turtle.blocks(group))


def _write_trig(output: BinaryIO, store: Store, prefixes: dict[str, str]) -> None:
    """Graph by graph, each sorted by itself."""
    turtle = Turtle(prefixes)
    output.write(turtle.header(all=True).encode())
    for graph in sorted(store.engine.named_graphs(), key=str):
        lines = sort_lines(f"{quad.triple} .\n".encode() for quad in store.graph(name_of(graph)))
        output.writelines(part.encode() for part in turtle.graph(name_of(graph), _parsed(lines)))


def _write_jsonld(output: BinaryIO, groups: Iterable[list[Triple]], jsonld: JsonLd) -> None:
    """One node a line, so that two versions can be compared line by line."""
    output.write(b'{"@context":' + dumps(jsonld.context, indent=None).rstrip() + b',\n"@graph":[')
    separator = b"\n"
    for group in groups:
        for node in jsonld.nodes(group):
            output.write(separator + dumps(node, indent=None).rstrip())
            separator = b",\n"
    output.write(b"\n]}\n")


def _parsed(lines: Iterable[bytes]) -> Iterator[Triple]:
    """The statements of sorted N-Triples lines, those of a subject together and in the order for readers."""
    chunk: list[bytes] = []
    subject = b""
    for line in lines:
        own = _subject(line)
        if own != subject and len(chunk) >= _LINES_AT_ONCE:
            yield from _ordered(chunk)
            chunk = []
        subject = own
        chunk.append(line)
    yield from _ordered(chunk)


def _ordered(lines: list[bytes]) -> list[Triple]:
    return sorted((quad.triple for quad in parse(b"".join(lines), format=RdfFormat.N_TRIPLES)), key=order)


def _subject(line: bytes) -> bytes:
    return line[: line.index(b" ")]


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as lines:
        yield from lines
