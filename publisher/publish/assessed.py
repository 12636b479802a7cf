"""The assessment of a build's catalogue, kept as JSON beside the graphs that describe it."""

import json
from pathlib import Path

from ..describe.assessment import Assessment
from .checksums import ASSESSED


def write_assessment(directory: Path, assessment: Assessment) -> None:
    """Write the assessment of the build in *directory*, in one step."""
    new = directory / f".{ASSESSED}"
    new.write_text(json.dumps(assessment.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    new.replace(directory / ASSESSED)


def read_assessment(directory: Path) -> Assessment | None:
    """The assessment of the build in *directory*; None while there is none that can be read."""
    try:
        return Assessment.from_json(json.loads((directory / ASSESSED).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
