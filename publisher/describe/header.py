"""What the content itself says of its catalogue and of its data sets: titles, licence, contact, coverage.

Only what a catalogue can use is taken over, each property with values of the kind that DCAT-AP 3.0.1 asks for, and
of the things that are named there (a publisher, a period, a place) only what says who or when or where. A value that
was written as text where the profile wants a thing becomes a thing with that text as its name.
"""

import calendar
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from ..content.queries import Words
from ..content.terms import XSD as XSD_IRI
from ..store.store import Object, Store, Subject
from .authorities import about_term, language_term, licence_types
from .labels import LABEL_PROPERTIES, local_name
from .vocabulary import DCAT, DCTERMS, FOAF, FREQUENCY, LANGUAGE, PROV, RDF, RDFS, SCHEMA, SKOS, VCARD, XSD, Namespace

LOCN = Namespace("http://www.w3.org/ns/locn#")
ONLY_ONE = frozenset({
    DCTERMS.publisher, DCTERMS.license, DCTERMS.accessRights, DCTERMS.accrualPeriodicity, DCTERMS.rights,
})  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """Kind of the values of a property: their class, what is taken over of them, and the property of their name.

    textual  whether a text stands for such a thing
    sorts    subclasses of the class, which are taken over too
    """

    type: NamedNode
    properties: tuple[NamedNode, ...] = ()
    name: NamedNode = RDFS.label
    textual: bool = False
    sorts: tuple[NamedNode, ...] = ()


_SORTS = (FOAF.Group, FOAF.Organization, FOAF.Person)
_AGENT = Kind(FOAF.Agent, (FOAF.homepage, FOAF.mbox, DCTERMS.type), FOAF.name, textual=True, sorts=_SORTS)
_CONTACT = Kind(
    VCARD.Kind,
    (VCARD.hasEmail, VCARD.hasURL, VCARD.hasTelephone, VCARD("organization-name"), VCARD.hasOrganizationName),
    VCARD.fn,
    textual=True,
)
_RIGHTS = Kind(DCTERMS.RightsStatement, (DCTERMS.description,), textual=True)
_PLACE = Kind(DCTERMS.Location, (DCAT.bbox, DCAT.centroid, LOCN.geometry), SKOS.prefLabel, textual=True)
# Harvesters show rdfs:label in the place of an IRI: it is only there where people should read it instead.
KINDS: dict[NamedNode, Kind] = {
    DCTERMS.publisher: _AGENT,
    DCTERMS.creator: _AGENT,
    DCTERMS.contributor: _AGENT,
    DCTERMS.rightsHolder: _AGENT,
    DCAT.contactPoint: _CONTACT,
    DCTERMS.license: Kind(DCTERMS.LicenseDocument, (DCTERMS.type,), DCTERMS.title),
    DCTERMS.rights: _RIGHTS,
    DCTERMS.accessRights: Kind(DCTERMS.RightsStatement, name=SKOS.prefLabel),
    DCTERMS.spatial: _PLACE,
    DCTERMS.temporal: Kind(DCTERMS.PeriodOfTime),
    DCTERMS.provenance: Kind(DCTERMS.ProvenanceStatement, (DCTERMS.description,), textual=True),
    DCTERMS.language: Kind(DCTERMS.LinguisticSystem, name=SKOS.prefLabel),
    DCTERMS.accrualPeriodicity: Kind(DCTERMS.Frequency, name=SKOS.prefLabel),
    DCTERMS.conformsTo: Kind(DCTERMS.Standard, name=DCTERMS.title),
    DCTERMS.type: Kind(SKOS.Concept, name=SKOS.prefLabel),
    DCAT.theme: Kind(SKOS.Concept, name=SKOS.prefLabel),
    DCAT.themeTaxonomy: Kind(SKOS.ConceptScheme, name=DCTERMS.title),
    PROV.wasDerivedFrom: Kind(PROV.Entity, name=DCTERMS.title),
    FOAF.page: Kind(FOAF.Document, name=DCTERMS.title),
}
_WHOLE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)?")
_BEGINNINGS, _ENDS = (DCAT.startDate, SCHEMA.startDate), (DCAT.endDate, SCHEMA.endDate)
_PART_OF_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-\d{2})?(?:T.*)?")
_NAMED = frozenset({FOAF.Agent, SKOS.Concept, SKOS.ConceptScheme})  # without a name, the last part of their IRI
_SUFFIX_NAME = re.compile(r"[#/]([^#/]*)$")


