"""Query files: one query a file, ``queries/<folder>/<name>.rq``, read and checked.

Lines that start with ``#+`` are its header in YAML. Each parameter has one line ``VALUES ?name { default }``
in the query, so that the file runs unchanged in any SPARQL editor; ``UNDEF`` is "no default".
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import yaml
from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store

from ..errors import ContentError
from .findings import Finding, syntax_position
from .queries import (
    PREFIX,
    Form,
    NamedQuery,
    Parameter,
    Words,
    absolute,
    prefixes,
    values_pattern,
    without_calls,
    without_text,
)
from .terms import DATATYPES, IRI, XSD, Term, read_term

HEADER = {
    "summary": "one line that says what the query answers, or such a line by language",
    "description": "more about it, or that by language",
    "title": "heading above the result on a page, or headings by language",
    "subject": "heading of the questions among which it is listed, or such headings by language",
    "tags": "a list of words",
    "params": "a mapping of parameter names",
    "columns": "a mapping of variables to what they hold",
    "headings": "a mapping of variables and parameters to a heading, or to headings by language",
    "view": "table, list, map, chart, figures, timeline, comparison or tree",
    "order": "a whole number: the place on a page",
    "frame": "name of the JSON-LD frame of a graph",
    "root": "the parameter that names the top of the framed document",
    "severity": "error, warning or info",
    "endpoint": "address of the endpoint the query is meant for",
}
PARAMETER = ("class", "datatype", "doc", "enum", "maximum", "minimum", "scheme", "unit")
RESERVED = ("format", "page", "page_size")
SEVERITIES = ("error", "warning", "info")
# The C parser is several times as fast; PyYAML may be installed without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
VIEWS = ("table", "list", "map", "chart", "figures", "timeline", "comparison", "tree")
THIS = "this"  # the parameter of a query of pages: what the page is about
HOME = "home"
_OF_PAGES = re.compile(r"(?:queries/)?pages/([^/]+)/[^/]+")


def read_query(path: Path, base_iri: str, name: str = "") -> NamedQuery:
    """Read and check one query file.

    base_iri  what relative IRIs stand below
    name      the file's name in findings, such as ``queries/api/sites.rq``; default: the path's end
    raises    ContentError with ``findings`` (file and line) for YAML that does not parse, unknown keys, values
              of the wrong kind, parameters without a VALUES line or without use, SPARQL that does not parse
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
        shown_on = self.shown_on()
        if shown_on not in ("", HOME) and not self.findings:
            params += (Parameter(THIS, IRI, Words(), default=self.default(THIS, IRI, text, 1)),)
        self.check_columns("columns", header.get("columns", {}), variables)
        self.check_columns("headings", header.get("headings", {}), (*variables, *(param.name for param in params)))
        self.check_frame(header, form, params)
        if self.findings:
            raise self.error()
        words = {key: _words(header[key]) for key in ("summary", "description", "title", "subject") if key in header}
        headings = {variable: _words(told) for variable, told in header.get("headings", {}).items()}
        told: dict[str, Any] = header | words | {"params": params, "tags": tuple(header.get("tags", ()))}
        told |= {"headings": headings, "shown_on": shown_on}
        return NamedQuery(self.path.stem, form, absolute(text, self.base_iri), variables, **told)

    def shown_on(self) -> str:
        """The folder below ``pages/`` in which the file is; "" for a file elsewhere."""
        found = _OF_PAGES.fullmatch(self.name)
        return found[1] if found else ""

    def check_columns(self, key: str, told: dict[str, Any], variables: tuple[str, ...]) -> None:
        for column in told:
            if variables and column not in variables:
                known = ", ".join(f"?{variable}" for variable in variables)
                self.complain(self.lines[f"{key}.{column}"], f"column {column} is no variable of the result", known)

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
            node = yaml.compose(source, Loader=_LOADER)
            told = yaml.SafeLoader("").construct_document(node) if node else None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = numbers[min(mark.line, len(numbers) - 1)] if mark else numbers[0]
            problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
            self.complain(line, f"the header is not YAML: {problem}", "quotes around a text with a colon or a date")
            return {}
        if "\\u" in source.lower() and any("\ud800" <= sign <= "\udfff" for sign in str(told)):
            self.complain(numbers[0], "the header holds half a character (a surrogate)", "the character itself")
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
            "summary": _are_words,
            "description": _are_words,
            "title": _are_words,
            "subject": _are_words,
            "params": lambda params: (
                isinstance(params, dict) and all(isinstance(told, dict) for told in params.values())
            ),
            "columns": lambda columns: isinstance(columns, dict) and all(isinstance(v, str) for v in columns.values()),
            "headings": lambda headings: isinstance(headings, dict) and all(map(_are_words, headings.values())),
            "order": lambda order: isinstance(order, int) and not isinstance(order, bool),
            "tags": lambda tags: isinstance(tags, list) and all(isinstance(tag, str) for tag in tags),
            "severity": lambda severity: severity in SEVERITIES,
            "view": lambda view: view in VIEWS,
        }
        if key not in HEADER:
            self.complain(self.lines.get(key, 1), f"unknown header key {key}", f"one of {', '.join(HEADER)}")
            return False
        if not kinds.get(key, lambda text: isinstance(text, str))(value):
            self.complain(self.lines[key], f"header key {key} does not hold what it should", HEADER[key])
            return False
        return True

    def check_frame(self, header: dict[str, Any], form: Form, params: tuple[Parameter, ...]) -> None:
        if "frame" in header and form not in ("CONSTRUCT", "DESCRIBE"):
            self.complain(self.lines["frame"], f"a frame shapes a graph, and this is {form}", "CONSTRUCT")
        if ("frame" in header) != ("root" in header):
            key = "frame" if "frame" in header else "root"
            self.complain(self.lines[key], f"{key} stands alone", "frame and root")
        known = [param.name for param in params if param.datatype == IRI]
        if "root" in header and header["root"] not in known:
            right = ", ".join(known) or "an IRI parameter"
            self.complain(self.lines["root"], f"root {header['root']} is no parameter that is an IRI", right)

    # Parameters

    def parameter(self, name: str, told: dict[str, Any], text: str) -> Parameter:
        line = self.lines[f"params.{name}"]
        if not re.fullmatch(r"[A-Za-z_]\w*", str(name)):
            self.complain(line, f"parameter {name} has no name of a variable", "letters, digits and _")
            return Parameter(str(name), IRI, Words())
        for key in sorted(map(str, told.keys() - set(PARAMETER))):
            place = self.lines.get(f"params.{name}.{key}", line)
            self.complain(place, f"unknown key {key} of parameter {name}", f"one of {', '.join(PARAMETER)}")
        if name in RESERVED:
            self.complain(line, f"parameter {name} has a name that every address uses", "another name")
            return Parameter(name, IRI, Words())
        if (
            re.search(values_pattern(name), text, re.MULTILINE)
            and len(re.findall(rf"[?$]{re.escape(name)}\b", without_text(text))) == 1
        ):
            self.complain(line, f"parameter {name} is not used beside its VALUES line", f"?{name} in a pattern")
        written = str(told.get("datatype", ""))
        datatype = written.removeprefix("xsd:")
        if datatype != IRI and (datatype == written or datatype not in DATATYPES):
            right = ", ".join([IRI, *(f"xsd:{kind}" for kind in DATATYPES)])
            self.complain(line, f"parameter {name} has datatype {written or 'none'}", right)
            return Parameter(name, IRI, Words())
        doc = told.get("doc", "")
        if not _are_words(doc):
            self.complain(line, f"doc of parameter {name} is no text", "a text, or texts by language")
            doc = ""
        parameter = Parameter(
            name,
            datatype,
            _words(doc),
            str(told.get("unit", "")),
            self.default(name, datatype, text, line),
            str(told.get("minimum", "")),
            str(told.get("maximum", "")),
            tuple(str(value) for value in _listed(told.get("enum", ()))),
            tuple(self.named("class", name, told, text)),
            tuple(self.named("scheme", name, told, text)),
        )
        self.check_values(parameter, line, text)
        return parameter

    def named(self, key: str, name: str, told: dict[str, Any], text: str) -> list[str]:
        """IRIs of the classes or concept schemes that the parameter's *key* names."""
        found, known = [], self.prefixes(text)
        for written in _listed(told.get(key, ())):
            try:
                if re.fullmatch(r"(?!urn:)[\w-]*:(?!//).*", str(written)) and str(written).split(":")[0] not in known:
                    raise ValueError(f"a {key} by a prefix of the query, or an IRI")
                found.append(read_term(IRI, str(written), self.base_iri, known).value)
            except ValueError as error:
                self.complain(self.lines[f"params.{name}.{key}"], f"{key} {written} is no IRI", str(error))
        return found

    def check_values(self, parameter: Parameter, line: int, text: str) -> None:
        """Bounds and choices are values of the datatype, and the default is allowed by them."""
        bounds = [bound for bound in (parameter.minimum, parameter.maximum) if bound]
        if bounds and not (parameter.datatype in DATATYPES and DATATYPES[parameter.datatype].ordered):
            self.complain(line, f"parameter {parameter.name} has no least or greatest value", "a number or a date")
            return
        try:
            for value in (*bounds, *parameter.enum):
                read_term(parameter.datatype, value, self.base_iri, self.prefixes(text))
            if parameter.default and not isinstance(parameter.default, NamedNode):
                parameter.read(parameter.default.value, self.base_iri, self.prefixes(text))
        except ValueError as error:
            self.complain(line, f"parameter {parameter.name} allows or prefers a wrong value", str(error))

    def prefixes(self, text: str) -> dict[str, str]:
        return prefixes(absolute(text, self.base_iri))

    def default(self, name: str, datatype: str, text: str, line: int) -> Term | None:
        """The term in the parameter's VALUES line, read by the engine."""
        found = list(re.finditer(values_pattern(name), text, re.MULTILINE))
        if len(found) != 1:
            right = f"one line VALUES ?{name} {{ … }}"
            self.complain(line, f"parameter {name} has {len(found)} VALUES lines", right)
            return None
        prologue = "\n".join(match[0] for match in PREFIX.finditer(text))
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
        wanted = IRI if datatype == IRI else XSD + datatype
        kind = IRI if isinstance(term, NamedNode) else getattr(getattr(term, "datatype", None), "value", "")
        if term is not None and kind != wanted:
            kind, wanted = (text.replace(XSD, "xsd:") for text in (kind, wanted))
            self.complain(place, f"the default of parameter {name} is of type {kind}", f"{wanted}, as its header says")
        return term if isinstance(term, NamedNode | Literal) else None

    # The query

    def parse(self, text: str, runs_here: bool) -> tuple[Form, tuple[str, ...]]:
        """Form and result variables as the engine sees them; nothing is called, not even by SERVICE."""
        text = without_calls(text)
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


def _are_words(value: Any) -> bool:
    texts = value.values() if isinstance(value, dict) and value else [value]
    return all(isinstance(text, str) for text in texts)


def _words(value: Any) -> Words:
    texts = value if isinstance(value, dict) else {"": value}
    return Words({str(tag): text for tag, text in texts.items() if text})


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
