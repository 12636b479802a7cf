"""The catalogue that portals harvest: ``/catalog``, and below it a page for each data set, distribution and service.

Each is a page for people and RDF for harvesters at the same address: by suffix, or by what is asked for. The RDF is
DCAT-AP in the version that ``?_profile=`` names. Sources: DCAT-AP 3.0.1; Hydra Core Vocabulary, with the names of
paging that harvesters knew before; Content Negotiation by Profile, W3C.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, request
from pyoxigraph import Literal, NamedNode, Triple

from ..describe import excerpts
from ..describe.catalogue import Catalogue, Dataset, Distribution, Node
from ..describe.profiles import CURRENT, PROFILES, Profile, conform, find_profile
from ..describe.quality import FULL
from ..describe.schema_org import data_catalogue, data_set, script
from ..describe.signposts import Link
from ..describe.vocabulary import HYDRA, PREFIXES, RDF
from ..errors import NotFound, RequestError
from ..formats import BY_SUFFIX, GRAPH, HTML, Format
from . import resources
from .answers import choose_format, in_chosen_language, parameters, reader_language, send, send_page
from .catalog_facts import CatalogueReader
from .negotiation import parse_accept
from .signposting import full, of_catalogue
from .site import site

PAGE = 100  # data sets of a page; harvesters that do not follow pages get as many
MOST_NAMED = 20  # data sets that an error lists
FORMATS = (HTML, *GRAPH)
VARY = ("Accept", "Accept-Language")
PROFILE = "_profile"

blueprint = Blueprint("catalog", __name__)


@dataclass(frozen=True)
class Document:
    """What is served at one path below the mount, about one thing."""

    path: str
    about: Node


@dataclass(frozen=True)
class Form:
    """One representation of a document: the format, the version of DCAT-AP, the page of how many."""

    document: Document
    format: Format
    profile: Profile = CURRENT
    page: int = 1
    pages: int = 1

    @property
    def path(self) -> str:
        """Its own path."""
        pairs = [f"page={self.page}"] if self.page > 1 else []
        pairs += [f"{PROFILE}={self.profile.token}"] if self.profile is not CURRENT else []
        return f"{site().mount}{self.document.path}.{self.format.suffix}" + ("?" + "&".join(pairs) if pairs else "")

    def others(self) -> dict[str, "Form"]:
        """The first, last and neighbouring pages, by what they are to this one; none of a document of one page."""
        places = {"first": 1, "previous": self.page - 1, "next": self.page + 1, "last": self.pages}
        there = {word: page for word, page in places.items() if self.pages > 1 and 1 <= page <= self.pages}
        return {word: replace(self, page=page) for word, page in there.items()}


@blueprint.get("/catalog")
@blueprint.get("/catalog.<suffix>")
def catalogue(suffix: str = "") -> Response:
    """The catalogue, 100 data sets a page."""
    _, format = split_suffix(f"catalog.{suffix}")
    if suffix and format is None:
        return resources.document(f"catalog.{suffix}")
    return answer(Document("catalog", site().catalogue), format)


@blueprint.get("/catalog/<path:path>")
def part(path: str) -> Response:
    """A data set, with its record and distributions; a distribution; or a data service."""
    bare, format = split_suffix(path)
    for name, suffix in ((path, None), (bare, format)):
        found = find(name)
        if found:
            return answer(found, suffix)
    try:
        return resources.document(f"catalog/{path}")
    except NotFound as error:
        raise unknown(path) from error


def split_suffix(path: str) -> tuple[str, Format | None]:
    """*path* without the suffix of a format that is offered, and that format."""
    bare, _, suffix = path.rpartition(".")
    format = BY_SUFFIX.get(suffix)
    return (bare, format) if bare and format in FORMATS else (path, None)


def find(path: str) -> Document | None:
    """The document at *path* below ``catalog/``."""
    here = site().catalogue
    slug, slash, suffix = path.partition("/")
    found = here.distribution(slug, suffix) if slash else here.dataset(slug) or here.service(slug)
    return Document(f"catalog/{path}", found) if found else None


def unknown(path: str) -> NotFound:
    """The error for a path of nothing: it lists what there is."""
    here = site().catalogue
    dataset = here.dataset(path.partition("/")[0])
    if dataset:
        suffixes = ", ".join(distribution.suffix for distribution in dataset.distributions)
        return NotFound(f"the data set {dataset.slug!r} has no distribution at /catalog/{path}; it has {suffixes}")
    slugs = [dataset.slug for dataset in here.datasets]
    more = f" and {len(slugs) - MOST_NAMED} more" if len(slugs) > MOST_NAMED else ""
    listed = ", ".join(slugs[:MOST_NAMED]) + more
    return NotFound(f"there is no data set at /catalog/{path}; /catalog lists all: {listed}", datasets=slugs[:PAGE])


def answer(document: Document, suffix: Format | None) -> Response:
    """The document as this request wants it."""
    format = choose_format(FORMATS, suffix)
    total = len(site().catalogue.datasets) if isinstance(document.about, Catalogue) else 0
    profile = asked_profile(None if suffix else format)
    form = Form(document, format, profile, parameters().page(), -(-total // PAGE) or 1)
    if form.page > form.pages:
        raise NotFound(f"page {form.page} of {form.pages}", pages=form.pages)
    vary = () if suffix else VARY
    own = in_chosen_language(form.path) if format is HTML else form.path
    headers = {} if suffix else {"Content-Location": own}
    if format is HTML:
        return answer_page(form, vary or ("Accept-Language",), headers)
    content = write(form)
    content_type = f"{format.media_type}; charset=utf-8"  # of all: clients that read text guess without it
    return send(content, content_type, vary=vary, links=map(str, signposts(form)), headers=headers)


def write(form: Form) -> bytes:
    """The document in a form for programs; a large one, which takes half a second, is made once for a snapshot."""
    kept, about = site().large_documents, form.document.about
    if form.path in kept:
        return kept[form.path]
    content = excerpts.write(statements(form), form.format, site().prefixes | PREFIXES, about.iri)
    if len(content) > resources.LARGE_DOCUMENT and len(kept) < resources.MOST_LARGE_DOCUMENTS:
        kept[form.path] = content
    return content


def asked_profile(negotiated: Format | None) -> Profile:
    """The version of DCAT-AP by ``?_profile=``, else by the profile parameter of Accept, else the newest.

    A profile in Accept may also say how JSON-LD is laid out: one that is not known is left aside.

    negotiated  the format that Accept decided on; None at an address that names a format, where Accept says nothing
    raises   RequestError, when the address names one that is not known
    """
    name = parameters().one(PROFILE)
    if name:
        profile = find_profile(name)
        if profile:
            return profile
        raise RequestError(
            f"{PROFILE}={name!r} is not offered; right is one of {', '.join(PROFILES)}",
            parameter=PROFILE, profiles=list(PROFILES),
        )  # fmt: skip
    if negotiated is None:
        return CURRENT
    accept = parse_accept(request.headers.get("Accept", ""))
    ranges = (range for range in accept if range.matches(negotiated.media_type))
    named = sorted(ranges, key=lambda range: -range.weight)
    wanted = (find_profile(name) for range in named for name in range.profile.split())
    return next((profile for profile in wanted if profile), CURRENT)


def statements(form: Form) -> list[Triple]:
    """The statements of one page of the document, in the version of DCAT-AP that is wanted."""
    here, about = site().catalogue, form.document.about
    if isinstance(about, Catalogue):
        found = [*excerpts.page(here, form.page, PAGE), *(paging(form) if form.pages > 1 else ())]
    else:
        found = excerpts.excerpt(here, about)
    return conform(found, form.profile)


def paging(form: Form) -> Iterator[Triple]:
    """Which page this is, and where the others are: in the words of Hydra, and in those that it had before."""
    top, view = NamedNode(form.document.about.iri), NamedNode(full(form.path))
    total = Literal(len(site().catalogue.datasets))
    yield Triple(top, RDF.type, HYDRA.Collection)
    yield Triple(top, HYDRA.view, view)
    yield Triple(view, RDF.type, HYDRA.PartialCollectionView)
    yield Triple(view, RDF.type, HYDRA.PagedCollection)
    yield Triple(view, HYDRA.itemsPerPage, Literal(PAGE))
    for collection in (top, view):
        yield Triple(collection, HYDRA.totalItems, total)
    for word, other in form.others().items():
        yield Triple(view, HYDRA(word), NamedNode(full(other.path)))
        yield Triple(view, HYDRA(f"{word}Page"), NamedNode(full(other.path)))


def signposts(form: Form) -> list[Link]:
    """Links to what it is about and belongs to (Signposting), to its other pages and forms (RFC 8288)."""
    landing = of_catalogue(form.document.about)
    own = landing.address if form.format is HTML else f"{landing.address}.{form.format.suffix}"
    found = landing.of(own)
    for word, other in form.others().items():
        found.append(Link(own, {"previous": "prev"}.get(word, word), full(other.path), form.format.media_type))
    named = {own, *(link.target for link in found)}
    forms = {format: full(replace(form, format=format).path) for format in FORMATS if format is not form.format}
    found += [Link(own, "alternate", path, format.media_type) for format, path in forms.items() if path not in named]
    return found if form.format is HTML else [*found, Link(own, "profile", form.profile.iri)]


def answer_page(form: Form, vary: Sequence[str], headers: dict[str, str]) -> Response:
    """The page that fits what the document is about."""
    here, language, about = site().catalogue, reader_language(), form.document.about
    reader = CatalogueReader(site(), language)
    schema: dict[str, Any] = {}
    context: dict[str, Any] = {}
    if isinstance(about, Catalogue):
        listed = here.datasets[(form.page - 1) * PAGE : form.page * PAGE]
        template, schema = "catalog.html", data_catalogue(here, listed, language)
        context = {"groups": reader.groups(listed)}
    elif isinstance(about, Dataset):
        template, schema = "catalog_dataset.html", data_set(here, about, language)
    elif isinstance(about, Distribution):
        template, context = "catalog_distribution.html", {"dataset": here.dataset_of(about)}
    else:
        template = "catalog_service.html"
    forms = [
        (profile, [(format, replace(form, format=format, profile=profile).path) for format in GRAPH])
        for profile in PROFILES.values()
    ]
    links = signposts(form)
    return send_page(
        template, vary=vary, links=map(str, links), headers=headers, signposts=links, about=about, read=reader,
        forms=forms, formats=forms[0][1], schema=script(schema) if schema else "", page=form.page, pages=form.pages,
        path=f"{site().mount}{form.document.path}", points=points_of(about), full=FULL, **context,
    )  # fmt: skip


def points_of(about: Node) -> float | None:
    """The points that the metadata of the catalogue, or of a data set, were given; None for what has none (yet)."""
    found = site().assessment
    if found is None:
        return None
    return found.quality.points if isinstance(about, Catalogue) else found.quality.scores.get(about.iri)
