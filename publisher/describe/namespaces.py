"""Namespaces that an IRI may begin with, found without trying them all."""

from collections.abc import Callable, Iterable
from functools import lru_cache

# Of words that describe data rather than the world; lists of what there is leave their classes out.
METAMODEL = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2002/07/owl#",
    "http://www.w3.org/ns/shacl#",
    "http://www.w3.org/ns/sparql-service-description#",
    "https://w3id.org/linked-data-publisher/ns#",
)


def namespaces_of(namespaces: Iterable[str]) -> Callable[[str], list[str]]:
    """A function from an IRI to those of *namespaces* that it begins with, longest first.

    >>> namespaces_of(["http://a.example/", "http://a.example/b#"])("http://a.example/b#c")
    ['http://a.example/b#', 'http://a.example/']
    """
    known = sorted(namespaces, key=lambda namespace: (-len(namespace), namespace))

    @lru_cache(16384)
    def near(folder: str) -> tuple[list[str], list[str]]:
        """Those that each IRI in *folder* begins with, and with them those that only some do."""
        sure = [name for name in known if folder.startswith(name)]
        return sure, [name for name in known if name.startswith(folder) or name in sure]

    def of(iri: str) -> list[str]:
        sure, near_by = near(iri[: max(iri.rfind("/"), iri.rfind("#"), iri.find(":")) + 1])
        return sure if len(sure) == len(near_by) else [name for name in near_by if iri.startswith(name)]

    return of
