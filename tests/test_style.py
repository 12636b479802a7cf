"""Turtle in our style says what it said before, loses no comment, and stays as it is the second time."""

import random
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from publisher.cli import main
from publisher.editing.files import format_file
from publisher.editing.layout import CommentError, Layout
from publisher.editing.style import StyleError, format_turtle, write

from .conftest import ROOT
from .test_positions import TURTLE

XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = "@prefix : <http://x/> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"


def canonical(text: str, format: RdfFormat = RdfFormat.TURTLE) -> Dataset:
    dataset = Dataset(parse(text.encode(), format=format, base_iri="http://base.example/a/"))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def test_what_the_repository_publishes_is_in_our_style() -> None:
    files = [path for folder in ("data", "ontology") for path in (ROOT / folder).rglob("*.ttl")]

    assert [str(format_file(path.name, path, check=True)) for path in files] == ["None"] * len(files)


def test_a_block_has_its_type_then_names_then_the_rest_and_sources_last() -> None:
    text = """@base <http://x/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix unused: <http://unused.example/> .
@prefix v: <ns#> .
<id/b> dcterms:source <s> ; v:size 007, 1.50 ; v:open true ; rdfs:label "c"@zh-hant, "b"@fr, "a"@en ; a v:Thing .
<id/a#part> v:of <id/a> .
<id/a> rdfs:label "a" .
"""

    assert format_turtle(text) == (
        """@base <http://x/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs:    <http://www.w3.org/2000/01/rdf-schema#> .
@prefix v:       <ns#> .

<id/a> rdfs:label "a" .
<id/a#part> v:of <id/a> .

<id/b> a v:Thing ;
    rdfs:label     "a"@en, "b"@fr, "c"@zh-Hant ;
    v:open         true ;
    v:size         1.50, 007 ;
    dcterms:source <s> .
"""
    )


def test_a_comment_goes_with_what_it_stands_at() -> None:
    text = """# about the file
# in two lines

@prefix : <http://x/> . # prefix
# about b
:b :p 1 ; # one
   # about q
   :q 2 . # two
:a :p 3 .

# --- second section

:d :p 4 .
# about c
:c :p 5, # five
  6 .

# the end
"""

    formatted = format_turtle(text)

    assert formatted == (
        """# about the file
# in two lines
# prefix
@prefix : <http://x/> .

:a :p 3 .

# about b
:b
    # one
    :p 1 ;
    # about q
    # two
    :q 2 .

# --- second section

# about c
:c
    # five
    :p 5, 6 .

:d :p 4 .

# the end
"""
    )
    assert format_turtle(formatted) == formatted


def test_brackets_lists_and_labels_survive() -> None:
    text = (
        PREFIXES
        + """
:a :p [ :q ( 1 [ :r "x" ] () ) ; :s [] ], _:twice ; :t ( ) .
:b :p _:twice, _:b0 .
_:b0 :knows _:b0 .
_:twice :q 2 .
( 1 2 ) :p 3 .
[] a :Nobody .
:long :list ( :aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa :bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
  :cccccccccccccccccccc :dddddddddddddddddddddddd ) .
"""
    )

    formatted = format_turtle(text)

    assert canonical(formatted) == canonical(text)
    assert format_turtle(formatted) == formatted
    assert "[\n        :q (" not in formatted
    assert "( 1 2 ) :p 3 ." in formatted
    assert ":list (\n        :aaa" in formatted
    assert max(map(len, formatted.splitlines())) <= 120


def test_a_blank_node_with_a_comment_keeps_its_block() -> None:
    text = PREFIXES + "# about the node\n_:n :p 1 .\n:a :q _:n .\n"

    formatted = format_turtle(text)

    assert formatted.endswith("\n:a :q _:n .\n\n# about the node\n_:n :p 1 .\n")


def test_every_form_that_turtle_has_is_read() -> None:
    text = TURTLE.replace("<#x>", "<http://x/#x>")

    formatted = format_turtle(text)

    assert canonical(formatted) == canonical(text)
    assert '# a comment . ; "' in formatted


def test_a_text_of_several_lines_stays_one() -> None:
    text = PREFIXES + ':a rdfs:label """one "two"\nthree\\t\\\\ "" \\r""" , "a\\n", "quote \\" and \\u0007" .\n'

    formatted = format_turtle(text)

    assert '"""one "two"\nthree' in formatted
    assert '"a\\n"' in formatted
    assert canonical(formatted) == canonical(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("<a> <p> <b/c>, <#d>, <> .\n", "<a> <p> <>, <#d>, <b/c> .\n"),
        ("@prefix : <ns#> .\n:a :b <ns> .\n", "@prefix : <ns#> .\n\n:a :b <ns> .\n"),
        ("@prefix : <http://x/> .\n", ""),
        ("", ""),
        ("# only this\n", "# only this\n"),
    ],
)
def test_a_file_without_a_base_keeps_its_relative_iris(text: str, right: str) -> None:
    assert format_turtle(text) == right


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<a> <p> <../b> .\n", "no @base"),
        ("@prefix # here\n : <http://x/> .\n:a :p 1 .\n", "inside a @prefix"),
        ("<http://x/a> <http://x/p> <<( <http://x/a> <http://x/p> 1 )>> .\n", "statements about statements"),
        (PREFIXES + ":a :p " + "[ :q " * 200 + "1" + " ]" * 200 + " .\n", "nested"),
    ],
)
def test_what_cannot_be_laid_out_is_refused(text: str, reason: str) -> None:
    with pytest.raises((StyleError, CommentError), match=reason):
        format_turtle(text)


