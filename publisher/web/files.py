"""Files as they are: dumps, the JSON-LD context and frames, and what pages need.

Only names from the manifest and from the build are served, never a path made of what a client sends.
Dumps are answered here, ranges and conditions included; the rest leaves that to the wrapper around the application.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from flask import Blueprint, Response, request
from werkzeug.http import http_date

from ..errors import BeingWritten, NotFound, SnapshotMissing
from ..formats import JSONLD, Format
from ..publish.builds import CONTEXTS, read_manifest
from ..publish.checksums import DUMP
from ..publish.distributions import dump_names, read_distributions
from ..publish.dumps import DumpFile
from . import conditions
from .answers import CURRENT, FOREVER, NEVER, parameters, send
from .assets import assets
from .site import site

PIECE = 256 * 1024  # bytes of a file that are sent at once
RETRY_SECONDS = "10"
CHECKSUM = re.compile("[0-9a-f]{8}")  # what names a context
REVALIDATED = "no-cache"  # kept, but asked for again: 304 while it is the same

blueprint = Blueprint("files", __name__)


@blueprint.get("/dump/<version>/<name>")
def dump(version: str, name: str) -> Response:
    """A whole data set, or a part of it; ``latest`` stands for the version that is served now."""
    snapshot = site().snapshot
    latest = version in ("latest", snapshot.version)
    directory = snapshot.directory if latest else next((path for path in _builds() if path.name == version), None)
    format = dump_names(snapshot.base_iri).get(name)
    if directory is None or format is None:
        raise NotFound(f"there is no dump {name!r} of version {version!r} here")
    file = find_dump(format, directory)
    if not (directory / DUMP / name).is_file():
        raise NotFound(f"the dump {name!r} of version {version!r} is no longer here")
    response = send_file(directory / DUMP / name, f'"{file.sha256[:32]}"', format)
    if response.status_code != 412:
        response.headers["Cache-Control"] = CURRENT if version == "latest" else FOREVER
        response.headers["Last-Modified"] = http_date(_date(directory))
    if version == "latest":
        response.headers["Content-Location"] = f"{site().mount}dump/{snapshot.version}/{name}"
    return response


def find_dump(format: Format, directory: Path) -> DumpFile:
    """The dump in *format* of the build in *directory*.

    raises   NotFound, when the format cannot say this content; BeingWritten, while that of the build served is missing
    """
    served = directory == site().snapshot.directory
    dumps = site().dumps if served else read_distributions(directory)
    file = dumps.of(format)
    if file:
        return file
    if format.suffix in dumps.left_out:
        raise NotFound(f"{format.name} cannot say this content: {dumps.left_out[format.suffix]}")
    if not served:
        raise NotFound(f"the {format.name} dump of this older version was never written")
    raise BeingWritten(
        f"the {format.name} dump is still being written; the home page lists those that are there",
        headers={"Retry-After": RETRY_SECONDS},
    )


def send_file(path: Path, etag: str, format: Format, before: bytes = b"") -> Response:
    """The file, with *before* in front, or the part that this request asks for; 304 or 412 by its conditions.

    raises   RangeNotSatisfiable
    """
    status = conditions.status(etag, request.environ)
    if status == 412:
        return send(conditions.REFUSAL, conditions.REFUSAL_TYPE, status=412, cache=NEVER)
    headers = {"Accept-Ranges": "bytes", "ETag": etag}
    if status == 304:
        return Response(status=304, headers=headers, content_type=format.content_type)
    length = len(before) + path.stat().st_size
    part = conditions.part(etag, length, request.environ)
    start, end = part or (0, length)
    headers["Content-Length"] = str(end - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{length}"
    file = path.open("rb")
    parts = _read(before, file, start, end)
    response = Response(parts, 206 if part else 200, headers, content_type=format.content_type)
    response.call_on_close(file.close)
    return response


def _read(before: bytes, file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """Bytes *start* to *end* of *before* and *file*, piece by piece."""
    yield before[start:end]
    start, end = max(0, start - len(before)), end - len(before)
    file.seek(start)
    while start < end and (piece := file.read(min(PIECE, end - start))):
        start += len(piece)
        yield piece


def _builds() -> list[Path]:
    """The builds that are kept."""
    folder = site().snapshot.directory.parent
    return [path for path in folder.iterdir() if (path / "manifest.json").is_file() and not path.is_symlink()]


def _date(directory: Path) -> datetime:
    """The date of the content of a build. Raises NotFound, when it is damaged or being removed."""
    snapshot = site().snapshot
    if directory == snapshot.directory:
        return snapshot.date
    try:
        return datetime.fromisoformat(read_manifest(directory)["date"])
    except SnapshotMissing:
        raise NotFound("this version is no longer here") from None


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
    """A frame, with the address of the context that its words are from: a processor needs nothing else."""
    frames = site().snapshot.frames
    if name not in frames:
        raise NotFound(f"there is no frame {name!r} here; known are {', '.join(sorted(frames)) or 'none'}")
    context = {"@context": site().jsonld.context_url}
    return _json(context | frames[name] | context)


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """What pages load. Under the address that pages use, which changes with the bytes, it may be kept for good."""
    asset = assets().get(name)
    if asset is None:
        raise NotFound(f"there is no file {name!r} here")
    lasting = parameters().one("v") == asset.digest
    return send(asset.content, asset.content_type, cache=FOREVER if lasting else REVALIDATED)


def _json(value: Any, cache: str = CURRENT) -> Response:
    body = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    return send(body, JSONLD.media_type, cache=cache)
