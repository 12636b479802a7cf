"""A query file is a header, parameters with defaults, and SPARQL; each mistake is found at its line."""

import json
import re
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Store

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.content.queries import Words, absolute, from_json
from publisher.content.query_files import HEADER, PARAMETER, read_query
from publisher.content.terms import DATATYPES
from publisher.errors import ContentError
from publisher.publish.offered import offered_findings

from .conftest import ROOT, TINY

BASE = "https://data.example.org/"
SITES = """\
#+ summary: Bathing sites at least this deep
#+ tags: [sites]
#+ params:
#+   minDepth: {datatype: xsd:decimal, unit: metre, doc: Least depth of the site.}
#+   type: {datatype: IRI, doc: Only sites of this class.}
#+ columns: {site: IRI, name: text, depth: metre}
PREFIX bw:   <ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?site ?name ?depth WHERE {
  VALUES ?minDepth { 10.5 }
  VALUES ?type { UNDEF }
  ?site a ?type ;
        rdfs:label ?name ;
        bw:maximumDepth ?depth .
  FILTER (?depth >= ?minDepth)
}
ORDER BY DESC(?depth) ?site
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sites-by-depth.rq"


def findings(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as raised:
        read_query(path, BASE, "queries/api/a.rq")
    return [str(finding) for finding in raised.value.extensions["findings"]]


def test_header_parameters_and_columns_are_read(path: Path) -> None:
    path.write_text(SITES, encoding="utf-8")

    query = read_query(path, BASE)

    assert (query.name, query.form, str(query.summary)) == (
        "sites-by-depth",
        "SELECT",
        "Bathing sites at least this deep",
    )
    assert query.variables == ("site", "name", "depth")
    assert query.columns == {"site": "IRI", "name": "text", "depth": "metre"}
    depth, kind = query.params
    assert (depth.name, depth.unit, depth.datatype) == ("minDepth", "metre", "decimal")
    assert depth.default == Literal("10.5", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))
    assert (kind.datatype, kind.default) == ("IRI", None)


def test_a_query_without_a_header_is_a_query(path: Path) -> None:
    path.write_text("# none\nASK { <id/a> ?p ?o }\n", encoding="utf-8")

    query = read_query(path, BASE)

    assert (query.form, query.summary, query.severity) == ("ASK", {}, "error")
    assert query.text == f"# none\nASK {{ <{BASE}id/a> ?p ?o }}\n"


def test_relative_iris_become_absolute_but_not_in_texts_comments_and_comparisons() -> None:
    text = (
        'PREFIX ns: <ns#> # <a>\nSELECT * { ?s a <> ; <b> \'<c>\', """<d>""" FILTER (?s < 3 && ?s > 2) <urn:e> ?p ?o }'
    )

    assert absolute(text, BASE) == text.replace("<ns#>", f"<{BASE}ns#>").replace("<>", f"<{BASE}>").replace(
        "<b>", f"<{BASE}b>"
    )


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (
            "#+ tags:",
            "#+ tag:",
            "2: error: unknown header key tag (one of summary, description, title, subject, tags, params, columns,"
            " headings, view, order, frame, root, severity, endpoint)",
        ),
        ("[sites]", "3", "2: error: header key tags does not hold what it should (a list of words)"),
        ("[sites]", "[sites", "3: error: the header is not YAML: "),
        ("10.5 }", "10 }", "11: error: the default of parameter minDepth is of type xsd:integer (xsd:decimal, as"),
        ("{ UNDEF }", "{ bw:a bw:b }", "12: error: parameter type has 2 defaults (one term, or UNDEF)"),
        ("VALUES ?type", "VALUES ?kind", "5: error: parameter type has 0 VALUES lines (one line VALUES ?type { … })"),
        ("datatype: IRI", "datatype: text", "5: error: parameter type has datatype text (IRI, xsd:string, xsd:"),
        ("unit:", "units:", "4: error: unknown key units of parameter minDepth (one of class, datatype, doc, enum,"
            " maximum, minimum, scheme, unit)"),
        ("depth: metre}", "deep: metre}", "6: error: column deep is no variable of the result (?site, ?name, ?depth)"),
        ("minDepth:", "page:", "4: error: parameter page has"),
        ("?depth >= ?minDepth", "?depth >= 1", "4: error: parameter minDepth is not used beside its VALUES line"),
        ("unit: metre", "minimum: 11", "4: error: parameter minDepth allows or prefers a wrong value (at least 11)"),
        ("unit: metre", "minimum: deep", "4: error: parameter minDepth allows or prefers a wrong value (a decimal"),
        ("IRI, doc", "IRI, minimum: 1, doc", "5: error: parameter type has no least or greatest value (a number or"),
        ("IRI, doc", "IRI, class: bx:Site, doc", "5: error: class bx:Site is no IRI (a class by a prefix of the"),
        ("#+ tags:", "#+ view: cloud\n#+ tags:", "2: error: header key view does not hold what it should (table,"),
        ("#+ tags:", "#+ frame: site\n#+ root: type\n#+ tags:", "2: error: a frame shapes a graph, and this is SELECT"),
        ("bw:maximum", "bx:maximum", "15: error: column 24: prefix not found"),
        ("?minDepth)\n}", "?minDepth)\n", "18: error: column "),
        (
            "?depth >=",
            "bw:f(?depth) >=",
            "1: error: The custom function <https://data.example.org/ns#f> is not supported"
            " (a function of SPARQL 1.1, or the header key endpoint)",
        ),
    ],
)  # fmt: skip
def test_each_mistake_is_found_at_its_line(path: Path, before: str, after: str, found: str) -> None:
    (finding,) = findings(path, SITES.replace(before, after))

    assert finding.startswith("queries/api/a.rq:" + found)


def test_a_query_for_another_endpoint_is_parsed_but_calls_nobody(path: Path) -> None:
    path.write_text(
        "#+ endpoint: https://query.example.org/\n"
        "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } FILTER (<http://x/f>(?s)) }\n",
        encoding="utf-8",
    )

    assert read_query(path, BASE).form == "ASK"


def test_words_are_told_in_the_readers_language_or_the_nearest() -> None:
    words = Words({"en": "sites", "fr": "lieux"})

    assert [words[words.tag(language)] for language in ("fr", "fr-BE", "de")] == ["lieux", "lieux", "sites"]
    assert Words({"": "plain"}).tag("fr") == ""
    assert str(Words()) == ""


def test_values_take_the_place_of_defaults_as_terms(path: Path) -> None:
    path.write_text(SITES, encoding="utf-8")
    query = read_query(path, BASE)
    depth, kind = query.params

    text = query.bound(
        {"minDepth": depth.read("3", BASE, {}), "type": kind.read("bw:Beach", BASE, {"bw": f"{BASE}ns#"})}
    )

    assert 'VALUES ?minDepth { "3"^^<http://www.w3.org/2001/XMLSchema#decimal> }' in text
    assert f"VALUES ?type {{ <{BASE}ns#Beach> }}" in text
    assert query.bound({}) == query.text


def test_a_value_that_looks_like_sparql_stays_one_string(path: Path) -> None:
    header = "#+ params:\n#+   a: {datatype: xsd:string}\n#+   b: {datatype: xsd:string}\n"
    body = 'SELECT ?a ?b {\n  VALUES ?a { "}" }\n  VALUES ?b { "" }\n  FILTER (?a != ?b)\n}'
    path.write_text(header + body, encoding="utf-8")
    query = read_query(path, BASE)
    texts = {"a": '"} VALUES ?b { "x', "b": "\n  VALUES ?a { 1 }\n# \\"}

    (row,) = Store().query(query.bound({name: Literal(text) for name, text in texts.items()}))

    assert {name: row[name].value for name in "ab"} == texts


def test_a_query_is_the_same_after_a_build_kept_it(path: Path) -> None:
    path.write_text(SITES, encoding="utf-8")
    query = read_query(path, BASE)

    assert from_json(json.loads(json.dumps(query.as_json()))) == query


def test_a_query_is_counted_and_cut_into_pages(path: Path) -> None:
    path.write_text(
        "# SELECT\nPREFIX a: <urn:a:>\nselect * { VALUES ?x { 1 2 3 } } ORDER BY ?x # end", encoding="utf-8"
    )
    query = read_query(path, BASE)

    (total,) = Store().query(query.count(query.text))
    rows = [row["x"].value for row in Store().query(query.page(query.text, 1, 1))]

    assert (total["count"].value, rows) == ("3", ["2"])


def test_the_documented_example_is_a_query_and_every_key_is_documented(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    path = tmp_path / "example.rq"
    path.write_text(next(re.finditer(r"```text\n(#\+ .*?)```", page, re.DOTALL))[1], encoding="utf-8")

    query = read_query(path, BASE)

    assert list(offered_findings(query, read_content(Config(content=TINY)))) == []
    keys = {*HEADER, *PARAMETER, *DATATYPES} - {"severity", "params", "columns"}
    assert {key for key in keys if f"`{key}`" not in page} == set()


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("#+ summary: Bathing sites at least this deep\n", "", "the query has no summary"),
        (", doc: Only sites of this class.", "", "parameter type is not explained"),
        (", depth: metre}", "}", "column depth has no type"),
        ("ORDER BY DESC(?depth) ?site\n", "", "the rows have no order, so pages would differ"),
        ("DESC(?depth) ?site\n", "DESC(?depth) ?site LIMIT 3\n", "the result cannot be cut into pages"),
    ],
)
def test_what_a_query_needs_to_be_offered_is_found(path: Path, before: str, after: str, found: str) -> None:
    path.write_text(SITES.replace(before, after), encoding="utf-8")

    messages = [message for message, _ in offered_findings(read_query(path, BASE), read_content(Config(content=TINY)))]

    assert messages == [found]
