"""Which of our resources somebody else's words mean: candidates with a score, and whether one of them is safe to take.

A text is read in several ways (``readings.py``). What a reading leaves out has to be said of a candidate somewhere:
as a name of its own or of what it names, such as its country. A match is safe when name, kind and every given property
fit, and nothing else fits nearly as well. Source: Reconciliation Service API 0.2, section 4.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice

from pyoxigraph import Literal, NamedNode, Triple

from ..store.store import Store, name_of
from .index import Index
from .labels import CODE_PROPERTIES, LABEL_PROPERTIES, local_name, other_name_properties
from .links import identifier, same
from .readings import Reading, likeness, readings
from .search import CODE, MOST_NAMESAKES, SHOWN, Found, Search
from .spelling import CLOSE, LONGEST, ORDERED, fold, signs, similarity, spellings
from .turtle import TYPE
from .vocabulary import OWL, RDFS

CONSIDERED = 60  # candidates by name that are looked at more closely, beside namesakes
MOST_SAID = 200  # statements of a candidate that are looked at
MOST_VALUES = 50  # values of one property of a candidate
KEPT = 10_000  # resources whose names are remembered, as they are spelt
MOST_KINDS = 1000  # classes below one class
MARGIN = 5.0  # points that the second best has to be behind
UNCONFIRMED = 0.85  # worth of a reading that leaves out what is nowhere said of the candidate
OTHER_NAME, ACCENTS = 0.98, 0.99  # worth of a name that is not the shown one, or is written a little differently
OTHER_KIND = 0.5  # worth of a candidate of another kind than should be
WEIGHT = 0.4  # part of the score that the given properties decide
UNKNOWN = 0.5  # likeness of a property of which nothing is said
FITS = ORDERED  # likeness of values from which they are taken for the same
NEARLY = 0.9  # likeness of a name from which an addition may confirm it
EVERYTHING = frozenset({RDFS.Resource.value, OWL.Thing.value})

_NO_IRI = re.compile(r'[\s<>"{}|\\^`]')


@dataclass(frozen=True)
class Query:
    """What is asked.

    text        a name, an identifier, or "" when only properties are given
    types       IRIs of classes
    strict      a candidate has one of them ("any"), has all of them ("all"), or is the better for it ("should")
    properties  (IRI, values): a candidate has one of the values
    """

    text: str
    types: tuple[str, ...] = ()
    strict: str = "any"
    properties: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A resource that may be meant.

    score     from 0 to 100
    match     may it be taken without asking?
    types     its classes
    found_by  the name by which it was found, when that is not the one to show
    features  what the score is made of, each from 0 to 1: name, type, and properties by IRI
    """

    iri: str
    score: float
    match: bool
    types: tuple[str, ...]
    found_by: str = ""
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Value:
    """A value that a candidate should have: as text, as resources, as it may be spelt."""

    text: str
    iris: frozenset[str]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class _Named:
    """A resource by its name alone: how well that fits, from 0 to 1, and whether entirely."""

    found: Found
    worth: float
    is_exact: bool


