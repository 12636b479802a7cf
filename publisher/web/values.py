"""Values as a page shows them: a node's statements, gathered by property, in the words of a reader."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from heapq import nsmallest

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ..describe.labels import sort_key
from ..describe.resource import Description
from .names import Link, Text, node, shortened
from .site import Site
from .vocabulary import DEFINITIONS, ISSUED, LABELS, PUBLISHERS, SOURCE, TYPE

DEEPEST = 3
LONGEST = 20_000  # characters of a value on a page
MOST = 500  # values of one property on a page
_XSD = "http://www.w3.org/2001/XMLSchema#"
PLAIN_DATATYPES = (_XSD, "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString")
DATES = frozenset({_XSD + "date", _XSD + "dateTime", _XSD + "gYearMonth", _XSD + "gYear"})
NUMBERS = frozenset({_XSD + "integer", _XSD + "decimal"})  # the engine knows derived ones as integers
DATE, NUMBER = "date", "number"


@dataclass(frozen=True)
class Value:
    """One value of a property: words, perhaps a link, perhaps facts of its own.

    datatype  name of a datatype worth showing, "" for everyday ones
    files     the named graphs that state it; of what stands inside a node or a table, none
    parts     the facts of a node without a page of its own
    kind      DATE or NUMBER, of which the words are as RDF writes them; else ""
    by        of a source, who published it; dated: when, as RDF writes it
    """

    text: Text
    href: str = ""
    external: bool = False
    datatype: str = ""
    files: tuple[Link, ...] = ()
    parts: tuple["Row", ...] = ()
    kind: str = ""
    by: Text = Text("")
    dated: str = ""


@dataclass(frozen=True)
class Row:
    """A property and its values; *others* are those in languages that are not the reader's.

    more  how many further values only the data has
    iri   of the property
    """

    property: Link
    values: tuple[Value, ...]
    others: tuple[Value, ...] = ()
    more: int = 0
    iri: str = ""

    def stated_in(self) -> tuple[Link, ...]:
        """The named graphs that state one of its values."""
        return tuple(dict.fromkeys(file for value in (*self.values, *self.others) for file in value.files))


class ValueReader:
    """Reads the statements of a description for a reader of *language*.

    about   attribute: node -> its statements
    """

    def __init__(self, site: Site, description: Description, language: str) -> None:
        self.site = site
        self.language = language
        self.description = description
        self.iri = description.iri
        self._graphs: dict[Triple, list[str]] = {}  # what was looked up once
        self._issued: dict[str, str] = {}
        self._links: dict[tuple[str, ...], tuple[Link, ...]] = {}
        self.about: dict[str, list[Triple]] = defaultdict(list)
        for triple in description.statements:
            self.about[key_of(triple.subject)].append(triple)

    def rows(self, triples: Iterable[Triple], shown: Collection[Text] = (), depth: int = 0) -> tuple[Row, ...]:
        """The facts of one node, sorted by the name of the property, sources last; texts *shown* elsewhere left out.

        A node inside another (depth above 0) is headed by its name, so its names in other languages are left out too.
        """
        grouped: dict[NamedNode, list[Triple]] = defaultdict(list)
        told = set()
        for triple in triples:
            known = triple.predicate in LABELS or triple.predicate in DEFINITIONS
            named = depth > 0 and triple.predicate in LABELS
            if known and _text(triple.object) in shown:
                told.add(triple.predicate)
            elif triple.predicate != TYPE and not named:
                grouped[triple.predicate].append(triple)
        rows = [self._row(predicate, found, depth, predicate in told) for predicate, found in grouped.items()]
        return tuple(sorted(rows, key=lambda row: (row.iri == SOURCE.value, sort_key(row.property.text.value))))

    def value(self, triple: Triple, depth: int = 0) -> Value:
        """The value of one statement; *depth* says inside how many nodes it is told."""
        term, files = triple.object, self.files([triple]) if depth == 0 else ()
        if isinstance(term, Literal):
            return self._literal(term, files)
        if not isinstance(term, NamedNode | BlankNode):
            return Value(Text(str(term)), files=files)
        key = key_of(term)
        if self.is_part(key) and depth < DEEPEST and key != self.iri:
            return self._node(key, files, depth)
        link = self.site.link(key, self.language)
        if self._is_same(key, link):  # the name says nothing; where it leads does
            return Value(Text(self.site.short(key)), key, True, files=files)
        return Value(link.text, link.href, link.external, files=files)

    def cited(self, value: Value, source: object) -> Value:
        """*value*, which shows *source*, with its publisher and date."""
        if isinstance(source, Literal):
            return value
        key = key_of(source)
        return replace(value, by=self._published_by(key), dated=self.issued(key))

    def issued(self, key: str) -> str:
        """When a source appeared, as RDF writes it; "" when nobody says."""
        if key not in self._issued:
            found = (t.object for t in self.site.store.triples(node(key), ISSUED, None))
            self._issued[key] = min((term.value for term in found if isinstance(term, Literal)), default="")
        return self._issued[key]

    def _published_by(self, key: str) -> Text:
        for property_ in PUBLISHERS:
            for triple in self.site.store.triples(node(key), property_, None):
                named = triple.object
                return _text(named) or self.site.name(key_of(named), self.language)
        return Text("")

    def types(self, key: str) -> list[str]:
        """The classes of a node, those of the content's own ontology first."""
        objects = (triple.object for triple in self.about[key] if triple.predicate == TYPE)
        types = [term.value for term in objects if isinstance(term, NamedNode)]
        return sorted(types, key=lambda iri: (not iri.startswith(self.site.base_iri), iri))

    def is_part(self, key: str) -> bool:
        """Nodes without a page of their own are told where they are named."""
        return key in self.about and ("#" in key or key.startswith("_:"))

    def files(self, triples: Iterable[Triple]) -> tuple[Link, ...]:
        """The named graphs that state any of *triples*."""
        graphs = tuple(sorted({graph for triple in triples for graph in self._graphs_of(triple)}))
        if graphs not in self._links:
            self._links[graphs] = tuple(Link(self.site.name(iri, self.language), self.site.href(iri)) for iri in graphs)
        return self._links[graphs]

    def _row(self, predicate: NamedNode, triples: list[Triple], depth: int, told: bool) -> Row:
        """One property; texts in other languages stand apart once the reader's own is there, or *told* elsewhere."""
        more = max(0, len(triples) - MOST)
        if more:
            triples = nsmallest(MOST, triples, key=lambda triple: str(triple.object))
        values = [(self.value(triple, depth), triple.object) for triple in triples]
        if predicate == SOURCE:
            values = [(self.cited(value, term), term) for value, term in values]
        values.sort(key=lambda entry: (sort_key(entry[0].text.value), entry[0].href))
        mine = {"", self.language}
        known = told or any(_language(term) in mine for _, term in values)
        near = tuple(value for value, term in values if not known or _language(term) in mine)
        far = tuple(value for value, term in values if known and _language(term) not in mine)
        link = self.site.link(predicate.value, self.language)
        return Row(link, near, tuple(sorted(far, key=_by_language)), more, predicate.value)

    def _node(self, key: str, files: tuple[Link, ...], depth: int) -> Value:
        """A node told where it is named; inside another one, what only dates something is told by its name."""
        name = self.site.name(key, self.language)
        parts = self.rows(self.about[key], {name}, depth + 1)
        dated = all(value.kind == DATE for row in parts for value in row.values)
        if depth and dated and name.language == self.language:
            return Value(name, files=files)
        return Value(name, files=files, parts=parts)

    def _is_same(self, key: str, link: Link) -> bool:
        """Is it what another server calls the thing of the page, by the same name?"""
        return bool(self.site.elsewhere(key)) and link.text.value == self.site.name(self.iri, self.language).value

    def _literal(self, term: Literal, files: tuple[Link, ...]) -> Value:
        datatype = term.datatype.value
        kind = DATE if datatype in DATES else NUMBER if datatype in NUMBERS else ""
        plain = term.language or datatype.startswith(PLAIN_DATATYPES)
        named = "" if plain else self.site.name(datatype, self.language).value
        return Value(Text(shortened(term.value, LONGEST), term.language or ""), datatype=named, files=files, kind=kind)

    def _graphs_of(self, triple: Triple) -> list[str]:
        if triple not in self._graphs:
            self._graphs[triple] = self.site.store.graphs_of(triple)
        return self._graphs[triple]


def key_of(term: object) -> str:
    """IRI, ``_:name`` of a blank node, or the text of anything else."""
    return term.value if isinstance(term, NamedNode) else str(term)


def _by_language(value: Value) -> tuple[str, str]:
    return value.text.language, value.text.value


def _language(term: object) -> str:
    return term.language or "" if isinstance(term, Literal) else ""


def _text(term: object) -> Text | None:
    return Text(term.value, term.language or "") if isinstance(term, Literal) else None
