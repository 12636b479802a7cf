"""Results of queries: read from the files of the suite and from answers, and compared.

Two tables of solutions are the same when a renaming of blank nodes makes them the same multiset of rows. Numbers and
truth values compare by value within their datatype, all else term by term: the engine keeps values, not spellings.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import rdflib
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, Node, URIRef
from rdflib.compare import isomorphic
from rdflib.compat import decodeUnicodeEscape

RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
_XML = "{http://www.w3.org/2005/sparql-results#}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_VALUES: Mapping[URIRef, Callable[[str], object]] = {
    XSD.integer: int,
    XSD.decimal: lambda text: Decimal(text).normalize(),
    XSD.double: float,
    XSD.float: float,
    XSD.boolean: lambda text: {"0": "false", "1": "true"}.get(text, text),
}

_TERM = re.compile(
    r'<(?P<iri>[^<>]+)>|"(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<language>[\w-]+)|\^\^<(?P<datatype>[^<>]+)>)?'
)
_NUMBER = re.compile(r"[+-]?(\d+|(\d*\.\d+)|((?:\d+\.?\d*|\.\d+)[eE][+-]?\d+))")

Solution = Mapping[str, Node]


@dataclass(frozen=True)
class Table:
    """The answer of a SELECT: its variables in order, and its solutions."""

    variables: tuple[str, ...]
    solutions: tuple[Solution, ...]


Answer = bool | Table | Graph


def read_json(text: str) -> Answer:
    """Read SPARQL 1.1 Query Results JSON."""
    document = json.loads(text)
    if "boolean" in document:
        return bool(document["boolean"])
    rows = document["results"]["bindings"]
    solutions = ({name: _json_term(term) for name, term in row.items()} for row in rows)
    return Table(tuple(document["head"].get("vars", ())), tuple(solutions))


def _json_term(term: dict[str, Any]) -> Node:
    if term["type"] == "uri":
        return URIRef(term["value"])
    if term["type"] == "bnode":
        return BNode(term["value"])
    return literal(term["value"], term.get("xml:lang"), term.get("datatype"))


def read_xml(text: str) -> Answer:
    """Read SPARQL Query Results XML."""
    root = ElementTree.fromstring(text)  # noqa: S314  # a file of the suite, or our own answer
    boolean = root.findtext(f"{_XML}boolean")
    if boolean is not None:
        return boolean.strip() == "true"
    solutions = (
        {binding.attrib["name"]: _xml_term(binding[0]) for binding in row} for row in root.iter(f"{_XML}result")
    )
    return Table(tuple(variable.attrib["name"] for variable in root.iter(f"{_XML}variable")), tuple(solutions))


def _xml_term(element: ElementTree.Element) -> Node:
    text = element.text or ""
    if element.tag == f"{_XML}uri":
        return URIRef(text)
    if element.tag == f"{_XML}bnode":
        return BNode(text)
    return literal(text, element.get(_LANGUAGE), element.get("datatype"))


def read_tsv(text: str) -> Answer:
    """Read SPARQL 1.1 Query Results TSV."""
    head, *rows = text.removesuffix("\n").split("\n")
    variables = tuple(name.removeprefix("?") for name in head.split("\t") if name)
    cells = (row.split("\t") if variables else [] for row in rows)
    solutions = ({name: _tsv_term(cell) for name, cell in zip(variables, row, strict=True) if cell} for row in cells)
    return Table(variables, tuple(solutions))


def _tsv_term(cell: str) -> Node:
    if number := _NUMBER.fullmatch(cell):
        return literal(cell, None, XSD.double if number[3] else XSD.decimal if number[2] else XSD.integer)
    if cell in ("true", "false"):
        return literal(cell, None, XSD.boolean)
    if cell.startswith("_:"):
        return BNode(cell)
    term = _TERM.fullmatch(cell)
    assert term, cell
    if term["iri"]:
        return URIRef(term["iri"])
    return literal(decodeUnicodeEscape(term["text"]), term["language"], term["datatype"])


def read_csv(text: str) -> Answer:
    """Read SPARQL 1.1 Query Results CSV, which tells neither kinds nor datatypes: what looks like a number is one."""
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    solutions = ({name: _csv_term(cell) for name, cell in zip(head, row, strict=True) if cell} for row in rows)
    return Table(tuple(head), tuple(solutions))


def _csv_term(cell: str) -> Node:
    if cell.startswith("_:"):
        return BNode(cell)
    return literal(cell, None, XSD.double if _NUMBER.fullmatch(cell) else None)


def read_graph(text: str, base: str = "", format: str = "turtle") -> Graph:
    """Read a graph; its literals stay as they are written."""
    rdflib.NORMALIZE_LITERALS = False
    try:
        graph = Graph().parse(data=text, format=format, publicID=base)
    finally:
        rdflib.NORMALIZE_LITERALS = True
    plain = Graph()
    for subject, predicate, object in graph:
        plain.add((subject, predicate, _plain(object)))
    return plain


def _plain(term: Node) -> Node:
    return literal(str(term), term.language, term.datatype) if isinstance(term, Literal) else term


def result_set(graph: Graph) -> Answer:
    """The table that *graph* describes in the vocabulary of the suite, else *graph* itself."""
    node = graph.value(None, RDF.type, RS.ResultSet)
    if node is None:
        return graph
    if (boolean := graph.value(node, RS.boolean)) is not None:
        return str(boolean) == "true"
    solutions = (_bindings(graph, solution) for solution in graph.objects(node, RS.solution))
    return Table(tuple(map(str, graph.objects(node, RS.resultVariable))), tuple(solutions))


def _bindings(graph: Graph, solution: Node) -> Solution:
    found: dict[str, Node] = {}
    for binding in graph.objects(solution, RS.binding):
        value = graph.value(binding, RS.value)
        assert value is not None
        found[str(graph.value(binding, RS.variable))] = value
    return found


def literal(text: str, language: str | None, datatype: str | None) -> Literal:
    """A literal, its lexical form kept; ``xsd:string`` is what no datatype means."""
    kind = URIRef(datatype) if datatype and not language and URIRef(datatype) != XSD.string else None
    return Literal(text, lang=language, datatype=kind, normalize=False)


def same(one: Answer, other: Answer) -> bool:
    """Do two answers say the same?"""
    if isinstance(one, Table) and isinstance(other, Table):
        return set(one.variables) == set(other.variables) and _same_rows(one.solutions, other.solutions)
    if isinstance(one, Graph) and isinstance(other, Graph):
        return isomorphic(by_value(one), by_value(other))
    return type(one) is type(other) and one == other


def sequence(table: Table) -> list[dict[str, Node]]:
    """The solutions in their order; blank nodes are all alike."""
    alike = BNode("alike")
    return [
        {name: alike if isinstance(term, BNode) else _value(term) for name, term in row.items()}
        for row in table.solutions
    ]


def _same_rows(one: Iterable[Solution], other: Iterable[Solution]) -> bool:
    ours, theirs = ([{name: _value(term) for name, term in row.items()} for row in rows] for rows in (one, other))
    if any(isinstance(term, BNode) for row in ours for term in row.values()):
        return isomorphic(_as_graph(ours), _as_graph(theirs))
    return Counter(frozenset(row.items()) for row in ours) == Counter(frozenset(row.items()) for row in theirs)


def _as_graph(rows: Iterable[Solution]) -> Graph:
    """A blank node for each row, so that equal rows count."""
    graph = Graph()
    for row in rows:
        node = BNode()
        graph.add((node, RDF.type, RS.ResultSolution))
        for name, term in row.items():
            graph.add((node, RS[name], term))
    return graph


def by_value(graph: Graph) -> Graph:
    """*graph* with every number in one form."""
    plain = Graph()
    for subject, predicate, object in graph:
        plain.add((subject, predicate, _value(object)))
    return plain


def _value(term: Node) -> Node:
    """*term*, one of several spellings of a value replaced by ours; what is ill-typed stays."""
    value = _VALUES.get(term.datatype) if isinstance(term, Literal) and term.datatype else None
    if value is None:
        return term
    try:
        return Literal(str(value(str(term))), datatype=term.datatype, normalize=False)  # type: ignore[attr-defined]
    except (ValueError, ArithmeticError):
        return term
