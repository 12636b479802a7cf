"""What is counted of requests, queries, content and the process, as text for Prometheus.

Labels come from short fixed lists, whatever strangers ask for: a path counts under its kind. Counters are those of
the process, and go on when a new build is served.

Source: Prometheus text exposition format 0.0.4.
"""

import os
import resource
import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from ..publish.snapshot import Snapshot
from ..store.workers import EVENTS, Workers

METRICS = "publisher.metrics"  # the Metrics of the process, in the environment of a request
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # upper bounds in seconds
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
OUTCOMES = ("hit", "miss", "pass")
KINDS = {  # by the first segment of the path (docs/urls.md); all other paths are resources
    **dict.fromkeys(("sparql", "rdf-graph-store"), "sparql"),
    **dict.fromkeys(("api", "reconcile", "sameas"), "api"),
    "dump": "dump",
    **dict.fromkeys(("", "list", "problems"), "page"),
    **dict.fromkeys(("healthz", "metrics", "robots.txt", "sitemap.xml", "llms.txt", ".well-known", "linkset"), "other"),
    **dict.fromkeys(("context", "context.jsonld", "frames", "static"), "other"),
}

Sample = tuple[Mapping[str, str], float]

_NONE = (0, 0, 0.0)


class Metrics:
    """Counts of the requests to one process; safe for threads.

    mount  path of PUBLIC_URL, "/" or with a slash at both ends; requests come with or without it
    """

    def __init__(self, mount: str = "/") -> None:
        self._prefix = unquote(mount, "latin-1").rstrip("/")  # as WSGI hands paths over
        self._lock = threading.Lock()
        # (method, kind, status, outcome, number of the bucket) -> requests, bytes, seconds
        self._counts: dict[tuple[str, str, str, str, int], tuple[int, int, float]] = {}

    def count(self, method: str, path: str, status: str, size: int, seconds: float, outcome: str) -> None:
        """Count one answered request: *status* has three digits, *size* is in bytes, *outcome* that of the cache."""
        method = method if method in METHODS else "other"
        key = (method, self.kind(path), status, outcome, bisect_left(BUCKETS, seconds))
        with self._lock:
            requests, sizes, times = self._counts.get(key, _NONE)
            self._counts[key] = (requests + 1, sizes + size, times + seconds)

    def kind(self, path: str) -> str:
        """Which kind of address *path* is.

        >>> Metrics("/waters/").kind("/waters/api/near")
        'api'
        """
        if self._prefix and (path + "/").startswith(self._prefix + "/"):
            path = path[len(self._prefix) :]
        return KINDS.get(path.lstrip("/").partition("/")[0], "resource")

    def lines(self) -> Iterator[str]:
        """All of it."""
        with self._lock:
            counts = dict(self._counts)
        classes: Counter[tuple[str, str, str]] = Counter()
        refused = Counter({"429": 0, "503": 0})
        outcomes: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        buckets: Counter[tuple[str, int]] = Counter()
        sums: defaultdict[str, float] = defaultdict(float)
        for (method, kind, status, outcome, bucket), (requests, size, seconds) in counts.items():
            classes[method, kind, f"{status[0]}xx"] += requests
            if status in refused:
                refused[status] += requests
            outcomes[outcome] += requests
            sizes[outcome] += size
            buckets[kind, bucket] += requests
            sums[kind] += seconds
        yield from family(
            "publisher_http_requests_total",
            "Requests that were answered.",
            (
                ({"method": method, "kind": kind, "status": status}, count)
                for (method, kind, status), count in sorted(classes.items())
            ),
        )
        yield from family(
            "publisher_http_refused_total",
            "Requests that were too many: answered by 429 or 503.",
            (({"status": status}, count) for status, count in sorted(refused.items())),
        )
        yield from family(
            "publisher_cache_requests_total",
            "Requests by what the memory of answers did: hit, miss (kept now), pass (never kept).",
            (({"outcome": outcome}, outcomes.get(outcome, 0)) for outcome in OUTCOMES),
        )
        yield from family(
            "publisher_http_response_bytes_total",
            "Bytes of the bodies of answers.",
            (({"outcome": outcome}, sizes.get(outcome, 0)) for outcome in OUTCOMES),
        )
        yield from histogram(
            "publisher_http_request_seconds", "Time until the last byte was handed over.", buckets, sums
        )


