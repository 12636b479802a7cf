"""The checksums of a build, by which a damaged one is known before it is served.

They stand in its file ``SHA256SUMS``, which the command ``sha256sum --check SHA256SUMS`` reads too. A file that was
cut off, changed or lost (a failing disk, a power cut before everything was written) is found there. What is added to
a build later, its dumps, has its checksums elsewhere (``distributions.py``), and so have the derived graphs that are
written anew when dumps follow (``derived.py``).
"""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..store.store import DESCRIBED
from .derived import described_damage

CHECKSUMS = "SHA256SUMS"
DUMP, TOLD, LINES = "dump", "dumps.json", ("quads.nq", "union.nt")
TABLES = "tables"
ASSESSED = "quality.json"  # what was found of the catalogue
_AT_ONCE = 2  # files read at once


def write_checksums(directory: Path) -> None:
    """Write the checksums of all files in *directory*; none of them may change afterwards."""
    lines = (f"{checksum}  {path.relative_to(directory)}\n" for path, checksum in checksums(_files(directory)))
    (directory / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def damage(directory: Path) -> str:
    """What is wrong with the build in *directory*, in a few words; "" when it is whole."""
    try:
        lines = (directory / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        told = {directory / name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}
        odd = set(_files(directory)) ^ told.keys()
        if odd:
            return f"{min(odd).relative_to(directory)} is missing, or not in {CHECKSUMS}"
        changed = next((path for path, checksum in checksums(told) if told[path] != checksum), None)
        return f"{changed.relative_to(directory)} has changed" if changed else described_damage(directory)
    except OSError as error:
        return f"{Path(str(error.filename)).name}: {error.strerror}"
    except ValueError:
        return f"{CHECKSUMS} has changed"


def _files(directory: Path) -> list[Path]:
    """All that a build has from the start: with a store on disk, the lines come with the dumps."""
    later = {
        DUMP,
        TOLD,
        TABLES,
        ASSESSED,
        CHECKSUMS,
        DESCRIBED,
        f"{DESCRIBED}.json",
        *(LINES if (directory / "store").is_dir() else ()),
    }
    files = (path for path in directory.rglob("*") if path.is_file())
    return sorted(path for path in files if path.relative_to(directory).parts[0].removeprefix(".") not in later)


def checksums(files: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """SHA-256 in hex of each file; one that has two names is read once. Raises OSError for one that is not there."""
    files = list(files)
    by_inode = {path.stat().st_ino: path for path in files}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(zip(by_inode, pool.map(_checksum, by_inode.values()), strict=True))
    return ((path, found[path.stat().st_ino]) for path in files)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
