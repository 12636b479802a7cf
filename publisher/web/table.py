"""The table that a page shows of a SELECT's result: things by their names, with links."""

import json
import re
from dataclasses import dataclass
from typing import Any

from ..content.queries import NamedQuery
from .site import Link, Site, Text

PLAIN = ("IRI", "text", "date", "boolean", "geometry")  # what a column holds when it is no number
UNITLESS = ("count", "number")


@dataclass(frozen=True)
class Column:
    """A column: its heading, what it holds, and whether that is a number."""

    variable: str
    heading: str
    holds: str
    is_number: bool


@dataclass(frozen=True)
class Table:
    """A result as a page shows it; *things* are the IRIs in it."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Link | None, ...], ...]
    things: frozenset[str]


def read_table(site: Site, query: NamedQuery, content: bytes, language: str) -> Table:
    """The result *content*, SPARQL JSON. A column that only repeats the names of the one before is left out."""
    document = json.loads(content)
    names, bindings = document["head"]["vars"], document["results"]["bindings"]
    cells = {name: [_cell(site, row.get(name), language) for row in bindings] for name in names}
    kept: list[str] = []
    for name in names:
        before = kept[-1] if kept else ""
        repeats = bindings and query.columns.get(before) == "IRI" and query.columns.get(name) == "text"
        if not (repeats and all(map(_same, cells[before], cells[name]))):
            kept.append(name)
    columns = tuple(_column(name, query.columns.get(name, "text")) for name in kept)
    things = frozenset(term["value"] for row in bindings for term in row.values() if term["type"] == "uri")
    return Table(columns, tuple(zip(*(cells[name] for name in kept), strict=True)), things)


def _same(thing: Link | None, name: Link | None) -> bool:
    return (thing.text.value if thing else "") == (name.text.value if name else "")


def _column(variable: str, holds: str) -> Column:
    heading = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", variable).lower()
    is_number = holds not in PLAIN
    return Column(
        variable, f"{heading} ({holds})" if is_number and holds not in UNITLESS else heading, holds, is_number
    )


def _cell(site: Site, term: dict[str, Any] | None, language: str) -> Link | None:
    if term is None:
        return None
    if term["type"] == "uri":
        return site.link(term["value"], language)
    if term["type"] == "bnode":
        return Link(Text("_:" + term["value"]), "")
    value = term["value"] if isinstance(term["value"], str) else json.dumps(term["value"], ensure_ascii=False)
    return Link(Text(value, term.get("xml:lang", "")), "")
