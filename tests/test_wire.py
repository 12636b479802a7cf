"""What comes over the wire and is no good request: it is refused, ends, or changes nothing for anybody else."""

import gzip
import http.client
import io
import re
import resource
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from .conftest import ROOT, TINY, Server, start_server
from .processes import open_files, wait_for, web_process

GET = b"GET /sparql?query=ASK%7B%7D&format=csv HTTP/1.1\r\n"
HOST = b"Host: x\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nAccept: text/csv\r\n"
CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = b"5\r\nASK{}\r\n0\r\n\r\n"
LARGE = "dump/latest/dataset.nt"  # of the server with short patience: 12 MB, more than all buffers between us hold

Answer = tuple[int, dict[str, str], bytes]


class Connection(socket.socket):
    """A connection from which several answers can be read in a row."""

    def __init__(self, server: Server, receive_buffer: int = 0) -> None:
        super().__init__()
        if receive_buffer:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.settimeout(20)
        parts = urlsplit(server.url)
        self.connect((parts.hostname or "", parts.port or 0))
        self._file = Kept(socket.SocketIO(self, "r"))

    def makefile(self, *_: Any) -> "Kept":  # type: ignore[override]  # what an answer is read from
        return self._file


class Kept(io.BufferedReader):
    """A reader that one answer's end does not close."""

    def close(self) -> None:
        pass


def connect(server: Server, receive_buffer: int = 0) -> Connection:
    return Connection(server, receive_buffer)


def read_answer(connection: Connection) -> Answer:
    """The next answer; status 0 when the server ended the connection without one."""
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
        answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    except (http.client.BadStatusLine, ConnectionError):
        return 0, {}, b""
    assert_nothing_of_the_machine_is_told(*answer[1:])
    return answer


def send(server: Server, request: bytes) -> Answer:
    with connect(server) as connection:
        connection.sendall(request)
        return read_answer(connection)


def assert_nothing_of_the_machine_is_told(headers: dict[str, str], body: bytes) -> None:
    text = repr(sorted(headers.items())) + body.decode("utf-8", "replace")
    words = ("Traceback", "site-packages", str(ROOT), "server.log", '.py", line', "x-powered-by", "Werkzeug")
    told = [word for word in words if word in text]
    assert told == []
    assert not re.search(r"\d", headers.get("server", ""))


def descriptors(server: Server) -> int:
    return open_files(web_process(server))


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short patience, few places for large answers, and one of these."""
    folder = tmp_path_factory.mktemp("brief")
    content = Path(shutil.copytree(TINY, folder / "content"))
    text = "".join(f'<urn:s> <urn:p> "{number} {"x" * 30_000}" .\n' for number in range(400))
    (content / "data" / "large.nt").write_text(text)
    given = {"query_seconds": 1, "queue_seconds": 1, "header_seconds": 2, "transfers": 4}
    server = start_server(content, folder, **given)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def unharmed(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test the server answers, with as many descriptors as before."""
    server: Server = request.getfixturevalue("brief" if "brief" in request.fixturenames else "tiny")
    assert server.sparql("ASK {}").ok
    before = descriptors(server)
    yield
    assert server.sparql("ASK {}").ok
    wait_for(lambda: descriptors(server) <= before + 2)  # a connection of the line above may linger


