"""`diff`: two sides of any kind, in words, as RDF Patch that gives the other side, and as JSON."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.editing.difference import Difference
from publisher.editing.sides import Side, named_by_content, open_side
from publisher.errors import ContentError, SettingError
from publisher.publish.snapshot import build

from .conftest import ROOT, TINY

BASE = "https://data.example.org/"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "old"))


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The tiny content with a change, a new site and one that is gone."""
    folder = Path(shutil.copytree(TINY, tmp_path / "new"))
    sites = folder / "data" / "sites.ttl"
    text = sites.read_text()
    assert "bw:maximumDepth 4.0" in text
    text = text.replace("bw:maximumDepth 4.0", "bw:maximumDepth 4.5")
    sites.write_text(text + '\n<id/site/new> a bw:BathingSite ;\n  rdfs:label "New"@en, "Neuf"@fr .\n')
    return folder


def compare(old: object, new: object, **settings: object) -> Difference:
    config = Config(**settings)  # type: ignore[arg-type]
    return Difference(open_side(str(old), config, print), open_side(str(new), config, print))


def words(old: object, new: object, language: str = "en", **settings: object) -> list[str]:
    return list(compare(old, new, **settings).words(language))


def apply(patch: str, lines: set[str]) -> set[str]:
    """What a reader of RDF Patch makes of it."""
    lines = set(lines)
    for row in patch.splitlines(keepends=True):
        code, _, rest = row.partition(" ")
        if code == "D":
            lines.remove(rest)
        elif code == "A":
            assert rest not in lines
            lines.add(rest)
        else:
            assert code in ("H", "TX", "TC"), row
    return lines


def lines(side: Side) -> set[str]:
    return {line.decode() for line in side.lines()}


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "publisher", "diff", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_two_folders_are_told_apart_in_plain_words(old: Path, new: Path) -> None:
    assert words(old, new) == [
        "new: New (id/site/new) (bathing site, 3 statements)",
        "Rocheray (id/site/rocheray): maximum depth was 4, is now 4.5",
        "resources: 1 new, 0 removed, 1 changed; statements: 4 added, 1 removed",
    ]


def test_the_words_can_be_french(old: Path, new: Path) -> None:
    told = words(old, new, "fr")

    assert "profondeur maximale était 4, est maintenant 4.5" in "\n".join(told)
    assert "nouveau : Neuf (id/site/new) (site de baignade, 3 énoncés)" in told
    assert told[-1] == "ressources : 1 nouvelles, 0 supprimées, 1 modifiées ; énoncés : 4 ajoutés, 1 supprimés"


def test_a_resource_that_is_gone_is_named_as_it_was(old: Path, new: Path) -> None:
    assert "removed: New (id/site/new) (bathing site, 3 statements)" in words(new, old)


def test_a_side_equal_to_itself_has_no_difference(old: Path) -> None:
    assert words(old, old) == ["no difference"]
    assert not compare(old, old)


def test_each_language_of_a_text_is_a_change_of_its_own(tmp_path: Path) -> None:
    one, other = tmp_path / "one.ttl", tmp_path / "other.ttl"
    start = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . <urn:x:a> "
    one.write_text(start + 'rdfs:label "A"@en, "Ah"@fr ; <urn:x:p> "1", "2" .')
    other.write_text(start + 'rdfs:label "A"@en, "Ach"@de ; <urn:x:p> "1", "3" ; <urn:x:page> <http://x.test/> .')

    assert words(one, other) == [
        "A (<urn:x:a>):",
        '    label (de) added: "Ach"',
        '    label (fr) removed: "Ah"',
        '    p was "2", is now "3"',
        "    page added: <http://x.test/>",
        "resources: 0 new, 0 removed, 1 changed; statements: 3 added, 2 removed",
    ]


def test_a_statement_that_only_changed_its_file_is_told_as_moved(old: Path, tmp_path: Path) -> None:
    new = Path(shutil.copytree(old, tmp_path / "moved"))
    (new / "data" / "sites.ttl").rename(new / "data" / "places.ttl")

    told = words(old, new)

    assert any(" moved from " in line and line.endswith("dataset/places") for line in told)
    assert not any(" added: " in line for line in told)


