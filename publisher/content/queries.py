"""Named queries: what a query file says, and how a caller's values take the place of its defaults.

``query_files.py`` reads them; a build keeps them as JSON, so that nothing is parsed when a server starts.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin

from .findings import Severity
from .terms import DATATYPES, Term, read_term

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]


class Words(dict[str, str]):
    """A text by language tag; "" is the tag of a text whose language is not told."""

    def tag(self, language: str) -> str:
        """The language in which a reader of *language* gets it: theirs, none, English, the first by its tag."""
        tags = (language, language.partition("-")[0], "", "en")
        return next((tag for tag in tags if tag in self), min(self, default=""))

    def __str__(self) -> str:
        return self.get(self.tag("en"), "")


@dataclass(frozen=True)
class Parameter:
    """What a caller may give.

    datatype          "IRI" or the name of an XML Schema datatype, "decimal"
    doc               what it means; unit: of a number, "" when it has none
    default           the term in the query's VALUES line, None for UNDEF
    minimum, maximum  the least and greatest value, "" for none
    enum              the only values, () for any
    classes, schemes  IRIs of the classes and concept schemes whose members make sense, for forms to offer
    """

    name: str
    datatype: str
    doc: Words
    unit: str = ""
    default: Term | None = None
    minimum: str = ""
    maximum: str = ""
    enum: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()

    def read(self, text: str, base_iri: str, prefixes: Mapping[str, str]) -> Term:
        """The term that a caller's *text* writes. Raises ValueError, whose text says what would be right."""
        if self.enum and text not in self.enum:
            raise ValueError(f"one of {', '.join(self.enum)}")
        term = read_term(self.datatype, text, base_iri, prefixes)
        value = DATATYPES[self.datatype].value if self.minimum or self.maximum else str
        if self.minimum and value(text) < value(self.minimum):
            raise ValueError(f"at least {self.minimum}")
        if self.maximum and value(text) > value(self.maximum):
            raise ValueError(f"at most {self.maximum}")
        return term


