"""A content folder to begin with: one class, one shape, one thing, one query, and what to put in their place."""

import shutil
from pathlib import Path

from ..errors import SettingError

_BASE = "https://data.example.org/"  # what the files of the pattern call things
_PATTERN = Path(__file__).with_name("site")


def new_site(folder: Path, base_iri: str = "") -> list[str]:
    """Lay out *folder* and return the names of the files in it.

    base_iri  what resources will be called; "" leaves the example of the pattern
    raises    SettingError, when the folder has something in it or cannot be made
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SettingError(f"{str(folder)!r} is not empty: a new or empty folder is right")
        shutil.copytree(_PATTERN, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    except OSError as error:
        raise SettingError(f"{str(folder)!r} cannot be made: {error.strerror}") from error
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files if base_iri else []:
        path.write_text(path.read_text(encoding="utf-8").replace(_BASE, base_iri), encoding="utf-8")
    return [path.relative_to(folder).as_posix() for path in files]
