"""Versions of DCAT-AP, and what a catalogue says differently in each.

The catalogue is written for the newest version. An older one gets the same statements, but for those where the two
cannot agree: the datatype of a file's size, and checksums, for which the older one knows no algorithm but SHA-1.
Sources: DCAT-AP 3.0.1 and 2.1.1, with their shapes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from .vocabulary import DCAT, DCTERMS, SPDX, XSD

_RELEASES = "https://semiceu.github.io/DCAT-AP/releases"


@dataclass(frozen=True)
class Profile:
    """One version of DCAT-AP.

    token    its name in addresses, ``dcat-ap-3.0.1``
    iri      what documents in it conform to, an address where it is explained
    size     datatype of dcat:byteSize
    sha256   may a checksum be by SHA-256?
    """

    token: str
    iri: str
    name: str
    size: NamedNode = XSD.nonNegativeInteger
    sha256: bool = True


CURRENT = Profile("dcat-ap-3.0.1", f"{_RELEASES}/3.0.1/", "DCAT-AP 3.0.1")
_BEFORE = Profile("dcat-ap-2.1.1", f"{_RELEASES}/2.1.1/", "DCAT-AP 2.1.1", XSD.decimal, False)
PROFILES = {profile.token: profile for profile in (CURRENT, _BEFORE)}


def find_profile(name: str) -> Profile | None:
    """The profile that a token or an IRI names; an IRI counts with and without its last slash."""
    by_iri = {profile.iri.rstrip("/"): profile for profile in PROFILES.values()}
    return PROFILES.get(name) or by_iri.get(name.rstrip("/"))


def conform(triples: Iterable[Triple], profile: Profile) -> list[Triple]:
    """*triples*, a catalogue in the current version, as *profile* wants it."""
    found = list(triples)
    if profile is CURRENT:
        return found
    if not profile.sha256:
        found = _without_checksums(found)
    terms: dict[Any, Any] = {NamedNode(CURRENT.iri): NamedNode(profile.iri)}
    written = (
        Triple(terms.get(subject, subject), property, terms.get(value, _value(subject, property, value, profile)))
        for subject, property, value in found
    )
    return list(dict.fromkeys(written))


def _value(subject: Any, property: NamedNode, value: Any, profile: Profile) -> Any:
    """A value that is no term with another name: sizes, and what the profile is called."""
    if property == DCAT.byteSize and isinstance(value, Literal):
        return Literal(value.value, datatype=profile.size)
    if property == DCTERMS.title and subject == NamedNode(CURRENT.iri):
        return Literal(profile.name)
    return value


def _without_checksums(triples: list[Triple]) -> list[Triple]:
    left_out: set[Any] = {triple.object for triple in triples if triple.predicate in (SPDX.checksum, SPDX.algorithm)}
    return [t for t in triples if t.subject not in left_out and t.object not in left_out]
