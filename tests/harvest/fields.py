"""The tables of docs/harvest.md: which property of the catalogue becomes which field of a portal."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rdflib import RDF, RDFS, Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF
from rdflib.term import Node

from ..conftest import ROOT

PAGE = ROOT / "docs" / "harvest.md"
DCAT = Namespace("http://www.w3.org/ns/dcat#")  # rdflib's own is that of DCAT 2
PREFIXES = {
    "adms": Namespace("http://www.w3.org/ns/adms#"),
    "dcat": DCAT,
    "dcatap": Namespace("http://data.europa.eu/r5r/"),
    "dcterms": DCTERMS,
    "foaf": FOAF,
    "prov": Namespace("http://www.w3.org/ns/prov#"),
    "spdx": Namespace("http://spdx.org/rdf/terms#"),
    "void": Namespace("http://rdfs.org/ns/void#"),
}
_ROW = re.compile(r"^\| `(?P<prefix>\w+):(?P<name>\w+)` \| (?P<ckan>.*?) \| (?P<udata>.*?) \|$")
Fields = dict[Node, list[str]]  # property -> names of the portal's fields, none when it has none


def fields(heading: str, portal: str, page: Path = PAGE) -> Fields:
    """The table under *heading*: each property with the fields of *portal*, ``ckan`` or ``udata``."""
    section = page.read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n#")[0]
    rows = [row for line in section.splitlines() if (row := _ROW.match(line))]
    assert rows, f"docs/harvest.md has no table of {heading}"
    return {PREFIXES[row["prefix"]][row["name"]]: re.findall(r"`([^`]+)`", row[portal]) for row in rows}


def lost(graph: Graph, node: Node, table: Fields, arrived: dict[str, Any]) -> Iterator[str]:
    """What *node* states and the portal did not get in the fields that the *table* promises."""
    for property in dict.fromkeys(graph.predicates(node)):
        if property in (RDF.type, RDFS.label):
            continue
        if property not in table:
            yield f"{node}: docs/harvest.md does not say what becomes of {property}"
        for name in table.get(property, []):
            if not arrived.get(name):
                yield f"{node}: {property} did not arrive as {name}"


def every(graph: Graph, kind: URIRef) -> list[Node]:
    """The nodes of a class, sorted."""
    return sorted(graph.subjects(RDF.type, kind))
