"""Content negotiation: which representation, in which language, does this request want?

Pure functions on header text, so that tests need no server. Source: RFC 9110, sections 12.4 and 12.5.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..errors import NotAcceptable, RequestError
from ..formats import ALL, Format

LONGEST = 4096  # characters of a header that are read; browsers send some 150
LONGEST_KEPT = 256  # characters of a header whose choice is remembered
SYNTAXES = ("json", "xml")  # aliases that formats of tables and of graphs share
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]*)')
_RANGE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
_WEIGHT = re.compile(r"(?=\.?\d)\d{0,3}(\.\d{0,9})?")  # old clients of Java write .2


@dataclass(frozen=True)
class MediaRange:
    """One element of an Accept header; *specificity*: 0 for ``*/*``, 1 for ``type/*``, 2 exact, 3 with parameters."""

    name: str
    weight: float
    specificity: int
    profile: str = ""

    def matches(self, media_type: str) -> bool:
        return self.name in ("*/*", media_type) or (
            self.name.endswith("/*") and media_type.startswith(self.name.removesuffix("*"))
        )


def parse_accept(accept: str) -> list[MediaRange]:
    """The ranges of an Accept header in their order; elements that are not ranges are left out.

    >>> parse_accept('text/*;q=0.5')
    [MediaRange(name='text/*', weight=0.5, specificity=1, profile='')]
    """
    ranges = []
    for element in _ELEMENT.findall(accept[:LONGEST]):
        name = element.partition(";")[0].strip().lower()
        name = "*/*" if name == "*" else name
        parameters = {key.lower(): value.strip('"') for key, value in _PARAMETER.findall(element)}
        weight = parameters.pop("q", "1")
        if not _RANGE.fullmatch(name) or not _WEIGHT.fullmatch(weight):
            continue
        specificity = 0 if name == "*/*" else 1 if name.endswith("/*") else 3 if parameters else 2
        ranges.append(MediaRange(name, min(1.0, float(weight)), specificity, parameters.get("profile", "")))
    return ranges


def negotiate(accept: str, offered: Sequence[Format], *, dataset_quality: float = 1.0) -> Format:
    """Return the format of *offered* that *accept* likes best.

    accept   the header as received, "" when absent
    offered  best first; the order breaks ties, and an alias (``application/json`` for JSON-LD) loses to a name
    dataset_quality  how well formats with named graphs fit here, 0 to 1; their weights are multiplied by it
    raises   NotAcceptable, with the extension ``offered``, when every format is refused

    Parameters of a range (charset, profile) never make it miss; the most specific matching range decides,
    so ``text/html;q=0, */*`` refuses HTML.

    >>> from publisher.formats import HTML, TURTLE
    >>> negotiate("text/turtle;charset=utf-8, */*;q=0.1", (HTML, TURTLE)).name
    'Turtle'
    """
    choose = _remembered if len(accept) <= LONGEST_KEPT else _best
    return choose(accept, tuple(offered), dataset_quality)


def _best(accept: str, offered: tuple[Format, ...], dataset_quality: float) -> Format:
    ranges = parse_accept(accept) or parse_accept("*/*")
    rated = []
    for place, format in enumerate(offered):
        wanted, by_name = _rate(format, ranges)
        quality = dataset_quality if format.kind == "dataset" else 1.0
        rated.append((wanted * quality, by_name, -place, format))
    weight, _, _, best = max(rated, key=lambda entry: entry[:3])
    if weight == 0:
        names = [format.media_type for format in offered]
        raise NotAcceptable(f"none of {accept!r} is offered here; offered: {', '.join(names)}", offered=names)
    return best


_remembered = lru_cache(maxsize=1024)(_best)  # clients ask for the same again; what fails is not remembered


def _rate(format: Format, ranges: list[MediaRange]) -> tuple[float, int]:
    """Weight of *format*, and how it is wanted: 2 by its own name, 1 by an alias, 0 by a wildcard."""
    own = _weight(format.media_type, ranges)
    aliases = [
        (range.weight, 1)
        for range in ranges
        if range.specificity >= 2 and range.name in format.aliases and range.weight
    ]
    exact = any(range.specificity >= 2 and range.matches(format.media_type) for range in ranges)
    return (own, 2) if exact else max([(own, 0), *aliases])


def _weight(media_type: str, ranges: list[MediaRange]) -> float:
    """Weight that the most specific matching range gives, 0 when none matches; among equals the largest."""
    matching = [(range.specificity, range.weight) for range in ranges if range.matches(media_type)]
    return max(matching)[1] if matching else 0.0


def find_format(words: str, offered: Sequence[Format]) -> Format:
    """The offered format that a ``format=`` parameter names: media types, suffixes or aliases, with commas between.

    Clients send several at once, and say ``rdf+xml`` or ``json-ld`` of a table and ``json`` or ``xml`` of a
    graph: among those that are understood the first kind of syntax counts.

    raises   RequestError, when they contradict each other; NotAcceptable, with the extension ``offered``

    >>> from publisher.formats import OF_FORM
    >>> find_format("rdf+xml", OF_FORM["SELECT"]).name, find_format("tsv,text/tab-separated-values", ALL).name
    ('SPARQL XML', 'TSV')
    """
    named = [word.partition(";")[0].strip().lower().replace(" ", "+") for word in words.split(",")]
    for find in (_named, _related):
        found = {format for word in named for format in find(word, offered)}
        if len(found) > 1:
            names = ", ".join(format.suffix for format in offered if format in found)
            raise RequestError(f"format {words!r} asks for several formats ({names}); one is right", parameter="format")
        if found:
            return found.pop()
    suffixes = [format.suffix for format in offered]
    raise NotAcceptable(f"format {words!r} is not offered here; offered: {', '.join(suffixes)}", offered=suffixes)


def _named(word: str, offered: Sequence[Format]) -> list[Format]:
    """The one of *offered* that *word* names, its own names before the aliases."""
    own = [format for format in offered if word in (format.media_type, format.suffix)]
    return (own or [format for format in offered if word in format.aliases])[:1]


def _related(word: str, offered: Sequence[Format]) -> list[Format]:
    """The one of *offered* in the JSON or XML syntax that a format which *word* names has elsewhere."""
    meant = [alias for format in _named(word, ALL) for alias in SYNTAXES if alias in format.aliases]
    return [format for format in offered if any(alias in format.aliases for alias in meant)][:1]


def choose_language(accept_language: str, offered: Sequence[str]) -> str:
    """Return the language of *offered* that the reader likes best; the first when none is wanted.

    ``fr-BE`` counts for ``fr`` (RFC 4647, section 3.4, lookup).

    >>> choose_language("de, fr-BE;q=0.8, en;q=0.5", ("en", "fr"))
    'fr'
    """
    best, language = 0.0, offered[0]
    for element in accept_language.split(","):
        tag, _, rest = element.strip().lower().partition(";")
        weight = rest.strip().removeprefix("q=") or "1"
        primary = tag.partition("-")[0].strip()
        if primary in offered and _WEIGHT.fullmatch(weight) and float(weight) > best:
            best, language = float(weight), primary
    return language
