"""Follow the links of a server's pages: `python -m tests.browser.crawl [URL]` follows every one (make crawl).

A link has to be answered with less than 400, and its fragment has to be in the page. Pages are read for more links in
one language; what a choice of facets, an order or a query leads to is asked for and not followed further.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urldefrag, urljoin, urlsplit

import lxml.html
import requests

from ..conftest import ROOT, start_server

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "form": "action", "area": "href"}
FOLLOWED = {"page"}  # parameters whose pages are read for more links
AT_ONCE = 4


@dataclass
class Answer:
    """status   of the last answer, after redirects
    anchors  what a fragment may name
    links    absolute addresses with their fragments
    """

    status: int
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)


@dataclass
class Crawl:
    """What was asked of the server at *root*: the answer to each address, and where each link was found first."""

    root: str
    answers: dict[str, Answer] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)

    def ask(self, address: str) -> Answer:
        """The answer to *address*; only a page is read to its end."""
        with requests.get(address, headers={"Accept": "text/html, */*;q=0.5"}, stream=True, timeout=60) as response:
            if not response.headers.get("Content-Type", "").startswith("text/html"):
                return Answer(response.status_code)
            page = lxml.html.document_fromstring(response.content.decode("utf-8"))
        found = [node.get(LINKS[node.tag]) for node in page.iter(*LINKS)]
        links = [urljoin(response.url, link) for link in found if link]
        return Answer(response.status_code, set(page.xpath("//@id")), links)

    def check(self, addresses: Iterable[str]) -> None:
        """Ask for those *addresses* that were not asked for yet, without their fragments."""
        new = sorted({urldefrag(address).url for address in addresses} - self.answers.keys())
        with ThreadPoolExecutor(AT_ONCE) as threads:
            self.answers.update(zip(new, threads.map(self.ask, new), strict=True))

    def links(self, addresses: Iterable[str]) -> Iterator[str]:
        """The links of the pages at *addresses* that stay on this server."""
        for address in addresses:
            for link in self.answers[urldefrag(address).url].links:
                if link.startswith(self.root):
                    self.found.setdefault(link, address)
                    yield link

    def broken(self) -> list[str]:
        """What leads nowhere, and on which page it is."""
        wrong = []
        for link, page in sorted(self.found.items()):
            address, fragment = urldefrag(link)
            answer = self.answers.get(address)
            if answer is None or self.is_same(address, page):
                continue
            if answer.status >= 400 or (fragment and unquote(fragment) not in answer.anchors):
                wrong.append(f"{answer.status} {link} (on {page})")
        return wrong

    def is_same(self, address: str, page: str) -> bool:
        """Is this a page of a problem, and the address the same in another language?"""
        return self.answers[urldefrag(page).url].status >= 400 and urlsplit(address).path == urlsplit(page).path

    def follow(self, first: str) -> None:
        """Follow every link from *first* on."""
        waiting = {first}
        while waiting:
            self.check(waiting)
            found = {urldefrag(link).url for link in self.links(sorted(waiting & self.answers.keys()))}
            self.check(link for link in found if not is_followed(link))
            waiting = {link for link in found if is_followed(link)} - self.answers.keys()


def is_followed(address: str) -> bool:
    return parse_qs(urlsplit(address).query).keys() <= FOLLOWED


def kind(address: str) -> tuple[str, ...]:
    """What addresses of one kind have alike: the first part of the path, the suffix, the names of parameters."""
    parts = urlsplit(address)
    first, *others = parts.path.strip("/").split("/")
    suffix = Path(parts.path).suffix
    return (first, str(len(others)), suffix, *sorted(parse_qs(parts.query, keep_blank_values=True)))


def samples(links: Iterable[str], of_each: int) -> list[str]:
    """At most *of_each* links of every kind of address, and all links into pages that are among them."""
    kinds: dict[tuple[str, ...], set[str]] = defaultdict(set)
    chosen = []
    for link in links:
        seen = kinds[kind(link)]
        if urldefrag(link).url in seen or len(seen) < of_each:
            seen.add(urldefrag(link).url)
            chosen.append(link)
    return chosen


def main() -> int:
    """Crawl the server at the address given, else one of this content."""
    if sys.argv[1:]:
        return report(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(ROOT, Path(folder))
        try:
            return report(server.url)
        finally:
            server.stop()


def report(root: str) -> int:
    crawl = Crawl(root)
    crawl.follow(root)
    wrong = crawl.broken()
    print("\n".join(wrong))
    print(f"{len(crawl.found)} links to {len(crawl.answers)} addresses, {len(wrong)} of them broken")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
