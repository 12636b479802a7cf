"""A trap: an HTTP server, a TCP port and a file that nobody has a reason to touch, and a count of who did."""

import contextlib
import ctypes
import os
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")


class Canary:
    """``touched`` lists what was touched: request lines, "tcp" for each connection to the port, "file" for an open."""

    def __init__(self, folder: Path) -> None:
        self._touched: list[str] = []
        touched = self._touched

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                touched.append(f"http {self.rfile.readline(200).decode('latin-1').strip()}")
                self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/turtle\r\n\r\n<urn:s> <urn:p> <urn:o> .\n")
                self.close_connection = True

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.http = f"http://127.0.0.1:{self._http.server_port}/canary"
        self.tcp = f"http://127.0.0.1:{self._tcp.getsockname()[1]}/canary"
        self.path = folder / "canary.ttl"
        self.path.write_text("<urn:s> <urn:p> <urn:o> .\n")
        self.file = self.path.as_uri()
        libc = ctypes.CDLL(None, use_errno=True)
        self._watch = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self._watch, bytes(self.path), IN_OPEN) > 0
        for work in (self._http.serve_forever, self._accept):
            threading.Thread(target=work, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            self._touched.append("tcp")
            connection.close()

    @property
    def touched(self) -> list[str]:
        """What was touched so far."""
        with contextlib.suppress(BlockingIOError):
            self._touched.extend(["file"] * (len(os.read(self._watch, 4096)) // _EVENT.size))
        return self._touched

    def __enter__(self) -> "Canary":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._tcp.close()
        os.close(self._watch)
