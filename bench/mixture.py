"""What the clients of the soak test ask, and what they should get."""

import hashlib
import json
import random
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyoxigraph
import requests

MIXTURE = {  # how often each is asked, one of the methods of Client
    "cached_query": 20, "new_query": 20, "posted_query": 6, "named_query": 10, "resource": 20, "page": 6, "again": 8,
    "part_of_a_dump": 6, "whole_dump": 1, "head": 4, "unknown": 2, "wrong_query": 3, "metrics": 2, "leave": 3,
    "half_a_body": 1, "changing": 5,
}  # fmt: skip
HOSTILE = {"endless": 4, "deep": 1, "large": 2, "federated": 1, "flood": 1}
SUFFIXES = ("", ".html", ".ttl", ".nt", ".jsonld", ".rdf")
TIMEOUT = 60
SWAP_SECONDS = 240  # in which new content has to be served: a build takes its time beside all the rest
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_SUBJECTS = 500
_COUNTS = f"SELECT ?s (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER(ISIRI(?s)) }} GROUP BY ?s ORDER BY ?s LIMIT {_SUBJECTS}"
_CHANGING = (
    'SELECT ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER(STRSTARTS(STR(?l), "Written by hand")) }'
)
_PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . "


class Failure(Exception):
    """An answer that is not what it should be."""


@dataclass
class Published:
    """What there is to ask for at *url*, and which content is served: the version that was seen last."""

    url: str
    version: str
    swaps: int = 0
    paths: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    triples: int = 0
    subjects: dict[str, int] = field(default_factory=dict)  # IRI -> statements about it
    dumps: dict[str, bytes] = field(default_factory=dict)  # path -> content
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        sitemap = requests.get(f"{self.url}sitemap.xml", timeout=TIMEOUT).text
        paths = [urlsplit(found).path.lstrip("/") for found in re.findall(r"<loc>([^<]+)</loc>", sitemap)]
        self.paths = [path for path in paths if path.startswith("doc/")]
        told = requests.get(f"{self.url}api/openapi.json", timeout=TIMEOUT).json()
        self.queries = [
            path.lstrip("/") for path, methods in told["paths"].items() if self._needs_nothing(path, methods)
        ]
        self.triples = requests.get(f"{self.url}healthz", timeout=TIMEOUT).json()["triples"]
        headers = {"Accept": "application/sparql-results+json"}
        rows = requests.get(f"{self.url}sparql", {"query": _COUNTS}, headers=headers, timeout=TIMEOUT).json()
        self.subjects = {row["s"]["value"]: int(row["n"]["value"]) for row in rows["results"]["bindings"]}

    @staticmethod
    def _needs_nothing(path: str, methods: dict[str, Any]) -> bool:
        parameters = methods.get("get", {}).get("parameters", [])
        return path.startswith("/api/") and "{" not in path and not any(each.get("required") for each in parameters)

    def await_swap(self, number: int, done: threading.Event) -> None:
        """Return when content *number* is served. Raises Failure when it is not in time."""
        deadline = time.monotonic() + SWAP_SECONDS
        while time.monotonic() < deadline and not done.is_set():
            state = requests.get(f"{self.url}healthz", timeout=TIMEOUT).json()
            if state["version"] != self.version:
                self.version, self.swaps = state["version"], number
                return
            time.sleep(0.1)
        if not done.is_set():
            raise Failure("the new content is not served")

    def dump(self, version: str, name: str, session: requests.Session) -> bytes:
        """A whole dump; each is fetched once for each version. Dumps follow new content: one is waited for."""
        path = f"dump/{version}/{name}"
        deadline = time.monotonic() + SWAP_SECONDS
        with self.lock:
            if path not in self.dumps:
                response = session.get(self.url + path, timeout=TIMEOUT)
                while response.status_code == 503 and time.monotonic() < deadline:
                    time.sleep(0.5)
                    response = session.get(self.url + path, timeout=TIMEOUT)
                expect(response, 200)
                self.dumps = {kept: data for kept, data in self.dumps.items() if version in kept}
                self.dumps[path] = response.content
            return self.dumps[path]


def _of(subject: str) -> str:
    return f"SELECT (COUNT(*) AS ?n) {{ <{subject}> ?p ?o }}"


def expect(response: requests.Response, *statuses: int) -> None:
    """Raises Failure for another status, or a body that is not as long as it says."""
    if response.status_code not in statuses:
        raise Failure(f"{response.status_code} {response.request.method} {response.url[:100]} {response.text[:200]!r}")


