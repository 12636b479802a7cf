"""What a Turtle file has beside its statements: base, prefixes, comments, and the sections these make.

A comment that a blank line (or the end of the file) follows heads a section: blocks are sorted inside their
section and never leave it. Every other comment goes with what it stands above or behind: the prefix, the
block, or the predicate of a block.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import NamedNode, Quad

from ..content.positions import TOKEN, Scan
from ..describe.turtle import FIRST, REST

BASE = "@base"  # under this name comments of the base are kept beside those of prefixes

_UNCLEAR = "it has comments, and something that hides their place: one inside a @prefix line, or rdf:first spelled out"
_DIRECTIVE = re.compile(r"@?(?i:prefix\s+([^\s:]*):|base)\s*<[^>]*>")
_MAY_COMMENT = re.compile(r"(?:^|[\s.;,\[\](){}>\"'])#", re.MULTILINE)


class CommentError(ValueError):
    """The place of a comment cannot be told, so the file is better left alone."""


@dataclass
class Section:
    """A heading and the subjects below it, in the order of the text."""

    comment: list[str] = field(default_factory=list)
    subjects: list[Any] = field(default_factory=list)


@dataclass
class Layout:
    """How a file is laid out.

    prefixes   name -> namespace          relative   IRIs under the base are written relative without naming it
    header     comment above everything   sections   in order; the first may have no heading
    names      comments of prefixes       blocks     comments of subjects
    predicates comments of (subject, predicate)
    """

    base: str = ""
    relative: bool = False
    prefixes: dict[str, str] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=lambda: [Section()])
    names: dict[str, list[str]] = field(default_factory=dict)
    blocks: dict[Any, list[str]] = field(default_factory=dict)
    predicates: dict[tuple[Any, Any], list[str]] = field(default_factory=dict)

    def comments(self) -> "Counter[str]":
        """Every line of comment and how often it stands there."""
        groups = [self.header, *self.names.values(), *self.blocks.values(), *self.predicates.values()]
        groups += [section.comment for section in self.sections]
        return Counter(line for group in groups for line in group if line)

    def rename(self, names: Mapping[Any, Any]) -> None:
        """Call subjects by their new *names*, those of blank nodes in another reading."""
        for section in self.sections:
            section.subjects = [names.get(subject, subject) for subject in section.subjects]
        self.blocks = {names.get(subject, subject): lines for subject, lines in self.blocks.items()}
        self.predicates = {(names.get(s, s), predicate): lines for (s, predicate), lines in self.predicates.items()}


def read_layout(text: str, quads: Sequence[Quad], layout: Layout) -> Layout:
    """Add comments and sections of *text* to *layout*.

    quads    the engine's reading of *text*, in its order
    raises   CommentError, when a comment's place is not clear
    """
    if _MAY_COMMENT.search(text) and any(token[0][0] == "#" for token in TOKEN.finditer(text)):
        _Reader(text, quads, layout).read()
    return layout


class _Reader:
    """Walks over the tokens; ``_held`` is the group of comment lines that has not found its place."""

    def __init__(self, text: str, quads: Sequence[Quad], layout: Layout) -> None:
        self._text = text
        self._quads = [quad for quad in quads if quad.predicate not in (FIRST, REST)]
        self._items = {quad.object for quad in quads if quad.predicate == FIRST}
        self._layout = layout
        self._scan = Scan()
        self._count = 0  # statements so far
        self._start = 0  # of them before the one that is being read
        self._held: list[str] = []
        self._above: list[str] = []  # comments of the block being read
        self._inside: list[tuple[int, bool, str]] = []  # comments in it: statements before, on its own line, text
        self._ended: tuple[Any, Any] | str | None = None  # what a comment on the same line belongs to
        self._begun = False  # a directive or statement was read

    def read(self) -> None:
        line, counted, last = 1, 0, 0
        for token in TOKEN.finditer(self._text):
            between = self._text.count("\n", counted, token.start())
            line, counted = line + between, token.start()
            if token.lastgroup == "skip" and token[0].isspace():
                continue
            if token[0].startswith("#"):
                self._comment(token[0].rstrip(), line, last)
            elif token.lastgroup == "skip" and self._scan.outside and _DIRECTIVE.match(token[0]):
                self._directive(token[0], line > last + 1)
            else:
                self._part(token, line, line > last + 1)
            last = line + token[0].count("\n")
        if self._count != len(self._quads) or not self._scan.outside:
            raise CommentError(_UNCLEAR)
        self._heading()

    def _comment(self, comment: str, line: int, last: int) -> None:
        if not self._scan.outside:
            self._inside.append((self._count, line > last, comment))
        elif line == last and self._ended is not None and not self._held:
            kept = self._layout.names if isinstance(self._ended, str) else self._layout.predicates
            kept.setdefault(self._ended, []).append(comment)  # type: ignore[arg-type]
        else:
            if line > last + 1:
                self._heading()
            self._held.append(comment)

    def _heading(self) -> None:
        """The comment lines held head a section, or the file."""
        if self._held and not self._begun and self._layout.header:
            self._layout.header.append("")
        if self._held and not self._begun:
            self._layout.header.extend(self._held)
        elif self._held:
            self._layout.sections.append(Section(self._held))
        self._held = []

    def _directive(self, directive: str, apart: bool) -> None:
        if apart or not self._begun:
            self._heading()
        found = _DIRECTIVE.match(directive)
        name = BASE if found is None or found[1] is None else found[1]
        if self._held:
            self._layout.names.setdefault(name, []).extend(self._held)
            self._held = []
        self._ended, self._begun = name, True

    def _part(self, token: re.Match[str], line: int, apart: bool) -> None:
        """A term or mark of a statement."""
        if self._scan.outside:
            if apart:
                self._heading()
            self._above, self._held = self._above + self._held, []
        self._begun, self._ended = True, None
        self._count += sum(1 for _ in self._scan.step(token, line))
        if token[0] == "." and self._scan.outside:
            self._statement()

    def _statement(self) -> None:
        """A block ends: its comments find their subject and predicate."""
        layout, quads = self._layout, self._quads[self._start : self._count]
        if not quads:
            raise CommentError(_UNCLEAR)
        subject = self._subject(quads)
        if self._above:
            layout.blocks.setdefault(subject, []).extend(self._above)
        for count, alone, comment in self._inside:
            place = count - self._start
            after = [quad for quad in quads[place:] if quad.subject == subject]
            before = [quad for quad in quads[:place] if quad.subject == subject]
            if not before and not alone:
                layout.blocks.setdefault(subject, []).append(comment)
                continue
            quad = (after or before[-1:])[0] if alone else before[-1]
            layout.predicates.setdefault((subject, quad.predicate), []).append(comment)
        if subject not in layout.sections[-1].subjects[-1:]:
            layout.sections[-1].subjects.append(subject)
        self._ended = (subject, next(quad.predicate for quad in reversed(quads) if quad.subject == subject))
        self._start, self._above, self._inside = self._count, [], []

    def _subject(self, quads: Sequence[Quad]) -> Any:
        """Subject of a block: an IRI, or the blank node that nothing else in the block names."""
        named = self._items.union(quad.object for quad in quads)
        subjects = [quad.subject for quad in quads]
        iri = next((subject for subject in subjects if isinstance(subject, NamedNode)), None)
        return iri or next((subject for subject in subjects if subject not in named), subjects[-1])
