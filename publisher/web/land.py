"""What is drawn under the places of a map: outlines of land, and lines of latitude and longitude.

The projection is Mercator's: small areas keep their shape, and a part of the map is a part of the degrees. The land
is Natural Earth's, without borders, which some dispute. It comes at set-up (``assets/``); where it is missing, the
lines of latitude and longitude are drawn alone.
"""

import json
import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from .assets import assets

LAND = "vendor/land.json"  # a list of rings of [longitude, latitude]
WIDTH = 1280  # units of a drawing's width; half a pixel on a wide page
FINEST = 2.5  # units between two points of a coast
NORTHERNMOST = 84.0  # degrees; the poles are infinitely far
VIEWS = 64  # whose land is kept
GRATICULE = (1, 2, 5, 10, 20, 30)  # degrees between its lines


@dataclass(frozen=True)
class View:
    """The part of the Earth that is drawn: west and east in degrees, south and north in Mercator's heights."""

    west: float
    east: float
    south: float
    north: float

    @property
    def scale(self) -> float:
        """Units a degree of longitude."""
        return WIDTH / (self.east - self.west)

    @property
    def height(self) -> int:
        return round((self.north - self.south) * math.degrees(1) * self.scale)

    def point(self, longitude: float, latitude: float) -> tuple[int, int]:
        """The position in the drawing."""
        return self.units(longitude, mercator(latitude))

    def units(self, longitude: float, y: float) -> tuple[int, int]:
        return round((longitude - self.west) * self.scale), round((self.north - y) * math.degrees(1) * self.scale)


def mercator(latitude: float) -> float:
    """Height on Mercator's map, in radians of the equator."""
    bounded = max(-NORTHERNMOST, min(NORTHERNMOST, latitude))
    return math.asinh(math.tan(math.radians(bounded)))


@dataclass(frozen=True)
class Ring:
    """An outline of land: longitudes in degrees, Mercator's heights, and the box that holds it."""

    xs: "array[float]"
    ys: "array[float]"
    west: float
    east: float
    south: float
    north: float

    def moved(self, degrees: float) -> "Ring":
        """The same, *degrees* further east."""
        xs = array("d", (x + degrees for x in self.xs))
        return Ring(xs, self.ys, self.west + degrees, self.east + degrees, self.south, self.north)


@cache
def rings() -> tuple[Ring, ...]:
    """All outlines of land; none where they could not be had."""
    asset = assets().get(LAND)
    found = []
    for points in json.loads(asset.content) if asset else ():
        xs, ys = array("d", unbroken([point[0] for point in points])), array("d", (mercator(y) for _, y in points))
        ring = Ring(xs, ys, min(xs), max(xs), min(ys), max(ys))
        shift = 360 if ring.west < -180 else -360 if ring.east > 180 else 0
        found += [ring, ring.moved(shift)] if shift else [ring]
    return tuple(found)


def unbroken(longitudes: Sequence[float]) -> list[float]:
    """Longitudes of a ring, beyond 180 degrees where it crosses them and comes back; around a pole as they are.

    >>> unbroken([179, -179, -178, 178])
    [179, 181, 182, 178]
    """
    turns, turn = [], 0
    for before, after in pairwise(longitudes):
        turn += 360 if after - before < -180 else -360 if after - before > 180 else 0
        turns.append(turn)
    return list(longitudes) if turn else [longitudes[0], *(x + by for x, by in zip(longitudes[1:], turns, strict=True))]


@lru_cache(VIEWS)
def land(view: View) -> str:
    """Path data of the land in *view*, as fine as its scale shows."""
    meeting = (
        ring
        for ring in rings()
        if ring.west < view.east and ring.east > view.west and ring.south < view.north and ring.north > view.south
    )
    return "".join(polygon(thinned(view.units(x, y) for x, y in _inside(ring, view))) for ring in meeting)


def _inside(ring: Ring, view: View) -> Iterator[tuple[float, float]]:
    """The points of *ring*, without those on the way from one to the next on the same side outside of *view*."""
    west, east, south, north = view.west, view.east, view.south, view.north
    common, skipped = 0, None  # the sides on which all points since the last one given are
    for x, y in zip(ring.xs, ring.ys, strict=True):
        side = (x < west) | (x > east) << 1 | (y < south) << 2 | (y > north) << 3
        common &= side
        if common:
            skipped = (x, y)
            continue
        if skipped:
            yield skipped
        yield x, y
        common, skipped = side, None
    if skipped:
        yield skipped


def thinned(points: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """*points* without those that are closer than FINEST to the one before."""
    found: list[tuple[int, int]] = []
    for x, y in points:
        if not found or abs(x - found[-1][0]) + abs(y - found[-1][1]) > FINEST:
            found.append((x, y))
    return found


def polygon(points: Sequence[tuple[int, int]]) -> str:
    """Path data of a ring, as steps from each point to the next; "" for one too small to see."""
    return polyline(points) + "z" if len(points) > 2 else ""


def polyline(points: Sequence[tuple[int, int]]) -> str:
    (x, y), steps = points[0], []
    for next_x, next_y in points[1:]:
        steps.append(f"{next_x - x},{next_y - y}")
        x, y = next_x, next_y
    return f"M{points[0][0]},{points[0][1]}l{' '.join(steps)}" if steps else ""


def graticule(view: View) -> str:
    """Path data of the lines of latitude and longitude, a handful of them."""
    step = next((step for step in GRATICULE if (view.east - view.west) / step <= 8), GRATICULE[-1])
    paths = []
    for degrees in range(math.ceil(view.west / step) * step, math.ceil(view.east), step):
        paths.append(f"M{view.units(degrees, 0)[0]},0v{view.height}")
    for degrees in range(-90 + 90 % step, 90, step):
        y = view.point(0, degrees)[1]
        if 0 < y < view.height and abs(degrees) < NORTHERNMOST:
            paths.append(f"M0,{y}h{WIDTH}")
    return "".join(paths)
