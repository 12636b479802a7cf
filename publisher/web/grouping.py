"""Facts grouped by meaning: dates, links and places in brief, names, identifiers, notes, sources.

A property's place is told by what it is, where everybody knows that, else by what its values are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..describe.labels import CODE_PROPERTIES
from .languages import N_
from .names import Link
from .values import DATE, Row
from .vocabulary import DEFINITIONS, LABELS

BRIEF, NAMES, ELSEWHERE = N_("In brief"), N_("Names"), N_("Identifiers and pages elsewhere")
NOTES, SOURCES = N_("Notes"), N_("Sources")
PLACE, FIGURE, LINK, TEXT = "place", "figure", "link", "text"  # the order within BRIEF
ORDER = (FIGURE, LINK, TEXT, PLACE)
_SKOS, _DCTERMS, _SCHEMA = "http://www.w3.org/2004/02/skos/core#", "http://purl.org/dc/terms/", "https://schema.org/"
_FOAF, _PROV, _OWL = "http://xmlns.com/foaf/0.1/", "http://www.w3.org/ns/prov#", "http://www.w3.org/2002/07/owl#"
_RDFS, _GEO = "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2003/01/geo/wgs84_pos#"
_GSP, _DCAT, _LOCN = "http://www.opengis.net/ont/geosparql#", "http://www.w3.org/ns/dcat#", "http://www.w3.org/ns/locn#"
_KNOWN = {
    NAMES: [
        *(property_.value for property_ in LABELS),
        *(_SKOS + name for name in ("altLabel", "hiddenLabel")),
        *(_SCHEMA + name for name in ("alternateName", "legalName")),
        _DCTERMS + "alternative", _FOAF + "nick",
    ],
    PLACE: [
        *(_GEO + name for name in ("lat", "long", "alt", "location")),
        *(_GSP + name for name in ("asWKT", "hasGeometry")),
        *(_DCAT + name for name in ("centroid", "bbox")),
        *(_SCHEMA + name for name in ("location", "latitude", "longitude", "geo", "address", "containedInPlace")),
        *(_LOCN + name for name in ("address", "geometry", "location")),
        _DCTERMS + "spatial",
    ],
    LINK: [*(_FOAF + name for name in ("homepage", "page")), _SCHEMA + "url", _DCAT + "landingPage"],
    ELSEWHERE: [
        *(property_.value for property_ in CODE_PROPERTIES),
        *(_SKOS + name for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")),
        *(_FOAF + name for name in ("isPrimaryTopicOf", "mbox", "phone")),
        _SCHEMA + "sameAs",
        _OWL + "sameAs", _RDFS + "seeAlso", _RDFS + "isDefinedBy",
    ],
    NOTES: [
        *(property_.value for property_ in DEFINITIONS),
        *(_SKOS + name for name in ("note", "editorialNote", "scopeNote", "historyNote", "changeNote", "example")),
        _DCTERMS + "abstract",
    ],
    SOURCES: [
        *(_DCTERMS + name for name in ("source", "bibliographicCitation", "provenance", "license")),
        *(_PROV + name for name in ("wasDerivedFrom", "hadPrimarySource", "wasQuotedFrom")),
    ],
}  # fmt: skip
_GROUP_OF = {property_: group for group, properties in _KNOWN.items() for property_ in properties}


@dataclass(frozen=True)
class Group:
    """Rows that are about the same kind of thing; *heading* is English, for gettext."""

    heading: str
    rows: tuple[Row, ...]


def group(rows: Iterable[Row], naming: Collection[str]) -> tuple[Group, ...]:
    """The rows by group, in the order in which people ask; within the first by kind, else as they come.

    naming  the properties by which the content names things, beside those that everybody knows
    """
    gathered: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kind = NAMES if row.iri in naming else _GROUP_OF.get(row.iri) or _kind(row)
        gathered[BRIEF if kind in ORDER else kind].append(row)
    gathered[BRIEF].sort(key=_place)
    headings = (heading for heading in (BRIEF, NAMES, ELSEWHERE, NOTES, SOURCES) if gathered[heading])
    return tuple(Group(heading, tuple(gathered[heading])) for heading in headings)


def _place(row: Row) -> tuple[int, str]:
    """By kind; dates in their own order, before numbers."""
    kind = _GROUP_OF.get(row.iri) or _kind(row)
    dates = [value.text.value for value in row.values if value.kind == DATE]
    return ORDER.index(kind), min(dates, default="~") if kind == FIGURE else ""


def common_files(rows: Iterable[Row]) -> tuple[Link, ...]:
    """The named graphs that state every value, when all are stated by the same ones; else none."""
    told = {value.files for row in rows for value in (*row.values, *row.others)}
    return told.pop() if len(told) == 1 else ()


def _kind(row: Row) -> str:
    """What the values are of a property that nobody knows."""
    values = row.values or row.others
    if all(value.kind for value in values):
        return FIGURE
    if all(value.external for value in values):
        return ELSEWHERE
    return LINK if any(value.href for value in values) else TEXT
