"""Lists of what there is: all classes, and the resources of each, filtered, sorted, paged, as page, CSV and JSON-LD.

CSV and JSON-LD hold what the page shows: the same resources in the same order with the same columns, in the reader's
language; all of them, or with ``page=`` those of that page.
"""

import csv
from collections.abc import Iterable
from heapq import nsmallest
from io import StringIO
from itertools import islice

from flask import Blueprint, Response
from pyoxigraph import NamedNode, Triple

from ..describe.jsonld import dumps
from ..describe.labels import DEFAULT, sort_key
from ..describe.namespaces import METAMODEL
from ..describe.said import description_properties
from ..describe.tables import SEPARATORS, is_formula
from ..errors import NotFound, RequestError
from ..formats import CSV, HTML, JSONLD, Format
from .answers import (
    choose_format,
    in_chosen_language,
    link_header,
    parameters,
    reader_language,
    saved_as,
    send,
    send_page,
)
from .listing import MOST, PAGE, Cell, Listing, Row
from .names import Text, node
from .site import Site, site

MOST_CLASSES = 500  # on the page of all classes
LONGEST = 200  # characters of what a class is
LOOKED_AT, MOST_SAID = 3, 200  # resources of a class, and statements of each, by which it is told what they are
FORMS = (HTML, CSV, JSONLD)
SUFFIXES = {format.suffix: format for format in (CSV, JSONLD)}
VARY = ("Accept", "Accept-Language")
Kind = tuple[Text, Text, str, int, str]  # name, what it is, path of its list, size, IRI

blueprint = Blueprint("lists", __name__)


@blueprint.get("/browse")
def browse() -> Response:
    """All classes with what they are and how many resources they have.

    Things come first, then nodes that state something about things, then the words of vocabularies.
    """
    choose_format((HTML,))
    here, language = site(), reader_language()
    largest = nsmallest(MOST_CLASSES, here.all_classes.items(), key=lambda entry: (-entry[1], entry[0]))
    kinds = [
        (here.name(iri, language), here.described(iri, language, LONGEST), here.list_path(iri), count, iri)
        for iri, count in largest
    ]
    kinds.sort(key=lambda kind: (-kind[3], sort_key(kind[0].value)))
    groups: dict[str, list[Kind]] = {"things": [], "statements": [], "terms": []}
    stating = frozenset(description_properties(here.store))
    for kind in kinds:
        term = kind[4].startswith(METAMODEL)
        groups["terms" if term else "statements" if states(here, kind[4], stating) else "things"].append(kind)
    return send_page("browse.html", groups=groups, left_out=len(here.all_classes) - len(kinds))


def states(here: Site, iri: str, stating: frozenset[NamedNode]) -> bool:
    """Do resources of a class, going by the first, only state something about others, by properties that mark it?"""
    members = list(map(node, here.index.members(iri, DEFAULT, 0, LOOKED_AT)))
    said = (triple.predicate for member in members for triple in islice(here.store.triples(member), MOST_SAID))
    named = any(next(here.store.triples(None, None, member), None) for member in members)
    return not named and any(predicate in stating for predicate in said)


@blueprint.get("/list/<short>")
def class_list(short: str) -> Response:
    """The resources of one class, given as ``prefix:Name``; with the suffix ``.csv`` or ``.jsonld`` as data."""
    here = site()
    name, _, suffix = short.rpartition(".")
    given = SUFFIXES.get(suffix) if here.expand(short) not in here.all_classes else None
    iri = here.expand(name if given else short)
    if iri is None:
        raise NotFound(f"{short} names no class here; /browse lists them")
    return answer(iri, given)


@blueprint.get("/list")
@blueprint.get("/list.<suffix>")
def class_list_by_iri(suffix: str = "") -> Response:
    """The same for a class that no prefix fits: ``/list?type=<IRI>``."""
    iri = parameters().one("type")
    if suffix and suffix not in SUFFIXES:
        raise NotFound(f"there is no list in the form {suffix!r}; {', '.join(SUFFIXES)} are right")
    if not iri:
        raise RequestError("parameter type is missing; /list?type=https://… is right", parameter="type")
    return answer(iri, SUFFIXES.get(suffix))


