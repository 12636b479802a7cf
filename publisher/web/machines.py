"""For machines that look after servers: health and metrics."""

import json
import time

from flask import Blueprint, Response, request

from ..describe.dqv import NAME as QUALITY
from ..errors import PublisherError, ServerBusy
from ..formats import JSON
from ..publish.builds import is_stale
from ..store.workers import Workers
from .answers import NEVER, send
from .metrics import CONTENT_TYPE, METRICS, Metrics, content, process, queries
from .site import site

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
        "catalogue": "complete" if QUALITY in {graph["name"] for graph in site().derived_graphs} else "incomplete",
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
