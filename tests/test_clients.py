"""Real clients against the real server: what people use to ask an endpoint, to read its documents and its dumps."""

import json
import warnings
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from xml.dom.minidom import Document

import pandas
import pytest
import requests
import SPARQLWrapper
from rdflib import RDF, RDFS, ConjunctiveGraph, Dataset, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import SPARQLExceptions

from .conftest import Server
from .programs import need, node_folder, run

# rdflib and SPARQLWrapper use parts of rdflib that it warns about, and leave connections to the collector
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

BASE = "https://w3id.org/urban-security/"
LIEGE = URIRef(BASE + "id/member/liege")
MEMBER = URIRef(BASE + "ns#Member")
MEMBERS = f"SELECT ?member WHERE {{ ?member a <{MEMBER}> }}"
ASK = f"ASK {{ <{LIEGE}> a <{MEMBER}> }}"
TYPES = f"CONSTRUCT {{ <{LIEGE}> a ?type }} WHERE {{ <{LIEGE}> a ?type }}"
DESCRIBE = f"DESCRIBE <{LIEGE}>"
WRONG = "SELECT * WHER { ?s ?p ?o }"
NAMES = {Literal("Liège", lang="en"), Literal("Liège", lang="fr")}


@pytest.fixture(scope="module")
def members(forum: Server) -> int:
    """How many members there are, by the count that the server itself makes."""
    result = forum.sparql(MEMBERS.replace("?member WHERE", "(COUNT(*) AS ?count) WHERE")).json()
    return int(result["results"]["bindings"][0]["count"]["value"])


@pytest.fixture(scope="module")
def described(forum: Server) -> Graph:
    """The description of Liège."""
    return Graph().parse(data=forum.get("doc/member/liege.nt").text, format="nt")


# SPARQLWrapper


def wrapper(forum: Server, query: str, format: str, method: str = "GET", request: str = "urlencoded") -> Any:
    asking = SPARQLWrapper.SPARQLWrapper(forum.url + "sparql")
    asking.setQuery(query)
    asking.setReturnFormat(format)
    asking.setMethod(method)
    asking.setRequestMethod(request)
    asking.setTimeout(30)
    return asking


WAYS = pytest.mark.parametrize(
    ("method", "request_"), [("GET", "urlencoded"), ("POST", "urlencoded"), ("POST", "postdirectly")]
)


@WAYS
def test_sparqlwrapper_reads_every_format_of_a_table(forum: Server, members: int, method: str, request_: str) -> None:
    found = {
        format: wrapper(forum, MEMBERS, format, method, request_).queryAndConvert()
        for format in (SPARQLWrapper.JSON, SPARQLWrapper.XML, SPARQLWrapper.CSV, SPARQLWrapper.TSV)
    }

    assert len(found["json"]["results"]["bindings"]) == members
    assert isinstance(found["xml"], Document)
    assert len(found["xml"].getElementsByTagName("result")) == members
    assert len(found["csv"].split()) == len(found["tsv"].split()) == members + 1


@WAYS
def test_sparqlwrapper_reads_every_format_of_a_graph(forum: Server, method: str, request_: str) -> None:
    for query in (TYPES, DESCRIBE):
        graphs = [
            found if isinstance(found, Graph) else Graph().parse(data=found, format="turtle")
            for format in (
                SPARQLWrapper.TURTLE,
                SPARQLWrapper.N3,
                SPARQLWrapper.RDFXML,
                SPARQLWrapper.XML,
                SPARQLWrapper.JSONLD,
            )
            for found in [wrapper(forum, query, format, method, request_).queryAndConvert()]
        ]

        assert all((LIEGE, RDF.type, MEMBER) in graph for graph in graphs)
        assert len({len(graph) for graph in graphs}) == 1


def test_sparqlwrapper_asks_yes_or_no(forum: Server) -> None:
    assert wrapper(forum, ASK, SPARQLWrapper.JSON).queryAndConvert()["boolean"] is True
    answer = wrapper(forum, ASK, SPARQLWrapper.XML).queryAndConvert()
    assert answer.getElementsByTagName("boolean")[0].firstChild.data == "true"


def test_sparqlwrapper_names_the_graphs_to_ask(forum: Server, members: int) -> None:
    def count(query: str, **graphs: str) -> int:
        asking = wrapper(forum, query, SPARQLWrapper.JSON)
        for name, iri in graphs.items():
            asking.addParameter(name.replace("_", "-"), iri)
        return len(asking.queryAndConvert()["results"]["bindings"])

    in_graph = MEMBERS.replace("WHERE {", "WHERE { GRAPH ?graph {") + " }"

    assert count(MEMBERS, default_graph_uri=BASE + "dataset/members") == members
    assert count(MEMBERS, default_graph_uri=BASE + "dataset/places") == 0
    assert count(in_graph, named_graph_uri=BASE + "dataset/members") == members
    assert count(in_graph, named_graph_uri=BASE + "dataset/none") == 0


