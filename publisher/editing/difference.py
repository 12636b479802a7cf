"""What differs between two sides: in plain words for people, as RDF Patch or JSON for machines.

Source: RDF Patch, the text format of Apache Jena's RDF Delta.
"""

import hashlib
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import groupby
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, parse

from ..describe.index import Index
from ..describe.labels import LABEL_PROPERTIES, Labels, local_name
from ..describe.turtle import TYPE, XSD
from ..store.store import Store as Statements
from .sides import Side

LANGUAGES = ("en", "fr")
_WORDS = {
    "added": ("new: {0}", "nouveau : {0}"),
    "removed": ("removed: {0}", "supprimé : {0}"),
    "statement": ("1 statement", "1 énoncé"),
    "statements": ("{0} statements", "{0} énoncés"),
    "changed": ("{0} was {1}, is now {2}", "{0} était {1}, est maintenant {2}"),
    "value added": ("{0} added: {1}", "{0} ajouté : {1}"),
    "value removed": ("{0} removed: {1}", "{0} supprimé : {1}"),
    "moved": ("{0} moved from {1} to {2}", "{0} déplacés de {1} à {2}"),
    "same": ("no difference", "aucune différence"),
    "counts": (
        "resources: {0} new, {1} removed, {2} changed; statements: {3} added, {4} removed",
        "ressources : {0} nouvelles, {1} supprimées, {2} modifiées ; énoncés : {3} ajoutés, {4} supprimés",
    ),
    "and": (" and ", " et "),
    "default graph": ("the default graph", "le graphe par défaut"),
    "blank node": ("a blank node", "un nœud anonyme"),
}


@dataclass(frozen=True)
class Change:
    """A resource with something different: the lines that only one side has, and how many both have."""

    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]
    kept: int

    @property
    def kind(self) -> str:
        """``added`` or ``removed``, when one side says nothing of it; else ``changed``."""
        if not self.kept and not self.removed:
            return "added"
        return "removed" if not self.kept and not self.added else "changed"

    @property
    def subject(self) -> NamedNode | BlankNode:
        return _quads((self.removed or self.added)[:1])[0].subject  # type: ignore[return-value]


