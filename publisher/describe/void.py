"""VoID: what the data set consists of, how to reach it and what it links to, for programs that choose data sets.

The graph ``<BASE_IRI>void``. Partitions and link sets are its hash IRIs, for no blank node can be named elsewhere.
Source: Describing Linked Datasets with the VoID Vocabulary, W3C Interest Group Note of 3 March 2011.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from types import MappingProxyType
from typing import Any, TypeVar

from pyoxigraph import Literal, NamedNode, Triple

from ..content.dataset import SHAPES
from .catalogue import Catalogue, Dataset
from .labels import split
from .statistics import ClassCount, PropertyCount, Statistics
from .turtle import order
from .vocabulary import DCTERMS, FOAF, PREFIXES, RDF, RDFS, VOID

NAME = "void"
MOST_PARTITIONS = 1000  # classes, and properties, of which each is described; the largest ones
MOST_OF_A_CLASS, MOST_OF_CLASSES = 100, 10_000  # properties described of one class, and of all, the largest first
MOST_LINKSETS = 200
MOST_VOCABULARIES = 200
EXAMPLES = 5
TITLE = {"en": "The data in numbers (VoID)", "fr": "Les données en chiffres (VoID)"}
FEATURES = {
    "ttl": "Turtle", "jsonld": "JSON-LD", "nt": "N-Triples", "rdf": "RDF_XML", "trig": "TriG", "nq": "N-Quads",
}  # fmt: skip  # suffix -> W3C's name of the format
COPIED = (
    DCTERMS.title, DCTERMS.description, DCTERMS.license, DCTERMS.publisher, DCTERMS.creator, DCTERMS.issued,
    DCTERMS.modified,
)  # fmt: skip  # from the catalogue
_FEATURE = "http://www.w3.org/ns/formats/"
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")

Counted = TypeVar("Counted", ClassCount, PropertyCount, int)


@dataclass
class Partition:
    """What the graph says of a class: its instances, those without a page of their own too, and their properties."""

    entities: int = 0
    properties: set[str] = field(default_factory=set)


def partitions(triples: Iterable[Triple]) -> dict[str, Partition]:
    """Class -> its partition, read from the statements of the graph; the largest classes only, as it has them."""
    stated: dict[Any, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        stated[triple.subject][triple.predicate].append(triple.object)
    found: dict[str, Partition] = {}
    for about in list(stated.values()):
        for class_ in about[VOID("class")]:
            entities = next((int(number.value) for number in about[VOID.entities]), 0)
            parts = (part for partition in about[VOID.propertyPartition] for part in stated[partition][VOID.property])
            found[class_.value] = Partition(entities, {property_.value for property_ in parts})
    return found


def void(
    statistics: Statistics,
    catalogue: Catalogue,
    *,
    base_iri: str,
    location: str,
    graphs: Iterable[Mapping[str, Any]] = (),
    prefixes: Mapping[str, str] = MappingProxyType({}),
    is_personal: Callable[[str], bool] = lambda _: False,
) -> list[Triple]:
    """The statements of the graph ``<BASE_IRI>void``, sorted.

    catalogue    what is said of the whole data set, its files, and which graphs are data sets of their own
    location     address of this server
    graphs       the named graphs: iri, triples
    prefixes     name -> namespace, for the names of partitions, beside those of the catalogue
    is_personal  says which resources are no examples
    """
    sizes = {str(graph["iri"]): int(graph["triples"]) for graph in graphs}
    prefixes = {**PREFIXES, **prefixes}
    sizes.pop(base_iri + SHAPES, None)  # no part of the default graph, which is counted here
    written = _Void(statistics, catalogue, base_iri + NAME, location, sizes, prefixes, is_personal)
    return sorted(set(written.statements()), key=order)


class _Void:
    def __init__(
        self,
        statistics: Statistics,
        catalogue: Catalogue,
        document: str,
        location: str,
        sizes: Mapping[str, int],
        prefixes: Mapping[str, str],
        is_personal: Callable[[str], bool],
    ) -> None:
        self._counts = statistics
        self._catalogue = catalogue
        self._document = NamedNode(document)
        self._dataset = NamedNode(catalogue.whole.iri)
        self._location = location
        self._sizes = sizes
        self._prefixes = prefixes
        self._is_personal = is_personal

    def statements(self) -> Iterator[Triple]:
        yield Triple(self._document, RDF.type, VOID.DatasetDescription)
        for tag, text in TITLE.items():
            yield Triple(self._document, DCTERMS.title, Literal(text, language=tag))
        yield Triple(self._document, FOAF.primaryTopic, self._dataset)
        yield from self._access()
        yield from self._numbers()
        yield from self._examples()
        yield from self._graphs()
        yield from self._class_partitions()
        yield from self._property_partitions(self._dataset, "", self._counts.properties, MOST_PARTITIONS)
        yield from self._linksets()

    def _access(self) -> Iterator[Triple]:
        """What it is called, and every way to get it."""
        whole, dataset, location = self._catalogue.whole, self._dataset, self._location
        yield from self._told(whole)
        yield Triple(dataset, FOAF.homepage, NamedNode(location))
        yield Triple(dataset, VOID.sparqlEndpoint, NamedNode(f"{location}sparql"))
        yield Triple(dataset, VOID.uriLookupEndpoint, NamedNode(f"{location}describe?iri="))
        for file in whole.distributions:
            if file.download_url and file.suffix in FEATURES:
                yield Triple(dataset, VOID.dataDump, NamedNode(file.download_url))
                yield Triple(dataset, VOID.feature, NamedNode(_FEATURE + FEATURES[file.suffix]))
        if self._counts.uri_space:
            yield Triple(dataset, VOID.uriSpace, Literal(self._counts.uri_space))
        for namespace in self._counts.vocabularies[:MOST_VOCABULARIES]:
            yield Triple(dataset, VOID.vocabulary, NamedNode(namespace))

    def _numbers(self) -> Iterator[Triple]:
        counts = self._counts
        yield self._number(self._dataset, "triples", counts.triples)
        yield self._number(self._dataset, "entities", counts.entities)
        yield self._number(self._dataset, "classes", len(counts.classes))
        yield self._number(self._dataset, "properties", len(counts.properties))
        yield self._number(self._dataset, "distinctSubjects", counts.subjects)
        yield self._number(self._dataset, "distinctObjects", counts.objects)

    def _examples(self) -> Iterator[Triple]:
        """A resource of each of the largest classes that have a document and are nobody's private matter."""
        found = 0
        for _, counted in _largest(self._counts.classes, len(self._counts.classes), lambda counted: counted.entities):
            if found < EXAMPLES and counted.example and not self._is_personal(counted.example):
                yield Triple(self._dataset, VOID.exampleResource, NamedNode(counted.example))
                found += 1

    def _graphs(self) -> Iterator[Triple]:
        for dataset in self._catalogue.datasets:
            if dataset.iri in self._sizes:
                yield Triple(self._dataset, VOID.subset, NamedNode(dataset.iri))
                yield from self._told(dataset)
                yield self._number(NamedNode(dataset.iri), "triples", self._sizes[dataset.iri])

    @staticmethod
    def _told(dataset: Dataset) -> Iterator[Triple]:
        """What the catalogue says of a data set, as far as a reader of VoID asks for it."""
        subject = NamedNode(dataset.iri)
        yield Triple(subject, RDF.type, VOID.Dataset)
        for property_ in COPIED:
            for term in dataset.objects(property_):
                if isinstance(term, NamedNode | Literal):
                    yield Triple(subject, property_, term)

    def _class_partitions(self) -> Iterator[Triple]:
        classes = self._counts.classes
        yield from self._cut("class partitions", MOST_PARTITIONS, len(classes))
        left = MOST_OF_CLASSES
        for iri, counted in _largest(classes, MOST_PARTITIONS, lambda counted: counted.entities):
            partition = self._part("class", iri)
            yield Triple(self._dataset, VOID.classPartition, partition)
            yield Triple(partition, VOID("class"), NamedNode(iri))
            yield self._number(partition, "entities", counted.entities)
            yield self._number(partition, "triples", counted.triples)
            yield self._number(partition, "properties", len(counted.properties))
            of_class = {name: PropertyCount(number) for name, number in counted.properties.items()}
            most = min(MOST_OF_A_CLASS, left)
            yield from self._property_partitions(partition, f"{self._local(iri)}-", of_class, most)
            left -= min(most, len(of_class))

    def _property_partitions(
        self, whole: NamedNode, name: str, properties: Mapping[str, PropertyCount], most: int
    ) -> Iterator[Triple]:
        """The largest partitions of *whole* by property; those of a class count statements only."""
        if whole == self._dataset:
            yield from self._cut("property partitions", most, len(properties))
        for iri, counted in _largest(properties, most, lambda counted: counted.triples):
            partition = self._part("property", iri, name)
            yield Triple(whole, VOID.propertyPartition, partition)
            yield Triple(partition, VOID.property, NamedNode(iri))
            yield self._number(partition, "triples", counted.triples)
            if counted.subjects:
                yield self._number(partition, "distinctSubjects", counted.subjects)
                yield self._number(partition, "distinctObjects", counted.objects)

    def _linksets(self) -> Iterator[Triple]:
        links = self._counts.links
        yield from self._cut("link sets", MOST_LINKSETS, len(links))
        for (property_, namespace), number in _largest(links, MOST_LINKSETS, lambda number: number):
            target = NamedNode(f"{self._document.value}#target-{self._place(namespace)}")
            linkset = self._part("links", property_, f"{self._place(namespace)}-")
            yield Triple(self._dataset, VOID.subset, linkset)
            yield Triple(linkset, RDF.type, VOID.Linkset)
            yield Triple(linkset, VOID.linkPredicate, NamedNode(property_))
            yield Triple(linkset, VOID.subjectsTarget, self._dataset)
            yield Triple(linkset, VOID.objectsTarget, target)
            yield self._number(linkset, "triples", number)
            yield Triple(target, RDF.type, VOID.Dataset)
            yield Triple(target, VOID.uriSpace, Literal(namespace))

    # Names

    def _part(self, kind: str, iri: str, before: str = "") -> NamedNode:
        return NamedNode(f"{self._document.value}#{kind}-{before}{self._local(iri)}")

    def _local(self, iri: str) -> str:
        """A name for a class or property: ``prefix:local``, where that is plain, else one made of its digest."""
        prefix, local = split(iri, self._prefixes)
        return f"{prefix}:{local}" if prefix and _PLAIN.fullmatch(local) else _digest(iri)

    def _place(self, namespace: str) -> str:
        """A name for a namespace: its prefix, else its scheme and host."""
        prefixes = sorted(name for name, space in self._prefixes.items() if space == namespace and name)
        host = namespace.strip("/").replace("://", "-")
        return prefixes[0] if prefixes else host if _PLAIN.fullmatch(host) else _digest(namespace)

    @staticmethod
    def _number(subject: NamedNode, property_: str, number: int) -> Triple:
        return Triple(subject, VOID(property_), Literal(number))

    def _cut(self, what: str, most: int, number: int) -> Iterator[Triple]:
        if number > most:
            text = f"The {most:,} largest of {number:,} {what} are described."
            yield Triple(self._dataset, RDFS.comment, Literal(text, language="en"))


def _largest(counts: Mapping[Any, Counted], most: int, size: Callable[[Counted], int]) -> Iterable[tuple[Any, Counted]]:
    """The *most* largest entries of *counts*, then by name."""
    return nsmallest(most, counts.items(), key=lambda entry: (-size(entry[1]), entry[0]))


def _digest(iri: str) -> str:
    return hashlib.sha256(iri.encode()).hexdigest()[:16]
