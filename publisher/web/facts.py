"""What the page of a resource says: its description, grouped for people to read.

A description is triples; a page has a heading, a lead, a table of facts, tables of the nodes that state something
about the resource (one for each class), and the links that lead here. Every fact names the file that states it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ..describe.labels import sort_key
from ..describe.resource import Description
from .site import Link, Site, Text, node, shortened
from .vocabulary import DEFINITIONS, LABELS, SOURCE, TYPE

PAGE = 50
DEEPEST = 3
LONGEST = 20_000  # characters of a value on a page
MOST = 500  # values of one property, and nodes in a table, on a page
MOST_FOREIGN = 50  # the same of nodes that are no part of a document of ours, but have pages of their own
PLAIN_DATATYPES = ("http://www.w3.org/2001/XMLSchema#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString")


@dataclass(frozen=True)
class Value:
    """One value of a property: words, perhaps a link, perhaps facts of its own.

    datatype  name of a datatype worth showing, "" for everyday ones
    files     the named graphs that state it; of what stands inside a node or a table, none
    parts     the facts of a node without a page of its own
    """

    text: Text
    href: str = ""
    external: bool = False
    datatype: str = ""
    files: tuple[Link, ...] = ()
    parts: tuple["Row", ...] = ()


@dataclass(frozen=True)
class Row:
    """A property and its values; *others* are those in languages that are not the reader's.

    more  how many further values only the data has
    """

    property: Link
    values: tuple[Value, ...]
    others: tuple[Value, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Table:
    """Nodes of one class that state something about the resource; ``rows`` hold anchor, node, then cells.

    total  how many nodes there are; rows may hold only the first
    """

    caption: Link
    columns: tuple[Link, ...]
    rows: tuple[tuple[str, Link, tuple[tuple[Value, ...], ...]], ...]
    files: tuple[Link, ...]
    total: int


@dataclass(frozen=True)
class Facts:
    """Everything a resource's page shows; texts are in the reader's language where there are any."""

    iri: str
    heading: Text
    types: tuple[Link, ...]
    lists: tuple[Link, ...]
    lead: tuple[Value, ...]
    rows: tuple[Row, ...]
    tables: tuple[Table, ...]
    inbound: tuple[tuple[Link, tuple[Link, ...]], ...]
    inbound_total: int
    inbound_more: bool
    personal: bool
    pages: int = 1


class FactsReader:
    """Turns one description into Facts for a reader of *language*."""

    def __init__(self, site: Site, description: Description, language: str) -> None:
        self.site = site
        self.language = language
        self.description = description
        self.iri = description.iri
        self._graphs: dict[Triple, list[str]] = {}  # what was looked up once
        self._links: dict[tuple[str, ...], tuple[Link, ...]] = {}
        self.about: dict[str, list[Triple]] = defaultdict(list)
        for triple in description.statements:
            self.about[_key(triple.subject)].append(triple)

    def read(self, page: int = 1) -> Facts:
        """Everything; of the inbound links the ones of *page*, counted from 1."""
        site, own = self.site, self.about[self.iri]
        heading = site.name(self.iri, self.language)
        types = self._types(self.iri)
        listed = [iri for iri in types if site.class_counts.get(iri)]
        lead = self._lead(own)
        shown = {value.text for value in lead} | {heading}
        stating = self._stating()
        inbound = self._inbound(set(stating))
        told = [self._link(triple) for triple in inbound[(page - 1) * PAGE : page * PAGE]]
        return Facts(
            iri=self.iri,
            heading=heading,
            types=tuple(site.link(iri, self.language) for iri in types),
            lists=tuple(Link(site.name(iri, self.language), site.mount + site.list_path(iri)) for iri in listed),
            lead=lead,
            rows=self.rows(own, shown),
            tables=self._tables(stating),
            inbound=_by_property(told),
            inbound_total=len(inbound),
            inbound_more=self.description.inbound_more,
            personal=site.is_personal(self.iri),
            pages=max(1, -(-len(inbound) // PAGE)),
        )

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
        last = self.site.name(SOURCE.value, self.language)
        return tuple(sorted(rows, key=lambda row: (row.property.text == last, sort_key(row.property.text.value))))

    def _row(self, predicate: NamedNode, triples: list[Triple], depth: int, told: bool) -> Row:
        """One property; texts in other languages stand apart once the reader's own is there, or *told* elsewhere."""
        more = max(0, len(triples) - MOST)
        if more:
            triples = nsmallest(MOST, triples, key=lambda triple: str(triple.object))
        values = [(self._value(triple, depth), triple.object) for triple in triples]
        values.sort(key=lambda entry: (sort_key(entry[0].text.value), entry[0].href))
        mine = {"", self.language}
        known = told or any(_language(term) in mine for _, term in values)
        near = tuple(value for value, term in values if not known or _language(term) in mine)
        far = tuple(value for value, term in values if known and _language(term) not in mine)
        link = self.site.link(predicate.value, self.language)
        return Row(link, near, tuple(sorted(far, key=_by_language)), more)

    def _value(self, triple: Triple, depth: int = 0) -> Value:
        term, files = triple.object, self._files([triple]) if depth == 0 else ()
        if isinstance(term, Literal):
            plain = term.language or term.datatype.value.startswith(PLAIN_DATATYPES)
            datatype = "" if plain else self.site.name(term.datatype.value, self.language).value
            return Value(Text(shortened(term.value, LONGEST), term.language or ""), datatype=datatype, files=files)
        if not isinstance(term, NamedNode | BlankNode):
            return Value(Text(str(term)), files=files)
        key = _key(term)
        if self._is_part(key) and depth < DEEPEST and key != self.iri:
            parts = self.rows(self.about[key], {self.site.name(key, self.language)}, depth + 1)
            return Value(self.site.name(key, self.language), files=files, parts=parts)
        link = self.site.link(key, self.language)
        return Value(link.text, link.href, link.external, files=files)

    def _types(self, key: str) -> list[str]:
        """The classes of a node, those of the content's own ontology first."""
        objects = (triple.object for triple in self.about[key] if triple.predicate == TYPE)
        types = [term.value for term in objects if isinstance(term, NamedNode)]
        return sorted(types, key=lambda iri: (not iri.startswith(self.site.base_iri), iri))

    def _is_part(self, key: str) -> bool:
        """Nodes without a page of their own are told where they are named."""
        return key in self.about and ("#" in key or key.startswith("_:"))

    def _lead(self, own: list[Triple]) -> tuple[Value, ...]:
        """The reader's descriptions and definitions, else the English ones."""
        for language in (self.language, "en", ""):
            lead = [
                self._value(triple)
                for triple in own
                if triple.predicate in DEFINITIONS
                and isinstance(triple.object, Literal)
                and (triple.object.language or "") == language
            ]
            if lead:
                return tuple(lead)
        return ()

    def _stating(self) -> list[str]:
        """The described nodes that are told neither in the facts nor inside another node."""
        named = {
            _key(triple.object) for triple in self.description.statements if not isinstance(triple.object, Literal)
        }
        return sorted(key for key in self.about if key != self.iri and not (key in named and self._is_part(key)))

    def _tables(self, keys: list[str]) -> tuple[Table, ...]:
        by_class: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            by_class[next(iter(self._types(key)), "")].append(key)
        tables = [self._table(iri, members) for iri, members in by_class.items()]
        return tuple(sorted(tables, key=lambda table: sort_key(table.caption.text.value)))

    def _table(self, iri: str, keys: list[str]) -> Table:
        ours = self.iri.startswith(self.site.base_iri)
        total, keys = len(keys), keys[: MOST if ours else MOST_FOREIGN]
        columns = self._columns(keys)
        rows = []
        for key in keys:
            cells = [
                tuple(self._value(triple, 1) for triple in self.about[key] if triple.predicate == column)
                for column in columns
            ]
            mine = tuple(tuple(self._in_reach(cell)) for cell in cells)
            anchor = key.removeprefix(self.iri + "#") if key.startswith(self.iri + "#") else ""
            rows.append((anchor, self.site.link(key, self.language), mine))
        rows.sort(key=lambda row: sort_key(row[1].text.value))
        caption = self.site.link(iri, self.language) if iri else Link(Text(""), "")
        links = tuple(self.site.link(column.value, self.language) for column in columns)
        return Table(caption, links, tuple(rows), self._files(self.about[key][0] for key in keys), total)

    def _columns(self, keys: list[str]) -> list[NamedNode]:
        """Properties that say more than the row's name and the page itself; the most frequent first, sources last."""
        counts = Counter(
            triple.predicate
            for key in keys
            for triple in self.about[key]
            if triple.predicate not in LABELS and triple.predicate != TYPE and _key(triple.object) != self.iri
        )
        return sorted(counts, key=lambda predicate: (predicate == SOURCE, -counts[predicate], predicate.value))

    def _in_reach(self, values: Sequence[Value]) -> Iterable[Value]:
        """Of a cell's texts those in the reader's language, when there are any."""
        mine = [value for value in values if value.text.language in ("", self.language) or value.href]
        return mine or values

    def _inbound(self, told: set[str]) -> list[Triple]:
        """The links from nodes that are not *told* otherwise, sorted by the names of property and subject."""
        told = told | {self.iri}
        links = [triple for triple in self.description.inbound if _key(triple.subject) not in told]
        return sorted(links, key=lambda triple: (self._place(triple.predicate), self._place(triple.subject)))

    def _place(self, term: object) -> str:
        return f"{sort_key(self.site.name(_key(term), self.language).value)}/{_key(term)}"

    def _link(self, triple: Triple) -> tuple[Link, Link]:
        return self.site.link(triple.predicate.value, self.language), self.site.link(
            _key(triple.subject), self.language
        )

    def _files(self, triples: Iterable[Triple]) -> tuple[Link, ...]:
        graphs = tuple(sorted({graph for triple in triples for graph in self._graphs_of(triple)}))
        if graphs not in self._links:
            self._links[graphs] = tuple(Link(self.site.name(iri, self.language), self.site.href(iri)) for iri in graphs)
        return self._links[graphs]

    def _graphs_of(self, triple: Triple) -> list[str]:
        if triple not in self._graphs:
            self._graphs[triple] = self.site.store.graphs_of(triple)
        return self._graphs[triple]


def read_node(site: Site, iri: str, language: str) -> tuple[Row, ...]:
    """The facts of one node alone, as ontology and scheme pages list them."""
    triples = tuple(site.store.triples(node(iri)))
    return FactsReader(site, Description(iri, triples, (), False, ()), language).rows(triples)


def _by_property(pairs: list[tuple[Link, Link]]) -> tuple[tuple[Link, tuple[Link, ...]], ...]:
    grouped: dict[Link, list[Link]] = defaultdict(list)
    for predicate, subject in pairs:
        grouped[predicate].append(subject)
    return tuple((predicate, tuple(subjects)) for predicate, subjects in grouped.items())


def _by_language(value: Value) -> tuple[str, str]:
    return value.text.language, value.text.value


def _key(term: object) -> str:
    """IRI, ``_:name`` of a blank node, or the text of anything else."""
    return term.value if isinstance(term, NamedNode) else str(term)


def _language(term: object) -> str:
    return term.language or "" if isinstance(term, Literal) else ""


def _text(term: object) -> Text | None:
    return Text(term.value, term.language or "") if isinstance(term, Literal) else None
