"""What a person looks for, by a few words: in names, misspelt too, and in descriptions; the likeliest first.

Who reconciles wants to know whether one thing is meant (``matching.py``); who searches wants to see what there is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pyoxigraph import Literal, NamedNode

from ..store.store import Store, name_of
from .links import same
from .matching import Candidate, Matcher, Query
from .namespaces import METAMODEL
from .search import SHOWN, Found, Search
from .turtle import TYPE
from .vocabulary import OWL

LONGEST = 200  # characters of a search
MOST = 300  # things that are found
MOST_NAMING, MOST_WEIGHED = 40, 100  # statements that name a thing, and things found, that are looked at
# What it is worth, beside the likeness of a name that is spelt so, to be found in another way.
OTHER_NAME, BEGUN, WORDS, MORE_WORDS, ALIKE, TOLD = 0.98, 0.9, 0.6, 0.25, 0.6, 0.3
# What words of an ontology, parts of documents, and IRIs of which only a name is known are worth beside other things.
A_TERM, A_PART, A_NAME = 0.9, 0.85, 0.8
WEIGHT = 0.05  # most that is added for what many statements name
CERTAIN = 0.75  # likeness below which a misspelt name is no find where others are spelt right


@dataclass(frozen=True)
class Hit:
    """A thing that was found.

    score     from 0, the higher the likelier
    name      by which it was found, and its language; "" by description or identifier
    is_alike  is the name only spelt alike?
    types     its classes
    """

    iri: str
    score: float
    name: str = ""
    language: str = ""
    is_alike: bool = False
    types: tuple[str, ...] = ()


class Finder:
    """Finds things in one snapshot. Thread-safe."""

    def __init__(self, store: Store, search: Search, matcher: Matcher) -> None:
        self._store = store
        self._search = search
        self._matcher = matcher

    def find(self, text: str) -> list[Hit]:
        """What *text* may be looking for, the likeliest first; at most MOST. Identifiers are understood too."""
        text = text.strip()[:LONGEST]
        if not text:
            return []
        best: dict[str, Hit] = {}
        begun = self._search.beginning(text, MOST)
        for hit in (*self._named(text, begun), *self._misspelt(text, begun)):
            if hit.iri not in best or hit.score > best[hit.iri].score:
                best[hit.iri] = hit
        if any(not hit.is_alike for hit in best.values()):
            best = {iri: hit for iri, hit in best.items() if not hit.is_alike or hit.score >= CERTAIN * ALIKE}
        found = sorted(best.values(), key=lambda hit: (-hit.score, hit.iri))[:MOST]
        known = list(self._known(found))
        return sorted(known, key=lambda hit: (-hit.score, hit.iri))

    def suggest(self, text: str, most: int) -> list[Candidate]:
        """What *text* may become the name of; between names that fit alike, what more statements name comes first."""
        candidates = self._matcher.suggestions(Query(text))[:MOST_NAMING]
        scores = {found.iri: found.score / 100 + self._weight(NamedNode(found.iri)) for found in candidates}
        return sorted(candidates, key=lambda found: (-scores[found.iri], found.iri))[:most]

    def _weight(self, subject: NamedNode) -> float:
        """What is added for the statements that name a thing."""
        naming = islice(self._store.triples(None, None, subject), MOST_NAMING)
        return WEIGHT * sum(1 for _ in naming) / MOST_NAMING

    def _named(self, text: str, begun: Sequence[Found]) -> Iterator[Hit]:
        """What is called so, has *begun* so, has the words in its name or in what describes it."""
        yield from (Hit(iri, 1 + WEIGHT) for iri in self._matcher.identified(text))
        yield from (self._hit(found, 1.0) for found in self._search.exactly(text, MOST))
        yield from (self._hit(found, WORDS + MORE_WORDS * found.likeness) for found in self._search.words(text, MOST))
        for found in begun:
            if found.likeness > BEGUN:  # else it is misspelt
                yield self._hit(found, BEGUN * found.likeness)
        yield from (Hit(iri, TOLD) for iri in self._search.told(text, MOST))

    def _misspelt(self, text: str, begun: Sequence[Found]) -> Iterator[Hit]:
        for found in (*self._search.find(text, MOST // 6), *begun[: MOST // 6]):
            if found.likeness < 1:
                yield replace(self._hit(found, ALIKE * found.likeness), is_alike=True)

    def _hit(self, found: Found, score: float) -> Hit:
        return Hit(found.iri, score * (1 if found.kind == SHOWN else OTHER_NAME), found.name, found.language)

    def _known(self, found: Iterable[Hit]) -> Iterator[Hit]:
        """Each with its classes, and scored by what it is; without what was retired."""
        for place, hit in enumerate(found):
            subject = NamedNode(hit.iri)
            types = tuple(sorted(name_of(triple.object) for triple in islice(self._store.triples(subject, TYPE), 50)))
            if self._is_retired(subject) or (not types and same(self._store, hit.iri)):
                continue  # what is ours stands for what it is the same as
            worth = 1.0
            if all(kind.startswith(METAMODEL) for kind in types):
                worth = A_TERM if types else A_NAME
            elif "#" in hit.iri:
                worth = A_PART
            weight = self._weight(subject) if place < MOST_WEIGHED else 0.0
            yield replace(hit, score=hit.score * worth + weight, types=types)

    def _is_retired(self, subject: NamedNode) -> bool:
        values = (triple.object for triple in self._store.triples(subject, OWL.deprecated))
        return any(isinstance(value, Literal) and value.value in ("true", "1") for value in values)
