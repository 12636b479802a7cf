"""What was downloaded and corrected comes back as the lines that were corrected."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat, parse, serialize

from publisher.cli import main
from publisher.config import Config
from publisher.editing.convert import convert
from publisher.editing.style import format_turtle
from publisher.errors import ContentError, SettingError

from .conftest import ROOT, TINY, Server
from .test_style import BLANKS, IRIS, LITERALS, canonical

CONFIG = Config(content=ROOT)
QUADS = '<http://x/a> <http://x/p> "1" <http://g/1> .\n<http://x/b> <http://x/p> "2" <http://g/2> .\n'


def without_header(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[next(number for number, line in enumerate(lines) if line.startswith("@base")) :])


@pytest.mark.parametrize("suffix", ["jsonld", "ttl", "nt", "rdf", "nq"])
def test_an_export_of_a_graph_gives_the_file_back(forum: Server, tmp_path: Path, suffix: str) -> None:
    export = tmp_path / f"members.{suffix}"
    export.write_bytes(forum.get(f"dataset/members.{suffix}").content)
    source = (ROOT / "data" / "members.ttl").read_text()
    output = tmp_path / "out.ttl"
    output.write_text(source)

    fresh = convert([str(export)], CONFIG).text
    again = convert([str(export)], CONFIG, output=output).text

    assert fresh == without_header(source)
    assert again == source


def test_a_corrected_export_differs_in_the_corrected_line(forum: Server, tmp_path: Path) -> None:
    export, output = tmp_path / "members.jsonld", tmp_path / "members.ttl"
    source = (ROOT / "data" / "members.ttl").read_text()
    output.write_text(source)
    downloaded = forum.get("dataset/members.jsonld").content.decode()
    export.write_text(downloaded.replace('"Aix-la-Chapelle"', '"Aix la Chapelle"'))

    code = main(["convert", str(export), "--output", str(output), "--content", str(ROOT)])

    assert code == 0
    changed = set(output.read_text().splitlines()) ^ set(source.splitlines())
    assert {line.strip()[:10] for line in changed} == {"rdfs:label"}
    assert len(changed) == 2


def test_a_description_comes_back(forum: Server, tmp_path: Path) -> None:
    files = []
    for suffix in ("jsonld", "ttl", "rdf"):
        files.append(tmp_path / f"liege.{suffix}")
        files[-1].write_bytes(forum.get(f"doc/member/liege.{suffix}").content)

    texts = {convert([str(file)], CONFIG).text for file in files}

    assert len(texts) == 1
    assert "\nmember:liege a usec:LocalAuthority, usec:Member ;\n" in texts.pop()


def test_an_ontology_keeps_its_sections_brackets_and_templates(tmp_path: Path) -> None:
    for name in ("ns", "shapes"):
        source = (ROOT / "ontology" / f"{name}.ttl").read_text()
        output, download = tmp_path / f"{name}.ttl", tmp_path / f"{name}.nt"
        output.write_text(source)
        filled = source.replace("{BASE_IRI}", "https://w3id.org/urban-security/")
        download.write_bytes(serialize(parse(filled, format=RdfFormat.TURTLE), format=RdfFormat.N_TRIPLES))

        done = convert([str(download)], CONFIG, output=output)

        assert done.text == source
        assert done.notes == ()


def test_several_inputs_are_one_text_and_their_blank_nodes_stay_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        text = f'<http://x/{name}> <http://x/p> _:n, _:m . _:m <http://x/q> _:n . _:n <http://x/q> "{name}" .'
        (tmp_path / f"{name}.ttl").write_text(text)
    (tmp_path / "c.nt.gz").write_bytes(gzip.compress(b'<http://x/c> <http://x/p> "c" .\n'))
    names = [str(tmp_path / name) for name in ("a.ttl", "b.ttl", "c.nt.gz")]

    text = convert(names, Config(content=tmp_path)).text

    assert text == convert(names, Config(content=tmp_path)).text
    assert text.count("_:b") == 6
    assert len(list(parse(text, format=RdfFormat.TURTLE))) == 9


def test_graphs_make_trig_unless_one_is_asked_for(tmp_path: Path) -> None:
    quads = tmp_path / "x.nq"
    quads.write_text(QUADS)
    config = Config(content=tmp_path)

    both = convert([str(quads)], config)
    one = convert([str(quads)], config, graph="http://g/2")

    assert both.text.count("<http://g/") == 2
    assert both.notes == ("2 graphs: written as TriG; --graph IRI takes one",)
    assert one.text == '<http://x/b> <http://x/p> "2" .\n'
    with pytest.raises(SettingError, match="http://g/1, http://g/2"):
        convert([str(quads)], config, graph="http://g/3")
    with pytest.raises(SettingError, match="trig"):
        convert([str(quads)], config, output=tmp_path / "x.ttl")


def test_standard_input_needs_a_format(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "publisher", "convert", "-"]
    line = b'<http://x/a> <http://x/p> "1" .\n'

    named = subprocess.run([*command, "--format", "nt"], input=line, capture_output=True, cwd=ROOT, check=True)
    missing = subprocess.run(command, input=b"", capture_output=True, cwd=ROOT, check=False)

    assert named.stdout == line
    assert missing.returncode == 2
    assert b"--format" in missing.stderr


def test_comments_of_a_block_that_is_gone_are_told(tmp_path: Path) -> None:
    output, new = tmp_path / "x.ttl", tmp_path / "new.nt"
    output.write_text("# head\n@prefix : <http://x/> .\n\n# about a\n:a :p 1 .\n\n# about b\n:b :p 2 .\n")
    new.write_text('<http://x/b> <http://x/p> "3" .\n')

    done = convert([str(new)], Config(content=tmp_path), output=output)

    assert done.text == '# head\n@prefix : <http://x/> .\n\n# about b\n:b :p "3" .\n'
    assert done.notes == ("comment left out with what it stood at: # about a",)


def test_what_is_wrong_is_said_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken, output = tmp_path / "broken.ttl", tmp_path / "out.ttl"
    broken.write_text("<http://x/a> <http://x/p>\n .\n")

    assert main(["convert", str(broken), "--output", str(output)]) == 1
    assert f"{broken}:2: error: " in capsys.readouterr().err
    assert not output.exists()
    with pytest.raises(ContentError, match="cannot be read"):
        convert([str(tmp_path / "none.ttl")], CONFIG)
    foreign = tmp_path / "foreign.jsonld"
    foreign.write_text(json.dumps({"@context": "https://example.org/other.jsonld", "name": "x"}))
    with pytest.raises(ContentError, match="write the context into the file"):
        convert([str(foreign)], CONFIG)


def test_every_file_of_the_tiny_folder_comes_back(tmp_path: Path) -> None:
    for path in TINY.glob("data/*.ttl"):
        source = path.read_text()
        download = tmp_path / "x.nt"
        download.write_bytes(serialize(parse(source, format=RdfFormat.TURTLE), format=RdfFormat.N_TRIPLES))
        output = tmp_path / "x.ttl"
        output.write_text(source)

        assert convert([str(download)], Config(content=TINY), output=output).text == format_turtle(source)


GRAPHS = st.none() | st.sampled_from(["http://g/1", "http://g/2"]).map(NamedNode) | st.just(BlankNode("g"))
STATEMENTS = st.builds(
    lambda s, p, o, g: Quad(s, NamedNode(p), o, g) if g else Quad(s, NamedNode(p), o),
    IRIS | BLANKS,
    st.sampled_from(["http://x/p", "http://y/q"]),
    IRIS | BLANKS | LITERALS,
    GRAPHS,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STATEMENTS, max_size=10), st.sampled_from([RdfFormat.N_QUADS, RdfFormat.JSON_LD, RdfFormat.TRIG]))
def test_any_dataset_comes_through(
    tmp_path_factory: pytest.TempPathFactory, quads: list[Quad], format: RdfFormat
) -> None:
    path = tmp_path_factory.mktemp("any") / f"x.{format.file_extension}"
    path.write_bytes(serialize(quads, format=format) or b"")
    expected = Dataset(parse(path=path, format=format))
    single = {quad.graph_name for quad in expected}

    text = convert([str(path)], Config(content=path.parent)).text

    if len(single) < 2:
        expected = Dataset(Quad(*quad.triple) for quad in expected)
    expected.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    assert canonical(text, RdfFormat.TRIG) == expected
    assert text == convert([str(path)], Config(content=path.parent)).text


def test_a_blank_node_that_names_a_graph_stays_the_same_node(tmp_path: Path) -> None:
    source, output = tmp_path / "g.nq", tmp_path / "g.trig"
    source.write_text("_:a <http://a/p> _:b _:b .\n<http://a/s> <http://a/p> <http://a/o> <http://a/g> .\n")

    assert main(["convert", str(source), "-o", str(output)]) == 0

    quads = [quad for quad in parse(path=str(output)) if quad.predicate.value == "http://a/p"]
    assert [quad.object == quad.graph_name for quad in quads if isinstance(quad.graph_name, BlankNode)] == [True]


def test_comments_that_would_be_lost_and_folders_that_are_missing_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, kept = tmp_path / "s.nt", tmp_path / "k.trig"
    source.write_text("<http://a/s> <http://a/p> <http://a/o> .\n")
    kept.write_text("# precious\n<http://a/s> <http://a/p> <http://a/o> .\n")

    assert main(["convert", str(source), "-o", str(kept)]) == 2
    assert "has comments" in capsys.readouterr().err
    assert kept.read_text().startswith("# precious")
    assert main(["convert", str(source), "-o", str(tmp_path / "no" / "x.ttl")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    source, real, link = tmp_path / "s.nt", tmp_path / "real.ttl", tmp_path / "link.ttl"
    source.write_text("<http://a/s> <http://a/p> <http://a/o> .\n")
    real.write_text("")
    link.symlink_to(real)

    assert main(["convert", str(source), "-o", str(link)]) == 0
    assert link.is_symlink()
    assert "<http://a/s>" in real.read_text()
