"""Named queries and their callers: what a request gives for the parameters, and the form that asks for it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from babel import Locale
from pyoxigraph import NamedNode

from ..content.queries import NamedQuery, Parameter
from ..content.terms import DATATYPES, IRI, Term
from ..describe.labels import sort_key
from ..errors import RequestError
from ..formats import GEOJSON, HTML, OF_FORM, Format
from ..store.geojson import latitude_and_longitude
from .languages import LANGUAGES
from .names import Text, node
from .negotiation import choose_language
from .query_request import Parameters
from .site import Site
from .table import NOTHING, heading_of, unit_of
from .vocabulary import IN_SCHEME, SUBCLASS

COMMON = ("format", "lang")
GEOMETRY = "geometry"  # what a column of places holds: WKT
PAGING = ("page", "page_size")
LARGEST_PAGE = 10_000  # rows
PAGE = 100  # rows, unless page_size says otherwise
PAGE_OF_A_VIEW = 1000  # the same where the view is of a whole: a map, a chart
WHOLE = ("map", "chart", "tree", "timeline", "comparison")
LANGUAGE = "lang"  # a parameter of this name is the language of names: on a page, the reader's
LARGEST_CHOICE = 1000  # entries; a longer list is typed, not chosen from
SHOWN = 100  # characters of a wrong value that a message repeats


@dataclass(frozen=True)
class Asked:
    """What a caller wants: *values* for parameters, and a page of *size* rows; None for all rows."""

    values: dict[str, Term]
    page: int = 1
    size: int | None = None


@dataclass(frozen=True)
class Field:
    """One parameter in the form; *options* are values with their names, () where the value is typed."""

    parameter: Parameter
    label: Text
    unit: Text
    doc: Text
    value: str
    default: str
    kind: str
    options: tuple[tuple[str, Text], ...] = ()


def page_of(query: NamedQuery) -> int:
    """Rows of a page of its answer, unless page_size says otherwise."""
    return PAGE_OF_A_VIEW if query.view in WHOLE else PAGE


def formats(query: NamedQuery) -> tuple[Format, ...]:
    """What an answer of *query* can be written as; GeoJSON where its columns tell a place."""
    tells_place = GEOMETRY in query.columns.values() or bool(latitude_and_longitude(query.columns))
    offered = (format for format in OF_FORM[query.form] if tells_place or format is not GEOJSON)
    return (*offered, HTML)


def read_asked(site: Site, query: NamedQuery, given: Parameters, *, is_page: bool = False) -> Asked:
    """What a request gives for *query*; an empty value counts as absent.

    is_page  the language is that of a page, which may be another than those that names are in
    raises   RequestError with all that is wrong (``parameters``: name, value, right) and the names that are ``known``
    """
    known = {param.name: param for param in query.params}
    others = (*COMMON, *(PAGING if query.form == "SELECT" else ()))
    values: dict[str, Term] = {}
    wrong: list[dict[str, str]] = []
    for name in given.values:
        text = given.one(name) or ""
        if is_page and name == LANGUAGE and text in LANGUAGES and name in known and text not in known[name].enum:
            continue
        if name in known:
            try:
                if text:
                    values[name] = known[name].read(text, site.base_iri, site.prefixes)
            except ValueError as error:
                wrong.append({"name": name, "value": text[:SHOWN], "right": str(error)})
        elif name not in others:
            wrong.append({"name": name[:SHOWN], "value": text[:SHOWN], "right": "no such parameter here"})
    numbers = {"page": 1, "page_size": PAGE}
    for name, most in (("page", 10**9), ("page_size", LARGEST_PAGE)):
        text = (given.one(name) or "") if query.form == "SELECT" else ""
        if text and (len(text) > 10 or not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= most):
            wrong.append({"name": name, "value": text[:SHOWN], "right": f"a whole number from 1 to {most}"})
        elif text:
            numbers[name] = int(text)
    if wrong:
        names = list(dict.fromkeys([*known, *others]))
        told = "; ".join(f"{fault['name']}={fault['value']!r}: {fault['right']}" for fault in wrong)
        raise RequestError(f"{told} (parameters: {', '.join(names)})", parameters=wrong, known=names)
    paged = query.form == "SELECT" and any(given.one(name) for name in PAGING)
    return Asked(values, numbers["page"], numbers["page_size"] if paged else None)


def fields(site: Site, query: NamedQuery, given: Parameters, language: str) -> list[Field]:
    """The form's fields, filled with what was given; the language of names is the page's, and chosen there."""
    return [_field(site, query, param, given, language) for param in query.params if param.name != LANGUAGE]


def _field(site: Site, query: NamedQuery, param: Parameter, given: Parameters, language: str) -> Field:
    texts = given.many(param.name)
    value = texts[0] if texts else ""
    default = _short(site, param.default.value) if param.default else ""
    options = tuple(_options(site, param, language))
    if options and value and value not in [option for option, _ in options]:
        options = (*options, (value, Text(value)))
    ordered = param.datatype in DATATYPES and DATATYPES[param.datatype].ordered
    kind = "select" if options else "date" if param.datatype == "date" else "text"
    if ordered and param.datatype in ("integer", "decimal", "double", "gYear"):
        kind = "number" if is_number(value) else "text"  # else a browser drops what was given
    label = heading_of(site, query, param.name, language)
    unit = unit_of(param.unit, Locale(choose_language(language, LANGUAGES))) if param.unit else NOTHING
    return Field(param, label, unit, site.say(param.doc, language), value, default, kind, options)


def is_number(text: str) -> bool:
    """Is *text* empty, or a number as HTML writes it (valid floating-point number)?"""
    return re.fullmatch(r"(-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?)?", text) is not None


def _options(site: Site, param: Parameter, language: str) -> Iterable[tuple[str, Text]]:
    """The values to choose from, by name: those the header lists, or what its classes and schemes hold."""
    if param.datatype == "boolean":
        return [("true", Text("true")), ("false", Text("false"))]
    if param.enum and param.datatype != IRI:
        return [(value, Text(value)) for value in param.enum]
    if param.enum:
        found = {(param.read(value, site.base_iri, site.prefixes).value, value) for value in param.enum}
        named = {value: site.name(iri, language) for iri, value in found}
    else:
        most = LARGEST_CHOICE + 1
        instances = (
            entry for iri in _with_subclasses(site, param.classes) for entry in site.instances(iri, language, 0, most)
        )
        named = {_short(site, iri): name for iri, name in islice(instances, most)}
        for iri in param.schemes:
            for triple in islice(site.store.triples(None, IN_SCHEME, node(iri)), most):
                if isinstance(triple.subject, NamedNode):
                    named[_short(site, triple.subject.value)] = site.name(triple.subject.value, language)
    if len(named) > LARGEST_CHOICE:
        return []
    return sorted(named.items(), key=lambda entry: (sort_key(entry[1].value), entry[0]))


def _with_subclasses(site: Site, classes: Iterable[str]) -> list[str]:
    found: dict[str, None] = dict.fromkeys(classes)
    pending = list(found)
    while pending:
        for triple in site.store.triples(None, SUBCLASS, node(pending.pop())):
            if isinstance(triple.subject, NamedNode) and triple.subject.value not in found:
                found[triple.subject.value] = None
                pending.append(triple.subject.value)
    return list(found)


def _short(site: Site, text: str) -> str:
    """An IRI under the base by its path, as a caller may write it."""
    return text.removeprefix(site.base_iri) or text
