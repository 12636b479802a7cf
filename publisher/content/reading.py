"""The bytes of a content file as a stream: plain, or expanded while it is read.

Every way in which reading can fail is an OSError whose text is fit for a finding.
"""

import bz2
import errno
import gzip
import io
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import zstandard

COMPRESSED = (".gz", ".bz2", ".zst")
BLOCK = 2**26  # bytes
_AT_ONCE = 1024  # compressed bytes; zstd makes at most 32 MiB of them

Seen = Callable[[int], object]

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_expanded(path: Path, limit: int, seen: Seen | None = None) -> IO[bytes]:
    """Open *path* for reading; what ends in ``.gz``, ``.bz2`` or ``.zst`` is expanded on the way.

    limit   most bytes that a compressed file may expand to
    seen    is called with the number of bytes of the file that were read, whenever some were
    raises  OSError, now or while reading: no such file, not allowed, damaged, cut off, over the limit
    """
    source: IO[bytes] = path.open("rb")
    if seen:
        source = io.BufferedReader(_Watched(source, seen), 2**16)
    if path.suffix not in COMPRESSED:
        return source
    expanded: Any
    if path.suffix == ".gz":
        expanded = gzip.GzipFile(fileobj=source)
    elif path.suffix == ".bz2":
        expanded = bz2.BZ2File(source)
    else:
        expanded = io.BufferedReader(_Zstandard(source))
    return io.BufferedReader(_Expanded(expanded, source, limit), 2**16)


def blocks(stream: IO[bytes], size: int = BLOCK) -> Iterator[bytes]:
    """The bytes of *stream*, about *size* at a time, each time up to the end of a line."""
    rest = b""
    while block := stream.read(size):
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
    if rest:
        yield rest


def other_kind(mode: int) -> str:
    """What something on disk is by the mode of its status: ``a named pipe``; "" for a file."""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no file")


class _Watched(io.RawIOBase):
    """A file whose reading is told."""

    def __init__(self, source: IO[bytes], seen: Seen) -> None:
        self._source, self._seen = source, seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self._seen(len(data))
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()


class _Expanded(io.RawIOBase):
    """What a decompressor yields, up to a limit."""

    def __init__(self, stream: IO[bytes], source: IO[bytes], limit: int) -> None:
        self._stream, self._source, self._limit = stream, source, limit
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except EOFError as error:
            raise OSError(errno.EIO, "the compressed data is cut off") from error
        except (zlib.error, zstandard.ZstdError, OSError) as error:
            raise OSError(errno.EIO, "the compressed data is damaged") from error
        self._size += len(data)
        if self._size > self._limit:
            most = f"{self._limit / 2**20:,.0f} MiB"
            raise OSError(errno.EFBIG, f"it expands to more than {most}, the limit of PUBLISHER_MAX_EXPANDED_MB")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        self._source.close()
        super().close()


class _Zstandard(io.RawIOBase):
    """Zstandard frames one after the other; unlike the library's own reader it notices when the last one is cut off."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._frame: Any = None
        self._input = self._output = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._output:
            self._input = self._input or self._source.read(_AT_ONCE)
            if not self._input:
                if self._frame is not None:
                    raise EOFError
                return 0
            self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            self._output = cast(bytes, self._frame.decompress(self._input))
            self._input = b""
            if self._frame.eof:
                self._input, self._frame = self._frame.unused_data, None
        size = min(len(buffer), len(self._output))
        buffer[:size] = self._output[:size]
        self._output = self._output[size:]
        return size
