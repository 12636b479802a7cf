"""``score``: how good the metadata of a catalogue are, of the current build or of any server's.

Of a build the application is asked in this process. Of an address only that address, what its catalogue names as
access, download and landing page, and the IRIs of data sets, and of ontology and its licence, are asked, by HTTP and
nothing else. Whoever answers may be hostile: what is read of it, and how long it is waited for, is limited.
"""

import http.client
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import ip_address
from itertools import islice
from typing import Any

from pyoxigraph import RdfFormat, Triple, parse

from . import __version__
from .completing import assess_build
from .config import Config
from .describe.assessment import Assessment, assess
from .describe.catalogue import Catalogue, name_of
from .describe.checklists import Answer, Ask, Checklist
from .describe.quality import DIMENSIONS, FULL, distributions, rating
from .describe.vocabulary import DCAT, HYDRA
from .errors import ContentError, SettingError
from .formats import HTML
from .progress import Progress, counted
from .publish.builds import current_build

ACCEPT = "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.9, application/n-triples;q=0.8"
SECONDS = 10  # of Web
WHOLE = 60  # of Web
PATIENCE = 5  # times that a server which did answer may fail to, one after the other
AT_ONCE = 8  # addresses asked at once
LARGEST = 50 * 2**20  # bytes of an answer that are read, as harvesters do
LARGEST_PAGE = 4 * 2**20  # bytes of a page for people that are read
MOST_PAGES = 1000
MOST = 1_000_000  # statements of a catalogue
_SHOWN = 3  # IRIs named where something fails
_WIDTH = 46  # characters of the first column
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
)  # characters by which a terminal is told what to do
_ENTITY = re.compile(rb"<!ENTITY[^<>&]{1,300}>")


def score(config: Config, url: str, progress: Progress) -> tuple[Catalogue, Assessment]:
    """Assess the catalogue at *url*, for "" that of the current build.

    raises  SettingError, when *url* is no address of HTTP; ContentError, when there is no catalogue that can be read
    """
    if not url:
        return assess_build(config, current_build(config))
    if not re.match("https?://", url):
        raise SettingError(f"{url} is no address to ask: one with http:// or https:// is right")
    web = Web()
    catalogue = read_catalogue(url, web)
    progress(f"{len(catalogue.datasets)} data sets in {_printable(catalogue.iri)}")
    ask = cache(web)
    ask_ahead(catalogue, ask, progress)
    return catalogue, assess(catalogue, ask)


class Web:
    """Asks addresses by HTTP and HTTPS. No other scheme is known, so no redirect leads to a file of this machine.

    A server that did not answer the first time is not asked again, nor one that stopped answering: each address would
    take as long. When the first one asked is in the public network, no other leads into a private one.

    seconds  longest wait for an answer to begin or to go on
    whole    longest wait for all of it, in seconds
    public   are public servers asked only? None: as the first one is
    """

    def __init__(self, seconds: float = SECONDS, whole: float = WHOLE, *, public: bool | None = None) -> None:
        self._seconds, self._whole, self._public = seconds, whole, public
        self._patience: dict[str, int] = {}  # server -> how often it may fail to answer yet
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            _Http(self._check),
            urllib.request.HTTPRedirectHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            urllib.request.ProxyHandler(),
        ):
            self._opener.add_handler(handler)

    def __call__(self, method: str, address: str, accept: str = "*/*") -> Answer:
        """The answer to a request; that without a status, when there is none."""
        server = address.split("/")[2] if address.count("/") > 1 else ""
        if self._patience.get(server, 1) <= 0:
            return Answer()
        answer = self._in_time(method, address, accept)
        self._patience[server] = PATIENCE if answer.status else self._patience.get(server, 1) - 1
        return answer

    def _in_time(self, method: str, address: str, accept: str) -> Answer:
        """The answer, if all of it comes in time: the opener's own limit begins anew with each byte."""
        answers: list[Answer] = []
        asking = threading.Thread(target=lambda: answers.append(self._ask(method, address, accept)), daemon=True)
        asking.start()
        asking.join(self._whole)
        return answers[0] if answers else Answer()

    def _ask(self, method: str, address: str, accept: str) -> Answer:
        try:
            headers = {"Accept": accept, "User-Agent": f"linked-data-publisher/{__version__} (score)"}
            request = urllib.request.Request(address, method=method, headers=headers)  # noqa: S310
            response = self._opener.open(request, timeout=self._seconds)
            if response is None:  # a scheme that nobody handles
                return Answer()
            most = LARGEST_PAGE if accept == HTML.media_type else LARGEST
            with response:
                return _answer(response.status, response.headers, response.read(most), response.geturl())
        except urllib.error.HTTPError as error:
            error.close()
            return _answer(error.code, error.headers, b"", address)
        except (OSError, http.client.HTTPException, ValueError):
            return Answer()

    def _check(self, peer: str) -> None:
        """Raises OSError, when nothing is to be asked of the server at the network address *peer*."""
        is_public = ip_address(peer.partition("%")[0]).is_global
        if self._public is None:
            self._public = is_public
        if self._public and not is_public:
            raise OSError(f"{peer} is in a private network")


