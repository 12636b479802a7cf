"""Errors this package raises; the HTTP layer maps each to one status code.

PublisherError            500  anything below, when nobody knows better
├── SettingError            -  a setting or command-line value is wrong (name, value, what is right)
├── ContentError            -  ontology/, data/ or queries/ cannot be published (carries findings)
├── SnapshotMissing       503  there is no good build to serve; says how to make one
├── BeingWritten          503  a file of the content that is served is still being written: try again in a moment
├── BuildError              -  a build cannot be written (disk full, no permission, killed); nothing has changed
├── QueryError            400  the SPARQL text is wrong (line, column from the parser)
│   ├── QueryTooComplex   400  the query killed its worker (nesting, memory)
│   └── QueryUnsupported  422  the query is right, and calls for what is not offered here: an unknown function
├── RequestError          400  a parameter, header or body is wrong (says which and what is right)
│   ├── PayloadTooLarge   413  query text or body over the limit
│   └── UnsupportedMedia  415  a body of a media type that is not a query
├── QueryCancelled        409  whoever asked the query took it back while it waited or ran
├── UpdateRefused         403  an update was sent: the endpoint is read-only
├── ReadOnly              405  a method that would change what is published
├── ServiceRefused        403  SERVICE would make this server call another one
├── NotFound              404  no such resource here
├── Gone                  410  the resource was retired (says since when, and what replaces it)
├── NotAcceptable         406  no offered media type fits; lists what is offered
├── RangeNotSatisfiable   416  the part of a file that is asked for does not exist; says how long the file is
└── LimitExceeded         503  time or size of a query; says which limit and its value
    └── ServerBusy        503  every worker is taken and the queue is full; try again
        └── TooManyQueries 429 one client has more than its share of queries under way
"""

from typing import Any


class PublisherError(Exception):
    """Base of all; ``status`` is the HTTP status, ``title`` the short name of the kind of error.

    ``extensions`` are further members of the problem document (RFC 9457, section 3.2), such as
    ``line`` and ``column``; ``headers`` go with the answer, such as ``Retry-After``.
    """

    status = 500
    title = "Internal error"

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None, **extensions: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}
        self.extensions = {name: value for name, value in extensions.items() if value is not None}


class SettingError(PublisherError):
    title = "Wrong setting"


class ContentError(PublisherError):
    title = "Content cannot be published"


class SnapshotMissing(PublisherError):
    status = 503
    title = "Nothing is published yet"


class BeingWritten(PublisherError):
    status = 503
    title = "Still being written"


class BuildError(PublisherError):
    title = "Build failed"


class QueryError(PublisherError):
    status = 400
    title = "Query not understood"


class QueryTooComplex(QueryError):
    title = "Query too complex"


class QueryUnsupported(QueryError):
    status = 422
    title = "Query not supported"


class RequestError(PublisherError):
    status = 400
    title = "Request not understood"


class QueryCancelled(PublisherError):
    status = 409
    title = "Query cancelled"


class PayloadTooLarge(RequestError):
    status = 413
    title = "Request too large"


class UnsupportedMedia(RequestError):
    status = 415
    title = "Unsupported media type"


class UpdateRefused(PublisherError):
    status = 403
    title = "Read-only endpoint"


class ReadOnly(PublisherError):
    status = 405
    title = "Read-only"


class ServiceRefused(PublisherError):
    status = 403
    title = "Federation refused"


class NotFound(PublisherError):
    status = 404
    title = "Not found"


class Gone(PublisherError):
    status = 410
    title = "Gone"


class NotAcceptable(PublisherError):
    status = 406
    title = "No acceptable representation"


class RangeNotSatisfiable(PublisherError):
    status = 416
    title = "No such part"


class LimitExceeded(PublisherError):
    status = 503
    title = "Limit exceeded"


class ServerBusy(LimitExceeded):
    title = "Server busy"


class TooManyQueries(ServerBusy):
    status = 429
    title = "Too many queries at once"
