"""The words and positions of the parsers' errors."""

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store, parse

from publisher.content.findings import syntax_finding, syntax_position


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            "a.ttl",
            b"<http://a> <http://b>\n b:c .",
            "2: error: the prefix b: is not declared (@prefix b: <…> . above it)",
        ),
        ("a.ttl", b'<http://a> <http://b>\n "c', "2: error: syntax: unexpected end of file"),
        ("a.ttl", b"\xef\xbb\xbf<http://a> a 1 .", "1: error: starts with a byte order mark (UTF-8 without it)"),
        ("a.ttl", b'<http://a> a\n "\xff" .', "2: error: is not UTF-8 text (save the file as UTF-8)"),
        ("a.ttl", b"\n<a> <b> <c> .", "2: error: relative IRI without a base (@base <…> . above it)"),
        ("a.nt", b"\n\n<http://a> <http://b> .\n", "3: error: syntax: the object of a triple must be"),
        ("a.rdf", b"<a/>", "1: error: syntax: XML namespaces are required in RDF/XML"),
        ("a.jsonld", b'{"a": 1,\n "b": }', "2: error: syntax: unexpected closing curly bracket"),
        ("a.jsonld", b'{"@context": "http://x/"}', "1: error: names a remote JSON-LD context (write the context into"),
    ],
)
def test_a_file_that_does_not_parse_is_found_at_its_line(name: str, text: bytes, found: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        list(parse(text, format=RdfFormat.from_extension(name.partition(".")[2])))

    assert str(syntax_finding(f"data/{name}", raised.value)).startswith(f"data/{name}:{found}")


def test_a_file_that_cannot_be_read_is_a_finding_without_a_path(tmp_path: Path) -> None:
    with pytest.raises(OSError) as raised:
        list(parse(path=str(tmp_path / "none.ttl"), format=RdfFormat.TURTLE))

    finding = syntax_finding("data/none.ttl", raised.value)

    assert str(finding).startswith("data/none.ttl:1: error: cannot be read: No such file")
    assert str(tmp_path) not in str(finding)


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("SELECT * {\n ?s a foo:bar }", (2, 14, "prefix not found")),
        ("SELECT (?x AS ?y) ?y {}", (1, 24, "duplicated variable name in SELECT")),
        ("", (1, 1, "the text cannot be read from here")),
    ],
)
def test_an_error_of_the_sparql_parser_has_line_column_and_a_short_reason(
    query: str, position: tuple[int, int, str]
) -> None:
    with pytest.raises(SyntaxError) as raised:
        Store().query(query)

    assert syntax_position(raised.value) == position
