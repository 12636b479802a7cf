"""The catalogue in DCAT, as the application profile for data portals in Europe wants it (DCAT-AP 3.0.1).

What the content states of a data set by hand comes first, then what it states of the catalogue, then what a machine
can know: counts, formats, sizes, checksums, dates. What nobody has said and no machine can know is left out. Nodes
are named under the base IRI, addresses begin with the server's location, and no node is blank but periods.
"""

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from ..content.queries import Words
from ..store.store import Object
from . import phrases
from .authorities import CHANGE, CONTINENT, SHA256, about_list, about_term
from .header import Header, Things, texts
from .profiles import CURRENT
from .published import SHAPES, File, Measured, Part, Published, parts, version_iri
from .turtle import order
from .vocabulary import (
    ADMS,
    AUTHORITY,
    AVAILABILITY,
    DATA_THEME,
    DATASET_TYPE,
    DCAT,
    DCATAP,
    DCTERMS,
    FILE_TYPE,
    FOAF,
    IANA,
    OWL,
    PROV,
    RDF,
    RDFS,
    SKOS,
    SPDX,
    VOID,
    XSD,
)

# What a data set has from the catalogue, when the content says nothing of it alone.
INHERITED = (
    DCTERMS.publisher, DCTERMS.creator, DCAT.contactPoint, DCTERMS.license, DCTERMS.rights, DCTERMS.accessRights,
    DCTERMS.spatial, DCTERMS.temporal, DCAT.theme, DCTERMS.language, DCTERMS.accrualPeriodicity,
)  # fmt: skip
OF_CATALOGUE = (*(p for p in INHERITED if p != DCTERMS.accrualPeriodicity), DCAT.themeTaxonomy, FOAF.page)
OF_DATASET = (
    *INHERITED, DCTERMS.contributor, DCTERMS.rightsHolder, DCTERMS.provenance, DCTERMS.conformsTo, DCTERMS.type,
    PROV.wasDerivedFrom, FOAF.page,
)  # fmt: skip
OF_SERVICE = (
    DCTERMS.publisher, DCTERMS.creator, DCAT.contactPoint, DCTERMS.license, DCTERMS.rights, DCTERMS.accessRights,
    DCAT.theme,
)  # fmt: skip
PROFILE = NamedNode(CURRENT.iri)
_KEYWORD = re.compile(r"[\w .-]{2,100}")
MOST_VERSIONS = 20  # that are listed, the current one included


def catalog(published: Published) -> list[Triple]:
    """The statements of the catalogue, sorted; each once."""
    return sorted(set(_Writing(published).all()), key=order)


