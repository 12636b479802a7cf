"""Classes and properties of the content, as programs name them: by IRI or ``prefix:name``."""

from collections.abc import Mapping
from typing import Any

from ..describe.matching import EVERYTHING
from ..errors import RequestError
from .site import site

MOST_LISTED = 100  # classes or properties that an error lists, the most used ones


def known_class(given: Any, where: str) -> str:
    """The class that *given* names. Raises RequestError, which says *where* and lists those that there are."""
    for iri in (given, site().expand(given)) if isinstance(given, str) else ():
        if iri in site().all_classes or iri in EVERYTHING:
            return str(iri)
    listed = most_used(site().class_counts)
    raise RequestError(f"{where}: nothing of type {given!r} is published here", parameter=where, types=listed)


def known_property(given: Any, where: str) -> str:
    """The property that *given* names. Raises RequestError, which says *where* and lists those that there are."""
    for iri in (given, site().expand(given)) if isinstance(given, str) else ():
        if iri in site().properties:
            return str(iri)
    listed = most_used(site().properties)
    raise RequestError(f"{where}: no property {given!r} is used here", parameter=where, properties=listed)


def most_used(counts: Mapping[str, int], most: int = MOST_LISTED) -> list[str]:
    """The terms with the highest counts."""
    return sorted(counts, key=lambda iri: (-counts[iri], iri))[:most]


def named(iri: str, language: str) -> dict[str, str]:
    """A class, property or resource as programs are told of it."""
    return {"id": iri, "name": site().name(iri, language).value}
