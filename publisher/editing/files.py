"""Files on disk in our style: found, compared, replaced in one step."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..config import Config
from ..content.dataset import read_content
from ..content.findings import Finding, syntax_finding
from .layout import CommentError
from .style import StyleError, format_turtle

SUFFIX = ".ttl"


def turtle_files(config: Config, names: Iterable[str]) -> list[tuple[str, Path]]:
    """Name and path of the files *names*, or else of every Turtle file in ontology/ and data/.

    raises   ContentError, when no names are given and there is no content folder
    """
    given = [(name, Path(name)) for name in names]
    return given or [(file.name, file.path) for file in read_content(config).rdf_files if file.path.suffix == SUFFIX]


def format_file(name: str, path: Path, *, check: bool = False) -> Finding | None:
    """Put one file into our style; with *check* only say where it differs.

    returns  an error: the file was left as it is; a warning: with *check*, it is not in our style; an info: it
             was rewritten, or is a symbolic link, which is left alone; None: nothing to do
    """
    if path.is_symlink():
        return Finding(name, 1, "info", "symbolic link, left alone")
    if path.suffix != SUFFIX:
        return Finding(name, 1, "error", "not a Turtle file", f"a file {SUFFIX}; `convert` makes one of others")
    try:
        text = path.read_bytes().decode("utf-8")
        styled = format_turtle(text)
    except UnicodeDecodeError:
        return Finding(name, 1, "error", "is not UTF-8 text", "save the file as UTF-8")
    except (StyleError, CommentError) as error:
        return Finding(name, 1, "error", f"left as it is: {error}")
    except (SyntaxError, OSError) as error:
        return syntax_finding(name, error)
    if styled == text:
        return None
    line = _first_difference(text, styled)
    if check:
        return Finding(name, line, "warning", "not in our style from here", "`format` rewrites it")
    try:
        replace(path, styled.encode())
    except OSError as error:
        return Finding(name, 1, "error", f"cannot be written: {error.strerror}")
    return Finding(name, line, "info", "rewritten from here")


def replace(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads it sees the old content or the new; mode and symbolic links are kept."""
    path = path.resolve()
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask()
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as output:
            output.write(content)
        Path(part).chmod(mode)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _first_difference(one: str, other: str) -> int:
    """Number of the first line that is not the same."""
    lines = zip(one.split("\n"), other.split("\n"), strict=False)
    return next(
        (number for number, (a, b) in enumerate(lines, 1) if a != b), min(one.count("\n"), other.count("\n")) + 1
    )
