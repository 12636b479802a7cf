"""Notice saved files: the content folder is looked at again and again, for no system tells of changes everywhere."""

import os
from pathlib import Path

from .content.dataset import FOLDERS

INTERVAL = 0.1  # seconds between two looks

State = dict[str, tuple[int, int, int]]


class Watch:
    """What the files of a content folder look like from outside: which there are, when written, how large."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = self._seen = self._look()

    def changed(self) -> list[str]:
        """Names of the files that were saved, added or deleted since the last answer, once they have settled.

        Editors write in several steps, and a person saves several files: a change is told only when two
        looks one after the other find the same.
        """
        state = self._look()
        settled, self._seen = state == self._seen, state
        if not settled or state == self._known:
            return []
        names = {name for name, _ in self._known.items() ^ state.items()}
        self._known = state
        return sorted(names)

    def _look(self) -> State:
        return {name: look for folder in FOLDERS for name, look in _files(self._root / folder, folder).items()}


def _files(folder: Path, name: str) -> State:
    """Every file below *folder* but hidden ones and editors' back-ups; what vanishes meanwhile is not there."""
    found: State = {}
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return found
    for entry in entries:
        if entry.name.startswith(".") or entry.name.endswith("~"):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                found |= _files(Path(entry.path), f"{name}/{entry.name}")
            else:
                stat = entry.stat()
                found[f"{name}/{entry.name}"] = stat.st_mtime_ns, stat.st_size, stat.st_ino
        except OSError:
            continue
    return found
