"""Where the thing of a page lies: by its own coordinates, else by those of the places that it names."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from ..store.store import Subject
from .map import Map, Outline, Place, draw, locator, read_shape
from .values import ValueReader, key_of
from .vocabulary import COORDINATES, SOURCE, WKT

MOST = 30  # things named that are looked at


def map_of(reader: ValueReader) -> Map | None:
    """A small map of where it lies, or of the places it names; None when nobody says where that is."""
    places = list(_places(reader, reader.iri)) or [place for iri in _named(reader) for place in _places(reader, iri)]
    if len(places) == 1:
        return locator(places[0].name, places[0].latitude, places[0].longitude)
    return draw(places) if places else None


def _named(reader: ValueReader) -> list[str]:
    """What the thing names, but for its sources, and what may have a position."""
    own = (triple.object for triple in reader.about[reader.iri] if triple.predicate != SOURCE)
    named = (term.value for term in own if isinstance(term, NamedNode))
    return list(dict.fromkeys(iri for iri in named if iri.startswith(reader.site.base_iri)))[:MOST]


def _places(reader: ValueReader, iri: str) -> Iterator[Place]:
    """The position of *iri* by latitude and longitude, else by a point in well-known text."""
    if iri.startswith("_:"):
        return
    subject, name = NamedNode(iri), reader.site.link(iri, reader.language)
    for north, east in COORDINATES:
        latitude, longitude = _number(reader, subject, north), _number(reader, subject, east)
        if latitude is not None and longitude is not None:
            yield Place(name.text, name.href, latitude, longitude)
            return
    for property_ in WKT:
        for triple in reader.site.store.triples(subject, property_, None):
            places: list[Place] = []
            outlines: list[Outline] = []
            read_shape(name.text, name.href, _text(triple.object), places, outlines)
            yield from places[:1]
            return


def _number(reader: ValueReader, subject: Subject, property_: NamedNode) -> float | None:
    for triple in reader.site.store.triples(subject, property_, None):
        try:
            return float(_text(triple.object))
        except ValueError:
            return None
    return None


def _text(term: object) -> str:
    return term.value if isinstance(term, Literal) else key_of(term)
