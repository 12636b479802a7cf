"""Statements of one file, in any format; every error with its line.

The engine parses. What it lets pass or cannot place is looked at here: RDF/XML that is cut off or not UTF-8,
JSON-LD contexts that would have to be fetched (nothing ever is), and the line of an error that it gives none for.
"""

import codecs
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import IO, Any, cast
from xml.parsers import expat

from pyoxigraph import Quad, RdfFormat, parse

_OWL_XML = "http://www.w3.org/2002/07/owl# Ontology"
_CONTEXT = re.compile(rb'"@(?:context|import)"\s*:\s*("(?:[^"\\]|\\.)*"|\[(?:\s*,?\s*"(?:[^"\\]|\\.)*")+)')
_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"')

Open = Callable[[], IO[bytes]]


def parse_statements(
    open_file: Open, format: RdfFormat, base_iri: str, contexts: Callable[[], Mapping[str, Any]] = dict
) -> Iterator[Quad]:
    """Yield the statements of a file in the order of its text.

    open_file  opens it, again for a second look at an error
    contexts   address -> JSON-LD context, of those that need no network; asked only when the file names one
    raises     SyntaxError with ``lineno``, or the OSError of reading
    """
    if format == RdfFormat.RDF_XML:
        with open_file() as stream:
            _check_xml(stream)
    elif format == RdfFormat.JSON_LD:
        with open_file() as stream:
            text = _with_contexts(stream.read(), contexts)
        open_file = partial(io.BytesIO, text)
    with open_file() as stream:
        try:
            yield from parse(stream, format=format, base_iri=base_iri)
        except (SyntaxError, MemoryError) as error:
            raise _placed(error, open_file, format, base_iri) from error


def _placed(error: Exception, open_file: Open, format: RdfFormat, base_iri: str) -> SyntaxError:
    """*error* with a line. Where the engine tells none it parses again, one line at a time, until it fails."""
    with open_file() as stream:
        start = stream.read(3)
    if start == codecs.BOM_UTF8:
        return _syntax_error("\ufeff is not allowed", 1, 1)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _syntax_error("the encoding is UTF-16", 1, 1)
    if isinstance(error, MemoryError):
        placed = SyntaxError("a single value is longer than 16 MiB")
    elif isinstance(error, SyntaxError) and error.lineno is None:
        placed = SyntaxError(error.msg)
    else:
        return SyntaxError(*error.args)
    with open_file() as stream:
        lines = _Lines(stream)
        try:
            for _ in parse(cast(IO[bytes], lines), format=format, base_iri=base_iri):
                pass
        except (SyntaxError, MemoryError):
            placed.lineno = lines.begun
    return placed


class _Lines(io.RawIOBase):
    """A stream that hands over one line at a time and counts."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._ended = True
        self.begun = 0

    def read(self, size: int = -1) -> bytes:
        line = self._stream.readline(size)
        self.begun += bool(line) and self._ended
        self._ended = line.endswith(b"\n")
        return line


def _check_xml(stream: IO[bytes]) -> None:
    """Raise SyntaxError unless *stream* is well-formed XML in UTF-8, with an end, and no OWL/XML."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def declared(_: str, encoding: str | None, __: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "us-ascii"):
            raise _syntax_error(f"the encoding is {encoding}", 1)

    def root(name: str, _: Mapping[str, str]) -> None:
        parser.StartElementHandler = None
        if name == _OWL_XML:
            raise _syntax_error("OWL/XML", parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    parser.XmlDeclHandler, parser.StartElementHandler = declared, root
    try:
        parser.ParseFile(stream)
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        raise _syntax_error(message, error.lineno, error.offset + 1) from error


def _with_contexts(text: bytes, contexts: Callable[[], Mapping[str, Any]]) -> bytes:
    """*text* with the addresses of known contexts replaced by these; the lines stay. Other ones are a SyntaxError."""
    known: Mapping[str, Any] | None = None
    parts, end = [], 0
    for found in _CONTEXT.finditer(text):
        for name in _STRING.finditer(text, found.start(1), found.end()):
            known = contexts() if known is None else known
            address = name[1].decode("utf-8", errors="replace")
            if address not in known or found[0].startswith(b'"@import"'):
                line = text.count(b"\n", 0, name.start()) + 1
                raise _syntax_error(f"LoadDocumentCallback <{address}>", line)
            inline = json.dumps(known[address], ensure_ascii=False).encode()
            parts += [text[end : name.start()], inline]
            end = name.end()
    return b"".join([*parts, text[end:]]) if parts else text


def _syntax_error(message: str, line: int, column: int = 0) -> SyntaxError:
    error = SyntaxError(message)
    error.lineno, error.offset = line, column
    return error
