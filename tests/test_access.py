"""The access log: one line for each request, in which nobody's questions and addresses can be read."""

import contextlib
import json
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from publisher.config import Config
from publisher.errors import SettingError
from publisher.web import access as module
from publisher.web.access import Access, AccessLog, Request, line

from .conftest import TINY, Server, start_server
from .processes import wait_for

QUESTION = "who-asked-for-this"


def request(**values: Any) -> Request:
    given = {"time": 0.0, "client": "192.0.2.7", "method": "GET", "path": "/", "status": "200"}
    return Request(**{**given, "bytes": 0, "seconds": 0.0, "outcome": "pass", **values})


def logged(server: Server) -> list[dict[str, Any]]:
    """The lines of the access log so far; what else the program says is no JSON."""
    lines = server.log.read_text(encoding="utf-8").splitlines()
    return [json.loads(text) for text in lines if text.startswith("{")]


def line_of(server: Server, path: str, status: int | None = None) -> dict[str, Any]:
    """The last line about *path*, with *status* if given, once it is there; other tests ask this server, too."""

    def found() -> list[dict[str, Any]]:
        about = [entry for entry in logged(server) if entry.get("path") == path]
        return [entry for entry in about if status in (None, entry["status"])]

    wait_for(lambda: bool(found()))
    return found()[-1]


def test_a_request_is_one_line_that_says_what_came_of_it(tiny: Server) -> None:
    body = tiny.get("/doc/site/rocheray.nt", headers={"Accept-Encoding": "identity"}).content

    entry = line_of(tiny, "/doc/site/rocheray.nt")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry.pop("time"))
    assert entry.pop("ms") > 0
    assert entry == {
        "client": "127.0.0.0/24",
        "method": "GET",
        "path": "/doc/site/rocheray.nt",
        "status": 200,
        "bytes": len(body),
        "cache": "miss",
    }


def test_no_query_text_is_logged(tiny: Server) -> None:
    headers = {"User-Agent": QUESTION, "Referer": f"https://{QUESTION}.example/", "X-Forwarded-For": QUESTION}
    tiny.sparql(f'SELECT ("{QUESTION}" AS ?x) {{}}', headers=headers)
    tiny.get(f"/describe?iri=urn:{QUESTION}", headers=headers)
    tiny.get(f"/sparql%3Fquery={QUESTION}", headers=headers)
    tiny.get("/doc/site/le-pont.ttl")

    assert line_of(tiny, "/sparql")["status"] in (200, 404)
    line_of(tiny, "/doc/site/le-pont.ttl")
    assert QUESTION not in tiny.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("local", "local"),
        ('"\n', "local"),
    ],
)
def test_of_an_address_only_the_network_is_logged(client: str, shown: str) -> None:
    assert json.loads(line(request(client=client)))["client"] == shown


@pytest.mark.parametrize(
    "odd", ['/"},{"status":200', "/a\r\nb", "/\x00\x1b[31m", "/\u0085\xff", "/\\", "/" + "x" * 9999]
)
def test_no_request_can_write_another_line(odd: str) -> None:
    for text in (line(request(path=odd)), line(request(method=odd)), line(request(client=odd))):
        assert text.isascii() and text.isprintable() is False and text.count("\n") == 1
        assert text[:-1].isprintable() and len(text) < 500
        assert set(json.loads(text)) == {"time", "client", "method", "path", "status", "bytes", "ms", "cache"}


def test_a_path_from_the_wire_stays_in_its_line(tiny: Server) -> None:
    host, port = tiny.url.removeprefix("http://").strip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b'GET /odd%0A{"status":200}%22 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
        while connection.recv(65536):
            pass

    assert line_of(tiny, "/odd%0A%7B%22status%22:200%7D%22")["status"] >= 400


def test_an_answer_in_parts_is_counted_when_its_last_byte_is_handed_over(tiny: Server) -> None:
    response = tiny.get("/dump/latest/dataset.nt", stream=True, headers={"Range": "bytes=0-99"})
    content = response.content

    entry = line_of(tiny, "/dump/latest/dataset.nt", 206)

    assert (entry["status"], entry["bytes"]) == (206, len(content)) == (206, 100)


def test_the_answer_says_how_long_it_took_and_whether_it_was_kept(tiny: Server) -> None:
    query = "ASK { <urn:test-access> ?p ?o }"
    timings = [tiny.sparql(query).headers["Server-Timing"] for _ in range(2)]

    assert [re.sub(r"\d+\.\d", "0.1", timing) for timing in timings] == [
        "total;dur=0.1, cache;desc=miss",
        "total;dur=0.1, cache;desc=hit",
    ]


