"""What links to the thing of a page: by the class of what links here and the property it uses, a page at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pyoxigraph import Triple

from ..describe.labels import sort_key
from .names import Link, node
from .values import ValueReader, key_of

PAGE = 60  # links


@dataclass(frozen=True)
class Links:
    """Things of one class that name this one by one property; *total* of them there are, all pages together."""

    kind: Link | None
    property: Link
    things: tuple[Link, ...]
    total: int


@dataclass(frozen=True)
class Inbound:
    """One page of what links here; *more* when the description has only the first links."""

    groups: tuple[Links, ...]
    total: int
    pages: int
    more: bool


class InboundReader:
    """Reads the inbound links of what *reader* describes, but for those of nodes that are *told* otherwise."""

    def __init__(self, reader: ValueReader, told: Iterable[str]) -> None:
        self.reader, self.site, self.language = reader, reader.site, reader.language
        told = {*told, reader.iri}
        self.links = [triple for triple in reader.description.inbound if key_of(triple.subject) not in told]
        self._kinds: dict[str, str] = {}

    def read(self, page: int) -> Inbound:
        """The links of *page*, counted from 1."""
        groups = [(key, list(found)) for key, found in groupby(sorted(self.links, key=self._order), key=self._group)]
        start, groups_shown, place = (page - 1) * PAGE, [], 0
        for (kind, property_), found in groups:
            shown = found[max(0, start - place) : max(0, start + PAGE - place)]
            place += len(found)
            if shown:
                things = tuple(self.site.link(key_of(triple.subject), self.language) for triple in shown)
                of_kind = self.site.link(kind, self.language) if kind else None
                groups_shown.append(Links(of_kind, self.site.link(property_, self.language), things, len(found)))
        total = len(self.links)
        return Inbound(tuple(groups_shown), total, max(1, -(-total // PAGE)), self.reader.description.inbound_more)

    def _group(self, triple: Triple) -> tuple[str, str]:
        return self._kind(key_of(triple.subject)), triple.predicate.value

    def _order(self, triple: Triple) -> tuple[str, ...]:
        kind, property_ = self._group(triple)
        return self._name(kind), kind, self._name(property_), property_, self._name(key_of(triple.subject))

    def _name(self, key: str) -> str:
        return sort_key(self.site.name(key, self.language).value) if key else "~"

    def _kind(self, key: str) -> str:
        """The class of what links here, one of the content's own ontology where it has several; "" without one."""
        if key not in self._kinds:
            types = self.site.types(node(key))
            self._kinds[key] = min(types, key=lambda iri: (not iri.startswith(self.site.base_iri), iri), default="")
        return self._kinds[key]
