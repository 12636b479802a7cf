"""GeoJSON of a SELECT's solutions: each is a feature, its geometry a column, its properties the other columns.

The geometry is what a column holds as WKT or GeoJSON literals, else a pair of columns named for latitude and
longitude. GeoJSON knows one reference system, longitude before latitude in degrees of WGS 84; what is stated in
another, and cannot be brought into it by changing the axes, is refused.

Sources: RFC 7946; GeoSPARQL 1.1, section 8.8 (wktLiteral); OGC 06-103r4, section 7 (WKT).
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice, pairwise
from typing import Any, BinaryIO

from pyoxigraph import Literal, NamedNode

from ..errors import NotAcceptable

Geometry = dict[str, Any] | None
Solution = Sequence[Any]  # terms in the order of the variables; None where a variable is unbound

LOOKED_AT = 1000  # solutions in which a column's first geometry is looked for
_GEOSPARQL = "http://www.opengis.net/ont/geosparql#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_LATITUDE, _LONGITUDE = ("lat", "latitude"), ("long", "longitude", "lon", "lng")
_NUMBERS = {_XSD + name for name in ("integer", "decimal", "double", "float")}
_LARGEST_EXACT = 2**53  # beyond it, readers in JavaScript round

_CRS84 = re.compile(r"https?://www\.opengis\.net/def/crs/OGC/[\d.]+/CRS84")
_LATITUDE_FIRST = re.compile(r"https?://www\.opengis\.net/def/crs/EPSG/[\d.]+/4326")
_WKT = re.compile(r"\s*(?:<([^>]*)>)?\s*(.*)", re.DOTALL)
_TOKEN = re.compile(r"[(),]|[^\s(),]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 40  # characters
_KINDS = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
          "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon",
          "GEOMETRYCOLLECTION": "GeometryCollection"}  # fmt: skip
_DEEPEST = 16  # collections in collections


def write_geojson(variables: Sequence[str], solutions: Iterable[Solution], output: BinaryIO) -> None:
    """Write a FeatureCollection of *solutions* to *output*; a solution without a geometry has the geometry null.

    raises   NotAcceptable (HTTP 406) with the reason, when no column tells a place or one cannot be read
    """
    rows = iter(solutions)
    first = list(islice(rows, LOOKED_AT))
    columns = _columns_of_place(variables, first)
    output.write(b'{"type":"FeatureCollection","features":[')
    for number, row in enumerate(chain(first, rows)):
        properties = {name: _value(row[at]) for at, name in enumerate(variables) if at not in columns}
        try:
            feature = {"type": "Feature", "geometry": _place(*(row[at] for at in columns)), "properties": properties}
            text = json.dumps(feature, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        except (ValueError, RecursionError) as error:
            raise NotAcceptable(f"row {number + 1} has no place that GeoJSON can say: {error}") from error
        output.write((",\n" if number else "\n").encode() + text.encode())
    output.write(b"\n]}\n")


def _columns_of_place(variables: Sequence[str], rows: Sequence[Solution]) -> tuple[int, ...]:
    """The column of geometries, or those of latitude and longitude; none when there is nothing to place."""
    for at in range(len(variables)):
        if any(_is_geometry(row[at]) for row in rows):
            return (at,)
    named = latitude_and_longitude(variables)
    if named or not rows:
        return named
    raise NotAcceptable(
        f"GeoJSON needs places: a column of <{_GEOSPARQL}wktLiteral> values, or two columns named ?lat and ?long; "
        "the other formats need none"
    )


def latitude_and_longitude(variables: Iterable[str]) -> tuple[int, ...]:
    """The places of the two columns that are named for them; none without both.

    >>> latitude_and_longitude(["site", "Long", "Lat"])
    (2, 1)
    """
    names = [name.lower() for name in variables]
    found = [next((at for at, name in enumerate(names) if name in known), None) for known in (_LATITUDE, _LONGITUDE)]
    return tuple(at for at in found if at is not None) if None not in found else ()


def _place(*terms: Any) -> Geometry:
    """The geometry that one term is, or that latitude and longitude are."""
    if any(term is None for term in terms):
        return None
    return _geometry(*terms) if len(terms) == 1 else _point(*terms)


def _is_geometry(term: Any) -> bool:
    return isinstance(term, Literal) and term.datatype.value in (
        _GEOSPARQL + "wktLiteral",
        _GEOSPARQL + "geoJSONLiteral",
    )


def _geometry(term: Any) -> Geometry:
    if not _is_geometry(term):
        raise ValueError(f"{str(term)[:100]} is no wktLiteral of GeoSPARQL")
    return read_wkt(term.value) if term.datatype.value.endswith("wktLiteral") else _read_geojson(term.value)


def _point(latitude: Any, longitude: Any) -> Geometry:
    return {"type": "Point", "coordinates": [_degrees(longitude), _degrees(latitude)]}


def _degrees(term: Any) -> float:
    if not isinstance(term, Literal) or not _is_number(term.value):
        raise ValueError(f"{str(term)[:100]} is no number of degrees")
    return float(term.value)


def _read_geojson(text: str) -> Geometry:
    geometry = json.loads(text, parse_constant=_no_number)
    if not isinstance(geometry, dict) or geometry.get("type") not in _KINDS.values():
        raise ValueError(f"{text[:100]!r} is no GeoJSON geometry")
    if "crs" in geometry or not isinstance(geometry.get(_member(geometry["type"])), list):
        raise ValueError(f"{text[:100]!r} is no geometry of RFC 7946: those have coordinates, in WGS 84")
    return geometry


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number in JSON")


def _value(term: Any) -> Any:
    """What JSON says of a term: a number or boolean where it says the same, else the text; None when unbound."""
    if term is None:
        return None
    if not isinstance(term, Literal):
        return term.value if isinstance(term, NamedNode) else str(term)
    if term.datatype.value == _XSD + "boolean" and term.value in ("true", "false"):
        return term.value == "true"
    number = _number(term.value) if term.datatype.value in _NUMBERS else None
    return term.value if number is None else number


def _number(text: str) -> int | float | None:
    """The number that *text* says, when JSON's readers read the same."""
    if not _is_number(text):
        return None
    number = int(text) if text.lstrip("+-").isdigit() else float(text)
    exact = abs(number) <= _LARGEST_EXACT and Decimal(repr(number)) == Decimal(text)
    return number if exact or ("e" in text.lower() and math.isfinite(number)) else None


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) is not None