def changes(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[Change]:
    """Compare two sides' sorted lines, resource by resource."""
    both = merge(((line, -1) for line in old), ((line, 1) for line in new))
    for _, group in groupby(both, key=lambda item: item[0][: item[0].index(b" ")]):
        found: dict[int, list[bytes]] = {-1: [], 0: [], 1: []}
        for line, tags in groupby(group, key=lambda item: item[0]):
            found[sum(tag for _, tag in tags)].append(line)
        if found[-1] or found[1]:
            yield Change(tuple(found[-1]), tuple(found[1]), len(found[0]))


class Difference:
    """The difference between two sides."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.changes = list(changes(old.lines(), new.lines()))

    def __bool__(self) -> bool:
        return bool(self.changes)

    def words(self, language: str = "en") -> Iterator[str]:
        """Lines of plain words: each resource with what was and what is, then the counts."""
        yield from _Words(self, language).lines()

    def patch(self) -> Iterator[str]:
        """RDF Patch, deletions first; applied to the old side it gives the new one.

        The identifiers name the states: patches whose ``prev`` is another's ``id`` follow each other.
        """
        yield f"H id <{_state(self.new)}> .\nH prev <{_state(self.old)}> .\nTX .\n"
        yield from (f"D {line.decode()}" for change in self.changes for line in change.removed)
        yield from (f"A {line.decode()}" for change in self.changes for line in change.added)
        yield "TC .\n"

    def json(self, language: str = "en") -> str:
        """An object: from, to, counts, resources; each resource with its kind of change and its N-Quads lines."""
        words = _Words(self, language)
        resources = [
            {
                "resource": words.key(change.subject),
                "label": words.label(change.subject),
                "change": change.kind,
                "removed": [line.decode().rstrip() for line in change.removed],
                "added": [line.decode().rstrip() for line in change.added],
            }
            for change in self.changes
        ]
        told = {"from": self.old.name, "to": self.new.name, "counts": self.counts, "resources": resources}
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"

    @property
    def counts(self) -> dict[str, int]:
        kinds = Counter(change.kind for change in self.changes)
        return {
            "resources_added": kinds["added"],
            "resources_removed": kinds["removed"],
            "resources_changed": kinds["changed"],
            "statements_added": sum(len(change.added) for change in self.changes),
            "statements_removed": sum(len(change.removed) for change in self.changes),
        }


class _Words:
    """Says a difference in one language, with the names that the two sides give; the new side's come first."""

    def __init__(self, difference: Difference, language: str) -> None:
        self._difference, self._language = difference, language
        self._column = LANGUAGES.index(language)
        self._base = difference.new.base_iri or difference.old.base_iri

    def lines(self) -> Iterator[str]:
        moved: Counter[tuple[Any, Any]] = Counter()
        for change in self._difference.changes:
            told = list(self._values(change, moved))
            name = self._named(change.subject)
            if change.kind != "changed":
                lines = change.added or change.removed
                types = [self._named(quad.object, short=True) for quad in _quads(lines) if quad.predicate == TYPE]
                about = ", ".join([*types, self._count(len(lines))])
                yield f"{self._say(change.kind, name)} ({about})"
            elif len(told) == 1:
                yield f"{name}: {told[0]}"
            elif told:
                yield f"{name}:"
                yield from (f"    {text}" for text in told)
        for (old, new), number in sorted(moved.items(), key=str):
            yield self._say("moved", self._count(number), self._graph(old), self._graph(new))
        counts = self._difference.counts.values()
        yield self._say("counts", *(f"{number:,}" for number in counts)) if any(counts) else self._say("same")

    def label(self, term: Any) -> str:
        for labels in self._labels:
            if self.key(term) in labels:
                return labels.label(self.key(term), self._language).value
        return ""

    def key(self, term: Any) -> str:
        return term.value if isinstance(term, NamedNode) else str(term)

    def _values(self, change: Change, moved: Counter[tuple[Any, Any]]) -> Iterator[str]:
        """One sentence for each property, and for each language of it, that differs."""
        was, now = ({quad.triple: quad.graph_name for quad in _quads(part)} for part in (change.removed, change.added))
        for triple in was.keys() & now.keys():
            moved[was[triple], now[triple]] += 1
        values: defaultdict[tuple[str, str], tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
        for column, (part, other) in enumerate(((was, now), (now, was))):
            for triple in part:
                if triple not in other:
                    language = getattr(triple.object, "language", None) or ""
                    values[triple.predicate.value, language][column].append(triple.object)
        for (predicate, language), (removed, added) in sorted(values.items()):
            name = self._named(NamedNode(predicate), short=True) + (f" ({language})" if language else "")
            before, after = self._listed(removed), self._listed(added)
            if removed and added:
                yield self._say("changed", name, before, after)
            else:
                yield self._say("value added" if added else "value removed", name, after or before)

    def _listed(self, terms: list[Any]) -> str:
        return self._say("and").join(map(self._named, terms))

    def _named(self, term: Any, *, short: bool = False) -> str:
        """``Le Pont (id/site/le-pont)``, ``"a text"``, ``<http://…>``; *short*: the name alone, or the last word."""
        if isinstance(term, Literal):
            text = term.language or term.datatype.value == XSD + "string"
            return f'"{term.value}"' if text else term.value
        label = self.label(term)
        if isinstance(term, BlankNode):
            return label or self._say("blank node")
        if short:
            return label or local_name(term.value)
        ours = bool(self._base) and term.value.startswith(self._base)
        place = term.value.removeprefix(self._base) if ours else f"<{term.value}>"
        return f"{label} ({place})" if label else place

    def _graph(self, graph: Any) -> str:
        return self._named(graph) if isinstance(graph, NamedNode) else self._say("default graph")

    def _count(self, number: int) -> str:
        return self._say("statement" if number == 1 else "statements", f"{number:,}")

    def _say(self, key: str, *given: object) -> str:
        return _WORDS[key][self._column].format(*given)

    @cached_property
    def _labels(self) -> tuple[Labels, Labels]:
        """Names on the new and on the old side of everything that the difference names."""
        lines = (line for change in self._difference.changes for line in change.removed + change.added)
        terms = (term for quad in _quads(lines) for term in (*quad.triple, quad.graph_name))
        wanted = {str(term).encode() for term in terms if isinstance(term, NamedNode | BlankNode)}
        return _labels(self._difference.new, wanted), _labels(self._difference.old, wanted)


def _labels(side: Side, wanted: set[bytes]) -> Labels:
    naming = {f"{property_}".encode() for property_ in LABEL_PROPERTIES}

    def names(line: bytes) -> bool:
        subject, predicate, _ = line.split(b" ", 2)
        return predicate in naming and subject in wanted

    store = Store()
    store.extend(Quad(*quad.triple) for quad in _quads(filter(names, side.lines())))
    return Labels(Index.of(Statements(store, side.base_iri)).names)


def _quads(lines: Iterable[bytes]) -> list[Quad]:
    return list(parse(b"".join(lines), format=RdfFormat.N_QUADS))


def _state(side: Side) -> str:
    """An identifier of what a side says: the same statements, the same identifier."""
    digest = hashlib.sha256()
    for line in side.lines():
        digest.update(line)
    return uuid.UUID(bytes=digest.digest()[:16], version=5).urn
