"""Whole data sets as files: the same statements give the same bytes.

N-Quads holds every named graph, TriG the same for readers; N-Triples, Turtle, RDF/XML and JSON-LD hold the
default graph, their union. All are made from the sorted lines of a build, subject by subject, so that memory does
not grow with the data: only a single line has to fit in it. A subject with very many statements is written in
several parts, which mean the same.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from pyoxigraph import NamedNode, RdfFormat, Triple, parse, serialize

from ..describe.jsonld import JsonLd, dumps
from ..describe.nodes import NodeWriter
from ..describe.turtle import Turtle
from ..formats import JSONLD, NQUADS, NTRIPLES, TRIG, TURTLE, Format
from ..progress import Progress
from ..store.xml import XmlFile, check_xml, is_named
from .lines import QUADS, TYPE, UNION, Subjects, by_graph, by_subject, read_lines

_AT_ONCE = 2000  # statements that the engine's parser gets at once


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


def write_document(
    format: Format,
    directory: Path,
    name: str,
    prefixes: Mapping[str, str],
    context: Mapping[str, Any] | None = None,
    progress: Progress = lambda _: None,
) -> DumpFile:
    """Write ``dump/<name>.<suffix>`` of the build in *directory*, from its ``quads.nq`` and ``union.nt`` alone.

    The file appears once it is complete; those of N-Quads and N-Triples are links to the build's own.

    format   N-Quads, N-Triples, Turtle, TriG, JSON-LD or RDF/XML
    context  of the JSON-LD, which carries it inside: a harvester fetches nothing else
    raises   NotAcceptable, when JSON-LD or RDF/XML cannot say a statement; nothing is left behind then
    """
    target = directory / "dump" / f"{name}.{format.suffix}"
    target.parent.mkdir(exist_ok=True)
    source = directory / (QUADS if format in (NQUADS, TRIG) else UNION)
    with _appearing(target) as part:
        if format in (NQUADS, NTRIPLES):
            os.link(source, part)
        else:
            lines = read_lines(source, f"writing {target.name}", progress)
            with part.open("wb") as output:
                if format == TRIG:
                    output.writelines(map(str.encode, _trig(by_graph(lines), prefixes)))
                elif format == TURTLE:
                    output.writelines(map(str.encode, _turtle(by_subject(lines), prefixes)))
                elif format == JSONLD:
                    _write_jsonld(output, by_subject(lines), JsonLd(context, {}, "urn:x-context"))
                else:
                    _write_rdf_xml(output, by_subject(lines), prefixes)
        with part.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        return DumpFile(target.name, format, part.stat().st_size, digest)


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A path to write to; the file gets its name when the block ends without an error."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _turtle(groups: Subjects, prefixes: Mapping[str, str]) -> Iterator[str]:
    turtle = Turtle(prefixes)
    yield turtle.header(all=True)
    for subject, statements in groups:
        yield turtle.block(subject, statements)


def _trig(graphs: Iterator[tuple[str, Subjects]], prefixes: Mapping[str, str]) -> Iterator[str]:
    """Graph by graph, each sorted by itself."""
    turtle = Turtle(prefixes)
    yield turtle.header(all=True)
    for graph, groups in graphs:
        yield f"{turtle.text(graph)} {{\n\n"
        for subject, statements in groups:
            yield turtle.block(subject, statements)
        yield "}\n\n"


def _write_jsonld(output: BinaryIO, groups: Subjects, jsonld: JsonLd) -> None:
    """One node a line, so that two versions can be compared line by line."""
    writer = NodeWriter(jsonld)
    output.write(b'{"@context":' + dumps(jsonld.context, indent=None).rstrip() + b',\n"@graph":[')
    separator = "\n"
    for subject, statements in groups:
        output.write((separator + writer.node(subject, statements)).encode())
        separator = ",\n"
    output.write(b"\n]}\n")


def _write_rdf_xml(output: BinaryIO, groups: Subjects, prefixes: Mapping[str, str]) -> None:
    xml = cast(BinaryIO, XmlFile(output))
    serialize(_for_xml(groups), output=xml, format=RdfFormat.RDF_XML, prefixes=dict(prefixes))


def _for_xml(groups: Subjects) -> Iterator[Triple]:
    """The statements, checked where one may be that RDF/XML cannot say: a new name, an escape, a triple term."""
    good: set[str] = set()
    for names, text in _batches(groups):
        triples = (quad.triple for quad in parse(text.encode(), format=RdfFormat.N_TRIPLES))
        if names <= good and "\\" not in text and "<<" not in text:
            yield from triples
        else:
            yield from check_xml(triples)
            good = {name for name in names if is_named(NamedNode(name[1:-1]) if name[0] == "<" else name)}


def _batches(groups: Subjects) -> Iterator[tuple[set[str], str]]:
    """Some whole subjects at once, as N-Triples, with the predicates and classes among them."""
    names: set[str] = set()
    lines: list[str] = []
    for subject, statements in groups:
        names.update(statements, statements.get(TYPE, ()))
        lines += [f"{subject} {name} {object} .\n" for name, objects in statements.items() for object in objects]
        if len(lines) >= _AT_ONCE:
            yield names, "".join(lines)
            names, lines = set(), []
    yield names, "".join(lines)