def test_sparqlwrapper_tells_what_is_wrong_by_its_own_errors(forum: Server) -> None:
    with pytest.raises(SPARQLExceptions.QueryBadFormed, match="WHERE is meant"):
        wrapper(forum, WRONG, SPARQLWrapper.JSON).query()
    elsewhere = SPARQLWrapper.SPARQLWrapper(forum.url + "id/member/nowhere")
    elsewhere.setQuery(ASK)
    with pytest.raises(SPARQLExceptions.EndPointNotFound):
        elsewhere.query()
    with pytest.raises(HTTPError, match="403"):
        wrapper(forum, "DELETE WHERE { ?s ?p ?o }", SPARQLWrapper.JSON, "POST").query()


# rdflib


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("format", ["xml", "json", "csv", "tsv"])
def test_rdflib_takes_the_endpoint_for_a_store(forum: Server, method: str, format: str) -> None:
    graph = Graph(SPARQLStore(forum.url + "sparql", method=method, returnFormat=format))
    rows = graph.query("SELECT ?name { ?s rdfs:label ?name }", initBindings={"s": LIEGE}, initNs={"rdfs": RDFS})

    assert format in ("csv", "tsv") or (LIEGE, RDF.type, MEMBER) in graph  # no standard says how these answer ASK
    assert {str(name) for name in graph.objects(LIEGE, RDFS.label)} == {"Liège"}
    assert [str(row[0]) for row in rows] == ["Liège", "Liège"]  # type: ignore[index]  # CSV has no languages


def test_rdflib_reads_booleans_graphs_and_sizes_from_the_endpoint(forum: Server) -> None:
    store = SPARQLStore(forum.url + "sparql")
    graph = Graph(store)
    contexts = {str(context.identifier) for context in ConjunctiveGraph(store).contexts((LIEGE, RDF.type, MEMBER))}
    statements = forum.get("healthz").json()["triples"]

    assert graph.query(ASK).askAnswer is True
    assert len(graph.query(TYPES).graph or ()) == len(list(graph.objects(LIEGE, RDF.type)))
    assert set(graph.objects(LIEGE, RDFS.label)) == NAMES
    assert contexts == {BASE + "dataset/members"}
    assert len(graph) == statements
    assert 0 < len(Graph(store, identifier=URIRef(BASE + "dataset/members"))) < statements
    with pytest.raises(ValueError, match="wrong"):
        graph.query(WRONG)


@pytest.mark.parametrize("format", [None, "turtle", "xml", "nt", "json-ld", "n3"])
def test_rdflib_reads_a_resource_by_its_address(forum: Server, described: Graph, format: str | None) -> None:
    graph = Graph().parse(forum.url + "id/member/liege", format=format)

    assert set(graph) == set(described)


@pytest.mark.parametrize("suffix", ["ttl", "rdf", "nt", "jsonld"])
def test_rdflib_reads_a_document_by_its_suffix(forum: Server, described: Graph, suffix: str) -> None:
    assert set(Graph().parse(f"{forum.url}doc/member/liege.{suffix}")) == set(described)


@pytest.mark.parametrize(("suffix", "format"), [("trig", "trig"), ("nq", "nquads")])
def test_rdflib_reads_a_document_with_its_graphs(forum: Server, described: Graph, suffix: str, format: str) -> None:
    dataset = Dataset().parse(f"{forum.url}doc/member/liege.{suffix}", format=format)

    assert {quad[:3] for quad in dataset.quads()} >= set(described)


def test_rdflib_joins_its_own_data_with_the_endpoint(forum: Server) -> None:
    endorsements = Graph().parse(forum.url + "dataset/endorsements.ttl")
    pattern = "?member a usec:Member ; rdfs:label ?name"
    endorsed = "?endorsement usec:endorser ?member"
    joined = endorsements.query(
        f"SELECT ?endorsement ?name {{ SERVICE <{forum.url}sparql> {{ {pattern} }} {endorsed} }}",
        initNs={"usec": BASE + "ns#", "rdfs": RDFS},
    )
    alone = forum.sparql(f"SELECT ?endorsement ?name {{ {pattern} . {endorsed} }}").json()

    assert len(joined) == len(alone["results"]["bindings"]) > 0


# curl


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-d", urlencode({"query": ASK})], '{"head":{},"boolean":true}'),
        (["--data-urlencode", f"query={ASK}", "-d", "format=csv"], "true"),
        (["-G", "--data-urlencode", f"query={ASK}", "-H", "Accept: text/csv"], "true"),
        (["-H", "Content-Type: application/sparql-query", "--data-binary", ASK, "-H", "Accept: text/csv"], "true"),
        (["-G", "--compressed", "--data-urlencode", f"query={ASK}", "-d", "format=tsv"], "true"),
        (["-F", f"query={ASK}", "-o", "/dev/null", "-w", "%{http_code}"], "415"),
        (["-d", "query=SELECT", "-o", "/dev/null", "-w", "%{http_code}"], "400"),
        (["-G", "--data-urlencode", f"query={ASK}", "-I", "-o", "/dev/null", "-w", "%{http_code} %{content_type}"],
         "200 application/sparql-results+json"),
        (["-X", "PUT", "-d", "x", "-o", "/dev/null", "-w", "%{http_code}"], "405"),
    ],
)  # fmt: skip
def test_curl_asks_in_each_of_its_ways(forum: Server, options: list[str], expected: str) -> None:
    need("curl")

    assert run("curl", "-s", *options, forum.url + "sparql") == expected


