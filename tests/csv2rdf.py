"""RDF from tables, by the W3C's Recommendations and nothing of the program: what a stranger's tool would get.

Written from: Model for Tabular Data and Metadata on the Web (locating metadata, section 5; parsing cells, 6.4),
Metadata Vocabulary for Tabular Data, Generating RDF from Tabular Data on the Web (minimal mode), RFC 6570. Formats of
dates and numbers, foreign keys and right-to-left tables are not in it. Whatever is not as the Recommendations want it
raises AssertionError.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any
from urllib.parse import quote, urljoin

import rdflib
from pyoxigraph import Literal, NamedNode, Triple

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
BUILT_IN = {
    name: XSD + name
    for line in (
        "integer long int short byte nonNegativeInteger positiveInteger unsignedLong unsignedInt unsignedShort",
        "unsignedByte nonPositiveInteger negativeInteger decimal double float anyAtomicType anyURI base64Binary",
        "boolean date dateTime dateTimeStamp duration dayTimeDuration yearMonthDuration gDay gMonth gMonthDay gYear",
        "gYearMonth hexBinary QName string normalizedString token language Name NMTOKEN time",
    )
    for name in line.split()
} | {"xml": RDF + "XMLLiteral", "html": RDF + "HTML", "json": "http://www.w3.org/ns/csvw#JSON"}
KEPT_AS_IS = {"string", "json", "xml", "html", "anyAtomicType"}
OF_GROUP = {"@context", "@type", "dialect", "tables"}
OF_TABLE = {"url", "tableSchema"}
OF_SCHEMA = {"columns", "primaryKey", "aboutUrl"}
OF_COLUMN = {
    "name", "titles", "required", "suppressOutput", "virtual", "propertyUrl", "valueUrl", "separator", "datatype",
    "lang",
}  # fmt: skip
NAME = re.compile(r"(?!_)([A-Za-z0-9_]|%[0-9A-Fa-f]{2})([A-Za-z0-9_.]|%[0-9A-Fa-f]{2})*")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class File:
    """What an address answers: its bytes, and the addresses of its Link headers with rel="describedby"."""

    content: bytes
    described_by: tuple[str, ...] = ()


Get = Callable[[str], File]


def to_rdf(url: str, get: Get) -> set[Triple]:
    """The statements of the table at *url* and of those in one group with it, in minimal mode."""
    metadata_url, group = find_metadata(url, get)
    assert group["@context"] == "http://www.w3.org/ns/csvw"
    assert {key for key in group if ":" not in key} <= OF_GROUP
    found: set[Triple] = set()
    for table in group["tables"]:
        assert table.keys() <= OF_TABLE
        table_url = urljoin(metadata_url, table["url"])
        found |= set(convert(table["tableSchema"], table_url, get(table_url).content, group["dialect"]))
    return found


def find_metadata(url: str, get: Get) -> tuple[str, dict[str, Any]]:
    """The metadata that describes the table at *url*: by Link header, else at the default location."""
    for place in (*get(url).described_by[-1:], f"{url}-metadata.json"):
        group = json.loads(get(place).content)
        if url in [urljoin(place, table["url"]) for table in group["tables"]]:
            return place, group
    raise AssertionError(f"no metadata describes {url}")


def convert(schema: dict[str, Any], url: str, content: bytes, dialect: dict[str, Any]) -> Iterator[Triple]:
    """The statements of one table."""
    assert schema.keys() <= OF_SCHEMA
    columns = schema["columns"]
    names = [column["name"] for column in columns]
    assert len(set(names)) == len(names) and all(map(NAME.fullmatch, names))
    for column in columns:
        assert {key for key in column if ":" not in key} <= OF_COLUMN
    rows = read_csv(content, dialect)
    real = [column for column in columns if not column.get("virtual")]
    assert columns[: len(real)] == real, "virtual columns come last"
    assert next(rows) == [column["titles"] for column in real]
    keys: set[tuple[object, ...]] = set()
    for row in rows:
        values = {column["name"]: value(column, text) for column, text in zip(real, row, strict=True)}
        assert all(values[column["name"]] for column in real if column.get("required"))
        key = tuple(values[schema["primaryKey"]]) if "primaryKey" in schema else (len(keys),)
        assert key not in keys
        keys.add(key)
        for column in columns:
            if not column.get("suppressOutput"):
                yield from cell(column, values, schema["aboutUrl"], url)


def read_csv(content: bytes, dialect: dict[str, Any]) -> Iterator[list[str]]:
    """The rows, header first."""
    assert dialect == {
        "encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\r\n", "\n"], "trim": False,
    }  # fmt: skip
    assert content.endswith(b"\r\n")
    yield from csv.reader(StringIO(content.decode(), newline=""), strict=True)


def cell(column: dict[str, Any], values: dict[str, list[Literal]], about: str, url: str) -> Iterator[Triple]:
    """What one cell states; nothing, when it has no value."""
    subject = NamedNode(urljoin(url, expand(about, values)))
    given = values.get(column["name"])
    if not given and not column.get("virtual"):
        return
    predicate = NamedNode(urljoin(url, expand(column["propertyUrl"], values)))
    if "valueUrl" in column:
        yield Triple(subject, predicate, NamedNode(urljoin(url, expand(column["valueUrl"], values))))
    else:
        for literal in given or ():
            yield Triple(subject, predicate, literal)


def value(column: dict[str, Any], text: str) -> list[Literal]:
    """The values of a cell, in steps 1 to 9 of section 6.4; null is none."""
    datatype = column.get("datatype", "string")
    base = datatype["base"] if isinstance(datatype, dict) else datatype
    iri = datatype["@id"] if isinstance(datatype, dict) else BUILT_IN[base]
    assert not isinstance(datatype, dict) or iri not in BUILT_IN.values()
    if base not in KEPT_AS_IS:
        text = re.sub("[\r\n\t]", " ", text)
        text = text if base == "normalizedString" else re.sub(r"\s\s+", " ", text.strip())
    texts = text.split(column["separator"]) if "separator" in column else [text]
    if "separator" in column and base not in ("string", "anyAtomicType"):
        texts = [part.strip() for part in texts]
    return [literal(part, iri, column.get("lang")) for part in texts if part]


def literal(text: str, datatype: str, language: str | None) -> Literal:
    if language and datatype == BUILT_IN["string"]:
        assert LANGUAGE.fullmatch(language)
        return Literal(text, language=language)
    if datatype == BUILT_IN["string"]:
        return Literal(text)
    assert not rdflib.Literal(text, datatype=rdflib.URIRef(datatype)).ill_typed, (text, datatype)
    return Literal(text, datatype=NamedNode(datatype))


def expand(template: str, values: dict[str, list[Literal]]) -> str:
    """RFC 6570, of which simple and reserved expansion of one variable."""
    parts = re.split(r"\{(\+?)([^{}]*)\}", template)
    expanded = as_uri(parts[0])
    for operator, name, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        found = [literal.value for literal in values[name]]
        expanded += ",".join(as_uri(one) if operator else quote(one, safe="-._~") for one in found) + as_uri(text)
    return expanded


def as_uri(text: str) -> str:
    """*text* with all but reserved, unreserved and percent-encoded characters escaped."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(text, safe="-._~:/?#[]@!$&'()*+,;=%"))
