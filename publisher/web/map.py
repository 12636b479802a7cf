"""Maps drawn on the server: points, lines and areas on the outlines of land. Nobody else's server is asked."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..store.geojson import latitude_and_longitude, read_wkt
from .land import WIDTH, View, graticule, land, mercator, polygon, polyline, thinned
from .names import Text
from .table import Cell, Table

FLATTEST, STEEPEST = 0.6, 0.8  # height of a drawing by its width
LOCATOR_DEGREES = 36.0  # of longitude, in the map of one place
NARROWEST = 8.0  # degrees of longitude of any other: on most of them a coast or lake shows where that is
MARGIN = 0.08  # of the width, around the outermost places
FEW = 30  # one in so many places may lie far away on each side, and is shown on a map of its own
LONGEST_SHAPE = 100_000  # characters of well-known text that are read for a drawing, a tenth of a second
LONGEST_SHAPES = 500_000  # of one map
FAR = 0.5  # far is beyond the others by this part of the width that they take


@dataclass(frozen=True)
class Place:
    """Something at a position, in degrees of WGS 84; *href* leads to its page, "" to none."""

    name: Text
    href: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Outline:
    """A line or area: its parts as lists of (longitude, latitude)."""

    name: Text
    href: str
    parts: tuple[tuple[tuple[float, float], ...], ...]
    is_area: bool


@dataclass(frozen=True)
class Spot:
    """What stands at one point of a drawing."""

    x: int
    y: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Map:
    """A drawing of *width* by *height* units: path data of land, graticule and shapes, and spots."""

    width: int
    height: int
    land: str
    graticule: str
    spots: tuple[Spot, ...]
    shapes: tuple[tuple[Outline, str], ...] = ()
    whole: "Map | None" = None  # with the few places too that are too far away for this one
    undrawn: int = 0  # geometries that cannot be read, or are too long

    @property
    def places(self) -> int:
        """How many things it shows."""
        return sum(len(spot.places) for spot in self.spots) + len(self.shapes)


def locator(name: Text, latitude: float, longitude: float) -> Map | None:
    """Where one place lies; None when that is nowhere on Earth."""
    return draw([Place(name, "", latitude, longitude)], least=LOCATOR_DEGREES)


def draw_map(table: Table) -> Map | None:
    """The places that the rows of *table* tell; None when none does."""
    named = latitude_and_longitude(column.variable for column in table.columns)
    geometry = table.places_of("geometry")[:1]
    if not (named or geometry):
        return None
    title = next((at for at in range(len(table.columns)) if at not in (*named, *geometry)), None)
    places: list[Place] = []
    outlines: list[Outline] = []
    undrawn, left = 0, LONGEST_SHAPES
    for row in table.rows:
        cell = row[title] if title is not None else None
        name, href = (cell.text, cell.href) if cell else (Text(""), "")
        if named:
            places += _place(name, href, *(row[at] for at in named))
        elif told := row[geometry[0]]:
            left -= len(told.value)
            undrawn += left < 0 or not read_shape(name, href, told.value, places, outlines)
    drawn = draw(places, outlines)
    return replace(drawn, undrawn=undrawn) if drawn else None


def _place(name: Text, href: str, latitude: Cell | None, longitude: Cell | None) -> Iterator[Place]:
    north, east = latitude.number if latitude else None, longitude.number if longitude else None
    if north is not None and east is not None:
        yield Place(name, href, north, east)


def read_shape(name: Text, href: str, wkt: str, places: list[Place], outlines: list[Outline]) -> bool:
    """Add what well-known text tells to *places* or *outlines*; False when it cannot be read, or is too long."""
    try:
        geometry = read_wkt(wkt) if len(wkt) <= LONGEST_SHAPE else None
    except (ValueError, RecursionError):
        return False
    for kind, coordinates in _simple(geometry):
        if kind == "Point":
            places.append(Place(name, href, coordinates[1], coordinates[0]))
        else:
            parts = coordinates if kind == "Polygon" else [coordinates]
            lines = tuple(tuple((x, y) for x, y, *_ in part) for part in parts)
            outlines.append(Outline(name, href, lines, kind == "Polygon"))
    return geometry is not None


def _simple(geometry: dict[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """The points, lines and polygons of a GeoJSON geometry."""
    if geometry is None:
        return
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for member in geometry["geometries"]:
            yield from _simple(member)
    elif kind.startswith("Multi"):
        yield from ((kind.removeprefix("Multi"), part) for part in geometry["coordinates"])
    else:
        yield kind, geometry["coordinates"]


def draw(places: Iterable[Place], outlines: Iterable[Outline] = (), least: float = NARROWEST) -> Map | None:
    """A map of all that lies on Earth among *places* and *outlines*, at least *least* degrees wide, or None."""
    placed = [place for place in places if _on_earth(place.longitude, place.latitude)]
    shaped = [shape for shape in outlines if all(_on_earth(*point) for part in shape.parts for point in part)]
    points = [(place.longitude, place.latitude) for place in placed]
    points += [point for shape in shaped for part in shape.parts for point in part]
    if not points:
        return None
    whole = _drawn(view_of(points, least), placed, shaped)
    near = [] if shaped else [place for place, is_near in zip(placed, are_near(points), strict=True) if is_near]
    if not near or len(near) == len(placed):
        return whole
    view = view_of([(place.longitude, place.latitude) for place in near], least)
    return replace(_drawn(view, near, []), whole=whole)


def _drawn(view: View, places: Iterable[Place], outlines: Iterable[Outline]) -> Map:
    spots: dict[tuple[int, int], list[Place]] = {}
    for place in places:
        spots.setdefault(view.point(place.longitude, place.latitude), []).append(place)
    return Map(
        WIDTH,
        view.height,
        land(view),
        graticule(view),
        tuple(Spot(x, y, tuple(at)) for (x, y), at in spots.items()),
        tuple((shape, _shape_path(shape, view)) for shape in outlines),
    )


def are_near(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Which *points* lie where nearly all do; every one, where none would make the map of the others much smaller.

    >>> are_near([(5, 50)] * 20 + [(166, -22)]).count(False)
    1
    """
    few = len(points) // FEW or int(len(points) >= FEW // 3)
    near = [True] * len(points)
    for axis in (0, 1):
        numbers = sorted(point[axis] for point in points)
        low, high = numbers[few], numbers[-1 - few]
        slack = max(high - low, NARROWEST) * FAR
        near = [
            so_far and low - slack <= point[axis] <= high + slack for so_far, point in zip(near, points, strict=True)
        ]
    return near


