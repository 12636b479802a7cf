"""The headers that every answer of a snapshot carries, errors included; made once."""

from datetime import UTC
from email.utils import format_datetime

from flask import Response

from ..publish.snapshot import Snapshot
from .answers import FOREVER, NEVER
from .refusal import DATA, EVERYWHERE, PAGE

# Headers that scripts of other sites may read.
EXPOSED = (
    "Accept-Ranges, Allow, Content-Disposition, Content-Encoding, Content-Language, Content-Location, Content-Range,"
    " Date, ETag, Last-Modified, Link, Location, Retry-After, Server-Timing, Snapshot-Date, Snapshot-Version,"
    " Total-Rows, Vary"
)
SCRIPTED = ("text/html", "image/svg+xml")  # what a browser shows, with rules of its own


class SnapshotHeaders:
    """The headers of a snapshot's answers.

    page, data     of pages; of everything else
    last_modified  date of the snapshot, of answers that may be kept and are not kept for good
    """

    def __init__(self, snapshot: Snapshot) -> None:
        told = {
            "Access-Control-Expose-Headers": EXPOSED,
            "Snapshot-Version": snapshot.version,
            "Snapshot-Date": snapshot.date.isoformat(),
        }
        self.page = EVERYWHERE | PAGE | told
        self.data = EVERYWHERE | DATA | told
        self.last_modified = format_datetime(snapshot.date.astimezone(UTC), usegmt=True)

    def add(self, response: Response) -> Response:
        """Put them on an answer of Flask. One that brings a policy of its own for browsers keeps it."""
        headers = response.headers
        told = self.page if response.mimetype in SCRIPTED else self.data
        policy = headers.get("Content-Security-Policy", told["Content-Security-Policy"])
        headers.update(told | {"Content-Security-Policy": policy})
        if "frame-ancestors *" in policy:
            del headers["X-Frame-Options"]
        if response.status_code == 200 and headers.get("Cache-Control") not in (FOREVER, NEVER):
            headers.setdefault("Last-Modified", self.last_modified)
        return response

    def of_data(self, content_type: str, cache: str, vary: str) -> list[tuple[str, str]]:
        """All headers of an answer with status 200 that is data."""
        own = [("Content-Type", content_type), ("Cache-Control", cache), ("Vary", vary), *self.data.items()]
        return own if cache in (FOREVER, NEVER) else [*own, ("Last-Modified", self.last_modified)]
