"""Names and addresses: what each IRI is called, and where it is found on this server.

Identity is not location: IRIs begin with the base, links with the path of PUBLIC_URL. The Host header is never read.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pyoxigraph import BlankNode, Literal, NamedNode

from ..content.queries import Words
from ..describe.labels import Labels, choose, short_form, split
from ..store.store import Store, Subject

LONGEST_NAME = 300  # characters of a name on a page
# First segments of paths that are the program's own (docs/urls.md), whatever the content calls so.
PROGRAM_PATHS = frozenset({
    "sparql", "rdf-graph-store", "api", "describe", "list", "dump", "static", "healthz", "metrics", "problems",
    "reconcile", "sameas", "linkset", "table", "jsonld", "frames", "search", "browse", "robots.txt",
    "llms.txt", "sitemap.xml", "context.jsonld",
})  # fmt: skip
LINKED = ("http://", "https://", "mailto:", "tel:", "geo:", "ftp://")


@dataclass(frozen=True)
class Text:
    """Words and their language; "" when they have none."""

    value: str
    language: str = ""


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere; *external* when that is another server."""

    text: Text
    href: str
    external: bool = False


class Names:
    """Where the IRIs of a store are found on this server, and what they are called.

    labels    the names of things; prefixes: what short forms begin with
    base_iri  what the content's own IRIs begin with
    location  address of this server, as readers reach it
    """

    def __init__(self, store: Store, labels: Labels, prefixes: dict[str, str], base_iri: str, location: str) -> None:
        self.store = store
        self.labels = labels
        self.prefixes = prefixes
        self.base_iri = base_iri
        self.location = location
        self.mount = urlsplit(location).path or "/"

    def address(self, path: str) -> str:
        """Full address of a path of this server, as machines need it."""
        return self.location + path

    def path_of(self, iri: str) -> str | None:
        """Path, below the mount, of the document about *iri*; None when it has none and /describe shows it.

        That is an IRI which is not under the base, or whose path belongs to the program or would lead elsewhere,
        as ``..`` and ``.well-known`` do.
        """
        path = iri.removeprefix(self.base_iri)
        document = path.partition("#")[0]
        if path == iri or "?" in path or "%" in path or path.startswith("/") or path in ("", "id/"):
            return None
        if "/." in f"/{document}" or document.partition("/")[0] in PROGRAM_PATHS:
            return None
        return "doc/" + path.removeprefix("id/") if path.startswith("id/") else path

    def href(self, iri: str) -> str:
        """Path of what this server says about *iri*, else the IRI itself; "" when a link could do harm."""
        path = self.path_of(iri)
        if path is not None:
            return self.mount + path
        if self.describes(iri):
            return self.describe_href(iri)
        return iri if iri.startswith(LINKED) else ""

    def elsewhere(self, iri: str) -> str:
        """*iri* when it is an address outside this server that a reader may follow, else ""."""
        return iri if iri.startswith(LINKED) and not iri.startswith(self.base_iri) else ""

    def describe_href(self, iri: str) -> str:
        return f"{self.mount}describe?iri={quote(iri, safe='')}"

    def list_path(self, iri: str, suffix: str = "") -> str:
        """Path, below the mount, of the list of a class; with *suffix* of one form of it."""
        prefix, local = split(iri, self.prefixes)
        plain = re.fullmatch(r"[A-Za-z0-9_.-]+", local)
        form = f".{suffix}" if suffix else ""
        return f"list/{prefix}:{local}{form}" if prefix and plain else f"list{form}?type={quote(iri, safe='')}"

    def describes(self, iri: str) -> bool:
        """Does the graph state anything of *iri*, beyond naming it?"""
        return next(self.store.triples(node(iri)), None) is not None

    # Names

    def name(self, iri: str, language: str) -> Text:
        """Name of *iri* for a reader of *language*; its short form when it has none."""
        names = self.labels.all(iri)
        if not names:
            return Text(shortened(self.short(iri), LONGEST_NAME))
        tag = choose(names, language)
        return Text(shortened(names[tag], LONGEST_NAME), tag)

    def link(self, iri: str, language: str) -> Link:
        href = self.href(iri)
        return Link(self.name(iri, language), href, bool(href) and not href.startswith(self.mount))

    def short(self, iri: str) -> str:
        """``prefix:local`` where a prefix fits, else the path below the base, else the IRI."""
        return short_form(iri, self.prefixes, self.base_iri)

    def expand(self, short: str) -> str | None:
        """The IRI that ``prefix:local`` stands for; None when the prefix is unknown."""
        prefix, _, local = short.partition(":")
        return self.prefixes[prefix] + local if prefix in self.prefixes else None

    def say(self, words: Words, language: str) -> Text:
        """A text of a query's header for a reader of *language*."""
        tag = words.tag(language)
        return Text(words.get(tag, ""), tag)

    def texts(self, subject: Subject, predicate: NamedNode) -> list[Text]:
        """The literals of one property, sorted by language."""
        objects = (triple.object for triple in self.store.triples(subject, predicate, None))
        return sorted(
            (Text(term.value, term.language or "") for term in objects if isinstance(term, Literal)),
            key=lambda text: (text.language, text.value),
        )

    def text(self, subject: Subject, predicate: NamedNode, language: str) -> Text | None:
        """The literal of one property for a reader of *language*: theirs, English, any."""
        texts = self.texts(subject, predicate)
        return min(texts, key=lambda text: (text.language != language, text.language != "en"), default=None)


def node(iri: str) -> Subject:
    """The term that ``_:name`` or an IRI stands for. Raises ValueError when it is neither."""
    return BlankNode(iri[2:]) if iri.startswith("_:") else NamedNode(iri)


def shortened(text: str, most: int) -> str:
    """*text*, cut to *most* characters with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