def answer(iri: str, given: Format | None) -> Response:
    format = choose_format(FORMS, given)
    listing = Listing(site(), iri, parameters(), reader_language())
    personal = site().is_class_of_persons(iri)
    headers = {"X-Robots-Tag": "noindex"} if personal or listing.chosen or format is not HTML else {}
    if format is HTML:
        return answer_page(listing, headers)
    if listing.total > MOST and "page" not in parameters().values:
        table = site().table_names.get(iri)
        whole = f", or take the whole class: /table/{table}.csv" if table else ""
        detail = f"these are {listing.total}, more than {MOST} at once; choose among them, ask page by page{whole}"
        raise RequestError(detail, limit=MOST, value=listing.total)
    rows = listing.rows() if "page" in parameters().values else listing.rows(0, None)
    content = as_csv(listing, rows) if format is CSV else as_jsonld(listing, rows)
    headers |= saved_as(site().short(iri).rpartition(":")[2], format)
    page = link_header(in_chosen_language(listing.href(page=listing.page)), "alternate", HTML.media_type)
    return send(content, format.content_type, vary=VARY, links=[page], headers=headers)


def answer_page(listing: Listing, headers: dict[str, str]) -> Response:
    here, all_at_once = site(), listing.total <= MOST
    page = 1 if all_at_once else listing.page
    files = [(form, listing.href(suffix=form.suffix, page=page)) for form in (CSV, JSONLD)]
    if not all_at_once and page == 1:
        files = [(form, f"{href}{'&' if '?' in href else '?'}page=1") for form, href in files]
    table = here.table_names.get(listing.iri)
    links = [link_header(in_chosen_language(href), "alternate", form.media_type) for form, href in files]
    links += [link_header(here.address(f"table/{table}.csv"), "alternate", CSV.media_type)] if table else []
    rows = listing.rows()
    return send_page(
        "list.html",
        kind=here.link(listing.iri, listing.language),
        about=here.described(listing.iri, listing.language, LONGEST),
        listing=listing,
        rows=rows,
        headings=listing.headings(),
        groups=listing.groups(),
        chips=listing.chips(),
        first=(listing.page - 1) * PAGE + 1,
        files=files,
        all_at_once=all_at_once,
        everything=here.mount + here.list_path(listing.iri),
        table=table,
        personal=here.is_class_of_persons(listing.iri),
        links=links,
        headers=headers,
    )


def as_csv(listing: Listing, rows: list[Row]) -> bytes:
    """Rows as RFC 4180 has them: IRI, name, and the columns, of links their names and, beside these, their IRIs."""
    here = listing.site
    linking = [any(is_link(cell) for row in rows for cell in row.cells[at]) for at in range(len(listing.columns))]
    text = StringIO(newline="")
    writer = csv.writer(text)
    header = ["iri", "name"]
    for column, links in zip(listing.columns, linking, strict=True):
        title = here.name(column, listing.language).value
        header += [plain(title), plain(f"{title} (IRI)")] if links else [plain(title)]
    writer.writerow(header)
    for row in rows:
        line = [row.iri, plain(row.name.text.value)]
        for cells, links in zip(row.cells, linking, strict=True):
            line.append(joined(cell.text.value if is_link(cell) else cell.value for cell in cells))
            line += [joined(cell.value for cell in cells if is_link(cell))] if links else []
        writer.writerow(line)
    return text.getvalue().encode()


def as_jsonld(listing: Listing, rows: list[Row]) -> bytes:
    """The statements behind the rows, in their order, by the content's own context."""
    triples = [Triple(*said) for row in rows for said in listing.triples(row.iri)]
    return dumps(site().jsonld.compact(triples))


def is_link(cell: Cell) -> bool:
    return not cell.datatype


def joined(values: Iterable[str]) -> str:
    """One cell of several values, with a separator that tables have too."""
    return plain(SEPARATORS[0].join(values))


def plain(text: str) -> str:
    """*text*, made no formula for spreadsheets, as in the tables of classes."""
    return SEPARATORS[0] + text if is_formula(text, "") else text
