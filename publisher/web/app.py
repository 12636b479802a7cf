"""The Flask application: one blueprint for each subject, and what all answers share.

A page may be reached below a path (``https://data.example.org/waters/``): PUBLIC_URL names it, whether or not
the proxy in front takes it off.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from flask import Flask, Response, request
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import create_environ, run_wsgi_app

from ..config import Config
from ..errors import RequestError
from ..formats import HTML
from ..publish.snapshot import Snapshot
from ..store.workers import Workers
from . import (
    catalog,
    extend,
    files,
    graph_store,
    jsonld_page,
    linkset,
    lists,
    machines,
    pages,
    quality,
    queries,
    reconcile,
    resources,
    sameas,
    search,
    sitemap,
    sparql,
    suggest,
    tables,
    wellknown,
)
from .answers import parameters, send
from .chart import draw_chart
from .endpoint import Endpoint
from .headers import SnapshotHeaders
from .land import rings
from .map import draw_map, locator
from .problem import answer_error
from .signposting import sign_file
from .site import Site, site
from .table import columns_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Headers that scripts of other sites may send. Their "*" means every other one but Authorization.
ACCEPTED = (
    "*, Accept, Accept-Language, Authorization, Cache-Control, Content-Type, If-Match, If-Modified-Since,"
    " If-None-Match, If-Range, Range"
)
ASCII = "".join(map(chr, range(33, 127)))
PREFLIGHT_SECONDS = 86400
WARMED = ("/", "/sparql", "/api", "/catalog")
FORM_OVERHEAD = 4  # a percent-encoded query in a form is at most three times as long; room for the other fields


def largest_body(config: Config) -> int:
    """Bytes of the largest body that a request may have."""
    return FORM_OVERHEAD * config.max_query_bytes


def create_app(snapshot: Snapshot, config: Config, workers: Workers) -> Flask:
    """The application that serves *snapshot*; the wrapper of ``cache.py`` goes around its ``wsgi_app``."""
    app = Flask(__name__, static_folder=None)
    app.extensions["publisher"] = site = Site(snapshot, config, workers)
    headers = SnapshotHeaders(snapshot)
    app.config["MAX_CONTENT_LENGTH"] = largest_body(config)
    app.config["MAX_FORM_MEMORY_SIZE"] = None
    app.url_map.merge_slashes = False  # else //host/x is redirected, to whatever host the request names
    app.jinja_env.bytecode_cache = COMPILED
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals |= {
        "columns_in": columns_in, "draw_chart": draw_chart, "draw_locator": locator, "draw_map": draw_map,
    }  # fmt: skip
    for module in (
        sparql, graph_store, queries, files, jsonld_page, machines, wellknown, sitemap, linkset, quality, reconcile,
        suggest, extend, sameas, catalog, tables, search, lists, pages, resources,
    ):  # fmt: skip
        app.register_blueprint(module.blueprint)
    app.template_context_processors.clear()  # a page's context waits for the collector: not the request, too
    app.before_request(answer_preflight)
    app.before_request(check_language)
    app.after_request(headers.add)
    app.after_request(sign_file)
    app.register_error_handler(Exception, answer_error)
    endpoint = Endpoint(app.wsgi_app, site, headers, largest_body(config))
    app.wsgi_app = Mount(endpoint, site.mount)  # type: ignore[method-assign]
    return app


class Compiled(BytecodeCache):
    """The templates that this process has compiled, for the application of the next build: half a second less."""

    def __init__(self) -> None:
        self.code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()


def warm(app: "WSGIApplication") -> None:
    """Make the pages that most readers come by, once: the first of each takes 10 to 40 ms, the next 2.

    Readers find their templates compiled and the names read. Answers of queries are not made: they are kept under what
    each client accepts, and take a worker from somebody who asks. The outlines of land are read, which takes 0.4 s.
    """
    rings()
    for path in WARMED:
        run_wsgi_app(app, create_environ(path, headers={"Accept": HTML.media_type}))


class Mount:
    """Takes the path of PUBLIC_URL off a request's path, when it is there; what follows "?" becomes ASCII.

    A path comes decoded, one character a byte (PEP 3333), a query as it was sent: of one with bare bytes, no header
    could repeat the address.
    """

    def __init__(self, wsgi_app: "WSGIApplication", mount: str) -> None:
        self.wsgi_app = wsgi_app
        self.prefix = unquote_to_bytes(mount).decode("latin-1").rstrip("/")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[Any]:
        path = environ.get("PATH_INFO", "")
        if self.prefix and (path + "/").startswith(self.prefix + "/"):
            environ = environ | {"PATH_INFO": path.removeprefix(self.prefix) or "/"}
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ = environ | {"QUERY_STRING": quote_from_bytes(query.encode("latin-1"), safe=ASCII)}
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


def check_language() -> None:
    """The language, which every page reads, is one in which something is said here. Raises RequestError.

    Of a named query it may be a parameter of its own, with other values.
    """
    tag = parameters().language()
    if tag and request.blueprint != queries.blueprint.name and not site().speaks(tag):
        known = site().languages
        right = f"one of {', '.join(known)} is right"
        raise RequestError(f"lang={tag!r}: nothing here is in this language; {right}", languages=known)