@dataclass(frozen=True)
class NamedQuery:
    """A query file, read and parsed.

    name      the file's name without its suffix
    text      SPARQL with absolute prefixes: it means the same wherever it runs; its header stays as comments
    subject   the group of questions it belongs to; tags: words for programs
    columns   variable -> what it holds: "IRI", "text", "date", "boolean", a unit…
    headings  variable -> what stands above its column
    shown_on  folder of a query of pages: the class on whose pages it is shown, or "home"
    order     its place on such a page
    frame     name of the JSON-LD frame of a graph's document; root: the parameter that names its top
    endpoint  address of the endpoint the query is meant for, "" for this one
    """

    name: str
    form: Form
    text: str
    variables: tuple[str, ...] = ()
    summary: Words = field(default_factory=Words)
    description: Words = field(default_factory=Words)
    title: Words = field(default_factory=Words)
    subject: Words = field(default_factory=Words)
    tags: tuple[str, ...] = ()
    params: tuple[Parameter, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    headings: dict[str, Words] = field(default_factory=dict)
    view: str = ""
    shown_on: str = ""
    order: int = 0
    frame: str = ""
    root: str = ""
    severity: Severity = "error"
    endpoint: str = ""

    @property
    def heading(self) -> Words:
        return self.title or self.summary or Words({"": self.name})

    def bound(self, values: Mapping[str, Term]) -> str:
        """The text with *values* (parameter -> term) in the place of defaults.

        A value is written as one term of SPARQL, escaped; it can be nothing else.
        """
        places = []
        for name, term in values.items():
            match = re.search(values_pattern(name), self.text, re.MULTILINE)
            if match is None:
                raise KeyError(name)
            places.append((match.start(1), match.end(1), str(term)))
        text = self.text
        for start, end, written in sorted(places, reverse=True):
            text = text[:start] + written + text[end:]
        return text

    def page(self, text: str, first: int, size: int) -> str:
        """*text*, bound, for *size* rows after the *first* ones; its order decides which these are."""
        return f"{text.rstrip()}\nLIMIT {size} OFFSET {first}\n"

    def count(self, text: str) -> str:
        """*text*, bound, as a query for ?count, the number of all its rows."""
        found = _SELECT.search(text)
        start = found.start(1) if found else 0
        return f"{text[:start]}SELECT (COUNT(*) AS ?count) WHERE {{ {{\n{text[start:]}\n}} }}"

    def as_json(self) -> dict[str, Any]:
        """What a build keeps; ``from_json`` reads it."""
        told = asdict(self)
        for param, kept in zip(self.params, told["params"], strict=True):
            kept["default"] = param.default.value if param.default else None
        return told


def from_json(told: dict[str, Any]) -> NamedQuery:
    """The query of which ``as_json`` made *told*."""
    words = {key: Words(told.get(key, {})) for key in ("summary", "description", "title", "subject")}
    lists = {key: tuple(told[key]) for key in ("variables", "tags")}
    params = tuple(_parameter(param) for param in told["params"])
    headings = {variable: Words(texts) for variable, texts in told.get("headings", {}).items()}
    return NamedQuery(**(told | words | lists | {"params": params, "headings": headings}))


def _parameter(told: dict[str, Any]) -> Parameter:
    default = told["default"]
    read = {
        "doc": Words(told["doc"]),
        "default": None if default is None else read_term(told["datatype"], default),
        "enum": tuple(told["enum"]),
        "classes": tuple(told["classes"]),
        "schemes": tuple(told["schemes"]),
    }
    return Parameter(**(told | read))


_IRI_REFERENCE = r"<([^<>\"{}|^`\\\s]*)>"
PREFIX = re.compile(rf"^[^\S\n]*PREFIX\s+([^\s:]*):\s*{_IRI_REFERENCE}", re.IGNORECASE | re.MULTILINE)
_PROLOGUE = r"(?:\s|\#[^\n]*\n|PREFIX\s+[^\s:]*:\s*<[^>]*>|BASE\s*<[^>]*>)*"
_SELECT = re.compile(rf"\A{_PROLOGUE}(SELECT)\b", re.IGNORECASE)
_OUTSIDE_TEXT = re.compile(
    rf"""
    \#[^\n]* | \"{{3}}.*?\"{{3}} | '{{3}}.*?'{{3}} | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
  | {_IRI_REFERENCE}
    """,
    re.VERBOSE | re.DOTALL,
)
_CALL = re.compile(
    rf"{_OUTSIDE_TEXT.pattern} | [?$@]\w+ | [\w.\-]*:[\w.:%\-]* | \b(?P<call>SERVICE(?:\s+SILENT)?)\b",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def values_pattern(name: str) -> str:
    """Regular expression of a parameter's line ``VALUES ?name { default }``; group 1 is the default."""
    return rf"^[^\S\n]*VALUES\s+[?$]{re.escape(name)}\s*\{{\s*((?:<[^>]*>|\"(?:[^\"\\]|\\.)*\"|[^\"<}}])*?)\s*\}}"


def absolute(text: str, base_iri: str) -> str:
    """Return the query with its relative IRIs made absolute: those of prefixes and those in the query itself.

    >>> absolute("PREFIX ns: <ns#>\\nSELECT * { ?s a ns:Site, <id/x> }", "https://example.org/")
    'PREFIX ns: <https://example.org/ns#>\\nSELECT * { ?s a ns:Site, <https://example.org/id/x> }'
    """

    def resolve(match: re.Match[str]) -> str:
        reference = match[1]
        if reference is None or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", reference):
            return match[0]
        empty_fragment = "#" if reference.endswith("#") else ""  # which urljoin drops
        return f"<{urljoin(base_iri, reference)}{empty_fragment}>"

    return _OUTSIDE_TEXT.sub(resolve, text)


def without_text(text: str) -> str:
    """The query without its comments, strings and IRIs: what names variables."""
    return _OUTSIDE_TEXT.sub(" ", text)


def without_calls(text: str) -> str:
    """The query with GRAPH in place of each SERVICE: it parses alike, with the same positions, and calls nobody.

    The engine evaluates while it parses: what stands first in a query is called before a row is asked for.
    """

    def replace(match: re.Match[str]) -> str:
        return match[0] if match["call"] is None else "GRAPH" + re.sub(r"\S", " ", match[0][5:])

    return _CALL.sub(replace, text)


def prefixes(text: str) -> dict[str, str]:
    """The prefixes that *text*, made absolute, declares."""
    return {match[1]: match[2] for match in PREFIX.finditer(text)}


def classes_named(folder: str, prefixes: Mapping[str, str], base_iri: str) -> list[str]:
    """The classes that a folder of page queries may mean: a name in a namespace below the base, or ``prefix-Name``.

    >>> classes_named("Site", {"ns": "https://example.org/ns#"}, "https://example.org/")
    ['https://example.org/ns#Site']
    >>> classes_named("schema-Event", {"schema": "https://schema.org/"}, "https://example.org/")
    ['https://schema.org/Event']
    """
    prefix, _, local = folder.rpartition("-")
    if prefix:
        return [prefixes[prefix] + local] if prefix in prefixes else []
    return sorted({space + local for space in prefixes.values() if space.startswith(base_iri)})
