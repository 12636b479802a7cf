"""Metadata of tables: what makes the same RDF of them again, in the minimal mode of csv2rdf.

Source: W3C Metadata Vocabulary for Tabular Data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .literals import datatype_of
from .tables import LINK, Column
from .turtle import TYPE

CONTEXT = "http://www.w3.org/ns/csvw"
DIALECT = {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\r\n", "\n"], "trim": False}
IRI = "IRI"
LINKS = (IRI, "property", "value")  # header of a table of links
LEFT_OUT = (
    "{} statements about these resources are left out, for a cell cannot say them: those whose value is a blank node, "
    "a triple, an empty text, a text with a base direction or with the separator of its column, one of several with "
    "white space around XML, HTML or JSON, or no value of its datatype; and what a row has no room for."
)

Names = Callable[[str], Mapping[str, str]]  # IRI -> language tag -> name


@dataclass(frozen=True)
class TableFiles:
    """What the metadata is about: the resources of *class_* in *table*, their further links in *links* ("": none).

    licence   its IRI, "" when none is stated
    left_out  number of statements that the tables do not say
    """

    class_: str
    table: str
    links: str
    licence: str = ""
    left_out: int = 0


def metadata(files: TableFiles, columns: Sequence[Column], names: Names) -> dict[str, Any]:
    """The description of a group of tables, one table or two, as its JSON document holds it."""
    told: dict[str, Any] = {"@context": CONTEXT, "@type": "TableGroup", **_title(names(files.class_))}
    if files.licence:
        told["dc:license"] = {"@id": files.licence}
    if files.left_out:
        told["dc:description"] = {"@value": LEFT_OUT.format(files.left_out), "@language": "en"}
    tables = [_table(files, columns, names), *([_links(files.links)] if files.links else [])]
    return told | {"dialect": DIALECT, "tables": tables}


def _title(names: Mapping[str, str]) -> dict[str, Any]:
    """What a thing is called in each language; nothing, when it has no name."""
    title = [{"@value": name, "@language": tag} if tag else name for tag, name in sorted(names.items())]
    return {"dc:title": title} if title else {}


def _table(files: TableFiles, columns: Sequence[Column], names: Names) -> dict[str, Any]:
    own = {"name": "iri", "titles": IRI, "required": True, "suppressOutput": True}
    class_ = {"virtual": True, "name": "class", "propertyUrl": TYPE.value, "valueUrl": files.class_}
    described = [_column(column, names(column.key[0][1:-1])) for column in columns]
    schema = {"columns": [own, *described, class_], "primaryKey": "iri", "aboutUrl": "{+iri}"}
    return {"url": files.table, "tableSchema": schema}


def _column(column: Column, names: Mapping[str, str]) -> dict[str, Any]:
    """The description of a column; its property is called *names*."""
    property_, kind = column.key
    told: dict[str, Any] = {"name": column.name, "titles": column.title, **_title(names)}
    if column.separator:
        told["separator"] = column.separator
    if column.of_names or column.is_apart:
        told["suppressOutput"] = True
    if column.of_names:
        return told
    told["propertyUrl"] = property_[1:-1]
    if kind == LINK:
        return told if column.is_apart else told | {"valueUrl": f"{{+{column.name}}}"}
    if kind[:1] == "@":
        return told | {"lang": kind[1:]}
    return told | {"datatype": datatype_of(kind)} if kind else told


def _links(url: str) -> dict[str, Any]:
    iri, property_, value = (
        {"name": title.lower(), "titles": title, "required": True, "suppressOutput": True} for title in LINKS
    )
    value |= {"propertyUrl": "{+property}", "valueUrl": "{+value}", "suppressOutput": False}
    return {"url": url, "tableSchema": {"columns": [iri, property_, value], "aboutUrl": "{+iri}"}}
