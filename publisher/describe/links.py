"""Which of our resources is meant by an IRI of somebody else: the links that say two IRIs name the same thing.

An IRI is looked up as it is, then in the other forms that people copy: http for https, the address of a page about a
thing for the name of the thing. Nothing is fetched.
"""

import re
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from ..store.store import Store, name_of
from .vocabulary import OWL, SCHEMA, SKOS

# Properties that say that object and subject are one and the same.
SAME = (OWL.sameAs, SKOS.exactMatch, SCHEMA.sameAs, NamedNode("http://schema.org/sameAs"))
# Those that say less; a report of links counts them too.
NEAR = tuple(SKOS(f"{kind}Match") for kind in ("close", "broad", "narrow", "related"))
MOST = 100  # resources that one IRI may stand for here

_WIKIDATA, _GEONAMES = "http://www.wikidata.org/entity/", "https://sws.geonames.org/"
# Addresses of pages and documents -> the names of what they are about.
_PAGES = (
    (re.compile(r"https?://(?:www\.|m\.)?wikidata\.org/(?:wiki|entity|wiki/Special:EntityData)/([QPL]\d+)[^/]*"),
     _WIKIDATA + "{}"),
    (re.compile(r"https?://(?:www\.|sws\.)?geonames\.org/(\d+)(?:/.*)?"), _GEONAMES + "{}/"),
)  # fmt: skip
# Bare identifiers that cannot be taken for anything else.
_CODES = ((re.compile(r"Q[1-9]\d*"), _WIKIDATA + "{}"),)


def forms(iri: str) -> list[str]:
    """*iri*, and what else the same thing may be called in the same place; the most literal first.

    >>> "http://www.wikidata.org/entity/Q42" in forms("https://www.wikidata.org/wiki/Q42")
    True
    """
    named = [name.format(found[1]) for pattern, name in _PAGES if (found := pattern.fullmatch(iri))]
    return list(dict.fromkeys(form for start in (iri, *named) for form in _spelt(start)))


def identifier(text: str) -> str:
    """The IRI that a bare identifier such as Q42 stands for, "" for any other text."""
    return next((name.format(text) for pattern, name in _CODES if pattern.fullmatch(text)), "")


def same(store: Store, iri: str) -> list[str]:
    """The resources that *store* says are the same as *iri*, sorted; at most MOST. Empty when *iri* is no IRI."""
    found: set[str] = set()
    for form in forms(iri):
        try:
            node = NamedNode(form)
        except ValueError:
            return []
        for property_ in SAME:
            for triple in store.triples(None, property_, node):
                found.add(name_of(triple.subject))
                if len(found) >= MOST:
                    return sorted(found)
        if found:
            break
    return sorted(found)


def links(store: Store, iri: str) -> Iterator[tuple[str, str]]:
    """Where *iri* is linked to, as pairs of property and IRI, by any property that says same or near."""
    for property_ in (*SAME, *NEAR):
        for triple in store.triples(NamedNode(iri), property_):
            if not isinstance(triple.object, Literal):
                yield property_.value, name_of(triple.object)


def space_of(iri: str) -> str:
    """The namespace of an identifier: all before its last part; "" when there is none.

    >>> space_of("https://sws.geonames.org/2792413/"), space_of("http://www.wikidata.org/entity/Q42")
    ('https://sws.geonames.org/', 'http://www.wikidata.org/entity/')
    """
    start = iri.find("://") + 3
    end = max(iri.rfind("/", start, len(iri) - 1), iri.rfind("#", start, len(iri) - 1))
    return iri[: end + 1] if start > 2 and end > 0 else ""


def _spelt(iri: str) -> Iterator[str]:
    scheme, mark, rest = iri.partition("://")
    others = {"http": "https", "https": "http"}
    for form in (rest, rest.removesuffix("/") if rest.endswith("/") else rest + "/"):
        for word in dict.fromkeys((scheme, others.get(scheme, scheme))):
            yield f"{word}{mark}{form}" if mark else iri
