"""What all pages share: the snapshot, what there is in it, and what its catalogue says of the whole."""

from collections.abc import Callable
from functools import cached_property, lru_cache
from itertools import islice

from flask import current_app
from pyoxigraph import NamedNode

from ..config import Config
from ..content.dataset import SHAPES
from ..content.queries import NamedQuery
from ..describe.assessment import Assessment
from ..describe.catalogue import Catalogue, Dataset
from ..describe.columns import columns_of
from ..describe.finding import Finder
from ..describe.index import is_listed
from ..describe.labels import other_name_properties
from ..describe.matching import Matcher
from ..describe.namespaces import METAMODEL
from ..describe.page_queries import PageQueries
from ..describe.resource import Description, describe
from ..describe.shapes import Shape, read_shapes
from ..describe.tables import of_the_world, table_names
from ..describe.void import NAME as VOID
from ..describe.void import Partition, partitions
from ..publish.described import read_assessment
from ..publish.snapshot import Snapshot
from ..store.store import Subject
from ..store.workers import Workers
from .languages import LANGUAGES
from .names import Names, Text, node, shortened
from .vocabulary import (
    ABSTRACT,
    CATALOG,
    COMPARISON_PROPERTY,
    DEFINITIONS,
    DESCRIPTION,
    FOAF_NAME,
    HEADLINE,
    LABEL,
    LICENSE,
    ONTOLOGY,
    PUBLISHER,
    SCOPE_NOTE,
    TITLE,
    TYPE,
)

KEPT_LISTS = 1_000  # classes whose columns are remembered
MOST_OF_SHAPES = 100_000  # statements of the shapes graph that are read


class Site(Names):
    """One snapshot as this server shows it. Read-only, shared by all threads."""

    def __init__(self, snapshot: Snapshot, config: Config, workers: Workers) -> None:
        super().__init__(snapshot.store, snapshot.labels, snapshot.prefixes, snapshot.base_iri, config.location)
        self.snapshot = snapshot
        self.dumps = snapshot.dumps  # those that are there by now; when others follow, a new site takes over
        self.derived_graphs = snapshot.derived_graphs  # the same
        self.config = config
        self.workers = workers
        self.index = snapshot.index
        self.jsonld = snapshot.jsonld(config.location)
        self.large_documents: dict[str, bytes] = {}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Tags of the languages of the interface, then of those in which only something of the content is named."""
        return tuple(dict.fromkeys((*LANGUAGES, *self.index.languages())))

    def speaks(self, tag: str) -> bool:
        """Is anything said here in the language *tag*, or in it as it is spoken elsewhere: ``fr`` for ``fr-be``?"""
        own = (tag, tag.partition("-")[0])
        return own[1] in LANGUAGES or any(known in own for known in self.languages)

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
    def assessment(self) -> Assessment | None:
        """How good the metadata of the catalogue were found to be; None until they are measured."""
        return read_assessment(self.snapshot.directory)

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
    def finder(self) -> Finder:
        """What finds things by a few words."""
        return Finder(self.store, self.snapshot.search, self.matcher)

    @cached_property
    def list_columns(self) -> Callable[[str], tuple[str, ...]]:
        """The properties that the list of a class shows as columns."""

        def columns(iri: str) -> tuple[str, ...]:
            facets = self.snapshot.facets.of(iri)
            return columns_of(self.store, self.index, iri, [facet.property for facet in facets])

        return lru_cache(KEPT_LISTS)(columns)

    @cached_property
    def all_classes(self) -> dict[str, int]:
        """Class -> number of resources, the words of ontologies among them."""
        return self.index.classes()

    @cached_property
    def properties(self) -> dict[str, int]:
        """Property -> about how often it is used."""
        return self.index.properties()

    @cached_property
    def partitions(self) -> dict[str, Partition]:
        """Class -> what the statistics (VoID) say of it; nothing while these are being made."""
        return partitions(quad.triple for quad in self.snapshot.derived(f"{self.base_iri}{VOID}"))

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """What published data must look like: the content's node shapes, sorted by IRI."""
        graph = islice(self.store.graph(self.base_iri + SHAPES), MOST_OF_SHAPES)
        return read_shapes(quad.triple for quad in graph)

    @cached_property
    def queries(self) -> dict[str, NamedQuery]:
        """The content's named queries by name."""
        return {query.name: query for query in self.snapshot.queries["api"]}

    @cached_property
    def naming_properties(self) -> frozenset[str]:
        """The properties by which the content names things beside their labels."""
        return frozenset(property_.value for property_ in other_name_properties(self.store))

    @cached_property
    def comparison_properties(self) -> frozenset[NamedNode]:
        """The properties that tell what matter a statement is about; by their values statements are compared."""
        found = (triple.subject for triple in self.store.triples(None, TYPE, COMPARISON_PROPERTY))
        return frozenset(term for term in found if isinstance(term, NamedNode))

    @cached_property
    def page_queries(self) -> PageQueries:
        """The content's queries that are parts of pages."""
        return PageQueries(self.snapshot.queries["pages"], self.prefixes, self.base_iri, self.store)

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
        return self._of_catalog(DESCRIPTION, language)

    def headline(self, language: str) -> Text:
        """What the home page says first: the catalogue's headline, else its title."""
        return self._of_catalog(HEADLINE, language) or self.title(language)

    def abstract(self, language: str) -> Text | None:
        """The whole in plain words: the catalogue's abstract, else its description."""
        return self._of_catalog(ABSTRACT, language) or self.description(language)

    def note(self, language: str) -> Text | None:
        """What every reader shall know of the whole: the catalogue's scope note, say, whose site this is not."""
        return self._of_catalog(SCOPE_NOTE, language)

    def _of_catalog(self, property_: NamedNode, language: str) -> Text | None:
        return self.text(self.catalog, property_, language) if self.catalog else None

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
