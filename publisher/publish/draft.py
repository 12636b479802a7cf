"""The draft that every step of validation looks at, and findings at the place of a statement."""

from dataclasses import dataclass

import pyoxigraph

from ..content.dataset import Content
from ..content.findings import Finding, Severity
from ..content.positions import Positions
from .wording import Wording


@dataclass(frozen=True)
class Draft:
    """Content before it is published: its files, its statements in the engine, their places, their names."""

    content: Content
    engine: pyoxigraph.Store
    positions: Positions
    wording: Wording


def at(place: tuple[str, int] | None, severity: Severity, message: str, right: str = "") -> Finding:
    """A finding at a place that Positions gave; at the data folder when no file knows it."""
    file, line = place or ("data", 1)
    return Finding(file, line, severity, message, right)
