"""The table that a page shows of a SELECT's result: things by their names, with links.

All views of a result (``templates/views.html``) are drawn from it: lists, maps (``map.py``), charts (``chart.py``).
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from babel.units import UnknownUnitError, get_unit_name

from ..content.queries import NamedQuery
from ..store.geojson import latitude_and_longitude
from .languages import LANGUAGES, N_, locale_of, translations
from .names import Link, Text, shortened
from .negotiation import choose_language
from .site import Site

PLAIN = ("IRI", "text", "date", "boolean", "geometry")  # what a column holds when it is no number
UNITLESS = ("count", "number")
UNITS = {"person": N_("persons"), "percent": N_("percent")}  # that CLDR has no word for, or none that stands alone
BRITISH = Locale("en", "GB")  # whose metres are spelt like those of a header
DEEPEST = 20  # branches of a tree, one on the other
MOST_COMPARED = 20  # things side by side; more are rows of a table
LONGEST_GEOMETRY = 100  # characters of well-known text in a cell
_XSD = "http://www.w3.org/2001/XMLSchema#"
_GEOSPARQL = "http://www.opengis.net/ont/geosparql#"
_HOLDS = {
    **dict.fromkeys(("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger"), "number"),
    **dict.fromkeys(("date", "dateTime", "gYear", "gYearMonth"), "date"),
    "boolean": "boolean",
}  # local name of an XML Schema datatype -> what a column of it holds


NOTHING = Text("")


@dataclass(frozen=True)
class Column:
    """A column: its heading, what it holds, whether that is a number, and its unit."""

    variable: str
    heading: Text
    holds: str
    is_number: bool
    unit: Text = NOTHING


@dataclass(frozen=True)
class Cell(Link):
    """What a row says in a column: as it is shown, and ``value``, the term's own text or IRI."""

    value: str = ""

    @property
    def number(self) -> float | None:
        """The value as a number; None when it is none."""
        try:
            return float(self.value)
        except ValueError:
            return None


Row = tuple[Cell | None, ...]


@dataclass(frozen=True)
class Table:
    """A result as a page shows it; *things* are the IRIs in it, *view* is how its query wants it shown."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    things: frozenset[str]
    view: str = ""

    def places_of(self, kind: str) -> list[int]:
        """The columns that hold *kind*, by their places."""
        return [at for at, column in enumerate(self.columns) if column.holds == kind]

    @property
    def numbers(self) -> list[int]:
        """The columns of numbers, by their places."""
        return [at for at, column in enumerate(self.columns) if column.is_number]

    def place_of(self, variable: str) -> int | None:
        """The place of the column of *variable*; None without it."""
        return next((at for at, column in enumerate(self.columns) if column.variable == variable), None)

    @property
    def beside_a_map(self) -> "Table":
        """The same without the columns that the map shows, as long as others stay."""
        mapped = {*latitude_and_longitude(column.variable for column in self.columns), *self.places_of("geometry")}
        kept = [at for at in range(len(self.columns)) if at not in mapped]
        if not mapped or not kept:
            return self
        rows = tuple(tuple(row[at] for at in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[at] for at in kept), rows=rows)

    @property
    def comparison(self) -> "Comparison | None":
        """What rows with the same first and second cell say, with the first down and the second across.

        None without two columns, and with more than MOST_COMPARED things across.
        """
        if len(self.columns) < 2:
            return None
        across: dict[str, Cell] = {}
        down: dict[str, tuple[Cell | None, dict[str, list[Row]]]] = {}
        for row in self.rows:
            if beside := row[1]:
                across.setdefault(beside.value, beside)
                found = down.setdefault(row[0].value if row[0] else "", (row[0], {}))[1]
                found.setdefault(beside.value, []).append(row)
        if len(across) > MOST_COMPARED:
            return None
        rows = [(cell, [found.get(iri, []) for iri in across]) for cell, found in down.values()]
        return Comparison(list(across.values()), rows)

    @property
    def tree(self) -> list["Branch"]:
        """The rows below those that their second column of IRIs names; none without such a column.

        Each row is there, what is below a thing only where the thing stands first. A row that no root leads to, being
        in a circle or too deep, is a root too.
        """
        if len(self.places_of("IRI")) < 2:
            return []
        own, above = self.places_of("IRI")[:2]
        below: dict[str, list[Row]] = {}
        known = {cell.value for row in self.rows if (cell := row[own])}
        for row in self.rows:
            cell = row[above]
            below.setdefault(cell.value if cell and cell.value in known else "", []).append(row)
        return _branches(below, own)


@dataclass(frozen=True)
class Comparison:
    """Things side by side: a cell for each, and for each row its cell and the table's rows about it and each thing."""

    across: list[Cell]
    rows: list[tuple[Cell | None, list[list[Row]]]]


@dataclass(frozen=True)
class Branch:
    """A row of a tree, and those below it."""

    row: Row
    below: tuple["Branch", ...]


def _branches(below: dict[str, list[Row]], own: int) -> list[Branch]:
    """The tree of the rows that stand *below* others; roots are below ""."""
    left = dict(below)

    def grown(rows: Sequence[Row], depth: int) -> Iterator[Branch]:
        for row in rows:
            cell = row[own]
            under = left.pop(cell.value, []) if cell and cell.value and depth < DEEPEST else []
            yield Branch(row, tuple(grown(under, depth + 1)))

    roots: list[Branch] = []
    while left:
        roots += grown(left.pop("" if "" in left else next(iter(left))), 1)
    return roots


