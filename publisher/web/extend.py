"""Columns from our data: the values of properties of resources that somebody has reconciled, and which there are.

Source: Reconciliation Service API 0.2, section 7 (data extension).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from flask import Blueprint, Response
from pyoxigraph import Literal, NamedNode

from ..describe.labels import sort_key
from ..errors import PayloadTooLarge, RequestError
from ..store.store import name_of
from .answers import in_turns, parameters, reader_language
from .jsonp import send_json
from .site import site
from .terms import known_class, known_property, most_used, named
from .vocabulary import RANGE, TYPE

MOST_IDS, MOST_PROPERTIES = 500, 50
MOST_CELLS = 50_000  # values in one answer
MOST_VALUES = 50  # of one property of one resource, when no smaller limit is set
SAMPLE = 200  # resources of a class whose properties are looked at
MOST_OF_EACH = 200  # statements of each of them
PROPOSED = 100  # properties
SETTINGS: tuple[dict[str, Any], ...] = (
    {
        "name": "limit", "label": "Limit", "type": "number", "default": 0,
        "help_text": "The most values for each row; 0 for all of them.",
    },
    {
        "name": "all_languages", "label": "All languages", "type": "checkbox", "default": False,
        "help_text": "Texts in every language; otherwise those in yours, where there are any.",
    },
)  # fmt: skip

_XSD = "http://www.w3.org/2001/XMLSchema#"
_WHOLE = frozenset(
    _XSD + name
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
        "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
    )
)  # fmt: skip
_DECIMAL = frozenset(_XSD + name for name in ("decimal", "double", "float"))
_EXACT = 2**53  # whole numbers beyond are not exact in JavaScript
_MOMENT = re.compile(  # by the schema of the answer; other forms of xsd:dateTime stay texts
    r"-?([1-9]\d+)?\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
    r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?",
    re.ASCII,
)

blueprint = Blueprint("extend", __name__)


def extend(asked: Any) -> dict[str, Any]:
    """The answer to a data extension query: ``meta`` says what the properties are, ``rows`` their values."""
    ids, properties = read_extension(asked)
    language = reader_language()
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    cells = 0

    def row(id: str) -> dict[str, list[dict[str, Any]]]:
        return {iri: values(id, iri, settings, language) for iri, settings in properties}

    for id, found in zip(ids, in_turns(row, ids), strict=True):
        rows[id] = found
        cells += sum(map(len, found.values()))
        if cells > MOST_CELLS:
            detail = f"the answer has more than {MOST_CELLS} values; ask for fewer resources or properties at once"
            raise PayloadTooLarge(detail, limit="values", value=MOST_CELLS)
    return {"meta": [described_property(iri, language) for iri, _ in properties], "rows": rows}


@blueprint.get("/reconcile/properties")
def propose() -> Response:
    """The properties that resources of a type have, the most frequent first (section 7.2)."""
    language, type, wanted = reader_language(), parameters().one("type") or "", parameters().one("limit")
    if wanted and not (wanted.isascii() and wanted.isdigit()):
        raise RequestError(f"limit={wanted!r}: a whole number is right", parameter="limit")
    limit = min(int((wanted or "0")[:9]) or PROPOSED, PROPOSED)
    found = properties_of(type) if type and not is_cut(type) else site().properties
    entries = [(-found[iri], sort_key(site().name(iri, language).value), iri) for iri in most_used(found, PROPOSED)]
    document = {"properties": [named(iri, language) for _, _, iri in sorted(entries)[:limit]], "limit": limit}
    return send_json(document | ({"type": type} if type else {}))


def is_cut(type: str) -> bool:
    """Is it what is left of a class before "#"? OpenRefine sends that unescaped, and gets the properties of all."""
    classes = site().all_classes
    return type not in classes and any(iri.startswith(f"{type}#") for iri in classes)


def properties_of(type: str) -> dict[str, int]:
    """Property -> how many of the first resources of a class have it. Raises RequestError for an unknown class."""
    members = site().index.members(known_class(type, "type"), "en", 0, SAMPLE)
    counts: Counter[str] = Counter()
    for iri in members:
        triples = islice(site().store.triples(NamedNode(iri)), MOST_OF_EACH)
        counts.update({triple.predicate.value for triple in triples if triple.predicate != TYPE})
    return counts


def described_property(iri: str, language: str) -> dict[str, Any]:
    """A property, and the class of its values where the ontology says it."""
    ranges = (triple.object for triple in site().store.triples(NamedNode(iri), RANGE))
    kinds = sorted(kind for kind in map(name_of, ranges) if kind in site().class_counts)
    return named(iri, language) | ({"type": named(kinds[0], language)} if kinds else {})


def read_extension(asked: Any) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    """Resources, and properties with their settings. Raises RequestError, PayloadTooLarge."""
    right = '{"ids": ["an IRI"], "properties": [{"id": "an IRI"}]} is right'
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name), list) for name in ("ids", "properties")):
        raise RequestError(f"extend: {right}", parameter="extend")
    for name, most in (("ids", MOST_IDS), ("properties", MOST_PROPERTIES)):
        if len(asked[name]) > most:
            raise PayloadTooLarge(f"extend.{name}: {len(asked[name])}; {most} is the most", limit=name, value=most)
    if not all(isinstance(id, str) for id in asked["ids"]):
        raise RequestError(f"extend.ids: {right}", parameter="extend.ids")
    properties = [item for item in asked["properties"] if isinstance(item, dict)]
    if len(properties) < len(asked["properties"]):
        raise RequestError(f"extend.properties: {right}", parameter="extend.properties")
    told = [(known_property(item.get("id"), "extend.properties"), item.get("settings") or {}) for item in properties]
    return list(dict.fromkeys(asked["ids"])), [
        (iri, settings if isinstance(settings, dict) else {}) for iri, settings in told
    ]


def values(id: str, property_: str, settings: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """The values of one property of one resource, sorted; none for an identifier that is not ours."""
    try:
        subject = NamedNode(id)
    except ValueError:
        return []
    triples = site().store.triples(subject, NamedNode(property_))
    objects: list[Any] = [triple.object for triple in islice(triples, 10 * MOST_VALUES)]
    if str(settings.get("all_languages", "")).lower() not in ("true", "on", "1"):
        objects = list(in_language(objects, language))
    limit = str(settings.get("limit") or 0).partition(".")[0]
    most = int(limit[:9]) if limit.isascii() and limit.isdigit() else 0
    told = sorted((value_of(object, language) for object in objects), key=lambda value: str(value.values()))
    return told[: min(most or MOST_VALUES, MOST_VALUES)]


def in_language(objects: Sequence[Any], language: str) -> Iterable[Any]:
    """Of texts with a language those for the reader: theirs, English, or the first; everything else too."""
    tags = sorted({object.language for object in objects if isinstance(object, Literal) and object.language})
    wanted = next((tag for tag in (language, language.partition("-")[0], "en") if tag in tags), next(iter(tags), None))
    return (object for object in objects if not (isinstance(object, Literal) and object.language not in (None, wanted)))


def value_of(object: Any, language: str) -> dict[str, Any]:
    """A value in JSON: an entity, a number, a moment, or a text. A date is a text, for it is no moment."""
    if not isinstance(object, Literal):
        iri = name_of(object)
        return {"id": iri, "name": site().name(iri, language).value}
    text, datatype = object.value, object.datatype.value
    try:
        if datatype in _WHOLE and abs(int(text)) <= _EXACT:
            return {"int": int(text)}
        if datatype in _DECIMAL and abs(float(text)) < float("inf"):
            return {"float": float(text)}
    except ValueError:
        pass
    return {"date": text} if datatype == f"{_XSD}dateTime" and _MOMENT.fullmatch(text) else {"str": text}
