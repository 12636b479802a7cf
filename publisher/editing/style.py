"""Our Turtle: one block a subject, predicates aligned, lines of 120 columns; the same statements, the same bytes.

``format_turtle`` rewrites a text and proves that it says the same as before; ``write`` lays out statements that
come from elsewhere. Source: RDF 1.1 Turtle, W3C Recommendation.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from ..describe.turtle import FIRST, NIL, PLAIN, REST, TYPE, XSD, Turtle, inner_nodes, list_items
from .layout import BASE, Layout, Section, read_layout
from .meaning import Nodes, by_subject, leaves, statements
from .order import object_key, predicate_key, rank, subject_key

WIDTH = 120
_NO_HOST = "http://relative.invalid/"
NOWHERE = _NO_HOST + "1/2/3/4/5/6/7/8/"  # stands for the base of a file that names none

_ALIGNED = 24  # longer names of predicates stick out
_SHORT = 50  # literals shorter than this share lines
_DEEPEST = 100  # nesting of [ ] and ( )
_ROUNDS = 3  # a text in our style stays as it is; comments may need a second round to find their place
_INDENT = "    "
_ESCAPES = {ord(c): f"\\u{ord(c):04X}" for c in map(chr, (*range(32), 127))}
_ESCAPES |= {ord("\t"): "\\t", ord("\b"): "\\b", ord("\r"): "\\r", ord("\f"): "\\f", ord("\\"): "\\\\"}
_LINE_ESCAPES = _ESCAPES | {ord("\n"): "\\n", ord('"'): '\\"'}
_TEXT_ESCAPES = _ESCAPES | {ord("\n"): "\n"}
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+")


class StyleError(ValueError):
    """A file that cannot be put into our style, for the reason said; it is left as it is."""


def format_turtle(text: str) -> str:
    """*text* in our style.

    raises   SyntaxError (the engine's), StyleError or CommentError
    """
    before, layout = read_turtle(text)
    meaning: Counter[tuple[str, str, str]] | None = None
    comments = layout.comments()
    for _ in range(_ROUNDS):
        after = write(before, layout)
        if after == text:
            return after
        meaning = meaning or statements(before)
        text, (before, layout) = after, read_turtle(after)
        if statements(before) != meaning:
            raise StyleError("rewriting it would change what it says")
        if layout.comments() != comments:
            raise StyleError("rewriting it would lose a comment")
    raise StyleError("rewriting it twice gives two results")


def read_turtle(text: str, base_iri: str = NOWHERE) -> tuple[list[Triple], Layout]:
    """Statements and layout of a Turtle text.

    base_iri  base of relative IRIs, unless the text names one
    raises    SyntaxError (the engine's), StyleError or CommentError
    """
    parser = parse(text.encode(), format=RdfFormat.TURTLE, base_iri=base_iri)
    quads = list(parser)
    base = parser.base_iri or base_iri
    layout = Layout(base, base == base_iri, parser.prefixes)
    return [quad.triple for quad in quads], read_layout(text, quads, layout)


def write(triples: Iterable[Triple], layout: Layout) -> str:
    """Turtle of *triples*, laid out as *layout* says."""
    told = list(dict.fromkeys(triples))
    commented = {
        subject for subject in (*layout.blocks, *(s for s, _ in layout.predicates)) if isinstance(subject, BlankNode)
    }
    writer = _Writer(layout, frozenset(commented.intersection(triple.object for triple in told) if commented else ()))
    blocks = writer.blocks(told)
    text = _joined([writer.head(), *blocks])
    if layout.relative and f"<{_NO_HOST}" in text:
        raise StyleError("it has a relative IRI that leaves the file's folder, and no @base")
    return text


def write_dataset(graphs: Mapping[str, Iterable[Triple]], layout: Layout) -> str:
    """TriG of *graphs*, by IRI ("" for the default graph); comments of *layout* but its header are left out."""
    distinct = {iri: list(dict.fromkeys(triples)) for iri, triples in sorted(graphs.items())}
    graphs_of = Counter(node for triples in distinct.values() for node in _blank_nodes(triples))
    graphs_of.update(BlankNode(iri[2:]) for iri in distinct if iri.startswith("_:"))
    shared = frozenset(node for node, count in graphs_of.items() if count > 1)
    writer = _Writer(Layout(layout.base, layout.relative, layout.prefixes, layout.header), shared)
    parts = []
    for iri, triples in distinct.items():
        blocks = _joined(writer.blocks(triples))
        named = BlankNode(iri[2:]) if iri.startswith("_:") else NamedNode(iri) if iri else None
        parts.append(f"{writer.term(named)} {{\n\n{blocks}\n}}\n" if named else blocks)
    return _joined([writer.head(), *parts])


class _Writer:
    """Writes blocks and remembers which prefixes they need."""

    def __init__(self, layout: Layout, labelled: frozenset[Any] = frozenset()) -> None:
        self._layout = layout
        self._labelled = labelled
        self._turtle = Turtle(layout.prefixes, layout.base)
        self._inner: Nodes = {}
        self._empty: set[Any] = set()
        self._depth = 0

    def head(self) -> str:
        """Header comment, base and the prefixes that blocks use or a comment explains. Ask for it last."""
        layout = self._layout
        used = {name: iri for name, iri in layout.prefixes.items() if name in self._turtle.used or name in layout.names}
        width = max(map(len, used), default=0) + 1
        lines = layout.header + layout.names.get(BASE, [])
        if layout.base and not layout.relative:
            lines.append(f"@base <{layout.base}> .")
        bare = Turtle({}, layout.base)
        for name in sorted(used):
            lines += layout.names.get(name, [])
            lines.append(f"@prefix {name + ':':<{width}} {bare.term(NamedNode(used[name]))} .")
        gone = sorted(layout.names.keys() - used.keys() - {BASE})
        lines += [line for name in gone for line in layout.names[name]]
        return "".join(line + "\n" for line in lines)

    def blocks(self, triples: Sequence[Triple]) -> list[str]:
        """One text for each subject and each section's heading, in their order."""
        nodes = by_subject(triples)
        self._inner = inner_nodes(nodes, self._labelled)
        objects = {triple.object for triple in triples}
        self._empty = leaves(nodes).difference(self._labelled)
        roots = [node for node in nodes if isinstance(node, BlankNode) and node not in self._inner]
        iris = [node for node in nodes if isinstance(node, NamedNode)]
        ranks: dict[str, int] = {}
        for triple in triples:
            if triple.predicate == TYPE and isinstance(triple.object, NamedNode):
                place, subject = rank(triple.object.value), triple.subject
                if place is not None and isinstance(subject, NamedNode):
                    ranks[subject.value] = min(place, ranks.get(subject.value, place))
        iris.sort(key=lambda iri: subject_key(iri.value, ranks))
        labels = sorted((node for node in roots if node in objects or node in self._labelled), key=lambda n: n.value)
        texts = {subject: self._block(subject, nodes[subject]) for subject in [*iris, *labels]}
        bare = {node: self._block(None, nodes[node], node) for node in roots if node not in texts}
        texts |= dict(sorted(bare.items(), key=lambda item: item[1]))
        return self._in_sections(texts)

    def term(self, term: Any) -> str:
        """One term that has no brackets."""
        if not isinstance(term, Literal):
            if isinstance(term, Triple):
                raise StyleError("it has statements about statements (<< >>), which this version cannot lay out")
            return self._turtle.term(term)
        value, language, datatype = term.value, term.language, term.datatype.value
        if "\n" in value.strip("\n"):
            quoted = '"""' + re.sub(r'"(?="|\Z)', r'\\"', value.translate(_TEXT_ESCAPES)) + '"""'
        else:
            quoted = '"' + value.translate(_LINE_ESCAPES) + '"'
        if language:
            direction = getattr(term, "direction", None)
            return f"{quoted}@{_tag(language)}" + (f"--{direction.value}" if direction else "")
        if datatype == XSD + "string":
            return quoted
        plain = PLAIN.get(datatype) or (_DOUBLE if datatype == XSD + "double" else None)
        return value if plain and plain.fullmatch(value) else f"{quoted}^^{self._turtle.term(term.datatype)}"

    def _in_sections(self, texts: Mapping[Any, str]) -> list[str]:
        """The blocks under the headings they stood under; a new one where its neighbour before it stands."""
        sections = self._layout.sections
        if len(sections) == 1 and not sections[0].comment:
            return list(texts.values())
        order = {subject: place for place, subject in enumerate(texts)}
        home: dict[int, Section] = {}
        for section in sections:
            for subject in section.subjects:
                if subject in order:
                    home.setdefault(order[subject], section)
        known = sorted(home)
        members: dict[int, list[str]] = {}
        for place, text in enumerate(texts.values()):
            before = bisect_right(known, place)
            section = home[known[before - 1]] if before else sections[-1] if not known else home[known[0]]
            members.setdefault(id(section), []).append(text)
        parts = []
        for section in sections:
            parts += ["".join(line + "\n" for line in section.comment)] if section.comment else []
            parts += members.get(id(section), [])
        return parts

    def _block(self, subject: Any, triples: Sequence[Triple], node: Any = None) -> str:
        """The statements of one subject; for one without a name, *node*, ``[]`` or its list."""
        layout = self._layout
        groups = _groups(triples)
        name = self.term(subject) if subject is not None else self._nameless(node, groups)
        above = "".join(line + "\n" for line in layout.blocks.get(subject or node, []))
        inside = {p: layout.predicates[subject or node, p] for p in groups if (subject or node, p) in layout.predicates}
        above += "".join(line + "\n" for line in inside.pop(TYPE, []))
        types = groups.pop(TYPE, [])
        if not types and len(groups) == 1 and not inside:
            ((predicate, objects),) = groups.items()
            line = f"{name} {self.term(predicate)} {self._objects(objects, 0, _INDENT)} ."
            if len(line) <= WIDTH and "\n" not in line:
                return above + line + "\n"
        first = f"{name} a {self._objects(types, len(name) + 3, _INDENT)}" if types else name
        body = self._body(groups, _INDENT, inside)
        if not body:
            return f"{above}{first} .\n"
        return f"{above}{first}{' ;' if types else ''}\n{body} .\n"

    def _nameless(self, node: Any, groups: dict[NamedNode, list[Any]]) -> str:
        """``( )`` for the head of a list of which more is said, else ``[]``."""
        if len(groups) > 2 and len(groups.get(FIRST, [])) == len(groups.get(REST, [])) == 1:
            rest = list_items(groups[REST][0], self._inner)
            if rest is not None:
                del groups[REST]
                return self._list([*groups.pop(FIRST), *rest], 0, "")
        return "[]"

    def _body(
        self, groups: Mapping[NamedNode, list[Any]], indent: str, comments: Mapping[Any, Sequence[str]] | None = None
    ) -> str:
        """Predicates and objects, the objects aligned."""
        names = {predicate: "a" if predicate == TYPE else self.term(predicate) for predicate in groups}
        width = max((len(name) for name in names.values() if len(name) <= _ALIGNED), default=0)
        parts = []
        for predicate, name in names.items():
            column = len(indent) + max(width, len(name)) + 1
            above = "".join(f"{indent}{line}\n" for line in (comments or {}).get(predicate, []))
            objects = self._objects(groups[predicate], column, indent)
            space = " " if objects[:2] in ("[\n", "(\n") else " " * (column - len(indent) - len(name))
            parts.append(f"{above}{indent}{name}{space}{objects}")
        return " ;\n".join(parts)

    def _objects(self, objects: Sequence[Any], column: int, indent: str) -> str:
        """The objects of one predicate from *column* on: filled lines for short ones, else a line each."""
        pairs = [(term, self._object(term, column, indent)) for term in objects]
        if len(pairs) == 1:
            return pairs[0][1]
        pairs.sort(key=lambda pair: object_key(*pair))
        texts = [text for _, text in pairs]
        line = ", ".join(texts)
        if "\n" not in line and column + len(line) + 2 <= WIDTH:
            return line
        if any("\n" in text and isinstance(term, BlankNode) for term, text in pairs):
            return line
        if any("\n" in text or (text[0] == '"' and len(text) >= _SHORT) for text in texts):
            return f",\n{' ' * column}".join(texts)
        return _filled([text + "," for text in texts[:-1]] + texts[-1:], column, WIDTH - 2)

    def _object(self, term: Any, column: int, indent: str) -> str:
        if term == NIL:
            return "()"
        triples = self._inner.get(term) if isinstance(term, BlankNode) else None
        if triples is None:
            return "[]" if term in self._empty else self.term(term)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise StyleError(f"its [ ] and ( ) are nested more than {_DEEPEST} deep")
        items = list_items(term, self._inner)
        text = self._list(items, column, indent) if items is not None else self._anonymous(triples, column, indent)
        self._depth -= 1
        return text

    def _anonymous(self, triples: Sequence[Triple], column: int, indent: str) -> str:
        groups = _groups(triples)
        parts = [
            f"{'a' if predicate == TYPE else self.term(predicate)} {self._objects(objects, 0, indent)}"
            for predicate, objects in groups.items()
        ]
        line = f"[ {' ; '.join(parts)} ]"
        if len(parts) <= 2 and "\n" not in line and column + len(line) + 2 <= WIDTH:
            return line
        return f"[\n{self._body(groups, indent + _INDENT)}\n{indent}]"

    def _list(self, items: Sequence[Any], column: int, indent: str) -> str:
        deeper = indent + _INDENT
        texts = [self._object(item, len(deeper), deeper) for item in items]
        line = f"( {' '.join(texts)} )"
        if "\n" not in line and column + len(line) + 2 <= WIDTH:
            return line
        return f"(\n{deeper}{_filled(texts, len(deeper), WIDTH)}\n{indent})"


def _groups(triples: Sequence[Triple]) -> dict[NamedNode, list[Any]]:
    """The objects by predicate, the predicates in our order."""
    groups: dict[NamedNode, list[Any]] = {}
    for triple in triples:
        groups.setdefault(triple.predicate, []).append(triple.object)
    return dict(sorted(groups.items(), key=lambda item: predicate_key(item[0].value)))


def _blank_nodes(triples: Iterable[Triple]) -> set[Any]:
    return {term for triple in triples for term in (triple.subject, triple.object) if isinstance(term, BlankNode)}


def _filled(texts: Sequence[str], column: int, width: int) -> str:
    """*texts* with spaces between, broken so that no line goes beyond *width*; it starts at *column*."""
    lines, length = [[texts[0]]], column + len(texts[0])
    for text in texts[1:]:
        if "\n" in text or length + 1 + len(text) > width:
            lines.append([])
            length = column - 1
        lines[-1].append(text)
        length += 1 + len(text)
    return f"\n{' ' * column}".join(" ".join(line) for line in lines)


def _joined(parts: Iterable[str]) -> str:
    """*parts* with an empty line between two of them, unless both are blocks of one line."""
    text: list[str] = []
    line_before = False
    for part in parts:
        if not part:
            continue
        line = part.count("\n") == 1 and part[0] not in "#@"
        if text and not (line and line_before):
            text.append("\n")
        text.append(part)
        line_before = line
    return "".join(text)


def _tag(language: str) -> str:
    """A language tag in the case that RFC 5646, 2.1.1, recommends; the engine has it in small letters."""
    parts = language.split("-")
    for place, part in enumerate(parts[1:], 1):
        if len(parts[place - 1]) > 1 and part.isalpha() and len(part) in (2, 4):
            parts[place] = part.upper() if len(part) == 2 else part.title()
    return "-".join(parts)
