"""Every IRI under the base: names redirect to documents, documents answer as a page or as RDF.

``/id/site/le-pont`` names a place and answers 303 to ``/doc/site/le-pont``; the ontology, shapes, schemes and named
graphs are documents themselves and answer 200. What a path names exactly wins over a path with a suffix.
Sources: Cool URIs for the Semantic Web, section 4.3; RFC 9110, sections 8.7 and 15.4.4.
"""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request
from pyoxigraph import Literal, NamedNode, Quad, Triple

from ..content.dataset import SHAPES
from ..describe.examples import PREFIXES as EXAMPLES_PREFIXES
from ..describe.index import is_listed
from ..describe.jsonld import dumps
from ..describe.resource import LARGEST, Description, serialize, with_graphs
from ..describe.signposts import Landing, Link
from ..describe.vocabulary import PREFIXES as DERIVED_PREFIXES
from ..errors import Gone, NotFound, RequestError
from ..formats import BY_SUFFIX, DATASET, GRAPH, HTML, JSONLD, Format
from .answers import CURRENT, NEVER, choose_format, parameters, reader_language, redirect, send, send_page
from .catalog_facts import page_of
from .diagram import read_diagram
from .facts import FactsReader
from .names import Text, node
from .ontology import read_ontology
from .page_queries import is_complete, sections_about
from .scheme import MOST_COUNTED, read_scheme
from .shapes import read_demands
from .signposting import full, of_catalogue, of_resource
from .site import site
from .vocabulary import DEPRECATED, ONTOLOGY, REPLACED_BY, SCHEME, TITLE, VERSION_IRI

FORMATS = (HTML, *GRAPH, *DATASET)
# Comunica likes N-Quads best, and asks the default graph, which a document in N-Quads leaves empty.
DATASET_QUALITY = 0.8
LARGE_DOCUMENT, MOST_LARGE_DOCUMENTS = 2**17, 64  # bytes; documents kept
LARGEST_COMPACT = 20_000  # triples; a larger document is written as expanded JSON-LD, which streams
LARGEST_GRAPH = 100_000  # statements; a larger named graph comes line by line, from the graph store
MOST_READ = 5_000  # statements of a larger one that are looked at for its page
LONGEST_IN_HEADER = 2_000  # characters of an IRI that headers repeat; clients stop reading at 64 KiB
MOST_LOCATED, MOST_COLLECTIONS = 2_000, 20  # statements whose graphs are looked up for headers; graphs named there
MOST_SUBJECTS = 500  # resources listed on the page of a graph
VARY = ("Accept", "Accept-Language")

blueprint = Blueprint("resources", __name__)


@dataclass(frozen=True)
class Document:
    """What is served for one IRI. *path* is below the mount; "" for IRIs that are only described."""

    iri: str
    path: str = ""

    def address(self, format: Format) -> str:
        """Path of one representation."""
        if self.path:
            return f"{site().mount}{quote(self.path)}.{format.suffix}"
        return f"{site().describe_href(self.iri)}&format={format.suffix}"


@blueprint.get("/id/<path:path>")
def name(path: str) -> Response:
    """A thing is not a document: see the document about it."""
    iri, format = find("id/" + path)
    document = Document(iri, site().path_of(iri) or "")
    moved = retired(iri)
    target = moved or (document.address(format) if format else site().href(iri))
    return redirect(with_query(target), 301 if moved else 303, vary=VARY)


@blueprint.get("/doc/<path:path>")
def thing_document(path: str) -> Response:
    iri, format = find("id/" + path)
    return retired_or_answer(Document(iri, "doc/" + iri.removeprefix(site().base_iri + "id/")), format)


@blueprint.get("/describe")
def any_iri() -> Response:
    """The description of any IRI or blank node that the graph names."""
    iri = parameters().one("iri")
    if not iri:
        raise RequestError("parameter iri is missing; /describe?iri=https://… is right", parameter="iri")
    path = site().path_of(iri)
    if path is not None:
        return redirect(with_query(site().mount + quote(path, safe="/#:@!$&'()*+,;=~"), "iri"), 303, vary=VARY)
    return retired_or_answer(Document(iri), None)


