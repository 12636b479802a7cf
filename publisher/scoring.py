"""``score``: how good the metadata of a catalogue are, of the current build or of any server's.

Of a build the application is asked in this process. Of an address only that address, what its catalogue names as
access, download and landing page, and the IRIs of data sets and ontology are asked, by HTTP and nothing else.
"""

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from pyoxigraph import RdfFormat, Triple, parse

from . import __version__
from .completing import assess_build
from .config import Config
from .describe.assessment import Assessment, assess
from .describe.catalogue import Catalogue
from .describe.checklists import Answer, Ask, Checklist
from .describe.quality import DIMENSIONS, FULL, distributions, rating
from .describe.vocabulary import DCAT, HYDRA
from .errors import ContentError, SettingError
from .progress import Progress, counted
from .publish.builds import current_build

ACCEPT = "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.9, application/n-triples;q=0.8"
SECONDS = 10  # of Web
AT_ONCE = 8  # addresses asked at once
LARGEST = 50 * 2**20  # bytes of an answer that are read, as harvesters do
MOST_PAGES = 1000
_SHOWN = 3  # IRIs named where something fails
_WIDTH = 46  # characters of the first column


def score(config: Config, url: str, progress: Progress) -> tuple[Catalogue, Assessment]:
    """Assess the catalogue at *url*, for "" that of the current build.

    raises  SettingError, when *url* is no address of HTTP; ContentError, when there is no catalogue that can be read
    """
    if not url:
        return assess_build(config, current_build(config))
    if not re.match("https?://", url):
        raise SettingError(f"{url} is no address to ask: one with http:// or https:// is right")
    ask = cache(Web())
    catalogue = read_catalogue(url, ask)
    progress(f"{len(catalogue.datasets)} data sets in {catalogue.iri}")
    ask_ahead(catalogue, ask, progress)
    return catalogue, assess(catalogue, ask)


