"""Where machines look first, whatever the site: VoID, the catalogue of APIs, robots.txt, llms.txt.

Sources: VoID, section 7.2; RFC 9727 (api-catalog); RFC 9309 (robots.txt); llmstxt.org.
"""

import re
from collections.abc import Iterator

from flask import Blueprint, Response, render_template

from ..describe.catalogue import Service
from ..describe.signposts import PAGE, Link, linkset_json
from ..describe.vocabulary import DCAT
from ..describe.void import NAME as VOID
from ..errors import BeingWritten
from ..formats import GRAPH, HTML, LINKSET_JSON, PLAIN_JSON, TURTLE
from . import resources
from .answers import choose_format, link_header, send
from .files import RETRY_SECONDS
from .signposting import address, uri
from .site import site

API_CATALOG = ".well-known/api-catalog"
API_CATALOG_PROFILE = "https://www.rfc-editor.org/info/rfc9727"
TEXT = "text/plain; charset=utf-8"
MOST_DATASETS, MOST_QUERIES, MOST_CLASSES = 50, 100, 50  # that llms.txt lists
# Answers without an end: of queries, of services that take one, of lists by what is chosen (``?ex:country=…``). Their
# addresses without a query are no such.
# Some readers take a "?" at the end for nothing, and some know no "*": for these the usual parameters.
ENDLESS = (
    "sparql?*", "sparql?query=", "api/*?*", "reconcile?*", "reconcile?quer", "search?*", "search?q=",
    "list/*?*:", "list/*?*sort=",
)  # fmt: skip

blueprint = Blueprint("wellknown", __name__)


@blueprint.get("/.well-known/void")
def void() -> Response:
    """The data in numbers: as Turtle unless something else is asked for, at once and not by a redirect.

    raises   BeingWritten, while numbers of a large data set are still being counted
    """
    iri = f"{site().base_iri}{VOID}"
    if iri not in site().graph_sizes:
        raise BeingWritten("the description by VoID is still being computed", headers={"Retry-After": RETRY_SECONDS})
    format = choose_format((*GRAPH, HTML))
    document = resources.Document(iri, VOID)
    response = resources.answer(document, format)
    response.headers["Content-Location"] = document.address(format)
    response.vary.update(resources.VARY)
    return response


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """The APIs of this server with their descriptions, as a link set."""
    own = address(API_CATALOG)
    links = [link for service in site().catalogue.services for link in of_service(service, own)]
    content_type = f'{LINKSET_JSON.media_type}; profile="{API_CATALOG_PROFILE}"'
    return send(linkset_json(links), content_type, links=[link_header(own, "api-catalog", LINKSET_JSON.media_type)])


def of_service(service: Service, catalogue: str) -> Iterator[Link]:
    """The links that lead to an API and from there to what explains it, for machines, for people and of its state."""
    endpoint, page = uri(service.value(DCAT.endpointURL)), address(f"catalog/{service.slug}")
    if not endpoint:
        return
    yield Link(catalogue, "item", endpoint)
    for description in filter(None, map(uri, service.iris(DCAT.endpointDescription))):
        media_type = PLAIN_JSON.media_type if description.endswith(".json") else ""
        yield Link(endpoint, "service-desc", description, media_type)
    yield Link(endpoint, "service-doc", page, PAGE)
    yield Link(endpoint, "service-meta", f"{page}.{TURTLE.suffix}", TURTLE.media_type)
    yield Link(endpoint, "status", address("healthz"), PLAIN_JSON.media_type)
    if uri(service.licence):
        yield Link(endpoint, "license", uri(service.licence))


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Everything may be read but answers to queries, which have no end. All addresses of the catalogue stay open."""
    closed = [f"Disallow: {site().mount}{path}" for path in ENDLESS]
    lines = ["User-agent: *", *closed, "", f"Sitemap: {site().address('sitemap.xml')}"]
    return send("\n".join(lines) + "\n", TEXT)


@blueprint.get("/llms.txt")
def llms() -> Response:
    """What is here and how to ask it, for language models, in Markdown and in English where there is any."""
    here = site()
    results = f"{here.base_iri}api/"  # of named queries, which are a list of their own
    classes = sorted(here.class_counts.items(), key=lambda entry: (-entry[1], entry[0]))
    text = render_template(
        "llms.txt",
        site=here,
        catalogue=here.catalogue,
        datasets=[found for found in here.catalogue.datasets if not found.iri.startswith(results)][:MOST_DATASETS],
        queries=list(here.queries.values())[:MOST_QUERIES],
        classes=classes[:MOST_CLASSES],
        plain=plain,
    )
    return send(text, TEXT)


def plain(text: object) -> str:
    """Words as they stand in a line of Markdown: without line ends, and with the signs of links escaped."""
    return re.sub(r"([\\\[\]<>`*_])", r"\\\1", re.sub(r"\s+", " ", str(text)).strip())
