"""What is drawn of a result: bars, series, maps, comparisons, trees; from tables made here."""

import re
from collections.abc import Iterable

import pytest

from publisher.web import land
from publisher.web.assets import assets
from publisher.web.chart import Bars, Series, draw_chart, round_levels, upright_lines
from publisher.web.map import LONGEST_SHAPE, LONGEST_SHAPES, Map, Place, are_near, draw, draw_map, locator, read_shape
from publisher.web.names import Text
from publisher.web.table import MOST_COMPARED, NOTHING, Branch, Cell, Column, Table, columns_in


def table(columns: dict[str, str], *rows: tuple[str | None, ...], view: str = "") -> Table:
    """A table with columns of these names and kinds; a value that begins with / is a link."""
    plain = ("IRI", "text", "date", "boolean", "geometry")
    heads = tuple(Column(name, Text(name), holds, holds not in plain, NOTHING) for name, holds in columns.items())
    cells = tuple(tuple(_cell(value) for value in row) for row in rows)
    return Table(heads, cells, frozenset(), view)


def _cell(value: str | None) -> Cell | None:
    if value is None:
        return None
    return Cell(Text(value), value if value.startswith("/") else "", value=value)


def place(name: str, latitude: float, longitude: float) -> Place:
    return Place(Text(name), "", latitude, longitude)


# Charts


def test_bars_of_the_same_unit_share_a_scale_and_others_have_their_own() -> None:
    found = draw_chart(
        table({"kind": "text", "boys": "count", "girls": "count", "depth": "metre"},
              ("a", "10", "40", "2"), ("b", None, "20", "4"))
    )  # fmt: skip

    assert found == Bars({1: (25.0, 0.0), 2: (100.0, 50.0), 3: (50.0, 100.0)})


@pytest.mark.parametrize("value", ["-1", "-0.5"])
def test_bars_are_not_drawn_of_what_is_below_zero(value: str) -> None:
    assert draw_chart(table({"kind": "text", "change": "count"}, ("a", "3"), ("b", value))) is None


def test_nothing_is_drawn_without_numbers() -> None:
    assert draw_chart(table({"name": "text", "day": "date"}, ("a", "2020"))) is None


def test_a_series_goes_from_left_to_right_by_date_and_upwards_by_value() -> None:
    found = draw_chart(
        table({"day": "date", "value": "count"}, ("2012-06-01", "300"), ("1995", "100"), ("2020-03", "250"))
    )

    assert isinstance(found, Series) and found.joined
    assert [mark.cell.value for mark in found.marks] == ["100", "300", "250"]
    assert [mark.row for mark in found.marks] == [1, 0, 2]
    xs = [mark.x for mark in found.marks]
    assert xs == sorted(xs) and 0 < xs[0] < xs[-1] < 100
    assert found.marks[1].y < found.marks[2].y < found.marks[0].y
    assert found.levels[0] == (100.0, 0.0), "a series of counts begins at nought"


def test_values_of_the_same_date_are_not_joined_and_what_has_no_date_is_counted() -> None:
    found = draw_chart(
        table({"day": "date", "value": "count"},
              ("2012", "1"), ("2012", "2"), (None, "3"), ("soon", "4"), ("2013", None))
    )  # fmt: skip

    assert isinstance(found, Series)
    assert (len(found.marks), found.joined, found.pieces, found.undated) == (2, False, [], 3)


def test_one_value_is_no_series() -> None:
    assert draw_chart(table({"day": "date", "value": "count"}, ("2012", "1"), (None, "3"))) is None


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", "0001-12-31"), ("9999-01-01", "9999-12-31"),
                                             ("0001-01-01", "9999-12-31"), ("2020-01-01", "2020-01-02"),
                                             ("9999", "9999")])  # fmt: skip
def test_the_calendar_has_an_end_and_a_series_at_it_none_but_that(first: str, last: str) -> None:
    found = draw_chart(table({"day": "date", "value": "number"}, (first, "1"), (last, "1e300")))

    assert isinstance(found, Series)
    assert all(0 <= mark.x <= 101 and -1 <= mark.y <= 101 for mark in found.marks)
    assert 2 <= len(upright_lines(1, 365 * 3000)) <= 8


