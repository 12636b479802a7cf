"""Typed links between the page about something, its metadata and its files, so that programs find their way.

A page has one set of links, each from an address to another. What an answer says in its headers are those from its own
address, so that whatever leads somewhere is answered from there. Sources: FAIR Signposting Profile, levels 1 and 2;
RFC 8288 (Web Linking), RFC 9264 (Linkset), RFC 8574 (cite-as), RFC 6573 (item and collection).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .vocabulary import SCHEMA

ABOUT_PAGE = SCHEMA.AboutPage.value
DOCUMENT = SCHEMA.DigitalDocument.value
FILE = SCHEMA.DataDownload.value
PAGE = "text/html"
MOST_ITEMS = 20  # in a header


@dataclass(frozen=True)
class Link:
    """A typed link. *media_type* and *profile* are of the target, "" when there is nothing to say."""

    anchor: str
    relation: str
    target: str
    media_type: str = ""
    profile: str = ""

    def __str__(self) -> str:
        """As an element of a Link header of the anchor."""
        told = (("rel", self.relation), ("type", self.media_type), ("profile", self.profile))
        return f"<{self.target}>" + "".join(f'; {name}="{value}"' for name, value in told if value)


@dataclass(frozen=True)
class Target:
    """A document or file that a page leads to."""

    address: str
    media_type: str = ""
    profile: str = ""


@dataclass(frozen=True)
class Landing:
    """The page about something that can be cited. All addresses are full, and URIs.

    iri       what it is about, persistently; "" for what has no name of its own
    kind      class of that in schema.org, "" when nobody said
    metadata  documents that describe the same for programs
    files     what it consists of
    members   pages about its parts, each with links of its own
    part_of   pages about what it belongs to
    linkset   where all of these links are in one document
    """

    address: str
    iri: str = ""
    kind: str = ""
    licence: str = ""
    authors: tuple[str, ...] = ()
    metadata: tuple[Target, ...] = ()
    files: tuple[Target, ...] = ()
    members: tuple[Target, ...] = ()
    part_of: tuple[str, ...] = ()
    linkset: tuple[Target, ...] = ()

    def links(self) -> Iterator[Link]:
        """All links: those of the page, then those of its metadata and files."""
        page = self.address
        yield from self._named(page)
        yield from (Link(page, "type", kind) for kind in (ABOUT_PAGE, self.kind) if kind)
        for target in self.metadata:
            yield Link(page, "describedby", target.address, target.media_type, target.profile)
        for target in (*self.files, *self.members):
            yield Link(page, "item", target.address, target.media_type)
        yield from self._whole(page)
        yield from self._shared(page)
        for target in self.metadata:
            yield Link(target.address, "describes", page, PAGE)
            yield from self._named(target.address)
            yield Link(target.address, "type", DOCUMENT)
            yield from self._whole(target.address)
            yield from self._shared(target.address)
        for target in self.files:
            yield Link(target.address, "collection", page, PAGE)
            yield from self._named(target.address)
            yield Link(target.address, "type", FILE)
            yield from self._shared(target.address)

    def of(self, anchor: str) -> list[Link]:
        """The links from one address; from one that the page does not lead to, only name and licence.

        Of a page with very many items none of these, for the link set has them.
        """
        own = [link for link in self.links() if link.anchor == anchor]
        links = own or [*self._named(anchor), *self._shared(anchor)]
        many = len(self.files) + len(self.members) > MOST_ITEMS
        return [link for link in links if not (many and link.relation == "item")]

    def _named(self, anchor: str) -> Iterator[Link]:
        if self.iri:
            yield Link(anchor, "cite-as", self.iri)

    def _whole(self, anchor: str) -> Iterator[Link]:
        for whole in self.part_of:
            yield Link(anchor, "collection", whole, PAGE)

    def _shared(self, anchor: str) -> Iterator[Link]:
        if self.licence:
            yield Link(anchor, "license", self.licence)
        for author in self.authors:
            yield Link(anchor, "author", author)
        for target in self.linkset:
            yield Link(anchor, "linkset", target.address, target.media_type)


def linkset_json(links: Iterable[Link]) -> str:
    """The links as ``application/linkset+json`` (RFC 9264, section 4.2).

    Without profiles: the RFC wants an array of them, at which a library that people use fails.
    """
    contexts: dict[str, dict[str, list[dict[str, str]]]] = {}
    for link in links:
        target = {"href": link.target}
        if link.media_type:
            target["type"] = link.media_type
        contexts.setdefault(link.anchor, {}).setdefault(link.relation, []).append(target)
    linkset = [{"anchor": anchor, **relations} for anchor, relations in contexts.items()]
    return json.dumps({"linkset": linkset}, ensure_ascii=False, indent=2) + "\n"


def linkset_text(links: Iterable[Link]) -> str:
    """The links as ``application/linkset`` (RFC 9264, section 4.1): a Link header that names its anchors."""
    return ",\n".join(f'{link}; anchor="{link.anchor}"' for link in links) + "\n"
