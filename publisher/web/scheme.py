"""What the page of a concept scheme lists: its concepts as a tree, each with what it means and how often it is used."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice

from pyoxigraph import Literal, NamedNode, Triple

from ..describe.labels import sort_key
from ..describe.resource import Description
from ..describe.vocabulary import SKOS
from .names import Text, node
from .site import Site
from .values import Row, ValueReader
from .vocabulary import BROADER, DEFINITION, IN_SCHEME, PREF_LABEL, TYPE

DEEPEST = 20  # levels of a tree of concepts
MOST = 2_000  # concepts on a page
MOST_COUNTED = 100  # links to a concept that are counted; and concepts of a scheme whose links are
_TOLD = {TYPE, PREF_LABEL, DEFINITION, IN_SCHEME, BROADER, SKOS.narrower, SKOS.topConceptOf}


@dataclass(frozen=True)
class Concept:
    """A concept; *anchor* is its fragment, "" when it has a page of its own at *href*.

    others  its names and definitions in other languages than the reader's
    rows    what else is stated
    used    how many links lead to it from elsewhere, at most ``MOST_COUNTED``; None when nobody counted
    query   for the things that link to it
    """

    iri: str
    anchor: str
    href: str
    name: Text
    definition: Text | None
    others: tuple[Text, ...]
    rows: tuple[Row, ...]
    used: int | None
    query: str
    narrower: tuple["Concept", ...] = ()

    @property
    def below(self) -> int:
        """How many concepts are below it, on all levels."""
        return sum(1 + concept.below for concept in self.narrower)


def read_scheme(site: Site, iri: str, language: str) -> tuple[list[Concept], bool]:
    """The concepts of a scheme as a tree by skos:broader; a concept whose broader one is elsewhere is at the top.

    And whether these are a part: the first ``MOST`` that the store has.

    A concept with several broader ones is listed under the first by IRI; one in a cycle or
    below ``DEEPEST`` levels, at the top.
    """
    stated = list(islice(site.store.triples(None, IN_SCHEME, NamedNode(iri)), MOST + 1))
    concepts = {triple.subject.value for triple in stated[:MOST] if isinstance(triple.subject, NamedNode)}
    children: dict[str, list[str]] = defaultdict(list)
    for concept in sorted(concepts):
        objects = (triple.object for triple in site.store.triples(node(concept), BROADER, None))
        broader = {term.value for term in objects if isinstance(term, NamedNode)}
        children[min(broader & concepts, default="")].append(concept)
    within = concepts | {iri} if len(concepts) <= MOST_COUNTED else None
    told: set[str] = set()

    def tree(parent: str, depth: int = 0) -> tuple[Concept, ...]:
        found = [child for child in children[parent] if child not in told] if depth < DEEPEST else []
        told.update(found)
        read = [_concept(site, iri, child, language, within, tree(child, depth + 1)) for child in found]
        return tuple(sorted(read, key=lambda concept: sort_key(concept.name.value)))

    top = tree("")
    rest = [_concept(site, iri, concept, language, within) for concept in sorted(concepts - told)]
    return [*top, *rest], len(stated) > MOST


def _concept(
    site: Site, scheme: str, iri: str, language: str, within: Collection[str] | None, narrower: tuple[Concept, ...] = ()
) -> Concept:
    """A concept; *within* are the things whose links to it do not count, None when nobody counts."""
    anchor = iri.removeprefix(scheme + "#") if iri.startswith(scheme + "#") else ""
    subject = node(iri)
    name, definition = site.name(iri, language), site.text(subject, DEFINITION, language)
    about = list(site.store.triples(subject)) if anchor else []
    texts = _texts(triple for triple in about if triple.predicate in (PREF_LABEL, DEFINITION))
    rest = [triple for triple in about if triple.predicate not in _TOLD]
    rows = ValueReader(site, Description(iri, (), (), False, ()), language).rows(rest) if rest else ()
    used = None if within is None else _used(site, iri, within)
    query = f"SELECT ?thing ?property WHERE {{ ?thing ?property <{iri}> }} LIMIT 100"
    others = tuple(text for text in texts if text not in (name, definition))
    return Concept(iri, anchor, site.href(iri), name, definition, others, rows, used, query, narrower)


def _texts(triples: Iterable[Triple]) -> list[Text]:
    found = ((triple, triple.object) for triple in triples if isinstance(triple.object, Literal))
    ordered = sorted(found, key=lambda pair: (pair[1].language or "", pair[0].predicate != PREF_LABEL))
    return [Text(term.value, term.language or "") for _, term in ordered]


def _used(site: Site, iri: str, within: Collection[str]) -> int:
    """How many links lead to a concept from elsewhere, at most ``MOST_COUNTED``."""
    links = site.store.triples(None, None, NamedNode(iri))
    found = (triple for triple in links if getattr(triple.subject, "value", "") not in within)
    return sum(1 for _ in islice(found, MOST_COUNTED))
