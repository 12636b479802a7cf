"""What udata, the program of data.gouv.fr, takes from a DCAT catalogue: its rules in our own words.

Read in opendatateam/udata of August 2026: ``harvest/backends/dcat.py``, ``rdf.py``, ``core/dataset/rdf.py`` and
``core/dataservices/rdf.py``. Names of fields are udata's. Left out is what needs its database: which licence of the
portal's list is meant, and which organisation owns the harvest.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

import requests
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SKOS
from rdflib.resource import Resource
from rdflib.util import guess_format

DCAT = Namespace("http://www.w3.org/ns/dcat#")  # rdflib's own is that of DCAT 2
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"

SUFFIXES = {"xml": "xml", "rdf": "xml", "n3": "n3", "ttl": "turtle", "nt": "nt", "trig": "trig", "json": "json-ld"}
SUFFIXES |= {"jsonld": "json-ld"}
TYPES = {
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/n3": "n3",
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
    "application/trig": "trig",
}
PAGING = ((HYDRA.PartialCollectionView, HYDRA.next), (HYDRA.PagedCollection, HYDRA.nextPage))
CHECKSUMS = {SPDX.checksumAlgorithm_md5: "md5", SPDX.checksumAlgorithm_sha1: "sha1"}
CHECKSUMS |= {SPDX.checksumAlgorithm_sha256: "sha256"}
Fields = dict[str, Any]


@dataclass
class Harvest:
    """What one run brings.

    datasets  by dct:identifier
    services  by dct:identifier
    errors    what the portal writes into the record of the run
    outside   addresses that udata would fetch besides the catalogue's pages; they are not fetched here
    """

    language: str
    format: str = ""
    pages: list[str] = field(default_factory=list)
    datasets: dict[str, Fields] = field(default_factory=dict)
    services: dict[str, Fields] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    # values

    def value(self, node: Resource, property: URIRef) -> Any:
        """The value of *property*: of several the first in the portal's language, else the first in the document."""
        values = list(node.objects(property))
        ours = [value for value in values if isinstance(value, Literal) and value.language == self.language]
        return next(iter(ours + values), None)

    def plain(self, node: Resource, property: URIRef, *names: URIRef) -> Any:
        """The same as Python's own value; a node counts as its first property of *names*, else as its IRI."""
        return self.python(self.value(node, property), *names)

    def python(self, value: Any, *names: URIRef) -> Any:
        if isinstance(value, Resource):
            named = (self.plain(value, name) for name in names)
            return next(filter(None, named), None) or value.identifier.toPython()
        return value.toPython() if isinstance(value, Literal) else value

    def all(self, node: Resource, property: URIRef) -> list[Any]:
        """Every value of *property*, each once; a node counts as its label or description."""
        found = (self.python(value, RDFS.label, DCTERMS.description) for value in node.objects(property))
        return list(dict.fromkeys(filter(None, found)))

    # pages

    def run(self, address: str) -> "Harvest":
        """Read the catalogue at *address*. Raises requests.HTTPError, and ValueError for a format it cannot tell."""
        self.format = format_of(address)
        graphs = list(self.walk(address))
        for graph in graphs:
            self.take_datasets(graph)
        for graph in graphs:
            self.take_services(graph)
        return self

    def walk(self, address: str) -> Iterator[Graph]:
        next_page: str | None = address
        while next_page:
            self.pages.append(next_page)
            graph = Graph().parse(data=fetched("GET", next_page).text, format=self.format)
            next_page = self.next_page(graph)
            yield graph

    def next_page(self, graph: Graph) -> str | None:
        """The next page: by the first of the two forms that the page uses at all."""
        for kind, property in PAGING:
            node = graph.value(predicate=RDF.type, object=kind)
            if node is not None:
                found = graph.value(node, property)
                return str(found) if found is not None else None
        return None

    def take_datasets(self, graph: Graph) -> None:
        found = chain.from_iterable(graph.subjects(RDF.type, kind) for kind in (DCAT.Dataset, DCAT.DatasetSeries))
        for node in dict.fromkeys(found):
            if not is_elsewhere(graph, node):
                self.take(self.datasets, graph, node, self.dataset)

    def take_services(self, graph: Graph) -> None:
        of_distributions = set(graph.objects(None, DCAT.accessService))
        for node in graph.subjects(RDF.type, DCAT.DataService):
            if node not in of_distributions:
                self.take(self.services, graph, node, self.service)

    def take(self, taken: dict[str, Fields], graph: Graph, node: Any, read: Any) -> None:
        identifier = graph.value(node, DCTERMS.identifier)
        if identifier is None:
            self.errors.append(f"{node}: missing identifier")
        elif str(identifier) in (*self.datasets, *self.services):
            self.errors.append(f"{node}: identifier {identifier} already exists")
        else:
            taken[str(identifier)] = read(graph.resource(node))

    # what is read

    def described(self, node: Resource) -> Fields:
        """What data sets, distributions and services are read alike for."""
        description = self.value(node, DCTERMS.description)
        return {
            "title": self.plain(node, DCTERMS.title),
            "description": str(description or "").strip(),
            "harvest.uri": node.identifier.toPython() if isinstance(node.identifier, URIRef) else None,
            "harvest.issued_at": self.plain(node, DCTERMS.issued),
            "harvest.modified_at": not_future(self.plain(node, DCTERMS.modified)),
            "extras.license": self.all(node, DCTERMS.license),
            "extras.rights": self.all(node, DCTERMS.rights),
            "extras.accessRights": self.all(node, DCTERMS.accessRights),
        }

    def dataset(self, node: Resource) -> Fields:
        """Fields of a data set. A missing title is an error of that data set."""
        read = self.described(node)
        if not read["title"]:
            self.errors.append(f"{node.identifier}: missing title")
        frequency = str(self.plain(node, DCTERMS.accrualPeriodicity) or "")
        return read | {
            "acronym": self.plain(node, SKOS.altLabel),
            "frequency": frequency.removeprefix(FREQUENCY) if frequency.startswith(FREQUENCY) else None,
            "tags": self.tags(node),
            "contact_points": [*self.agents(node)],
            "schema": schema_of(node),
            "spatial": [*geometries(node)],
            "temporal_coverage": self.period(node.value(DCTERMS.temporal)),
            "extras.provenance": self.all(node, DCTERMS.provenance),
            "resources": [*self.resources(node)],
            "harvest.dct_identifier": self.plain(node, DCTERMS.identifier),
            "harvest.remote_url": self.plain(node, DCAT.landingPage) or str(node.identifier),
        }

    def tags(self, node: Resource) -> list[str]:
        """Keywords, and the names of themes where the document gives them, as words for addresses."""
        words = [str(keyword) for keyword in node.objects(DCAT.keyword) if isinstance(keyword, Literal)]
        themes = [theme for theme in node.objects(DCAT.theme) if isinstance(theme, Resource)]
        words += [str(name) for theme in themes if (name := self.plain(theme, SKOS.prefLabel))]
        return sorted({tag for word in words if len(tag := slug(word)[:96]) >= 3})

    def agents(self, node: Resource) -> Iterator[Fields]:
        for property, role in (
            (DCAT.contactPoint, "contact"),
            (DCTERMS.creator, "creator"),
            (DCTERMS.publisher, "publisher"),
        ):
            for agent in node.objects(property):
                name = self.plain(agent, VCARD.fn) or self.plain(agent, FOAF.name) or self.plain(agent, SKOS.prefLabel)
                email = self.plain(agent, VCARD.hasEmail) or self.plain(agent, FOAF.mbox)
                form = self.plain(agent, VCARD.hasURL)
                if name or email or form:
                    email = str(email or "").replace("mailto:", "").strip() or None
                    yield {"role": role, "name": name, "email": email, "contact_form": form}

    def period(self, period: Any) -> tuple[Any, Any] | None:
        """Start and end. A period with an IRI is fetched, whatever the document says of it."""
        if not isinstance(period, Resource):
            return None
        if isinstance(period.identifier, URIRef):
            self.outside.append(str(period.identifier))
            return None
        bounds = [self.plain(period, property) for property in (DCAT.startDate, DCAT.endDate)]
        return (bounds[0], bounds[1]) if any(bounds) else None

    def resources(self, dataset: Resource) -> Iterator[Fields]:
        """The distributions; one without an address is dropped. Parts with an IRI count as files."""
        for node in dataset.objects(DCAT.distribution):
            address = self.plain(node, DCAT.downloadURL) or self.plain(node, DCAT.accessURL)
            if address:
                yield self.resource(node, address)
        for part in dataset.objects(DCTERMS.hasPart):
            if isinstance(part.identifier, URIRef):
                yield self.resource(part, str(part.identifier)) | {"type": "other"}

    def resource(self, node: Resource, address: str) -> Fields:
        read = self.described(node)
        media_type = str(self.plain(node, DCAT.mediaType, RDFS.label) or "")
        form = str(self.plain(node, DCTERMS.format, RDFS.label) or "")
        last = address.rsplit("/", 1)[-1]
        return read | {
            "title": read["title"] or (last if "." in last and "?" not in last else form or "Nameless resource"),
            "url": address,
            "type": "api" if node.value(DCAT.accessService) else "main",
            "format": form.removeprefix(FILE_TYPE).removeprefix(MEDIA_TYPE).rsplit("/", 1)[-1].lower(),
            "mime": media_type.removeprefix(MEDIA_TYPE),
            "filesize": self.plain(node, DCAT.byteSize),
            "checksum": self.checksum(node.value(SPDX.checksum)),
            "schema": schema_of(node),
            "harvest.dct_identifier": self.plain(node, DCTERMS.identifier),
        }

    def checksum(self, node: Any) -> tuple[str, str] | None:
        algorithm = node.value(SPDX.algorithm) if isinstance(node, Resource) else None
        if not isinstance(algorithm, Resource) or algorithm.identifier not in CHECKSUMS:
            return None
        return CHECKSUMS[algorithm.identifier], str(self.plain(node, SPDX.checksumValue))  # type: ignore[index]

    def service(self, node: Resource) -> Fields:
        """Fields of a data service; the data sets that it serves are found by their identifiers on the same page."""
        served = list(node.objects(DCAT.servesDataset))
        identifiers = [self.plain(dataset, DCTERMS.identifier) for dataset in served]
        self.errors += [
            f"{node.identifier}: serves a data set without identifier" for found in identifiers if not found
        ]
        return self.described(node) | {
            "base_api_url": self.plain(node, DCAT.endpointURL),
            "machine_documentation_url": self.plain(node, DCAT.endpointDescription),
            "contact_points": [*self.agents(node)],
            "datasets": [found for found in identifiers if found in self.datasets],
            "tags": self.tags(node),
            "harvest.remote_url": self.plain(node, DCAT.landingPage) or str(node.identifier),
        }