class _Writing:
    """Writes one catalogue."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.iri = NamedNode(published.catalogue)
        self.things = Things(published.store)
        self.header = catalogue_header(published)
        self.header.assume(DCTERMS.publisher, [Literal(phrases.host(published.base_iri))])
        self.header.assume(DCTERMS.language, map(Literal, published.languages))
        self.header.assume(DCAT.keyword, _keywords(published))
        self.parts = parts(published)
        self.services = [NamedNode(f"{published.catalogue}/{name}") for name in phrases.SERVICES]
        self.issued = self.header.date(DCTERMS.issued) or _first(published)
        self.modified = _day(published)
        self.standards = list(self._standards())

    def all(self) -> Iterator[Triple]:
        yield from self._catalogue()
        for part in self.parts:
            yield from self._dataset(part)
        for name, service in zip(phrases.SERVICES, self.services, strict=True):
            yield from self._service(name, service)
        yield from self._versions()

    def _catalogue(self) -> Iterator[Triple]:
        name = self.title
        yield Triple(self.iri, RDF.type, DCAT.Catalog)
        yield from _each(self.iri, DCTERMS.title, texts(name))
        yield from _each(
            self.iri, DCTERMS.description, texts(self.header.description or phrases.catalogue_description(name))
        )
        yield from self._stated(self.iri, self.header, OF_CATALOGUE)
        yield from _each(self.iri, DCAT.keyword, self.header.keywords)
        homepage = NamedNode(self.published.location)
        yield Triple(self.iri, FOAF.homepage, homepage)
        yield Triple(homepage, RDF.type, FOAF.Document)
        if any(theme in DATA_THEME for theme in self.header.values(DCAT.theme)):
            taxonomy = NamedNode(f"{AUTHORITY}data-theme")
            yield Triple(self.iri, DCAT.themeTaxonomy, taxonomy)
            yield from about_list(taxonomy)
        yield Triple(self.iri, DCTERMS.identifier, Literal(self.iri.value))
        yield from self._dates(self.iri, self.issued, self.modified)
        yield from _each(self.iri, DCAT.service, self.services)
        for part in self.parts:
            yield Triple(self.iri, DCAT.dataset, NamedNode(part.iri))
            yield Triple(self.iri, DCAT.record, self._record(part))

    @property
    def title(self) -> Words:
        return self.header.title or Words({"": self.published.name})

    def _record(self, part: Part) -> NamedNode:
        return NamedNode(f"{self.iri.value}/{part.slug}")

    def _dataset(self, part: Part) -> Iterator[Triple]:
        subject = NamedNode(part.iri)
        header = self._header(part)
        issued = header.date(DCTERMS.issued) or header.date(DCTERMS.created) or self.issued
        modified = self.modified
        if part.kind == "graph":
            modified = (
                header.date(DCTERMS.modified, latest=True) or header.date(PROV.generatedAtTime, latest=True) or modified
            )
        title = header.title or phrases.part_title(part, self.title)
        yield from _each(subject, RDF.type, (DCAT.Dataset, DCAT.Resource))
        yield from _each(subject, DCTERMS.title, texts(title))
        yield from _each(subject, DCTERMS.description, texts(header.description or phrases.part_description(part)))
        yield Triple(subject, DCTERMS.identifier, Literal(part.iri))
        yield from self._stated(subject, header, OF_DATASET, self.header, self._record(part))
        yield from _each(subject, DCAT.keyword, header.keywords or self.header.keywords)
        yield from self._dates(subject, issued, modified)
        page = NamedNode(f"{self.published.location}catalog/{part.slug}")
        yield Triple(subject, DCAT.landingPage, page)
        yield Triple(page, RDF.type, FOAF.Document)
        yield from self._kind(part, subject, header)
        for file in part.files:
            yield from self._distribution(part, file, title, header, issued, modified)
        yield from self._about_record(part, title, issued, modified)

    def _header(self, part: Part) -> Header:
        """What the content says of it; a query's result is in the language that its parameter lang has by default."""
        header = Header(self.published.store, part.iri, is_graph=part.kind == "graph")
        params = part.query.params if part.query else ()
        header.assume(DCTERMS.language, [param.default for param in params if param.name == "lang" and param.default])
        return header

    def _kind(self, part: Part, subject: NamedNode, header: Header) -> Iterator[Triple]:
        """What it conforms to, what sort of data set it is, and of the whole graph what it consists of."""
        type, standards = None, self.standards
        if header.is_a(OWL.Ontology):
            shapes = part.iri == self.published.base_iri + SHAPES
            type = DATASET_TYPE.SCHEMA if shapes else DATASET_TYPE.ONTOLOGY
            standards = [NamedNode("http://www.w3.org/ns/shacl#" if shapes else OWL.iri)]
        elif header.is_a(SKOS.ConceptScheme):
            type, standards = DATASET_TYPE.TAXONOMY, [NamedNode(SKOS.iri)]
        if part.kind != "query":
            for standard in standards:
                yield from self._stated_one(subject, DCTERMS.conformsTo, standard, 1)
        if type:
            yield Triple(subject, DCTERMS.type, type)
            yield from about_term(type)
        if part.triples is not None:
            yield Triple(subject, VOID.triples, _number(part.triples))
        if part.kind == "whole":
            yield Triple(subject, DCAT.version, Literal(self.published.version[:12]))
        elif part.kind == "graph" and part.iri != self.published.base_iri + SHAPES:  # which are in no union
            yield Triple(subject, DCTERMS.isPartOf, NamedNode(self.parts[0].iri))
        elif part.query:
            yield from _each(subject, DCAT.keyword, (Literal(tag, language="en") for tag in part.query.tags))
            yield Triple(subject, PROV.wasDerivedFrom, NamedNode(self.parts[0].iri))

    def _standards(self) -> Iterator[NamedNode]:
        """The content's own ontologies and shapes: its data is written in their terms and keeps to them."""
        for part in self.parts:
            if part.file.startswith("ontology/") and self._header(part).is_a(OWL.Ontology):
                yield NamedNode(part.iri)

    def _about_record(self, part: Part, title: Words, issued: Literal | None, modified: Literal) -> Iterator[Triple]:
        """The catalogue's record of it, which is never older than the catalogue."""
        record = self._record(part)
        listed = max(filter(None, (issued, self.issued)), key=str, default=None)
        changed = max(filter(None, (modified, listed)), key=str)
        change = CHANGE.created if changed == listed else CHANGE.updated
        yield Triple(record, RDF.type, DCAT.CatalogRecord)
        yield Triple(record, FOAF.primaryTopic, NamedNode(part.iri))
        yield from _each(record, DCTERMS.title, texts(phrases.record_title(title)))
        yield Triple(record, DCTERMS.conformsTo, PROFILE)
        yield from about_term(PROFILE)
        yield Triple(record, ADMS.status, change)
        yield from about_term(change)
        yield from self._dates(record, listed, changed)
        for language in filter(None, map(phrases.language, title)):
            yield from self._stated_one(record, DCTERMS.language, language, 1)

    def _distribution(
        self, part: Part, file: File, title: Words, header: Header, issued: Literal | None, modified: Literal
    ) -> Iterator[Triple]:
        subject = NamedNode(f"{self._record(part).value}/{file.suffix}")
        yield Triple(NamedNode(part.iri), DCAT.distribution, subject)
        yield Triple(subject, RDF.type, DCAT.Distribution)
        name = "SPARQL" if file.service else file.format.name
        yield from _each(subject, DCTERMS.title, texts(phrases.distribution_title(title, name)))
        words = phrases.distribution_description(part.kind, "" if file.service else name)
        yield from _each(subject, DCTERMS.description, texts(words))
        page = f"{self.published.location}catalog/{part.slug}/{file.suffix}"
        yield Triple(subject, DCAT.accessURL, NamedNode(file.service or page))
        yield Triple(subject, DCAT.downloadURL, NamedNode(file.address))
        yield Triple(subject, DCTERMS.format, FILE_TYPE(file.format.eu))
        yield from about_term(FILE_TYPE(file.format.eu))
        yield Triple(subject, DCAT.mediaType, IANA(file.format.registered_type))
        yield from about_term(IANA(file.format.registered_type))
        yield from self._stated(
            subject, header, (DCTERMS.license, DCTERMS.rights, DCTERMS.language), self.header, self._record(part)
        )
        said = header.iris(DCATAP.availability) or self.header.iris(DCATAP.availability)
        for availability in [term for term in said if term in AVAILABILITY][:1]:
            yield Triple(subject, DCATAP.availability, availability)
            yield from about_term(availability)
        yield from self._dates(subject, issued, modified)
        if file.service:
            yield Triple(subject, DCAT.accessService, self.services[0])
        yield from _measured(subject, self.published.measured.get(file.address))

    def _service(self, name: str, service: NamedNode) -> Iterator[Triple]:
        words = phrases.SERVICES[name]
        yield Triple(service, RDF.type, DCAT.DataService)
        yield from _each(service, DCTERMS.title, texts(phrases.service_title(words, self.title)))
        yield from _each(service, DCTERMS.description, texts(words.description))
        yield Triple(service, DCTERMS.identifier, Literal(service.value))
        for property, path in ((DCAT.endpointURL, words.endpoint), (DCAT.endpointDescription, words.described)):
            address = NamedNode(self.published.location + path)
            yield Triple(service, property, address)
            yield Triple(address, RDF.type, RDFS.Resource)
        for standard in words.standards:
            yield Triple(service, DCTERMS.conformsTo, NamedNode(standard))
            yield from about_term(NamedNode(standard))
        yield from _each(service, DCAT.servesDataset, self._served(name))
        page = NamedNode(f"{self.published.location}catalog/{name}")
        yield Triple(service, DCAT.landingPage, page)
        yield Triple(page, RDF.type, FOAF.Document)
        yield from self._stated(service, self.header, OF_SERVICE, below=self.iri)
        yield from _each(service, DCAT.keyword, [*texts(words.keywords), *self.header.keywords])

    def _served(self, service: str) -> Iterator[NamedNode]:
        """The data sets that can be asked for at a service."""
        kinds = {"query-api": ("whole", "query"), "sparql-endpoint": ("whole", "graph")}.get(service, ("whole",))
        return (NamedNode(part.iri) for part in self.parts if part.kind in kinds)

    def _versions(self) -> Iterator[Triple]:
        """The chain of versions of the whole graph, from the one that is served back."""
        whole = self.parts[0]
        nodes = [
            (NamedNode(version_iri(self.published.base_iri, version.version)), version)
            for version in self.published.versions[-MOST_VERSIONS:]
        ]
        for (node, version), before in zip(reversed(nodes), [*reversed(nodes[:-1]), None], strict=True):
            yield Triple(node, RDF.type, PROV.Entity)
            yield Triple(node, PROV.specializationOf, NamedNode(whole.iri))
            yield Triple(node, DCAT.version, Literal(version.version[:12]))
            yield Triple(node, DCTERMS.identifier, Literal(version.version))
            if version.issued:
                yield Triple(node, DCTERMS.issued, Literal(version.issued.isoformat(), datatype=XSD.dateTime))
            yield Triple(node, DCTERMS.modified, Literal(version.date.isoformat(), datatype=XSD.dateTime))
            if before:
                yield Triple(node, DCAT.previousVersion, before[0])
        if nodes:
            yield Triple(NamedNode(whole.iri), DCAT.hasCurrentVersion, nodes[-1][0])
        if len(nodes) > 1:
            yield Triple(NamedNode(whole.iri), DCAT.previousVersion, nodes[-2][0])

    def _dates(self, subject: NamedNode, issued: Literal | None, modified: Literal) -> Iterator[Triple]:
        if issued:
            yield Triple(subject, DCTERMS.issued, issued)
        yield Triple(subject, DCTERMS.modified, modified)

    def _stated(
        self,
        subject: NamedNode,
        header: Header,
        properties: Iterable[NamedNode],
        default: Header | None = None,
        below: NamedNode | None = None,
    ) -> Iterator[Triple]:
        """What *header* says of each of *properties*, else what *default* says, and the things that it names.

        below  what things are named after that have no name; the subject, unless its hash IRIs mean something else
        """
        for property in properties:
            values, of = header.values(property), below or subject
            if not values and default and property in INHERITED:
                values, of = _for_all(default.values(property)), self.iri
            if property == DCTERMS.creator and subject == self.iri:
                values = values[:1]  # the profile allows a catalogue one
            for number, value in enumerate(values, 1):
                yield from self._stated_one(subject, property, value, number, of)

    def _stated_one(
        self, subject: NamedNode, property: NamedNode, value: Object, number: int, of: NamedNode | None = None
    ) -> Iterator[Triple]:
        below = subject if property == DCTERMS.temporal else of or subject
        node = self.things.node(value, property, below, number)
        yield Triple(subject, property, node)
        yield from self.things.about(value, property, node)


