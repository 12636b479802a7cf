"""Where a statement stands: file and line.

The engine parses and its order of statements is the order of the text; a scan over the tokens of that text,
known to be valid, gives the line of each object. So the terms are the engine's own, and a literal of several
lines has the line of its opening quotes. Made lazily, for the files that are asked about.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import NamedNode, Quad, RdfFormat

from .dataset import Content
from .files import RdfFile

Key = tuple[object, ...]
_LIST = {
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#first",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest",
}
_NAME = r"""(?:[^\s<>"'.,;()\[\]{}\#\\^@] | \\. | \.(?=[\w:%\\.-]))+"""  # prefixed name, number, true, a
TOKEN = re.compile(
    rf"""
    (?P<skip> \s+ | \#[^\n]*
      | @prefix\s+[^\s:]*:\s*<[^>]*>\s*\. | @base\s*<[^>]*>\s*\.
      | (?i:prefix)\s+[^\s:]*:\s*<[^>]*> | (?i:base)\s*<[^>]*> | (?i:graph)(?=[\s<])
      | @[\w-]+ | \^\^(?:<[^>]*>|{_NAME}) )
  | (?P<term> <[^>]*> | {_NAME}
      | \"{{3}}(?:[^"\\]|\\.|"{{1,2}}(?!"))*\"{{3}} | "(?:[^"\\]|\\.)*"
      | '{{3}}(?:[^'\\]|\\.|'{{1,2}}(?!'))*'{{3}} | '(?:[^'\\]|\\.)*' )
  | (?P<mark> [.;,\[\](){{}}] )
    """,
    re.VERBOSE | re.DOTALL,
)


class Positions:
    """File and line of the statements of a content folder."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._lines: dict[str, dict[Key, int]] = {}

    def line(
        self, subject: object, predicate: object = None, object_: object = None, *, file: RdfFile | None = None
    ) -> tuple[str, int] | None:
        """Return file name and line of a statement, or of the nearest thing to it that stands in a file.

        Terms are pyoxigraph's; a string is an IRI. *file* limits the search. In this order: the statement,
        the subject with this predicate, the subject's first line, the first statement that names the subject
        at all. None, when no file knows it. Line 1 where a format has no lines (RDF/XML, JSON-LD).
        """
        key = tuple(NamedNode(term) if isinstance(term, str) else term for term in (subject, predicate, object_))
        key = key[: 1 + (predicate is not None) + (predicate is not None and object_ is not None)]
        files = [file] if file else self._files_of.get(key[0], [])
        for length in range(len(key), 0, -1):
            for candidate in files:
                line = self._lines_of(candidate).get(key[:length])
                if line:
                    return candidate.name, line
        if files:
            return files[0].name, 1
        mention = self._mentions.get(key[0])
        return self.line(*mention) if mention else None

    @cached_property
    def _files_of(self) -> dict[object, list[RdfFile]]:
        """Every subject and the files with statements about it."""
        found: defaultdict[object, dict[RdfFile, None]] = defaultdict(dict)
        for file in self._content.rdf_files:
            for quad in readable_quads(self._content, file):
                found[quad.subject][file] = None
        return {subject: list(files) for subject, files in found.items()}

    @cached_property
    def _mentions(self) -> dict[object, tuple[object, object, object]]:
        """Every term that is a predicate or an object, and the first statement that names it."""
        found: dict[object, tuple[object, object, object]] = {}
        for file in self._content.rdf_files:
            for quad in readable_quads(self._content, file):
                if quad.subject in self._files_of:
                    statement = (quad.subject, quad.predicate, quad.object)
                    found.setdefault(quad.predicate, statement)
                    found.setdefault(quad.object, statement)
        return found

    def _lines_of(self, file: RdfFile) -> dict[Key, int]:
        """Lines by (subject, predicate, object), (subject, predicate) and (subject,) of one file."""
        if file.name not in self._lines:
            lines: dict[Key, int] = {}
            quads = list(readable_quads(self._content, file))
            if file.format in (RdfFormat.TURTLE, RdfFormat.TRIG):
                quads = [quad for quad in quads if quad.predicate.value not in _LIST]
            numbers = list(statement_lines(file.text(), file.format))
            if len(numbers) == len(quads):
                for quad, (start, line) in zip(quads, numbers, strict=True):
                    lines.setdefault((quad.subject,), start)
                    lines.setdefault((quad.subject, quad.predicate), line)
                    lines.setdefault((quad.subject, quad.predicate, quad.object), line)
            self._lines[file.name] = lines
        return self._lines[file.name]


def readable_quads(content: Content, file: RdfFile) -> list[Quad]:
    """The statements of *file*; none when it does not parse, which is a finding of its own."""
    try:
        return content.kept[file.name] if file.name in content.kept else list(content.quads(file))
    except (SyntaxError, OSError, ValueError):
        return []


def statement_lines(text: str, format: RdfFormat) -> Iterator[tuple[int, int]]:
    """Yield (line of the subject, line of the object) of each statement, in the order the engine has them.

    text   valid in *format*; without rdf:first and rdf:rest, which brackets stand for in Turtle and TriG

    A format without lines yields nothing.
    """
    if format in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS):
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip() and not line.lstrip().startswith("#"):
                yield number, number
    elif format in (RdfFormat.TURTLE, RdfFormat.TRIG):
        yield from Scan().lines(text)


@dataclass
class _Level:
    """What the scan is in: the top level, a graph or [ ] (place: 0 subject, 1 predicate, 2 object), or a list."""

    place: int
    line: int
    is_list: bool = False
    empty: bool = True


class Scan:
    """Walks the tokens of Turtle or TriG."""

    def __init__(self) -> None:
        self._levels = [_Level(0, 1)]

    @property
    def outside(self) -> bool:
        """Whether the scan is at the top level, neither in brackets nor in a graph, and no statement has begun."""
        return len(self._levels) == 1 and self._levels[0].place == 0

    def lines(self, text: str) -> Iterator[tuple[int, int]]:
        line, counted = 1, 0
        for token in TOKEN.finditer(text):
            if token.lastgroup == "skip":
                continue
            line, counted = line + text.count("\n", counted, token.start()), token.start()
            yield from self.step(token, line)

    def step(self, token: re.Match[str], line: int) -> Iterator[tuple[int, int]]:
        """Take in one term or mark; yields what ``lines`` does for the statement that it completes."""
        if token.lastgroup == "term":
            yield from self._term(line)
        elif token.lastgroup == "mark":
            yield from self._mark(token[0], line)

    def _mark(self, mark: str, line: int) -> Iterator[tuple[int, int]]:
        level = self._levels[-1]
        if mark in ".{}":
            level.place = 0
        elif mark in ";,":
            level.place = 1 if mark == ";" else 2
        elif mark == "[":
            self._levels.append(_Level(1, line))
        elif mark == "(":
            self._levels.append(_Level(0, line, is_list=True))
        else:
            self._levels.pop()
            if mark == "]" or level.empty:
                yield from self._term(level.line)

    def _term(self, line: int) -> Iterator[tuple[int, int]]:
        """A term ends: as an object it makes a statement; the first in a list makes that of the list."""
        level = self._levels[-1]
        if level.is_list:
            if level.empty:
                level.empty = False
                yield from self._outside(level)
        elif level.place == 2:
            yield level.line, line
        else:
            level.line = line if level.place == 0 else level.line
            level.place += 1

    def _outside(self, level: _Level) -> Iterator[tuple[int, int]]:
        self._levels.pop()
        yield from self._term(level.line)
        self._levels.append(level)
