"""Metadata quality as data.europa.eu measures it: 23 indicators in five dimensions, 405 points.

Every data set and every distribution counts here: an indicator earns the share of its points that the share of
those which satisfy it is. The portal itself takes the best distribution of each data set (``Quality.portal``), so
what is full by the first rule is full by the second.
Sources: methodology of the Metadata Quality Assessment, vocabulary ``https://piveau.eu/ns/voc#`` of its metrics.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pyoxigraph import BlankNode, NamedNode

from ..content.queries import Words
from .catalogue import Catalogue, Dataset, Distribution, Node, name_of
from .dcat_ap import violations
from .value_lists import MACHINE_READABLE, NON_PROPRIETARY, file_type, is_access_right, is_known_licence, is_media_type
from .vocabulary import DCAT, DCTERMS

PIVEAU = "https://piveau.eu/ns/voc#"
RATINGS = ((351, "excellent"), (221, "good"), (121, "sufficient"), (0, "bad"))  # least points -> word

Status = Callable[[str], int]  # address -> HTTP status of a HEAD request, 0 when there was no answer


@dataclass(frozen=True)
class Evidence:
    """What is known beyond a node's own statements: which addresses answer, which data sets break DCAT-AP's rules."""

    status: Status
    flawed: frozenset[str]


Passes = Callable[[Node, Evidence], bool]


@dataclass(frozen=True)
class Indicator:
    """One thing that is measured.

    name       that of the portal's metric; dimension: that of the portal's
    on         what is asked: data sets, distributions, or both
    points     what it earns at most
    what       in a few words
    """

    name: str
    dimension: str
    on: Literal["datasets", "distributions", "both"]
    points: int
    what: Words = field(compare=False)
    passes: Passes = field(compare=False)

    def population(self, catalogue: Catalogue) -> list[Node]:
        datasets = list(catalogue.datasets) if self.on != "distributions" else []
        return [*datasets, *(distributions(catalogue) if self.on != "datasets" else ())]


@dataclass(frozen=True)
class Result:
    """What one indicator found: how many of *all* satisfy it, and the IRIs of those that do not."""

    indicator: Indicator
    all: int
    failing: tuple[str, ...]

    @property
    def good(self) -> int:
        return self.all - len(self.failing)

    @property
    def points(self) -> float:
        return self.indicator.points * self.good / self.all if self.all else 0.0


@dataclass(frozen=True)
class Quality:
    """The measured quality of a catalogue.

    scores      data set -> its points by the portal's rule, the best distribution counting
    violations  IRI -> what DCAT-AP finds wrong with it
    """

    results: tuple[Result, ...]
    scores: Mapping[str, int]
    violations: Mapping[str, tuple[str, ...]]

    @property
    def points(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def portal(self) -> float:
        """Points by the portal's rule: the mean of its data sets."""
        return sum(self.scores.values()) / len(self.scores) if self.scores else 0.0

    def dimension(self, name: str) -> tuple[float, int]:
        """Points of one dimension, and how many there are."""
        results = [result for result in self.results if result.indicator.dimension == name]
        return sum(result.points for result in results), sum(result.indicator.points for result in results)


def rating(points: float) -> str:
    """The portal's word for so many points of 405.

    >>> rating(405), rating(350.9)
    ('excellent', 'good')
    """
    return next(word for least, word in RATINGS if points >= least)


def distributions(catalogue: Catalogue) -> Iterator[Distribution]:
    for dataset in catalogue.datasets:
        yield from dataset.distributions


def measure(catalogue: Catalogue, status: Status) -> Quality:
    """Measure the quality of *catalogue*; *status* is asked for each access and download address."""
    wrong = {iri: tuple(found) for iri in catalogue.graph if (found := list(violations(Node(iri, catalogue.graph))))}
    evidence = Evidence(status, _flawed(catalogue, wrong))
    passing = {
        indicator: {node.iri: indicator.passes(node, evidence) for node in indicator.population(catalogue)}
        for indicator in INDICATORS
    }
    results = tuple(
        Result(indicator, len(passed), tuple(iri for iri, good in passed.items() if not good))
        for indicator, passed in passing.items()
    )
    return Quality(results, {dataset.iri: _score(dataset, passing) for dataset in catalogue.datasets}, wrong)


def _flawed(catalogue: Catalogue, wrong: Iterable[str]) -> frozenset[str]:
    """The data sets that are none by their type, or whose description has a part that is *wrong*.

    Parts are the data set, its record, and what these lead to, up to the catalogue and to other data sets.
    """
    named_by: dict[str, list[str]] = {}
    for iri, about in catalogue.graph.items():
        for term in (term for objects in about.values() for term in objects if isinstance(term, NamedNode | BlankNode)):
            named_by.setdefault(name_of(term), []).append(iri)
    pending = list(wrong)
    reached = set(pending)
    while pending:
        iri = pending.pop()
        if not any(Node(iri, catalogue.graph).is_a(kind) for kind in (DCAT.Dataset, DCAT.Catalog)):
            further = [name for name in named_by.get(iri, ()) if name not in reached]
            pending += further
            reached.update(further)
    return frozenset(
        dataset.iri
        for dataset in catalogue.datasets
        if not dataset.is_a(DCAT.Dataset) or {dataset.iri, dataset.record.iri} & reached
    )


