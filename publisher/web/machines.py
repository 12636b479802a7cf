"""For machines that look after servers and indexes: health, metrics, robots.txt, sitemap.xml."""

import json
import time
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from ..errors import PublisherError, ServerBusy
from ..formats import JSON
from ..publish.builds import is_stale
from ..store.workers import Workers
from .answers import NEVER, in_header, send
from .metrics import CONTENT_TYPE, METRICS, Metrics, content, process, queries
from .site import is_listed, site
from .vocabulary import TYPE

LARGEST_SITEMAP = 50_000  # addresses, by the protocol of sitemaps.org

blueprint = Blueprint("machines", __name__)


@blueprint.get("/healthz")
def health() -> Response:
    """Which snapshot is served, and can queries be answered? 503 when not.

    status   ``stale``: newer content waits, but could not be built; ``failing``: no query can be answered
    """
    snapshot, workers = site().snapshot, site().workers
    ready = answers_queries(workers)
    state = {
        "status": "failing" if not ready else "stale" if is_stale(site().config) else "ok",
        "ready": ready,
        "version": snapshot.version,
        "date": snapshot.date.isoformat(),
        "age": round(time.monotonic() - snapshot.opened, 1),
        "triples": snapshot.manifest["triples"],
        "workers": {"all": workers.count, "running": len(workers.turns.running), "waiting": len(workers.turns.waiting)},
    }
    return send(json.dumps(state) + "\n", "application/json", status=200 if ready else 503, cache=NEVER)


def answers_queries(workers: Workers) -> bool:
    """Does a query get an answer? It is asked where no other waits for it; this also replaces workers that died."""
    if len(workers.turns.running) >= workers.count:
        return True  # busy, and every query has an end
    try:
        return json.loads(workers.answer("ASK {}", JSON, client="health"))["boolean"] is True
    except ServerBusy as error:
        return "limit" in error.extensions  # busy by now; else there is no worker, and none could be started
    except PublisherError:
        return False


@blueprint.get("/metrics")
def metrics() -> Response:
    """What this process counted, for Prometheus; where it is not counted, only the rest."""
    counted = request.environ.get(METRICS) or Metrics()
    lines = [*counted.lines(), *content(site().snapshot, is_stale(site().config)), *queries(site().workers), *process()]
    return send("".join(lines), CONTENT_TYPE, cache=NEVER)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Everything may be read but answers to queries, which have no end."""
    mount = site().mount
    closed = [f"Disallow: {mount}sparql?", f"Disallow: {mount}api/*?"]
    lines = ["User-agent: *", *closed, f"Sitemap: {site().address('sitemap.xml')}"]
    return send("\n".join(lines) + "\n", "text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The pages about resources under the base, but personal ones (sitemaps.org, protocol 0.9)."""
    here = site()
    subjects = {
        triple.subject for triple in here.store.triples(None, TYPE, None) if is_listed(triple.subject, here.base_iri)
    }
    paths = {
        path
        for subject in subjects
        if (path := here.path_of(subject.value)) is not None and not here.is_personal(subject)
    }
    paths |= {"api"} if here.queries else set()
    addresses = [here.location, *(here.address(path) for path in sorted(paths) if path)][:LARGEST_SITEMAP]
    urls = "".join(f"<url><loc>{escape(in_header(address))}</loc></url>\n" for address in addresses)
    opening = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return send(f"{opening}{urls}</urlset>\n", "application/xml; charset=utf-8")
