"""Named queries: one query a file, ``queries/<folder>/<name>.rq``.

Lines that start with ``#+`` are its header in YAML. Each parameter has one line ``VALUES ?name { default }``
in the query, so that the file runs unchanged in any SPARQL editor; ``UNDEF`` is "no default".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urljoin

import yaml
from pyoxigraph import Literal as RdfLiteral
from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store

from ..errors import ContentError
from .findings import Finding, Severity, syntax_position

XSD = "http://www.w3.org/2001/XMLSchema#"
Term = NamedNode | RdfLiteral
Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

HEADER = {
    "summary": "one line that says what the query answers",
    "description": "more about it",
    "title": "heading above the result on a page",
    "tags": "a list of words",
    "params": "a mapping of parameter names",
    "columns": "a mapping of variables to what they hold",
    "view": "how a page shows the result",
    "severity": "error, warning or info",
    "endpoint": "address of the endpoint the query is meant for",
}
PARAMETER = {"datatype", "doc", "unit"}
SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Parameter:
    """What a caller may give.

    datatype  "IRI" or the IRI of an XML Schema datatype
    doc       what it means; unit: of a number, "" when it has none
    default   the term in the query's VALUES line, None for UNDEF
    """

    name: str
    datatype: str
    doc: str
    unit: str
    default: Term | None


@dataclass(frozen=True)
class NamedQuery:
    """A query file, read and parsed.

    name     the file's name without its suffix
    text     SPARQL with absolute prefixes: it means the same wherever it runs; its header stays as comments
    columns  variable -> what it holds: "IRI", "text" or a unit
    """

    name: str
    path: Path
    form: Form
    text: str
    variables: tuple[str, ...] = ()
    summary: str = ""
    description: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()
    params: tuple[Parameter, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    view: str = ""
    severity: Severity = "error"
    endpoint: str = ""


def read_query(path: Path, base_iri: str, name: str = "") -> NamedQuery:
    """Read and check one query file.

    base_iri  what relative IRIs stand below
    name      the file's name in findings, such as ``queries/api/sites.rq``; default: the path's end
    raises    ContentError with ``findings`` (file and line) for YAML that does not parse, unknown keys, values
              of the wrong kind, parameters without a VALUES line, SPARQL that does not parse
    """
    return _Reader(path, base_iri, name or "/".join(path.parts[-3:])).read()


class _Reader:
    """Collects the findings of one file on the way to its NamedQuery."""

    def __init__(self, path: Path, base_iri: str, name: str) -> None:
        self.path, self.base_iri, self.name = path, base_iri, name
        self.findings: list[Finding] = []
        self.lines: dict[str, int] = {}  # "params.minDepth" -> line of the key in the file

    def read(self) -> NamedQuery:
        try:
            text = self.path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.complain(1, "is not UTF-8 text", "save the file as UTF-8")
            raise self.error() from None
        header = self.header(text)
        form, variables = self.parse(text, runs_here="endpoint" not in header)
        params = tuple(self.parameter(name, told, text) for name, told in header.get("params", {}).items())
        for column in header.get("columns", {}):
            if variables and column not in variables:
                known = ", ".join(f"?{variable}" for variable in variables)
                self.complain(self.lines[f"columns.{column}"], f"column {column} is no variable of the result", known)
        if self.findings:
            raise self.error()
        return NamedQuery(
            self.path.stem,
            self.path,
            form,
            absolute(text, self.base_iri),
            variables,
            **(header | {"params": params, "tags": tuple(header.get("tags", ()))}),
        )

    def complain(self, line: int, message: str, right: str = "", column: int = 0) -> None:
        self.findings.append(Finding(self.name, line, "error", message, right, column))

    def error(self) -> ContentError:
        findings = sorted(self.findings)
        return ContentError("\n".join(map(str, findings)), findings=findings)

    # The header

    def header(self, text: str) -> dict[str, Any]:
        """The header's known keys with values of the right kind; all else becomes a finding."""
        numbered = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.startswith("#+")]
        source = "\n".join(line[2:].removeprefix(" ") for _, line in numbered)
        numbers = [number for number, _ in numbered] or [1]
        try:
            node = yaml.compose(source, Loader=yaml.SafeLoader)
            told = yaml.safe_load(source)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = numbers[min(mark.line, len(numbers) - 1)] if mark else numbers[0]
            self.complain(line, f"the header is not YAML: {error.problem}", "quotes around a text with a colon")
            return {}
        if told is None:
            return {}
        if not isinstance(told, dict):
            self.complain(numbers[0], "the header is no mapping", "lines such as #+ summary: …")
            return {}
        self.locate(node, numbers)
        return {key: value for key, value in told.items() if self.accepts(str(key), value)}

    def locate(self, node: yaml.Node | None, numbers: list[int], above: str = "") -> None:
        """Note the line of every key of a mapping and of the mappings in it."""
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{above}{key.value}"
                self.lines.setdefault(name, numbers[key.start_mark.line])
                self.locate(value, numbers, f"{name}.")

    def accepts(self, key: str, value: Any) -> bool:
        kinds: dict[str, Callable[[Any], bool]] = {
            "params": lambda params: (
                isinstance(params, dict) and all(isinstance(told, dict) for told in params.values())
            ),
            "columns": lambda columns: isinstance(columns, dict) and all(isinstance(v, str) for v in columns.values()),
            "tags": lambda tags: isinstance(tags, list) and all(isinstance(tag, str) for tag in tags),
            "severity": lambda severity: severity in SEVERITIES,
        }
        if key not in HEADER:
            self.complain(self.lines.get(key, 1), f"unknown header key {key}", f"one of {', '.join(HEADER)}")
            return False
        if not kinds.get(key, lambda text: isinstance(text, str))(value):
            self.complain(self.lines[key], f"header key {key} does not hold what it should", HEADER[key])
            return False
        return True

    def parameter(self, name: str, told: dict[str, Any], text: str) -> Parameter:
        line = self.lines[f"params.{name}"]
        for key in sorted(told.keys() - PARAMETER):
            place = self.lines.get(f"params.{name}.{key}", line)
            self.complain(place, f"unknown key {key} of parameter {name}", f"one of {', '.join(sorted(PARAMETER))}")
        datatype = str(told.get("datatype", ""))
        if not re.fullmatch(r"IRI|xsd:[A-Za-z]+", datatype):
            self.complain(line, f"parameter {name} has datatype {datatype or 'none'}", "IRI or xsd:…")
        datatype = datatype.replace("xsd:", XSD)
        default = self.default(name, datatype, text, line)
        return Parameter(name, datatype, str(told.get("doc", "")), str(told.get("unit", "")), default)

    def default(self, name: str, datatype: str, text: str, line: int) -> Term | None:
        """The term in the parameter's VALUES line, read by the engine."""
        found = list(re.finditer(values_pattern(name), text, re.MULTILINE))
        if len(found) != 1:
            right = f"one line VALUES ?{name} {{ … }}"
            self.complain(line, f"parameter {name} has {len(found)} VALUES lines", right)
            return None
        prologue = "\n".join(match[0] for match in _PREFIX.finditer(text))
        question = f"{prologue}\nSELECT ?{name} WHERE {{ {found[0][0].strip()} }}"
        try:
            terms = [row[0] for row in cast(QuerySolutions, Store().query(question, base_iri=self.base_iri))]
        except SyntaxError:
            return None  # the whole query does not parse either, which is a finding already
        place = text.count("\n", 0, found[0].start()) + 1
        if len(terms) != 1:
            self.complain(place, f"parameter {name} has {len(terms)} defaults", "one term, or UNDEF")
            return None
        term = terms[0]
        kind = "IRI" if isinstance(term, NamedNode) else getattr(getattr(term, "datatype", None), "value", "")
        if term is not None and kind != datatype:
            kind, datatype = (text.replace(XSD, "xsd:") for text in (kind, datatype))
            self.complain(
                place, f"the default of parameter {name} is of type {kind}", f"{datatype}, as its header says"
            )
        return term if isinstance(term, NamedNode | RdfLiteral) else None

    # The query

    def parse(self, text: str, runs_here: bool) -> tuple[Form, tuple[str, ...]]:
        """Form and result variables as the engine sees them; nothing is called, not even by SERVICE."""
        # The engine answers ASK at once, the other forms when rows are taken.
        lazy = re.sub(r"^((?:[^\S\n]*#.*\n|\s*(?i:PREFIX|BASE)\b.*\n|\s)*)(?i:ASK)\b", r"\1SELECT *", text, count=1)
        result: QueryBoolean | QuerySolutions | QueryTriples | None = None
        try:
            result = Store().query(lazy, base_iri=self.base_iri)
        except SyntaxError as error:
            line, column, message = syntax_position(error)
            self.complain(line, f"column {column}: {message}" if column else message, column=column)
        except RuntimeError as error:  # it parses, but names a function that the engine has not
            if runs_here:
                self.complain(1, str(error), "a function of SPARQL 1.1, or the header key endpoint")
        if lazy != text or isinstance(result, QueryBoolean):
            return "ASK", ()
        if isinstance(result, QueryTriples):
            return ("DESCRIBE" if re.search(r"^\s*DESCRIBE\b", text, re.MULTILINE | re.IGNORECASE) else "CONSTRUCT"), ()
        return "SELECT", tuple(variable.value for variable in result.variables) if result else ()


_IRI_REFERENCE = r"<([^<>\"{}|^`\\\s]*)>"
_PREFIX = re.compile(rf"^[^\S\n]*PREFIX\s+([^\s:]*:)\s*{_IRI_REFERENCE}", re.IGNORECASE | re.MULTILINE)
_OUTSIDE_TEXT = re.compile(
    rf"""
    \#[^\n]* | \"{{3}}.*?\"{{3}} | '{{3}}.*?'{{3}} | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
  | {_IRI_REFERENCE}
    """,
    re.VERBOSE | re.DOTALL,
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
