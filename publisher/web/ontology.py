"""What the pages of an ontology and of a concept scheme list: terms by kind, concepts as a tree."""

from collections import defaultdict
from dataclasses import dataclass

from pyoxigraph import NamedNode

from .facts import Row, read_node
from .site import Site, Text, node, sort_key
from .vocabulary import BROADER, DEFINITION, IN_SCHEME, TERM_KINDS, TYPE

DEEPEST = 20  # levels of a tree of concepts


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


def read_ontology(site: Site, iri: str, language: str) -> list[tuple[str, list[Term]]]:
    """The terms whose IRIs begin with that of the ontology: kind, terms sorted by local name; no kind is empty."""
    wanted = [class_ for _, classes in TERM_KINDS for class_ in classes]
    kinds: dict[str, list[Term]] = {kind: [] for kind, _ in TERM_KINDS}
    starts = (iri,) if iri.endswith(("#", "/")) else (iri + "#", iri + "/")
    for subject in sorted({iri for class_ in wanted for iri in _instances(site, class_)}):
        if subject.startswith(starts) and subject != iri:
            types = site.types(node(subject))
            kind = next(kind for kind, classes in TERM_KINDS if set(classes) & set(types))
            kinds[kind].append(_term(site, iri, subject, language))
    return [(kind, terms) for kind, terms in kinds.items() if terms]


def read_scheme(site: Site, iri: str, language: str) -> list[Term]:
    """The concepts of a scheme as a tree by skos:broader; a concept whose broader one is elsewhere is at the top.

    A concept with several broader ones is listed under the first by IRI; one in a cycle or
    below ``DEEPEST`` levels, at the top.
    """
    subjects = (triple.subject for triple in site.store.triples(None, IN_SCHEME, NamedNode(iri)))
    concepts = {subject.value for subject in subjects if isinstance(subject, NamedNode)}
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
    return [*top, *rest]


def _instances(site: Site, iri: str) -> set[str]:
    subjects = (triple.subject for triple in site.store.triples(None, TYPE, NamedNode(iri)))
    return {subject.value for subject in subjects if isinstance(subject, NamedNode)}


def _term(site: Site, document: str, iri: str, language: str, narrower: tuple[Term, ...] = ()) -> Term:
    anchor = iri.removeprefix(document + "#") if iri.startswith(document + "#") else ""
    subject = node(iri)
    rows = read_node(site, iri, language) if anchor else ()
    return Term(
        iri, anchor, site.href(iri), site.name(iri, language), site.text(subject, DEFINITION, language), rows, narrower
    )