def read_wkt(text: str) -> Geometry:
    """The GeoJSON geometry of a wktLiteral; None for an empty point.

    raises   ValueError, when it is not well-formed or in another reference system

    >>> read_wkt("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(50.6 5.6)")
    {'type': 'Point', 'coordinates': [5.6, 50.6]}
    """
    found = _WKT.fullmatch(text)
    crs, body = (found[1], found[2]) if found else (None, text)
    latitude_first = bool(crs and _LATITUDE_FIRST.fullmatch(crs))
    if crs and not latitude_first and not _CRS84.fullmatch(crs):
        raise ValueError(f"its reference system is <{crs[:200]}>; CRS84 and EPSG:4326 can be written as GeoJSON")
    return _Reader(body, latitude_first).whole()


class _Reader:
    """Reads one well-known text from left to right."""

    def __init__(self, text: str, latitude_first: bool) -> None:
        self._tokens: Iterator[str] = (match[0] for match in _TOKEN.finditer(text))
        self._next = next(self._tokens, "")
        self._latitude_first = latitude_first
        self._measured = False  # the last number of a position is a measure, for which GeoJSON has no place

    def whole(self) -> Geometry:
        geometry = self.geometry(0)
        if self._next:
            raise ValueError(f"{self._next[:20]!r} follows the end of its well-known text")
        return geometry

    def geometry(self, depth: int) -> Geometry:
        word = self._take().upper()
        dimensions = word[len(word.rstrip("ZM")) :] if word not in _KINDS else ""
        kind = _KINDS.get(word.removesuffix(dimensions))
        if kind is None or depth > _DEEPEST:
            raise ValueError(f"{word[:20]!r} is no geometry in well-known text")
        if not dimensions and self._next.upper() in ("Z", "M", "ZM"):
            dimensions = self._take().upper()
        self._measured = "M" in dimensions
        if self._next.upper() == "EMPTY":
            self._take()
            return None if kind == "Point" else {"type": kind, _member(kind): []}
        if kind == "GeometryCollection":
            members = self.many(lambda: self.geometry(depth + 1))
            return {"type": kind, "geometries": [member for member in members if member]}
        read: dict[str, Callable[[], list[Any]]] = {
            "Point": self.point, "LineString": self.line, "Polygon": self.polygon,
            "MultiPoint": self.points, "MultiLineString": self.lines, "MultiPolygon": self.polygons,
        }  # fmt: skip
        return {"type": kind, "coordinates": read[kind]()}

    def many(self, read: Callable[[], Any]) -> list[Any]:
        """What *read* reads, once or more with commas between, in parentheses."""
        self._take("(")
        found = [read()]
        while self._next == ",":
            self._take()
            found.append(read())
        self._take(")")
        return found

    def point(self) -> list[float]:
        self._take("(")
        found = self.position()
        self._take(")")
        return found

    def points(self) -> list[Any]:
        return self.many(lambda: self.point() if self._next == "(" else self.position())

    def line(self) -> list[Any]:
        positions = self.many(self.position)
        if len(positions) < 2:
            raise ValueError("a line of its well-known text has one position")
        return positions

    def lines(self) -> list[Any]:
        return self.many(self.line)

    def polygon(self) -> list[Any]:
        """Rings; the outer one counterclockwise, those of holes clockwise (RFC 7946, section 3.1.6)."""
        rings = self.lines()
        for at, ring in enumerate(rings):
            if len(ring) < 4 or ring[0] != ring[-1]:
                raise ValueError("a ring of its polygon is not closed")
            if (_area(ring) < 0) is (at == 0):
                ring.reverse()
        return rings

    def polygons(self) -> list[Any]:
        return self.many(self.polygon)

    def position(self) -> list[float]:
        numbers = []
        while _NUMBER.fullmatch(self._next):
            numbers.append(float(self._take()))
        if len(numbers) not in ((3, 4) if self._measured else (2, 3, 4)) or not all(map(math.isfinite, numbers)):
            raise ValueError(f"a position of its well-known text has {len(numbers)} numbers")
        if self._measured or len(numbers) == 4:
            numbers.pop()
        if self._latitude_first:
            numbers[:2] = numbers[1::-1]
        return numbers

    def _take(self, wanted: str = "") -> str:
        token = self._next
        if not token or (wanted and token != wanted):
            raise ValueError(f"{token[:20] or 'the end'!r} of its well-known text where {wanted or 'more'!r} is due")
        self._next = next(self._tokens, "")
        return token


def _member(kind: str) -> str:
    return "geometries" if kind == "GeometryCollection" else "coordinates"


def _area(ring: Sequence[Sequence[float]]) -> float:
    """Twice the signed area: positive when the ring runs counterclockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