@pytest.mark.parametrize(("least", "greatest"), [(0, 1), (0, 7), (-3, 12), (0, 1e-9), (5, 5), (0, 1e300), (99, 101),
                                                 (0, 5e-324), (-1e20, -1e20)])  # fmt: skip
def test_levels_are_round_and_hold_what_is_between(least: float, greatest: float) -> None:
    levels = round_levels(least, greatest)

    assert levels[0] <= least and levels[-1] >= greatest
    assert levels[0] < levels[-1]
    assert 2 <= len(levels) <= 7


# Maps


def test_north_is_up_and_east_is_right() -> None:
    found = draw([place("Oslo", 59.9, 10.7), place("Rome", 41.9, 12.5), place("Lisbon", 38.7, -9.1)])

    assert found is not None
    oslo, rome, lisbon = found.spots
    assert oslo.y < rome.y < lisbon.y
    assert lisbon.x < oslo.x < rome.x
    assert all(0 < spot.x < found.width and 0 < spot.y < found.height for spot in found.spots)


def test_what_lies_at_one_point_is_one_spot_with_all_names() -> None:
    found = draw([place("City", 50.63, 5.57), place("Province", 50.63, 5.57)])

    assert found is not None
    assert [[there.name.value for there in spot.places] for spot in found.spots] == [["City", "Province"]]
    assert found.places == 2


def test_few_places_far_away_are_on_a_small_map_of_all() -> None:
    near = [place(f"near {number}", 45 + number % 9, number) for number in range(40)]
    found = draw([*near, place("Nouméa", -22.3, 166.4)])

    assert found is not None and found.whole is not None
    assert (found.places, found.whole.places) == (40, 41)
    assert all(are_near([(there.longitude, there.latitude) for there in near]))


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_what_is_nowhere_on_earth_is_not_drawn(latitude: float, longitude: float) -> None:
    assert locator(Text("?"), latitude, longitude) is None


@pytest.mark.parametrize(("latitude", "longitude"), [(90, 0), (-90, 180), (0, -180), (0, 180), (0, 0)])
def test_poles_and_the_date_line_are_on_the_map(latitude: float, longitude: float) -> None:
    found = locator(Text("edge"), latitude, longitude)

    assert found is not None
    (spot,) = found.spots
    assert 0 <= spot.x <= found.width and 0 <= spot.y <= found.height


def test_a_table_is_mapped_by_its_columns_of_latitude_and_longitude() -> None:
    found = draw_map(
        table({"site": "IRI", "lat": "degree", "long": "degree"},
              ("/a", "50", "5"), ("/b", None, "5"), ("/c", "x", "5"))
    )  # fmt: skip

    assert found is not None
    assert [(spot.places[0].name.value, spot.places[0].href) for spot in found.spots] == [("/a", "/a")]
    assert draw_map(table({"site": "IRI", "lat": "degree"}, ("/a", "50"))) is None


def test_a_table_is_mapped_by_its_well_known_text() -> None:
    found = draw_map(
        table({"site": "IRI", "shape": "geometry"}, ("/a", "POINT(5 50)"), ("/b", "POLYGON((4 49, 6 49, 6 51, 4 49))"),
              ("/c", "MULTILINESTRING((4 49, 6 51), (5 50, 7 50))"), ("/d", "no such thing"), ("/e", None))
    )  # fmt: skip

    assert found is not None
    assert [shape.is_area for shape, _ in found.shapes] == [True, False, False]
    assert all(re.fullmatch(r"M\d+,\d+l[-\d, ]+z?", path) for _, path in found.shapes)
    assert (found.places, found.undrawn) == (4, 1)


def test_a_geometry_that_cannot_be_read_is_left_out() -> None:
    places: list[Place] = []
    for wkt in ("POINT(" + "(" * 5000, "<http://www.opengis.net/def/crs/EPSG/0/2154> POINT(1 2)", ""):
        read_shape(Text(""), "", wkt, places, [])

    assert places == []


