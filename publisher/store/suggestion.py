"""What would be right where a query goes wrong: what people often mean by such a fault.

Each function knows one kind of mistake and returns "" for all others; the first that knows is heard.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from ..errors import QueryError
from .grammar import CLOSING, END, Fault, grammar, read_terminals
from .guard import Token, position

ADDRESS = re.compile(r"(https?://|urn:|mailto:)[^\s<>{}\"]*", re.IGNORECASE)
_LONGEST = 60  # characters of a token that are shown
_COLUMN = "a variable or (expression AS ?name)"
_PREDICATE = "a predicate"
_OBJECT = "an object (a variable, an IRI or a literal)"
_MODIFIERS = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET")
_TERMS = {
    "VAR",
    "IRIREF",
    "PNAME_LN",
    "PNAME_NS",
    "BLANK",
    "ANON",
    "STRING",
    "INTEGER",
    "DECIMAL",
    "[",
    "(",
    "a",
    "WORD",
}

# Habits from other languages: what the text holds at the fault, and how SPARQL says it.
_HABITS = [
    (re.compile(pattern, re.IGNORECASE), right)
    for pattern, right in (
        (r"<>", "not equal is written !="),
        (r"AND\b", "and is written &&"),
        (r"OR\b", "or is written ||"),
        (r"LIKE\b", 'CONTAINS(?text, "part") or REGEX(?text, "pattern") looks into a text'),
        (r"TOP\b", "the first ten rows are LIMIT 10, behind the last }"),
        (r"&(lt|gt|amp|quot);", 'the query was escaped for HTML: write <, >, & and " themselves'),
        (r"@(prefix|base)\b", "SPARQL writes PREFIX name: <IRI>, without @ and without a full stop"),
        (r"--|/\*|//", "a comment starts with #"),
    )
]
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CLOSED_IRI = re.compile(r"<[^<>\r\n]*>")

# What was expected first, and how that is written.
_WANTED = {
    "BY": "write GROUP BY or ORDER BY",
    "a whole number": "such as LIMIT 10",
    "an IRI": "an IRI stands in angle brackets, or a prefix shortens it",
    "a condition in brackets or a function": "put the whole condition in brackets: ( … )",
    "a list in brackets": "a list stands in brackets: IN (1, 2)",
    _PREDICATE: "a statement is subject, predicate and object",
    _OBJECT: "a statement is subject, predicate and object: the object is missing",
}

_RENAME = "choose another name after AS"

# What the engine says of a query that has the right form, what we say, and what would be right.
_REASONS = (
    ("SELECT * is not authorized", "SELECT * stands beside GROUP BY or an aggregate",
     "name the columns, such as SELECT ?x (COUNT(*) AS ?count)"),
    ("overrides an existing variable", "AS gives a name that the query already uses", _RENAME),
    ("<unreported>", "a blank node's label, such as _:x, stands in two groups", "write a variable in its place"),
    ("IRI parsing failed", "an IRI is not well-formed", "escape what an IRI cannot hold, such as %20 for a space"),
)  # fmt: skip


def shorten(text: str) -> str:
    """*text* cut to what a message has room for."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def suggest(text: str, fault: Fault) -> str:
    """What would be right at *fault* of the query *text*, "" when nothing is known."""
    before = fault.before[-1] if fault.before else Token("", "", 0)
    return (
        _about_quotes(fault.token, before)
        or _about_habits(text, fault, before)
        or _about_keywords(fault.token, fault.keywords)
        or _about_iris(text, fault)
        or _about_names(fault)
        or _about_brackets(text, fault)
        or _about_columns(fault)
        or _about_clauses(fault)
        or _about_statements(fault)
        or _WANTED.get(fault.expected[0], "")
    )


def explain_reason(text: str, error: QueryError) -> QueryError:
    """Put plainly what the engine says of a *text* that has the form of a query; its own words when it is unknown."""
    for pattern, detail, suggestion in _REASONS:
        if pattern in error.detail:
            return QueryError(detail, suggestion=suggestion)
    if "variable that is unbound" in error.detail:
        names = shorten(" ".join(_ungrouped(text)))
        detail = f"SELECT names {names or 'a variable'} beside an aggregate, and GROUP BY does not"
        return QueryError(detail, suggestion=f"add GROUP BY {names} behind the last }}" if names else None)
    return _about_bind(text) or _about_rows(text) or error


