"""What is linked to what: how many resources of each class are said to be the same as, or near to, one elsewhere.

Counted are the links that ``describe/links.py`` knows, to IRIs that are not under the base: those of a resource itself,
else those of the resources of ours that it names, such as its place. For whoever keeps the data: what has no link yet
is where a column of identifiers is missing.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from ..describe.labels import choose, short_form
from ..describe.links import links, space_of
from ..describe.tables import is_formula, of_the_world
from ..describe.turtle import TYPE
from ..errors import SettingError
from ..publish.snapshot import Snapshot
from ..store.store import name_of, node_of

AT_ONCE = 10_000  # resources of a class that are listed at once
MOST_NAMED = 200  # statements of a resource whose objects are looked at
KEPT = 100_000  # resources whose links are remembered
FORMATS = ("table", "csv", "json")

# (property that leads to a resource with a link, "" when the link is its own; property of the link; target)
Away = tuple[str, str, str]


@dataclass(frozen=True)
class LinkedResource:
    """A resource and its links elsewhere; none when nothing links it."""

    iri: str
    name: str
    links: tuple["Away", ...]


@dataclass
class ClassReport:
    """One class: how many resources it has, how many of them are linked, and where to.

    through  how many are linked only by way of a resource that they name
    targets  (property that leads there, property of the link, namespace) -> resources with such a link
    """

    iri: str
    name: str
    resources: int = 0
    linked: int = 0
    through: int = 0
    targets: Counter["Away"] = field(default_factory=Counter)

    def by_number(self) -> list[tuple["Away", int]]:
        """The targets, those of most resources first."""
        return sorted(self.targets.items(), key=lambda entry: (-entry[1], entry[0]))


class LinkReport:
    """Looks at all resources of a snapshot, class by class; names are for readers of *language*."""

    def __init__(self, snapshot: Snapshot, language: str = "en") -> None:
        self._snapshot = snapshot
        self._language = language
        self._of = lru_cache(KEPT)(self._links)

    def classes(self, wanted: str = "") -> list[str]:
        """IRIs of the classes by name; only *wanted*, an IRI or ``prefix:Name``, if given.

        raises   SettingError, which lists those that there are
        """
        found = sorted(of_the_world(self._snapshot.index.classes()), key=lambda iri: (self.name(iri), iri))
        if not wanted:
            return found
        chosen = [iri for iri in found if wanted in (iri, self.short(iri), self.short(iri).rpartition(":")[2])]
        if not chosen:
            raise SettingError(f"--class {wanted}: there are {', '.join(map(self.short, found))}")
        return chosen

    def resources(self, class_: str) -> Iterator[LinkedResource]:
        """The resources of a class, sorted by name."""
        start = 0
        while members := self._snapshot.index.members(class_, self._language, start, AT_ONCE):
            for iri in members:
                own = tuple(("", *link) for link in self._of(iri))
                yield LinkedResource(iri, self.name(iri), own or tuple(sorted(self._through(iri))))
            start += AT_ONCE

    def _links(self, iri: str) -> tuple[tuple[str, str], ...]:
        found = () if iri.startswith("_:") else links(self._snapshot.store, iri)
        return tuple(sorted({link for link in found if not link[1].startswith((self._snapshot.base_iri, "_:"))}))

    def _through(self, iri: str) -> set[Away]:
        """The links of the resources of ours that *iri* names."""
        triples = islice(self._snapshot.store.triples(node_of(iri)), MOST_NAMED)
        named = ((triple.predicate.value, name_of(triple.object)) for triple in triples if triple.predicate != TYPE)
        ours = ((property_, other) for property_, other in named if other.startswith(self._snapshot.base_iri))
        return {(property_, *link) for property_, other in ours for link in self._of(other)}

    def report(self, class_: str) -> ClassReport:
        """The counts of one class."""
        counted = ClassReport(class_, self.name(class_))
        for resource in self.resources(class_):
            counted.resources += 1
            counted.linked += bool(resource.links)
            counted.through += bool(resource.links and resource.links[0][0])
            counted.targets.update({(by, property_, space_of(iri) or iri) for by, property_, iri in resource.links})
        return counted

    def name(self, iri: str) -> str:
        names = self._snapshot.labels.all(iri)
        return names[choose(names, self._language)] if names else self.short(iri)

    def short(self, iri: str) -> str:
        return short_form(iri, self._snapshot.prefixes, self._snapshot.base_iri)


def as_table(report: LinkReport, classes: Iterable[str], unlinked: bool) -> Iterator[str]:
    """Lines for people: a class and where its resources link to; with *unlinked* those that link nowhere."""
    for counted in map(report.report, classes):
        share = 100 * counted.linked // max(counted.resources, 1)
        yield f"{counted.name}: {counted.linked} of {counted.resources} linked ({share} %)"
        for (by, property_, space), number in counted.by_number():
            path = "/".join(map(report.short, filter(None, (by, property_))))
            yield f"    {number:>7}  {path}  {space}"
        for resource in report.resources(counted.iri) if unlinked else ():
            if not resource.links:
                yield f"          -  {report.short(resource.iri)}  {resource.name}"


def as_csv(report: LinkReport, classes: Iterable[str], unlinked: bool) -> Iterator[str]:
    """Lines of a table: one a link, and one with an empty target a resource without; with *unlinked* only these."""
    yield _row("class", "resource", "name", "through", "property", "target")
    for class_ in classes:
        for resource in report.resources(class_):
            if not (unlinked and resource.links):
                for away in resource.links or (("", "", ""),):
                    yield _row(class_, resource.iri, _inert(resource.name), *away)


def as_json(report: LinkReport, classes: Iterable[str], unlinked: bool) -> Iterator[str]:
    """One object: ``classes``, each with its counts and targets; with *unlinked* also the resources without a link."""
    told = []
    for counted in map(report.report, classes):
        targets = [
            {"through": by, "property": property_, "target": space, "resources": number}
            for (by, property_, space), number in counted.by_number()
        ]
        one = {
            "class": counted.iri, "name": counted.name, "resources": counted.resources, "linked": counted.linked,
            "through": counted.through,
        }  # fmt: skip
        without = [
            {"resource": resource.iri, "name": resource.name}
            for resource in (report.resources(counted.iri) if unlinked else ())
            if not resource.links
        ]
        told.append(one | {"targets": targets} | ({"unlinked": without} if unlinked else {}))
    yield json.dumps({"classes": told}, ensure_ascii=False, indent=2)


WRITERS = dict(zip(FORMATS, (as_table, as_csv, as_json), strict=True))


def _inert(name: str) -> str:
    """*name* so that no spreadsheet takes it for a formula."""
    return f"'{name}" if is_formula(name, "") else name


def _row(*cells: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