def read_table(site: Site, query: NamedQuery | None, content: bytes, language: str, most: int | None = None) -> Table:
    """The result *content*, SPARQL JSON, with names for a reader of *language*.

    query  says what its columns hold and how they are headed; without one, values and variables do
    most   rows; the others are left out

    A column that only repeats the names of the one before is left out.
    """
    document = json.loads(content)
    names, bindings = document["head"]["vars"], document["results"]["bindings"][:most]
    told = query.columns if query else {}
    holds = {name: told.get(name) or _held(row[name] for row in bindings if name in row) for name in names}
    locale = locale_of(choose_language(language, LANGUAGES))
    reader = _Reader(site, language, locale)
    cells = {
        name: [reader.cell(row.get(name), holds[name], is_told=name in told) for row in bindings] for name in names
    }
    kept: list[str] = []
    for name in names:
        before = kept[-1] if kept else ""
        repeats = bindings and query and holds.get(before) == "IRI" and holds[name] == "text"
        if not (repeats and all(map(_same, cells[before], cells[name]))):
            kept.append(name)
    headings = [heading_of(site, query, name, language) for name in kept]
    columns = tuple(_column(name, holds[name], heading, locale) for name, heading in zip(kept, headings, strict=True))
    things = frozenset(term["value"] for row in bindings for term in row.values() if term["type"] == "uri")
    rows = tuple(zip(*(cells[name] for name in kept), strict=True))
    return Table(columns, rows, things, query.view if query else "")


def _same(thing: Cell | None, name: Cell | None) -> bool:
    return (thing.text.value if thing else "") == (name.text.value if name else "")


def _held(terms: Any) -> str:
    """What the column of *terms* holds, by the first of them."""
    term: dict[str, Any] = next(iter(terms), {})
    if term.get("type") == "uri":
        return "IRI"
    datatype = str(term.get("datatype", ""))
    if datatype == _GEOSPARQL + "wktLiteral":
        return "geometry"
    return _HOLDS.get(datatype.removeprefix(_XSD), "text") if datatype.startswith(_XSD) else "text"


def heading_of(site: Site, query: NamedQuery | None, name: str, language: str) -> Text:
    """The words that the query's header has for a variable or parameter, else those of its name."""
    if query and name in query.headings:
        return site.say(query.headings[name], language)
    return Text(words_of(name), "en") if query else Text(name)


def words_of(variable: str) -> str:
    """
    >>> words_of("countryName")
    'country name'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", variable).lower()


def _column(variable: str, holds: str, heading: Text, locale: Locale) -> Column:
    is_number = holds not in PLAIN
    unit = unit_of(holds, locale) if is_number and holds not in UNITLESS else NOTHING
    return Column(variable, heading, holds, is_number, unit)


def unit_of(name: str, locale: Locale) -> Text:
    """The unit that a header names in English, in the language of *locale* where CLDR or UNITS know its word.

    >>> unit_of("kilometre", Locale("fr")), unit_of("metre", Locale("en")), unit_of("bather", Locale("de"))
    (Text(value='kilomètres', language=''), Text(value='metres', language=''), Text(value='bather', language='en'))
    """
    if name in UNITS:
        return Text(translations(locale.language).gettext(UNITS[name]))
    found = None
    with suppress(UnknownUnitError):
        found = get_unit_name(name.replace("metre", "meter"), "long", BRITISH if locale.language == "en" else locale)
    return Text(found) if found else Text(name, "en")


class _Reader:
    """Turns terms of SPARQL JSON into cells."""

    def __init__(self, site: Site, language: str, locale: Locale) -> None:
        self.site, self.language, self.locale = site, language, locale
        self.links: dict[str, Link] = {}  # those of the page: what stands in one row often stands in others

    def cell(self, term: dict[str, Any] | None, holds: str, is_told: bool) -> Cell | None:
        if term is None:
            return None
        value = term["value"] if isinstance(term["value"], str) else json.dumps(term["value"], ensure_ascii=False)
        if term["type"] == "uri":
            link = self.links.get(value) or self.links.setdefault(value, self.site.link(value, self.language))
            return Cell(link.text, link.href, link.external, value)
        if term["type"] == "bnode":
            return Cell(Text("_:" + value), "", value="_:" + value)
        if is_told and holds not in PLAIN:  # else a year may be meant, which has no separators
            return Cell(Text(written(value, self.locale)), "", value=value)
        text = shortened(value, LONGEST_GEOMETRY) if holds == "geometry" else value
        return Cell(Text(text, term.get("xml:lang", "")), "", value=value)


def written(number: str, locale: Locale) -> str:
    """*number* as it is written in *locale*, with every digit it has; what is no number stays.

    >>> written("31500.25", Locale("de")), written("about 300", Locale("de"))
    ('31.500,25', 'about 300')
    """
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    if not value.is_finite() or len(number) > LONGEST_GEOMETRY:
        return number
    return str(format_decimal(value, locale=locale, decimal_quantization=False))


def columns_in(table: Table, row: Row, but: Sequence[int]) -> list[tuple[Column, Cell]]:
    """What *row* says in the columns that are not among *but*, where it says anything."""
    return [
        (column, cell)
        for at, (column, cell) in enumerate(zip(table.columns, row, strict=True))
        if at not in but and cell is not None
    ]