class Client:
    """One client: an address, a connection that is kept, and what it asks. Each method raises Failure."""

    def __init__(self, published: Published, session: requests.Session, chance: random.Random, address: str) -> None:
        self.published = published
        self.url = published.url
        self.session = session
        self.chance = chance
        session.headers["X-Forwarded-For"] = address

    def get(self, path: str, *statuses: int, **options: Any) -> requests.Response:
        response = self.session.get(self.url + path, timeout=TIMEOUT, **options)
        expect(response, *statuses or (200,))
        return response

    def select(self, query: str, *statuses: int) -> requests.Response:
        headers = {"Accept": "application/sparql-results+json"}
        return self.get("sparql", *statuses, params={"query": query}, headers=headers)

    # What anybody may ask

    def cached_query(self) -> None:
        self._check_count(self.select(_COUNT), self.published.triples)

    def new_query(self) -> None:
        subject, count = self.chance.choice(list(self.published.subjects.items()))
        self._check_count(self.select(f"{_of(subject)} # {self.chance.random()}"), count)

    def posted_query(self) -> None:
        subject, count = self.chance.choice(list(self.published.subjects.items()))
        data = f"{_of(subject)} # {self.chance.randrange(10)}"
        headers = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"}
        response = self.session.post(f"{self.url}sparql", data, headers=headers, timeout=TIMEOUT)
        expect(response, 200)
        self._check_count(response, count)

    def _check_count(self, response: requests.Response, expected: int) -> None:
        count = int(response.json()["results"]["bindings"][0]["n"]["value"])
        if count != expected:
            raise Failure(f"{count} statements instead of {expected}")

    def changing(self) -> None:
        """The statement that every new content changes is of the content that is served, or was a moment ago."""
        before = self.published.swaps
        bindings = self.select(_CHANGING).json()["results"]["bindings"]
        numbers = [int((re.findall(r"\d+", row["l"]["value"]) or ["0"])[0]) for row in bindings]
        if not numbers or not before <= max(numbers) <= self.published.swaps + 1:
            raise Failure(f"content {numbers}, not {before} or {self.published.swaps}")

    def named_query(self) -> None:
        suffix = self.chance.choice(("", ".json", ".csv", ".rq"))
        path = self.chance.choice(self.published.queries)
        self.get(path + suffix, 200, 406)

    def resource(self) -> None:
        suffix = self.chance.choice(SUFFIXES)
        response = self.get(self.chance.choice(self.published.paths) + suffix)
        if suffix == ".nt" and not list(pyoxigraph.parse(response.content, format=pyoxigraph.RdfFormat.N_TRIPLES)):
            raise Failure(f"{response.url} says nothing")
        if suffix == ".jsonld":
            json.loads(response.content)
        if not response.content:
            raise Failure(f"{response.url} is empty")

    def page(self) -> None:
        path = self.chance.choice(("", "api", "sparql", "problems", "ns"))
        if "</html>" not in self.get(path, headers={"Accept": "text/html"}).text:
            raise Failure("the page is cut off")

    def again(self) -> None:
        """What was asked is asked once more; the answer is the same, or that it is."""
        path = self.chance.choice(self.published.paths) + ".ttl"
        first = self.get(path)
        second = self.get(path, 200, 304, headers={"If-None-Match": first.headers["ETag"]})
        same = first.headers["ETag"] == second.headers["ETag"]
        if (second.status_code == 304) != same:
            raise Failure(f"{second.status_code} for {path}, whose tag is {'the same' if same else 'another'}")

    def part_of_a_dump(self) -> None:
        version, name = self.published.version, self._dump()
        whole = self.published.dump(version, name, self.session)
        start = self.chance.randrange(len(whole))
        end = min(len(whole) - 1, start + self.chance.randrange(100_000))
        headers = {"Range": f"bytes={start}-{end}", "Accept-Encoding": "identity"}
        part = self.get(f"dump/{version}/{name}", 206, headers=headers)
        if part.content != whole[start : end + 1]:
            raise Failure(f"bytes {start} to {end} of {name} are others")

    def whole_dump(self) -> None:
        version, name = self.published.version, self._dump()
        known = self.published.dump(version, name, self.session)
        got = self.get(f"dump/{version}/{name}")
        if hashlib.sha256(got.content).digest() != hashlib.sha256(known).digest():
            raise Failure(f"{name} is another")

    def _dump(self) -> str:
        return self.chance.choice(("urban-security.nt", "urban-security.ttl", "urban-security.nq"))

    def head(self) -> None:
        response = self.session.head(self.url + self.chance.choice(self.published.paths), timeout=TIMEOUT)
        expect(response, 200)

    def unknown(self) -> None:
        self.get(f"id/nothing/{self.chance.random()}", 404)

    def wrong_query(self) -> None:
        problem = self.select(f"SELECT * {{ ?s ?p {self.chance.random()} nonsense", 400).json()
        if "line" not in problem:
            raise Failure("the error does not say where")

    def metrics(self) -> None:
        self.get(self.chance.choice(("metrics", "healthz")))

    def leave(self) -> None:
        """Ask for much, read a little, and go."""
        with self._connect() as connection:
            connection.sendall(b"GET /dump/latest/urban-security.nt HTTP/1.1\r\nHost: a\r\n\r\n")
            if not connection.recv(1024).startswith(b"HTTP/1.1 200"):
                raise Failure("no dump")

    def half_a_body(self) -> None:
        """Send half a body, and go."""
        with self._connect() as connection:
            head = "POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
            connection.sendall(f"{head}Content-Length: 99\r\n\r\nSELECT".encode())
            time.sleep(self.chance.random())

    def _connect(self) -> socket.socket:
        parts = urlsplit(self.url)
        return socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT)

    # What does harm, or tries to

    def endless(self) -> None:
        self._stopped(f"SELECT (COUNT(*) AS ?n) {{ {_PRODUCT} }} # {self.chance.random()}")

    def deep(self) -> None:
        depth = self.chance.randrange(1_000, 50_000)
        self._stopped("SELECT * { ?s ?p ?o FILTER(" + "(" * depth + "1" + ")" * depth + ") } LIMIT 1")

    def large(self) -> None:
        self._stopped(f"SELECT (GROUP_CONCAT(STR(?a)) AS ?n) {{ {_PRODUCT} }} # {self.chance.random()}")

    def federated(self) -> None:
        self.select("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403, 429)

    def flood(self) -> None:
        """Many connections that say nothing."""
        opened = [self._connect() for _ in range(50)]
        time.sleep(self.chance.random())
        for connection in opened:
            connection.close()

    def _stopped(self, query: str) -> None:
        data = {"query": query}
        response = self.session.post(f"{self.url}sparql", data, timeout=TIMEOUT)
        expect(response, 200, 400, 429, 503)
        if response.status_code != 200 and response.headers["Content-Type"] != "application/problem+json":
            raise Failure(f"{response.status_code} without a reason")