def catalogue_header(published: Published) -> Header:
    """What the content says of its catalogue: of ``<BASE>catalog``, else of the only one that its catalog.ttl has."""
    own = Header(published.store, published.catalogue)
    if own.is_a(DCAT.Catalog):
        return own
    graph = NamedNode(f"{published.base_iri}dataset/catalog")
    found = published.store.engine.quads_for_pattern(None, RDF.type, DCAT.Catalog, graph)
    names = sorted(quad.subject.value for quad in found if isinstance(quad.subject, NamedNode))
    return Header(published.store, names[0]) if len(names) == 1 else own


def _keywords(published: Published) -> Iterator[Literal]:
    """What the data is about, by the names of its classes, of those that portals accept as keywords."""
    return (text for words in published.classes for text in texts(words) if _KEYWORD.fullmatch(text.value))


def _for_all(values: list[Object]) -> list[Object]:
    """What of the catalogue's values is said of each data set: of places only the continents, when there are any.

    Portals show one place of a data set, the last one that they read.
    """
    return [value for value in values if value in CONTINENT] or values


def _each(subject: NamedNode, property: NamedNode, objects: Iterable[Object]) -> Iterator[Triple]:
    return (Triple(subject, property, object) for object in objects)


def _measured(subject: NamedNode, measured: Measured | None) -> Iterator[Triple]:
    """Size and checksum of a file; nothing while they are not known."""
    if measured:
        checksum = NamedNode(f"{subject.value}#sha256")
        yield Triple(subject, DCAT.byteSize, _number(measured.bytes))
        yield Triple(subject, SPDX.checksum, checksum)
        yield Triple(checksum, RDF.type, SPDX.Checksum)
        yield Triple(checksum, SPDX.algorithm, SHA256)
        yield from about_term(SHA256)
        yield Triple(checksum, SPDX.checksumValue, Literal(measured.sha256, datatype=XSD.hexBinary))


def _number(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.nonNegativeInteger)


def _day(published: Published) -> Literal:
    """When the content was last changed."""
    return Literal(published.date.date().isoformat(), datatype=XSD.date)


def _first(published: Published) -> Literal | None:
    """The date of the first content that was served, as far as it is known here."""
    dates = [version.date.date().isoformat() for version in published.versions]
    return Literal(min(dates), datatype=XSD.date) if dates else None
