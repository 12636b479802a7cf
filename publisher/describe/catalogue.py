"""The catalogue as pages and checks read it: data sets, their distributions, data services.

It is read from the statements of the derived graph ``catalog`` (``dcat.py`` writes them), so what is shown, measured
and harvested is the same. Everything beyond the few fields below is asked of a node by its property:
``dataset.iris(DCTERMS.spatial)``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ..content.queries import Words
from .labels import Label, choose
from .vocabulary import DCAT, DCTERMS, FOAF, IANA, RDF, RDFS, SKOS, SPDX

Subject = NamedNode | BlankNode
Object = NamedNode | BlankNode | Literal | Triple
Graph = Mapping[str, Mapping[NamedNode, tuple[Object, ...]]]  # subject -> predicate -> objects, sorted
_LISTING = frozenset({DCAT.dataset, DCAT.record, DCAT.service, DCAT.servesDataset})
NAMES = (DCTERMS.title, FOAF.name, RDFS.label, SKOS.prefLabel)


@dataclass(frozen=True)
class Node:
    """Something that the catalogue describes. Whatever is not stated comes out empty.

    iri    an IRI, or ``_:label``
    graph  all statements of the catalogue
    """

    iri: str
    graph: Graph = field(repr=False, compare=False)

    def objects(self, property: NamedNode) -> tuple[Object, ...]:
        return self.graph.get(self.iri, {}).get(property, ())

    def iris(self, property: NamedNode) -> tuple[str, ...]:
        """The IRIs (or ``_:label``) that are values of *property*."""
        return tuple(map(name_of, (term for term in self.objects(property) if isinstance(term, NamedNode | BlankNode))))

    def nodes(self, property: NamedNode) -> tuple["Node", ...]:
        """The same as nodes, to be asked further."""
        return tuple(Node(iri, self.graph) for iri in self.iris(property))

    def values(self, property: NamedNode) -> tuple[str, ...]:
        """The values of *property* as text, whatever they are."""
        return tuple(map(name_of, self.objects(property)))

    def value(self, property: NamedNode) -> str:
        """The first value of *property* as text, "" without one."""
        return next(iter(self.values(property)), "")

    def texts(self, property: NamedNode) -> tuple[Label, ...]:
        """The literals of *property* with their languages."""
        literals = (term for term in self.objects(property) if isinstance(term, Literal))
        return tuple(Label(term.value, term.language or "") for term in literals)

    def words(self, property: NamedNode) -> Words:
        """The literals of *property* by language: of several in one language the first."""
        return Words({text.language: text.value for text in reversed(self.texts(property))})

    def text(self, property: NamedNode, language: str) -> Label | None:
        """The literal of *property* for a reader of *language*."""
        words = self.words(property)
        if not words:
            return None
        tag = choose(words, language)
        return Label(words[tag], tag)

    def title(self, language: str = "en") -> Label:
        """What it is called, for a reader of *language*; its IRI when it has no name."""
        named = (self.text(property, language) for property in NAMES)
        return next((label for label in named if label), Label(self.iri, ""))

    def description(self, language: str = "en") -> Label | None:
        return self.text(DCTERMS.description, language)

    def is_a(self, kind: NamedNode) -> bool:
        return kind in self.objects(RDF.type)

    @property
    def issued(self) -> str:
        """The date as it is written, in ISO 8601."""
        return self.value(DCTERMS.issued)

    @property
    def modified(self) -> str:
        """The date as it is written, in ISO 8601."""
        return self.value(DCTERMS.modified)

    @property
    def licence(self) -> str:
        """IRI of the licence, the first of several."""
        return self.value(DCTERMS.license)


@dataclass(frozen=True)
class Distribution(Node):
    """One form in which a data set can be had.

    path  below the catalogue's address: ``members/ttl``, ``<slug>/<suffix>``
    """

    path: str

    @property
    def suffix(self) -> str:
        """The last word of the path, which tells the format: ``ttl``, ``csv``, ``sparql``."""
        return self.path.rpartition("/")[2]

    @property
    def access_url(self) -> str:
        return self.value(DCAT.accessURL)

    @property
    def download_url(self) -> str:
        """Where the file is, "" for what is no file."""
        return self.value(DCAT.downloadURL)

    @property
    def media_type(self) -> str:
        """``text/turtle``; "" without one."""
        return self.value(DCAT.mediaType).removeprefix(IANA.iri)

    @property
    def file_type(self) -> str:
        """IRI of the EU file type, ``…/file-type/RDF_TURTLE``."""
        return self.value(DCTERMS.format)

    @property
    def bytes(self) -> int | None:
        """Size of the file; None while it is not known."""
        return int(self.value(DCAT.byteSize) or -1) if self.value(DCAT.byteSize) else None

    @property
    def sha256(self) -> str:
        """SHA-256 of the file in hex; "" while it is not known."""
        return next((node.value(SPDX.checksumValue) for node in self.nodes(SPDX.checksum)), "")


@dataclass(frozen=True)
class Dataset(Node):
    """One data set.

    slug    its name in addresses: its page is ``catalog/<slug>``
    record  the catalogue's record of it, whose IRI is that of the page
    """

    slug: str
    record: Node
    distributions: tuple[Distribution, ...]

    @property
    def keywords(self) -> tuple[Label, ...]:
        return self.texts(DCAT.keyword)


@dataclass(frozen=True)
class Service(Node):
    """A data service: the SPARQL endpoint, the API of named queries.

    slug  its name in addresses: its page is ``catalog/<slug>``, which is its IRI too
    """

    slug: str


@dataclass(frozen=True)
class Catalogue(Node):
    """The catalogue: its data sets, that of the whole graph first, and its services, by IRI."""

    datasets: tuple[Dataset, ...]
    services: tuple[Service, ...]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> "Catalogue":
        """The catalogue that *triples* describe: of several the one with the shortest IRI.

        raises   ValueError, when they describe none
        """
        graph = by_subject(triples)
        found = [iri for iri, about in graph.items() if DCAT.Catalog in about.get(RDF.type, ())]
        if not found:
            raise ValueError("no dcat:Catalog is described")
        top = Node(min(found, key=lambda iri: (len(iri), iri)), graph)
        records = {record.value(FOAF.primaryTopic): record for record in top.nodes(DCAT.record)}
        datasets = [_dataset(node, top.iri, records) for node in top.nodes(DCAT.dataset)]
        services = [Service(node.iri, graph, _below(node.iri, top.iri)) for node in top.nodes(DCAT.service)]
        datasets.sort(key=lambda dataset: (not dataset.objects(DCAT.version), dataset.iri))
        return cls(top.iri, graph, tuple(datasets), tuple(services))

    @property
    def whole(self) -> Dataset:
        """The data set of everything that is published. Raises IndexError in a catalogue of nothing."""
        return self.datasets[0]

    def dataset(self, name: str) -> Dataset | None:
        """The data set with this slug or IRI."""
        return next((dataset for dataset in self.datasets if name in (dataset.slug, dataset.iri)), None)

    def service(self, name: str) -> Service | None:
        """The service with this slug or IRI."""
        return next((service for service in self.services if name in (service.slug, service.iri)), None)

    def distribution(self, slug: str, suffix: str) -> Distribution | None:
        """One distribution of the data set *slug*."""
        dataset = self.dataset(slug)
        found = dataset.distributions if dataset else ()
        return next((distribution for distribution in found if distribution.suffix == suffix), None)

    def dataset_of(self, distribution: Distribution) -> Dataset:
        """The data set that *distribution* is of."""
        return next(dataset for dataset in self.datasets if distribution in dataset.distributions)

    def about(self, *nodes: Node) -> list[Triple]:
        """The statements of *nodes* and of all that these lead to, up to the catalogue and to other data sets.

        With a data set comes its record.
        """
        pending = [node.iri for node in nodes]
        pending += [node.record.iri for node in nodes if isinstance(node, Dataset)]
        reached = dict.fromkeys(pending)
        while pending:
            for term in _objects(self.graph.get(pending.pop(), {})):
                name = name_of(term)
                if name in self.graph and name not in reached and not self._ends(name):
                    reached[name] = None
                    pending.append(name)
        asked = {node.iri for node in nodes}
        return [
            triple
            for iri in reached
            for triple in self._statements(iri)
            if triple.predicate != DCAT.servesDataset or iri in asked or name_of(triple.object) in reached
        ]

    def page(self, number: int, size: int) -> list[Triple]:
        """The catalogue with *size* of its data sets only, those of page *number*, from 1.

        Services are on the first page only: whoever reads all pages meets each data set and each service once.
        """
        shown = {dataset.iri for dataset in self.datasets[(number - 1) * size : number * size]}
        hidden = {name for set in self.datasets if set.iri not in shown for name in (set.iri, set.record.iri)}
        hidden |= {service.iri for service in self.services if number > 1}
        nodes = (node for node in (self, *self.services, *self.datasets) if node.iri not in hidden)
        return [
            triple
            for triple in self.about(*nodes)
            if name_of(triple.subject) not in hidden
            and not (triple.predicate in _LISTING and name_of(triple.object) in hidden)
        ]

    def _ends(self, iri: str) -> bool:
        kinds = self.graph[iri].get(RDF.type, ())
        return DCAT.Catalog in kinds or DCAT.Dataset in kinds

    def _statements(self, iri: str) -> Iterator[Triple]:
        subject = node_of(iri)
        for property, objects in self.graph.get(iri, {}).items():
            for term in objects:
                yield Triple(subject, property, term)


def _dataset(node: Node, catalogue: str, records: Mapping[str, Node]) -> Dataset:
    record = records.get(node.iri, Node(node.iri, node.graph))
    distributions = (
        Distribution(found.iri, node.graph, _below(found.iri, catalogue)) for found in node.nodes(DCAT.distribution)
    )
    return Dataset(node.iri, node.graph, _below(record.iri, catalogue), record, tuple(distributions))


def _below(iri: str, catalogue: str) -> str:
    return iri.removeprefix(f"{catalogue}/")


def by_subject(triples: Iterable[Triple]) -> Graph:
    """*triples* in the form in which a ``Node`` reads them."""
    graph: dict[str, dict[NamedNode, list[Object]]] = {}
    for triple in sorted(triples, key=str):
        graph.setdefault(name_of(triple.subject), {}).setdefault(triple.predicate, []).append(triple.object)
    return {
        iri: {property: tuple(dict.fromkeys(objects)) for property, objects in about.items()}
        for iri, about in graph.items()
    }


def _objects(about: Mapping[NamedNode, tuple[Object, ...]]) -> Iterator[Object]:
    return (term for objects in about.values() for term in objects if isinstance(term, NamedNode | BlankNode))


def name_of(term: Object) -> str:
    """The text of a literal, an IRI, or ``_:label``."""
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def node_of(iri: str) -> Subject:
    return BlankNode(iri[2:]) if iri.startswith("_:") else NamedNode(iri)
