"""Content in a store on disk: the same answers, findings and counts as in memory, whatever the format of its files."""

import bz2
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard
from pyoxigraph import DefaultGraph, NamedNode, Quad

from publisher.config import Config
from publisher.content.dataset import Content, read_content
from publisher.errors import BuildError
from publisher.publish import loading
from publisher.publish.builds import current_version
from publisher.publish.loading import Loaded
from publisher.publish.snapshot import Snapshot
from publisher.publish.validation import Report, validate
from publisher.store.store import described_graphs

from .conftest import ROOT, TINY, Server, build_snapshot, start_server
from .processes import wait_for

BASE = "https://data.example.org/"
SITE = "/doc/site/rocheray"
LINES = (
    b'<https://data.example.org/id/a> <https://data.example.org/ns#p> "007"^^<http://www.w3.org/2001/XMLSchema#int> .\n'
    b"# a comment .\n\n"
    b'_:x <https://data.example.org/ns#p> "{BASE_IRI}a" . # another .\n'
    b'<https://data.example.org/id/a>\t<https://data.example.org/ns#q> "deep"@en-GB.\n'
    b"_:x <https://data.example.org/ns#q> _:y .\n"
    b"_:x <https://data.example.org/ns#q> _:y .\n"
)


def on_disk(folder: Path, content: Content, limit: int = 0) -> Loaded:
    folder.mkdir(exist_ok=True)
    return loading.load(content, Config(memory_store_max_triples=limit), folder)


def content_of(folder: Path, **files: bytes) -> Content:
    for name, text in files.items():
        (folder / "data").mkdir(parents=True, exist_ok=True)
        (folder / "data" / name).write_bytes(text)
    return read_content(Config(content=folder, base_iri=BASE))


def checked(folder: Path, content: Path, **settings: object) -> Report:
    config = Config(content=content, build=folder / "build", **settings)  # type: ignore[arg-type]
    return validate(read_content(config), config)


@pytest.fixture(scope="module")
def large_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build_snapshot(TINY, tmp_path_factory.mktemp("large"), memory_store_max_triples=0)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_server(TINY, tmp_path_factory.mktemp("large-server"), memory_store_max_triples=0)
    yield server
    server.stop()


def test_the_same_content_makes_the_same_build(large_snapshot: Snapshot, tiny_snapshot: Snapshot) -> None:
    assert (large_snapshot.directory / "store").is_dir()
    assert large_snapshot.manifest == tiny_snapshot.manifest
    assert statements_of(large_snapshot) == statements_of(tiny_snapshot)
    assert large_snapshot.dumps == tiny_snapshot.dumps
    for name in ("queries.json", "context.jsonld", "derived/queries.nq"):
        assert (large_snapshot.directory / name).read_bytes() == (tiny_snapshot.directory / name).read_bytes()
    assert large_snapshot.index.classes() == tiny_snapshot.index.classes()
    assert large_snapshot.index.documents() == tiny_snapshot.index.documents()


def statements_of(snapshot: Snapshot) -> set[Quad]:
    """All statements but those that describe the build, and are written again when its dumps are there."""
    described = {NamedNode(graph["iri"]) for graph in described_graphs(snapshot.directory)}
    assert described
    return {quad for quad in snapshot.store.engine if quad.graph_name not in described}


def test_the_catalogue_is_complete_in_files_and_as_it_came_with_the_build_in_a_store_on_disk(large: Server) -> None:
    """The store does not change once it is served; /catalog tells sizes that are known later."""
    query = "ASK { GRAPH <catalog> { <catalog> a <http://www.w3.org/ns/dcat#Catalog> } }"
    sizes = "SELECT ?size WHERE { GRAPH <catalog> { ?file <http://www.w3.org/ns/dcat#byteSize> ?size } }"

    assert large.sparql(query).json()["boolean"]
    assert large.sparql(sizes).json()["results"]["bindings"] == []
    assert large.get("catalog.nt").text.count("<http://www.w3.org/ns/dcat#byteSize>") > 10


