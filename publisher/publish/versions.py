"""The chain of versions that were served: ``build/versions.ttl`` names each, with the dates of it and of its content.

Builds are deleted in time, and their names stay here, so that a catalogue can say what came before. Without the file
a version is the first one.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from ..describe.published import Version, version_iri
from ..describe.turtle import Turtle
from ..describe.vocabulary import DCAT, DCTERMS, PREFIXES, PROV, RDF, XSD

VERSIONS = "versions.ttl"
MOST = 1000  # versions that are kept; the oldest are forgotten


def read_versions(folder: Path) -> list[Version]:
    """The versions that were served from *folder*, the oldest first; none when nothing is told, or it is damaged."""
    try:
        found: dict[str, dict[str, str]] = {}
        for quad in parse(path=str(folder / VERSIONS), format=RdfFormat.TURTLE):
            if isinstance(quad.object, Literal):
                found.setdefault(str(quad.subject), {})[quad.predicate.value] = quad.object.value
        versions = [
            Version(
                told[DCTERMS.identifier.value],
                datetime.fromisoformat(told[DCTERMS.issued.value]),
                datetime.fromisoformat(told[DCTERMS.modified.value]),
            )
            for told in found.values()
        ]
        return sorted(versions, key=lambda version: str(version.issued))
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        return []


def chain(folder: Path, manifest: dict[str, Any]) -> list[Version]:
    """The versions that were served from *folder* before that of *manifest*, and this one; it is new each time."""
    known = read_versions(folder)
    names = [version.version for version in known]
    before = known[: names.index(manifest["version"])] if manifest["version"] in names else known
    return [*before, Version(manifest["version"], None, datetime.fromisoformat(manifest["date"]))]


def add_version(folder: Path, manifest: dict[str, Any], now: datetime) -> None:
    """Add the version of *manifest* to those that were served from *folder*."""
    versions = read_versions(folder)
    if any(version.version == manifest["version"] for version in versions):
        return
    versions.append(Version(manifest["version"], now, datetime.fromisoformat(manifest["date"])))
    text = Turtle(PREFIXES).document(_statements(manifest["base_iri"], versions[-MOST:]))
    new = folder / f".new-{VERSIONS}"
    new.write_text("# The versions that were served, the oldest first.\n" + text, encoding="utf-8")
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