class Header:
    """What the content says of *iri*, which is a catalogue or data set; nothing when it says nothing.

    store    where it is said, in the default graph
    is_graph whether *iri* names a graph of the content too, where it may be said as well
    """

    def __init__(self, store: Store, iri: str, *, is_graph: bool = False) -> None:
        self.store = store
        self.iri = iri
        self._said: dict[NamedNode, list[Object]] = {}
        subject = NamedNode(iri)
        for graph in (DefaultGraph(), subject) if is_graph else (DefaultGraph(),):
            for quad in sorted(store.engine.quads_for_pattern(subject, None, None, graph), key=_order):
                objects = self._said.setdefault(quad.predicate, [])
                if quad.object not in objects and not _is_blank(quad.object):
                    objects.append(quad.object)

    def is_a(self, *kinds: NamedNode) -> bool:
        return any(kind in self._said.get(RDF.type, ()) for kind in kinds)

    def assume(self, property: NamedNode, values: Iterable[Object]) -> None:
        """Have it say *values* of *property*, when it says nothing of it."""
        if not self._said.get(property):
            self._said[property] = list(values)

    def iris(self, property: NamedNode) -> list[NamedNode]:
        return [term for term in self._said.get(property, ()) if isinstance(term, NamedNode)]

    def words(self, *properties: NamedNode) -> Words:
        """The literals of the first of *properties* that has any, by language."""
        for property in properties:
            words = _words(self._said.get(property, ()))
            if words:
                return words
        return Words()

    @property
    def title(self) -> Words:
        return self.words(DCTERMS.title, *LABEL_PROPERTIES)

    @property
    def description(self) -> Words:
        return self.words(DCTERMS.description, RDFS.comment, SKOS.definition)

    @property
    def keywords(self) -> list[Literal]:
        return [term for term in self._said.get(DCAT.keyword, ()) if isinstance(term, Literal)]

    def date(self, property: NamedNode, *, latest: bool = False) -> Literal | None:
        """The date that *property* says, the earliest of several or the latest; None when it is no whole date."""
        found = [dated for term in self._said.get(property, ()) if (dated := _date(term))]
        return sorted(found, key=lambda literal: literal.value)[-1 if latest else 0] if found else None

    def values(self, property: NamedNode) -> list[Object]:
        """The values of *property*, of those in KINDS; only one where the profile allows no more."""
        kind = KINDS[property]
        said = filter(self._means_something, self._said.get(property, ()))
        found = [term for term in said if not isinstance(term, Literal) or kind.textual]
        if property == DCTERMS.language:
            return [*dict.fromkeys(filter(None, map(_language, self._said.get(property, ()))))]
        if property == DCTERMS.accrualPeriodicity:
            found = [term for term in found if term in FREQUENCY]  # the profile allows no other list
        return found[:1] if property in ONLY_ONE else found

    def _means_something(self, term: Object) -> bool:
        """Is it a text, an IRI, or a blank node of which something is said?"""
        if isinstance(term, BlankNode):
            return next(self.store.triples(term), None) is not None
        return isinstance(term, NamedNode | Literal)


