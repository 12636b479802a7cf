"""sitemap.xml: the pages that search engines may read, with the dates on which they last changed.

A date is what the content states: of the resource itself, else of the latest of the data sets that say something of
it. Where nothing is stated there is none. Source: sitemaps.org, protocol 0.9; W3C Date and Time Formats.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

from flask import Blueprint, Response
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode

from ..errors import NotFound
from .answers import in_header, parameters, send
from .names import node
from .signposting import catalogue_path
from .site import Site, site
from .vocabulary import MODIFIED

PART = 5_000  # resources of a file; the protocol allows 50,000 addresses, and their dates are looked up on request
LONGEST_ADDRESS = 1_000  # characters; a file stays under the protocol's 50 MiB
MOST_STATEMENTS = 1_000  # about a resource, in how many graphs are looked for
XML_TYPE = "application/xml; charset=utf-8"
DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?(?=$|T|Z|[+-]\d\d:\d\d$)", re.ASCII)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)

Entry = tuple[str, str]  # address, date or ""
GraphName = NamedNode | BlankNode | DefaultGraph

blueprint = Blueprint("sitemap", __name__)


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The pages about resources under the base, but personal ones; the first part has those of the catalogue too.

    More than one file holds are in parts, ``?part=1`` and so on, of which ``/sitemap.xml`` is the index.
    """
    here = site()
    parts = -(-here.index.document_count() // PART) or 1
    part = parameters().one("part")
    if part is None and parts > 1:
        addresses = ((here.address(f"sitemap.xml?part={number}"), "") for number in range(1, parts + 1))
        return send(xml("sitemapindex", "sitemap", addresses), XML_TYPE)
    numbers = {str(number): number for number in range(1, parts + 1)}
    if (part or "1") not in numbers:
        raise NotFound(f"part {part} of {parts}", parts=parts)
    number = numbers[part or "1"]
    entries = dict(resources(here, (number - 1) * PART))
    if number == 1:
        entries = dict(overview(here)) | dict(sorted((entries | dict(catalogue(here))).items()))
    return send(xml("urlset", "url", ((here.address(path), date) for path, date in entries.items())), XML_TYPE)


def overview(here: Site) -> Iterator[Entry]:
    """Paths of the home page and of what is like it; these change with everything."""
    yield "", latest(here.catalogue.objects(MODIFIED))
    if here.queries:
        yield "api", ""


def catalogue(here: Site) -> Iterator[Entry]:
    """Paths of the pages about the catalogue, its data sets and its services."""
    yield "catalog", latest(here.catalogue.objects(MODIFIED))
    if f"{here.base_iri}quality" in here.graph_sizes:
        yield "catalog/quality", ""
    for about in (*here.catalogue.datasets, *here.catalogue.services):
        yield catalogue_path(about), latest(about.objects(MODIFIED))


def resources(here: Site, start: int) -> Iterator[Entry]:
    """Paths of the documents about resources from place *start*, sorted."""
    dated = dict(graph_dates(here))
    for iri in here.index.documents(start, PART):
        path = here.path_of(iri)
        if path:
            yield path, date_of(here, iri, dated)


def graph_dates(here: Site) -> Iterator[tuple[GraphName, str]]:
    """The named graphs whose data sets have a date; those in the catalogue, for there may be very many graphs."""
    for dataset in here.catalogue.datasets:
        date = date_of_resource(here, dataset.iri) if dataset.iri in here.graph_sizes else ""
        if date:
            yield NamedNode(dataset.iri), date


def date_of(here: Site, iri: str, dated: Mapping[GraphName, str]) -> str:
    """When what is said of *iri* was last changed, "" when nothing tells."""
    own = date_of_resource(here, iri)
    if own or not dated:
        return own
    newest, found = max(dated.values()), ""
    for number, quad in enumerate(here.store.engine.quads_for_pattern(node(iri), None, None, None)):
        found = max(found, dated.get(quad.graph_name, ""))
        if found == newest:
            break
        if number == MOST_STATEMENTS:
            return ""
    return found


def date_of_resource(here: Site, iri: str) -> str:
    return latest(triple.object for triple in here.store.triples(node(iri), MODIFIED))


def latest(terms: Iterable[object]) -> str:
    """The latest of the dates among *terms* as W3C writes it; a time without a zone is left out.

    >>> latest([Literal("2025"), Literal("2026-01-14T08:00:00"), Literal("soon")])
    '2026-01-14'
    """
    texts = (term.value for term in terms if isinstance(term, Literal))
    found = (DATE_TIME.fullmatch(text) or DATE.match(text) for text in texts)
    return max((match[0] for match in found if match), default="")


def xml(root: str, entry: str, entries: Iterable[Entry]) -> str:
    """A file of sitemaps.org: a *root* with an *entry* for each address that is not too long."""
    lines = []
    for address, date in entries:
        loc = escape(in_header(address))
        if len(loc) <= LONGEST_ADDRESS:
            lastmod = f"<lastmod>{date}</lastmod>" if date else ""
            lines.append(f"<{entry}><loc>{loc}</loc>{lastmod}</{entry}>\n")
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{opening}{''.join(lines)}</{root}>\n"
