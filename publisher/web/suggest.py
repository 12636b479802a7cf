"""What a person who types is offered, and looks at before choosing: suggestions, small and larger previews.

Source: Reconciliation Service API 0.2, sections 5 (preview) and 6 (suggest).
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from flask import Blueprint, Response, render_template
from pyoxigraph import Literal, NamedNode

from ..describe.matching import Candidate, Query
from ..describe.resource import Description
from ..describe.spelling import fold
from ..errors import NotFound, RequestError
from .answers import parameters, reader_language, send_page
from .facts import FactsReader
from .jsonp import KEPT_FROM_SEARCH, send_json
from .reconcile import LONGEST
from .refusal import PAGE
from .site import site
from .terms import known_class, most_used, named
from .vocabulary import LABELS

KINDS = ("entity", "type", "property")
PAGE_SIZE = 20
NOWHERE = 5  # see place()
MOST_TERMS = 500  # classes or properties that are all looked at; of more, those that the index finds
FACTS, MOST_SAID = 6, 200  # rows of a preview; statements that are looked at for them
LONGEST_FACT = 120  # characters of a text in a row
# A preview is shown inside the page of whoever reconciles.
FRAMED = {
    "Content-Security-Policy": PAGE["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors *")
}

blueprint = Blueprint("suggest", __name__)


@blueprint.get("/reconcile/suggest/<kind>")
def suggest(kind: str) -> Response:
    """Entities, types or properties whose name begins with ``?prefix=``, from place ``?cursor=`` on."""
    check_kind(kind)
    given, language = parameters(), reader_language()
    prefix, cursor = given.one("prefix") or "", given.one("cursor") or "0"
    if not (cursor.isascii() and cursor.isdigit()):
        raise RequestError(f"cursor={cursor!r}: a whole number is right", parameter="cursor")
    start = int(cursor[:9])
    if kind == "entity":
        types = tuple(known_class(iri, "type") for iri in given.many("type") if iri)
        meant = site().matcher.suggestions(Query(prefix, types))[start : start + PAGE_SIZE]
        found = [entity(candidate, language) for candidate in meant]
    else:
        terms = beginning(site().class_counts if kind == "type" else site().properties, prefix)
        found = [named(iri, language) | told(iri, language) for iri in terms[start : start + PAGE_SIZE]]
    return send_json({"result": found})


@blueprint.get("/reconcile/flyout/<kind>")
def flyout(kind: str) -> Response:
    """A few words about one of them, as HTML in JSON."""
    check_kind(kind)
    iri, language = known(), reader_language()
    kinds = [site().name(type, language) for type in site().matcher.types(iri)]
    html = render_template(
        "flyout.html",
        name=site().name(iri, language),
        kinds=kinds,
        text=site().described(iri, language, LONGEST),
        short=site().short(iri),
    )
    return send_json({"id": iri, "html": html})


@blueprint.get("/reconcile/preview")
def preview() -> Response:
    """A small page about an entity, for a frame in somebody's page."""
    iri, language = known(), reader_language()
    triples = islice(site().store.triples(NamedNode(iri)), MOST_SAID)
    short = tuple(triple for triple in triples if triple.predicate not in LABELS and not is_long(triple.object))
    reader = FactsReader(site(), Description(iri, short, (), False, ()), language)
    lead = site().described(iri, language, LONGEST)
    return send_page(
        "preview.html", vary=("Accept-Language",), headers=KEPT_FROM_SEARCH | FRAMED, iri=iri, lead=lead,
        name=site().name(iri, language), kinds=[site().link(kind, language) for kind in site().matcher.types(iri)],
        rows=reader.rows(short, {lead, site().name(iri, language)})[:FACTS],
    )  # fmt: skip


def is_long(object: Any) -> bool:
    return isinstance(object, Literal) and len(object.value) > LONGEST_FACT


def check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise NotFound(f"{kind} is nothing to suggest; {', '.join(KINDS)} are", known=list(KINDS))


def known() -> str:
    """The IRI that ``?id=`` names. Raises RequestError without one, NotFound when nothing is known of it."""
    iri = parameters().one("id")
    if not iri:
        raise RequestError("parameter id is missing; ?id=https://… is right", parameter="id")
    if iri.startswith("_:") or not site().store.contains(iri):
        raise NotFound(f"nothing is known here about {iri}")
    return iri


def entity(candidate: Candidate, language: str) -> dict[str, Any]:
    """A resource whose name begins so, or whose identifier was given."""
    found: dict[str, Any] = named(candidate.iri, language) | told(candidate.iri, language)
    other = candidate.found_by if candidate.found_by != found["name"] else ""
    if other:
        found["description"] = " · ".join(filter(None, (other, found.get("description", ""))))
    return found | {"notable": [named(kind, language) for kind in candidate.types]}


def beginning(terms: Mapping[str, int], prefix: str) -> list[str]:
    """Those of *terms*, with numbers of uses, in whose name in any language *prefix* stands, the best ``place`` first,
    then the most used. All of them, or the most used ones, for an empty one.
    """
    start = fold(prefix)
    if prefix in terms:
        return [prefix]
    if not start:
        return most_used(terms, MOST_TERMS)
    if len(terms) > MOST_TERMS:
        near = {found.iri for found in site().snapshot.search.beginning(prefix, MOST_TERMS)}
        named_so = {iri: uses for iri, uses in terms.items() if iri in near or prefix.lower() in iri.lower()}
        terms = {iri: terms[iri] for iri in most_used(named_so, MOST_TERMS)}
    places = ((place(iri, start), -uses, iri) for iri, uses in terms.items())
    return [iri for where, _, iri in sorted(places) if where < NOWHERE]


def place(iri: str, start: str) -> int:
    """Where *start* stands in a name of *iri*: 0 it is the name, 1 at its beginning, 2 at that of a word, 3 in pieces
    at those of words, 4 within, 5 nowhere.
    """
    names = [f" {fold(name)}" for name in (*site().labels.all(iri).values(), site().short(iri))]
    words = [f" {word}" for word in start.split()]
    tests = (
        lambda name: name == f" {start}",
        lambda name: name.startswith(f" {start}"),
        lambda name: f" {start}" in name,
        lambda name: all(word in name for word in words),
        lambda name: start in name,
    )
    return next((rank for rank, test in enumerate(tests) if any(map(test, names))), NOWHERE)


def told(iri: str, language: str) -> dict[str, str]:
    text = site().described(iri, language, LONGEST).value
    return {"description": text} if text else {}