class Things:
    """Writes the things that are values in a catalogue, each once: who, when, where."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._written: set[tuple[str, NamedNode]] = set()

    def node(self, value: Object, property: NamedNode, subject: NamedNode, number: int) -> NamedNode | BlankNode:
        """What *value* of *property* is called in the catalogue: its own IRI, or one below *subject*.

        A period is a blank node for each subject: harvesters would fetch its IRI.
        """
        if property == DCTERMS.temporal:
            return BlankNode(f"period-{hashlib.sha256(subject.value.encode()).hexdigest()[:8]}-{number}")
        if isinstance(value, NamedNode):
            return value
        found = _SUFFIX_NAME.search(property.value)
        word = found[1] if found else "value"
        joint = "-" if "#" in subject.value else "#"
        return NamedNode(f"{subject.value}{joint}{word}{f'-{number}' if number > 1 else ''}")

    def about(self, value: Object, property: NamedNode, node: NamedNode | BlankNode) -> Iterator[Triple]:
        """What the catalogue says of *node*, which stands for *value* of *property*."""
        kind = KINDS[property]
        if (node.value, kind.type) in self._written:
            return
        self._written.add((node.value, kind.type))
        told = list(about_term(node)) if isinstance(node, NamedNode) else []
        yield from told
        if isinstance(value, Literal):
            yield Triple(node, RDF.type, kind.type)
            yield Triple(node, kind.name, value)
            return
        own = (triple.object for triple in told if triple.subject == node)  # the name of its list is none of it
        languages = {term.language for term in own if isinstance(term, Literal)}
        names = [name for name in self._names(value) if name.language not in languages]
        if kind.type in _NAMED and not names and not languages:
            names = [Literal(local_name(node.value))]
        yield Triple(node, RDF.type, kind.type)
        yield from (Triple(node, RDF.type, sort) for sort in self._objects(value, RDF.type) if sort in kind.sorts)
        for literal in names if property != DCTERMS.temporal else ():
            yield Triple(node, kind.name, literal)
        for taken in kind.properties:
            for object in self._objects(value, taken)[: 1 if taken == DCTERMS.type else None]:
                yield from self._taken(node, taken, object)
        if kind.type == DCTERMS.LicenseDocument:
            for term in licence_types(node.value):
                yield Triple(node, DCTERMS.type, term)
                yield from about_term(term)
        if kind.type == DCTERMS.PeriodOfTime:
            yield from self._period(value, node)

    def _taken(self, node: NamedNode | BlankNode, property: NamedNode, value: Object) -> Iterator[Triple]:
        """A statement about a thing; a type or page with its class, which is never a text or a blank node."""
        if isinstance(value, NamedNode):
            yield Triple(node, property, value)
            if property in (DCTERMS.type, FOAF.homepage):
                yield from self.about(value, DCTERMS.type if property == DCTERMS.type else FOAF.page, value)
        elif isinstance(value, Literal) and property not in (DCTERMS.type, FOAF.homepage):
            yield Triple(node, property, value)

    def _names(self, value: Object) -> list[Literal]:
        """The names of a thing, each in its language; of two properties that name it in one, the first decides."""
        found: dict[str, Literal] = {}
        for property in (FOAF.name, VCARD.fn, *LABEL_PROPERTIES):
            for term in self._objects(value, property):
                if isinstance(term, Literal):
                    found.setdefault(term.language or "", term)
        return list(found.values())

    def _period(self, value: Object, node: NamedNode | BlankNode) -> Iterator[Triple]:
        """Name, first and last day."""
        for literal in self._names(value):
            yield Triple(node, RDFS.label, literal)
        for properties, last in ((_BEGINNINGS, False), (_ENDS, True)):
            dates = [
                day for property in properties for term in self._objects(value, property) if (day := _day(term, last))
            ]
            for day in sorted(dates, key=lambda literal: literal.value)[:1]:
                yield Triple(node, properties[0], day)

    def _objects(self, value: Object, property: NamedNode) -> list[Object]:
        if not isinstance(value, Subject):
            return []
        return sorted((triple.object for triple in self.store.triples(value, property)), key=str)


def _order(quad: Quad) -> str:
    return str(quad.object)


def _is_blank(term: Object) -> bool:
    return isinstance(term, Literal) and not term.value.strip()


def _words(terms: Iterable[Object]) -> Words:
    literals = [term for term in terms if isinstance(term, Literal)]
    return Words({term.language or "": term.value for term in reversed(literals)})


def _language(term: Object) -> NamedNode | None:
    """The Union's term for the language; another list's IRI as it stands."""
    if isinstance(term, Literal | NamedNode):
        known = language_term(term.value)
        return known or (term if isinstance(term, NamedNode) and term in LANGUAGE else None)
    return None


def _date(term: Object) -> Literal | None:
    """A whole date, or date and time, whatever datatype it was written with; else None."""
    if not isinstance(term, Literal):
        return None
    found = _WHOLE_DATE.fullmatch(term.value)
    try:
        datetime.fromisoformat(term.value if found else "")
    except ValueError:
        return None
    datatype = XSD.dateTime if found and found[1] else XSD.date
    return term if term.datatype == datatype else Literal(term.value, datatype=datatype)


def _day(term: Object, last: bool) -> Literal | None:
    """The day on which a year, month or day begins or, if *last*, ends."""
    found = _PART_OF_DATE.fullmatch(term.value) if isinstance(term, Literal) else None
    if not found or not isinstance(term, Literal):
        return None
    whole = _date(term)
    if whole and term.datatype.value not in (f"{XSD_IRI}gYear", f"{XSD_IRI}gYearMonth"):
        return whole
    year, month = int(found[1]), int(found[2] or (12 if last else 1))
    try:
        day = date(year, month, calendar.monthrange(year, month)[1] if last else 1)
    except ValueError:
        return None
    return Literal(day.isoformat(), datatype=XSD.date)


def texts(words: Mapping[str, str]) -> Iterator[Literal]:
    """A text in each of its languages."""
    for language, value in words.items():
        yield Literal(value, language=language) if language else Literal(value)
