"""What a result holds comes out whole: every kind of value in every format, read back by readers of others."""

import csv
import io
import json

import pyoxigraph
import pytest
import requests
from lxml import etree
from pyoxigraph import NamedNode, Triple
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.namespace import XSD
from rdflib.util import from_n3

from publisher.describe.resource import rdfxml
from publisher.errors import NotAcceptable
from publisher.formats import CSV, RDFXML, XML
from publisher.store.results import finished
from publisher.store.xml import XmlFile

from .conftest import Server

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

Term = Literal | URIRef | None
SPARQL_XML = "{http://www.w3.org/2005/sparql-results#}"
VALUES: dict[str, tuple[str, Term]] = {
    "zero": ("0", Literal("0", datatype=XSD.integer)),
    "false": ("false", Literal("false", datatype=XSD.boolean)),
    "decimal": ("1.5", Literal("1.5", datatype=XSD.decimal)),
    "empty": ('""', Literal("")),
    "carriage return": (r'"a\rb"', Literal("a\rb")),
    "carriage return and line feed": (r'"a\r\nb\r\n"', Literal("a\r\nb\r\n")),
    "line feed": (r'"\na\n\nb"', Literal("\na\n\nb")),
    "tab": (r'"a\tb\t"', Literal("a\tb\t")),
    "quotes": (r'''"say \"yes\", 'no'"''', Literal("say \"yes\", 'no'")),
    "backslashes": (r'"\\n \\u0041"', Literal(r"\n \u0041")),
    "markup": ('"<b>&amp;</b> ]]> <!--"', Literal("<b>&amp;</b> ]]> <!--")),
    "spaces around": ('"  a  "', Literal("  a  ")),
    "separators": (r'"a,b;c\u0085\u2028"', Literal("a,b;c\u0085\u2028")),
    "formula": ('"=1+1"', Literal("=1+1")),
    "astral": ('"😀 𝄞"', Literal("😀 𝄞")),
    "composed": ('"Liège"', Literal("Li\u00e8ge")),
    "decomposed": (r'"Lie\u0300ge"', Literal("Lie\u0300ge")),
    "right to left": ('"שלום"@he', Literal("שלום", lang="he")),
    "language": ('"vlaams"@nl-be', Literal("vlaams", lang="nl-be")),
    "IRI": ("<https://data.example.org/é?a=b&c=%20#d>", URIRef("https://data.example.org/é?a=b&c=%20#d")),
    "unbound": ("UNDEF", None),
}
CONTROLS = {
    "NUL": (r'"a\u0000b"', "a\0b"),
    "escape": (r'"a\u001Bb"', "a\x1bb"),
    "no character": (r'"\uFFFE"', "\ufffe"),
}


def read_json(content: bytes) -> list[Term]:
    cell = json.loads(content)["results"]["bindings"][0].get("x")
    return [None if cell is None else term(cell["type"], cell["value"], cell.get("xml:lang"), cell.get("datatype"))]


def read_xml(content: bytes) -> list[Term]:
    found = etree.fromstring(content).find(f".//{SPARQL_XML}binding[@name='x']")
    if found is None:
        return [None]
    language, datatype = found[0].get("{http://www.w3.org/XML/1998/namespace}lang"), found[0].get("datatype")
    return [term(found[0].tag.removeprefix(SPARQL_XML), found[0].text or "", language, datatype)]


def read_tsv(content: bytes) -> list[Term]:
    header, row, end = content.decode().split("\n")
    assert (header, end) == ("?x\t?end", "")
    cell = row.split("\t")[0]
    return [from_n3(cell.replace("\\t", "\t")) if cell else None]  # type: ignore[list-item]


def term(kind: str, value: str, language: str | None, datatype: str | None) -> Term:
    return URIRef(value) if kind == "uri" else Literal(value, lang=language, datatype=datatype and URIRef(datatype))


def same(one: Term, other: Term) -> bool:
    """The same term to the letter: no reader's idea of equal numbers."""
    return repr(one) == repr(other) and (one is None or str(one) == str(other))


