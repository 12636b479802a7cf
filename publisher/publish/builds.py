"""The folder of builds: which there are, which is current, and which are no longer kept.

``build/<version>/`` is a build, ``build/current`` the link to the one that is served, ``build/stale`` a mark that
newer content could not be built, ``build/versions.ttl`` the chain of versions that were current. Whatever is
interrupted here, the link leads to a whole build or is put right by the next one.
"""

import contextlib
import fcntl
import hashlib
import json
import math
import os
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..config import Config
from ..errors import BuildError, SnapshotMissing
from .checksums import CHECKSUMS, damage
from .versions import add_version

CURRENT = "current"
STALE = "stale"
CONTEXTS = "contexts"  # every context that was ever served
INDEX = "index.sqlite"  # in the folder of a build
UNFINISHED = ".new-"
_VERSION = re.compile("[0-9a-f]{64}")
_TOLD = {"version", "date", "base_iri", "program", "triples", "prefixes", "context"}  # what a manifest has to hold
DAMAGED = "build {} is damaged: run `python -m publisher build`"
_NO_BUILD = "there is no good build yet: run `python -m publisher build`"


def take_up(config: Config, version: str) -> str:
    """Make the build of *version* current, if it is there and whole.

    returns  "" when that is done; else what is wrong with it, and nothing has changed
    """
    target = config.build / version
    if not target.is_dir():
        return "it is not there"
    wrong = damage(target)
    if not wrong and (current_version(config) != version or is_stale(config)):
        with alone(config.build):
            make_current(config, target)
    return wrong


def stay(config: Config, *, patience: float = math.inf) -> str | None:
    """Stay on the last good build, and mark it as stale: what is newer could not be built.

    patience  seconds to wait while another process builds; after them, what becomes of its build decides
    returns   the version that is current; None when there is no good build
    """
    if not config.build.is_dir():
        return None
    with contextlib.suppress(BuildError), alone(config.build, patience=patience):
        version = current_version(config)
        if version is None or damage(config.build / version):
            _link(config, next((path for path in _builds(config) if not damage(path)), None))
        (config.build / STALE).touch()
    return current_version(config)


@contextlib.contextmanager
def alone(folder: Path, *, patience: float = math.inf) -> Iterator[None]:
    """One build at a time; what an interrupted one left is deleted first.

    raises   BuildError for what the system refuses: the disk is full, may not be written, or another process builds
             for longer than *patience*, in seconds
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("ab") as lock:
            _lock(lock.fileno(), time.monotonic() + patience)
            for left in folder.glob(UNFINISHED + "*"):
                remove(left)
            yield
    except FileNotFoundError:  # a file of the content, which vanished meanwhile
        raise
    except OSError as error:
        raise BuildError(f"the build cannot be written: {error.strerror or error}; nothing has changed") from error


def _lock(descriptor: int, deadline: float) -> None:
    """Lock the file when nobody else does. Raises BlockingIOError after *deadline*."""
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def put(workplace: Path, target: Path) -> None:
    """Give a finished build its place; what is there is damaged."""
    damaged = workplace.with_suffix(".damaged")
    if target.exists():
        target.rename(damaged)
    workplace.rename(target)
    remove(damaged)


def remove(path: Path) -> None:
    """Delete a file, a link or a whole folder; what cannot be deleted stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def make_current(config: Config, target: Path) -> None:
    """Have *target* served, as the newest of all; it is not stale, and the oldest builds are no longer kept."""
    _keep_context(config, target)
    newest = max((_when_current(path) for path in _builds(config) if path != target), default=0)
    now = max(time.time_ns(), newest + 1)  # the order of builds holds when the clock was set back
    os.utime(target / CHECKSUMS, ns=(now, now))
    add_version(config.build, read_manifest(target), datetime.now(UTC).replace(microsecond=0))
    _link(config, target)
    (config.build / STALE).unlink(missing_ok=True)
    _prune(config)


def _link(config: Config, target: Path | None) -> None:
    """Point ``build/current`` at *target* in one step; None takes it away."""
    current, link = config.build / CURRENT, config.build / f"{UNFINISHED}{CURRENT}"
    if target is None or (current.is_dir() and not current.is_symlink()):
        remove(current)
    if target and current_version(config) != target.name:
        link.symlink_to(target.name)
        link.replace(current)


def _keep_context(config: Config, target: Path) -> None:
    """Keep the JSON-LD context beyond the build: documents that were handed out name it by its checksum."""
    data = (target / "context.jsonld").read_bytes()
    kept = config.build / CONTEXTS / f"{hashlib.sha256(data).hexdigest()[:8]}.jsonld"
    kept.parent.mkdir(exist_ok=True)
    if not kept.exists() or kept.read_bytes() != data:
        new = config.build / f"{UNFINISHED}context"
        new.write_bytes(data)
        new.replace(kept)


def current_build(config: Config) -> Path:
    """The folder of the build that ``build/current`` links to. Raises SnapshotMissing, when there is none."""
    try:
        directory = config.build.resolve() / (config.build / CURRENT).readlink()
    except OSError as error:
        raise SnapshotMissing(_NO_BUILD) from error
    if not _is_build(directory) or directory.parent != config.build.resolve():
        raise SnapshotMissing(_NO_BUILD)
    return directory


def read_manifest(directory: Path) -> dict[str, Any]:
    """What the build in *directory* says of itself. Raises SnapshotMissing, when it is damaged."""
    try:
        manifest = json.loads((directory / "manifest.json").read_bytes())
        if isinstance(manifest, dict) and manifest.keys() >= _TOLD:
            return manifest
    except (OSError, ValueError) as error:
        raise SnapshotMissing(DAMAGED.format(directory.name[:12])) from error
    raise SnapshotMissing(DAMAGED.format(directory.name[:12]))


def current_version(config: Config) -> str | None:
    """The version that ``build/current`` links to; None without a complete build."""
    try:
        return current_build(config).name
    except SnapshotMissing:
        return None


def is_stale(config: Config) -> bool:
    """Is an older build served because the newest content could not be built?"""
    return (config.build / STALE).exists()


def hold(directory: Path) -> int:
    """A descriptor that keeps the build in *directory* from being pruned, until it is closed or the process ends."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _is_build(path: Path) -> bool:
    return bool(_VERSION.fullmatch(path.name)) and path.is_dir() and not path.is_symlink()


def _builds(config: Config) -> list[Path]:
    """The folders of the builds that are kept, the one made current last first."""
    found = [path for path in config.build.iterdir() if _is_build(path)]
    return sorted(found, key=_when_current, reverse=True)


def _when_current(build: Path) -> int:
    """When the build was made current last, in ns: the date of its checksums; 0, when they are lost."""
    try:
        return (build / CHECKSUMS).stat().st_mtime_ns
    except OSError:
        return 0


def _prune(config: Config) -> None:
    """Delete the oldest builds beyond ``keep_builds``; never the current one, nor one that a process has open."""
    current = current_version(config)
    others = [path for path in _builds(config) if path.name != current]
    for path in others[config.keep_builds - 1 :]:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(path)
        os.close(descriptor)
