"""Whole data sets as files."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, Quad, RdfFormat, parse
from pyoxigraph import Store as Engine

from publisher.describe.jsonld import JsonLd
from publisher.publish import dumps as module
from publisher.publish.dumps import DumpFile, sort_lines, subjects, write_dumps
from publisher.store.store import Store

BASE = "https://data.example.org/"
PREFIXES = {"bw": BASE + "ns#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
CONTEXT: dict[str, Any] = {
    "id": "@id",
    "type": "@type",
    "bw": BASE + "ns#",
    "label": {"@id": "http://www.w3.org/2000/01/rdf-schema#label", "@container": "@language"},
}
FILES = {
    "dataset/lakes": """
        <lake> a bw:Lake ; rdfs:label "lake"@en, "lac"@fr ; bw:depth 7, 1.5 ; bw:near <pond> .
        <lake#beach> a bw:Beach .
        <odd> bw:odd <geo:1,2>, <http://x.example.org/a(b)?c=d#e>, "\\u0007", "x\\ny" .""",
    "dataset/ponds": "<pond> a bw:Pond . <lake> a bw:Lake ; bw:near <pond> .",
    "ns": "bw:Lake bw:unionOf ( bw:a bw:b ) .",
    "shapes": "<shapes#Lake> bw:path <lake> .",
}
HEAD = f"@base <{BASE}> . @prefix bw: <ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"


def make_store(*, files: dict[str, str] = FILES, backwards: bool = False) -> Store:
    """Each file in its graph; all but the shapes in the default graph."""
    engine = Engine()
    nquads = []
    for graph, turtle in files.items():
        for quad in parse(HEAD + turtle, format=RdfFormat.TURTLE):
            nquads.append(f"{quad.triple} <{BASE}{graph}> .".replace("_:", "_:b"))
            if graph != "shapes":
                nquads.append(f"{quad.triple} .".replace("_:", "_:b"))
    text = "\n".join(reversed(nquads) if backwards else nquads)
    engine.extend(parse(text, format=RdfFormat.N_QUADS))
    return Store(engine, BASE)


def write(store: Store, folder: Path) -> dict[str, DumpFile]:
    files = write_dumps(store, folder, name="lakes", prefixes=PREFIXES, context=CONTEXT)
    return {file.suffix: file for file in files}


def canonical(quads: Any) -> Dataset:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def without_control(files: dict[str, str]) -> dict[str, str]:
    return {graph: turtle.replace(', "\\u0007"', "") for graph, turtle in files.items()}


def test_each_format_holds_exactly_its_statements(tmp_path: Path) -> None:
    store = make_store(files=without_control(FILES))
    named = canonical(quad for quad in store.engine if not isinstance(quad.graph_name, DefaultGraph))
    union = canonical(Quad(*triple) for triple in store.triples())

    files = write(store, tmp_path)

    assert list(files) == ["nq", "nt", "ttl", "trig", "jsonld", "rdf"]
    for suffix, file in files.items():
        read = canonical(parse(path=str(tmp_path / file.file), format=file.format.engine))
        assert read == (named if suffix in ("nq", "trig") else union), suffix


def test_sizes_and_digests_are_those_of_the_files(tmp_path: Path) -> None:
    files = write(make_store(), tmp_path)

    for file in files.values():
        content = (tmp_path / file.file).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(file.file for file in files.values())


def test_the_same_statements_give_the_same_bytes(tmp_path: Path) -> None:
    store = make_store(files=without_control({name: FILES[name] for name in ("dataset/lakes", "dataset/ponds")}))
    again = Engine()
    again.extend(sorted(store.engine, key=str, reverse=True))

    assert write(store, tmp_path / "a") == write(Store(again, BASE), tmp_path / "b")


@pytest.mark.parametrize("suffix", ["nq", "nt"])
def test_lines_are_sorted_by_bytes_and_unique(tmp_path: Path, suffix: str) -> None:
    file = write(make_store(), tmp_path)[suffix]

    lines = (tmp_path / file.file).read_bytes().splitlines()

    assert lines == sorted(set(lines))


def test_more_lines_than_memory_are_sorted_through_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = make_store()
    whole = write(store, tmp_path / "a")
    monkeypatch.setattr(module, "SORTED_IN_MEMORY", 100)
    monkeypatch.setattr(module, "_LINES_AT_ONCE", 2)
    lines = [f"{number % 37}\n".encode() for number in range(500)]

    assert list(sort_lines(lines)) == sorted(set(lines))
    assert write(store, tmp_path / "b") == whole


def test_turtle_is_written_for_readers(tmp_path: Path) -> None:
    text = (tmp_path / write(make_store(), tmp_path)["ttl"].file).read_text()

    assert text.startswith(f"@prefix bw: <{BASE}ns#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\n")
    assert f'<{BASE}lake> a bw:Lake ;\n    rdfs:label "lac"@fr, "lake"@en ;\n    bw:depth' in text


def test_trig_shows_one_graph_after_the_other(tmp_path: Path) -> None:
    text = (tmp_path / write(make_store(), tmp_path)["trig"].file).read_text()

    graphs = [line for line in text.splitlines() if line.endswith(" {")]
    names = ("dataset/lakes", "dataset/ponds", "ns", "shapes")
    assert graphs == [f"<{BASE}{name}> {{" for name in names]


def test_json_ld_has_its_context_inside_and_one_node_a_line(tmp_path: Path) -> None:
    path = tmp_path / write(make_store(), tmp_path)["jsonld"].file

    document = json.loads(path.read_text())
    lines = path.read_text().splitlines()

    assert document["@context"] == CONTEXT
    assert len(document["@graph"]) == len(lines) - 3
    assert {"id": BASE + "lake#beach", "type": "bw:Beach"} in document["@graph"]


def test_json_ld_is_what_the_general_processor_reads(tmp_path: Path) -> None:
    store = make_store()
    path = tmp_path / write(store, tmp_path)["jsonld"].file

    missing, extra = JsonLd({}, {}, "urn:x").roundtrip(store.triples(), json.loads(path.read_text()))

    assert (missing, extra) == ([], [])


def test_rdf_xml_is_left_out_when_it_cannot_say_a_statement(tmp_path: Path) -> None:
    said: list[str] = []

    files = write_dumps(make_store(), tmp_path, name="lakes", prefixes={}, progress=said.append)

    assert [file.suffix for file in files] == ["nq", "nt", "ttl", "trig", "jsonld"]
    assert len(said) == 1
    assert "control character" in said[0]
    assert not list(tmp_path.glob("*rdf*"))


def test_statements_come_subject_by_subject(tmp_path: Path) -> None:
    path = tmp_path / write(make_store(), tmp_path)["nt"].file

    groups = list(subjects(path))

    assert len({group[0].subject for group in groups}) == len(groups)
    assert all(len({triple.subject for triple in group}) == 1 for group in groups)
    assert groups[1][0].predicate.value.endswith("#type")


def test_an_empty_data_set_has_files_too(tmp_path: Path) -> None:
    files = write(make_store(files={}), tmp_path)

    assert len(files) == 6
    assert json.loads((tmp_path / files["jsonld"].file).read_text()) == {"@context": CONTEXT, "@graph": []}