@pytest.mark.parametrize(("format", "read"), [("json", read_json), ("xml", read_xml), ("tsv", read_tsv)])
@pytest.mark.parametrize("name", VALUES)
def test_a_term_comes_out_of_a_table_as_it_is(tiny: Server, format, read, name: str) -> None:
    written, value = VALUES[name]

    answer = tiny.get(
        "sparql", params={"query": f"SELECT ?x ?end {{ VALUES (?x ?end) {{ ({written} 1) }} }}", "format": format}
    )

    assert answer.status_code == 200, answer.text
    assert same(read(answer.content)[0], value)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_comes_out_of_a_csv_as_it_is(tiny: Server, name: str) -> None:
    """CSV holds values without their kind; an empty text and an unbound variable look alike."""
    written, value = VALUES[name]
    text = "" if value is None else str(value)

    for variables, data, row in (("?x ?end", f"({written} 1)", [text, "1"]), ("?x", f"({written})", [text])):
        query = f"SELECT {variables} {{ VALUES ({variables}) {{ {data} }} }}"
        content = tiny.get("sparql", params={"query": query, "format": "csv"}).content.decode()
        _, *rows = csv.reader(io.StringIO(content, newline=""))
        assert rows == [row], "a row of one empty value is a row too"


@pytest.mark.parametrize(
    ("format", "reader"),
    [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld"), ("trig", "trig"), ("nq", "nquads")],
)
@pytest.mark.parametrize("name", [name for name in VALUES if name != "unbound"])
def test_a_term_comes_out_of_a_graph_as_it_is(tiny: Server, format: str, reader: str, name: str) -> None:
    written, value = VALUES[name]
    query = f"CONSTRUCT {{ <urn:s> <urn:p> ?x }} {{ VALUES ?x {{ {written} }} }}"
    content = tiny.get("sparql", params={"query": query, "format": format}).content.decode()
    if format in ("nt", "nq"):  # rdflib's reader takes these two characters for line ends
        content = content.replace("\u0085", "\\u0085").replace("\u2028", "\\u2028")

    found = Dataset().parse(data=content, format=reader)

    assert [same(object, value) for _, _, object, _ in found.quads()] == [True]


@pytest.mark.parametrize("name", CONTROLS)
def test_what_no_xml_can_hold_is_refused_in_xml_and_comes_out_elsewhere(tiny: Server, name: str) -> None:
    written, value = CONTROLS[name]
    table = f"SELECT ({written} AS ?x) {{}}"
    graph = f"CONSTRUCT {{ <urn:s> <urn:p> {written} }} {{}}"

    for query, format in ((table, "xml"), (graph, "rdf")):
        refused = tiny.get("sparql", params={"query": query, "format": format})
        assert refused.status_code == 406
        assert "cannot hold a control character" in refused.json()["detail"]
    assert read_json(tiny.get("sparql", params={"query": table, "format": "json"}).content) == [Literal(value)]
    assert tiny.get("sparql", params={"query": table, "format": "csv"}).text == f"x\r\n{value}\r\n"
    turtle = tiny.get("sparql", params={"query": graph, "format": "ttl"}).text
    assert str(next(Graph().parse(data=turtle, format="turtle").objects())) == value


@pytest.mark.parametrize(
    "predicate", ["https://data.example.org/1", "urn:x:", "http://www.w3.org/1999/02/22-rdf-syntax-ns#li"]
)
def test_a_predicate_that_rdf_xml_cannot_name_is_refused_with_the_reason(tiny: Server, predicate: str) -> None:
    query = f"CONSTRUCT {{ <urn:s> <{predicate}> 1 }} {{}}"

    refused = tiny.get("sparql", params={"query": query}, accept="application/rdf+xml")

    assert refused.status_code == 406
    assert predicate in refused.json()["detail"]
    assert tiny.get("sparql", params={"query": query}, accept="text/turtle").ok


def test_ask_answers_yes_and_no_in_every_format(tiny: Server) -> None:
    for query, word in (("ASK {}", "true"), ("ASK { <urn:no> <urn:no> <urn:no> }", "false")):
        for format in ("json", "xml", "csv", "tsv"):
            answer = tiny.get("sparql", params={"query": query, "format": format})
            assert word in answer.text, format


def test_a_carriage_return_survives_in_descriptions_and_dumps_too() -> None:
    """The engine writes it into XML as it is, where parsers read a line feed."""
    triple = Triple(NamedNode("urn:s"), NamedNode("urn:p"), pyoxigraph.Literal("a\rb"))

    assert str(next(Graph().parse(data=rdfxml([triple], {}), format="xml").objects())) == "a\rb"


def test_characters_are_told_apart_when_they_come_in_parts() -> None:
    output = io.BytesIO()
    file = XmlFile(output)
    for chunk in (b"<a>\r", b"\r\n", b"\xef", b"\xbf\xbd</a>"):
        file.write(chunk)

    assert etree.fromstring(output.getvalue()).text == "\r\r\n\ufffd"
    file.write(b"\xef\xbf")
    with pytest.raises(NotAcceptable):
        file.write(b"\xbe")


def test_only_empty_lines_of_a_csv_of_one_column_are_filled() -> None:
    assert finished(bytearray(b'x\r\n"a\r\n\r\nb"\r\n\r\nc\r\n'), CSV) == b'x\r\n"a\r\n\r\nb"\r\n""\r\nc\r\n'
    for content in (b"x,y\r\n,\r\n", b"\r\n\r\n", b"x\r\n"):
        assert finished(bytearray(content), CSV) == content
    for format in (XML, RDFXML):
        assert finished(bytearray(b"x\r\n\r\n"), format) == b"x\r\n\r\n"


@pytest.mark.parametrize("format", ["ttl", "trig", "rdf"])
def test_equal_results_of_different_processes_are_equal_bytes(tiny: Server, format: str) -> None:
    """The queries differ by a comment, so that each is asked anew, and the processes take turns."""
    queries = [f"CONSTRUCT WHERE {{ ?s rdfs:label ?o }} # {number}" for number in range(8)]

    answers = {tiny.get("sparql", params={"query": query, "format": format}).content for query in queries}

    assert len(answers) == 1


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        ("SELECT (1 AS ?x) {}", "application/geo+json, text/csv;q=0.5", "text/csv"),
        (r'SELECT ("\u0001" AS ?x) {}', "application/sparql-results+xml, */*;q=0.1", "application/sparql-results+json"),
        ("CONSTRUCT { <urn:s> <urn:p:1> 1 } {}", "application/rdf+xml, text/turtle;q=0.5", "text/turtle"),
        ("CONSTRUCT { <urn:s> <urn:p:1> 1 } {}", "application/rdf+xml", "application/problem+json"),
    ],
)
def test_the_next_best_format_is_taken_where_the_best_cannot_say_the_result(
    tiny: Server, query: str, accept: str, content_type: str
) -> None:
    answer = tiny.sparql(query, accept)

    assert answer.headers["Content-Type"].startswith(content_type)
    assert answer.ok or "text/turtle" in answer.json()["offered"]