@blueprint.get("/ns/<path:version>")
def ontology_version(version: str) -> Response:
    """A version of the ontology: the current one under its version IRI; what else the graph names as usual."""
    iri = NamedNode(f"{site().base_iri}ns")
    bare, format = split_suffix(version)
    for tail, suffix in ((version, None), (bare, format)):
        for triple in site().store.triples(iri, VERSION_IRI, None):
            if isinstance(triple.object, NamedNode) and triple.object.value == f"{iri.value}/{tail}":
                return answer(Document(iri.value, f"ns/{tail}"), suffix)
    return document("ns/" + version)


@blueprint.get("/<path:path>")
def document(path: str) -> Response:
    """A document of the base: ontology, shapes, scheme, named graph, or whatever else the content calls so."""
    iri, format = find(path)
    return retired_or_answer(Document(iri, iri.removeprefix(site().base_iri)), format)


def find(path: str) -> tuple[str, Format | None]:
    """The IRI that *path* names, and the format when the path had a suffix. Raises NotFound."""
    found = site().store.find(path)
    if found:
        return found, None
    bare, format = split_suffix(path)
    found = site().store.find(bare) if format else None
    if not found:
        raise NotFound(f"nothing is known here under the path /{path}")
    return found, format


def split_suffix(path: str) -> tuple[str, Format | None]:
    bare, _, suffix = path.rpartition(".")
    format = BY_SUFFIX.get(suffix)
    return (bare, format) if bare and format in FORMATS else (path, None)


def with_query(target: str, *drop: str) -> str:
    """*target* with the parameters of this request but those of *drop*, so that ``?lang=`` survives a redirect."""
    pairs = [pair for pair in request.environ.get("QUERY_STRING", "").split("&") if pair]
    query = "&".join(pair for pair in pairs if pair.partition("=")[0] not in drop)
    target, mark, fragment = target.partition("#")
    joint = "&" if "?" in target else "?"
    return target + (joint + query if query else "") + mark + fragment


def retired(iri: str) -> str | None:
    """Where the one replacement of a retired IRI of ours is; None for an IRI in use. Raises Gone without one."""
    store, subject = site().store, node(iri)
    if not iri.startswith(site().base_iri):
        return None  # what others retired is still said here
    truth = [triple.object for triple in store.triples(subject, DEPRECATED, None)]
    if not any(isinstance(term, Literal) and term.value in ("true", "1") for term in truth):
        return None
    replacements = sorted(
        triple.object.value
        for triple in store.triples(subject, REPLACED_BY, None)
        if isinstance(triple.object, NamedNode)
    )
    target = site().href(replacements[0]) if len(replacements) == 1 and replacements != [iri] else ""
    if target:
        return target
    raise Gone(f"{iri} was retired", iri=iri, replaced_by=replacements or None)


def retired_or_answer(document: Document, format: Format | None) -> Response:
    try:
        moved = retired(document.iri)
    except ValueError as error:
        raise RequestError(f"iri={document.iri!r} is no IRI", parameter="iri") from error
    if not moved:
        return answer(document, format)
    suffix = f".{format.suffix}" if format and not set(moved) & set("#?:") else ""
    return redirect(with_query(moved + suffix), 301, vary=VARY)


def answer(document: Document, suffix: Format | None) -> Response:
    """The document as this request wants it."""
    format = choose_format(FORMATS, suffix, dataset_quality=DATASET_QUALITY)
    vary = () if suffix else VARY
    large = site().graph_sizes.get(document.iri, 0) > LARGEST_GRAPH
    if large and format is not HTML:
        return redirect(in_graph_store(document.iri, suffix), 303, vary=vary)
    graph = named_graph(document.iri, MOST_READ if large else LARGEST_GRAPH)
    description = site().describe(document.iri, labelled=format is not HTML)
    if graph and not (description and description.statements):
        description = described_by_itself(document.iri)
    said = graph or (description and (description.statements or description.inbound))
    page = None if said else page_of(site(), document.iri)
    if page:
        page = f"{site().mount}{page}" + (f".{suffix.suffix}" if suffix else "")
        return redirect(with_query(page, "iri"), 303, vary=vary)
    if description is None and not graph:
        raise NotFound(f"nothing is known here about {document.iri}")
    if description and description.cut and not graph and format is not HTML:
        return redirect(in_full(description, suffix), 303, vary=vary)
    told = len(document.iri) <= LONGEST_IN_HEADER
    own_address = with_query(document.address(format), "iri", "format")
    headers = {"Content-Location": own_address} if told and not suffix else {}
    links = signposts(document, format) if told else []
    if site().is_personal(document.iri):
        headers["X-Robots-Tag"] = "noindex"
    if format is HTML:
        return answer_page(document, description, graph, vary or ("Accept-Language",), links, headers)
    content = write(document, description, graph, format)
    return send(content, format.content_type, vary=vary, links=map(str, links), headers=headers)


