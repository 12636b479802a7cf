"""Which links an answer carries: between the page about something, its metadata and its files, and ``/linkset``.

The same links are in the ``Link`` header, in the head of the page and in the link set of what they are about.
Source: FAIR Signposting Profile, levels 1 and 2.
"""

import re
from collections.abc import Iterable
from itertools import islice
from urllib.parse import quote, urljoin

from flask import Response, request
from pyoxigraph import NamedNode

from ..describe.catalogue import Catalogue, Dataset, Distribution, Node, Service
from ..describe.profiles import CURRENT
from ..describe.signposts import PAGE, Landing, Link, Target
from ..describe.vocabulary import DCTERMS, SCHEMA
from ..formats import GRAPH, JSON, LINKSET, LINKSET_JSON
from .answers import in_header
from .names import LINKED, node
from .site import site
from .vocabulary import TYPE

MOST_AUTHORS = 10
LONGEST_IRI = 2_000  # characters of an IRI that headers repeat; clients stop reading at 64 KiB
VERSION = re.compile("^dump/[0-9a-f]{64}/")
UNESCAPED = "/:@!$&'()*+,;=~"
SCHEMES = ("http://", "https://")
SCHEMA_ORG = (SCHEMA.iri, "http://schema.org/")
KINDS = {
    Catalogue: SCHEMA.DataCatalog,
    Dataset: SCHEMA.Dataset,
    Distribution: SCHEMA.DataDownload,
    Service: SCHEMA.WebAPI,
}


def headers(links: Iterable[Link]) -> list[str]:
    """The links as elements of a Link header."""
    return list(map(str, links))


def of_catalogue(about: Node) -> Landing:
    """The page about the catalogue or about something in it."""
    catalogue = site().catalogue
    page = address(catalogue_path(about))
    owner = catalogue.dataset_of(about) if isinstance(about, Distribution) else about
    authors = owner.iris(DCTERMS.creator) or catalogue.iris(DCTERMS.creator)
    files, members, part_of = surroundings(about)
    return Landing(
        page,
        name(about.iri),
        next((kind.value for cls, kind in KINDS.items() if isinstance(about, cls)), ""),
        licence=uri(about.licence or catalogue.licence),
        authors=uris(authors),
        metadata=tuple(Target(f"{page}.{form.suffix}", form.media_type, CURRENT.iri) for form in GRAPH),
        files=files,
        members=members,
        part_of=part_of,
        linkset=linksets(about.iri),
    )


def surroundings(about: Node) -> tuple[tuple[Target, ...], tuple[Target, ...], tuple[str, ...]]:
    """The files of something in the catalogue, the pages about its parts, and those about what it is a part of."""
    top = (address("catalog"),)
    if isinstance(about, Catalogue):
        return (), tuple(Target(address(catalogue_path(dataset)), PAGE) for dataset in about.datasets), ()
    if isinstance(about, Dataset):
        return targets(about.distributions), (), top
    if isinstance(about, Distribution):
        whole = address(catalogue_path(site().catalogue.dataset_of(about)))
        return (), targets((about,)), (whole,)
    return (), (), top


def of_resource(iri: str, path: str, graphs: Iterable[str] = ()) -> Landing:
    """The page about a resource that the content describes.

    path    of its document below the mount; "" when /describe shows it
    graphs  names of the graphs that say something of it
    """
    here = site()
    page = address(quote(path)) if path else full(here.describe_href(iri))
    joint = "." if path else "&format="
    forms = (Target(f"{page}{joint}{form.suffix}", form.media_type) for form in GRAPH)
    return Landing(
        page,
        name(iri),
        kind(iri),
        licence=uri(here.licence),
        authors=uris(here.catalogue.iris(DCTERMS.creator)),
        metadata=tuple(forms),
        part_of=tuple(dict.fromkeys(filter(None, map(page_of_graph, graphs)))),
        linkset=linksets(iri),
    )


def sign_file(response: Response) -> Response:
    """Add the links of a file that is a form of a data set to its answer, whatever part of the program made it."""
    path = VERSION.sub("dump/latest/", quote(request.path.lstrip("/"), safe=UNESCAPED))
    query = request.environ.get("QUERY_STRING", "")
    own = site().address(f"{path}?{query}" if query else path)
    dataset = site().downloads.get(own) if response.status_code in (200, 206) else None
    if dataset and not any('rel="collection"' in link for link in response.headers.getlist("Link")):
        response.headers.extend(("Link", link) for link in headers(of_catalogue(dataset).of(own)))
    return response


def in_catalogue(iri: str) -> Node | None:
    """What the catalogue has under *iri*: itself, a service, a distribution or a data set, by its record too."""
    catalogue = site().catalogue
    if iri == catalogue.iri:
        return catalogue
    slug, _, suffix = iri.removeprefix(f"{catalogue.iri}/").partition("/")
    named = catalogue.distribution(slug, suffix) if suffix else catalogue.dataset(slug)
    return catalogue.dataset(iri) or catalogue.service(iri) or named


def catalogue_path(about: Node) -> str:
    """Path, below the mount, of the page about the catalogue or something in it."""
    if isinstance(about, Dataset | Service):
        return f"catalog/{about.slug}"
    return f"catalog/{about.path}" if isinstance(about, Distribution) else "catalog"


def page_of_graph(iri: str) -> str:
    """Address of the page about a named graph: that of the data set, where the catalogue has it."""
    dataset = site().catalogue.dataset(iri)
    href = catalogue_path(dataset) if dataset else site().path_of(iri)
    return address(quote(href)) if href else ""


def kind(iri: str) -> str:
    """The first class of schema.org that the content says the resource is of, "" when it says none."""
    types = (triple.object for triple in site().store.triples(node(iri), TYPE))
    found = (term.value for term in types if isinstance(term, NamedNode) and term.value.startswith(SCHEMA_ORG))
    return min(found, default="")


def targets(distributions: Iterable[Distribution]) -> tuple[Target, ...]:
    """Their files, each with the media type that it is sent with: the catalogue has one that IANA lists."""
    sent_as = {JSON.registered_type: JSON.media_type}
    return tuple(
        Target(in_header(found.download_url), sent_as.get(found.media_type, found.media_type))
        for found in distributions
        if 0 < len(found.download_url) <= LONGEST_IRI
    )


def name(iri: str) -> str:
    """*iri* as a link may name what a page is about; "" for blank nodes, long ones and what is no address."""
    return in_header(iri) if iri.startswith(LINKED) and len(iri) <= LONGEST_IRI else ""


def linksets(iri: str) -> tuple[Target, ...]:
    """Where all links of what *iri* names are in one document; nowhere, when that has a blank or a long name."""
    if iri.startswith("_:") or len(iri) > LONGEST_IRI:
        return ()
    own = f"{site().location}linkset?iri={quote(iri, safe='')}"
    return (Target(own, LINKSET_JSON.media_type), Target(f"{own}&format={LINKSET.suffix}", LINKSET.media_type))


def address(path: str) -> str:
    """The full address of a path below the mount."""
    return in_header(site().address(path))


def full(path: str) -> str:
    """The full address of a path that begins with the mount."""
    return in_header(urljoin(site().location, path))


def uri(iri: str) -> str:
    """*iri* as links may name it, "" when it is no address of the web."""
    return in_header(iri) if iri.startswith(SCHEMES) and len(iri) <= LONGEST_IRI else ""


def uris(iris: Iterable[str]) -> tuple[str, ...]:
    """The first of *iris* that links may name."""
    return tuple(islice(filter(None, map(uri, iris)), MOST_AUTHORS))
