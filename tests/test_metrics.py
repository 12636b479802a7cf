"""/metrics and /healthz: true figures, few labels, and counters that outlive a build."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from publisher.web.metrics import KINDS, Metrics

from .conftest import TINY, Server, start_server
from .processes import command, descendants, wait_for
from .test_serving import edit

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+)\})? (-?[0-9.e+-]+)')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a content that can be changed; it stops queries after two seconds."""
    folder = tmp_path_factory.mktemp("metrics")
    shutil.copytree(TINY, folder / "content")
    server = start_server(folder / "content", folder, query_seconds=2)
    yield server
    server.stop()


def values(server: Server) -> dict[str, float]:
    """Every sample of /metrics by name and labels, as it is written."""
    response = server.get("/metrics")
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    found = {}
    for text in response.text.splitlines():
        if not text.startswith("#"):
            match = SAMPLE.fullmatch(text)
            assert match, text
            found[text.rpartition(" ")[0]] = float(match[3])
    return found


def test_every_metric_is_explained_once_before_its_samples(server: Server) -> None:
    told: dict[str, str] = {}
    for text in server.get("/metrics").text.splitlines():
        if text.startswith("# TYPE "):
            _, _, name, kind = text.split(" ")
            assert name not in told
            told[name] = kind
        elif not text.startswith("#"):
            name = re.split(r"[{ ]", text)[0]
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            assert told.get(name) in ("counter", "gauge") or told.get(family) == "histogram", name

    assert all(name.endswith("_total") for name, kind in told.items() if kind == "counter")


def test_requests_are_counted_by_method_kind_and_class_of_status(server: Server) -> None:
    name = 'publisher_http_requests_total{method="GET",kind="sparql",status="2xx"}'
    timed = 'publisher_http_request_seconds_count{kind="sparql"}'
    before = values(server)

    server.sparql("ASK { <urn:one> ?p ?o }")
    server.sparql("ASK { <urn:one> ?p ?o }")
    server.sparql("no query")
    after = values(server)

    assert after[name] - before.get(name, 0) == 2
    assert after[timed] - before.get(timed, 0) == 3
    assert after['publisher_http_requests_total{method="GET",kind="sparql",status="4xx"}'] >= 1
    hits = 'publisher_cache_requests_total{outcome="hit"}'
    assert after[hits] - before[hits] == 1


def test_a_histogram_is_cumulative_and_ends_with_all(server: Server) -> None:
    server.get("/")
    found = values(server)
    counts = [
        count for name, count in found.items() if name.startswith('publisher_http_request_seconds_bucket{kind="page"')
    ]

    assert counts == sorted(counts) and len(counts) == 14
    assert counts[-1] == found['publisher_http_request_seconds_count{kind="page"}'] >= 1


def test_strangers_cannot_make_new_labels(server: Server) -> None:
    before = len(values(server))
    for number in range(20):
        server.get(f"/nothing-{number}/{number}")
    requests.request("BREW", server.url + "nothing", timeout=10)

    assert len(values(server)) <= before + 20
    assert not [name for name in values(server) if "nothing" in name or "BREW" in name]


def test_a_query_that_is_stopped_is_counted_by_its_cause(server: Server) -> None:
    name = 'publisher_query_events_total{event="stopped: query_seconds"}'
    before = values(server)[name]

    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    assert server.sparql(endless).status_code == 503

    assert values(server)[name] == before + 1
    assert values(server)['publisher_http_refused_total{status="503"}'] >= 1


def test_counters_go_on_when_another_build_is_served(server: Server) -> None:
    before = values(server)
    version = server.get("/healthz").json()["version"]
    edit(Path(server.log.parent / "content"), "bw:maximumDepth 4.0", "bw:maximumDepth 6.0")

    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: server.get("/healthz").json()["version"] != version)
    after = values(server)

    assert all(after[name] >= count for name, count in before.items() if "_total" in name)
    other = 'publisher_http_requests_total{method="GET",kind="other",status="2xx"}'
    assert after[other] > before[other]
    assert f'version="{server.get("/healthz").json()["version"]}"' in server.get("/metrics").text
    assert after["publisher_snapshot_age_seconds"] >= 0


def test_health_says_what_is_served(server: Server) -> None:
    state = server.get("/healthz").json()

    assert (state["status"], state["ready"], state["workers"]["waiting"]) == ("ok", True, 0)
    assert state["workers"]["all"] >= 1 and state["age"] >= 0 and state["triples"] == 90
    assert requests.head(server.url + "healthz", timeout=10).status_code == 200
    assert values(server)["publisher_snapshot_triples"] == 90


def test_health_is_503_when_no_query_can_be_answered(tmp_path: Path) -> None:
    server = start_server(TINY, tmp_path)
    try:
        build = (tmp_path / "build" / "current").resolve()
        build.rename(tmp_path / "build" / "away")  # what a new worker would read
        for pid in descendants(server.process.pid):
            if "store.worker" in command(pid):
                os.kill(pid, signal.SIGKILL)

        state = server.get("/healthz")

        assert state.status_code == 503
        assert (state.json()["status"], state.json()["ready"]) == ("failing", False)
        assert server.get("/doc/site/rocheray.ttl").ok, "what needs no worker is served"
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "page"), ("", "page"), ("/sparql", "sparql"), ("/api/near", "api"), ("/dump/latest/a.nt", "dump"),
     ("/doc/a", "resource"), ("/ns", "resource"), ("//x", "resource"), ("/healthz", "other"), ("*", "resource")],
)  # fmt: skip
def test_a_path_counts_under_its_kind(path: str, kind: str) -> None:
    assert Metrics().kind(path) == kind
    assert Metrics("/waters/").kind(f"/waters{path}" if path.startswith("/") else path) == kind
    assert Metrics("/%C3%A9/").kind(f"/\xc3\xa9{path}" if path.startswith("/") else path) == kind
    assert set(KINDS.values()) == {"page", "sparql", "api", "dump", "other"}
