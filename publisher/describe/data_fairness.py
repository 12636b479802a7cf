"""The metrics of F-UJI, the assessor of research data of the FAIRsFAIR project: 17 metrics, 26 points.

Each data set is assessed as F-UJI does: by its page, by what the page embeds or offers in RDF, and by its files. A
metric's points are those of the data set that earns fewest. Source: FAIRsFAIR Data Object Assessment Metrics 0.8.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ..content.queries import Words
from ..formats import HTML, TURTLE
from .catalogue import Catalogue, Dataset
from .checklists import NOT_PERMANENT, UNREGISTERED, Answer, Ask, Check, Checklist, embedded, missing, words
from .value_lists import NON_PROPRIETARY, file_type
from .vocabulary import ADMS, DCAT, DCATAP, DCTERMS, FOAF, ODRL, PROV, RDF, SCHEMA, SPDX, VOID

NAME = "F-UJI 0.8"
MOST = 100  # data sets that are assessed
_URI = re.compile(r"(https?|urn|doi|hdl|ark):\S+")
_PERSISTENT = re.compile(
    r"https?://(www\.)?(w3id\.org|purl\.org|(dx\.)?doi\.org|hdl\.handle\.net|n2t\.net|identifiers\.org)/.+"
)
_REGISTERED = (DCAT, PROV, VOID, ADMS, SPDX, ODRL, DCATAP)  # vocabularies that registries list, beyond the usual ones
_CITATION = {
    "creator": DCTERMS.creator,
    "title": DCTERMS.title,
    "identifier": DCTERMS.identifier,
    "date": DCTERMS.issued,
    "publisher": DCTERMS.publisher,
    "type": RDF.type,
}
_DESCRIPTION = {"summary": DCTERMS.description, "keywords": DCAT.keyword}
_RELATIONS = (
    DCTERMS.isPartOf, DCTERMS.hasPart, DCTERMS.relation, DCTERMS.source, DCTERMS.references, DCTERMS.isReferencedBy,
    DCTERMS.isVersionOf, DCTERMS.hasVersion, DCTERMS.replaces, DCTERMS.conformsTo, DCAT.hasVersion,
    DCAT.previousVersion, PROV.wasDerivedFrom, FOAF.page,
)  # fmt: skip
_PROVENANCE = (
    DCTERMS.creator, DCTERMS.contributor, DCTERMS.publisher, DCTERMS.created, DCTERMS.issued, DCTERMS.modified,
    DCTERMS.source, PROV.wasDerivedFrom, PROV.generatedAtTime,
)  # fmt: skip

Outcome = tuple[float, float, Words]  # points, points left open, note
Metric = Callable[["Facts"], Outcome]


@dataclass(frozen=True)
class Facts:
    """What is known of one data set."""

    dataset: Dataset
    ask: Ask

    @cached_property
    def address(self) -> str:
        """Its page, or whatever its name leads to."""
        return self.dataset.value(DCAT.landingPage) or self.dataset.iri

    @cached_property
    def page(self) -> Answer:
        return self.ask("GET", self.address, HTML.media_type)

    @cached_property
    def in_page(self) -> list[dict[str, object]]:
        return embedded(self.page.body)

    @cached_property
    def rdf(self) -> Answer:
        return self.ask("HEAD", self.address, TURTLE.media_type)

    @cached_property
    def files(self) -> tuple[str, ...]:
        return tuple(found.download_url for found in self.dataset.distributions if found.download_url)

    def lacking(self, names: dict[str, object]) -> list[str]:
        return [name for name, property in names.items() if not self.dataset.values(property)]  # type: ignore[arg-type]


def data_checklist(catalogue: Catalogue, ask: Ask) -> Checklist:
    """Work through the metrics for the data sets of *catalogue*, of very many for the first ones."""
    facts = [Facts(dataset, ask) for dataset in catalogue.datasets[:MOST]]
    return Checklist(NAME, catalogue.iri, tuple(_check(name, facts) for name in METRICS))


def _check(name: str, facts: list[Facts]) -> Check:
    what, full, metric = METRICS[name]
    outcomes = [(metric(found), found) for found in facts]
    if not outcomes:
        return Check(name, what, full, 0, 0, missing("dcat:dataset"))
    (points, open_, note), worst = min(outcomes, key=lambda outcome: (outcome[0][0] + outcome[0][1], outcome[0][0]))
    if note and points + open_ < full:
        note = Words({tag: f"{text} ({worst.dataset.iri})" for tag, text in note.items()})
    return Check(name, what, full, points, open_, note)


def _all_or_nothing(points: float, good: object, *lacking: str) -> Outcome:
    return (points, 0, Words()) if good else (0, 0, missing(*lacking))


def _parts(*parts: tuple[float, object, str]) -> Outcome:
    """The points of those parts that are good, and what the others lack."""
    lacking = [name for _, good, name in parts if not good]
    return sum(points for points, good, _ in parts if good), 0, missing(*lacking)


def _unique(facts: Facts) -> Outcome:
    return _all_or_nothing(1, _URI.fullmatch(facts.dataset.iri), "dcterms:identifier")


def _persistent(facts: Facts) -> Outcome:
    """Half for the name's form, half for its being registered, which its leading here proves."""
    if not _PERSISTENT.fullmatch(facts.dataset.iri):
        return 0, 1, NOT_PERMANENT
    if facts.ask("HEAD", facts.dataset.iri, "*/*").good:
        return 1, 0, Words()
    return 0.5, 0.5, UNREGISTERED