class _Http(urllib.request.AbstractHTTPHandler):
    """HTTP and HTTPS for an opener; each connection is shown to *check* before anything is asked by it."""

    def __init__(self, check: Callable[[str], None]) -> None:
        super().__init__()
        self._plain, self._secure = (
            _checked(http.client.HTTPConnection, check),
            _checked(http.client.HTTPSConnection, check),
        )

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._plain, request)

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._secure, request)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


def _checked(kind: type[http.client.HTTPConnection], check: Callable[[str], None]) -> type[http.client.HTTPConnection]:
    class Connection(kind):  # type: ignore[misc, valid-type]
        def connect(self) -> None:
            super().connect()
            check(self.sock.getpeername()[0])

    return Connection


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
            triples = list(islice(_pages(answer, ask), MOST + 1))
            if len(triples) > MOST:
                raise ValueError(f"it has more than {MOST:,} statements, which is too many to be judged")
            return Catalogue.of(triples)
        except (ValueError, SyntaxError) as error:
            tried.append(f"{address}: {error}")
    raise ContentError(f"no catalogue can be read: {_printable('; '.join(tried))}")


def _pages(answer: Answer, ask: Ask) -> Iterator[Triple]:
    """The statements of a catalogue and of the pages that follow, by both forms of Hydra."""
    seen: set[str] = set()
    pending = [answer]
    while pending and len(seen) < MOST_PAGES:
        answer = pending.pop()
        seen.add(answer.address)
        following = set()
        for triple in _triples(answer):
            yield triple
            if triple.predicate in (HYDRA.next, HYDRA.nextPage):
                following.add(name_of(triple.object))
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
    if len(answer.body) >= LARGEST:
        raise ValueError(f"it has {LARGEST >> 20} MiB or more, which harvesters do not read; pages are right")
    if answer.body.count(b"<!ENTITY") > len(_ENTITY.findall(answer.body)):
        raise ValueError("it has entities that are long or made of others")
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
    yield f"{_printable(catalogue.title().value)}: {len(catalogue.datasets)} data sets, {files} distributions\n"
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
        yield f"DCAT-AP: {_printable(iri)}: {'; '.join(found)}\n"
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


def _printable(text: str) -> str:
    """*text* of somebody else for a terminal, to which it says nothing."""
    return _CONTROL.sub("\ufffd", text)


def _named(failing: Iterable[str]) -> Iterator[str]:
    some = list(failing)
    if some:
        more = f" and {len(some) - _SHOWN:,} more" if len(some) > _SHOWN else ""
        yield f"      not: {_printable(', '.join(some[:_SHOWN]))}{more}\n"


def as_json(assessment: Assessment) -> str:
    return json.dumps(assessment.as_json(), ensure_ascii=False, indent=2) + "\n"