def _about_bind(text: str) -> QueryError | None:
    """BIND to a variable that has a value already."""
    seen: set[str] = set()
    before = ""
    for token in read_terminals(text):
        if token.kind == "VAR" and before == "AS" and token.text in seen:
            return error_at(text, token, f"BIND names {shorten(token.text)}, which is used before it", _RENAME)
        if token.kind == "VAR":
            seen.add(token.text)
        before = token.kind
    return None


def _about_rows(text: str) -> QueryError | None:
    """A row of VALUES with more or fewer values than it has variables."""
    width, count, before = 0, 0, ""
    clause = ""  # VALUES while its variables are read, ROWS while its rows are
    for token in read_terminals(text):
        if token.kind == "VALUES" or (token.kind == "}" and clause):
            clause, width = ("VALUES" if token.kind == "VALUES" else ""), 0
        elif clause == "VALUES" and token.kind == "{":
            clause = "ROWS" if width and before == ")" else ""
        elif clause == "VALUES":
            width += token.kind == "VAR"
        elif token.kind == "(":
            count = 0
        elif clause and token.kind == ")" and count != width:
            detail = f"this row of VALUES has {count} values for {width} variables"
            return error_at(text, token, detail, "UNDEF stands for no value")
        else:
            count += token.kind not in ("^^", "+", "-", "LANGTAG") and before != "^^"
        before = token.kind
    return None


def error_at(text: str, token: Token, detail: str, suggestion: str) -> QueryError:
    """The error with the position of *token*."""
    line, column = position(text, token.offset)
    where = f"line {line}, column {column}: "
    return QueryError(
        where + detail, line=line, column=column, token=shorten(token.text) or None, suggestion=suggestion or None
    )


def _ungrouped(text: str) -> Iterable[str]:
    """The variables that the outermost SELECT names plainly, without those that its GROUP BY names."""
    named: dict[str, None] = {}
    depth, clause = 0, ""
    for token in read_terminals(text):
        depth += (token.kind in CLOSING) - (token.kind in CLOSING.values())
        if token.kind in ("SELECT", "FROM", "WHERE", "{", *_MODIFIERS) and depth == (token.kind == "{"):
            clause = token.kind
        elif token.kind == "VAR" and clause == "SELECT" and not depth:
            named[token.text] = None
        elif token.kind == "VAR" and clause == "GROUP":
            named.pop(token.text, None)
    return named


def _about_quotes(token: Token, before: Token) -> str:
    if token.kind == "OPEN_STRING":
        return "a text in one quote ends on its line; one of several lines stands in three quotes"
    if before.kind == "STRING" and before.offset + len(before.text) == token.offset and token.kind in _TERMS:
        return f"a quote inside a text is written \\{before.text[0]}"
    return ""


def _about_habits(text: str, fault: Fault, before: Token) -> str:
    """Operators and clauses of other languages."""
    offset, start = fault.token.offset, before.offset
    if text[start : offset + 1] == "==":
        return "equal is written ="
    if _DATE.match(text, max(0, offset - 10)) or _DATE.match(text, start):
        return 'a date is written "2020-01-31"^^xsd:date'
    if before.kind == "VAR" and fault.token.text == "-" and start + len(before.text) == offset:
        return "a variable's name holds letters, digits and _ only"
    if fault.token.text == "||" and fault.expected[0] == _OBJECT:
        return "either of two predicates is written a|b"
    if fault.token.text in ("&&", "||"):
        return "statements that must all hold follow each other; { … } UNION { … } is for either"
    if fault.token.text == "@":
        return 'a language is written "text"@en'
    return next((right for pattern, right in _HABITS if pattern.match(text, offset)), "")


def _about_keywords(token: Token, expected: Iterable[str]) -> str:
    """Misspelt keywords: the nearest of those that can stand here."""
    if token.kind != "WORD":
        return ""
    possible = {word.upper(): word for word in expected}
    near = get_close_matches(token.text.upper()[:30], possible, n=1, cutoff=0.75)
    return f"{possible[near[0]]} is meant?" if near else ""