def format_of(address: str) -> str:
    """The format by the suffix of the address, else by the Content-Type of HEAD. Raises ValueError."""
    known = guess_format(address, SUFFIXES)
    if known:
        return known
    media_type = fetched("HEAD", address).headers.get("Content-Type", "").split(";", 1)[0]
    if media_type not in TYPES:
        raise ValueError(f"unsupported media type {media_type!r}")
    return TYPES[media_type]


def fetched(method: str, address: str) -> requests.Response:
    """An answer; udata takes a redirect for a failure."""
    response = requests.request(method, address, allow_redirects=False, timeout=30)
    response.raise_for_status()
    if response.is_redirect:
        raise requests.HTTPError(f"redirected to {response.headers['Location']}", response=response)
    return response


def is_elsewhere(graph: Graph, node: Any) -> bool:
    """Whether a data set is only mentioned on this page, as served by a service or as a part."""
    mentions = [property for _, property in graph.subject_predicates(node)]
    mentioned = len(mentions) == 1 and mentions[0] in (DCAT.servesDataset, DCTERMS.hasPart)
    return mentioned and graph.value(node, DCTERMS.title) is None


def schema_of(node: Resource) -> str | None:
    standard = node.value(DCTERMS.conformsTo)
    return str(standard.identifier) if isinstance(standard, Resource) else None


def geometries(node: Resource) -> Iterator[str]:
    """The literals of places that may be a geometry: in GeoJSON or WKT."""
    for place in node.objects(DCTERMS.spatial):
        if isinstance(place, Resource):
            found = (value for value in place.objects() if isinstance(value, Literal))
            yield from (str(value) for value in found if str(value.datatype).endswith(("wktLiteral", "geoJSONLiteral")))


def not_future(moment: Any) -> Any:
    """A date of change, None when it is yet to come."""
    if isinstance(moment, datetime):
        return moment if moment.replace(tzinfo=None) <= datetime.now(UTC).replace(tzinfo=None) else None
    return moment if not isinstance(moment, date) or moment <= datetime.now(UTC).date() else None


def slug(text: str) -> str:
    """*text* as a tag: without accents, in small letters, with hyphens."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
