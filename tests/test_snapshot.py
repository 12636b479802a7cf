"""A build is complete or it is not there; the link moves last."""

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.errors import BuildError, SnapshotMissing
from publisher.publish import snapshot as module
from publisher.publish.builds import current_version
from publisher.publish.snapshot import Snapshot, build, open_build, open_current

from .conftest import TINY, build_snapshot


def make(config: Config) -> Path:
    directory = build(read_content(config), config)
    assert directory
    return directory


def test_the_manifest_tells_what_was_built(tiny_snapshot: Snapshot) -> None:
    manifest = tiny_snapshot.manifest

    assert manifest["base_iri"] == "https://data.example.org/"
    assert tiny_snapshot.date == datetime(2026, 2, 3, tzinfo=UTC)
    assert {graph["file"]: graph["triples"] for graph in manifest["graphs"]}["data/retired.ttl"] == 5
    assert tiny_snapshot.prefixes["bw"] == "https://data.example.org/ns#"
    for dump in tiny_snapshot.dumps.files:
        data = (tiny_snapshot.directory / "dump" / dump.file).read_bytes()
        assert (dump.bytes, dump.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_two_builds_of_the_same_content_are_the_same_bytes(tmp_path: Path, tiny_snapshot: Snapshot) -> None:
    other = build_snapshot(TINY, tmp_path)

    assert other.version == tiny_snapshot.version
    for path in sorted(tiny_snapshot.directory.rglob("*")):
        if path.is_file():
            assert (other.directory / path.relative_to(tiny_snapshot.directory)).read_bytes() == path.read_bytes()


def test_a_build_that_fails_leaves_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(content=TINY, build=tmp_path / "build")
    make(config)
    before = current_version(config)

    def disk_full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_lines", disk_full)
    with pytest.raises(BuildError, match="No space"):
        make(replace(config, public_url="https://b.example/"))

    assert current_version(config) == before
    visible = {path.name for path in config.build.iterdir() if not path.name.startswith(".lock")}
    assert visible == {before, "current", "contexts", "versions.ttl"}


def test_old_builds_are_pruned_but_never_the_current_one(tmp_path: Path) -> None:
    config = Config(content=TINY, build=tmp_path / "build", keep_builds=2)
    for number in range(4):
        make(replace(config, public_url=f"https://b.example/{number}/"))

    builds = [path for path in config.build.iterdir() if (path / "manifest.json").exists() and not path.is_symlink()]
    assert len(builds) == 2
    assert open_current(config).version == current_version(config)


def test_without_a_build_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing, match="python -m publisher build"):
        open_current(Config(build=tmp_path / "build"))


def test_a_damaged_manifest_is_no_build(tmp_path: Path) -> None:
    config = Config(content=TINY, build=tmp_path / "build")
    (make(config) / "manifest.json").write_bytes(b"{")

    with pytest.raises(SnapshotMissing):
        open_current(config)


def test_data_above_the_limit_is_kept_in_a_store_on_disk(tmp_path: Path, tiny_snapshot: Snapshot) -> None:
    on_disk = build_snapshot(TINY, tmp_path, memory_store_max_triples=10)

    assert (on_disk.directory / "store").is_dir()
    assert set(on_disk.store.triples()) == set(tiny_snapshot.store.triples())
    assert list(on_disk.store.graph(f"{on_disk.base_iri}queries")), "derived graphs too"


def test_an_unchanged_content_is_not_written_again(tmp_path: Path) -> None:
    config = Config(content=TINY, build=tmp_path / "build")
    manifest = make(config) / "manifest.json"
    written = manifest.stat().st_mtime_ns

    make(config)

    assert manifest.stat().st_mtime_ns == written
    assert json.loads(manifest.read_bytes())["program"]
    shutil.rmtree(config.build)


def test_what_an_interrupted_build_left_is_deleted_by_the_next(tmp_path: Path) -> None:
    config = Config(content=TINY, build=tmp_path / "build")
    left = config.build / ".new-left"
    left.mkdir(parents=True)
    (left / "quads.nq").write_bytes(b"half")

    make(config)

    assert not left.exists()


def test_a_context_outlives_its_build(tmp_path: Path) -> None:
    config = Config(content=TINY, build=tmp_path / "build", keep_builds=1)
    context = open_build(make(config)).manifest["context"][:8]
    other = Path(shutil.copytree(TINY, tmp_path / "other"))
    path = other / "ontology" / "context.jsonld"
    path.write_text(path.read_text().replace('"neighbour"', '"neighbor"'))
    make(replace(config, content=other))

    assert len(list((config.build / "contexts").iterdir())) == 2
    assert (config.build / "contexts" / f"{context}.jsonld").is_file()
