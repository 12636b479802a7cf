"""Pages that are not about one IRI: home, lists by class, what errors mean."""

from heapq import nsmallest

from flask import Blueprint, Response

from ..describe.labels import sort_key
from ..errors import NotFound, RequestError
from ..formats import CSV, GRAPH, HTML, LINKSET_JSON, TURTLE
from .answers import choose_format, link_header, parameters, reader_language, send_page
from .problem import kinds
from .site import site

PAGE = 100
MOST = 200  # classes, and graphs, on the home page

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """What is published here, how much of it, and every way to get it."""
    choose_format((HTML,))
    here, language = site(), reader_language()
    largest = nsmallest(MOST, here.class_counts.items(), key=lambda entry: -entry[1])
    classes = [(here.link(iri, language), here.list_path(iri), count) for iri, count in largest]
    classes.sort(key=lambda entry: (-entry[2], sort_key(entry[0].text.value)))
    dumps = [(dump.format, dump) for dump in here.dumps.files]
    graphs = here.snapshot.manifest["graphs"]
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
    return send_page(
        "home.html", links=links, classes=classes, dumps=dumps, most=MOST,
        graphs=[(here.link(graph["iri"], language), graph["triples"]) for graph in graphs[:MOST]],
        cut=len(here.class_counts) > MOST, graphs_cut=len(graphs) > MOST,
    )  # fmt: skip


@blueprint.get("/list/<short>")
def class_list(short: str) -> Response:
    """The resources of one class, given as ``prefix:Name``."""
    iri = site().expand(short)
    if iri is None:
        raise NotFound(f"{short} names no class here; the home page lists them")
    return answer_list(iri)


@blueprint.get("/list")
def class_list_by_iri() -> Response:
    """The same for a class that no prefix fits: ``/list?type=<IRI>``."""
    iri = parameters().one("type")
    if not iri:
        raise RequestError("parameter type is missing; /list?type=https://… is right", parameter="type")
    return answer_list(iri)


def answer_list(iri: str) -> Response:
    choose_format((HTML,))
    total = site().class_counts.get(iri)
    if not total:
        raise NotFound(f"nothing of class {site().short(iri)} is published here")
    language, page = reader_language(), parameters().page()
    table = site().table_names.get(iri)
    pages = -(-total // PAGE)
    if page > pages:
        raise NotFound(f"page {page} of {pages}")
    instances = site().instances(iri, language, (page - 1) * PAGE, PAGE)
    personal = site().is_class_of_persons(iri)
    return send_page(
        "list.html",
        kind=site().link(iri, language),
        path=site().mount + site().list_path(iri),
        shown=[(name, site().href(subject)) for subject, name in instances],
        total=total,
        first=(page - 1) * PAGE + 1,
        page=page,
        pages=pages,
        table=table,
        links=[link_header(site().address(f"table/{table}.csv"), "alternate", CSV.media_type)] if table else [],
        personal=personal,
        headers={"X-Robots-Tag": "noindex"} if personal else {},
    )


@blueprint.get("/problems")
def problems() -> Response:
    """What the ``type`` of a problem document means."""
    choose_format((HTML,))
    return send_page("problems.html", kinds=kinds())
