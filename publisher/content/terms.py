"""Values of query parameters: text that a caller wrote becomes an RDF term, or an error that says what is right.

The datatypes are those of XML Schema 1.1 that forms and URLs can carry; ranges are what the engine calculates with.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

from pyoxigraph import Literal, NamedNode

XSD = "http://www.w3.org/2001/XMLSchema#"
IRI = "IRI"
Term = NamedNode | Literal

_ABSOLUTE_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`]*')


@dataclass(frozen=True)
class Datatype:
    """How values of one datatype are written.

    pattern  regular expression of the whole text
    right    what would be right, for messages
    value    the text's value, to compare with others; ValueError for one that does not exist (30 February)
    ordered  whether a least and a greatest value make sense
    """

    pattern: str
    right: str
    value: Callable[[str], Any] = str
    ordered: bool = True


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


DATATYPES = {
    "string": Datatype(r"(?s:.*)", "text", ordered=False),
    "boolean": Datatype("true|false|1|0", "true or false", ordered=False),
    "integer": Datatype("[+-]?[0-9]{1,18}", "a whole number of at most 18 digits", int),
    "decimal": Datatype(
        r"[+-]?([0-9]{1,15}(\.[0-9]{1,15})?|\.[0-9]{1,15})",
        "a decimal number such as 12.5, with at most 15 digits on either side of the point",
        Decimal,
    ),
    "double": Datatype(
        r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", "a number such as 12.5 or 1.2e3", _finite
    ),
    "date": Datatype("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date such as 2012-12-14", date.fromisoformat),
    "dateTime": Datatype(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})",
        "a date and time with its zone such as 2012-12-14T09:30:00Z",
        datetime.fromisoformat,
    ),
    "gYear": Datatype("[0-9]{4}", "a year of four digits", int),
    "gYearMonth": Datatype("[0-9]{4}-(0[1-9]|1[0-2])", "a year and month such as 2012-12"),
}


def read_term(datatype: str, text: str, base_iri: str = "", prefixes: Mapping[str, str] | None = None) -> Term:
    """The term that *text* writes.

    datatype  "IRI" or the name of one of DATATYPES, "integer"
    base_iri  what relative IRIs stand below; prefixes: those that ``prefix:local`` may use
    raises    ValueError, whose text says what would be right
    """
    if datatype == IRI:
        return read_iri(text, base_iri, prefixes or {})
    kind = DATATYPES[datatype]
    try:
        if not re.fullmatch(kind.pattern, text):
            raise ValueError(text)
        kind.value(text)
    except (ValueError, OverflowError):
        raise ValueError(kind.right) from None
    return Literal(text) if datatype == "string" else Literal(text, datatype=NamedNode(XSD + datatype))


def read_iri(text: str, base_iri: str, prefixes: Mapping[str, str]) -> NamedNode:
    """The IRI that *text* names: in full, by one of the *prefixes*, or by its path below *base_iri*.

    >>> read_iri("id/site/le-pont", "https://data.example.org/", {}).value
    'https://data.example.org/id/site/le-pont'
    """
    prefix, colon, local = text.partition(":")
    try:
        if colon and prefix in prefixes and not local.startswith("//"):
            text = prefixes[prefix] + local
        elif not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) and base_iri:
            text = _below(base_iri, text)
        if not _ABSOLUTE_IRI.fullmatch(text):
            raise ValueError(text)
        return NamedNode(text)
    except ValueError:
        raise ValueError("an IRI in full, by a known prefix, or by its path, such as id/kind/name") from None


def _below(base_iri: str, reference: str) -> str:
    empty_fragment = "#" if reference.endswith("#") else ""  # which urljoin drops
    return urljoin(base_iri, reference).removesuffix("#") + empty_fragment
