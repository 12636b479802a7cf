"""Errors as answers: a problem document (RFC 9457) for programs, a page for people.

An answer never shows a stack trace or a path of the machine: what nobody expected goes to the log.
"""

import json
import logging
import re

from flask import Response, request
from werkzeug.exceptions import HTTPException

from .. import errors
from ..errors import NotAcceptable, PayloadTooLarge, PublisherError
from ..formats import HTML, Format
from . import advice
from .advice import Advice
from .answers import NEVER, link_header, send, send_page
from .names import shortened
from .negotiation import negotiate
from .site import site

PROBLEM = Format("application/problem+json", "json", "page", "Problem details", "", aliases=("application/json",))

LONGEST_DETAIL = 2000  # characters; what a request says wrong is said again, not all of it

_log = logging.getLogger(__name__)


def answer_error(error: Exception) -> Response:
    """The answer for anything that was raised while a request was answered."""
    if isinstance(error, PublisherError):
        status = error.status
        detail = shortened(error.detail, LONGEST_DETAIL)
        document = {"type": problem_type(type(error)), "title": error.title, "status": status, "detail": detail}
        document |= error.extensions
        headers, told = dict(error.headers), advice.of_error(type(error))
        if status >= 500 and not isinstance(error, errors.LimitExceeded | errors.SnapshotMissing | errors.BeingWritten):
            _log.error("%s %r", request.method, request.path, exc_info=error)
            document, told = _unexpected(), advice.UNEXPECTED
        if isinstance(error, errors.LimitExceeded) and error.extensions.get("limit") == "query_seconds":
            headers.setdefault("Retry-After", "10")  # the same query may be quicker when less is asked; its size stays
        if isinstance(error, errors.ServiceRefused) and site().snapshot.queries["elsewhere"]:
            headers["Link"] = link_header(site().address("api#elsewhere"), "help")
    elif isinstance(error, HTTPException) and error.code == 413:
        return answer_error(PayloadTooLarge("the body is longer than this server reads"))
    elif isinstance(error, HTTPException) and error.code:
        status = error.code
        document = {"type": "about:blank", "title": error.name, "status": status, "detail": error.description or ""}
        headers = {name: value for name, value in error.get_headers() if name == "Allow"}
        told = advice.of_status(status)
    else:
        _log.error("%s %r", request.method, request.path, exc_info=error)
        status, document, headers, told = 500, _unexpected(), {}, advice.UNEXPECTED
    return _send(document, status, headers, told)


def problem_type(kind: type[PublisherError]) -> str:
    """Address of what is said about one kind of error, ``…/problems#query-error``."""
    return site().address("problems#" + slug(kind.__name__))


def slug(name: str) -> str:
    """
    >>> slug("ServerBusy")
    'server-busy'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def kinds() -> list[tuple[str, str, int, Advice]]:
    """Slug, title, status and advice of every error a client can meet, as ``errors.py`` draws them."""
    drawn = re.findall(r"(\w+) +(\d{3}) +.+", errors.__doc__ or "")
    found = ((getattr(errors, name), int(status)) for name, status in drawn)
    return [(slug(kind.__name__), kind.title, status, advice.of_error(kind)) for kind, status in found]


def wants_page() -> bool:
    """Does the client prefer a page to a problem document?"""
    try:
        return negotiate(request.headers.get("Accept", ""), (PROBLEM, HTML)) is HTML
    except NotAcceptable:
        return False


def _unexpected() -> dict[str, object]:
    detail = "Something went wrong here that nobody expected; it is noted in the server's log."
    return {"type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": detail}


def _send(document: dict[str, object], status: int, headers: dict[str, str], told: Advice) -> Response:
    vary = ("Accept", "Accept-Language")
    if wants_page():
        return send_page("problem.html", status=status, cache=NEVER, headers=headers, problem=document, advice=told)
    body = json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n"
    return send(body, PROBLEM.media_type, status=status, cache=NEVER, vary=vary, headers=headers)
