"""What all pages share: the snapshot, names of things, and where each IRI is found on this server.

Identity is not location: IRIs begin with the base, links with the path of PUBLIC_URL. The Host header is never read.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlsplit

from flask import current_app
from pyoxigraph import BlankNode, Literal, NamedNode

from ..config import Config
from ..content.queries import NamedQuery, Words
from ..describe.catalogue import Catalogue, Dataset
from ..describe.index import is_listed
from ..describe.labels import choose, short_form, split
from ..describe.matching import Matcher
from ..describe.namespaces import METAMODEL
from ..describe.resource import Description, describe
from ..describe.tables import of_the_world, table_names
from ..publish.snapshot import Snapshot
from ..store.store import Store, Subject
from ..store.workers import Workers
from .vocabulary import (
    CATALOG,
    DEFINITIONS,
    DESCRIPTION,
    FOAF_NAME,
    LABEL,
    LICENSE,
    ONTOLOGY,
    PUBLISHER,
    TITLE,
    TYPE,
)

LONGEST_NAME = 300  # characters of a name on a page
# First segments of paths that are the program's own (docs/urls.md), whatever the content calls so.
PROGRAM_PATHS = frozenset({
    "sparql", "rdf-graph-store", "api", "describe", "list", "dump", "static", "healthz", "metrics", "problems",
    "reconcile", "sameas", "linkset", "table", "robots.txt", "llms.txt", "sitemap.xml", "context.jsonld",
})  # fmt: skip
LINKED = ("http://", "https://", "mailto:", "tel:", "geo:", "ftp://")


@dataclass(frozen=True)
class Text:
    """Words and their language; "" when they have none."""

    value: str
    language: str = ""


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere; *external* when that is another server."""

    text: Text
    href: str
    external: bool = False


