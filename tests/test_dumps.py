"""Whole data sets as files."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, Quad, RdfFormat, parse
from pyoxigraph import Store as Engine

from publisher.describe.jsonld import JsonLd
from publisher.errors import NotAcceptable
from publisher.formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE
from publisher.publish import lines as module
from publisher.publish.dumps import DumpFile, write_document
from publisher.publish.lines import by_subject, quad_lines, sort_lines, write_lines
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
        <odd> bw:odd <geo:1,2>, <http://x.example.org/a(b)?c=d#e>, "x\\ny" .""",
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
    folder.mkdir(exist_ok=True)
    write_lines(folder, quad_lines(store), outside=BASE + "shapes")
    formats = (NQUADS, NTRIPLES, TURTLE, TRIG, JSONLD, RDFXML)
    return {format.suffix: write_document(format, folder, "lakes", PREFIXES, CONTEXT) for format in formats}


def canonical(quads: Any) -> Dataset:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def test_each_format_holds_exactly_its_statements(tmp_path: Path) -> None:
    store = make_store()
    named = canonical(quad for quad in store.engine if not isinstance(quad.graph_name, DefaultGraph))
    union = canonical(Quad(*triple) for triple in store.triples())

    files = write(store, tmp_path)

    assert list(files) == ["nq", "nt", "ttl", "trig", "jsonld", "rdf"]
    for suffix, file in files.items():
        read = canonical(parse(path=str(tmp_path / "dump" / file.file), format=file.format.engine))
        assert read == (named if suffix in ("nq", "trig") else union), suffix


def test_sizes_and_digests_are_those_of_the_files(tmp_path: Path) -> None:
    files = write(make_store(), tmp_path)

    for file in files.values():
        content = (tmp_path / "dump" / file.file).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    assert sorted(path.name for path in (tmp_path / "dump").iterdir()) == sorted(file.file for file in files.values())


def test_the_same_statements_give_the_same_bytes(tmp_path: Path) -> None:
    store = make_store(files={name: FILES[name] for name in ("dataset/lakes", "dataset/ponds")})
    again = Engine()
    again.extend(sorted(store.engine, key=str, reverse=True))

    assert write(store, tmp_path / "a") == write(Store(again, BASE), tmp_path / "b")


@pytest.mark.parametrize("suffix", ["nq", "nt"])
def test_lines_are_sorted_by_bytes_and_unique(tmp_path: Path, suffix: str) -> None:
    file = write(make_store(), tmp_path)[suffix]

    lines = (tmp_path / "dump" / file.file).read_bytes().splitlines()

    assert lines == sorted(set(lines))


def test_those_of_n_quads_and_n_triples_are_the_lines_of_the_build(tmp_path: Path) -> None:
    files = write(make_store(), tmp_path)

    assert (tmp_path / "quads.nq").samefile(tmp_path / "dump" / files["nq"].file)
    assert (tmp_path / "union.nt").samefile(tmp_path / "dump" / files["nt"].file)


def test_more_lines_than_memory_are_sorted_through_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = make_store()
    whole = write(store, tmp_path / "a")
    monkeypatch.setattr(module, "SORTED_IN_MEMORY", 100)
    monkeypatch.setattr(module, "MOST_FILES", 3)
    lines = [f"{number % 37}\n".encode() for number in range(500)]

    assert list(sort_lines(lines)) == sorted(set(lines))
    assert write(store, tmp_path / "b") == whole


@pytest.mark.parametrize("lines", [[], [b"a\n"], [b"a\n"] * 9, [b"ab\n", b"a\n", b"a b\n", b"a\n"]])
def test_few_lines_are_sorted_too(lines: list[bytes]) -> None:
    assert list(sort_lines(iter(lines))) == sorted(set(lines))


def test_a_subject_with_very_many_statements_is_written_in_parts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "LARGEST_PART", 100)
    store = make_store(files={"dataset/lakes": f"<lake> a bw:Lake ; bw:depth {', '.join(map(str, range(99)))} ."})

    files = write(store, tmp_path)

    assert (tmp_path / "dump" / files["ttl"].file).read_text().count("\n\n") > 10
    for suffix in ("ttl", "trig", "jsonld", "rdf"):
        path = tmp_path / "dump" / files[suffix].file
        assert {quad.triple for quad in parse(path=str(path), format=files[suffix].format.engine)} == set(
            store.triples()
        ), suffix