def _core(facts: Facts) -> Outcome:
    citation, description = facts.lacking(_CITATION), facts.lacking(_DESCRIPTION)  # type: ignore[arg-type]
    points = (not citation) + (not citation and not description)
    return points, 0, missing(*citation, *description)


def _embedded(facts: Facts) -> Outcome:
    return _all_or_nothing(2, facts.in_page, "JSON-LD in the page")


def _retrievable(facts: Facts) -> Outcome:
    reached = any(facts.ask("HEAD", address, "*/*").good for address in facts.files)
    return _parts((1, facts.page.good, facts.address), (1, reached, "dcat:downloadURL"))


def _protocol(facts: Facts) -> Outcome:
    on_http = re.compile("https?://")
    files = any(map(on_http.match, facts.files))
    return _parts((1, on_http.match(facts.address), "http(s)"), (1, files, "http(s), dcat:downloadURL"))


def _formal(facts: Facts) -> Outcome:
    offered = facts.in_page or (facts.rdf.good and facts.rdf.media_type == TURTLE.media_type)
    return _all_or_nothing(2, offered, "RDF")


def _vocabularies(facts: Facts) -> Outcome:
    used = facts.dataset.graph.get(facts.dataset.iri, {})
    return _all_or_nothing(2, any(property in known for property in used for known in _REGISTERED), "DCAT, PROV")


def _related(facts: Facts) -> Outcome:
    linked = any(facts.dataset.iris(property) for property in _RELATIONS)
    return _all_or_nothing(2, linked, "dcterms:relation, dcterms:isPartOf, prov:wasDerivedFrom")


def _content(facts: Facts) -> Outcome:
    found = facts.dataset.distributions
    sized = any(item.media_type and item.values(DCAT.byteSize) for item in found)
    served = any(item.iris(DCAT.accessService) for item in found)
    return _parts(
        (1, facts.dataset.objects(RDF.type), "rdf:type"), (1, sized or served, "dcat:byteSize, dcat:mediaType")
    )


def _licence(facts: Facts) -> Outcome:
    found = facts.dataset.distributions
    licensed = facts.dataset.licence or (found and all(item.licence for item in found))
    return _all_or_nothing(1, licensed, "dcterms:license")


def _provenance(facts: Facts) -> Outcome:
    stated = any(facts.dataset.objects(property) for property in _PROVENANCE)
    return _all_or_nothing(1, stated, "dcterms:creator, prov:wasDerivedFrom")


def _standard(facts: Facts) -> Outcome:
    used = facts.dataset.graph.get(facts.dataset.iri, {})
    return _all_or_nothing(1, any(property in DCAT or property in SCHEMA for property in used), "DCAT")


def _format(facts: Facts) -> Outcome:
    formats = {file_type(item.file_type) for item in facts.dataset.distributions}
    return _all_or_nothing(1, formats & NON_PROPRIETARY, "dcterms:format")


def _access(facts: Facts) -> Outcome:
    return _all_or_nothing(1, facts.dataset.values(DCTERMS.accessRights), "dcterms:accessRights")


def _data_named(facts: Facts) -> Outcome:
    return _all_or_nothing(1, facts.files, "dcat:downloadURL")


METRICS: dict[str, tuple[Words, float, Metric]] = {
    "FsF-F1-01MD": (words("a unique identifier", "un identifiant unique"), 1, _unique),
    "FsF-F1-02MD": (words("a persistent identifier", "un identifiant pérenne"), 1, _persistent),
    "FsF-F2-01M": (words("core metadata", "métadonnées essentielles"), 2, _core),
    "FsF-F3-01M": (words("the metadata name the data", "les métadonnées nomment les données"), 1, _data_named),
    "FsF-F4-01M": (
        words("metadata that search engines read", "métadonnées que lisent les moteurs de recherche"), 2, _embedded,
    ),
    "FsF-A1-01M": (words("conditions of access", "conditions d'accès"), 1, _access),
    "FsF-A1-02MD": (
        words("metadata and data can be retrieved", "métadonnées et données peuvent être obtenues"), 2, _retrievable,
    ),
    "FsF-A1.1-01MD": (words("an open protocol", "un protocole ouvert"), 2, _protocol),
    "FsF-A1.2-01MD": (
        words("a protocol that can authenticate", "un protocole qui permet l'authentification"), 2, _protocol,
    ),
    "FsF-I1-01M": (words("metadata in a formal language", "métadonnées dans un langage formel"), 2, _formal),
    "FsF-I2-01M": (words("registered vocabularies", "vocabulaires enregistrés"), 2, _vocabularies),
    "FsF-I3-01M": (
        words("related things, with the kind of relation", "choses liées, avec le type de lien"), 2, _related,
    ),
    "FsF-R1-01M": (words("what the data consist of", "ce dont se composent les données"), 2, _content),
    "FsF-R1.1-01M": (words("licence", "licence"), 1, _licence),
    "FsF-R1.2-01M": (words("provenance", "provenance"), 1, _provenance),
    "FsF-R1.3-01M": (words("a standard of the field", "une norme du domaine"), 1, _standard),
    "FsF-R1.3-02D": (words("an open file format", "un format de fichier ouvert"), 1, _format),
}  # fmt: skip
