"""Files as they are: dumps, the JSON-LD context and frames, and what pages need.

Only names from the manifest and from the build are served, never a path made of what a client sends.
Dumps are answered here in full, Range and ETag included; the rest leaves that to the wrapper around the application.
"""

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, send_file

from ..errors import NotFound
from ..formats import BY_SUFFIX, JSONLD
from ..publish.snapshot import CONTEXTS
from .answers import CURRENT, FOREVER, send
from .site import site

CHECKSUM = re.compile("[0-9a-f]{8}")  # what names a context
STATIC_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

blueprint = Blueprint("files", __name__)


@blueprint.get("/dump/<version>/<name>")
def dump(version: str, name: str) -> Response:
    """A whole data set; ``latest`` stands for the version that is served now."""
    snapshot = site().snapshot
    latest = version in ("latest", snapshot.version)
    directory = next((path for path in _builds() if latest or path.name == version), None)
    dumps = _manifest(directory)["dumps"] if directory else []
    entry = next((entry for entry in dumps if entry["file"] == name), None)
    if directory is None or entry is None:
        raise NotFound(f"there is no dump {name!r} of version {version!r} here")
    format = BY_SUFFIX[entry["suffix"]]
    path = directory / "dump" / entry["file"]
    response = send_file(path, format.media_type, etag=entry["sha256"][:32], last_modified=snapshot.date)
    response.headers["Content-Type"] = format.content_type
    response.headers["Cache-Control"] = CURRENT if version == "latest" else FOREVER
    if version == "latest":
        response.headers["Content-Location"] = f"{site().mount}dump/{snapshot.version}/{name}"
    return response


def _builds() -> list[Path]:
    """The builds that are kept, the served one first."""
    served = site().snapshot.directory
    others = (path for path in served.parent.iterdir() if (path / "manifest.json").is_file() and not path.is_symlink())
    return [served, *sorted(path for path in others if path.name != served.name)]


def _manifest(directory: Path) -> dict[str, Any]:
    snapshot = site().snapshot
    if directory == snapshot.directory:
        return snapshot.manifest
    manifest: dict[str, Any] = json.loads((directory / "manifest.json").read_bytes())
    return manifest


@blueprint.get("/context.jsonld")
def context() -> Response:
    return _json(site().snapshot.context)


@blueprint.get("/context/<name>.jsonld")
def frozen_context(name: str) -> Response:
    """A context under its checksum, an older one too: documents that were handed out name it."""
    kept = site().snapshot.directory.parent / CONTEXTS / f"{name}.jsonld"
    if not CHECKSUM.fullmatch(name) or not kept.is_file():
        raise NotFound(f"there is no context {name!r} here; the latest is /context.jsonld")
    return _json(json.loads(kept.read_bytes()), FOREVER)


@blueprint.get("/frames/<name>.jsonld")
def frame(name: str) -> Response:
    frames = site().snapshot.frames
    if name not in frames:
        raise NotFound(f"there is no frame {name!r} here; known are {', '.join(sorted(frames)) or 'none'}")
    return _json(frames[name])


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Style sheet and icon; their addresses change with the program's version."""
    found = _static_files().get(name)
    if found is None:
        raise NotFound(f"there is no file {name!r} here")
    return send(found, STATIC_TYPES[Path(name).suffix], cache="public, max-age=86400")


@cache
def _static_files() -> dict[str, bytes]:
    folder = files(__package__) / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if Path(file.name).suffix in STATIC_TYPES}


def _json(value: Any, cache: str = CURRENT) -> Response:
    body = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    return send(body, JSONLD.media_type, cache=cache)
