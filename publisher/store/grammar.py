"""Where a text stops being a SPARQL query: the first token that the grammar has no place for, and what it has.

The engine says only how far it looked ahead, up to 14 characters too far, and names whichever keyword it tried
last. So a text that it refused is read once more here, by the standard's own grammar (``sparql.ebnf``), which can be
read from left to right with one token in view: in linear time, without recursion.

Source: SPARQL 1.1 Query Language, section 19.8.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .guard import Token, tokens

END = "END"
SILENT = "-"  # the label of what may follow almost anything, which nobody is told
CLOSING = {"(": ")", "[": "]", "{": "}"}
_EBNF = Path(__file__).with_name("sparql.ebnf")
_PRODUCTION = re.compile(r'^(\w+)(?: "([^"]*)")? = (.*)$', re.MULTILINE)
_KINDS = {"iri": "IRIREF", "string": "STRING"}
# What the tokenizer gives piece by piece and the grammar takes as one: numbers, operators, empty brackets.
_JOINED = re.compile(
    r"(?P<DECIMAL>\d*\.\d+(?:[eE][+-]?\d+)?|\d+\.?[eE][+-]?\d+)|(?P<INTEGER>\d+)"
    r"|&&|\|\||[!<>]=|\^\^|(?P<NIL>\(\s*\))|(?P<ANON>\[\s*\])"
)


@dataclass(frozen=True, eq=False)
class Node:
    """A part of a production: a token, a name, or how parts are put together.

    kind   token, rule, sequence, choice, optional or repeat
    name   of a token or a rule
    """

    kind: str
    name: str = ""
    parts: "tuple[Node, ...]" = ()


@dataclass(frozen=True)
class Fault:
    """The first token that cannot stand where it stands.

    token      its kind is the grammar's name for it; the text is "" at the end of the query
    expected   in words for people, what could stand there
    keywords   the keywords among that, as they are usually written
    opened     the innermost bracket that is still open there
    before     the tokens before it, the last one last
    """

    token: Token
    expected: tuple[str, ...]
    keywords: frozenset[str]
    opened: Token | None
    before: list[Token]


@dataclass
class Grammar:
    """The productions by name, what people are told of them, and the keywords by their capitals."""

    rules: dict[str, Node] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    keywords: dict[str, str] = field(default_factory=dict)
    _first: dict[Node, tuple[frozenset[str], bool]] = field(default_factory=dict)
    _rest: "dict[tuple[Node, str], tuple[Node, ...]]" = field(default_factory=dict)

    def first(self, node: Node) -> tuple[frozenset[str], bool]:
        """The tokens that *node* can start with, and whether it can be empty."""
        if node not in self._first:
            self._first[node] = self._find_first(node)
        return self._first[node]

    def _find_first(self, node: Node) -> tuple[frozenset[str], bool]:
        if node.kind == "token":
            return frozenset([node.name]), False
        if node.kind == "rule":
            return self.first(self.rules[node.name])
        found: frozenset[str] = frozenset()
        for part in node.parts:
            starts, empty = self.first(part)
            found |= starts
            if node.kind == "sequence" and not empty:
                return found, False
        some_empty = any(self.first(part)[1] for part in node.parts)
        return found, node.kind != "choice" or some_empty

    def take(self, node: Node, kind: str) -> "tuple[Node, ...] | None":
        """What is left to read of *node*, last part first, after a token of *kind*; None: it cannot start so."""
        if kind not in self.first(node)[0]:
            return None
        if (node, kind) not in self._rest:
            self._rest[node, kind] = self._find_rest(node, kind)
        return self._rest[node, kind]

    def _find_rest(self, node: Node, kind: str) -> "tuple[Node, ...]":
        if node.kind == "token":
            return ()
        if node.kind == "rule":
            return self.take(self.rules[node.name], kind) or ()
        place = next(place for place, part in enumerate(node.parts) if kind in self.first(part)[0])
        later = node.parts[:place:-1] if node.kind == "sequence" else (node,) if node.kind == "repeat" else ()
        return later + (self.take(node.parts[place], kind) or ())

    def words(self, node: Node) -> Iterator[str]:
        """What a person is told when *node* is missing."""
        if node.kind == "token":
            yield "the end of the query" if node.name == END else self.keywords.get(node.name, f"'{node.name}'")
        elif node.kind == "rule" and node.name in self.labels:
            yield from [self.labels[node.name]] if self.labels[node.name] != SILENT else []
        elif node.kind == "rule":
            yield from self.words(self.rules[node.name])
        else:
            for part in node.parts:
                yield from self.words(part)
                if node.kind == "sequence" and not self.first(part)[1]:
                    break


@cache
def grammar() -> Grammar:
    """The grammar in ``sparql.ebnf``, read once."""
    found = Grammar()
    for name, label, body in _PRODUCTION.findall(_EBNF.read_text(encoding="utf-8")):
        words = re.findall(r"'[^']+'|\w+|[()|?*]", body)
        found.keywords |= {word.strip("'").upper(): word.strip("'") for word in words if re.match(r"'\w", word)}
        found.rules[name] = _read_choice(words)
        if label:
            found.labels[name] = label
    del found.keywords["A"]  # rdf:type, which alone is no keyword in capitals
    return found


def _read_choice(words: list[str]) -> Node:
    """Read alternatives up to the closing bracket or the end; takes what it reads off *words*."""
    choices = [_read_sequence(words)]
    while words and words[0] == "|":
        words.pop(0)
        choices.append(_read_sequence(words))
    return choices[0] if len(choices) == 1 else Node("choice", parts=tuple(choices))


def _read_sequence(words: list[str]) -> Node:
    parts: list[Node] = []
    while words and words[0] not in ("|", ")"):
        word = words.pop(0)
        if word == "(":
            parts.append(_read_choice(words))
            words.pop(0)
        elif word in ("?", "*"):
            parts.append(Node("optional" if word == "?" else "repeat", parts=(parts.pop(),)))
        elif word.startswith("'"):
            literal = word.strip("'")
            parts.append(Node("token", literal if literal == "a" else literal.upper()))
        else:
            parts.append(Node("token" if word.isupper() else "rule", word))
    return parts[0] if len(parts) == 1 else Node("sequence", parts=tuple(parts))


def find_fault(text: str) -> Fault | None:
    """The first fault of *text*; None when it has the form of a query (what it names may still be wrong)."""
    rules = grammar()
    stack = [rules.rules["QueryUnit"]]
    before: list[Token] = []
    opened: list[Token] = []
    for token in read_terminals(text):
        passed: list[Node] = []
        while stack:
            node = stack.pop()
            rest = rules.take(node, token.kind)
            if rest is not None:
                stack += rest
                break
            passed.append(node)
            if not rules.first(node)[1]:
                return _fault(rules, token, passed, opened, before)
        if token.kind in CLOSING:
            opened.append(token)
        elif token.kind in CLOSING.values() and opened:
            opened.pop()
        before.append(token)
    return None


def _fault(rules: Grammar, token: Token, passed: list[Node], opened: list[Token], before: list[Token]) -> Fault:
    words = dict.fromkeys(word for node in passed for word in rules.words(node))
    starts = frozenset[str]().union(*(rules.first(node)[0] for node in passed))
    keywords = frozenset(rules.keywords[name] for name in starts if name in rules.keywords)
    return Fault(token, tuple(words), keywords, opened[-1] if opened else None, before)


def read_terminals(text: str) -> Iterator[Token]:
    """The tokens of *text* as the grammar names them, then one for the end, placed behind the last one."""
    keywords = grammar().keywords
    end = 0
    for token in tokens(text):
        if token.offset < end:
            continue  # it was part of the one before
        joined = _JOINED.match(text, token.offset) if token.kind in ("mark", "number") else None
        if joined:
            yield Token(joined.lastgroup or joined[0], joined[0], token.offset)
            end = joined.end()
            continue
        end = token.offset + len(token.text)
        length = len(token.text) if token.kind not in ("prefixed", "name") else _length_without_dots(token.text)
        yield _terminal(token.kind, token.text[:length], token.offset, keywords)
        for place in range(length, len(token.text)):
            yield Token(".", ".", token.offset + place)
    yield Token(END, "", end)


def _terminal(kind: str, text: str, offset: int, keywords: dict[str, str]) -> Token:
    if kind == "word":
        kind = "a" if text == "a" else text.upper() if text.upper() in keywords else "WORD"
    elif kind == "prefixed":
        kind = "PNAME_NS" if text.endswith(":") and text.count(":") == 1 else "PNAME_LN"
    elif kind == "name":
        kind = {"@": "LANGTAG", "_": "BLANK"}.get(text[0], "VAR")
    elif kind == "string" and not _is_closed(text):
        kind = "OPEN_STRING"
    else:
        kind = _KINDS.get(kind, text)
    return Token(kind, text, offset)


def _length_without_dots(name: str) -> int:
    """A name ends before the full stop that ends its statement, unless a backslash makes that part of it."""
    length = len(name.rstrip("."))
    return length + 1 if length < len(name) and name[length - 1] == "\\" else length


def _is_closed(string: str) -> bool:
    quote = string[:3] if string[:3] in ('"""', "'''") else string[0]
    return len(string) >= 2 * len(quote) and string.endswith(quote)
