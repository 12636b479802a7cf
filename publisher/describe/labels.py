"""Names of things, and which of its names a thing has for a reader."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from pyoxigraph import NamedNode

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
# By these, and by what the ontology aligns with them or with those above, a thing is found too.
_OTHER_NAMES = tuple(
    NamedNode(iri)
    for iri in (
        "http://www.w3.org/2004/02/skos/core#altLabel",
        "http://www.w3.org/2004/02/skos/core#hiddenLabel",
        "http://purl.org/dc/terms/alternative",
        "http://xmlns.com/foaf/0.1/nick",
        "https://schema.org/alternateName",
        "http://schema.org/alternateName",
        "https://schema.org/legalName",
        "http://www.geonames.org/ontology#alternateName",
        "http://www.geonames.org/ontology#officialName",
        "http://www.geonames.org/ontology#shortName",
    )
)
# What tells one thing from others in a register, as text.
CODE_PROPERTIES = tuple(
    NamedNode(iri)
    for iri in (
        "http://www.w3.org/2004/02/skos/core#notation",
        "http://purl.org/dc/terms/identifier",
        "https://schema.org/identifier",
        "http://schema.org/identifier",
    )
)
_ALIGNMENTS = tuple(
    NamedNode(iri)
    for iri in (
        "http://www.w3.org/2000/01/rdf-schema#subPropertyOf",
        "http://www.w3.org/2002/07/owl#equivalentProperty",
        "http://www.w3.org/2004/02/skos/core#exactMatch",
        "http://www.w3.org/2004/02/skos/core#closeMatch",
    )
)
DEFAULT = "en"  # language of what is shown to readers in whose language nothing of a kind is named
KEPT = 20_000  # things whose names are kept once they were read; some 10 MB


@dataclass(frozen=True)
class Label:
    """A name and its language tag in lower case; "" for a name without language."""

    value: str
    language: str


class Labels:
    """The names of everything the default graph names.

    names  language tag -> name, of an IRI; empty when it has none. Asked again only for what was long not looked up
    """

    def __init__(self, names: Callable[[str], Mapping[str, str]]) -> None:
        self.all = lru_cache(KEPT)(names)

    def label(self, iri: str, language: str = "en") -> Label:
        """The name of *iri* for a reader of *language*; without any name the last part of the IRI."""
        names = self.all(iri)
        if not names:
            return Label(local_name(iri), "")
        tag = choose(names, language)
        return Label(names[tag], tag)

    def __contains__(self, iri: str) -> bool:
        return bool(self.all(iri))


def choose(names: Mapping[str, str], language: str) -> str:
    """The tag of the name, of at least one, for a reader of *language*.

    Tried in turn: the language (``fr-BE``), the same without region (``fr``), English, a name without
    language, then any other by its tag, so the choice is the same every time.
    """
    language = language.lower()
    for tag in (language, language.partition("-")[0], "en", ""):
        if tag in names:
            return tag
    return min(names)


def other_name_properties(store: Store) -> list[NamedNode]:
    """The properties by which things are named beside their labels; sorted.

    Those that everybody knows, and those that the ontology puts below, or matches closely with, a naming one.
    """
    known = {*LABEL_PROPERTIES, *_OTHER_NAMES}
    pending = list(known)
    while pending:
        property_ = pending.pop()
        for alignment in _ALIGNMENTS:
            found = {triple.subject for triple in store.triples(None, alignment, property_)}
            new = {term for term in found if isinstance(term, NamedNode)} - known - {*CODE_PROPERTIES}
            known |= new
            pending += new
    return sorted(known - {*LABEL_PROPERTIES}, key=lambda node: node.value)


def local_name(iri: str) -> str:
    """What follows the last ``#``, ``/`` or ``:`` of *iri*, for people to read.

    >>> local_name("http://publications.europa.eu/resource/authority/country/BEL"), local_name("urn:a:b%20c")
    ('BEL', 'b c')
    """
    parts = [part for part in re.split("[#/:]", iri) if part]
    return unquote(parts[-1]) if parts else iri


def short_form(iri: str, prefixes: Mapping[str, str], base_iri: str) -> str:
    """``prefix:local`` where a prefix fits, else the path below the base, else the IRI."""
    prefix, local = split(iri, prefixes)
    return f"{prefix}:{local}" if prefix else iri.removeprefix(base_iri) or iri


def split(iri: str, prefixes: Mapping[str, str]) -> tuple[str, str]:
    """Prefix and local name of *iri*, by the longest namespace that fits; "" and the IRI when none does."""
    fitting = [(len(space), prefix) for prefix, space in prefixes.items() if prefix and iri.startswith(space)]
    length, prefix = max(fitting, default=(0, ""))
    local = iri[length:]
    return (prefix, local) if local and not set(local) & set("/#?") else ("", iri)


def sort_key(text: str) -> str:
    """Order of names: letters without their accents and case (É beside E)."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
