"""What pages of the catalogue tell people: facts with their values, files, how to cite.

Everything comes from the statements that harvesters get. Names that the catalogue does not state are those of the
content; without either the last word of an IRI stands for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from ..describe.catalogue import NAMES, Dataset, Distribution, Node
from ..describe.labels import local_name
from ..describe.vocabulary import AUTHORITY, DCAT, DCATAP, DCTERMS, FOAF, OWL, PROV, VCARD
from ..formats import BY_SUFFIX, PLAIN_JSON
from .languages import N_
from .names import Link, Text, node
from .signposting import in_catalogue
from .site import Site
from .vocabulary import ONTOLOGY, SCHEME

MOST_VALUES = 50  # of one fact on a page
MOST_VERSIONS = 50
MOST_SERVED = 200  # data sets of a service on its page
DAY = 10  # characters of a date in ISO 8601

# Kinds of data sets, as headings.
WHOLE = N_("The whole data set")
GRAPHS = N_("Files by subject")
VOCABULARY = N_("Vocabulary")
RESULTS = N_("Answers to questions, as tables")

# Facts of a page: its heading, property. The first ones answer what people ask first.
GLANCE = (
    (N_("Last changed"), DCTERMS.modified),
    (N_("How often updated"), DCTERMS.accrualPeriodicity),
    (N_("Licence"), DCTERMS.license),
    (N_("Publisher"), DCTERMS.publisher),
    (N_("Contact"), DCAT.contactPoint),
    (N_("Version"), DCAT.version),
)
MORE = (
    (N_("First published"), DCTERMS.issued),
    (N_("Access"), DCTERMS.accessRights),
    (N_("Rights"), DCTERMS.rights),
    (N_("Creator"), DCTERMS.creator),
    (N_("Themes"), DCAT.theme),
    (N_("Keywords"), DCAT.keyword),
    (N_("Languages of the data"), DCTERMS.language),
    (N_("Period"), DCTERMS.temporal),
    (N_("Places"), DCTERMS.spatial),
    (N_("Conforms to"), DCTERMS.conformsTo),
    (N_("Provenance"), DCTERMS.provenance),
    (N_("Sources"), PROV.wasDerivedFrom),
    (N_("Availability"), DCATAP.availability),
    (N_("Identifier"), DCTERMS.identifier),
)
SERVICE = ((N_("Address"), DCAT.endpointURL), (N_("Description for programs"), DCAT.endpointDescription))
FILE = (
    (N_("Format"), DCTERMS("format")),
    (N_("Media type"), DCAT.mediaType),
    (N_("Download"), DCAT.downloadURL),
    (N_("Access"), DCAT.accessURL),
)
PLAIN = {PLAIN_JSON.suffix: PLAIN_JSON}  # suffixes of downloads that are no format's own
DATES = (DCTERMS.modified, DCTERMS.issued)
ADDRESSES = (DCAT.endpointURL, DCAT.endpointDescription, DCAT.downloadURL, DCAT.accessURL)


@dataclass(frozen=True)
class Fact:
    """One fact.

    heading  its name in English
    dated    its values are dates
    anchor   fragment of the IRI of its value, when that is named below what the page is about; else ""
    """

    heading: str
    values: tuple[Link, ...]
    dated: bool
    anchor: str = ""


@dataclass(frozen=True)
class Version:
    """A version of a data set: its fragment on the page, its name, the day of its data, the day it was first served."""

    anchor: str
    name: str
    date: str
    served: str


@dataclass(frozen=True)
class File:
    """A distribution as a row of a table.

    format  name of the format, or of the service that answers
    href    path of the file, or of that service
    page    path, below the mount, of the distribution's own page
    served  a service answers; there is no file at *href*
    """

    distribution: Distribution
    format: str
    name: str
    href: str
    page: str
    served: bool


def page_of(site: Site, iri: str) -> str | None:
    """Path, below the mount, of the page of the data set *iri*; None when it is none."""
    dataset = site.catalogue.dataset(iri)
    return f"catalog/{dataset.slug}" if dataset else None


class CatalogueReader:
    """Reads the catalogue for a reader of *language*."""

    def __init__(self, site: Site, language: str) -> None:
        self.site = site
        self.language = language

    # Data sets

    def page(self, dataset: Dataset) -> str:
        """Path, below the mount, of the page of a data set."""
        return f"catalog/{dataset.slug}"

    def groups(self, datasets: Sequence[Dataset]) -> list[tuple[str, list[Dataset]]]:
        """*datasets* by what they are: heading in English, data sets in their order; no group is empty."""
        groups: dict[str, list[Dataset]] = {heading: [] for heading in (WHOLE, GRAPHS, VOCABULARY, RESULTS)}
        for dataset in datasets:
            groups[self._kind(dataset)].append(dataset)
        return [(heading, found) for heading, found in groups.items() if found]

    def _kind(self, dataset: Dataset) -> str:
        iri = dataset.iri
        if iri == self.site.catalogue.whole.iri:
            return WHOLE
        if iri.startswith(f"{self.site.base_iri}api/"):
            return RESULTS
        types = set(self.site.types(node(iri)))
        return VOCABULARY if types & {ONTOLOGY.value, SCHEME.value} else GRAPHS

    def contents(self, dataset: Dataset) -> str:
        """Path of a page that shows what is in the data set: home, a named graph's, a query's; "" without one."""
        here = self.site
        if dataset.iri == here.catalogue.whole.iri:
            return f"{here.mount}#browse"
        if dataset.iri in here.graph_sizes:
            href = here.href(dataset.iri)
            return href if "#" not in href else ""  # of a graph below a document nothing but the statements is shown
        name = dataset.iri.removeprefix(f"{here.base_iri}api/")
        return f"{here.mount}api/{name}" if name in here.queries else ""

    def query(self, dataset: Dataset) -> str:
        """A query that shows what is in the data set; "" for one that is itself the result of a query."""
        pattern = "?subject ?property ?value"
        if dataset.iri == self.site.catalogue.whole.iri:
            return f"SELECT * WHERE {{ {pattern} }} LIMIT 100"
        if dataset.iri not in self.site.graph_sizes:
            return ""
        return f"SELECT * WHERE {{ GRAPH <{dataset.iri}> {{ {pattern} }} }} LIMIT 100"

    def citation(self, dataset: Dataset) -> str:
        """How to cite it: who (year): title, version, date, permanent name."""
        stated = dataset.text(DCTERMS.bibliographicCitation, self.language)
        if stated:
            return stated.value
        who = dataset.nodes(DCTERMS.creator) or dataset.nodes(DCTERMS.publisher)
        names = ", ".join(self.name(agent.iri).value for agent in who)
        date = (dataset.modified or dataset.issued)[:DAY]
        by = " ".join(filter(None, (names, f"({date[:4]})" if date else "")))
        title, version = dataset.title(self.language).value, dataset.value(DCAT.version)
        parts = (by, f"{title}, version {version}" if version else title, date, dataset.iri)
        return ". ".join(filter(None, parts))

    def versions(self, dataset: Dataset) -> list[Version]:
        """The versions of the data set that are told of, from the current one back."""
        found: list[Version] = []
        pending = list(dataset.nodes(DCAT.hasCurrentVersion))
        while pending and len(found) < MOST_VERSIONS:
            version = pending.pop()
            anchor = version.iri.partition("#")[2]
            found.append(Version(anchor, version.value(DCAT.version), version.modified[:DAY], version.issued[:DAY]))
            pending = list(version.nodes(DCAT.previousVersion))[:1]
        return found

    def served(self, service: Node) -> list[Dataset]:
        """The data sets that a service gives access to, the first ones of many."""
        iris = set(service.iris(DCAT.servesDataset))
        return [dataset for dataset in self.site.catalogue.datasets if dataset.iri in iris][:MOST_SERVED]

    # Files

    def files(self, dataset: Dataset) -> list[File]:
        """The distributions as they are offered to people."""
        return [self.file(distribution) for distribution in dataset.distributions]

    def file(self, distribution: Distribution) -> File:
        format = BY_SUFFIX.get(distribution.suffix) or PLAIN.get(distribution.suffix)
        served = bool(distribution.iris(DCAT.accessService))
        address = distribution.access_url if served else distribution.download_url or distribution.access_url
        name = address.rpartition("/")[2] or address
        return File(
            distribution,
            format.name if format else distribution.suffix.upper(),
            name,
            self.local(address),
            f"catalog/{distribution.path}",
            served,
        )

    def local(self, address: str) -> str:
        """*address* as a link of a page: a path when it is one of this server; "" when a link could do harm."""
        here = self.site
        if address.startswith(here.location):
            return here.mount + address.removeprefix(here.location)
        return here.elsewhere(address) or (here.href(address) if address else "")

    # Facts

    def glance(self, about: Node) -> list[Fact]:
        return list(self._facts(about, GLANCE))

    def more(self, about: Node) -> list[Fact]:
        return list(self._facts(about, (*FILE, *SERVICE, *MORE)))

    def _facts(self, about: Node, asked: Iterable[tuple[str, NamedNode]]) -> Iterator[Fact]:
        for heading, property in asked:
            values = tuple(dict.fromkeys(self._values(about, property)))[:MOST_VALUES]
            if values:
                below = (iri for iri in about.iris(property) if iri.startswith(f"{about.iri}#"))
                yield Fact(heading, values, property in DATES, next(below, "").partition("#")[2])

    def _values(self, about: Node, property: NamedNode) -> Iterator[Link]:
        if property == DCAT.keyword:
            words = about.texts(property)
            own = [word for word in words if word.language in (self.language, "")] or words
            yield from (Link(Text(word.value, word.language), "") for word in own)
        elif property in (*DATES, DCAT.version, OWL.versionInfo, DCTERMS.identifier):
            length = DAY if property in DATES else None
            yield from (Link(Text(value[:length]), "") for value in about.values(property))
        elif property == DCAT.contactPoint:
            for contact in about.nodes(property):
                yield from self._contact(contact)
        elif property in ADDRESSES:
            for address in about.values(property):
                href = self.local(address)
                yield Link(Text(address), href, not href.startswith(self.site.mount))
        else:
            yield from map(self._linked, about.nodes(property))

    def _contact(self, contact: Node) -> Iterator[Link]:
        """Name, e-mail addresses, pages."""
        name = contact.text(VCARD.fn, self.language)
        if name:
            yield Link(Text(name.value, name.language), "")
        for email in contact.values(VCARD.hasEmail):
            address = email.removeprefix("mailto:")
            yield Link(Text(address), f"mailto:{address}")
        for page in contact.iris(VCARD.hasURL):
            yield Link(Text(page), self.site.elsewhere(page), True)

    def _linked(self, other: Node) -> Link:
        """*other* by its name, with a link where it leads to something to be read: a page here, a text elsewhere."""
        home = other.value(FOAF.homepage) or other.iri
        name = self.name(other.iri)
        document, hash, _ = home.partition("#")
        if home.startswith(AUTHORITY) or (hash and in_catalogue(document)):
            return Link(name, "")  # a term of a controlled vocabulary, or what no page tells more of: its name
        href = self.local(home)
        return Link(name, href, bool(href) and not href.startswith(self.site.mount))

    def name(self, iri: str) -> Text:
        """What the catalogue calls *iri*, else the content; a period by its dates."""
        about = Node(iri, self.site.catalogue.graph)
        if any(about.objects(property) for property in NAMES):
            label = about.title(self.language)
            return Text(label.value, label.language)
        start, end = about.value(DCAT.startDate), about.value(DCAT.endDate)
        if start or end:
            return Text(f"{start or '…'} – {end or '…'}")
        return self.site.name(iri, self.language) if iri in self.site.labels else Text(local_name(iri))