def test_curl_follows_a_name_to_its_document_and_unpacks_it(forum: Server, described: Graph) -> None:
    need("curl")
    text = run("curl", "-sL", "--compressed", "-H", "Accept: text/turtle", forum.url + "id/member/liege")

    assert set(Graph().parse(data=text, format="turtle")) == set(described)


# rapper and roqet


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("id/member/liege", ["-g"]),
        ("doc/member/liege.ttl", ["-g"]),
        ("doc/member/liege.nt", ["-g"]),
        ("doc/member/liege.rdf", ["-g"]),
        ("doc/member/liege.nq", ["-g"]),
        ("doc/member/liege.trig", ["-i", "trig"]),  # its guess is Turtle
    ],
)
def test_rapper_counts_the_same_statements_in_every_form(
    forum: Server, described: Graph, path: str, options: list[str]
) -> None:
    need("rapper")
    statements = run("rapper", "-q", *options, forum.url + path).splitlines()

    assert len(set(statements)) == len(described)


def test_rapper_counts_the_dump(forum: Server) -> None:
    need("rapper")
    statements = run("rapper", "-q", "-g", forum.url + "dump/latest/urban-security.ttl").splitlines()
    lines = forum.get("dump/latest/urban-security.nt").text.splitlines()

    assert len(statements) == len(lines)


def test_roqet_asks_the_endpoint(forum: Server, members: int) -> None:
    need("roqet")
    endpoint = ["-q", "-p", forum.url + "sparql"]
    count = f"SELECT (COUNT(*) AS ?count) WHERE {{ ?member a <{MEMBER}> }}"

    assert len(run("roqet", *endpoint, "-e", MEMBERS, "-r", "csv").split()) == members + 1
    assert run("roqet", *endpoint, "-e", MEMBERS, "-r", "xml").count("<result>") == members
    assert run("roqet", *endpoint, "-e", count, "-r", "tsv").split()[-1].startswith(str(members))
    assert run("roqet", *endpoint, "-G", BASE + "dataset/places", "-e", count, "-r", "csv").split() == ["count", "0"]


# pandas


def test_pandas_reads_a_table(forum: Server, members: int) -> None:
    query = (
        "SELECT ?member ?name { ?member a usec:Member ; rdfs:label ?name FILTER(LANG(?name) = 'fr') } ORDER BY ?name"
    )
    address = f"{forum.url}sparql?" + urlencode({"query": query})

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        table = pandas.read_csv(address + "&format=csv")
        tabs = pandas.read_csv(address + "&format=tsv", sep="\t")
    rows = pandas.json_normalize(requests.get(address, timeout=30).json()["results"]["bindings"])

    assert list(table.columns) == ["member", "name"]
    assert len(table) == len(tabs) == len(rows) > 100
    assert list(table["name"]) == list(rows["name.value"])
    assert table.loc[table["member"] == str(LIEGE), "name"].tolist() == ["Liège"]


# Comunica, jsonld.js, fetch-sparql-endpoint, sparql-http-client


def test_javascript_clients_get_what_they_ask_for(forum: Server, members: int, described: Graph) -> None:
    found = json.loads(run("node", "clients.mjs", forum.url, cwd=node_folder()))
    types = len(list(described.objects(LIEGE, RDF.type)))
    endorsed = forum.sparql(f"SELECT ?endorsement {{ ?endorsement usec:endorser <{LIEGE}> }}").json()
    error = found.pop("fetch_sparql_error")

    assert "WHERE is meant?" in error
    assert found == {
        "comunica_by_type": members,
        "comunica_by_discovery": members,
        "comunica_ask": True,
        "comunica_construct": types,
        "comunica_resource": ["Liège@en", "Liège@fr"],
        "comunica_jsonld": ["Liège@en", "Liège@fr"],
        "comunica_turtle_dump": members,
        "comunica_join": len(endorsed["results"]["bindings"]),
        "jsonld_expands": str(LIEGE),
        "jsonld_says_the_same": len(described),
        "jsonld_compacts": True,
        "jsonld_frames": True,
        "jsonld_reads_a_result": types,
        "fetch_sparql_select": members,
        "fetch_sparql_ask": True,
        "fetch_sparql_construct": types,
        "http_client_select": members,
        "http_client_ask": True,
        "http_client_construct": types,
        "http_client_form": members,
        "http_client_direct": members,
    }