def content(snapshot: Snapshot, stale: bool, complete: bool) -> Iterator[str]:
    """What is said of the content that is served."""
    yield from family(
        "publisher_snapshot_info",
        "The content that is served.",
        [({"version": snapshot.version, "program": str(snapshot.manifest["program"])}, 1)],
        "gauge",
    )
    values = {
        "publisher_snapshot_triples": ("Statements.", snapshot.manifest["triples"]),
        "publisher_snapshot_date_seconds": ("When it was last changed, Unix time.", snapshot.date.timestamp()),
        "publisher_snapshot_age_seconds": ("How long it is served.", time.monotonic() - snapshot.opened),
        "publisher_snapshot_stale": ("1 when newer content waits that could not be built.", stale),
        "publisher_snapshot_dumps_complete": ("0 while dumps are missing.", complete),
    }
    for name, (help, value) in values.items():
        yield from family(name, help, [({}, value)], "gauge")


def queries(workers: Workers) -> Iterator[str]:
    """What became of queries, how many run and wait now."""
    yield from family(
        "publisher_query_events_total",
        "What happened to queries and to the processes that answer them.",
        [({"event": event}, workers.counts[event]) for event in EVENTS],
    )
    values = {
        "publisher_query_workers": ("Queries that may run at once.", workers.count),
        "publisher_queries_running": ("Queries that run.", len(workers.turns.running)),
        "publisher_queries_waiting": ("Queries that wait for a worker.", len(workers.turns.waiting)),
    }
    for name, (help, value) in values.items():
        yield from family(name, help, [({}, value)], "gauge")


def process() -> Iterator[str]:
    """What this process uses, under the names that Prometheus clients give it (Linux)."""
    stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    seconds = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    yield from family("process_cpu_seconds_total", "Time of processors.", [({}, seconds)])
    values = {
        "process_resident_memory_bytes": ("Memory in use.", int(stat[21]) * resource.getpagesize()),
        "process_virtual_memory_bytes": ("Memory that is mapped.", int(stat[20])),
        "process_threads": ("Threads.", int(stat[17])),
        "process_open_fds": ("Open file descriptors.", sum(1 for _ in Path("/proc/self/fd").iterdir())),
        "process_max_fds": ("File descriptors it may open.", resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
    }
    for name, (help, value) in values.items():
        yield from family(name, help, [({}, value)], "gauge")


def family(name: str, help: str, samples: Iterable[Sample], kind: str = "counter") -> Iterator[str]:
    r"""The lines of one metric.

    >>> list(family("a_total", "What it is.", [({"b": "c"}, 1.0)]))[2]
    'a_total{b="c"} 1\n'
    """
    yield f"# HELP {name} {help}\n"
    yield f"# TYPE {name} {kind}\n"
    yield from (sample(name, labels, value) for labels, value in samples)


def histogram(name: str, help: str, buckets: Mapping[tuple[str, int], int], sums: Mapping[str, float]) -> Iterator[str]:
    """The lines of a histogram by kind; *buckets* counts by kind and number of the bucket."""
    yield from family(name, help, [], "histogram")
    for kind, total in sorted(sums.items()):
        count = 0
        for number, bound in enumerate((*map(str, BUCKETS), "+Inf")):
            count += buckets.get((kind, number), 0)
            yield sample(f"{name}_bucket", {"kind": kind, "le": bound}, count)
        yield sample(f"{name}_sum", {"kind": kind}, total)
        yield sample(f"{name}_count", {"kind": kind}, count)


def sample(name: str, labels: Mapping[str, str], value: float) -> str:
    r"""One line: a name, labels, a value.

    >>> sample("n", {"cause": 'a "b"\n'}, 0.25)
    'n{cause="a \\"b\\"\\n"} 0.25\n'
    """
    pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    braces = f"{{{pairs}}}" if labels else ""
    return f"{name}{braces} {int(value) if value == int(value) else value!r}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
