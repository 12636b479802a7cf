"""Checklists of FAIR assessors, as far as they can be worked through without the assessors' services.

A check earns points, misses them, or leaves them open: what depends on a registered name (w3id, DOI) or on somebody
else's registry is no fault of what is published, and is told apart.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..content.queries import Words


@dataclass(frozen=True)
class Answer:
    """What an address answered, redirects followed.

    status   of HTTP; 0, when nobody answered or it was not asked
    headers  by name, in small letters
    address  the one that answered
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = ""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


Ask = Callable[[str, str, str], Answer]  # method, address, value of Accept


@dataclass(frozen=True)
class Check:
    """One entry of a checklist.

    points  what is earned of *full*
    open    what could be earned yet, by what this server cannot do; the rest is missed
    note    what is missing or open, "" when nothing is
    """

    name: str
    what: Words
    full: float
    points: float
    open: float = 0.0
    note: Words = field(default_factory=Words)


@dataclass(frozen=True)
class Checklist:
    """A checklist that was worked through: its name and version, on what, and its entries."""

    name: str
    about: str
    checks: tuple[Check, ...]

    @property
    def points(self) -> float:
        return sum(check.points for check in self.checks)

    @property
    def open(self) -> float:
        return sum(check.open for check in self.checks)

    @property
    def full(self) -> float:
        return sum(check.full for check in self.checks)


def words(en: str, fr: str) -> Words:
    return Words({"en": en, "fr": fr})


def missing(*names: str) -> Words:
    """The note that names what is missing."""
    return words(f"missing: {', '.join(names)}", f"manque : {', '.join(names)}") if names else Words()


UNREGISTERED = words(
    "needs a registered name: the permanent name does not lead here yet",
    "exige un nom enregistré : le nom permanent ne mène pas encore ici",
)
NOT_PERMANENT = words(
    "needs names of a service that keeps them, such as w3id.org or doi.org",
    "exige des noms d'un service qui les maintient, tel que w3id.org ou doi.org",
)


def embedded(page: bytes) -> list[dict[str, object]]:
    """The JSON-LD objects in a page; what cannot be read counts as absent.

    >>> embedded(b'<script type="application/ld+json">{"@type": "Dataset"}</script><script>no</script>')
    [{'@type': 'Dataset'}]
    """
    found = []
    for part in page.split(b"<script")[1:]:  # in one go, however the page was made
        start, _, rest = part.partition(b">")
        text, end, _ = rest.partition(b"</script>")
        try:
            value = json.loads(text) if end and b'type="application/ld+json"' in start else None
        except (ValueError, RecursionError):
            continue
        found += [value] if isinstance(value, dict) else []
    return found
