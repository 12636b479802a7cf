"""What the pages of an ontology and of a concept scheme list: terms by kind, concepts as a tree."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, islice

from pyoxigraph import NamedNode

from ..describe.labels import sort_key
from .facts import Row, read_node
from .site import Site, Text, node
from .vocabulary import BROADER, DEFINITION, IN_SCHEME, TERM_KINDS

DEEPEST = 20  # levels of a tree of concepts
MOST = 2_000  # terms, or concepts, on a page


@dataclass(frozen=True)
class Term:
    """A term or concept: *anchor* is its fragment, "" when it has a page of its own at *href*."""

    iri: str
    anchor: str
    href: str
    name: Text
    definition: Text | None
    rows: tuple[Row, ...] = ()
    narrower: tuple["Term", ...] = ()


def read_ontology(site: Site, iri: str, language: str) -> tuple[list[tuple[str, list[Term]]], bool]:
    """The terms whose IRIs begin with that of the ontology: kind, terms sorted by local name; no kind is empty.

    And whether these are a part: of the first ``MOST`` by IRI.
    """
    kinds: dict[str, list[Term]] = {kind: [] for kind, _ in TERM_KINDS}
    starts = (iri,) if iri.endswith(("#", "/")) else (iri + "#", iri + "/")
    subjects = sorted(chain.from_iterable(site.index.beginning(start, MOST + 1) for start in starts))
    for subject in subjects[:MOST]:
        types = set(site.types(node(subject)))
        kind = next((kind for kind, classes in TERM_KINDS if not types.isdisjoint(classes)), None)
        if kind and subject != iri:
            kinds[kind].append(_term(site, iri, subject, language))
    return [(kind, terms) for kind, terms in kinds.items() if terms], len(subjects) > MOST


def read_scheme(site: Site, iri: str, language: str) -> tuple[list[Term], bool]:
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
    told: set[str] = set()

    def tree(parent: str, depth: int = 0) -> tuple[Term, ...]:
        found = [child for child in children[parent] if child not in told] if depth < DEEPEST else []
        told.update(found)
        terms = [_term(site, iri, child, language, narrower=tree(child, depth + 1)) for child in found]
        return tuple(sorted(terms, key=lambda term: sort_key(term.name.value)))

    top = tree("")
    rest = [_term(site, iri, concept, language) for concept in sorted(concepts - told)]
    return [*top, *rest], len(stated) > MOST


def _term(site: Site, document: str, iri: str, language: str, narrower: tuple[Term, ...] = ()) -> Term:
    anchor = iri.removeprefix(document + "#") if iri.startswith(document + "#") else ""
    subject = node(iri)
    rows = read_node(site, iri, language) if anchor else ()
    return Term(
        iri, anchor, site.href(iri), site.name(iri, language), site.text(subject, DEFINITION, language), rows, narrower
    )
