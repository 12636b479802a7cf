"""What pages load beside their text: style sheet, icon, scripts, and in ``static/vendor/`` what others made.

The latter comes from the npm registry at set-up (``assets/``). Where it is missing, pages work without it, plainer.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
VENDOR = "vendor"
EXPECTED = ("editor.js", "fonts.css", "land.json", "LICENSES.txt")  # what assets/build.mjs writes there


@dataclass(frozen=True)
class Asset:
    """A file that pages load: its bytes, and the first digits of their SHA-256, which its address carries."""

    content: bytes
    content_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """All of them by their names below ``static/``, read once."""
    with as_file(files(__package__) / "static") as folder:
        paths = [path for path in sorted(folder.rglob("*")) if path.suffix in CONTENT_TYPES and path.is_file()]
        return {path.relative_to(folder).as_posix(): _read(path) for path in paths}


def missing_assets() -> list[str]:
    """Names of the files that others made and that are not here."""
    return [name for name in EXPECTED if f"{VENDOR}/{name}" not in assets()]


def asset_path(name: str) -> str:
    """Path of an asset below the mount, another one whenever its bytes change; "" when it is not here.

    >>> asset_path("style.css").split("?")[0]
    'static/style.css'
    """
    asset = assets().get(name)
    return f"static/{name}?v={asset.digest}" if asset else ""


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, CONTENT_TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:8])