@pytest.mark.parametrize(
    "path", [SITE + ".ttl", SITE + ".nt", SITE + ".jsonld", "/ns.ttl", "/shapes.ttl", "/api/sites-by-depth.json"]
)
def test_both_answer_the_same(tiny: Server, large: Server, path: str) -> None:
    here, there = tiny.get(path), large.get(path)

    assert here.status_code == there.status_code == 200
    assert there.text.replace(large.url, tiny.url) == here.text


def test_both_show_the_same_page(tiny: Server, large: Server) -> None:
    def page(server: Server) -> str:
        return server.get(SITE, "text/html").text.replace(server.url, "")

    assert page(large).count("Rocheray") == page(tiny).count("Rocheray") > 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s ?p ?o WHERE { ?s ?p ?o FILTER (!isBlank(?s) && !isBlank(?o)) }",
        "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } FILTER (?g NOT IN (<catalog>, <void>, <quality>)) } "
        "GROUP BY ?g",
        "SELECT ?a ?b WHERE { ?a <http://www.w3.org/2000/01/rdf-schema#label> ?b ; a ?c . FILTER (LANG(?b) = 'en') }",
    ],
)
def test_both_find_the_same(tiny: Server, large: Server, query: str) -> None:
    def rows(server: Server) -> list[str]:
        found = server.sparql(query).json()["results"]["bindings"]
        return sorted(json.dumps(row, sort_keys=True).replace(server.url, "") for row in found)

    assert rows(large) == rows(tiny) != []


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstandard.compress)],
)
def test_lines_are_the_same_statements_as_in_memory(
    tmp_path: Path, suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    content = content_of(tmp_path / "content", **{f"a.nt{suffix}": compress(LINES)})

    loaded = on_disk(tmp_path / "build", content)

    assert loaded.store and loaded.findings == []
    assert set(loaded.engine) == set(content.load()[0])
    assert len(set(loaded.engine)) == 2 * 4


@pytest.mark.parametrize("few", [0, 2**20])
def test_every_format_is_the_same_in_blocks_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(loading, "_FEW", few)
    monkeypatch.setattr(loading, "_STATEMENTS", 2)
    quads = b'_:x <urn:p> "1" <urn:g> .\n_:x <urn:p> "1" _:g .\n<urn:s> <urn:p> _:x .\n'
    content = content_of(
        tmp_path / "content",
        **{
            "a.ttl": b"@prefix : <urn:> . :s :p ( 1 2 [ :q 3.0 ] ) .",
            "b.nq": quads,
            "c.trig": b"<urn:g> { <urn:s> <urn:p> 1 } <urn:s> <urn:p> 1 .",
            "d.jsonld": b'{"@id": "urn:s", "urn:p": [{"urn:q": 1}]}',
            "e.nt": LINES,
            "empty.nt": b"",
        },
    )

    loaded = loading.load_on_disk(content, tmp_path / "store")

    assert set(loaded.engine) == set(content.load()[0])
    assert [str(finding) for finding in loaded.findings] == list(map(str, content.load()[1]))


def test_shapes_stay_out_of_the_default_graph(large_snapshot: Snapshot) -> None:
    shapes = set(large_snapshot.store.graph(f"{large_snapshot.base_iri}shapes"))

    assert shapes
    assert not any(
        Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) in large_snapshot.store.engine
        for quad in shapes
        if isinstance(quad.subject, NamedNode)
    )


def test_a_statement_counts_once_wherever_it_stands(tmp_path: Path) -> None:
    line = b"<urn:s> <urn:p> <urn:o> .\n"
    content_of(tmp_path / "content", **{"a.nt": 3 * line, "b.nt": line})

    snapshot = build_snapshot(tmp_path / "content", tmp_path, memory_store_max_triples=0)

    assert snapshot.manifest["triples"] == 1
    assert [graph["triples"] for graph in snapshot.manifest["graphs"]] == [1, 1]


def test_what_turns_out_to_be_large_begins_again_on_disk(tmp_path: Path) -> None:
    content = content_of(
        tmp_path / "content", **{"a.ttl": b"<urn:s> <urn:p> " + b", ".join(b"%d" % n for n in range(99)) + b"."}
    )

    assert on_disk(tmp_path / "a", content, 99).store is None
    loaded = on_disk(tmp_path / "b", content, 98)
    assert loaded.store
    assert loaded.statements == 99


