"""Which requests are let in: those whose message is well formed and that mean the same to every server on the way.

The web server has read the message (and refused what it could not read); it is more lenient than the standard
in a few places where a proxy in front may read otherwise. Nothing here depends on what is published.

Sources: RFC 9112, sections 3.2 (Host, request target) and 6.1 (transfer codings); RFC 9110, sections 9.1 (methods)
and 15.5.16 (content codings).
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .refusal import refuse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
LONGEST_HOST = 261  # characters: a name of 255 and a port
_HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Refusal = tuple[int, str, str, dict[str, str]]


class Admission:
    """Wraps a WSGI application, which then only sees requests that are in order."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        refusal = find_fault(environ)
        return refuse(start_response, *refusal) if refusal else self.app(environ, start_response)


def find_fault(environ: "WSGIEnvironment") -> Refusal | None:
    """Status, title, detail and headers for the first thing that is wrong with a request; None for a good one.

    >>> find_fault({"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "a,b"})[:2]
    (400, 'Request not understood')
    """
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    if method not in METHODS:
        return 501, "Method not implemented", f"the methods known here are {', '.join(sorted(METHODS))}", {}
    host = environ.get("HTTP_HOST", "")
    if not (len(host) <= LONGEST_HOST and _HOST.fullmatch(host)) and (
        host or environ.get("SERVER_PROTOCOL") != "HTTP/1"
    ):
        return _bad("exactly one Host header, which names a host, is right")
    if not path.startswith("/") and (method, path) != ("OPTIONS", "*"):
        return _bad("the target of the request is no path; /sparql would be right")
    if _CONTROL.search(path) or not _is_utf8(path):
        return _bad("the path holds bytes that are no text in UTF-8, or a control character")
    if environ.get("HTTP_TRANSFER_ENCODING", "chunked").strip().lower() != "chunked":
        return 501, "Transfer coding not implemented", "a body comes with Content-Length or in chunks", {}
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        detail = "a body comes as it is, without Content-Encoding: compressed ones are not expanded here"
        return 415, "Unsupported media type", detail, {"Accept-Encoding": "identity"}
    if "HTTP_UPGRADE" in environ and environ["HTTP_UPGRADE"].lower() == "websocket":
        return _bad("there is no web socket here")
    return None


def _bad(detail: str) -> Refusal:
    return 400, "Request not understood", detail, {}


def _is_utf8(path: str) -> bool:
    """*path* as WSGI hands it over: one character for each byte."""
    try:
        path.encode("latin-1").decode()
    except ValueError:
        return False
    return True
