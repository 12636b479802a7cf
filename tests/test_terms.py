"""What callers write is one term of the right kind, or an error that says what is right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store

from publisher.content.terms import DATATYPES, XSD, read_term

BASE = "https://data.example.org/"


@pytest.mark.parametrize(
    ("datatype", "text"),
    [
        ("boolean", "true"),
        ("integer", "-7"),
        ("decimal", "12.5"),
        ("decimal", ".5"),
        ("double", "1.2e3"),
        ("date", "2012-02-29"),
        ("dateTime", "2012-12-14T09:30:00.5+01:00"),
        ("gYear", "2012"),
        ("gYearMonth", "2012-12"),
    ],
)
def test_a_value_of_its_datatype_is_read(datatype: str, text: str) -> None:
    assert read_term(datatype, text) == Literal(text, datatype=NamedNode(XSD + datatype))


@pytest.mark.parametrize(
    ("datatype", "text"),
    [
        ("boolean", "yes"),
        ("integer", "1.0"),
        ("integer", "9" * 40),
        ("integer", "٣"),
        ("integer", " 1"),
        ("integer", "1\n"),
        ("decimal", "1e3"),
        ("decimal", "1" * 16),
        ("double", "NaN"),
        ("double", "INF"),
        ("double", "1e400"),
        ("date", "2013-02-29"),
        ("date", "2013-2-1"),
        ("date", "0000-01-01"),
        ("dateTime", "2012-12-14T25:00:00Z"),
        ("gYear", "12"),
        ("gYearMonth", "2012-13"),
        ("IRI", "https://x.example/> }"),
        ("IRI", "https://x.example/a b"),
        ("IRI", "https://x.example/\nb"),
        ("IRI", 'https://x.example/"'),
        ("IRI", "https://x.example/\\u003E"),
        ("IRI", "https://x.example/%zz"),
        ("IRI", "https://[x"),
        ("IRI", "//["),
    ],
)
def test_any_other_value_is_refused_with_what_is_right(datatype: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"such as|digits|true or false"):
        read_term(datatype, text, BASE)


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("https://x.example/é?a=b#c", "https://x.example/é?a=b#c"),
        ("id/site/le-pont", f"{BASE}id/site/le-pont"),
        ("/id/site/le-pont", f"{BASE}id/site/le-pont"),
        ("ns#", f"{BASE}ns#"),
        ("bw:Beach", f"{BASE}ns#Beach"),
        ("urn:isbn:1", "urn:isbn:1"),
        ("bw://host", "bw://host"),
    ],
)
def test_an_iri_is_given_in_full_by_prefix_or_by_path(text: str, iri: str) -> None:
    assert read_term("IRI", text, BASE, {"bw": f"{BASE}ns#"}) == NamedNode(iri)


@given(st.sampled_from(["IRI", *DATATYPES]), st.text())
def test_whatever_is_written_comes_out_as_one_term_or_not_at_all(datatype: str, text: str) -> None:
    try:
        term = read_term(datatype, text, BASE)
    except ValueError:
        return

    (row,) = Store().query(f"SELECT ?x {{ VALUES ?x {{ {term} }} }}")
    assert row["x"] == term or (not isinstance(term, NamedNode) and row["x"].datatype == term.datatype)
