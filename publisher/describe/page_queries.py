"""Which queries the page of a resource shows: those of its classes, and of the classes above them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from pyoxigraph import NamedNode

from ..content.queries import NamedQuery, classes_named
from ..content.query_files import HOME
from ..store.store import Store

SUBCLASS = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
KEPT = 1_000  # classes whose queries are kept once they were looked up


class PageQueries:
    """The page queries of a build by class.

    queries   those of ``queries/pages/``, in the order of pages
    prefixes  of the content, which folders name classes by; base_iri is what its own begin with
    home      attribute: the queries of the home page
    """

    def __init__(self, queries: Iterable[NamedQuery], prefixes: Mapping[str, str], base_iri: str, store: Store) -> None:
        self._store = store
        self._by_class: defaultdict[str, list[NamedQuery]] = defaultdict(list)
        self.home: list[NamedQuery] = []
        for query in queries:
            if query.shown_on == HOME:
                self.home.append(query)
            else:
                for iri in classes_named(query.shown_on, prefixes, base_iri):
                    self._by_class[iri].append(query)
        self._of_class = lru_cache(KEPT)(self._found)

    def of(self, types: Iterable[str]) -> list[NamedQuery]:
        """The queries for a resource of these classes, each once, by their order and name."""
        if not self._by_class:
            return []
        found = {(query.order, query.name, query.shown_on): query for iri in types for query in self._of_class(iri)}
        return [found[key] for key in sorted(found)]

    def _found(self, iri: str) -> tuple[NamedQuery, ...]:
        return tuple(query for class_ in self._upwards(iri) for query in self._by_class.get(class_, ()))

    def _upwards(self, iri: str) -> Iterator[str]:
        """The class and all that the content says are above it, each once."""
        seen, pending = {iri}, [iri]
        while pending:
            class_ = pending.pop()
            yield class_
            above = (triple.object for triple in self._store.triples(NamedNode(class_), SUBCLASS, None))
            new = {term.value for term in above if isinstance(term, NamedNode)} - seen
            seen |= new
            pending += new
