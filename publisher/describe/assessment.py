"""All that was found of a catalogue's quality at once: the portal's indicators and the assessors' checklists.

It is computed when the downloads of a build are complete, and kept as JSON, from which pages are made.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..content.queries import Words
from .catalogue import Catalogue
from .checklists import Ask, Check, Checklist
from .data_fairness import data_checklist
from .ontology_fairness import ontology_checklist
from .quality import INDICATORS, Quality, Result, measure


@dataclass(frozen=True)
class Assessment:
    """What was found of one catalogue. *checklists*: of the data sets and, when there is one, of the ontology."""

    quality: Quality
    checklists: tuple[Checklist, ...]

    def as_json(self) -> dict[str, Any]:
        quality = self.quality
        return {
            "points": round(quality.points, 2),
            "portal": round(quality.portal, 2),
            "indicators": {
                result.indicator.name: {"all": result.all, "failing": list(result.failing)}
                for result in quality.results
            },
            "scores": dict(quality.scores),
            "violations": {iri: list(found) for iri, found in quality.violations.items()},
            "checklists": [asdict(checklist) for checklist in self.checklists],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Assessment":
        """Raises KeyError, TypeError or AttributeError for what ``as_json`` did not make."""
        indicators = told["indicators"]
        results = tuple(
            Result(indicator, indicators[indicator.name]["all"], tuple(indicators[indicator.name]["failing"]))
            for indicator in INDICATORS
        )
        violations = {iri: tuple(found) for iri, found in told["violations"].items()}
        checklists = tuple(_checklist(found) for found in told["checklists"])
        return cls(Quality(results, dict(told["scores"]), violations), checklists)


def assess(catalogue: Catalogue, ask: Ask) -> Assessment:
    """Measure *catalogue*, and work through the checklists; *ask* reaches the addresses that it names."""
    quality = measure(catalogue, lambda address: ask("HEAD", address, "*/*").status)
    ontology = ontology_checklist(catalogue, ask)
    return Assessment(quality, (data_checklist(catalogue, ask), *([ontology] if ontology else [])))


def _checklist(told: Mapping[str, Any]) -> Checklist:
    checks = tuple(
        Check(**{**check, "what": Words(check["what"]), "note": Words(check["note"])}) for check in told["checks"]
    )
    return Checklist(told["name"], told["about"], checks)
