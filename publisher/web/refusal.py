"""What every answer carries, and refusals given before the application is asked: no Flask, no snapshot, no page.

Sources: RFC 9457 (problem details), Content Security Policy Level 3, Fetch (CORS, nosniff, CORP).
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

# What is published is for everybody: pages of other sites may load and read it.
EVERYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
PAGE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "X-Frame-Options": "DENY",
}
# A browser also runs scripts in XML, and a stranger's CONSTRUCT can make any element of RDF/XML.
DATA = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}


def refuse(
    start_response: "StartResponse", status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> list[bytes]:
    """Answer with a problem document; *headers* go with it."""
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    content = json.dumps(problem, ensure_ascii=False, indent=2).encode() + b"\n"
    given = {
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
    }
    start_response(
        f"{status} {HTTPStatus(status).phrase}", list((given | EVERYWHERE | DATA | dict(headers or {})).items())
    )
    return [content]
