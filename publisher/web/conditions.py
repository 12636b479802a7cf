"""What a request's conditions and range ask of an answer whose ETag is known.

Pure functions on header text. Dates are never asked: ours is the content's, mostly a day, and two states of one day
would look alike. Source: RFC 9110, sections 13 (conditions) and 14 (ranges).
"""

import re
from collections.abc import Mapping

from ..errors import RangeNotSatisfiable

_TAG = re.compile(r'(?:W/)?"[^"]*"')
_RANGE = re.compile(r"bytes= *(\d{0,18})-(\d{0,18}) *", re.IGNORECASE)  # digits of 10^18 bytes: an exabyte

# Headers that describe what a 304 does not bring; the client has them (RFC 9110, section 15.4.5).
DESCRIBING = frozenset(
    {"content-disposition", "content-encoding", "content-language", "content-length", "content-type", "link"}
)

REFUSAL_TYPE = "application/problem+json"
REFUSAL = (
    b'{"type": "about:blank", "title": "Precondition Failed", "status": 412,'
    b' "detail": "If-Match names no tag of what is here now"}\n'
)


def status(etag: str, environ: Mapping[str, str]) -> int:
    """200, 304 when the client has the answer, 412 when it wants another state of it (section 13.2.2).

    etag     strong, with its quotes
    environ  the request (PEP 3333); the conditions of other methods than GET and HEAD are not asked
    """
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return 200
    wanted = environ.get("HTTP_IF_MATCH")
    if wanted is not None and wanted.strip() != "*" and etag not in _TAG.findall(wanted):
        return 412
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    tags = (tag.removeprefix("W/") for tag in _TAG.findall(known))  # weak comparison, section 8.8.3.2
    return 304 if known.strip() == "*" or etag in tags else 200


def part(etag: str, length: int, environ: Mapping[str, str]) -> tuple[int, int] | None:
    """The bytes that Range asks for, from the first to before the second; None for all of them.

    raises   RangeNotSatisfiable, when there are no such bytes

    Only GET has ranges. Several ranges at once, other units and what is no range are answered by the whole, and so is
    an If-Range that does not name exactly this state.

    >>> part('"x"', 100, {"REQUEST_METHOD": "GET", "HTTP_RANGE": "bytes=-10"})
    (90, 100)
    """
    asked = _RANGE.fullmatch(environ.get("HTTP_RANGE", "").strip())
    if environ["REQUEST_METHOD"] != "GET" or not asked or environ.get("HTTP_IF_RANGE", etag).strip() != etag:
        return None
    first, last = asked.groups()
    if not (first or last) or (first and last and int(last) < int(first)):
        return None
    start = int(first) if first else max(0, length - int(last))
    end = min(int(last) + 1, length) if first and last else length
    if start >= end:
        raise RangeNotSatisfiable(f"there are {length} bytes", headers={"Content-Range": f"bytes */{length}"})
    return start, end
