"""Measured quality as a graph, in the Data Quality Vocabulary.

Of the catalogue it tells the share of data sets or distributions that satisfy each indicator, of each data set its
points, of what fails an indicator that it does, and the points of each check of the assessors' lists.
Source: Data on the Web Best Practices: Data Quality Vocabulary, W3C Note.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from ..content.queries import Words
from .assessment import Assessment
from .catalogue import Catalogue, node_of
from .checklists import Checklist, words
from .quality import DIMENSIONS, FULL, PIVEAU, Quality
from .turtle import order
from .vocabulary import DCTERMS, DQV, RDF, RDFS, SKOS, XSD, Namespace

NAME = "quality"
MOST = 100  # failing resources that are named for each indicator
PV = Namespace(PIVEAU)
TITLE = words("Quality of the catalogue", "Qualité du catalogue")
DESCRIPTION = words(
    f"How good the metadata of the catalogue are: indicators of data.europa.eu with {FULL} points in all, and checks "
    "of assessors.",
    f"Ce que valent les métadonnées du catalogue : indicateurs de data.europa.eu, avec {FULL} points en tout, et "
    "contrôles d'évaluateurs.",
)
DIMENSION_NAMES = {
    "findability": words("findability", "découvrabilité"),
    "accessibility": words("accessibility", "accessibilité"),
    "interoperability": words("interoperability", "interopérabilité"),
    "reusability": words("reusability", "réutilisabilité"),
    "contextuality": words("contextuality", "contextualité"),
}
_SCORE = words("points", "points")


def quality_graph(assessment: Assessment, catalogue: Catalogue, base_iri: str, location: str) -> list[Triple]:
    """The statements of the graph ``<base_iri>quality``, sorted; *location* is the address of the server."""
    graph = base_iri + NAME
    told = {
        *_heading(graph, location),
        *_indicators(graph, assessment.quality, catalogue.iri),
        *_scores(graph, assessment.quality, catalogue),
        *(triple for checklist in assessment.checklists for triple in _checks(graph, checklist)),
    }
    return sorted(told, key=order)


def _heading(graph: str, location: str) -> Iterator[Triple]:
    top = NamedNode(graph)
    yield Triple(top, RDF.type, DQV.QualityMetadata)
    yield from _words(top, DCTERMS.title, TITLE)
    yield from _words(top, DCTERMS.description, DESCRIPTION)
    yield Triple(top, RDFS.seeAlso, NamedNode(f"{location}catalog/quality"))
    for name in DIMENSIONS:
        yield Triple(PV(name), RDF.type, DQV.Dimension)
        yield from _words(PV(name), SKOS.prefLabel, DIMENSION_NAMES[name])


def _indicators(graph: str, quality: Quality, catalogue: str) -> Iterator[Triple]:
    for result in quality.results:
        indicator = result.indicator
        metric, share = NamedNode(f"{graph}#{indicator.name}"), NamedNode(f"{graph}#share-{indicator.name}")
        for iri, datatype in ((metric, XSD.boolean), (share, XSD.decimal)):
            yield from _metric(iri, indicator.what, datatype)
            yield Triple(iri, DQV.inDimension, PV(indicator.dimension))
            yield Triple(iri, RDFS.seeAlso, PV(indicator.name))
        part = Decimal(result.good) / result.all if result.all else Decimal(0)
        yield from _measurement(f"{graph}#measured-{indicator.name}", share, catalogue, _decimal(part))
        for number, about in enumerate(islice(result.failing, MOST), 1):
            yield from _measurement(f"{graph}#{indicator.name}-{number}", metric, about, Literal(False))


def _scores(graph: str, quality: Quality, catalogue: Catalogue) -> Iterator[Triple]:
    yield from _metric(PV.scoring, _SCORE, XSD.decimal)
    scores = {f"{graph}#scoring": (catalogue.iri, quality.portal)}
    scores |= {f"{graph}#{found.slug}-scoring": (found.iri, quality.scores[found.iri]) for found in catalogue.datasets}
    for measurement, (iri, points) in scores.items():
        yield from _measurement(measurement, PV.scoring, iri, _decimal(Decimal(str(points))))
        yield Triple(node_of(iri), DQV.hasQualityMeasurement, NamedNode(measurement))


def _checks(graph: str, checklist: Checklist) -> Iterator[Triple]:
    for check in checklist.checks:
        metric = NamedNode(f"{graph}#metric-{check.name}")
        yield from _metric(metric, check.what, XSD.decimal)
        yield Triple(metric, SKOS.notation, Literal(check.name))
        value = _decimal(Decimal(str(check.points)))
        yield from _measurement(f"{graph}#check-{check.name}", metric, checklist.about, value)
        yield from _words(NamedNode(f"{graph}#check-{check.name}"), RDFS.comment, check.note)


def _metric(iri: NamedNode, what: Words, datatype: NamedNode) -> Iterator[Triple]:
    yield Triple(iri, RDF.type, DQV.Metric)
    yield from _words(iri, SKOS.prefLabel, what)
    yield Triple(iri, DQV.expectedDataType, datatype)


def _measurement(iri: str, metric: NamedNode, about: str, value: Any) -> Iterator[Triple]:
    yield Triple(NamedNode(iri), RDF.type, DQV.QualityMeasurement)
    yield Triple(NamedNode(iri), DQV.isMeasurementOf, metric)
    yield Triple(NamedNode(iri), DQV.computedOn, node_of(about))
    yield Triple(NamedNode(iri), DQV.value, value)


def _decimal(value: Decimal) -> Literal:
    """At most four digits after the point, and as few as are needed."""
    text = f"{round(value, 4):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return Literal(text, datatype=XSD.decimal)


def _words(subject: NamedNode, property: NamedNode, texts: Words) -> Iterator[Triple]:
    for tag, text in texts.items():
        yield Triple(subject, property, Literal(text, language=tag))