MEMORY = """
import re, sys
from pathlib import Path
from publisher.formats import JSONLD, RDFXML, TRIG, TURTLE
from publisher.publish.dumps import write_document
from publisher.publish.lines import write_lines
folder = Path(sys.argv[1])
text = "x" * 1000
hub = (f'<urn:hub> <urn:p:p{n % 2}> "{n * 7919 % 70000} {text}" <urn:g:{n % 2}> .\\n' for n in range(70000))
write_lines(folder, (line.encode() for line in hub))
for format in (TURTLE, TRIG, JSONLD, RDFXML):
    write_document(format, folder, "hub", {}, {"p": "urn:p:p0"})
[peak] = re.findall(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())
print(int(peak) // 1024)
"""


def test_memory_does_not_grow_with_the_data(tmp_path: Path) -> None:
    """70 MB of statements about one subject in two graphs."""
    command = [sys.executable, "-c", MEMORY, str(tmp_path)]

    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert int(output) < 150, f"it took {output.strip()} MiB"


def test_turtle_is_written_for_readers(tmp_path: Path) -> None:
    text = (tmp_path / "dump" / write(make_store(), tmp_path)["ttl"].file).read_text()

    assert text.startswith(f"@prefix bw: <{BASE}ns#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\n")
    assert f'<{BASE}lake> a bw:Lake ;\n    rdfs:label "lac"@fr, "lake"@en ;\n    bw:depth' in text


def test_trig_shows_one_graph_after_the_other(tmp_path: Path) -> None:
    text = (tmp_path / "dump" / write(make_store(), tmp_path)["trig"].file).read_text()

    graphs = [line for line in text.splitlines() if line.endswith(" {")]
    names = ("dataset/lakes", "dataset/ponds", "ns", "shapes")
    assert graphs == [f"<{BASE}{name}> {{" for name in names]


def test_json_ld_has_its_context_inside_and_one_node_a_line(tmp_path: Path) -> None:
    path = tmp_path / "dump" / write(make_store(), tmp_path)["jsonld"].file

    document = json.loads(path.read_text())
    lines = path.read_text().splitlines()

    assert document["@context"] == CONTEXT
    assert len(document["@graph"]) == len(lines) - 3
    assert {"id": BASE + "lake#beach", "type": "bw:Beach"} in document["@graph"]


def test_json_ld_is_what_the_general_processor_reads(tmp_path: Path) -> None:
    store = make_store()
    path = tmp_path / "dump" / write(store, tmp_path)["jsonld"].file

    missing, extra = JsonLd({}, {}, "urn:x").roundtrip(store.triples(), json.loads(path.read_text()))

    assert (missing, extra) == ([], [])


@pytest.mark.parametrize(
    ("turtle", "suffixes"),
    [
        ('<a> bw:p "\\u0007" .', ["rdf"]),
        ("<a> <urn:x:1> 1 .", ["rdf"]),
        ("<a> a <urn:x:1> .", ["rdf"]),
        ("<a> bw:p <<( <a> bw:p <b> )>> .", ["jsonld", "rdf"]),
    ],
    ids=["control character", "predicate", "class", "triple term"],
)
def test_a_format_that_cannot_say_a_statement_is_refused(turtle: str, suffixes: list[str], tmp_path: Path) -> None:
    more = "".join(f"<s{number}> bw:p {number} ; a bw:Lake ." for number in range(2000))
    write_lines(tmp_path, quad_lines(make_store(files={"dataset/a": more + turtle + "<z> bw:p 1 ."})))
    refused = []

    for format in (TURTLE, TRIG, JSONLD, RDFXML):
        try:
            write_document(format, tmp_path, "lakes", PREFIXES, CONTEXT)
        except NotAcceptable:
            refused.append(format.suffix)

    assert refused == suffixes
    assert len(list((tmp_path / "dump").iterdir())) == 4 - len(refused)


def test_statements_come_subject_by_subject(tmp_path: Path) -> None:
    write(make_store(), tmp_path)

    with (tmp_path / "union.nt").open("rb") as lines:
        groups = list(by_subject(lines))

    assert len({subject for subject, _ in groups}) == len(groups)
    assert next(iter(groups[1][1])).endswith("#type>")


def test_an_empty_data_set_has_files_too(tmp_path: Path) -> None:
    files = write(make_store(files={}), tmp_path)

    assert len(files) == 6
    assert json.loads((tmp_path / "dump" / files["jsonld"].file).read_text()) == {"@context": CONTEXT, "@graph": []}
