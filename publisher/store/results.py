"""The result of a query as bytes: the engine's writers, put right where they are not, and GeoJSON.

Source: SPARQL 1.1 Query Results JSON, XML, CSV and TSV Formats.
"""

import json
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any, BinaryIO, cast

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
)

from ..errors import NotAcceptable
from ..formats import CSV, GEOJSON, RDFXML, TRIG, TURTLE, XML, Format
from .geojson import write_geojson
from .xml import XmlFile, check_xml

_PREFIXES = {
    TURTLE.suffix: re.compile(rb"\A((?:@prefix [^\n]*\n)+)"),
    TRIG.suffix: re.compile(rb"\A((?:@prefix [^\n]*\n)+)"),
    RDFXML.suffix: re.compile(rb'\A[^>]*>\s*<rdf:RDF((?: xmlns:[^=]*="[^"]*")+)>'),
}
_PREFIX = re.compile(rb'@prefix [^\n]*\n| xmlns:[^=]*="[^"]*"')
# A line of a CSV of one column; one that is empty is no row to most readers.
_CSV_LINE = re.compile(rb'"(?:[^"]|"")*"\r\n|[^\r\n]*\r\n')


def write_result(
    results: QuerySolutions | QueryBoolean | QueryTriples, format: Format, output: BinaryIO, prefixes: Mapping[str, str]
) -> None:
    """Write *results* in *format*, which fits their kind, to *output*.

    raises   NotAcceptable (HTTP 406) with the reason, when *format* cannot say what they are
    """
    if format in (XML, RDFXML):
        output = cast(BinaryIO, XmlFile(output))
    if isinstance(results, QueryTriples):
        triples = check_xml(results) if format is RDFXML else results
        pyoxigraph.serialize(triples, output, cast(RdfFormat, format.engine), prefixes=dict(prefixes))
    elif format is not GEOJSON:
        results.serialize(output, cast(QueryResultsFormat, format.engine))
    elif isinstance(results, QuerySolutions):
        variables = [variable.value for variable in results.variables]
        write_geojson(variables, (list(solution) for solution in results), output)
    else:
        raise NotAcceptable("GeoJSON cannot say yes or no; the other formats can")


def write_first_rows(solutions: QuerySolutions, count: int, output: BinaryIO) -> None:
    """The first *count* rows as SPARQL JSON: the engine's writer has all of them or none."""
    names = [variable.value for variable in solutions.variables]
    rows = [
        {name: _json(term) for name, term in zip(names, solution, strict=True) if term is not None}
        for solution in islice(solutions, count)
    ]
    output.write(json.dumps({"head": {"vars": names}, "results": {"bindings": rows}}).encode())


def _json(term: object) -> dict[str, Any]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Literal):
        kind = {"xml:lang": term.language} if term.language else {"datatype": term.datatype.value}
        return {"type": "literal", "value": term.value} | kind
    return {"type": "literal", "value": str(term)}  # a triple term, which a page shows as text


def finished(content: bytearray, format: Format) -> bytearray:
    """*content*, written by ``write_result``, put right: every row of a CSV is on a line that readers see, and
    prefixes, which the engine leaves in the order of chance, are sorted, so that equal results are equal bytes.
    """
    if format is CSV:
        return _with_rows(content)
    pattern = _PREFIXES.get(format.suffix)
    if pattern and (found := pattern.search(content)):
        content[slice(*found.span(1))] = b"".join(sorted(_PREFIX.findall(found[1])))
    return content


def _with_rows(content: bytearray) -> bytearray:
    header = content[: content.find(b"\r\n") + 2]
    if b"\r\n\r\n" not in content or len(header) <= 2 or b"," in header:
        return content
    return bytearray(_CSV_LINE.sub(lambda line: b'""\r\n' if line[0] == b"\r\n" else line[0], content))
