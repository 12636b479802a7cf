"""What the page of an ontology tells of its terms: meaning, example, place among the others, alignments, use."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ..describe.labels import sort_key
from ..describe.resource import Description
from ..describe.turtle import FIRST, NIL, REST
from ..describe.vocabulary import DCTERMS, OWL, RDFS, SCHEMA, SKOS
from .languages import N_
from .names import Link, Text, node
from .site import Site
from .values import Row, ValueReader
from .vocabulary import DEFINITIONS, LABELS, TERM_KINDS, TYPE

MOST, MOST_STATED = 2_000, 1_000  # terms on a page; statements about one that are read
EXAMPLES, LOOKED_AT = 3, 30  # things that use a term: shown, and looked at for those that may be shown
LONGEST_LIST = 100
NOTES = (
    (N_("Scope"), SKOS.scopeNote),
    (N_("Note"), SKOS.note),
    (N_("History"), SKOS.historyNote),
    (N_("Change"), SKOS.changeNote),
)
DOMAINS, RANGES = (RDFS.domain, SCHEMA.domainIncludes), (RDFS.range, SCHEMA.rangeIncludes)
# How a term stands to others: heading, properties; the second heading is for what is stated the other way round.
RELATIONS = (
    (N_("Kind of"), N_("Kinds"), (RDFS.subClassOf,)),
    (N_("Special case of"), N_("Special cases"), (RDFS.subPropertyOf,)),
    (N_("Said of"), N_("Properties"), DOMAINS),
    (N_("Values"), N_("Value of"), RANGES),
    (N_("Inverse"), N_("Inverse"), (OWL.inverseOf,)),
    (N_("Replaced by"), N_("Replaces"), (DCTERMS.isReplacedBy,)),
)
ALIGNMENTS = (
    (N_("Same meaning"), (SKOS.exactMatch, OWL.equivalentClass, OWL.equivalentProperty, OWL.sameAs)),
    (N_("Nearly the same meaning"), (SKOS.closeMatch,)),
    (N_("Wider meaning there"), (SKOS.broadMatch,)),
    (N_("Narrower meaning there"), (SKOS.narrowMatch,)),
    (N_("Related meaning"), (SKOS.relatedMatch,)),
)
CHARACTERS = (
    (N_("at most one value"), OWL.FunctionalProperty),
    (N_("a value belongs to one thing only"), OWL.InverseFunctionalProperty),
    (N_("holds in both directions"), OWL.SymmetricProperty),
    (N_("never holds in both directions"), OWL.AsymmetricProperty),
    (N_("holds along a chain"), OWL.TransitiveProperty),
    (N_("holds of a thing and itself"), OWL.ReflexiveProperty),
    (N_("never holds of a thing and itself"), OWL.IrreflexiveProperty),
)
_TOLD = {
    TYPE, SKOS.example, RDFS.isDefinedBy, OWL.deprecated, *LABELS, *DEFINITIONS,
    *(property_ for _, property_ in NOTES), *(one for _, _, some in RELATIONS for one in some),
    *(one for _, some in ALIGNMENTS for one in some),
}  # fmt: skip

Links = tuple[tuple[str, tuple[Link, ...]], ...]  # heading, links; no heading is without


@dataclass(frozen=True)
class Usage:
    """How often the data uses a term, some things that do (nobody's private matter), and the query for all."""

    count: int
    examples: tuple[Link, ...]
    listed: str
    query: str


@dataclass(frozen=True)
class Term:
    """A term; *anchor* is its fragment, "" when it has a page of its own at *href*.

    others      names and definitions in other languages than the reader's
    shapes      the rules for the data that speak of it
    rows        what else is stated
    """

    iri: str
    anchor: str
    href: str
    short: str
    name: Text
    definition: Text | None
    others: tuple[tuple[str, tuple[Text, ...]], ...]
    examples: tuple[Text, ...]
    notes: tuple[tuple[str, tuple[Text, ...]], ...]
    characters: tuple[str, ...]
    relations: Links
    alignments: Links
    shapes: tuple[Link, ...]
    usage: Usage
    deprecated: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Ontology:
    """The terms of an ontology by kind, no kind empty; *cut* when these are the first ``MOST`` only.

    relations  (class, property, class), as the diagram draws them
    parents    (class, the class that it is a kind of)
    changed    terms with a note of a change, or no longer to be used
    version    what its number is, where it is kept, when it was last changed; "" when it does not say
    earlier    the versions before
    """

    kinds: tuple[tuple[str, tuple[Term, ...]], ...]
    cut: bool
    relations: tuple[tuple[str, str, str], ...]
    parents: tuple[tuple[str, str], ...]
    changed: tuple[Term, ...]
    version: tuple[str, str, str]
    earlier: tuple[Link, ...]


def read_ontology(site: Site, iri: str, language: str) -> Ontology:
    """The terms whose IRIs begin with that of the ontology, sorted by their names for a reader of *language*."""
    starts = (iri,) if iri.endswith(("#", "/")) else (iri + "#", iri + "/")
    subjects = sorted(chain.from_iterable(site.index.beginning(start, MOST + 1) for start in starts))
    reader = _Reader(site, iri, language, [subject for subject in subjects[:MOST] if subject != iri])
    kinds: dict[str, list[Term]] = {kind: [] for kind, _ in TERM_KINDS}
    for subject, kind in reader.kinds.items():
        kinds[kind].append(reader.term(subject, kind))
    for terms in kinds.values():
        terms.sort(key=lambda term: sort_key(term.name.value))
    found = tuple((kind, tuple(terms)) for kind, terms in kinds.items() if terms)
    changed = (term for _, terms in found for term in terms if term.deprecated or _is_changed(term))
    return Ontology(
        found,
        len(subjects) > MOST,
        tuple(reader.relations()),
        tuple(reader.pairs(RDFS.subClassOf)),
        tuple(changed),
        _version(site, iri),
        tuple(site.link(earlier, language) for earlier in _objects(site, iri, OWL.priorVersion)),
    )


def _is_changed(term: Term) -> bool:
    """Does a note tell how the term changed?"""
    told = {heading for heading, _ in term.notes}
    return any(heading in told for heading, property_ in NOTES if property_ in (SKOS.changeNote, SKOS.historyNote))


def _version(site: Site, iri: str) -> tuple[str, str, str]:
    """Number, path and date of the version of an ontology, "" for what it does not say."""
    number, iris, dates = (_objects(site, iri, one) for one in (OWL.versionInfo, OWL.versionIRI, DCTERMS.modified))
    return next(iter(number), ""), next((site.href(one) for one in iris), ""), max(dates, default="")


def _objects(site: Site, iri: str, property_: NamedNode) -> list[str]:
    objects = (triple.object for triple in site.store.triples(node(iri), property_, None))
    return sorted(term.value for term in objects if isinstance(term, NamedNode | Literal))


class _Reader:
    """The statements about the terms *subjects*, each read once."""

    def __init__(self, site: Site, document: str, language: str, subjects: Iterable[str]) -> None:
        self._site, self._document, self._language = site, document, language
        self._about: dict[str, dict[NamedNode, list[Triple]]] = {}
        self._inverse: dict[tuple[NamedNode, str], list[str]] = defaultdict(list)
        self.kinds: dict[str, str] = {}
        for subject in subjects:
            about = self._about[subject] = defaultdict(list)
            for triple in islice(site.store.triples(node(subject)), MOST_STATED):
                about[triple.predicate].append(triple)
            types = {getattr(triple.object, "value", "") for triple in about[TYPE]}
            kind = next((kind for kind, classes in TERM_KINDS if not types.isdisjoint(classes)), None)
            if kind:
                self.kinds[subject] = kind
        for subject in self.kinds:
            for _, _, properties in RELATIONS:
                for property_ in properties:
                    for target in self._targets(subject, property_):
                        self._inverse[property_, target].append(subject)
        self._shapes = self._shapes_by_term()

    def term(self, iri: str, kind: str) -> Term:
        about = self._about[iri]
        types = {triple.object for triple in about[TYPE]}
        definitions = [text for property_ in DEFINITIONS for text in self._texts(iri, property_)]
        definition = self._best(definitions)
        names = [Text(value, tag) for tag, value in sorted(self._site.labels.all(iri).items())]
        name = self._site.name(iri, self._language)
        rest = [triple for property_, found in about.items() if property_ not in _TOLD for triple in found]
        deprecated = any(getattr(triple.object, "value", "") in ("true", "1") for triple in about[OWL.deprecated])
        return Term(
            iri,
            iri.removeprefix(self._document + "#") if iri.startswith(self._document + "#") else "",
            self._site.href(iri),
            self._site.short(iri),
            name,
            definition,
            tuple(_by_language([text for text in names if text != name], [t for t in definitions if t != definition])),
            self._mine(self._texts(iri, SKOS.example)),
            tuple((heading, texts) for heading, one in NOTES if (texts := self._mine(self._texts(iri, one)))),
            tuple(words for words, class_ in CHARACTERS if class_ in types),
            tuple(self._relations(iri)),
            tuple(self._alignments(iri)),
            self._shapes.get(iri, ()),
            self._usage(iri, kind),
            deprecated,
            ValueReader(self._site, Description(iri, (), (), False, ()), self._language).rows(rest, depth=1),
        )

    def relations(self) -> Iterator[tuple[str, str, str]]:
        """(class, property, class) of each property between things: those that the ontology says it is for."""
        things = [iri for iri, kind in self.kinds.items() if OWL.ObjectProperty in self._types(iri)]
        for iri in things:
            sources = [source for one in DOMAINS for source in self._targets(iri, one)]
            targets = [target for one in RANGES for target in self._targets(iri, one)]
            yield from ((source, iri, target) for source in sources for target in targets)

    def pairs(self, property_: NamedNode) -> Iterator[tuple[str, str]]:
        """What the ontology relates by *property_*."""
        for iri in self.kinds:
            yield from ((iri, target) for target in self._targets(iri, property_))

    def _types(self, iri: str) -> set[object]:
        return {triple.object for triple in self._about[iri][TYPE]}

    def _targets(self, iri: str, property_: NamedNode) -> list[str]:
        """The IRIs that a term is related to, of a union of classes its members."""
        found: list[str] = []
        for triple in self._about[iri].get(property_, ()):
            if isinstance(triple.object, NamedNode):
                found.append(triple.object.value)
            elif isinstance(triple.object, BlankNode):
                found += self._members(triple.object)
        return sorted(found)

    def _members(self, class_: BlankNode) -> Iterator[str]:
        store = self._site.store
        head = next((triple.object for triple in store.triples(class_, OWL.unionOf, None)), NIL)
        for _ in range(LONGEST_LIST):
            if head == NIL or not isinstance(head, NamedNode | BlankNode):
                return
            first = next((triple.object for triple in store.triples(head, FIRST, None)), None)
            if isinstance(first, NamedNode):
                yield first.value
            head = next((triple.object for triple in store.triples(head, REST, None)), NIL)

    def _relations(self, iri: str) -> Iterator[tuple[str, tuple[Link, ...]]]:
        told: dict[str, list[str]] = defaultdict(list)
        for forth, back, properties in RELATIONS:
            for property_ in properties:
                told[forth] += self._targets(iri, property_)
                told[back] += self._inverse.get((property_, iri), ())
        for heading, iris in told.items():
            if iris:
                links = map(self._link, dict.fromkeys(iris))
                yield heading, tuple(sorted(links, key=lambda link: sort_key(link.text.value)))

    def _alignments(self, iri: str) -> Iterator[tuple[str, tuple[Link, ...]]]:
        for heading, properties in ALIGNMENTS:
            iris = [target for property_ in properties for target in self._targets(iri, property_)]
            if iris:
                yield heading, tuple(self._elsewhere(target) for target in iris)

    def _usage(self, iri: str, kind: str) -> Usage:
        site, subject = self._site, NamedNode(iri)
        if iri in site.all_classes or kind == TERM_KINDS[0][0]:
            counted, partition = site.all_classes.get(iri, 0), site.partitions.get(iri)
            count, listed = partition.entities if partition else counted, site.mount + site.list_path(iri)
            users = site.index.members(iri, self._language, 0, LOOKED_AT) if counted else self._subjects(TYPE, subject)
            query = f"SELECT ?thing WHERE {{ ?thing a <{iri}> }} LIMIT 100"
        else:
            count, listed = site.properties.get(iri, 0), ""
            users = self._subjects(subject, None) if count else []
            query = f"SELECT ?thing ?value WHERE {{ ?thing <{iri}> ?value }} LIMIT 100"
        told = (user for user in dict.fromkeys(users) if not site.is_personal(user) and site.path_of(user))
        examples = tuple(site.link(user, self._language) for user in islice(told, EXAMPLES))
        return Usage(count, examples, listed if iri in site.all_classes else "", query)

    def _subjects(self, property_: NamedNode, object_: NamedNode | None) -> list[str]:
        """The first things that have a property, or the value *object_* of it."""
        triples = islice(self._site.store.triples(None, property_, object_), LOOKED_AT)
        return [triple.subject.value for triple in triples if isinstance(triple.subject, NamedNode)]

    def _shapes_by_term(self) -> dict[str, tuple[Link, ...]]:
        """Term -> links to the rules for the data that are for it, or ask for its values."""
        found: dict[str, dict[Link, None]] = defaultdict(dict)
        for shape in self._site.shapes:
            name = self._site.short(shape.iri).rpartition(":")[2]
            link = Link(Text(name), self._site.href(shape.iri))
            terms = [*shape.aims("targetClass"), *(inner.path.iri for inner in shape.properties if inner.path)]
            for term in terms:
                found[term][link] = None
        return {term: tuple(links) for term, links in found.items()}

    def _link(self, iri: str) -> Link:
        """A term of this page by its place in it, others where they are told."""
        link = self._site.link(iri, self._language)
        within = iri in self.kinds and iri.startswith(self._document + "#")
        return Link(link.text, "#" + iri.removeprefix(self._document + "#")) if within else link

    def _elsewhere(self, iri: str) -> Link:
        """A term of another vocabulary, with its short name, at its own address."""
        short = self._site.short(iri)
        href = self._site.elsewhere(iri) or self._site.href(iri)
        return Link(Text(short), href, href.startswith(("http:", "https:")))

    def _texts(self, iri: str, property_: NamedNode) -> list[Text]:
        objects = (triple.object for triple in self._about[iri].get(property_, ()))
        return sorted(
            (Text(term.value, term.language or "") for term in objects if isinstance(term, Literal)),
            key=lambda text: (text.language, text.value),
        )

    def _best(self, texts: list[Text]) -> Text | None:
        return min(texts, key=lambda text: (text.language != self._language, text.language != "en"), default=None)

    def _mine(self, texts: list[Text]) -> tuple[Text, ...]:
        """Those in the language of the one that suits the reader best, and those without a language."""
        best = self._best(texts)
        return tuple(text for text in texts if best and text.language in ("", best.language))


def _by_language(*lists: list[Text]) -> Iterator[tuple[str, tuple[Text, ...]]]:
    """Language -> the texts of several lists in it."""
    grouped: dict[str, list[Text]] = defaultdict(list)
    for text in chain.from_iterable(lists):
        grouped[text.language].append(text)
    yield from ((language, tuple(texts)) for language, texts in sorted(grouped.items()))
