"""Answers: bytes, media type and the headers that every kind of answer shares.

ETag, compression, HEAD and Range are the work of the wrapper around the application.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar
from urllib.parse import quote, unquote_plus, urljoin

from flask import Response, render_template, request

from ..errors import LimitExceeded, RequestError
from ..formats import HTML, Format
from ..store.turns import Turns
from .assets import asset_path
from .client import CLIENT
from .languages import LANGUAGES, NAMES, words
from .negotiation import choose_language, find_format, negotiate
from .query_request import Parameters, read_parameters
from .rendering import TURNS
from .site import site

CURRENT = "public, max-age=60"
LONGEST_REPEATED = 300  # characters of a page's own address that it repeats in its head, in each language and format
SUFFIXES = {"srj": "json", "srx": "xml"}  # what addresses and names of files say instead of a format's own suffix
FOREVER = "public, max-age=31536000, immutable"
NEVER = "no-store"

Part = TypeVar("Part")
Done = TypeVar("Done")


def parameters() -> Parameters:
    """The parameters of this request's URL. Raises RequestError when they cannot be decoded."""
    return read_parameters(request.environ.get("QUERY_STRING", ""))


def reader_language() -> str:
    """Language in which to show data: ``?lang=``, else what the browser prefers, else English.

    A lang that cannot be read counts as absent: the page that reports the error needs a language too.
    """
    return chosen_language() or choose_language(request.headers.get("Accept-Language", ""), LANGUAGES)


def choose_format(offered: tuple[Format, ...], given: Format | None = None, *, dataset_quality: float = 1.0) -> Format:
    """The format of the answer: the URL's suffix, else ``?format=``, else Accept. Raises NotAcceptable."""
    if given is not None:
        return given
    word = parameters().one("format")
    accept = request.headers.get("Accept", "")
    return find_format(word, offered) if word else negotiate(accept, offered, dataset_quality=dataset_quality)


def send(
    content: bytes | str,
    content_type: str,
    *,
    status: int = 200,
    cache: str = CURRENT,
    vary: Iterable[str] = (),
    links: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer of this snapshot."""
    response = Response(content, status, content_type=content_type)
    response.headers["Cache-Control"] = cache
    for name in vary:
        response.vary.add(name)
    for link in links:
        response.headers.add("Link", link)
    response.headers.extend(headers or {})
    return response


def turn() -> AbstractContextManager[object]:
    """A turn to make something, for requests that have none yet (``rendering.py``). Raises ServerBusy."""
    turns: Turns | None = request.environ.get(TURNS)
    return turns.turn(request.environ.get(CLIENT, "")) if turns else nullcontext()


def in_turns(work: Callable[[Part], Done], parts: Iterable[Part]) -> Iterator[Done]:
    """What *work* makes of each of *parts*, each in a turn of its own. Raises ServerBusy, and LimitExceeded in time."""
    seconds = site().config.query_seconds
    deadline = time.monotonic() + seconds
    for part in parts:
        if time.monotonic() > deadline:
            detail = f"this takes longer than {seconds} s; ask for less at once"
            raise LimitExceeded(detail, limit="query_seconds", value=seconds)
        with turn():
            done = work(part)
        yield done


def page_after_query(template: str, **context: Any) -> Response:
    """``send_page`` for an answer that came from a worker, within a turn to make pages. Raises ServerBusy."""
    with turn():
        return send_page(template, **context)


def send_page(
    template: str,
    *,
    status: int = 200,
    cache: str = CURRENT,
    vary: Iterable[str] = ("Accept", "Accept-Language"),
    links: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response:
    """A page in the reader's language."""
    language = reader_language()
    words_language = choose_language(language, LANGUAGES)
    chosen = chosen_language()

    def go(href: str) -> str:
        """A link of the page: one that stays here keeps the language that the reader chose by ``?lang=``."""
        return with_language(href, chosen) if chosen and href.startswith(site().mount) else href

    def static(name: str) -> str:
        """Address of a file that pages load; "" when it is not here, as what others made may be."""
        path = asset_path(name)
        return site().mount + path if path else ""

    html = render_template(
        template,
        site=site(),
        language=language,
        words_language=words_language,
        languages=NAMES,
        go=go,
        static=static,
        own_path=request.path,
        chosen_language=chosen,
        url=lambda path: go(site().mount + path),
        ask=lambda query: go(f"{site().mount}sparql?query={quote(query)}"),
        switch=lambda language: with_language(own_address(), language),
        addresses=addresses(chosen) if status == 200 else {},
        **words(words_language),
        **context,
    )
    told = {"Content-Language": words_language, **(headers or {})}
    return send(html, HTML.content_type, status=status, cache=cache, vary=vary, links=links, headers=told)


def chosen_language() -> str | None:
    """The language that the reader chose by ``?lang=``, one in which something is said here."""
    try:
        tag = parameters().language()
    except RequestError:
        return None
    return tag if tag and site().speaks(tag) else None


def with_language(href: str, language: str) -> str:
    href, mark, fragment = href.partition("#")
    return f"{href}{'&' if '?' in href else '?'}lang={language}{mark}{fragment}"


def in_chosen_language(href: str) -> str:
    """*href* with the language that the reader chose by ``?lang=``, if any."""
    chosen = chosen_language()
    return with_language(href, chosen) if chosen else href


def own_address() -> str:
    """Path and query of this request without its language; of a POST the path alone."""
    pairs = [pair for pair in request.environ.get("QUERY_STRING", "").split("&") if pair]
    query = "&".join(pair for pair in pairs if unquote_plus(pair.partition("=")[0]) != "lang")
    path = site().mount + quote(request.path.lstrip("/"), safe="/:@!$&'()*+,;=~")
    return f"{path}?{query}" if query else path


def addresses(chosen: str | None) -> dict[str, str]:
    """Full addresses of this page for search engines: ``canonical``, in each language, and ``x-default`` for all.

    chosen  the language in the address asked for, None without one
    """
    path = own_address()
    if len(path) > LONGEST_REPEATED:
        return {}
    page = urljoin(site().location, path.removesuffix(".html"))
    own = with_language(page, chosen) if chosen in LANGUAGES else page
    return {"canonical": own} | {code: with_language(page, code) for code in LANGUAGES} | {"x-default": page}


def redirect(location: str, status: int, *, vary: Iterable[str] = ()) -> Response:
    """Send the client to *location*, a path of this server or an address."""
    response = send("", "text/plain; charset=utf-8", status=status, vary=vary)
    response.headers["Location"] = in_header(location)
    response.autocorrect_location_header = False
    return response


def in_header(iri: str) -> str:
    """*iri* as a URI, for headers hold no other characters (RFC 3987, section 3.1)."""
    return quote(iri, safe="%/:?#[]@!$&'()*+,;=~")


def saved_as(name: str, format: Format) -> dict[str, str]:
    """The header that names the answer for who saves it (RFC 6266); of *name* only plain letters and digits stay."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "result"
    suffix = SUFFIXES.get(format.suffix, format.suffix)
    return {"Content-Disposition": f'inline; filename="{plain}.{suffix}"'}


def link_header(address: str, relation: str, media_type: str = "") -> str:
    """One element of a Link header (RFC 8288); a path of this server becomes a full address."""
    address = in_header(urljoin(site().location, address) if address.startswith("/") else address)
    return f'<{address}>; rel="{relation}"' + (f'; type="{media_type}"' if media_type else "")