def _about_iris(text: str, fault: Fault) -> str:
    address = ADDRESS.match(text, fault.token.offset)
    if address:
        return f"write <{shorten(address[0].rstrip('.;,)'))}>"
    if fault.token.kind != "<":
        return ""
    if _CLOSED_IRI.match(text, fault.token.offset):
        return "an IRI holds no space, quote or brace: write %20 for a space"
    return "an IRI ends with >"


def _about_names(fault: Fault) -> str:
    """A word that is no keyword: a variable, a prefixed name or a text lacks its sign."""
    if fault.token.kind != "WORD":
        return ""
    word = shorten(fault.token.text)
    if "a prefix with its colon" in fault.expected:
        return f"{word}: is meant?"
    if _COLUMN in fault.expected or fault.expected[0] == "a variable such as ?x":
        return f"?{word} is meant?"
    if _PREDICATE in fault.expected:
        return f"a predicate is a variable (?{word}), a prefixed name (prefix:{word}) or an IRI in angle brackets"
    if _OBJECT in fault.expected or "an expression" in fault.expected:
        return f'a variable (?{word}), a prefixed name (prefix:{word}) or a text ("{word}") is meant?'
    return ""


def _about_brackets(text: str, fault: Fault) -> str:
    token, opened = fault.token, fault.opened
    if token.kind in CLOSING.values() and not opened:
        return f"this {token.text} closes nothing: delete it, or open one before"
    if not opened:
        return ""
    closing = CLOSING[opened.kind]
    only_this = fault.expected in ((f"'{closing}'",), ("an operator", f"'{closing}'"))
    must_close = only_this and token.kind not in (",", "WORD")
    another = token.kind in CLOSING.values() and token.kind != closing
    if token.kind in (END, "WHERE") or another or must_close:
        line, column = position(text, opened.offset)
        return f"the {opened.text} opened at line {line}, column {column} is not closed: {closing} is missing"
    return ""


def _about_columns(fault: Fault) -> str:
    """What SELECT names, and the arguments of functions."""
    token = fault.token
    if "AS" in fault.keywords:
        return "a computed value has a name: (… AS ?name)"
    if fault.expected == ("an operator", "','"):
        return "an argument is missing" if token.kind == ")" else "arguments are separated by commas"
    if token.kind == "," and fault.expected == ("an operator", "')'"):
        return "this is one argument too many"
    if _COLUMN not in fault.expected:
        return ""
    if token.kind == ",":
        return "columns are separated by spaces"
    if token.kind in ("WHERE", "FROM", "{"):
        return "name the columns, or write * for all"
    if token.kind in grammar().keywords:
        return f"a computed column stands in brackets and has a name: ({token.text}(…) AS ?name)"
    return ""


def _about_clauses(fault: Fault) -> str:
    """Clauses in the wrong place."""
    token = fault.token
    if token.kind in _MODIFIERS and fault.opened:
        return f"{token.text} stands behind the last }}"
    if token.kind in _MODIFIERS:
        return "the order is GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET"
    if token.kind == "UNION":
        return "both sides of UNION stand in braces: { … } UNION { … }"
    if "SELECT, ASK, CONSTRUCT or DESCRIBE" in fault.expected:
        example = "a query is, say, SELECT * WHERE { ?s ?p ?o }"
        return "no full stop follows a declaration" if token.kind == "." else example
    if token.kind == ";" and "the end of the query" in fault.expected:
        return "a request holds one query, without ; at its end"
    return ""


def _about_statements(fault: Fault) -> str:
    """Full stops and semicolons of statements, and the braces around them."""
    if "'{'" in fault.expected and fault.token.kind in {*_TERMS, END}:
        is_values = [token.kind for token in fault.before[-2:]] == ["VALUES", "VAR"]
        return "values stand in braces: VALUES ?x { 1 2 }" if is_values else "a pattern stands in braces: { … }"
    if {"'.'", "';'"} <= set(fault.expected) and fault.token.kind in _TERMS:
        return "end the statement before it with a full stop, or with ; to go on about the same subject"
    return ""
