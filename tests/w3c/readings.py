"""What the tests of the SPARQL 1.1 Graph Store HTTP Protocol read, without the writing that they do before it.

Most of them write a graph and read it. A server that takes no writes is given what the writing requests would have
left; each reading request asks for a graph of its own, so that none meets another's state.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, quote, urlsplit

import pyoxigraph
from pyoxigraph import NamedNode, Quad, RdfFormat

from .exchange import Exchange, conversations

READING = ("GET", "HEAD")
BASE = "http://www.example/"  # the authority that the tests connect to
CREATED = f"{BASE}gsp/created"
DEFAULT = f"{BASE}default"  # stands for the default graph

TESTS = [test for kind in ("direct", "indirect") for test in conversations(f"graph-store-protocol/manifest-{kind}.ttl")]


@dataclass(frozen=True)
class Reading:
    """One reading request, and what there is to read.

    name      the test's, and the place of the request in it
    graph     the graph that is asked for; DEFAULT for the default graph
    contents  its statements in Turtle; "" when it does not exist
    """

    name: str
    exchange: Exchange
    graph: str
    contents: str

    def __str__(self) -> str:
        return self.name

    def quads(self) -> Iterator[Quad]:
        """The statements of the graph, its blank nodes its own."""
        graph = NamedNode(self.graph)
        for quad in pyoxigraph.parse(self.contents.encode(), RdfFormat.TURTLE, rename_blank_nodes=True):
            yield Quad(quad.subject, quad.predicate, quad.object, graph)


def readings() -> Iterator[Reading]:
    """The reading requests of all tests, each with a name of its own for the graph it asks for."""
    for test in TESTS:
        written = ""
        for place, exchange in enumerate(test.exchanges, 1):
            if exchange.method not in READING:
                written = (exchange.body or b"").decode()
                continue
            name = f"{test.name}-{place}"
            own = exchange.path.replace("person", name.partition("#")[2]).replace("$LOCATION$", quote(CREATED))
            exists = exchange.expects(200)
            yield Reading(name, replace(exchange, path=own), named(own), (exchange.content or written) * exists)


def named(path: str) -> str:
    """The graph that a request for *path* means: by its query, or by the path itself."""
    parts = urlsplit(path)
    query = parse_qs(parts.query, keep_blank_values=True)
    if "graph" in query:
        return query["graph"][0]
    return DEFAULT if "default" in query else BASE + parts.path.removeprefix("/")