def _on_earth(longitude: float, latitude: float) -> bool:
    return -180 <= longitude <= 180 and -90 <= latitude <= 90  # which nan and infinity are not


def view_of(points: Sequence[tuple[float, float]], least: float) -> View:
    """The view that holds *points* (longitude, latitude) with a margin, in round degrees so that views are shared."""
    longitudes, heights = zip(*((x, mercator(y)) for x, y in points), strict=True)
    wide = (max(longitudes) - min(longitudes)) * (1 + 2 * MARGIN)
    high = math.degrees(max(heights) - min(heights)) * (1 + 2 * MARGIN)
    wide = max(wide, high / STEEPEST, least)
    step = next((step for step in (0.5, 1, 2, 4) if wide / step <= 24), 8)
    wide = min(360.0, math.ceil(wide / step) * step)
    high = min(wide * STEEPEST, max(wide * FLATTEST, math.ceil(high / step) * step))
    middle = _snapped((max(longitudes) + min(longitudes)) / 2, step / 2)
    centre = math.radians(_snapped(math.degrees(max(heights) + min(heights)) / 2, step / 2))
    west = min(180 - wide, max(-180, middle - wide / 2))
    return View(west, west + wide, centre - math.radians(high / 2), centre + math.radians(high / 2))


def _snapped(number: float, step: float) -> float:
    return round(number / step) * step


def _shape_path(shape: Outline, view: View) -> str:
    write = polygon if shape.is_area else polyline
    return "".join(write(thinned(view.point(x, y) for x, y in part)) for part in shape.parts)