@pytest.mark.parametrize("way", ["forth", "back"])
def test_the_patch_applied_to_the_first_side_gives_the_second(old: Path, new: Path, way: str) -> None:
    first, second = (old, new) if way == "forth" else (new, old)
    difference = compare(first, second)
    patch = "".join(difference.patch())

    assert apply(patch, lines(difference.old)) == lines(difference.new)
    rows = patch.splitlines()
    assert rows[0].startswith("H id <urn:uuid:") and rows[1].startswith("H prev <urn:uuid:")
    assert (rows[2], rows[-1]) == ("TX .", "TC .")
    assert all(list(parse(row[2:], format=RdfFormat.N_QUADS)) for row in rows[3:-1])


def test_patches_that_follow_each_other_name_each_other(old: Path, new: Path) -> None:
    forth, back = ("".join(compare(*sides).patch()).splitlines() for sides in ((old, new), (new, old)))

    assert forth[0].removeprefix("H id ") == back[1].removeprefix("H prev ")
    assert forth[1].removeprefix("H prev ") == back[0].removeprefix("H id ")


def test_json_has_every_statement_and_the_counts(old: Path, new: Path) -> None:
    told = json.loads(compare(old, new).json())

    assert told["counts"]["resources_added"] == 1
    added = next(resource for resource in told["resources"] if resource["change"] == "added")
    assert (added["resource"], added["label"], added["removed"]) == (BASE + "id/site/new", "New", [])
    assert len(added["added"]) == 3


def test_a_build_is_found_by_its_folder_its_version_and_as_current(old: Path, new: Path, tmp_path: Path) -> None:
    config = Config(content=old, build=tmp_path / "build")
    content = read_content(config)
    build(content, config)

    for name in (config.build / content.version, content.version[:8], "current"):
        assert words(name, old, build=config.build) == ["no difference"]
        assert len(words(name, new, build=config.build)) == 3


def test_what_is_nothing_to_compare_is_refused_with_what_would_be_right(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "broken.ttl").write_text("<a> <b>")

    for name in (tmp_path / "nowhere", "abcdef12", tmp_path / "notes.txt"):
        with pytest.raises(SettingError, match=r"right|suffix"):
            open_side(str(name), Config(build=tmp_path), print)
    with pytest.raises(ContentError, match=r"broken\.ttl:1: error"):
        open_side(str(tmp_path / "broken.ttl"), Config(), print)


def test_blank_nodes_keep_their_names_while_nothing_about_them_changes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.ttl", tmp_path / "other.ttl"
    kept = "<urn:x:a> <urn:x:at> [ <urn:x:lat> 1 ; <urn:x:near> [ <urn:x:name> 'N' ] ] ; <urn:x:list> ( 1 2 2 ) ."
    one.write_text(kept)
    other.write_text("<urn:x:0> <urn:x:at> [ <urn:x:lat> 2 ] .\n" + kept)

    difference = compare(one, other)

    assert difference.counts["statements_added"] == 2
    assert difference.counts["statements_removed"] == 0
    assert apply("".join(difference.patch()), lines(difference.old)) == lines(difference.new)


def test_naming_blank_nodes_keeps_the_graph(tmp_path: Path) -> None:
    text = '_:a <urn:p> _:b .\n_:b <urn:p> _:a .\n_:c <urn:p> "x" .\n_:d <urn:p> "x" .\n<urn:s> <urn:p> _:c _:a .\n'
    renamed = b"".join(named_by_content(text.encode().splitlines(keepends=True), print))

    def canonical(data: bytes) -> Dataset:
        dataset = Dataset(parse(data, format=RdfFormat.N_QUADS))
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        return dataset

    assert canonical(renamed) == canonical(text.encode())


def test_blank_nodes_that_take_too_long_to_tell_apart_are_left_and_that_is_said() -> None:
    clique = [f"_:n{i} <urn:p> _:n{j} .\n".encode() for i in range(12) for j in range(12) if i != j]
    told: list[str] = []

    named = list(named_by_content(sorted(clique), told.append))

    assert sorted(named) == sorted(clique)
    assert told == ["12 blank nodes that cannot be told apart in reasonable time are compared by place in their file"]


def test_the_exit_code_is_that_of_diff(old: Path, new: Path, tmp_path: Path) -> None:
    same, differs, wrong = run(old, old), run(old, new), run(old, tmp_path / "nowhere")
    (old / "data" / "broken.ttl").write_text("nonsense")
    broken = run(old, new)

    assert (same.returncode, differs.returncode, wrong.returncode, broken.returncode) == (0, 1, 2, 2)
    assert same.stdout == "no difference\n"
    assert differs.stdout.endswith("resources: 1 new, 0 removed, 1 changed; statements: 4 added, 1 removed\n")
    assert "a content folder, a build" in wrong.stderr
    assert "data/broken.ttl:1: error" in broken.stderr