class Site:
    """One snapshot as this server shows it. Read-only, shared by all threads."""

    def __init__(self, snapshot: Snapshot, config: Config, workers: Workers) -> None:
        self.snapshot = snapshot
        self.dumps = snapshot.dumps  # those that are there by now; when others follow, a new site takes over
        self.derived_graphs = snapshot.derived_graphs  # the same
        self.config = config
        self.workers = workers
        self.store: Store = snapshot.store
        self.base_iri = snapshot.base_iri
        self.prefixes = snapshot.prefixes
        self.location = config.location
        self.mount = urlsplit(config.location).path or "/"
        self.labels = snapshot.labels
        self.index = snapshot.index
        self.jsonld = snapshot.jsonld(config.location)
        self.large_documents: dict[str, bytes] = {}

    # Addresses

    def address(self, path: str) -> str:
        """Full address of a path of this server, as machines need it."""
        return self.location + path

    def path_of(self, iri: str) -> str | None:
        """Path, below the mount, of the document about *iri*; None when it has none and /describe shows it.

        That is an IRI which is not under the base, or whose path belongs to the program or would lead elsewhere,
        as ``..`` and ``.well-known`` do.
        """
        path = iri.removeprefix(self.base_iri)
        document = path.partition("#")[0]
        if path == iri or "?" in path or "%" in path or path.startswith("/") or path in ("", "id/"):
            return None
        if "/." in f"/{document}" or document.partition("/")[0] in PROGRAM_PATHS:
            return None
        return "doc/" + path.removeprefix("id/") if path.startswith("id/") else path

    def href(self, iri: str) -> str:
        """Path of what this server says about *iri*, else the IRI itself; "" when a link could do harm."""
        path = self.path_of(iri)
        if path is not None:
            return self.mount + path
        if self.describes(iri):
            return self.describe_href(iri)
        return iri if iri.startswith(LINKED) else ""

    def elsewhere(self, iri: str) -> str:
        """*iri* when it is an address outside this server that a reader may follow, else ""."""
        return iri if iri.startswith(LINKED) and not iri.startswith(self.base_iri) else ""

    def describe_href(self, iri: str) -> str:
        return f"{self.mount}describe?iri={quote(iri, safe='')}"

    def list_path(self, iri: str) -> str:
        """Path, below the mount, of the list of a class."""
        prefix, local = split(iri, self.prefixes)
        plain = re.fullmatch(r"[A-Za-z0-9_.-]+", local)
        return f"list/{prefix}:{local}" if prefix and plain else f"list?type={quote(iri, safe='')}"

    def describes(self, iri: str) -> bool:
        """Does the graph state anything of *iri*, beyond naming it?"""
        return next(self.store.triples(node(iri)), None) is not None

    # Names

    def name(self, iri: str, language: str) -> Text:
        """Name of *iri* for a reader of *language*; its short form when it has none."""
        names = self.labels.all(iri)
        if not names:
            return Text(shortened(self.short(iri), LONGEST_NAME))
        tag = choose(names, language)
        return Text(shortened(names[tag], LONGEST_NAME), tag)

    def link(self, iri: str, language: str) -> Link:
        href = self.href(iri)
        return Link(self.name(iri, language), href, bool(href) and not href.startswith(self.mount))

    def short(self, iri: str) -> str:
        """``prefix:local`` where a prefix fits, else the path below the base, else the IRI."""
        return short_form(iri, self.prefixes, self.base_iri)

    def expand(self, short: str) -> str | None:
        """The IRI that ``prefix:local`` stands for; None when the prefix is unknown."""
        prefix, _, local = short.partition(":")
        return self.prefixes[prefix] + local if prefix in self.prefixes else None

    # What there is

    @cached_property
    def graph_sizes(self) -> dict[str, int]:
        """Named graph -> number of statements, those computed at build too."""
        manifest = self.snapshot.manifest
        return {graph["iri"]: graph["triples"] for graph in (*manifest["graphs"], *self.derived_graphs)}

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue of what is published here."""
        return Catalogue.of(quad.triple for quad in self.snapshot.derived(f"{self.base_iri}catalog"))

    @cached_property
    def class_counts(self) -> dict[str, int]:
        """Class -> number of resources; the words of ontologies left out, unless there is nothing else."""
        return of_the_world(self.all_classes)

    @cached_property
    def downloads(self) -> dict[str, Dataset]:
        """Address of a file -> the data set that it is a form of."""
        found = ((file.download_url, dataset) for dataset in self.catalogue.datasets for file in dataset.distributions)
        return {address: dataset for address, dataset in found if address}

    @cached_property
    def table_names(self) -> dict[str, str]:
        """Class -> name of its table for spreadsheets, of those that have one."""
        return table_names(self.class_counts, self.prefixes)

    def instances(self, iri: str, language: str, start: int = 0, count: int = -1) -> list[tuple[str, Text]]:
        """The resources of class *iri* with their names, sorted by name; from place *start*, at most *count*."""
        return [(subject, self.name(subject, language)) for subject in self.index.members(iri, language, start, count)]

    def describe(self, iri: str, *, labelled: bool = True) -> Description | None:
        """What the graph says of *iri*; None when it does not name it, or when it is no IRI."""
        return describe(self.store, iri, self.index, labelled=labelled)

    def types(self, subject: Subject) -> list[str]:
        return sorted(
            triple.object.value
            for triple in self.store.triples(subject, TYPE, None)
            if isinstance(triple.object, NamedNode)
        )

    def is_personal(self, iri: str) -> bool:
        """Is it a person, or a node that states something about one (a role)? Search engines are kept from both."""
        return self.index.is_personal(iri)

    def is_class_of_persons(self, iri: str) -> bool:
        """Is the first resource of the class *iri* personal? The others are what it is."""
        return any(map(self.is_personal, self.index.members(iri, "en", 0, 1)))

    def described(self, iri: str, language: str, most: int) -> Text:
        """What the data says that *iri* is, at most *most* characters of it; "" when it does not."""
        found = (self.text(node(iri), property_, language) for property_ in DEFINITIONS)
        text = next(filter(None, found), Text(""))
        return Text(shortened(text.value, most), text.language)

    @cached_property
    def matcher(self) -> Matcher:
        """What finds resources by somebody else's words."""
        return Matcher(self.store, self.index, self.snapshot.search, METAMODEL)

    @cached_property
    def all_classes(self) -> dict[str, int]:
        """Class -> number of resources, the words of ontologies among them."""
        return self.index.classes()

    @cached_property
    def properties(self) -> dict[str, int]:
        """Property -> about how often it is used."""
        return self.index.properties()

    @cached_property
    def queries(self) -> dict[str, NamedQuery]:
        """The content's named queries by name."""
        return {query.name: query for query in self.snapshot.queries["api"]}

    def say(self, words: Words, language: str) -> Text:
        """A text of a query's header for a reader of *language*."""
        tag = words.tag(language)
        return Text(words.get(tag, ""), tag)

    def texts(self, subject: Subject, predicate: NamedNode) -> list[Text]:
        """The literals of one property, sorted by language."""
        objects = (triple.object for triple in self.store.triples(subject, predicate, None))
        return sorted(
            (Text(term.value, term.language or "") for term in objects if isinstance(term, Literal)),
            key=lambda text: (text.language, text.value),
        )

    def text(self, subject: Subject, predicate: NamedNode, language: str) -> Text | None:
        """The literal of one property for a reader of *language*: theirs, English, any."""
        texts = self.texts(subject, predicate)
        return min(texts, key=lambda text: (text.language != language, text.language != "en"), default=None)

    @cached_property
    def catalog(self) -> NamedNode | None:
        """The catalogue of this graph, the first dcat:Catalog by IRI."""
        found = [triple.subject for triple in self.store.triples(None, TYPE, CATALOG)]
        own = [subject for subject in found if isinstance(subject, NamedNode)]
        return min(own, key=lambda subject: (not subject.value.startswith(self.base_iri), subject.value), default=None)

    @cached_property
    def ontology(self) -> str:
        """IRI of the content's own ontology, "" without one."""
        found = (
            triple.subject.value
            for triple in self.store.triples(None, TYPE, ONTOLOGY)
            if isinstance(triple.subject, NamedNode) and is_listed(triple.subject.value, self.base_iri)
        )
        return min((iri for iri in found if iri.startswith(self.base_iri)), default="")

    def title(self, language: str) -> Text:
        """Name of the whole, from the catalogue; the base IRI without one."""
        if self.catalog is None:
            return Text(self.base_iri)
        return self.text(self.catalog, TITLE, language) or self.name(self.catalog.value, language)

    def description(self, language: str) -> Text | None:
        return self.text(self.catalog, DESCRIPTION, language) if self.catalog else None

    @cached_property
    def licence(self) -> str:
        """IRI of the catalogue's licence, "" without one."""
        return self._object(LICENSE)

    def publisher(self, language: str) -> Text | None:
        iri = self._object(PUBLISHER)
        if not iri:
            return None
        subject = node(iri)
        return (
            self.text(subject, FOAF_NAME, language) or self.text(subject, LABEL, language) or self.name(iri, language)
        )

    def _object(self, predicate: NamedNode) -> str:
        objects = (
            (triple.object for triple in self.store.triples(self.catalog, predicate, None)) if self.catalog else ()
        )
        return min((term.value for term in objects if isinstance(term, NamedNode)), default="")


def site() -> Site:
    """The site of the request being answered."""
    found: Site = current_app.extensions["publisher"]
    return found


def node(iri: str) -> Subject:
    """The term that ``_:name`` or an IRI stands for. Raises ValueError when it is neither."""
    return BlankNode(iri[2:]) if iri.startswith("_:") else NamedNode(iri)


def shortened(text: str, most: int) -> str:
    """*text*, cut to *most* characters with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