MALFORMED = {
    "no host": (GET + b"\r\n", 400),
    "an empty host": (GET + b"Host:\r\n\r\n", 400),
    "two hosts": (GET + HOST + b"Host: y\r\n\r\n", 400),
    "a host with a space": (GET + b"Host: a b\r\n\r\n", 400),
    "a host with markup": (GET + b"Host: <b>\r\n\r\n", 400),
    "a host of 400 characters": (GET + b"Host: " + b"a" * 400 + b"\r\n\r\n", 400),
    "a host with a path": (GET + b"Host: x/y\r\n\r\n", 400),
    "another host as target": (b"GET evil.example:80 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "an asterisk as target": (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "CONNECT": (b"CONNECT evil.example:80 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + b"Cookie: secret\r\n\r\n", 501),
    "an unknown method": (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "a method in lower case": (b"head / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "a long method": (b"A" * 5000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "a method that is no word": (b"G@T{ / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 400),
    "a preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0),
    "a handshake of TLS": (bytes.fromhex("16030100c8010000c40303") + bytes(190), 400),
    "all bytes": (bytes(range(256)) * 40, 400),
    "line ends of CR": (GET[:-2] + b"\rHost: x\r\r\n\r\n", 400),
    "NUL in the target": (b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "NUL in the path": (b"GET /a%00b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a line end in the path": (b"GET /id/%0d%0aSet-Cookie:a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a path that is not UTF-8": (b"GET /a%ff%fe HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "bytes in the target": (b"GET /a\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a space in the target": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a parameter that is not UTF-8": (b"GET /sparql?query=%ff HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "NUL in a parameter": (b"GET /sparql?query=ASK%7B%7D%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a parameter twice": (b"GET /sparql?query=ASK%7B%7D&query=ASK%7B%7D HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a broken escape": (b"GET /sparql?query=%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "NUL in a header": (GET + HOST + b"A: a\0b\r\n\r\n", 400),
    "a header without a colon": (GET + HOST + b"AAAA\r\n\r\n", 400),
    "a space before the colon": (GET + HOST + b"A : b\r\n\r\n", 400),
    "a folded header": (GET + HOST + b"A: b\r\n c\r\n\r\n", 400),
    "too many headers": (GET + HOST + b"".join(b"A%d: b\r\n" % number for number in range(200)) + b"\r\n", 431),
    "a header of 400 KB": (GET + HOST + b"A: " + b"b" * 400_000 + b"\r\n\r\n", 431),
    "a target of 70 KB": (b"GET /" + b"b" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "a query of 70 KB": (b"GET /sparql?query=" + b"b" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "only line ends": (b"\r\n" * 200_000, 431),
    "a length and chunks": (POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400),
    "two transfer codings": (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + BODY, 400),
    "a transfer coding alike": (POST + b"Transfer-Encoding: xchunked\r\n\r\n" + BODY, 400),
    "chunks before identity": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + BODY, 400),
    "identity and a length": (POST + b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nASK{}", 400),
    "gzip before chunks": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + BODY, 501),
    "a space before the coding's colon": (POST + b"Transfer-Encoding : chunked\r\n\r\n" + BODY, 400),
    "chunks in HTTP/1.0": (POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n" + BODY, 400),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nASK{} ", 400),
    "a list of lengths": (POST + b"Content-Length: 5, 5\r\n\r\nASK{}", 400),
    "a length with a sign": (POST + b"Content-Length: +5\r\n\r\nASK{}", 400),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\nASK{}", 400),
    "a hexadecimal length": (POST + b"Content-Length: 0x5\r\n\r\nASK{}", 400),
    "a length in Arabic digits": (POST + "Content-Length: ٥\r\n\r\nASK{}".encode(), 400),
    "an endless length": (POST + b"Content-Length: 99999999999999999999999\r\n\r\nASK{}", 400),
    "a huge length": (POST + b"Content-Length: 1000000000000000000\r\n\r\n", 413),
    "a huge length, expected": (POST + b"Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n", 413),
    "no length": (POST + b"\r\n", 400),
    "a chunk's length with a sign": (CHUNKS + b"-5\r\nASK{}\r\n0\r\n\r\n", 400),
    "a chunk's length as 0x5": (CHUNKS + b"0x5\r\nASK{}\r\n0\r\n\r\n", 400),
    "an endless chunk's length": (CHUNKS + b"" + b"f" * 17 + b"\r\nASK{}", 400),
    "chunks with bare line feeds": (CHUNKS + b"5\nASK{}\n0\n\n", 400),
    "a line feed in a chunk's extension": (CHUNKS + b"5;a\nb\r\nASK{}\r\n0\r\n\r\n", 400),
    "a long chunk extension": (CHUNKS + b"5;" + b"a" * 99_999 + b"\r\nASK{}\r\n0\r\n\r\n", 400),
    "a chunk that is longer than it says": (CHUNKS + b"3\r\nASK{}\r\n0\r\n\r\n", 400),
    "an upgrade to a web socket": (GET + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 400),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message_is_refused(name: str, tiny: Server) -> None:
    message, expected = MALFORMED[name]

    status, headers, body = send(tiny, message)

    assert status == expected
    assert body == b"" or headers["content-type"] == "application/problem+json"


LENIENT = {
    "HTTP/1.0 without a host": b"GET /sparql?query=ASK%7B%7D&format=csv HTTP/1.0\r\n\r\n",
    "an address as target": b"GET http://evil.example/sparql?query=ASK%7B%7D&format=csv HTTP/1.1\r\nHost: x\r\n\r\n",
    "lines that end in a line feed": GET.replace(b"\r", b"") + b"Host: x\n\n",
    "empty lines first": b"\r\n\r\n" + GET + HOST + b"\r\n",
    "the same length twice": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nASK{}",
    "chunks with an extension and a trailer": POST
    + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nASK{}\r\n0\r\nContent-Length: 9\r\nX: y\r\n\r\n",
    "a wish to continue": POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nASK{}",
    "an upgrade to HTTP/2": GET
    + b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    "an accepted type that is no text": GET + HOST + b"Accept: \xff\xfe\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", LENIENT)
def test_an_odd_message_is_answered(name: str, tiny: Server) -> None:
    with connect(tiny) as connection:
        connection.sendall(LENIENT[name])
        status, _, body = read_answer(connection)

    assert (status, body) == (200, b"true")


HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
IN_LENGTH = b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN
CHUNKED = b"Transfer-Encoding: chunked\r\n"
IN_CHUNK = b"\r\n%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"
SMUGGLED = {
    "in the body of a GET": GET + HOST + IN_LENGTH,
    "in a chunked GET": GET + HOST + CHUNKED + IN_CHUNK,
    "behind the chunks, within the length": POST + CHUNKED + b"Content-Length: 51\r\n\r\n" + BODY + HIDDEN,
    "behind the length, in the chunks": POST + CHUNKED + b"Content-Length: 4\r\n" + IN_CHUNK,
    "behind a coding that is refused": POST + b"Transfer-Encoding: gzip, chunked\r\n" + IN_CHUNK,
    "in a body that is refused": POST + b"Content-Encoding: gzip\r\n" + IN_LENGTH,
    "in the body of a wrong method": b"TRACE / HTTP/1.1\r\nHost: x\r\n" + IN_LENGTH,
    "behind a header with an underscore": GET + HOST + b"Content_Length: 0\r\n" + IN_LENGTH,
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_request_hides_in_another(name: str, tiny: Server) -> None:
    """A second answer is that of the request that was sent last, or there is none, for the connection has ended."""
    with connect(tiny) as connection:
        connection.sendall(SMUGGLED[name] + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        first = read_answer(connection)
        second = read_answer(connection)

    assert first[0] in (200, 400, 413, 415, 501)
    assert b"hidden" not in first[2] + second[2]
    assert second[0] == 0 or b'"version"' in second[2]


def test_requests_in_a_row_are_answered_in_their_order(tiny: Server) -> None:
    paths = [f"/{number}" for number in range(20)]
    with connect(tiny) as connection:
        connection.sendall(b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths))
        answers = [read_answer(connection)[2].decode() for _ in paths]

    assert all(f"the path {path}" in answer for path, answer in zip(paths, answers, strict=True))


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "x-gzip", "gzip, identity", "gzip,gzip"])
def test_a_compressed_body_is_refused_and_not_expanded(coding: str, tiny: Server) -> None:
    bomb = gzip.compress(b" " * 2**22)
    response = requests.post(
        tiny.url + "sparql",
        data=bomb,
        headers={"Content-Encoding": coding, "Content-Type": "application/sparql-query"},
        timeout=20,
    )

    assert (response.status_code, response.headers["Accept-Encoding"]) == (415, "identity")


def test_chunks_without_end_are_refused(tiny: Server) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(200):
            yield b"# " * 2**15

    try:
        response = requests.post(
            tiny.url + "sparql", data=chunks(), headers={"Content-Type": "application/sparql-query"}, timeout=20
        )
        status = response.status_code
    except requests.ConnectionError:
        status = 0  # it ended the connection while the chunks still came

    assert status in (0, 413)


def test_two_thousand_quick_connections_change_nothing(tiny: Server) -> None:
    raise_own_limit()
    with ExitStack() as stack:
        held = [stack.enter_context(connect(tiny)) for _ in range(2000)]
        for number, connection in enumerate(held):
            if number % 2:
                connection.sendall(b"GET / HT")

        assert tiny.sparql("ASK {}").ok
        assert descriptors(tiny) > 2000
    for _ in range(2000):
        connect(tiny).close()

    assert tiny.sparql("ASK {}").ok


def raise_own_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192) if most > 0 else 8192, most))


def test_headers_that_do_not_come_end_the_connection(brief: Server) -> None:
    def drip(connection: socket.socket) -> None:
        try:
            for byte in GET + b"A: " + b"b" * 1000:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            pass

    with ExitStack() as stack:
        slow = [stack.enter_context(connect(brief)) for _ in range(20)]
        threads = [threading.Thread(target=drip, args=(connection,)) for connection in slow]
        for thread in threads:
            thread.start()

        assert brief.sparql("ASK {}").ok
        assert {read_answer(connection)[0] for connection in slow} <= {0, 408}
        for thread in threads:
            thread.join()


def test_a_half_closed_connection_ends(tiny: Server) -> None:
    """The web server may see the end of the request before it has the answer; then there is none."""
    for request, expected in ((GET + HOST + b"\r\n", {b"true", b""}), (GET + HOST, {b""}), (b"", {b""})):
        with connect(tiny) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)

            assert read_answer(connection)[2] in expected
            assert connection.recv(1) == b""


def test_who_does_not_read_or_write_on_holds_up_nobody_and_is_ended(brief: Server) -> None:
    """Four places for large answers, and one of them for each client: a second one for this client is refused."""

    def ask() -> requests.Response:
        with brief.get(LARGE, stream=True) as response:
            return response

    def begin() -> socket.socket:
        """A connection with the beginning of the answer: it has the place."""
        for _ in range(100):
            connection = connect(brief, receive_buffer=4096)
            connection.sendall(f"GET /{LARGE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            if connection.recv(12) == b"HTTP/1.1 200":
                return connection
            connection.close()  # somebody else's answer is not yet over
            time.sleep(0.1)
        raise AssertionError("no place became free")

    with begin() as unread, connect(brief) as unwritten:
        unwritten.sendall(POST + b"Content-Length: 100\r\n\r\nASK")
        wait_for(lambda: ask().status_code == 503)

        assert ask().headers["Retry-After"]
        assert brief.sparql("ASK {}").ok
        assert read_answer(unwritten)[0] in (0, 400, 408)
        wait_for(lambda: ask().ok)  # in its place, once the unread one was ended
        with pytest.raises(OSError, match="reset"):
            while unread.recv(2**20):
                pass
