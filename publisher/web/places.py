"""The places that a graph tells, as a table for a map: what lies where, by coordinates or by a geometry."""

from collections import defaultdict
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode, Triple

from ..describe.labels import sort_key
from .languages import LANGUAGES, N_, translations
from .names import Text
from .negotiation import choose_language
from .site import Site
from .table import Cell, Column, Table

LATITUDE = "http://www.w3.org/2003/01/geo/wgs84_pos#lat"
LONGITUDE = "http://www.w3.org/2003/01/geo/wgs84_pos#long"
WELL_KNOWN_TEXT = "http://www.opengis.net/ont/geosparql#wktLiteral"
THING, PLACE, NORTH, EAST, SHAPE = N_("What"), N_("Where"), N_("Latitude"), N_("Longitude"), N_("Geometry")


def read_places(site: Site, triples: Iterable[Triple], language: str) -> Table | None:
    """What lies where by *triples*, named for a reader of *language*; None when they tell no place.

    A place is what has a latitude and a longitude (W3C Basic Geo), or well-known text (GeoSPARQL); what names it as an
    object lies there, and where nothing does, the place itself.
    """
    positions: dict[str, dict[str, str]] = defaultdict(dict)
    shapes: dict[str, str] = {}
    there: dict[str, set[str]] = defaultdict(set)
    for triple in triples:
        subject, value = triple.subject, triple.object
        if not isinstance(subject, NamedNode):
            continue
        if isinstance(value, NamedNode):
            there[value.value].add(subject.value)
        elif isinstance(value, Literal) and triple.predicate.value in (LATITUDE, LONGITUDE):
            positions[subject.value].setdefault(triple.predicate.value, value.value)
        elif isinstance(value, Literal) and value.datatype.value == WELL_KNOWN_TEXT:
            shapes.setdefault(subject.value, value.value)
    places: dict[str, tuple[str, ...]] = {
        iri: (told[LATITUDE], told[LONGITUDE]) for iri, told in positions.items() if len(told) == 2
    }
    told = places or {iri: (text,) for iri, text in shapes.items()}
    kinds = (("lat", NORTH), ("long", EAST)) if places else (("geometry", SHAPE),)
    say = translations(choose_language(language, LANGUAGES)).gettext
    columns = [Column(name, Text(say(heading)), "IRI", False) for name, heading in (("thing", THING), ("place", PLACE))]
    columns += [
        Column(name, Text(say(heading)), "number" if places else "geometry", bool(places)) for name, heading in kinds
    ]
    rows = [
        (
            _cell(site, thing, language),
            _cell(site, place, language),
            *(Cell(Text(value), "", value=value) for value in told[place]),
        )
        for place in told
        for thing in there.get(place) or {place}
    ]
    rows.sort(key=lambda row: (sort_key(row[0].text.value), row[0].value))
    things = frozenset(cell.value for row in rows for cell in row[:2])
    return Table(tuple(columns), tuple(rows), things, "map") if rows else None


def _cell(site: Site, iri: str, language: str) -> Cell:
    link = site.link(iri, language)
    return Cell(link.text, link.href, link.external, iri)
