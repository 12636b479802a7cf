"""Names of things, in all their languages, kept in memory.

Built once for a snapshot; every page, table and search looks names up here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

from pyoxigraph import Literal, NamedNode

from ..store.store import Store

# Best first: of two properties that name a thing in the same language, the earlier one decides.
LABEL_PROPERTIES = tuple(
    NamedNode(iri)
    for iri in (
        "http://www.w3.org/2000/01/rdf-schema#label",
        "http://www.w3.org/2004/02/skos/core#prefLabel",
        "http://purl.org/dc/terms/title",
        "http://xmlns.com/foaf/0.1/name",
        "https://schema.org/name",
        "http://schema.org/name",
        "http://purl.org/dc/elements/1.1/title",
        "http://www.geonames.org/ontology#name",
    )
)
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Label:
    """A name and its language tag in lower case; "" for a name without language."""

    value: str
    language: str


class Labels:
    """The names of everything the default graph names."""

    def __init__(self, store: Store) -> None:
        self._names: dict[str, dict[str, str]] = {}
        for property_ in LABEL_PROPERTIES:
            found: dict[str, dict[str, str]] = {}
            for triple in store.triples(None, property_):
                if isinstance(triple.object, Literal):
                    names = found.setdefault(_key(triple.subject), {})
                    language = (triple.object.language or "").lower()
                    names[language] = min(triple.object.value, names.get(language, triple.object.value))
            for iri, names in found.items():
                self._names[iri] = names | self._names.get(iri, {})

    def label(self, iri: str, language: str = "en") -> Label:
        """The name of *iri* for a reader of *language*; without any name the last part of the IRI.

        Tried in turn: the language (``fr-BE``), the same without region (``fr``), English, a name without
        language, then any other by its tag, so the choice is the same every time.
        """
        names = self._names.get(iri)
        if not names:
            return Label(local_name(iri), "")
        language = language.lower()
        for tag in (language, language.partition("-")[0], "en", ""):
            if tag in names:
                return Label(names[tag], tag)
        tag = min(names)
        return Label(names[tag], tag)

    def all(self, iri: str) -> Mapping[str, str]:
        """Language tag -> name, of *iri*; empty when it has none."""
        return self._names.get(iri, _NONE)

    def __contains__(self, iri: object) -> bool:
        return iri in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def local_name(iri: str) -> str:
    """What follows the last ``#``, ``/`` or ``:`` of *iri*, for people to read.

    >>> local_name("http://publications.europa.eu/resource/authority/country/BEL"), local_name("urn:a:b%20c")
    ('BEL', 'b c')
    """
    parts = [part for part in re.split("[#/:]", iri) if part]
    return unquote(parts[-1]) if parts else iri


def _key(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)
