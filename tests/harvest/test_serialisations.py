"""The documents of the catalogue say the same in every form, to every reader: rdflib, raptor, jsonld.js, N3.js."""

import json
from itertools import product

import pytest
from rdflib import BNode, Graph, Literal
from rdflib.term import Node

from ..conftest import Server
from ..programs import need, node_folder, run

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib reading JSON-LD

DOCUMENTS = (  # one of each kind
    "catalog",
    "catalog/urban-security",
    "catalog/members",
    "catalog/ns",
    "catalog/scheme-role",
    "catalog/api-members",
    "catalog/members/ttl",
    "catalog/sparql-endpoint",
)
FORMS = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}  # suffix -> rdflib's name
RAPTOR = {"ttl": "turtle", "nt": "ntriples", "rdf": "rdfxml"}  # raptor reads no JSON-LD
Statements = set[tuple[Node | frozenset[tuple[Node, Node]], ...]]


def statements(graph: Graph) -> Statements:
    """What *graph* says, with what a blank node says (nothing of other blank nodes) in its place."""

    def whole(term: Node) -> Node | frozenset[tuple[Node, Node]]:
        return frozenset(graph.predicate_objects(term)) if isinstance(term, BNode) else term

    return {(whole(subject), predicate, whole(object)) for subject, predicate, object in graph}


@pytest.fixture(scope="module")
def said(forum: Server) -> dict[str, Statements]:
    """What each document says in N-Triples, by path."""
    graphs = {path: Graph().parse(data=forum.get(f"{path}.nt").text, format="nt") for path in DOCUMENTS}
    assert all(len(graph) > 10 for graph in graphs.values())
    return {path: statements(graph) for path, graph in graphs.items()}


def differing(said: dict[str, Statements], read: dict[str, Graph]) -> list[str]:
    """The documents, path with suffix, that were read otherwise than they are said."""
    return [path for path, graph in read.items() if statements(graph) != said[path.rpartition(".")[0]]]


@pytest.mark.parametrize("suffix", FORMS)
def test_rdflib_reads_every_document(forum: Server, said: dict[str, Statements], suffix: str) -> None:
    addresses = {f"{path}.{suffix}": f"{forum.url}{path}.{suffix}" for path in DOCUMENTS}
    read = {path: Graph().parse(address, format=FORMS[suffix]) for path, address in addresses.items()}

    assert differing(said, read) == []


def test_rdflib_is_told_the_format_by_the_server(forum: Server, said: dict[str, Statements]) -> None:
    """Given an address alone, rdflib asks with its own Accept header."""
    path = "catalog/members"

    assert statements(Graph().parse(forum.url + path)) == said[path]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_xml_is_another_name_of_rdf(forum: Server, path: str) -> None:
    rdf, xml = (forum.get(f"{path}.{suffix}") for suffix in ("rdf", "xml"))

    assert (xml.content, xml.headers["Content-Type"]) == (rdf.content, rdf.headers["Content-Type"])


@pytest.mark.parametrize("suffix", RAPTOR)
def test_raptor_reads_every_document(forum: Server, said: dict[str, Statements], suffix: str) -> None:
    need("rapper")
    paths = [f"{path}.{suffix}" for path in DOCUMENTS]
    options = ["-q", "-i", RAPTOR[suffix], "-o", "ntriples"]
    texts = {path: run("rapper", *options, forum.url + path) for path in paths}

    assert differing(said, {path: Graph().parse(data=text, format="nt") for path, text in texts.items()}) == []


def test_javascript_reads_every_document_without_asking_for_more(forum: Server, said: dict[str, Statements]) -> None:
    folder = node_folder()
    paths = [f"{path}.{suffix}" for path, suffix in product(DOCUMENTS, FORMS)]
    texts: dict[str, str] = json.loads(run("node", "documents.mjs", forum.url, *paths, cwd=folder))

    assert set(texts) == set(paths)
    assert differing(said, {path: Graph().parse(data=text, format="nt") for path, text in texts.items()}) == []


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "rdf"])
def test_english_comes_first_for_readers_that_take_the_first(forum: Server, suffix: str) -> None:
    """rdflib keeps the order of the document; N-Triples are sorted lines."""
    graph = Graph().parse(f"{forum.url}catalog.{suffix}", format=FORMS[suffix])
    told = [
        [text.language for text in graph.objects(*place) if isinstance(text, Literal) and text.language]
        for place in set(graph.subject_predicates())
    ]
    several = [languages for languages in told if "en" in languages and len(set(languages)) > 1]

    assert len(several) > 100
    assert {languages[0] for languages in several} == {"en"}
