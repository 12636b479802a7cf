"""Pages that are not about one IRI: home, what errors mean."""

from heapq import nsmallest

from flask import Blueprint, Response

from ..describe.labels import sort_key
from ..describe.said import description_properties
from ..formats import GRAPH, HTML, LINKSET_JSON, TURTLE
from .answers import CURRENT, NEVER, choose_format, link_header, reader_language, send_page
from .lists import states
from .page_queries import is_complete, sections_of_home
from .problem import kinds
from .site import site

MOST = 24  # classes on the home page

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """What is published here, how much of it, and every way to get it."""
    choose_format((HTML,))
    here, language = site(), reader_language()
    largest = nsmallest(MOST, here.class_counts.items(), key=lambda entry: -entry[1])
    stating = frozenset(description_properties(here.store))
    things = [(iri, count) for iri, count in largest if not states(here, iri, stating)] or largest
    classes = [(here.link(iri, language), here.list_path(iri), count) for iri, count in things]
    classes.sort(key=lambda entry: (-entry[2], sort_key(entry[0].text.value)))
    dumps = [(dump.format, dump) for dump in here.dumps.files]
    links = [link_header(here.address("sparql"), "service"), link_header(here.address("sitemap.xml"), "sitemap")]
    links += [
        link_header(here.address(f"dump/latest/{dump.file}"), "item", format.media_type)
        for format, dump in dumps
        if format in GRAPH
    ]
    if here.licence:
        links.append(link_header(here.licence, "license"))
    for path in ("catalog.ttl", ".well-known/void"):
        links.append(link_header(here.address(path), "describedby", TURTLE.media_type))
    links.append(link_header(here.address(".well-known/api-catalog"), "api-catalog", LINKSET_JSON.media_type))
    sections = sections_of_home(here, language)
    return send_page(
        "home.html", sections=sections, cache=CURRENT if is_complete(sections) else NEVER, links=links,
        classes=classes, more=len(here.class_counts) > len(classes), dumps=dumps,
    )  # fmt: skip


@blueprint.get("/problems")
def problems() -> Response:
    """What the ``type`` of a problem document means."""
    choose_format((HTML,))
    return send_page("problems.html", kinds=kinds())