def test_a_post_that_was_answered_from_memory_says_so(tiny: Server) -> None:
    for outcome in ("miss", "hit"):
        response = requests.post(tiny.url + "sparql", {"query": "ASK { <urn:test-post> ?p ?o }"}, timeout=10)
        assert response.headers["Server-Timing"].endswith(f"cache;desc={outcome}")


def test_the_log_can_be_switched_off() -> None:
    config = Config.from_environment({"PUBLISHER_ACCESS_LOG": "off"})

    assert Access(lambda *_: [], config).log is None
    with pytest.raises(SettingError, match="on or off is right"):
        Config.from_environment({"PUBLISHER_ACCESS_LOG": "loud"})


def test_what_was_answered_before_the_server_stops_is_logged(tmp_path: Path) -> None:
    server = start_server(TINY, tmp_path)
    server.get("/doc/site/le-pont")
    server.stop()

    assert any(entry["path"] == "/doc/site/le-pont" for entry in logged(server))


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The two ends of a pipe, which takes 64 KiB before somebody has to read."""
    reader, writer = os.pipe()
    yield reader, writer
    for end in (reader, writer):
        with contextlib.suppress(OSError):
            os.close(end)


def test_a_reader_that_does_not_read_holds_no_request_up(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 100)
    reader, writer = pipe
    log = AccessLog(writer)
    for _ in range(5000):  # more than the pipe takes
        log.add(request(path="/" + "x" * 100))
    read = bytearray()

    def drain() -> None:
        while part := os.read(reader, 65536):
            read.extend(part)

    thread = threading.Thread(target=drain)
    thread.start()
    wait_for(lambda: not log._waiting)
    log.add(request(path="/last"))
    log.close()
    os.close(writer)
    thread.join()

    entries = [json.loads(text) for text in read.decode().splitlines()]
    assert entries[-1]["path"] == "/last"
    written = sum(1 for entry in entries if "path" in entry)
    assert written + sum(entry["dropped"] for entry in entries if "dropped" in entry) == 5001


def test_of_a_long_path_only_what_is_shown_waits_to_be_written(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[Request] = []
    access = Access(lambda *_: [], Config(access_log="off"))
    access.log = log = AccessLog(pipe[1])
    monkeypatch.setattr(log, "add", noted.append)
    for path in ("/" + "x" * 60_000, "/" + "x" * (module.LONGEST_PATH - 1)):
        access({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda *_: lambda _: None)
    log.close()

    assert max(len(request.path) for request in noted) <= module.LONGEST_PATH + 1
    paths = [json.loads(line(request))["path"] for request in noted]
    assert paths == ["/" + "x" * 199 + "...", "/" + "x" * 199]


def test_a_disk_that_is_full_loses_lines_and_nothing_else() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    log = AccessLog(full)
    log.add(request())
    log.close()
    os.close(full)


def test_a_client_that_leaves_is_logged_too(pipe: tuple[int, int]) -> None:
    closed: list[bool] = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"one", b"two"])

        def close(self) -> None:
            closed.append(True)

    def app(_: dict[str, Any], start: Callable[..., Any]) -> Parts:
        start("200 OK", [])
        return Parts()

    access = Access(app, Config(access_log="off"))  # type: ignore[arg-type]
    access.log = log = AccessLog(pipe[1])
    answer = access({"REQUEST_METHOD": "GET", "PATH_INFO": "/dump/latest/a.nt"}, lambda *_: lambda _: None)
    assert next(iter(answer)) == b"one"
    answer.close()  # type: ignore[attr-defined]
    answer.close()  # type: ignore[attr-defined]
    log.close()

    entry = json.loads(os.read(pipe[0], 65536))
    assert (entry["bytes"], entry["status"], closed) == (3, 200, [True])


def test_an_application_that_fails_is_logged_as_500(pipe: tuple[int, int]) -> None:
    def app(*_: object) -> list[bytes]:
        raise RuntimeError("broken")

    access = Access(app, Config(access_log="off"))
    access.log = log = AccessLog(pipe[1])
    with pytest.raises(RuntimeError):
        access({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: lambda _: None)
    log.close()

    assert json.loads(os.read(pipe[0], 65536))["status"] == 500