def _score(dataset: Dataset, passing: Mapping[Indicator, Mapping[str, bool]]) -> int:
    """Points of one data set: its own, and those of its best distribution. Dates count there, when there is one."""
    own = sum(
        indicator.points for indicator in passing if indicator.on == "datasets" and passing[indicator][dataset.iri]
    )
    rest = [indicator for indicator in passing if indicator.on != "datasets"]
    dates = (indicator for indicator in rest if indicator.on == "both")
    if not dataset.distributions:
        return own + sum(indicator.points for indicator in dates if passing[indicator][dataset.iri])
    return own + max(
        sum(indicator.points for indicator in rest if passing[indicator][found.iri]) for found in dataset.distributions
    )


def _has(property: NamedNode) -> Passes:
    return lambda node, _: bool(node.objects(property))


def _reached(property: NamedNode) -> Passes:
    """Is there an address, and does each one answer?"""
    return lambda node, evidence: (
        bool(node.iris(property)) and all(evidence.status(address) == 200 for address in node.iris(property))
    )


def _each(property: NamedNode, good: Callable[[str], object]) -> Passes:
    """Is there a value of *property*, and is each one good?"""
    return lambda node, _: bool(node.values(property)) and all(map(good, node.values(property)))


def _aligned(node: Node, evidence: Evidence) -> bool:
    return _each(_FORMAT, file_type)(node, evidence) and _each(DCAT.mediaType, is_media_type)(node, evidence)


def _words(en: str, fr: str) -> Words:
    return Words({"en": en, "fr": fr})


_FORMAT = DCTERMS("format")
INDICATORS = (
    Indicator("keywordAvailability", "findability", "datasets", 30,
              _words("keywords", "mots-clés"), _has(DCAT.keyword)),
    Indicator("categoryAvailability", "findability", "datasets", 30,
              _words("categories", "catégories"), _has(DCAT.theme)),
    Indicator("spatialAvailability", "findability", "datasets", 20,
              _words("where it is about", "territoire couvert"), _has(DCTERMS.spatial)),
    Indicator("temporalAvailability", "findability", "datasets", 20,
              _words("when it is about", "période couverte"), _has(DCTERMS.temporal)),
    Indicator("accessUrlStatusCode", "accessibility", "distributions", 50,
              _words("the access address answers", "l'adresse d'accès répond"), _reached(DCAT.accessURL)),
    Indicator("downloadUrlAvailability", "accessibility", "distributions", 20,
              _words("download address", "adresse de téléchargement"), _has(DCAT.downloadURL)),
    Indicator("downloadUrlStatusCode", "accessibility", "distributions", 30,
              _words("the download address answers", "l'adresse de téléchargement répond"), _reached(DCAT.downloadURL)),
    Indicator("formatAvailability", "interoperability", "distributions", 20,
              _words("format", "format"), _has(_FORMAT)),
    Indicator("mediaTypeAvailability", "interoperability", "distributions", 10,
              _words("media type", "type de média"), _has(DCAT.mediaType)),
    Indicator("formatMediaTypeVocabularyAlignment", "interoperability", "distributions", 10,
              _words("format and media type from the lists", "format et type de média tirés des listes"), _aligned),
    Indicator("formatMediaTypeNonProprietary", "interoperability", "distributions", 20,
              _words("non-proprietary format", "format non propriétaire"),
              _each(_FORMAT, lambda iri: file_type(iri) in NON_PROPRIETARY)),
    Indicator("formatMediaTypeMachineInterpretable", "interoperability", "distributions", 20,
              _words("machine-readable format", "format lisible par machine"),
              _each(_FORMAT, lambda iri: file_type(iri) in MACHINE_READABLE)),
    Indicator("dcatApCompliance", "interoperability", "datasets", 30,
              _words("complies with DCAT-AP", "conforme à DCAT-AP"),
              lambda node, evidence: node.iri not in evidence.flawed),
    Indicator("licenceAvailability", "reusability", "distributions", 20,
              _words("licence", "licence"), _has(DCTERMS.license)),
    Indicator("knownLicence", "reusability", "distributions", 10,
              _words("a licence that is known", "une licence connue"), _each(DCTERMS.license, is_known_licence)),
    Indicator("accessRightsAvailability", "reusability", "datasets", 10,
              _words("access rights", "droits d'accès"), _has(DCTERMS.accessRights)),
    Indicator("accessRightsVocabularyAlignment", "reusability", "datasets", 5,
              _words("access rights from the list", "droits d'accès tirés de la liste"),
              _each(DCTERMS.accessRights, is_access_right)),
    Indicator("contactPointAvailability", "reusability", "datasets", 20,
              _words("contact", "contact"), _has(DCAT.contactPoint)),
    Indicator("publisherAvailability", "reusability", "datasets", 10,
              _words("publisher", "éditeur"), _has(DCTERMS.publisher)),
    Indicator("rightsAvailability", "contextuality", "distributions", 5,
              _words("rights", "droits"), _has(DCTERMS.rights)),
    Indicator("byteSizeAvailability", "contextuality", "distributions", 5,
              _words("size of the file", "taille du fichier"), _has(DCAT.byteSize)),
    Indicator("dateIssuedAvailability", "contextuality", "both", 5,
              _words("date of publication", "date de publication"), _has(DCTERMS.issued)),
    Indicator("dateModifiedAvailability", "contextuality", "both", 5,
              _words("date of the last change", "date de la dernière modification"), _has(DCTERMS.modified)),
)  # fmt: skip
DIMENSIONS = tuple(dict.fromkeys(indicator.dimension for indicator in INDICATORS))
FULL = sum(indicator.points for indicator in INDICATORS)
