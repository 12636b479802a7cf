"""GeoJSON of results: geometries, properties, and what cannot be placed."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, strategies
from pyoxigraph import Literal, NamedNode

from publisher.content.queries import NamedQuery
from publisher.errors import NotAcceptable
from publisher.formats import GEOJSON
from publisher.store.geojson import LOOKED_AT, read_wkt, write_geojson
from publisher.web.query_form import formats

from .conftest import Server

GEO = "http://www.opengis.net/ont/geosparql#"
XSD = "http://www.w3.org/2001/XMLSchema#"
CRS84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
EPSG_4326 = "<http://www.opengis.net/def/crs/EPSG/0/4326>"
SQUARE = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [1.0, 1.5], [1.5, 1.5], [1.0, 1.0]]
WORDS = ["POINT", "GEOMETRYCOLLECTION", "MULTIPOLYGON", "LINESTRING", "POLYGON", "Z", "M", "EMPTY", "(", ")", ",", "1",
         "-2.5e3", "<urn:x>", CRS84, "\u0661", "\0", "é"]  # fmt: skip


def wkt(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(GEO + "wktLiteral"))


def geojson(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(GEO + "geoJSONLiteral"))


def features(variables: list[str], *rows: list[Any]) -> list[dict[str, Any]]:
    output = io.BytesIO()
    write_geojson(variables, rows, output)
    document = json.loads(output.getvalue())
    assert document["type"] == "FeatureCollection"
    found: list[dict[str, Any]] = document["features"]
    return found


@pytest.mark.parametrize(
    ("text", "kind", "coordinates"),
    [
        ("POINT(5.6 50.6)", "Point", [5.6, 50.6]),
        ("  point ( -5.6e0\n+.5 ) ", "Point", [-5.6, 0.5]),
        ("POINT Z (1 2 3)", "Point", [1.0, 2.0, 3.0]),
        ("POINTZ(1 2 3)", "Point", [1.0, 2.0, 3.0]),
        ("POINT M (1 2 9)", "Point", [1.0, 2.0]),
        ("POINT ZM (1 2 3 9)", "Point", [1.0, 2.0, 3.0]),
        (f"{CRS84} POINT(5.6 50.6)", "Point", [5.6, 50.6]),
        (f"{EPSG_4326}POINT(50.6 5.6 120)", "Point", [5.6, 50.6, 120.0]),
        ("LINESTRING(1 2, 3 4)", "LineString", [[1.0, 2.0], [3.0, 4.0]]),
        (f"{EPSG_4326} LINESTRING(1 2, 3 4)", "LineString", [[2.0, 1.0], [4.0, 3.0]]),
        ("POLYGON((0 0, 2 0, 2 2, 0 2, 0 0), (1 1, 1 1.5, 1.5 1.5, 1 1))", "Polygon", [SQUARE, HOLE]),
        ("POLYGON((0 0, 0 2, 2 2, 2 0, 0 0), (1 1, 1.5 1.5, 1 1.5, 1 1))", "Polygon", [SQUARE, HOLE]),
        ("MULTIPOINT(1 2, 3 4)", "MultiPoint", [[1.0, 2.0], [3.0, 4.0]]),
        ("MULTIPOINT((1 2), (3 4))", "MultiPoint", [[1.0, 2.0], [3.0, 4.0]]),
        ("MULTILINESTRING((1 2, 3 4), (5 6, 7 8))", "MultiLineString", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        ("MULTIPOLYGON(((0 0, 2 0, 2 2, 0 2, 0 0)))", "MultiPolygon", [[SQUARE]]),
        ("LINESTRING EMPTY", "LineString", []),
    ],
)
def test_well_known_text_becomes_a_geometry(text: str, kind: str, coordinates: list[Any]) -> None:
    assert read_wkt(text) == {"type": kind, "coordinates": coordinates}


def test_a_collection_holds_geometries_and_an_empty_point_is_none() -> None:
    point, line = {"type": "Point", "coordinates": [1, 2]}, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}

    assert read_wkt("GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4))") == {
        "type": "GeometryCollection",
        "geometries": [point, line],
    }
    assert read_wkt("POINT EMPTY") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "POINT",
        "POINT(1)",
        "POINT(1 2",
        "POINT(1 2) x",
        "POINT(1,2)",
        "POINT(NaN 2)",
        "POINT(1e999 2)",
        "CIRCLE(1 2)",
        "POINT M (1 2)",
        "POINT(1 2 3 4 5)",
        "POINT(1.2.3)",
        "POINT(1-2)",
        "POINT(1 2e)",
        "POLYGON((0 0, 1 1, 2 2))",
        "POLYGON((0 0, 1 1, 2 2, 3 3))",
        "Z(1 2)",
        "POINT(1 2)" + " " * 10**6 + "x",
        "POINT(" + "1" * 10**6 + "x 2)",
        "<http://www.opengis.net/def/crs/EPSG/0/31370> POINT(235000 148000)",
        "<urn:x>",
        "LINESTRING()",
        "GEOMETRYCOLLECTION(" * 50 + "POINT(1 2)" + ")" * 50,
        "(" * 100_000,
        "POINT(" * 100_000,
    ],
)
def test_what_is_no_place_on_earth_in_degrees_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_wkt(text)
    with pytest.raises(NotAcceptable, match="row 1 has no place"):
        features(["g"], [wkt(text)])


@given(strategies.lists(strategies.sampled_from(WORDS)).map(" ".join) | strategies.text())
def test_whatever_it_is_well_known_text_is_read_or_refused(text: str) -> None:
    try:
        json.dumps(read_wkt(text), allow_nan=False)
    except ValueError as error:
        assert str(error)


def test_the_other_columns_become_properties_that_say_the_same() -> None:
    values = {
        "iri": (NamedNode("https://data.example.org/é"), "https://data.example.org/é"),
        "text": (Literal('a"b\r\n\U0001f600', language="en"), 'a"b\r\n\U0001f600'),
        "zero": (Literal("0", datatype=NamedNode(XSD + "integer")), 0),
        "no": (Literal("false", datatype=NamedNode(XSD + "boolean")), False),
        "decimal": (Literal("31.50", datatype=NamedNode(XSD + "decimal")), 31.5),
        "double": (Literal("1.0E-3", datatype=NamedNode(XSD + "double")), 0.001),
        "exact": (Literal("0.1234567890123456789", datatype=NamedNode(XSD + "decimal")), "0.1234567890123456789"),
        "large": (Literal("9007199254740993", datatype=NamedNode(XSD + "integer")), "9007199254740993"),
        "infinite": (Literal("INF", datatype=NamedNode(XSD + "double")), "INF"),
        "wrong": (Literal("1.2.3", datatype=NamedNode(XSD + "decimal")), "1.2.3"),
        "long": (Literal("9" * 9999, datatype=NamedNode(XSD + "integer")), "9" * 9999),
        "date": (Literal("2026-01-01", datatype=NamedNode(XSD + "date")), "2026-01-01"),
        "empty": (Literal(""), ""),
        "unbound": (None, None),
    }

    found = features([*values, "place"], [*(term for term, _ in values.values()), wkt("POINT(1 2)")])

    assert found[0]["type"] == "Feature"
    assert found[0]["properties"] == {name: value for name, (_, value) in values.items()}
    assert repr(found[0]["properties"]["no"]) == "False"


def test_a_row_without_a_place_is_a_feature_without_a_geometry() -> None:
    rows = [[None, Literal("a")]] * (LOOKED_AT - 1) + [[wkt("POINT(1 2)"), Literal("b")], [None, Literal("c")]]

    found = features(["place", "name"], *rows)

    assert [feature["geometry"] is None for feature in found[-3:]] == [True, False, True]
    assert features(["lat", "long"], [Literal(1), None])[0]["geometry"] is None


def test_columns_named_for_latitude_and_longitude_make_points() -> None:
    for latitude, longitude in (("lat", "long"), ("latitude", "longitude"), ("Lat", "lng"), ("lat", "lon")):
        found = features(["site", longitude, latitude], [Literal("a"), Literal(5.6), Literal("50.6")])
        assert found[0]["geometry"] == {"type": "Point", "coordinates": [5.6, 50.6]}
        assert found[0]["properties"] == {"site": "a"}


def test_geojson_literals_are_geometries_too() -> None:
    kind = NamedNode(GEO + "geoJSONLiteral")

    found = features(["g"], [Literal('{"type": "Point", "coordinates": [1, 2]}', datatype=kind)])

    assert found[0]["geometry"] == {"type": "Point", "coordinates": [1, 2]}
    for wrong in (
        "[]",
        "{",
        '{"type": "Point", "coordinates": [1e999, 2]}',
        '{"type": "Feature"}',
        '{"type": "Point", "coordinates": [NaN, 2]}',
        "[" * 100_000,
    ):
        with pytest.raises(NotAcceptable):
            features(["g"], [Literal(wrong, datatype=kind)])


def test_what_tells_no_place_is_refused_with_the_reason() -> None:
    for row in ([Literal("a"), Literal(1)], [None, None]):
        with pytest.raises(NotAcceptable, match=r"wktLiteral.*\?lat and \?long"):
            features(["name", "depth"], row)
    for row in ([Literal("north"), Literal(1)], [NamedNode("urn:x"), Literal(1)], [Literal("INF"), Literal(1)]):
        with pytest.raises(NotAcceptable, match=r"row 1 .* no number of degrees"):
            features(["lat", "long"], row)
    with pytest.raises(NotAcceptable, match=r"row 2 .* no wktLiteral"):
        features(["g"], [wkt("POINT(1 2)")], [Literal("a")])
    assert features(["name"]) == [], "no rows, no features"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (wkt("LINESTRING(1 2)"), "one position"),
        (geojson('{"type": "Point"}'), "RFC 7946"),
        (geojson('{"type": "Point", "coordinates": "x"}'), "RFC 7946"),
        (geojson('{"type": "Point", "coordinates": [1, 2], "crs": {"type": "name"}}'), "RFC 7946"),
    ],
)
def test_what_is_no_geometry_of_rfc_7946_is_refused(value: Literal, fault: str) -> None:
    with pytest.raises(NotAcceptable, match=fault):
        features(["g"], [value])


def test_an_empty_member_of_a_collection_is_left_out() -> None:
    collection = read_wkt("GEOMETRYCOLLECTION(POINT EMPTY, POINT(1 2))")

    assert collection == {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1.0, 2.0]}]}


def test_the_endpoint_offers_geojson_for_select(tiny: Server) -> None:
    query = """SELECT ?site ?g ?deep {
      ?site bw:maximumDepth ?depth . BIND (?depth > 10 AS ?deep)
      BIND (STRDT("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(46.6 6.3)", geo:wktLiteral) AS ?g)
    } ORDER BY ?depth"""
    query = f"PREFIX geo: <{GEO}>\n{query}"

    by_accept = tiny.sparql(query, "application/geo+json, application/json;q=0.5")
    by_word = tiny.get("sparql", params={"query": query, "format": "geojson"})

    assert by_accept.headers["Content-Type"] == by_word.headers["Content-Type"] == "application/geo+json"
    assert by_accept.headers["Content-Disposition"].endswith('.geojson"')
    assert by_accept.content == by_word.content
    first = by_word.json()["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [6.3, 46.6]}
    assert first["properties"] == {"site": "https://data.example.org/id/site/rocheray", "deep": False}


def test_the_endpoint_says_why_there_is_no_geojson(tiny: Server) -> None:
    no_place = tiny.sparql("SELECT ?s { ?s ?p ?o }", "application/geo+json")
    other = tiny.sparql("ASK {}", "application/geo+json")

    assert (no_place.status_code, other.status_code) == (406, 406)
    assert "wktLiteral" in no_place.json()["detail"]
    assert "application/geo+json" not in other.json()["offered"]


@pytest.mark.parametrize(
    ("columns", "offered"),
    [({"site": "IRI", "lat": "degree", "long": "degree"}, True), ({"site": "IRI", "where": "geometry"}, True),
     ({"site": "IRI", "lat": "degree"}, False), ({}, False)],
)  # fmt: skip
def test_a_named_query_offers_geojson_where_its_columns_tell_a_place(columns: dict[str, str], offered: bool) -> None:
    assert (GEOJSON in formats(NamedQuery("q", "SELECT", "", columns=columns))) is offered


def test_a_named_query_that_tells_no_place_does_not_offer_geojson(tiny: Server) -> None:
    answer = tiny.get("api/sites-by-depth.geojson")
    described = tiny.get("api/openapi.json").json()["paths"]["/api/sites-by-depth"]["get"]

    assert answer.status_code == 406
    assert "application/geo+json" not in described["responses"]["200"]["content"]
