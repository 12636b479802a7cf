"""What the page of a resource says: its description, grouped for people to read.

A description is triples; a page has a heading, a lead, facts by meaning, what other nodes state about the resource,
and the links that lead here. Every fact names the file that states it.
"""

from collections import defaultdict
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple

from ..describe.resource import Description
from .grouping import BRIEF, Group, common_files, group
from .inbound import Inbound, InboundReader
from .map import Map
from .names import Link, Text, node
from .site import Site
from .stated import Stated, StatedReader
from .values import Row, Value, ValueReader
from .vocabulary import DEFINITIONS, LABELS
from .whereabouts import map_of


@dataclass(frozen=True)
class Facts:
    """Everything a resource's page shows; texts are in the reader's language where there are any.

    rows    the facts, sorted by property; groups: the same by meaning, but for those of *brief*
    names   what it is called in other languages, when that is something else
    files   the named graphs that state every fact, when all are stated by the same ones
    lists   the classes that have a list of their own, with its address
    """

    iri: str
    heading: Text
    names: tuple[Text, ...]
    types: tuple[Link, ...]
    lists: tuple[Link, ...]
    lead: tuple[Value, ...]
    rows: tuple[Row, ...]
    brief: Group | None
    groups: tuple[Group, ...]
    files: tuple[Link, ...]
    stated: tuple[Stated, ...]
    inbound: Inbound
    map: Map | None
    personal: bool


class FactsReader(ValueReader):
    """Turns one description into Facts for a reader of its language."""

    def read(self, page: int = 1) -> Facts:
        """Everything; of the inbound links the ones of *page*, counted from 1."""
        site, own = self.site, self.about[self.iri]
        heading, types, lead = site.name(self.iri, self.language), self.types(self.iri), self._lead(own)
        names = self._names(own, heading)
        rows = self.rows(own, {value.text for value in lead} | {heading, *names})
        rows = tuple(row for row in rows if not self._is_heading(row, heading))
        groups = group(rows, site.naming_properties)
        brief = groups[0] if groups and groups[0].heading == BRIEF else None
        stating = StatedReader(self)
        nodes = stating.nodes()
        listed = [iri for iri in types if site.class_counts.get(iri)]
        return Facts(
            iri=self.iri,
            heading=heading,
            names=names,
            types=tuple(site.link(iri, self.language) for iri in types),
            lists=tuple(Link(site.name(iri, self.language), site.mount + site.list_path(iri)) for iri in listed),
            lead=lead,
            rows=rows,
            brief=brief,
            groups=groups[1:] if brief else groups,
            files=common_files(rows),
            stated=stating.read(nodes),
            inbound=InboundReader(self, nodes).read(page),
            map=map_of(self),
            personal=site.is_personal(self.iri),
        )

    def _names(self, own: list[Triple], heading: Text) -> tuple[Text, ...]:
        """One name in each other language, when it is not the heading again."""
        found = {
            triple.object.language: triple.object.value
            for triple in own
            if triple.predicate in LABELS and isinstance(triple.object, Literal) and triple.object.language
        }
        return tuple(Text(name, tag) for tag, name in sorted(found.items()) if name != heading.value)

    def _is_heading(self, row: Row, heading: Text) -> bool:
        """Does the row only say the heading again, as the name in other languages too?"""
        values = (*row.values, *row.others)
        return NamedNode(row.iri) in LABELS and all(value.text.value == heading.value for value in values)

    def _lead(self, own: list[Triple]) -> tuple[Value, ...]:
        """The reader's descriptions and definitions, else the English ones, else those of any one language."""
        found: dict[str, list[Triple]] = defaultdict(list)
        for triple in own:
            if triple.predicate in DEFINITIONS and isinstance(triple.object, Literal):
                found[triple.object.language or ""].append(triple)
        tag = next((tag for tag in (self.language, "en", "") if tag in found), min(found, default=""))
        return tuple(self.value(triple) for triple in found.get(tag, ()))


def read_node(site: Site, iri: str, language: str) -> tuple[Row, ...]:
    """The facts of one node alone, as ontology and scheme pages list them."""
    triples = tuple(site.store.triples(node(iri)))
    return ValueReader(site, Description(iri, triples, (), False, ()), language).rows(triples)