IRIS = st.sampled_from(
    ["http://x/a", "http://x/a#b", "http://x/a/../c", "http://x//d", "http://x/é", "http://x/", "http://x", "urn:x:y",
     "http://x/a.", "http://x/-", "http://x/a?b=c#d", "http://y/1", "http://x/b:c", "http://x/./e"]
).map(NamedNode)  # fmt: skip
BLANKS = st.sampled_from("abcdef").map(BlankNode)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(['"""', "a\nb", '\\"\n"', "\n"])
LITERALS = st.one_of(
    TEXTS.map(Literal),
    st.builds(
        lambda text, tag: Literal(text, language=tag), TEXTS, st.sampled_from(["en", "fr", "en-gb", "zh-hant-tw"])
    ),
    st.builds(
        lambda text, name: Literal(text, datatype=NamedNode(XSD + name)),
        st.sampled_from(["007", "1.50", "-1e0", "1.", "true", "x", "+.5", ""]),
        st.sampled_from(["integer", "decimal", "double", "boolean", "date"]),
    ),
)
TRIPLES = st.lists(
    st.builds(
        Triple,
        IRIS | BLANKS,
        st.sampled_from(["http://x/p", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://y/q",
                         "http://www.w3.org/1999/02/22-rdf-syntax-ns#first",
                         "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest"]).map(NamedNode),
        IRIS | BLANKS | LITERALS | st.just(NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil")),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(TRIPLES, st.sampled_from(["", "http://x/", "http://x/a", "http://x"]), st.randoms(use_true_random=False))
def test_any_graph_comes_back_and_order_does_not_matter(
    triples: list[Triple], base: str, chance: random.Random
) -> None:
    prefixes = {"": "http://x/a", "y": "http://y/", "x": "http://x/"}

    text = write(triples, Layout(base=base, prefixes=prefixes))

    expected = Dataset(Quad(*triple) for triple in triples)
    expected.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    assert canonical(text) == expected
    chance.shuffle(triples)
    assert write(triples, Layout(base=base, prefixes=prefixes)) == text
    assert format_turtle(text) == text


TOKENS = re.findall(
    r'@prefix[^>]*> \.|PREFIX[^>]*>|"[^"]*"(?:@en)?|[^\s"]+',
    '@prefix : <http://x/> . :a :p 1 , [ :q "# no" ; :r ( 1 [] 2 ) ] ; :q "b # c"@en . :b a :C . [ :p 2 ] :q 3 . '
    "@prefix y: <http://y/> . PREFIX z: <http://z/> _:l :p y:1 , _:l . ( :x ) :p :a . [ :p 4 ] . :a :r <http://x/#y> .",
)
GAPS = st.sampled_from([" ", " ", "\n", "\n\n", " # c\n", "\n# c\n", "\n\n# c\n# c\n\n"])


@settings(max_examples=300, deadline=None)
@given(st.lists(GAPS, min_size=len(TOKENS) + 1, max_size=len(TOKENS) + 1))
def test_no_comment_is_ever_lost(gaps: list[str]) -> None:
    text = "".join(gap + token for gap, token in zip(gaps, [*TOKENS, ""], strict=True))
    numbers = iter(range(10_000))
    text = re.sub(r"# c$", lambda _: f"# c{next(numbers)}", text, flags=re.MULTILINE)

    formatted = format_turtle(text)

    assert sorted(re.findall(r"# c\d+", formatted)) == sorted(re.findall(r"# c\d+", text))
    assert canonical(formatted) == canonical(text)
    assert format_turtle(formatted) == formatted


def test_format_rewrites_in_one_step_and_check_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, link = tmp_path / "good.ttl", tmp_path / "bad.ttl", tmp_path / "link.ttl"
    good.write_text("@prefix : <http://x/> .\n\n:a :p 2 ; :p 1 .\n")
    good.chmod(0o640)
    bad.write_text("@prefix : <http://x/> .\n:a :p .\n")
    link.symlink_to(good)
    names = [str(path) for path in (good, bad, link)]

    checked = main(["format", "--check", *names])
    said = capsys.readouterr().out
    unchanged = good.read_text()
    formatted = main(["format", *names])

    assert (checked, formatted) == (1, 1)
    assert f"{good}:3: warning: not in our style" in said
    assert f"{bad}:2: error: " in said
    assert ":a :p 2 ;" in unchanged
    assert good.read_text() == "@prefix : <http://x/> .\n\n:a :p 1, 2 .\n"
    assert stat.S_IMODE(good.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"bad.ttl", "good.ttl", "link.ttl"}
    assert main(["format", "--check", str(good)]) == 0
