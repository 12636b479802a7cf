"""For machines that look after servers and indexes: health, robots.txt, sitemap.xml."""

import json
from xml.sax.saxutils import escape

from flask import Blueprint, Response

from ..publish.snapshot import is_stale
from .answers import NEVER, send
from .site import is_listed, site
from .vocabulary import TYPE

LARGEST_SITEMAP = 50_000  # addresses, by the protocol of sitemaps.org

blueprint = Blueprint("machines", __name__)


@blueprint.get("/healthz")
def health() -> Response:
    """Is a snapshot served, and which? ``stale``: newer content waits, but is not valid."""
    snapshot = site().snapshot
    stale = is_stale(site().config)
    state = {
        "status": "stale" if stale else "ok",
        "version": snapshot.version,
        "date": snapshot.date.isoformat(),
        "triples": snapshot.manifest["triples"],
    }
    return send(json.dumps(state) + "\n", "application/json", cache=NEVER)


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
    urls = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)
    opening = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return send(f"{opening}{urls}</urlset>\n", "application/xml; charset=utf-8")
