"""Search: a page that works without a script, and suggestions for one while somebody types."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from flask import Blueprint, Response

from ..describe.finding import LONGEST, MOST, Hit
from ..describe.namespaces import METAMODEL
from ..describe.spelling import fold
from ..describe.texts import DESCRIPTIONS
from ..errors import NotFound, RequestError
from ..formats import HTML
from .answers import choose_format, in_chosen_language, parameters, reader_language, send, send_page
from .names import Link, Text, node
from .site import site
from .terms import known_class

PAGE = 20
SUGGESTED = 8
MOST_KINDS = 12  # kinds by which results can be narrowed
MOST_TYPES = 20  # of them that are chosen at once
SNIPPET = 180  # characters of a description that are shown
MOST_TEXTS, LONGEST_READ = 20, 2_000  # descriptions by one property, and characters of each, that are looked at
KEPT_OUT = {"X-Robots-Tag": "noindex"}
_WORD = re.compile(r"\w+")

blueprint = Blueprint("search", __name__)

Marked = list[tuple[str, bool]]


@dataclass(frozen=True)
class Result:
    """A thing that was found, as it is shown.

    name     with the words searched for marked, in *language*
    also     the other name by which it was found, if any
    snippet  of what describes it, marked
    """

    link: Link
    name: Marked
    kinds: tuple[Text, ...]
    also: Marked
    also_language: str
    snippet: Marked
    snippet_language: str
    iri: str


@dataclass(frozen=True)
class Kind:
    """A class of results: what it is called, how many there are, and where choosing it, or not, leads."""

    text: Text
    count: int
    chosen: bool
    href: str


@blueprint.get("/search")
def search() -> Response:
    """What ``?q=`` finds, of one of the kinds in ``?type=`` if any are given."""
    choose_format((HTML,))
    given, language = parameters(), reader_language()
    text = checked(given.one("q"))
    types = tuple(dict.fromkeys(known_class(name, "type") for name in given.many("type") if name))
    if len(types) > MOST_TYPES:
        raise RequestError(f"{len(types)} types at once; {MOST_TYPES} is the most", parameter="type", limit=MOST_TYPES)
    found = site().finder.find(text)
    hits = [hit for hit in found if not types or not set(types).isdisjoint(hit.types)]
    page, pages = given.page(), max(1, -(-len(hits) // PAGE))
    if page > pages:
        raise NotFound(f"page {page} of {pages}", pages=pages)
    words = fold(text).split()
    shown = [result(hit, words, language) for hit in hits[(page - 1) * PAGE : page * PAGE]]
    return send_page(
        "search.html", headers=KEPT_OUT, q=text, results=shown, total=len(hits), all=len(found), most=MOST,
        page=page, pages=pages, path=href(text, types), kinds=kinds(text, found, types, language),
        first=(page - 1) * PAGE + 1, only_alike=bool(hits) and all(hit.is_alike for hit in hits),
        everything=href(text, ()), chosen=[site().name(iri, language) for iri in types],
    )  # fmt: skip


@blueprint.get("/search/suggest")
def suggest() -> Response:
    """The first things whose name ``?q=`` may become, with their kinds and where they are, for a list below a field."""
    language, text = reader_language(), checked(parameters().one("q"))
    items = []
    for candidate in site().finder.suggest(text, SUGGESTED):
        link = site().link(candidate.iri, language)
        if not link.href:
            continue
        types = [kind for kind in candidate.types if not kind.startswith(METAMODEL)]
        items.append({
            "name": link.text.value,
            "lang": link.text.language,
            "also": candidate.found_by or called(candidate.iri, link.text.value, text),
            "kind": site().name(types[0], language).value if types else "",
            "href": link.href if link.external else in_chosen_language(link.href),
        })  # fmt: skip
    content = json.dumps({"q": text, "items": items}, ensure_ascii=False)
    return send(content, "application/json", vary=("Accept-Language",), headers=KEPT_OUT)


def called(iri: str, shown: str, text: str) -> str:
    """The name of *iri* in another language that has *text*, when the one that is shown has not; "" without one."""
    start = fold(text)
    names = (shown, *site().labels.all(iri).values())
    name = next((name for name in names if start in fold(name)), "")
    return name if name != shown else ""


def checked(text: str | None) -> str:
    """What is searched for. Raises RequestError when it is too long."""
    if text and len(text) > LONGEST:
        raise RequestError(f"q is longer than {LONGEST} characters; a few words are right", parameter="q")
    return (text or "").strip()


def href(text: str, types: tuple[str, ...]) -> str:
    """Path of the search for *text* among *types*."""
    pairs = [("q", text), *(("type", site().short(iri)) for iri in sorted(types))]
    return f"{site().mount}search?{urlencode(pairs, safe=':/')}"


def kinds(text: str, found: list[Hit], types: tuple[str, ...], language: str) -> list[Kind]:
    """The kinds of all that was *found*, the most first; those that are chosen in any case."""
    counts = Counter(kind for hit in found for kind in hit.types if kind in site().class_counts)
    counts.update(dict.fromkeys(types, 0))
    first = sorted(counts, key=lambda iri: (iri not in types, -counts[iri], iri))[: max(MOST_KINDS, len(types))]
    return [
        Kind(site().name(iri, language), counts[iri], iri in types, href(text, tuple(set(types) ^ {iri})))
        for iri in first
    ]


def result(hit: Hit, words: list[str], language: str) -> Result:
    link = site().link(hit.iri, language)
    shown = fold(link.text.value)
    also = hit.name if not all(word in shown for word in words) and fold(hit.name) != shown else ""
    snippet = snippet_of(hit.iri, words, language)
    return Result(
        link,
        marked(link.text.value, words),
        tuple(site().name(kind, language) for kind in hit.types[:3]),
        marked(also, words),
        hit.language,
        marked(snippet.value, words),
        snippet.language,
        hit.iri,
    )


def snippet_of(iri: str, words: list[str], language: str) -> Text:
    """What describes *iri*, around the first of *words*: the description that has most of them, best in *language*.

    Of what has none of them, only what says what *iri* is.
    """
    texts = [text for name in DESCRIPTIONS for text in islice(site().texts(node(iri), name), MOST_TEXTS)]
    ranked = [(len(found_in(text, words)), text) for text in texts]
    most = max((count for count, _ in ranked), default=0)
    if not most:
        text = site().described(iri, language, LONGEST_READ)
        return Text(cut(text.value, words), text.language)
    best = [text for count, text in ranked if count == most]
    chosen = min(best, key=lambda text: (text.language != language, text.language != "en"))
    return Text(cut(chosen.value, words), chosen.language)


def found_in(text: Text, words: list[str]) -> set[str]:
    """Those of *words* that *text* has."""
    pieces = marked(text.value[:LONGEST_READ], words)
    return {fold(piece) for piece, is_marked in pieces if is_marked}


def cut(text: str, words: list[str]) -> str:
    """SNIPPET characters of *text* around the first of *words*, cut between words."""
    text = " ".join(text.split())
    if len(text) <= SNIPPET:
        return text
    place = next((found.start() for found in _WORD.finditer(text) if is_wanted(found[0], words)), 0)
    start = max(0, min(place - SNIPPET // 3, len(text) - SNIPPET))
    start = text.rfind(" ", 0, start) + 1 if start else 0
    end = start + SNIPPET
    end = text.rfind(" ", start + SNIPPET // 2, end) if end < len(text) else len(text)
    end = end if end > 0 else start + SNIPPET
    return ("… " if start else "") + text[start:end].rstrip() + (" …" if end < len(text) else "")


def marked(text: str, words: list[str]) -> Marked:
    """*text* in pieces, those marked that begin with one of the folded *words*.

    >>> marked("Canton de Genève", ["geneve"])
    [('Canton de ', False), ('Genève', True)]
    """
    pieces: Marked = []
    last = 0
    for found in _WORD.finditer(text):
        if is_wanted(found[0], words):
            pieces += [(text[last : found.start()], False), (found[0], True)]
            last = found.end()
    return [piece for piece in (*pieces, (text[last:], False)) if piece[0]]


def is_wanted(word: str, words: list[str]) -> bool:
    folded = fold(word)
    return any(folded.startswith(wanted) for wanted in words)
