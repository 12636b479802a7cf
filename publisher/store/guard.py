r"""The tokenizer of SPARQL text: what kind of query is this, and does it reach out?

A query is looked at before any engine parses it. By tokens, not by text: ``SERVICE`` in a literal, an IRI,
a comment, a variable or the local part of a prefixed name is no federation. Where the engine reads more
freely than the grammar, the guard is as free:

* the engine replaces codepoint escapes in literals and IRIs only, the grammar everywhere: both readings count;
* its keywords may touch their neighbours (``trueSERVICE<x>{}``): a word that merely contains SERVICE counts;
* in an expression ``?a<'>'`` is a comparison for it and an IRI for a tokenizer: what could be both is refused
  in a query that has SERVICE anywhere in its text.

Source: SPARQL 1.1 Query Language, section 19 (19.2 codepoint escapes, 19.8 grammar).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from ..errors import QueryError, ServiceRefused, UpdateRefused

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

FORMS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH"}
NOT_REPEATABLE = {"NOW", "RAND", "UUID", "STRUUID", "BNODE"}

NO_FORM = "no query is found: one starts with SELECT, ASK, CONSTRUCT or DESCRIBE"

# A text in capitals without these has nothing to hide and always the same answer.
_WORTH_READING = ("\\U", "NOW", "RAND", "UUID", "BNODE", "SERVICE")
# The usual start of such a text; with another one, its tokens tell.
_USUAL_START = re.compile(
    r"""(?: \s++ | \#[^\r\n]*+ | PREFIX \s++ (?:[A-Za-z][\w\-]*+)?: \s*+ <[^<>"{}|^`\\\x00-\x20]*+> )*+
    (SELECT|ASK|CONSTRUCT|DESCRIBE) (?=[\s*{?<]) """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# Each alternative takes all it can at once and none looks ahead without end, so that reading is linear: a name
# run is split afterwards, and a string that is not closed (which no engine accepts) goes to the end.
_TOKEN = re.compile(
    r"""
    (?P<space>   \s+ | \#[^\r\n]* )
  | (?P<iri>     <[^<>"{}|^`\\\x00-\x20]*> )
  | (?P<string>  \"{3}(?:[^"\\]|\\.|\"(?!\"\"))*(?:\"{3})? | '{3}(?:[^'\\]|\\.|'(?!''))*(?:'{3})?
               | "(?:[^"\\\r\n]|\\.)*"?                | '(?:[^'\\\r\n]|\\.)*'? )
  | (?P<name>    [?$]\w+ | @[A-Za-z]+(?:-[A-Za-z0-9]+)* | _:[\w.\-·]+ )
  | (?P<run>     [^\W\d_][\w.\-·]*(?::(?:[\w:.\-·]|%[0-9A-Fa-f]{2}|\\.)*)? | :(?:[\w:.\-·]|%[0-9A-Fa-f]{2}|\\.)* )
  | (?P<number>  \d+ )
  | (?P<mark>    . )
    """,
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(r"(?P<word>\w+)|(?P<mark>.)", re.DOTALL)
# An IRI to the tokenizer whose inside could start an expression and hide what follows: <'>, <1)…#>, <a:b#>.
_COMPARISON = re.compile(
    r"<(?![a-z][a-z0-9+.\-]*://)(?=[^>]*[#)'])(?:[?$'(!+\-\d=:]|true|false|[\w.\-]*:|\w+\()", re.IGNORECASE
)


@dataclass(frozen=True)
class Token:
    """A token that is neither white space nor a comment: its kind (see _TOKEN), text and offset."""

    kind: str
    text: str
    offset: int


@dataclass(frozen=True)
class Inspection:
    """What the tokens tell: the query's form, and whether the same text always has the same answer."""

    form: Form
    cacheable: bool


def inspect(text: str) -> Inspection:
    """Read the tokens of *text*, a SPARQL query.

    raises   UpdateRefused for an update; ServiceRefused for SERVICE, each with line and column;
             QueryError, when no query form is found

    >>> inspect("SELECT * { ?service ns:Service 'SERVICE' } # SERVICE")
    Inspection(form='SELECT', cacheable=True)
    """
    capitals = text.upper()
    if not any(word in capitals for word in _WORTH_READING):
        usual = _USUAL_START.match(text)
        return Inspection(cast(Form, usual[1].upper()) if usual else _form_of(text), True)
    reading = _read(text)
    plain = unescape(text)
    if plain == text:
        return reading
    other = _read(plain)
    return Inspection(other.form, reading.cacheable and other.cacheable)


def _form_of(text: str) -> Form:
    """The form of a query that is not read further, for nothing in it could be a call or a changing function."""
    for token in tokens(text):
        if form := _form(text, token):
            return cast(Form, form)
    raise QueryError(NO_FORM, line=1, column=1)


def _read(text: str) -> Inspection:
    form = ""
    previous = before = Token("mark", "", 0)
    open_brackets: list[str] = []
    cacheable = True
    groups = 0
    mentions_service = "SERVICE" in text.upper()
    for token in tokens(text):
        word = token.text.upper() if token.kind == "word" else ""
        form = form or _form(text, token)
        if "SERVICE" in word:
            raise _refused(text, token)
        if mentions_service and open_brackets[-1:] == ["("] and _may_be_less_than(token, previous):
            raise _refused(text, token, "Put a space after < where it means 'less than'. ")
        if token.text in ("{", "("):
            if token.text == "{" and groups and _may_be_service(previous, before):
                raise _refused(text, previous)
            cacheable = cacheable and not (token.text == "(" and previous.text.upper() in NOT_REPEATABLE)
            open_brackets.append(token.text)
            groups += token.text == "{"
        elif token.text in ("}", ")") and open_brackets:
            groups -= open_brackets.pop() == "{"
        before, previous = previous, token
    if not form:
        raise QueryError(NO_FORM, line=1, column=1)
    return Inspection(cast(Form, form), cacheable)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of *text*, in linear time; every character is in exactly one match."""
    for match in _TOKEN.finditer(text):
        kind, found, offset = cast(str, match.lastgroup), match[0], match.start()
        if kind == "run" and ":" in found:
            yield Token("prefixed", found, offset)
        elif kind == "run":
            for part in _PART.finditer(found):
                yield Token(cast(str, part.lastgroup), part[0], offset + part.start())
        elif kind != "space":
            yield Token(kind, found, offset)


def unescape(text: str) -> str:
    """Replace codepoint escapes (section 19.2); a code point beyond Unicode is left for the parser to refuse."""

    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        return chr(code) if code <= 0x10FFFF else match[0]

    return _ESCAPE.sub(character, text)


def token_at(text: str, line: int, column: int) -> str:
    """The token at a position of the engine's parser, which may point just behind what it could not read."""
    lines = text.split("\n")
    offset = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
    near = ""
    for token in tokens(text):
        if token.offset > offset:
            break
        near = token.text
    return near


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of *offset*, both from 1."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1


def _form(text: str, token: Token) -> str:
    """The form that the first keyword after the prologue names; "" while the prologue goes on."""
    word = token.text.upper()
    if word in FORMS:
        return word
    if word in ("PREFIX", "BASE") or token.kind in ("prefixed", "iri"):
        return ""
    line, column = position(text, token.offset)
    if word in UPDATES:
        raise UpdateRefused(
            f"{word} is an update, and this endpoint is read-only: send a SELECT, ASK, CONSTRUCT or DESCRIBE query",
            line=line,
            column=column,
        )
    if "SERVICE" in word and token.kind == "word":
        raise _refused(text, token)
    raise QueryError(
        f"line {line}, column {column}: {token.text[:40]!r} is no start of a query: "
        "that is SELECT, ASK, CONSTRUCT or DESCRIBE",
        line=line,
        column=column,
    )


def _may_be_service(name: Token, before: Token) -> bool:
    """Would the engine read ``SERVICE:x {`` (one prefixed name to the grammar) as federation?"""
    if name.kind != "prefixed" or before.text.upper() == "GRAPH":
        return False
    return "SERVICE" in name.text.partition(":")[0].upper()


def _may_be_less_than(token: Token, previous: Token) -> bool:
    """Would the engine read ``?a<'>'`` (an IRI ``<'>`` to the tokenizer) as a comparison?"""
    after_operand = previous.kind in ("iri", "string", "name", "prefixed", "word", "number") or previous.text == ")"
    return token.kind == "iri" and after_operand and bool(_COMPARISON.match(token.text))


def _refused(text: str, token: Token, hint: str = "") -> ServiceRefused:
    line, column = position(text, token.offset)
    return ServiceRefused(
        f"{hint}SERVICE is refused: this endpoint asks no other server on a stranger's behalf. "
        "Run the federated query in your own client, and name this endpoint in its SERVICE clause.",
        line=line,
        column=column,
    )