def named_graph(iri: str, most: int = LARGEST_GRAPH) -> list[Quad]:
    """The first statements of the named graph *iri*, a derived one as it was computed; none without such a graph."""
    if iri not in site().graph_sizes:
        return []
    return site().snapshot.derived(iri) or list(islice(site().store.graph(iri), most))


def in_graph_store(iri: str, suffix: Format | None) -> str:
    """Path of the named graph *iri*, whatever its size, in the format that the URL names, if it names one."""
    return in_format(f"{site().mount}rdf-graph-store?graph={quote(iri, safe='')}", suffix)


def in_full(description: Description, suffix: Format | None) -> str:
    """Path of all statements of the resource itself, by a query; of a blank node, which none can name, in its graph."""
    iri = description.iri
    if iri.startswith("_:"):
        return in_graph_store(site().store.graphs_of(description.statements[0])[0], suffix)
    query = f"CONSTRUCT {{ <{iri}> ?property ?value }} WHERE {{ <{iri}> ?property ?value }}"
    return in_format(f"{site().mount}sparql?query={quote(query, safe='')}", suffix)


def in_format(path: str, suffix: Format | None) -> str:
    word = suffix.suffix if suffix else parameters().one("format")
    return f"{path}&format={quote(word, safe='')}" if word else path


def described_by_itself(iri: str) -> Description:
    """What a graph outside the default graph says of itself."""
    subject = node(iri)
    quads = site().snapshot.derived(iri) or site().store.engine.quads_for_pattern(subject, None, None, subject)
    own = (quad.triple for quad in quads if quad.subject == subject)
    return Description(iri, tuple(islice(own, LARGEST)), (), False, ())


def write(document: Document, description: Description | None, graph: list[Quad], format: Format) -> bytes:
    """The bytes of a named graph or description; JSON-LD by the content's own context."""
    statements: list[Quad] | list[Triple] = graph
    if description and not graph:
        query = quote(inbound_query(document.iri), safe="")
        statements = description.triples(site().address(f"sparql?query={query}") if query else "")
    prefixes = site().prefixes
    if site().snapshot.is_derived(document.iri):
        prefixes = EXAMPLES_PREFIXES | DERIVED_PREFIXES | prefixes
    if format in DATASET:
        quads = graph or with_graphs(site().store, (item for item in statements if isinstance(item, Triple)))
        return serialize(quads, format, prefixes, first=document.iri)
    triples = [item.triple if isinstance(item, Quad) else item for item in statements]
    if format is JSONLD and len(triples) <= LARGEST_COMPACT:
        return write_document(document.iri, triples)
    return serialize(triples, format, prefixes, first=document.iri)


def write_document(iri: str, triples: list[Triple]) -> bytes:
    """The JSON-LD document about *iri*; a large one, which takes a second to frame, is made once for a snapshot."""
    large = site().large_documents
    if iri in large:
        return large[iri]
    content = dumps(site().jsonld.document(iri, site().types(node(iri)), triples))
    if len(content) > LARGE_DOCUMENT and len(large) < MOST_LARGE_DOCUMENTS:
        large[iri] = content
    return content


def signposts(document: Document, format: Format) -> list[Link]:
    """Name, licence, data set, metadata, files, and the other representations (RFC 8288, Signposting)."""
    found = landing(document)
    own = found.address if format is HTML else full(document.address(format))
    links = found.of(own)
    named = {own, *(link.target for link in links)}
    forms = ((full(document.address(other)), other.media_type) for other in FORMATS)
    return links + [Link(own, "alternate", form, media_type) for form, media_type in forms if form not in named]


