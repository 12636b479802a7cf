"""The Flask application: one blueprint for each subject, and what all answers share.

A page may be reached below a path (``https://data.example.org/waters/``): PUBLIC_URL names it, whether or not
the proxy in front takes it off.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from ..config import Config
from ..publish.snapshot import Snapshot
from ..store.workers import Workers
from . import files, machines, pages, queries, resources, sparql
from .answers import CONTENT_SECURITY_POLICY, FOREVER, send
from .problem import answer_error
from .site import Site, site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXPOSED = (
    "Allow, Content-Language, Content-Location, ETag, Last-Modified, Link, Location, Retry-After, Snapshot-Version,"
    " Total-Rows"
)
ACCEPTED = "Accept, Accept-Language, Authorization, Content-Type, If-Modified-Since, If-None-Match, Range"
PREFLIGHT_SECONDS = 86400
FORM_OVERHEAD = 4  # a percent-encoded query in a form is at most three times as long; room for the other fields


def largest_body(config: Config) -> int:
    """Bytes of the largest body that a request may have."""
    return FORM_OVERHEAD * config.max_query_bytes


def create_app(snapshot: Snapshot, config: Config, workers: Workers) -> Flask:
    """The application that serves *snapshot*; the wrapper of ``cache.py`` goes around its ``wsgi_app``."""
    app = Flask(__name__, static_folder=None)
    app.extensions["publisher"] = Site(snapshot, config, workers)
    app.config["MAX_CONTENT_LENGTH"] = largest_body(config)
    app.config["MAX_FORM_MEMORY_SIZE"] = None
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for module in (sparql, queries, files, machines, pages, resources):
        app.register_blueprint(module.blueprint)
    app.before_request(answer_preflight)
    app.after_request(add_headers)
    app.register_error_handler(Exception, answer_error)
    app.wsgi_app = Mount(app.wsgi_app, app.extensions["publisher"].mount)  # type: ignore[method-assign]
    return app


class Mount:
    """Takes the path of PUBLIC_URL off a request's path, when it is there."""

    def __init__(self, wsgi_app: "WSGIApplication", mount: str) -> None:
        self.wsgi_app = wsgi_app
        self.prefix = mount.rstrip("/")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[Any]:
        path = environ.get("PATH_INFO", "")
        if self.prefix and (path + "/").startswith(self.prefix + "/"):
            environ = environ | {"PATH_INFO": path.removeprefix(self.prefix) or "/"}
        return self.wsgi_app(environ, start_response)


def answer_preflight() -> Response | None:
    """OPTIONS: what may be asked here, from any origin (Fetch standard, CORS preflight)."""
    if request.method != "OPTIONS" or request.url_rule is None:
        return None
    methods = ", ".join(sorted(request.url_rule.methods or ()))
    headers = {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": ACCEPTED,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
    response = send("", "text/plain", status=204, headers=headers)
    del response.headers["Content-Type"]
    return response


def add_headers(response: Response) -> Response:
    """Headers of every answer, errors included."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    headers["Snapshot-Version"] = site().snapshot.version
    if response.status_code == 200 and headers.get("Cache-Control") != FOREVER:
        headers["Last-Modified"] = site().last_modified
    if response.mimetype in ("text/html", "image/svg+xml"):
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