class Web:
    """Asks addresses by HTTP and HTTPS. No other scheme is known, so no redirect leads to a file of this machine.

    A server that did not answer the first time is not asked again: each address would take as long.

    seconds  longest wait for an answer to begin or to go on
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._heard: dict[str, bool] = {}  # server -> did it ever answer?
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
            urllib.request.HTTPRedirectHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            urllib.request.ProxyHandler(),
        ):
            self._opener.add_handler(handler)

    def __call__(self, method: str, address: str, accept: str = "*/*") -> Answer:
        """The answer to a request; that without a status, when there is none."""
        server = address.split("/")[2] if address.count("/") > 1 else ""
        if self._heard.get(server, True) is False:
            return Answer()
        answer = self._ask(method, address, accept)
        self._heard[server] = self._heard.get(server, False) or bool(answer.status)
        return answer

    def _ask(self, method: str, address: str, accept: str) -> Answer:
        try:
            headers = {"Accept": accept, "User-Agent": f"linked-data-publisher/{__version__} (score)"}
            request = urllib.request.Request(address, method=method, headers=headers)  # noqa: S310
            response = self._opener.open(request, timeout=self._seconds)
            if response is None:  # a scheme that nobody handles
                return Answer()
            with response:
                return _answer(response.status, response.headers, response.read(LARGEST), response.geturl())
        except urllib.error.HTTPError as error:
            error.close()
            return _answer(error.code, error.headers, b"", address)
        except (OSError, http.client.HTTPException, ValueError):
            return Answer()


def _answer(status: int, headers: Any, body: bytes, address: str) -> Answer:
    return Answer(status, {name.lower(): value for name, value in headers.items()}, body, address)


def read_catalogue(url: str, ask: Ask) -> Catalogue:
    """The catalogue at *url*, or below it at ``/catalog``, with all its pages. Raises ContentError."""
    tried = []
    for address in dict.fromkeys((url, f"{url.rstrip('/')}/catalog")):
        answer = ask("GET", address, ACCEPT)
        if not answer.good:
            tried.append(f"{address} answered {answer.status}" if answer.status else f"{address} did not answer")
            continue
        try:
            return Catalogue.of(_pages(answer, ask))
        except (ValueError, SyntaxError) as error:
            tried.append(f"{address}: {error}")
    raise ContentError(f"no catalogue can be read: {'; '.join(tried)}")


def _pages(answer: Answer, ask: Ask) -> Iterator[Triple]:
    """The statements of a catalogue and of the pages that follow, by both forms of Hydra."""
    seen: set[str] = set()
    pending = [answer]
    while pending and len(seen) < MOST_PAGES:
        answer = pending.pop()
        seen.add(answer.address)
        triples = list(_triples(answer))
        yield from triples
        following = {triple.object.value for triple in triples if triple.predicate in (HYDRA.next, HYDRA.nextPage)}  # type: ignore[union-attr]
        for address in sorted(following - seen):
            page = ask("GET", address, ACCEPT)
            if not page.good:
                raise ValueError(f"its page {address} answered {page.status}")
            pending.append(page)
            seen |= {address}


def _triples(answer: Answer) -> Iterator[Triple]:
    format = RdfFormat.from_media_type(answer.media_type)
    if format is None:
        raise ValueError(f"{answer.media_type or 'no media type'} is no RDF")
    yield from (quad.triple for quad in parse(answer.body, format, base_iri=answer.address, rename_blank_nodes=True))


def ask_ahead(catalogue: Catalogue, ask: Ask, progress: Progress) -> None:
    """Ask for all access and download addresses, several at once; *ask* remembers the answers."""
    found = distributions(catalogue)
    wanted = {iri for item in found for property in (DCAT.accessURL, DCAT.downloadURL) for iri in item.iris(property)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda address: ask("HEAD", address, "*/*"), sorted(wanted))
        for _ in counted(answers, len(wanted), "asking the addresses", progress):
            pass


def as_text(catalogue: Catalogue, assessment: Assessment) -> Iterator[str]:
    """The lines of the table for people."""
    quality = assessment.quality
    files = len(list(distributions(catalogue)))
    yield f"{catalogue.title().value}: {len(catalogue.datasets)} data sets, {files} distributions\n"
    yield _row("MQA of data.europa.eu", quality.points, FULL, rating(quality.points))
    for name in DIMENSIONS:
        yield _row(f"  {name}", *quality.dimension(name))
        for result in quality.results:
            if result.indicator.dimension == name:
                what, full = str(result.indicator.what), result.indicator.points
                yield _row(f"    {what}", result.points, full, f"{result.good} of {result.all}")
                yield from _named(result.failing)
    yield f"By the portal's rule, the best distribution of each data set: {quality.portal:g} of {FULL}\n"
    for iri, found in sorted(quality.violations.items()):
        yield f"DCAT-AP: {iri}: {'; '.join(found)}\n"
    for checklist in assessment.checklists:
        yield from _checklist(checklist)


def _checklist(checklist: Checklist) -> Iterator[str]:
    left = f"{checklist.open:g} open" if checklist.open else ""
    yield "\n" + _row(f"{checklist.name} on {checklist.about}", checklist.points, checklist.full, left)
    for check in checklist.checks:
        yield _row(f"  {check.name} {check.what}", check.points, check.full, str(check.note))


def _row(what: str, points: float, full: float, rest: str = "") -> str:
    """A line of the table; what ends after the point ends with two digits."""
    earned = f"{points:.2f}".rstrip("0").rstrip(".")
    return f"{what:<{_WIDTH}} {earned:>6} of {full:g}{'   ' + rest if rest else ''}\n"


def _named(failing: Iterable[str]) -> Iterator[str]:
    some = list(failing)
    if some:
        more = f" and {len(some) - _SHOWN:,} more" if len(some) > _SHOWN else ""
        yield f"      not: {', '.join(some[:_SHOWN])}{more}\n"


def as_json(assessment: Assessment) -> str:
    return json.dumps(assessment.as_json(), ensure_ascii=False, indent=2) + "\n"
