"""Files become named graphs; the version tells whether anything changed."""

import shutil
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.errors import ContentError

from .conftest import TINY

BASE = "https://data.example.org/"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "content"))


def test_each_file_is_the_named_graph_of_its_path(folder: Path) -> None:
    content = read_content(Config(content=folder))

    assert {file.name: file.graph for file in content.rdf_files} == {
        "data/catalog.ttl": BASE + "dataset/catalog",
        "data/retired.ttl": BASE + "dataset/retired",
        "data/sites.ttl": BASE + "dataset/sites",
        "ontology/ns.ttl": BASE + "ns",
        "ontology/shapes.ttl": BASE + "shapes",
    }


def test_the_default_graph_is_the_union_of_all_but_the_shapes(folder: Path) -> None:
    engine, findings = read_content(Config(content=folder)).load()
    union = {quad.triple for quad in engine.quads_for_pattern(None, None, None, DefaultGraph())}
    shapes = {quad.triple for quad in engine.quads_for_pattern(None, None, None, NamedNode(BASE + "shapes"))}
    named = {quad.triple for quad in engine if not isinstance(quad.graph_name, DefaultGraph)}

    assert findings == []
    assert shapes
    assert union == named - shapes


def test_quads_keep_their_graphs(folder: Path) -> None:
    lines = '<http://a/s> <http://a/p> "x" <http://a/g> .', '<http://a/s> <http://a/p> "y" .'
    (folder / "data" / "foreign.nq").write_text("\n".join(lines))

    engine, _ = read_content(Config(content=folder)).load()

    assert len(list(engine.quads_for_pattern(None, None, None, NamedNode("http://a/g")))) == 1
    assert len(list(engine.quads_for_pattern(None, None, None, NamedNode(BASE + "dataset/foreign")))) == 1


def test_blank_nodes_are_named_the_same_each_time_and_never_shared_between_files(folder: Path) -> None:
    for name in ("one", "two"):
        text = '[] <http://a/p> "x", [ <http://a/q> 1 ] .\n_:b <http://a/p> _:b .\n'
        (folder / "data" / f"{name}.ttl").write_text(text)
    content = read_content(Config(content=folder))

    first, second = ({str(quad) for quad in content.load()[0]} for _ in range(2))

    assert first == second
    assert len({line.split()[0] for line in first if line.startswith("_:")}) == 6


def test_the_version_changes_with_any_byte_name_or_address(folder: Path) -> None:
    versions = {read_content(Config(content=folder)).version}
    versions.add(read_content(Config(content=folder, public_url="https://a.example/")).version)
    (folder / "queries" / "checks" / "depth-missing.rq").rename(folder / "queries" / "checks" / "depth.rq")
    versions.add(read_content(Config(content=folder)).version)
    (folder / "data" / "sites.ttl").write_bytes((folder / "data" / "sites.ttl").read_bytes() + b"\n")
    versions.add(read_content(Config(content=folder)).version)

    assert len(versions) == 4


def test_hidden_files_and_backups_are_no_content(folder: Path) -> None:
    before = read_content(Config(content=folder)).version
    (folder / "data" / ".sites.ttl.swp").write_bytes(b"\0")
    (folder / "data" / "sites.ttl~").write_bytes(b"\0")

    assert read_content(Config(content=folder)).version == before


def test_the_base_is_that_of_the_catalogue_else_the_address(folder: Path) -> None:
    assert read_content(Config(content=folder)).base_iri == BASE
    assert read_content(Config(content=folder, base_iri="https://b.example/")).base_iri == "https://b.example/"
    (folder / "data" / "catalog.ttl").unlink()
    assert read_content(Config(content=folder)).base_iri == "http://127.0.0.1:8000/"


def test_a_file_that_does_not_parse_is_a_finding_with_its_line(folder: Path) -> None:
    (folder / "data" / "sites.ttl").write_text('<http://a/s> <http://a/p> "x" .\n<http://a/s> nonsense .\n')

    _, findings = read_content(Config(content=folder)).load()

    assert [(found.file, found.line, found.severity) for found in findings] == [("data/sites.ttl", 2, "error")]


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="PUBLISHER_CONTENT"):
        read_content(Config(content=tmp_path))


def test_a_broken_context_is_named_with_its_line(folder: Path) -> None:
    (folder / "ontology" / "context.jsonld").write_text('{\n  "@context": {,}\n}\n')

    with pytest.raises(ContentError, match=r"ontology/context.jsonld:2: error: not JSON"):
        _ = read_content(Config(content=folder)).context


def test_literals_that_need_the_base_are_filled_in(folder: Path) -> None:
    (folder / "data" / "base.ttl").write_text('<http://a/s> <http://a/p> "{BASE_IRI}ns#", "see {BASE_IRI}ns"@en .\n')

    engine, _ = read_content(Config(content=folder, base_iri="https://b.example/")).load()

    stated = {
        str(quad.object) for quad in engine.quads_for_pattern(None, NamedNode("http://a/p"), None, DefaultGraph())
    }
    assert stated == {'"https://b.example/ns#"', '"see https://b.example/ns"@en'}