def landing(document: Document) -> Landing:
    """The page about what the document is about: of a named graph, that of the data set."""
    here = site()
    dataset = here.catalogue.dataset(document.iri)
    if dataset:
        return of_catalogue(dataset)
    own = islice(here.store.triples(node(document.iri)), MOST_LOCATED if document.path else 0)
    graphs = {graph for triple in own for graph in here.store.graphs_of(triple)} - {document.iri}
    return of_resource(document.iri, document.path, sorted(graphs)[:MOST_COLLECTIONS])


def answer_page(
    document: Document,
    description: Description | None,
    graph: list[Quad],
    vary: tuple[str, ...],
    links: list[Link],
    headers: dict[str, str],
) -> Response:
    """The page that fits what the document is: ontology, concept scheme, named graph or any resource."""
    language = reader_language()
    page = parameters().page()
    description = description or Description(document.iri, (), (), False, ())
    types = {triple.object for triple in description.statements if node(document.iri) == triple.subject}
    context: dict[str, Any] = {}
    if document.iri == site().base_iri + SHAPES:
        template = "shapes.html"
        context["demands"], context["forms"] = read_demands(site(), document.iri, language)
    elif ONTOLOGY in types:
        template = "ontology.html"
        ontology = context["ontology"] = read_ontology(site(), document.iri, language)
        context["diagram"] = read_diagram(site(), document.iri, ontology, language)
        context["list_cut"] = ontology.cut
    elif SCHEME in types:
        template = "scheme.html"
        context["concepts"], context["list_cut"] = read_scheme(site(), document.iri, language)
        context["most_counted"] = MOST_COUNTED
    else:
        template = "dataset.html" if graph else "resource.html"
        listed, size = subjects(graph), site().graph_sizes.get(document.iri, 0)
        context["subjects"] = [site().link(iri, language) for iri in listed[:MOST_SUBJECTS]]
        context |= {"size": size, "total": len(listed), "whole": len(graph) == size}
    own = template in ("resource.html", "dataset.html")
    facts = FactsReader(site(), description if own else only_own(description), language).read(page)
    if facts.heading.value == site().short(document.iri):  # a graph outside the default one names itself
        own_title = title(description, language)
        facts = replace(facts, heading=own_title or facts.heading)
    if page > facts.inbound.pages:
        raise NotFound(f"page {page} of {facts.inbound.pages}")
    sections = sections_about(site(), document.iri, language)
    formats = [(format, document.address(format)) for format in FORMATS if format is not HTML]
    return send_page(
        template, vary=vary, links=map(str, links), headers=headers, facts=facts, formats=formats, page=page,
        signposts=links, path=document.address(HTML), query=inbound_query(document.iri), cut=description.cut,
        own_query=own_query(document.iri), entry=page_of(site(), document.iri), sections=sections,
        cache=CURRENT if is_complete(sections) else NEVER,
        **context,
    )  # fmt: skip


def title(description: Description, language: str) -> Text | None:
    """The title that the description gives what it is about, for a reader of *language*."""
    titles = [
        Text(triple.object.value, triple.object.language or "")
        for triple in description.statements
        if triple.predicate == TITLE and isinstance(triple.object, Literal)
    ]
    return min(titles, key=lambda text: (text.language != language, text.language != "en", text.value), default=None)


def only_own(description: Description) -> Description:
    """The description without the terms or concepts, which the page lists in its own way."""
    own = tuple(triple for triple in description.statements if triple.subject == node(description.iri))
    return Description(description.iri, own, (), False, ())


def subjects(graph: list[Quad]) -> list[str]:
    """What a named graph is about: its subjects with a document of their own."""
    iris = {quad.subject.value for quad in graph if isinstance(quad.subject, NamedNode)}
    return sorted(iri for iri in iris if is_listed(iri, site().base_iri))


def inbound_query(iri: str) -> str:
    """The query for all links to *iri*; "" for a blank node, which no query can name."""
    return "" if iri.startswith("_:") else f"SELECT ?subject ?property WHERE {{ ?subject ?property <{iri}> }}"


def own_query(iri: str) -> str:
    """The query for all that is said of *iri* itself; "" for a blank node."""
    return "" if iri.startswith("_:") else f"SELECT ?property ?value WHERE {{ <{iri}> ?property ?value }}"