@pytest.mark.parametrize(
    "files",
    [
        {"a.nt": 5 * LINES + b"<urn:a> <urn:b> .\n" + LINES, "b.ttl": b"<a> <b> .", "c.nt": LINES},
        {"a.nt.gz": gzip.compress(5 * LINES + b"<urn:a> <urn:b> .\n"), "b.nt.gz": gzip.compress(LINES)[:-9]},
        {"a.nt": b"\xef\xbb\xbf" + LINES, "b.nt": b'<urn:a> <urn:b> "\xff" .\n', "c.nq": LINES + b"<a> <b> <c> ."},
    ],
)
def test_errors_are_told_with_their_lines_as_for_small_content(tmp_path: Path, files: dict[str, bytes]) -> None:
    content = content_of(tmp_path / "content", **files)

    loaded = on_disk(tmp_path / "build", content)

    assert not loaded.parses
    assert sorted(map(str, loaded.findings)) == sorted(map(str, content.load()[1]))


def test_findings_are_the_same_on_disk(tmp_path: Path) -> None:
    content = Path(shutil.copytree(TINY, tmp_path / "content"))
    with (content / "data" / "sites.ttl").open("a") as sites:
        sites.write('<id/site/new> a bw:BathingSite ; bw:maximumDepth "deep" ; bw:near <id/site/nowhere> .\n')

    small, large = checked(tmp_path, content), checked(tmp_path, content, memory_store_max_triples=0)

    assert small.findings == large.findings != []
    assert [path.name for path in (tmp_path / "build").iterdir()] == [".lock"], "the store for it is deleted"


def test_values_are_looked_at_whatever_the_size(tmp_path: Path) -> None:
    content_of(tmp_path / "content", **{"a.nt": b"<urn:a> <urn:b> <urn:c> .\n" + LINES * 2})

    found = checked(tmp_path, tmp_path / "content", base_iri=BASE, memory_store_max_triples=0, validate_max_triples=3)

    told = [str(finding) for finding in found.findings]
    assert told[0].startswith("data/a.nt:1: info: links, names, contact addresses, placeholders, the content's checks ")
    assert '2: warning: "007"^^xsd:int will be published as "7"^^xsd:integer, and 1 more of this kind' in told[1]
    assert "6: warning: language tag en-GB will be published as en-gb" in told[2]
    assert found.ok and len(told) == 3


def environment(folder: Path, **settings: object) -> dict[str, str]:
    given = {"content": folder / "content", "build": folder / "build", "memory_store_max_triples": 0, **settings}
    return os.environ | {f"PUBLISHER_{name.upper()}": str(value) for name, value in given.items()}


def many_lines(folder: Path, count: int) -> None:
    path = folder / "content" / "data" / "many.nt"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"<urn:s{number}> <urn:p> <urn:o{number}> .\n" for number in range(count)))


def test_a_full_disk_ends_the_build_and_leaves_nothing(tmp_path: Path) -> None:
    many_lines(tmp_path, 100_000)
    command = [sys.executable, "-m", "publisher", "build"]

    ended = subprocess.run(
        command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20)),
    )  # fmt: skip

    assert ended.returncode == 1
    assert "the build cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert [path.name for path in (tmp_path / "build").iterdir() if path.name != ".lock"] in ([], ["stale"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_build_that_is_stopped_ends_soon_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    many_lines(tmp_path, 300_000)
    command = [sys.executable, "-m", "publisher", "build"]
    build = tmp_path / "build"
    process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stderr=subprocess.PIPE, text=True)

    wait_for(lambda: any(build.glob(".new-*/store/*")))
    process.send_signal(number)
    _, told = process.communicate(timeout=20)

    assert process.returncode == 128 + signal.SIGINT
    assert told.splitlines()[-1] == "stopped; nothing was changed"
    assert [path.name for path in build.iterdir()] == [".lock"]
    assert current_version(Config(build=build)) is None


def test_the_system_that_refuses_to_write_is_not_the_content_s_fault(tmp_path: Path) -> None:
    content = content_of(tmp_path / "content", **{"a.nt": LINES})
    (tmp_path / "store").write_text("no folder")

    with pytest.raises(BuildError):
        loading.load(content, Config(memory_store_max_triples=0), tmp_path)