def test_shapes_with_more_points_than_a_page_has_time_for_are_left_out_and_counted() -> None:
    detailed = f"LINESTRING({', '.join(['4.00000000 49.00000000', '6.00000000 51.00000000'] * 1000)})"
    assert len(detailed) < LONGEST_SHAPE
    rows = [(f"/{number}", detailed) for number in range(LONGEST_SHAPES // len(detailed) + 3)]
    found = draw_map(
        table({"site": "IRI", "shape": "geometry"}, *rows, ("/long", "POINT(5" + " " * LONGEST_SHAPE + "50)"))
    )

    assert found is not None
    assert (found.places, found.undrawn) == (len(rows) - 3, 4)


def test_a_map_of_a_continent_is_small_and_its_view_is_shared() -> None:
    first = draw([place("Oslo", 59.9, 10.7), place("Lisbon", 38.7, -9.1)])
    second = draw([place("Oslo", 59.91, 10.71), place("Lisbon", 38.72, -9.13)])

    assert first is not None and second is not None
    assert first.land == second.land
    assert len(first.land) < 30_000
    assert 0 < len(first.graticule) < 500


@pytest.mark.skipif(not assets().get(land.LAND), reason="the outlines of land were not made at set-up")
def test_land_is_where_it_is() -> None:
    europe, pacific = locator(Text("Brussels"), 50.8, 4.4), locator(Text("Point Nemo"), -48.9, -123.4)

    assert europe is not None and pacific is not None
    assert points_in(europe) > 50
    assert points_in(pacific) == 0
    assert all(-540 < ring.west <= ring.east < 540 for ring in land.rings())


def points_in(drawn: Map) -> int:
    """How many points of its land a map shows."""
    found = 0
    for start, steps in re.findall(r"M([-\d,]+)l([-\d, ]+)z", drawn.land):
        x, y = map(int, start.split(","))
        for step in steps.split(" "):
            across, down = map(int, step.split(","))
            x, y = x + across, y + down
            found += 0 < x < drawn.width and 0 < y < drawn.height
    return found


# What views read of a table


def test_a_comparison_is_read_down_and_across() -> None:
    found = table(
        {"theme": "IRI", "text": "IRI", "principle": "text"},
        ("/t1", "/old", "a"), ("/t1", "/new", "b"), ("/t1", "/new", "c"), ("/t2", "/new", "d"), (None, None, "e"),
    ).comparison  # fmt: skip

    assert found is not None
    assert [cell.value for cell in found.across] == ["/old", "/new"]
    shown = [
        (cell and cell.value, [[row[2] and row[2].value for row in rows] for rows in each]) for cell, each in found.rows
    ]
    assert shown == [("/t1", [["a"], ["b", "c"]]), ("/t2", [[], ["d"]])]


def test_too_many_things_for_a_comparison_are_a_table() -> None:
    rows = [(f"/theme{number}", f"/text{number}") for number in range(MOST_COMPARED + 1)]

    assert table({"theme": "IRI", "text": "IRI"}, *rows).comparison is None
    assert table({"theme": "IRI", "text": "IRI"}, *rows[1:]).comparison is not None
    assert table({"theme": "IRI"}, ("/theme",)).comparison is None


def test_a_tree_has_each_row_below_what_it_names_and_no_circle_is_endless() -> None:
    tree = table(
        {"node": "IRI", "above": "IRI"},
        ("/a", None), ("/b", "/a"), ("/c", "/b"), ("/d", "/elsewhere"), ("/x", "/y"), ("/y", "/x"),
    ).tree  # fmt: skip

    assert [branch.row[0].value for branch in tree if branch.row[0]] == ["/a", "/d", "/x"]
    assert tree[0].below[0].below[0].row[0] == Cell(Text("/c"), "/c", value="/c")
    assert table({"node": "IRI"}, ("/a",)).tree == []


@pytest.mark.parametrize("layers", [10, 50])
def test_a_tree_is_never_larger_than_its_table(layers: int) -> None:
    both = [(0, 0), (0, 1), (1, 0), (1, 1)]
    rows = [(f"/{layer}-{one}", f"/{layer - 1}-{other}") for layer in range(layers) for one, other in both]

    assert size_of(table({"node": "IRI", "above": "IRI"}, *rows).tree) == len(rows)


def size_of(tree: Iterable[Branch]) -> int:
    return sum(1 + size_of(branch.below) for branch in tree)


def test_details_are_what_a_row_says_beside() -> None:
    one = table({"a": "text", "b": "text", "c": "text"}, ("1", None, "3"))

    assert [(column.variable, cell.value) for column, cell in columns_in(one, one.rows[0], (0,))] == [("c", "3")]
