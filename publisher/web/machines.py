"""For machines that look after servers and indexes: health, metrics, robots.txt, sitemap.xml."""

import json
import time
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from ..errors import NotFound, PublisherError, ServerBusy
from ..formats import JSON
from ..publish.builds import is_stale
from ..store.workers import Workers
from .answers import NEVER, in_header, parameters, send
from .metrics import CONTENT_TYPE, METRICS, Metrics, content, process, queries
from .site import site

LARGEST_SITEMAP = 50_000 - 2  # addresses, by the protocol of sitemaps.org; the first part has two more
LONGEST_ADDRESS = 1_000  # characters; a file of 50,000 stays under the protocol's 50 MiB
XML_TYPE = "application/xml; charset=utf-8"

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
        "dumps": "complete" if site().dumps.complete else "incomplete",
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
    served = content(site().snapshot, is_stale(site().config), site().dumps.complete)
    lines = [*counted.lines(), *served, *queries(site().workers), *process()]
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
    """The pages about resources under the base, but personal ones (sitemaps.org, protocol 0.9).

    More than one file may hold are in parts, ``?part=1`` and so on, of which ``/sitemap.xml`` is the index.
    """
    here = site()
    parts = -(-here.index.document_count() // LARGEST_SITEMAP) or 1
    part = parameters().one("part")
    if part is None and parts > 1:
        addresses = [here.address(f"sitemap.xml?part={number}") for number in range(1, parts + 1)]
        return send(xml("sitemapindex", "sitemap", addresses), XML_TYPE)
    numbers = {str(number): number for number in range(1, parts + 1)}
    if (part or "1") not in numbers:
        raise NotFound(f"part {part} of {parts}")
    start = (numbers[part or "1"] - 1) * LARGEST_SITEMAP
    paths = set(filter(None, map(here.path_of, here.index.documents(start, LARGEST_SITEMAP))))
    first = [here.location] if start == 0 else []
    paths |= {"api"} if here.queries and start == 0 else set()
    return send(xml("urlset", "url", [*first, *map(here.address, sorted(paths))]), XML_TYPE)


def xml(root: str, entry: str, addresses: list[str]) -> str:
    """A file of sitemaps.org: a *root* with an *entry* for each address that is not too long."""
    written = (escape(in_header(address)) for address in addresses)
    entries = "".join(f"<{entry}><loc>{loc}</loc></{entry}>\n" for loc in written if len(loc) <= LONGEST_ADDRESS)
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{opening}{entries}</{root}>\n"