def test_a_download_is_named_after_the_query(tiny: Server) -> None:
    query = 'SELECT ("x\\r\\nSet-Cookie: a=b" AS ?x) {}'
    names = set()
    for method in (requests.get, requests.post):
        given = {"params" if method is requests.get else "data": {"query": query, "format": "csv"}}
        answer = method(tiny.url + "sparql", timeout=10, **given)
        names.add(answer.headers["Content-Disposition"])
        assert "Set-Cookie" not in answer.headers

    assert len(names) == 1
    assert next(iter(names)).startswith('inline; filename="sparql-')
    assert next(iter(names)).endswith('.csv"')
    assert "Content-Disposition" not in tiny.sparql(query, "text/html").headers


LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
AAT = "http://vocab.getty.edu/aat/300008347"


@pytest.mark.parametrize("class_", [AAT, "urn:x:", "http://www.w3.org/2000/xmlns/a", "https://example.org/kind#"])
def test_a_class_whose_iri_is_no_name_is_written_after_another_statement(class_: str) -> None:
    kind, one = (
        Triple(NamedNode("urn:a"), RDF_TYPE, NamedNode(class_)),
        Triple(NamedNode("urn:a"), LABEL, pyoxigraph.Literal("a")),
    )

    read = Graph().parse(data=rdfxml([kind, one], {}), format="xml")

    assert {(str(p), str(o)) for _, p, o in read} == {(LABEL.value, "a"), (RDF_TYPE.value, class_)}


@pytest.mark.parametrize("triples", [1, 2])
def test_a_class_that_nothing_can_stand_before_is_refused(triples: int) -> None:
    kinds = [Triple(NamedNode(f"urn:{number}"), RDF_TYPE, NamedNode(AAT)) for number in range(triples)]

    with pytest.raises(NotAcceptable, match="cannot name the class"):
        rdfxml(kinds, {})


def test_a_predicate_of_the_namespace_of_xml_itself_is_refused() -> None:
    with pytest.raises(NotAcceptable, match="XML keeps that namespace"):
        rdfxml([Triple(NamedNode("urn:a"), NamedNode("http://www.w3.org/2000/xmlns/a"), pyoxigraph.Literal("a"))], {})
