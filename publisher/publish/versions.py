"""The chain of versions that were served: ``build/versions.ttl`` names each, with the dates of it and of its content.

Builds are deleted in time, and their names stay here, so that a catalogue can say what came before. Without the file
a version is the first one.
"""

import contextlib
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from ..describe.published import Version, version_iri
from ..describe.turtle import Turtle
from ..describe.vocabulary import DCAT, DCTERMS, PREFIXES, PROV, RDF, XSD

VERSIONS = "versions.ttl"
MOST = 1000  # versions that are kept; the oldest are forgotten
_SHA256 = re.compile("[0-9a-f]{64}")


def read_versions(folder: Path, base_iri: str) -> list[Version]:
    """The versions of the data of *base_iri* that were served from *folder*, the oldest first.

    What is damaged is left out, and so is what was published under another base IRI: that was other data.
    """
    found: dict[str, dict[NamedNode, str]] = {}
    with contextlib.suppress(OSError, ValueError, SyntaxError):
        for quad in parse(path=str(folder / VERSIONS), format=RdfFormat.TURTLE):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                found.setdefault(quad.subject.value, {})[quad.predicate] = quad.object.value
    return [
        version
        for iri, told in found.items()
        if (version := _version(told)) and iri == version_iri(base_iri, version.version)
    ]


def _version(told: dict[NamedNode, str]) -> Version | None:
    try:
        served, dated = (datetime.fromisoformat(told[property]) for property in (DCTERMS.issued, DCTERMS.modified))
        return Version(told[DCTERMS.identifier], served, dated) if _SHA256.fullmatch(told[DCTERMS.identifier]) else None
    except (KeyError, ValueError):
        return None


def chain(folder: Path, manifest: dict[str, Any]) -> list[Version]:
    """The versions that were served from *folder* before that of *manifest*, and this one; it is new each time."""
    known = read_versions(folder, manifest["base_iri"])
    names = [version.version for version in known]
    before = known[: names.index(manifest["version"])] if manifest["version"] in names else known
    return [*before, Version(manifest["version"], None, datetime.fromisoformat(manifest["date"]))]


def add_version(folder: Path, manifest: dict[str, Any], now: datetime) -> None:
    """Add the version of *manifest* to those that were served from *folder*."""
    versions = read_versions(folder, manifest["base_iri"])
    if any(version.version == manifest["version"] for version in versions):
        return
    versions.append(Version(manifest["version"], now, datetime.fromisoformat(manifest["date"])))
    text = Turtle(PREFIXES).document(_statements(manifest["base_iri"], versions[-MOST:]))
    new = folder / f".new-{VERSIONS}"
    with new.open("w", encoding="utf-8") as file:
        file.write("# The versions that were served, the oldest first.\n" + text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / VERSIONS)


def _statements(base_iri: str, versions: list[Version]) -> list[Triple]:
    triples, before = [], None
    for version in versions:
        node = NamedNode(version_iri(base_iri, version.version))
        dates = {DCTERMS.modified: version.date} | ({DCTERMS.issued: version.issued} if version.issued else {})
        triples.append(Triple(node, RDF.type, PROV.Entity))
        triples.append(Triple(node, DCTERMS.identifier, Literal(version.version)))
        triples += [Triple(node, p, Literal(at.isoformat(), datatype=XSD.dateTime)) for p, at in dates.items()]
        if before:
            triples.append(Triple(node, DCAT.previousVersion, before))
        before = node
    return triples
