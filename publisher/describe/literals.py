"""Literals as cells of CSV on the Web: which datatypes it knows, and which values it reads back as they were.

A *kind* is what follows the quotes in N-Triples: "" (a text), "@fr", "^^<http://…>".

Sources: Generating RDF from Tabular Data on the Web, section "Interpreting datatypes"; Model for Tabular Data,
section 6.4 (parsing cells); XML Schema Datatypes.
"""

import re

from .turtle import RDF, XSD

_ZONE = r"(Z|[+-]\d\d:\d\d)?"
_YEAR, _DAY, _CLOCK = r"-?\d{4,}", r"\d\d-\d\d", r"\d\d:\d\d:\d\d(\.\d+)?"
_WHOLE, _DECIMAL = r"[+-]?\d+", r"[+-]?(\d+(\.\d*)?|\.\d+)"
_FLOAT = rf"{_DECIMAL}([eE][+-]?\d+)?|[+-]?INF|NaN"
_NUMBERS = dict.fromkeys(
    ("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedLong", "unsignedInt",
     "unsignedShort", "unsignedByte", "nonPositiveInteger", "negativeInteger"), _WHOLE,
) | {"decimal": _DECIMAL, "double": _FLOAT, "float": _FLOAT}  # fmt: skip
_WORDS = ("anyAtomicType", "anyURI", "QName", "normalizedString", "token", "language", "Name", "NMTOKEN")
_OTHERS = dict.fromkeys(_WORDS, ".*") | {
    "boolean": "true|false|0|1",
    "date": f"{_YEAR}-{_DAY}{_ZONE}",
    "dateTime": f"{_YEAR}-{_DAY}T{_CLOCK}{_ZONE}",
    "dateTimeStamp": rf"{_YEAR}-{_DAY}T{_CLOCK}(Z|[+-]\d\d:\d\d)",
    "time": f"{_CLOCK}{_ZONE}",
    "gYear": f"{_YEAR}{_ZONE}",
    "gYearMonth": rf"{_YEAR}-\d\d{_ZONE}",
    "gMonthDay": f"--{_DAY}{_ZONE}",
    "gMonth": rf"--\d\d{_ZONE}",
    "gDay": rf"---\d\d{_ZONE}",
    "duration": "-?P.+",
    "dayTimeDuration": "-?P.+",
    "yearMonthDuration": "-?P.+",
    "hexBinary": "([0-9A-Fa-f]{2})*",
    "base64Binary": "[A-Za-z0-9+/= ]*",
}
_LEXICAL = {f"^^<{XSD}{name}>": re.compile(pattern, re.ASCII) for name, pattern in (_NUMBERS | _OTHERS).items()}
_NUMERIC = frozenset(f"^^<{XSD}{name}>" for name in (*_NUMBERS, "gYear"))
_OF_TEXTS = {
    f"^^<{RDF}XMLLiteral>": "xml",
    f"^^<{RDF}HTML>": "html",
    "^^<http://www.w3.org/ns/csvw#JSON>": "json",
}


def datatype_of(kind: str) -> str | dict[str, str]:
    """The datatype of a column in the metadata; one that CSVW has no name for is a text with an IRI of its own.

    >>> datatype_of("^^<http://www.w3.org/2001/XMLSchema#date>"), datatype_of("^^<http://example.org/code>")
    ('date', {'base': 'string', '@id': 'http://example.org/code'})
    """
    iri = kind[3:-1]
    if kind in _LEXICAL:
        return iri.removeprefix(XSD)
    return _OF_TEXTS.get(kind) or {"base": "string", "@id": iri}


def is_number(kind: str) -> bool:
    """Is it a kind of numbers? The datatype decides, not the look of a text."""
    return kind in _NUMERIC


def is_sayable(kind: str, value: str) -> bool:
    """Does a cell with *value* give the literal back? Not when it is empty, or no value of its kind."""
    if "--" in kind and kind[:1] == "@":
        return False
    lexical = _LEXICAL.get(kind)
    plain = lexical is None or (value == " ".join(value.split()) and lexical.fullmatch(value) is not None)
    return bool(value) and plain


def is_listable(kind: str, value: str) -> bool:
    """Does a sayable *value* come back from a cell of several? White space around XML, HTML and JSON does not."""
    return kind not in _OF_TEXTS or value == value.strip()
