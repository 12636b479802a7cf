"""HTTP requests and the answers that are right, as the manifests of the protocol suites write them.

Vocabularies: HTTP in RDF and Content in RDF, with the suite's own words for what is expected.
"""

from dataclasses import dataclass
from http import HTTPStatus

import requests
from rdflib import Graph, Literal, Namespace, Node, URIRef
from rdflib.collection import Collection

from .manifest import MF, SUITE, entries

HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
HTS = "http://www.w3.org/2011/http-statusCodes#"
_STATUS = {
    "OK": HTTPStatus.OK,
    "Created": HTTPStatus.CREATED,
    "NoContent": HTTPStatus.NO_CONTENT,
    "NotFound": HTTPStatus.NOT_FOUND,
}


@dataclass(frozen=True)
class Exchange:
    """One request, and what is said of the right answer.

    path      with its query, as it goes over the wire
    statuses  ``OK``, ``StatusCode4xx``…: any one of them
    boolean   of an ASK; None when nothing is said
    format    ``boolean``, ``tabular``, ``RDF`` or ""
    content   the graph in Turtle; "" when nothing is said
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    statuses: frozenset[str]
    boolean: bool | None = None
    format: str = ""
    content: str = ""

    def send(self, session: requests.Session, address: str) -> requests.Response:
        """Send the request to *address*, which takes the place of the path; the query goes as it is written."""
        request = session.prepare_request(requests.Request(self.method, address, self.headers, data=self.body))
        request.url = address + self.path[self.path.find("?") :] if "?" in self.path else address
        return session.send(request, timeout=30)

    def expects(self, status: int) -> bool:
        """Is *status* one of the right ones?"""
        return any(
            status // 100 == int(name[len("StatusCode")]) if name.startswith("StatusCode") else status == _STATUS[name]
            for name in self.statuses
        )


@dataclass(frozen=True)
class Conversation:
    """A test of a protocol: its requests in their order."""

    name: str
    exchanges: tuple[Exchange, ...]

    def __str__(self) -> str:
        return self.name


def conversations(manifest: str) -> list[Conversation]:
    """The tests of a manifest; none when the suite is absent."""
    if not SUITE.is_dir():
        return []
    return [_conversation(*entry) for entry in entries(manifest)]


def _conversation(graph: Graph, node: URIRef, name: str) -> Conversation:
    requests = Collection(graph, _value(graph, _value(graph, node, MF.action), HT.requests))
    return Conversation(name, tuple(_exchange(graph, request) for request in requests))


def _exchange(graph: Graph, request: Node) -> Exchange:
    answer = _value(graph, request, HT.resp)
    boolean = graph.value(answer, MF.expectedBoolean)
    content = graph.value(answer, HT.body)
    return Exchange(
        str(graph.value(request, HT.methodName)),
        str(graph.value(request, HT.absolutePath)),
        _headers(graph, request),
        _body(graph, request),
        frozenset(str(status).removeprefix(HTS) for status in graph.objects(answer, MF.expectedStatus)),
        boolean.toPython() if isinstance(boolean, Literal) else None,
        str(graph.value(answer, MF.expectedFormat) or ""),
        str(graph.value(content, CNT.chars)) if content else "",
    )


def _headers(graph: Graph, request: Node) -> dict[str, str]:
    headers = graph.value(request, HT.headers)
    if headers is None:
        return {}
    return {
        str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
        for header in Collection(graph, headers)
    }


def _body(graph: Graph, request: Node) -> bytes | None:
    body = graph.value(request, HT.body)
    if body is None:
        return None
    return str(graph.value(body, CNT.chars)).encode(str(graph.value(body, CNT.characterEncoding)))


def _value(graph: Graph, node: Node, predicate: URIRef) -> Node:
    value = graph.value(node, predicate)
    assert value is not None, (node, predicate)
    return value
