"""A statement is found at the line where its object begins, whatever the text looks like."""

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.content.positions import Positions, statement_lines

from .conftest import ROOT

BASE = "https://data.example.org/"
LIST = ("http://www.w3.org/1999/02/22-rdf-syntax-ns#first", "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest")

TURTLE = r'''@prefix : <http://x/> . # a comment . ; "
PREFIX a.b: <http://y/>
:s :p1 [ :q 3 ;
   :q [ :q 4.0e0 ] ,
    5 ] ,
    6 ; :p2 ( 0
   [ :q 7 ]
   ( 0 ) ) , () ; :p 8 .
[ :q 9 ] :p 9.
[ :q 10 ] .
( 0 ) :p 11 ,
   """12 "" of
  several . ; , \""" lines"""@en , '13'
   .
<#x> a.b:c true ,
  a.b:t\,x%20 , "16"^^<http://t> , "16"^^a.b:int.
a.b:c :p 17 ; ; .
'''


def place(folder: Path, name: str, text: str) -> Positions:
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / name).write_text(text, encoding="utf-8")
    return Positions(read_content(Config(content=folder, base_iri=BASE)))


def test_the_scan_follows_the_engine_through_brackets_lists_and_long_literals() -> None:
    quads = [quad for quad in parse(TURTLE, format=RdfFormat.TURTLE, base_iri=BASE) if quad.predicate.value not in LIST]
    lines = [line for _, line in statement_lines(TURTLE, RdfFormat.TURTLE)]

    assert len(lines) == len(quads)
    told = [
        (int(float(quad.object.value.split()[0])), line)
        for quad, line in zip(quads, lines, strict=True)
        if isinstance(quad.object, Literal) and quad.object.value != "true"
    ]
    assert [line for _, line in told] == [number for number, _ in told if number]


def test_each_turtle_file_of_this_repository_is_followed_to_its_end() -> None:
    for path in [path for folder in ("data", "ontology", "tests/data") for path in (ROOT / folder).rglob("*.ttl")]:
        quads = [quad for quad in parse(path=str(path), base_iri=BASE) if quad.predicate.value not in LIST]
        lines = list(statement_lines(path.read_text(encoding="utf-8"), RdfFormat.TURTLE))

        assert len(lines) == len(quads), path
        assert all(start <= line for start, line in lines), path


def test_a_statement_in_a_graph_of_trig_has_its_line() -> None:
    text = (
        'PREFIX : <http://x/>\nGRAPH :g { :a :b :c ; :d\n "e" }\n:h { :i :j :k . :l :m :n }\n{ :o :p :q }\n:r :s :t .'
    )

    assert list(statement_lines(text, RdfFormat.TRIG)) == [(2, 2), (2, 3), (4, 4), (4, 4), (5, 5), (6, 6)]


@pytest.mark.parametrize("suffix", ["nt", "nq"])
def test_a_statement_of_n_triples_and_n_quads_is_its_line(tmp_path: Path, suffix: str) -> None:
    positions = place(tmp_path, f"a.{suffix}", '# x\n<http://a> <http://b> "c # d" .\n\n<http://a> <http://b> "e" .\n')

    assert positions.line("http://a", "http://b", Literal("e")) == (f"data/a.{suffix}", 4)


def test_what_is_not_stated_is_placed_at_the_nearest_thing_that_is(tmp_path: Path) -> None:
    positions = place(tmp_path, "a.ttl", '@prefix : <http://x/> .\n:s :p "a" ;\n  :q "b",\n     :named .\n')

    assert positions.line("http://x/s", "http://x/q", NamedNode("http://x/named")) == ("data/a.ttl", 4)
    assert positions.line("http://x/s", "http://x/q", Literal("other")) == ("data/a.ttl", 3)
    assert positions.line("http://x/s", "http://x/other") == ("data/a.ttl", 2)
    assert positions.line("http://x/named") == ("data/a.ttl", 4)
    assert positions.line("http://x/unknown") is None


def test_the_file_that_states_it_is_found_among_several(tmp_path: Path) -> None:
    place(tmp_path, "a.ttl", '<http://s> <http://p> "a" .\n')
    positions = place(tmp_path, "b.ttl", '\n\n<http://s> <http://p> "b" .\n')

    assert positions.line("http://s", "http://p", Literal("b")) == ("data/b.ttl", 3)
    assert positions.line("http://s") == ("data/a.ttl", 1)


def test_formats_without_lines_are_placed_at_their_first(tmp_path: Path) -> None:
    positions = place(tmp_path, "a.jsonld", '\n\n{"@id": "http://s",\n "http://p": "a"}')

    assert positions.line("http://s", "http://p") == ("data/a.jsonld", 1)
