"""A query file is a header, parameters with defaults, and SPARQL; each mistake is found at its line."""

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from publisher.content.queries import absolute, read_query
from publisher.errors import ContentError

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

    assert (query.name, query.form, query.summary) == ("sites-by-depth", "SELECT", "Bathing sites at least this deep")
    assert query.variables == ("site", "name", "depth")
    assert query.columns == {"site": "IRI", "name": "text", "depth": "metre"}
    depth, kind = query.params
    assert (depth.name, depth.unit, depth.datatype) == ("minDepth", "metre", "http://www.w3.org/2001/XMLSchema#decimal")
    assert depth.default == Literal("10.5", datatype=NamedNode(depth.datatype))
    assert (kind.datatype, kind.default) == ("IRI", None)


def test_a_query_without_a_header_is_a_query(path: Path) -> None:
    path.write_text("# none\nASK { <id/a> ?p ?o }\n", encoding="utf-8")

    query = read_query(path, BASE)

    assert (query.form, query.summary, query.severity) == ("ASK", "", "error")
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
            "2: error: unknown header key tag (one of summary, description, title, tags, params, columns, view,"
            " severity, endpoint)",
        ),
        ("[sites]", "3", "2: error: header key tags does not hold what it should (a list of words)"),
        ("[sites]", "[sites", "3: error: the header is not YAML: expected ',' or ']', but got ':' (quotes around"),
        ("10.5 }", "10 }", "11: error: the default of parameter minDepth is of type xsd:integer (xsd:decimal, as"),
        ("{ UNDEF }", "{ bw:a bw:b }", "12: error: parameter type has 2 defaults (one term, or UNDEF)"),
        ("VALUES ?type", "VALUES ?kind", "5: error: parameter type has 0 VALUES lines (one line VALUES ?type { … })"),
        ("datatype: IRI", "datatype: text", "5: error: parameter type has datatype text (IRI or xsd:…)"),
        ("unit:", "units:", "4: error: unknown key units of parameter minDepth (one of datatype, doc, unit)"),
        ("depth: metre}", "deep: metre}", "6: error: column deep is no variable of the result (?site, ?name, ?depth)"),
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