class Matcher:
    """Finds candidates in one snapshot. Thread-safe.

    hidden  what the IRIs of classes begin with whose members are meant only when that is said
    """

    def __init__(self, store: Store, index: Index, search: Search, hidden: tuple[str, ...] = ()) -> None:
        self._store = store
        self._index = index
        self._search = search
        self._hidden = hidden
        self._kinds: dict[str, frozenset[str]] = {}
        self._keys = lru_cache(KEPT)(self._spelt)

    def candidates(self, query: Query) -> list[Candidate]:
        """All candidates, the best first; at most the first is a match."""
        if query.text.strip():
            named = self.identified(query.text.strip())
            found = [_Named(self._called(iri, query.text), 1.0, True) for iri in named] or self._by_name(query.text)
            most = MOST_NAMESAKES // 2  # each may have been found by two spellings
        else:
            found = self._by_values(query.properties)
            most = CONSIDERED
        are_all = sum(entry.found.likeness == 1 for entry in found) < most  # of more, nobody has seen the others
        rated = self._rated(found, query)
        rated.sort(key=lambda entry: (-entry[0].score, entry[0].iri))
        ranked = [candidate for candidate, _ in rated]
        if are_all and rated and rated[0][1] and (len(rated) == 1 or ranked[0].score - ranked[1].score >= MARGIN):
            ranked[0] = replace(ranked[0], match=True)
        return ranked

    def suggestions(self, query: Query) -> list[Candidate]:
        """What the text of *query* may become the name of, the best first."""
        if not query.text.strip():
            return []
        found = [_Named(self._called(iri, query.text), 1.0, False) for iri in self.identified(query.text.strip())]
        near = found or [_Named(item, item.likeness, False) for item in self._search.beginning(query.text, CONSIDERED)]
        return [candidate for candidate, _ in self._rated(near, query)]

    def identified(self, text: str) -> list[str]:
        """The resources that *text* calls by an IRI, ours or of somebody else, or by a well-known code."""
        iri = text if ":" in text and not _NO_IRI.search(text) else identifier(text)
        if not iri or iri.startswith("_:"):
            return []
        try:
            node = NamedNode(iri)
        except ValueError:
            return []
        others = [] if iri.startswith(self._store.base_iri) else same(self._store, iri)
        return others or [iri] * (next(self._store.triples(node), None) is not None)

    def types(self, iri: str) -> tuple[str, ...]:
        """The classes of *iri* that say something about the world, sorted."""
        return tuple(sorted(kind for kind in self._types(iri) if not kind.startswith(self._hidden)))

    # Candidates

    def _called(self, iri: str, text: str) -> Found:
        return Found(iri, text.strip(), "", CODE, 1.0)

    def _by_name(self, text: str) -> list[_Named]:
        """What has a name like one that *text* may be read as."""
        found: dict[str, list[tuple[Found, Reading]]] = {}
        for reading in readings(text):
            for item in self._search.find(reading.name, CONSIDERED):
                found.setdefault(item.iri, []).append((item, reading))
        likely = sorted(found.values(), key=lambda ways: -max(item.likeness for item, _ in ways))
        exact = sum(any(item.likeness == 1.0 for item, _ in ways) for ways in likely)
        return [
            max((self._named(item, reading) for item, reading in ways), key=lambda named: (named.worth, named.is_exact))
            for ways in likely[: CONSIDERED + exact]
        ]

    def _named(self, found: Found, reading: Reading) -> _Named:
        """What a resource is worth that was found by its name in a reading."""
        confirmed = reading.is_whole or (found.likeness >= NEARLY and self._confirms(found.iri, reading))
        worth = found.likeness * (1 if confirmed else UNCONFIRMED)
        worth *= OTHER_NAME if found.kind not in (SHOWN, CODE) else 1
        worth *= ACCENTS if found.likeness == 1 and found.name.strip() != reading.name else 1
        read_whole = found.name == reading.name or max(len(found.name), len(reading.name)) <= LONGEST
        alike = found.likeness == 1 and read_whole and signs(found.name) == signs(reading.name)
        return _Named(found, worth, confirmed and alike)

    def _confirms(self, iri: str, reading: Reading) -> bool:
        """Is what the reading leaves out said of the resource?"""
        own = set(self._keys(iri))
        if not own.issuperset(map(fold, reading.also)):
            return False
        missing = set(map(fold, reading.within)) - own - {""}
        for triple in islice(self._said(iri), MOST_SAID):
            if not missing:
                break
            if isinstance(triple.object, Literal):
                missing.discard(fold(triple.object.value))
            elif isinstance(triple.object, NamedNode):
                missing.difference_update(self._keys(triple.object.value))
        return not missing

    def _by_values(self, properties: Sequence[tuple[str, tuple[str, ...]]]) -> list[_Named]:
        """What has one of the values of the first property, when there is no name to look for."""
        values = ((property_, value) for property_, values in properties[:1] for value in values)
        found = (iri for property_, value in values for iri in self._having(NamedNode(property_), value))
        # Only a code tells one thing from all others: somebody's country is that of many.
        tells = any(NamedNode(property_) in CODE_PROPERTIES for property_, _ in properties[:1])
        return [_Named(Found(iri, "", "", SHOWN, 1.0), 1.0, tells) for iri in dict.fromkeys(islice(found, CONSIDERED))]

    def _having(self, property_: NamedNode, value: str) -> Iterator[str]:
        for iri in [*self.identified(value), *(item.iri for item in self._search.exactly(value, CONSIDERED))]:
            if any(triple.predicate == property_ for triple in islice(self._said(iri), MOST_SAID)):
                yield iri  # it is called so by the property itself, a code
            yield from (name_of(triple.subject) for triple in self._store.triples(None, property_, NamedNode(iri)))
        yield from (name_of(triple.subject) for triple in self._store.triples(None, property_, Literal(value)))

    # Scores

    def _rated(self, found: Iterable[_Named], query: Query) -> list[tuple[Candidate, bool]]:
        """Candidates with their scores, and whether nothing speaks against each; without those out of question."""
        kinds = [self._below(kind) for kind in query.types if kind not in EVERYTHING]
        wanted = {
            NamedNode(property_): [_Value(text, frozenset(self.identified(text)), spellings(text)) for text in texts]
            for property_, texts in query.properties
        }
        return [entry for named in found if (entry := self._rate(named, kinds, query.strict, wanted))]

    def _rate(
        self, named: _Named, wanted: list[frozenset[str]], strict: str, values: Mapping[NamedNode, Sequence[_Value]]
    ) -> tuple[Candidate, bool] | None:
        iri = named.found.iri
        types = self._types(iri)
        fitting = [not kinds.isdisjoint(types) for kinds in wanted]
        of_kind = all(fitting) if strict == "all" or not fitting else any(fitting)
        if not (of_kind or strict == "should") or self._is_out(iri, types, bool(wanted) and of_kind):
            return None
        compared = {property_.value: self._compare(iri, property_, given) for property_, given in values.items()}
        told = [UNKNOWN if value is None else value for value in compared.values()]
        share = 1 - WEIGHT + WEIGHT * sum(told) / len(told) if told else 1.0
        score = round(100 * named.worth * share * (1 if of_kind else OTHER_KIND), 1)
        fits = all(value is not None and value >= FITS for value in compared.values())
        # A name is that of many persons, most of whom are not ours: one is only safe when more is known.
        is_known = not self._naming.issuperset(compared) or not self._index.is_personal(iri)
        safe = named.is_exact and of_kind and fits and is_known
        features = {"name": round(named.worth, 3), "type": float(of_kind)}
        features |= {property_: round(value, 3) for property_, value in compared.items() if value is not None}
        found_by = "" if named.found.kind == SHOWN else named.found.name
        return Candidate(iri, score, False, self.types(iri), found_by, features), safe

    def _is_out(self, iri: str, types: frozenset[str], is_asked: bool) -> bool:
        """Is it nothing that is meant: retired, a blank node, or, unless a kind *is_asked* for, an ontology's word?"""
        if iri.startswith("_:"):
            return True
        retired = self._store.triples(NamedNode(iri), OWL.deprecated)
        if any(triple.object.value in ("true", "1") for triple in retired if isinstance(triple.object, Literal)):
            return True
        if is_asked:
            return False
        if types:
            return all(kind.startswith(self._hidden) for kind in types)
        # What is ours stands for what it is the same as.
        return iri in self._words or bool(same(self._store, iri)) or self._is_only_named(iri)

    def _is_only_named(self, iri: str) -> bool:
        """Is nothing said of it but names, and does nothing but ontologies name it?"""
        if any(triple.predicate not in LABEL_PROPERTIES for triple in islice(self._said(iri), MOST_SAID)):
            return False
        inbound = islice(self._store.triples(None, None, NamedNode(iri)), MOST_SAID)
        kinds = (self._types(name_of(triple.subject)) for triple in inbound)
        return all(any(kind.startswith(self._hidden) for kind in found) for found in kinds)

    def _compare(self, iri: str, property_: NamedNode, wanted: Sequence[_Value]) -> float | None:
        """How like one of *wanted* the values of a property are; None when it has none."""
        triples = islice(self._store.triples(NamedNode(iri), property_), MOST_VALUES)
        values = [self._likeness(triple.object, value) for triple in triples for value in wanted]
        return max(values) if values else None

    def _likeness(self, object: object, wanted: _Value) -> float:
        if isinstance(object, Literal):
            return likeness(object, wanted.text)
        iri = name_of(object)
        if iri == wanted.text or iri in wanted.iris:
            return 1.0
        names = (*self._keys(iri), fold(local_name(iri)))
        near = max(similarity(key, name) for key in wanted.keys for name in names)
        return near if near >= CLOSE else 0.0

    # What is said

    def _said(self, iri: str) -> Iterator[Triple]:
        return self._store.triples(NamedNode(iri))

    def _spelt(self, iri: str) -> tuple[str, ...]:
        """How the names of *iri* are spelt."""
        return tuple(key for name, _ in self._search.names(iri) for key in spellings(name))

    def _types(self, iri: str) -> frozenset[str]:
        if iri.startswith("_:"):
            return frozenset()
        triples = islice(self._store.triples(NamedNode(iri), TYPE), MOST_SAID)
        return frozenset(name_of(triple.object) for triple in triples)

    def _below(self, kind: str) -> frozenset[str]:
        """The class and those below it."""
        if kind not in self._kinds:
            known, pending = {kind}, [kind]
            while pending and len(known) < MOST_KINDS:
                below = self._store.triples(None, RDFS.subClassOf, NamedNode(pending.pop()))
                new = {name_of(triple.subject) for triple in islice(below, MOST_KINDS)} - known
                known |= new
                pending += (iri for iri in new if not iri.startswith("_:"))
            self._kinds[kind] = frozenset(known)
        return self._kinds[kind]

    @cached_property
    def _naming(self) -> frozenset[str]:
        """Properties that say no more of somebody than the name and the kind."""
        return frozenset(node.value for node in (TYPE, *LABEL_PROPERTIES, *other_name_properties(self._store)))

    @cached_property
    def _words(self) -> frozenset[str]:
        """Properties and classes, which untyped data does not call so."""
        return frozenset({*self._index.properties(), *self._index.classes()})
