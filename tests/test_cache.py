"""The WSGI wrapper: one evaluation for repeated requests, honest ETags, encodings, HEAD."""

import gzip
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import requests

from publisher.web import cache as module
from publisher.web.cache import OUTCOME, ResponseCache
from publisher.web.client import CLIENT

from .processes import wait_for

Outcome = tuple[str, list[tuple[str, str]], bytes]
PLAIN = [("Content-Type", "text/plain")]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """Each request in a thread of its own."""

    daemon_threads = True


class Site:
    """A server of one application that counts how often it is asked."""

    def __init__(self, limit: int) -> None:
        self.calls = 0
        self.outcomes: list[str] = []  # what the wrapper noted of each request
        self.cache = ResponseCache(self.app, limit)
        self.answer: Callable[[dict[str, Any]], Outcome] = lambda _: ("200 OK", PLAIN, b"x" * 2000)
        self.httpd = make_server("127.0.0.1", 0, self.ask, ThreadingServer, Quiet)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/"
        threading.Thread(target=self.httpd.serve_forever, args=(0.01,), daemon=True).start()

    def ask(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[CLIENT] = environ.get("HTTP_X_CLIENT", "")
        chunks = self.cache(environ, start_response)
        self.outcomes.append(environ[OUTCOME])
        return chunks

    def app(self, environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        self.calls += 1
        status, headers, body = self.answer(environ)
        start_response(status, headers)
        return [body]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(limit=200_000)
    yield site
    site.httpd.shutdown()
    site.httpd.server_close()


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()}, timeout=5)


def test_the_same_request_is_answered_once(site: Site) -> None:
    first, second = get(site.url), get(site.url)

    assert site.calls == 1
    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]


def test_requests_that_differ_in_what_counts_are_asked_each(site: Site) -> None:
    site.answer = lambda environ: ("200 OK", PLAIN, environ["HTTP_ACCEPT"].encode())

    assert get(site.url, Accept="text/a").text == "text/a"
    assert get(site.url, Accept="text/b").text == "text/b"
    get(site.url + "?x", Accept="text/a")
    get(site.url + "y", Accept="text/a")
    assert site.calls == 4


def test_a_post_is_keyed_by_its_body(site: Site) -> None:
    site.answer = lambda environ: ("200 OK", [], environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))

    answers = [requests.post(site.url, data=data, timeout=5).text for data in ("a", "b", "a")]

    assert answers == ["a", "b", "a"]
    assert site.calls == 2


def test_each_encoding_has_its_own_strong_etag(site: Site) -> None:
    plain = get(site.url, Accept_Encoding="identity")
    packed = get(site.url, Accept_Encoding="gzip")

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == plain.content
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert site.calls == 1


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("br, gzip", "br"),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("zstd", "zstd"),
        ("br;q=0, gzip;q=0", None),
        ("deflate", None),
    ],
)
def test_the_clients_best_encoding_is_taken(site: Site, accepted: str, encoding: str | None) -> None:
    response = requests.get(site.url, headers={"Accept-Encoding": accepted}, stream=True, timeout=5)

    assert response.headers.get("Content-Encoding") == encoding


def test_what_gzip_packs_is_the_same_bytes_each_time(site: Site) -> None:
    raw = [requests.get(site.url, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=5).raw.read() for _ in "ab"]

    assert raw[0] == raw[1]
    assert gzip.decompress(raw[0]) == b"x" * 2000


def test_a_client_that_has_the_answer_gets_304(site: Site) -> None:
    etag = get(site.url).headers["ETag"]
    again = get(site.url, If_None_Match=f'"other", {etag}')

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag
    assert "Content-Type" not in again.headers
    assert get(site.url, If_None_Match='"other"').status_code == 200


def test_a_date_alone_never_hides_a_change(site: Site) -> None:
    modified = "Tue, 03 Feb 2026 00:00:00 GMT"
    site.answer = lambda _: ("200 OK", [("Last-Modified", modified)], b"x")

    assert get(site.url, If_Modified_Since=modified).status_code == 200


def test_a_304_keeps_what_tells_representations_apart(site: Site) -> None:
    site.answer = lambda _: ("200 OK", [*PLAIN, ("Content-Location", "/x.txt"), ("Vary", "Accept")], b"x")
    etag = get(site.url).headers["ETag"]

    headers = get(site.url, If_None_Match=etag).headers
    assert (headers["Content-Location"], headers["Vary"]) == ("/x.txt", "Accept, Accept-Encoding")


def test_head_has_the_headers_of_get_and_no_body(site: Site) -> None:
    head = requests.head(site.url, timeout=5)
    body = get(site.url)

    assert head.content == b""
    assert head.headers["ETag"] == body.headers["ETag"]
    assert head.headers["Content-Length"] == body.headers["Content-Length"]
    assert site.calls == 1


@pytest.mark.parametrize(("status", "control"), [("404 NOT FOUND", "public"), ("200 OK", "no-store"), ("503 X", "")])
def test_errors_and_what_says_no_store_are_not_kept(site: Site, status: str, control: str) -> None:
    site.answer = lambda _: (status, [("Cache-Control", control)], b"x")
    get(site.url)
    get(site.url)

    assert site.calls == 2


def test_the_memory_is_bounded_and_the_least_recent_goes_first(site: Site) -> None:
    for number in range(40):
        get(f"{site.url}{number}", Accept_Encoding="identity")
        get(f"{site.url}0", Accept_Encoding="identity")
    calls = site.calls
    get(f"{site.url}0", Accept_Encoding="identity")
    assert site.calls == calls
    get(f"{site.url}1", Accept_Encoding="identity")
    assert site.calls == calls + 1


def test_one_large_answer_does_not_drive_out_the_others(site: Site) -> None:
    get(site.url)
    site.answer = lambda _: ("200 OK", PLAIN, b"x" * 150_000)
    get(site.url + "large")
    get(site.url)

    assert site.calls == 2


def test_a_limit_of_zero_keeps_nothing() -> None:
    site = Site(limit=0)
    get(site.url)
    get(site.url)
    site.httpd.shutdown()
    site.httpd.server_close()

    assert site.calls == 2


def test_a_file_passes_through_with_its_own_etag(site: Site) -> None:
    headers = [("Accept-Ranges", "bytes"), ("ETag", '"file"'), ("Content-Length", "3")]
    site.answer = lambda _: ("200 OK", headers, b"abc")

    assert get(site.url).headers["ETag"] == '"file"'
    assert requests.head(site.url, timeout=5).content == b""
    assert "Content-Encoding" not in get(site.url).headers


def test_a_part_is_asked_of_a_file_by_get_alone(site: Site) -> None:
    site.answer = lambda environ: ("200 OK", [*PLAIN, ("X-Range", environ.get("HTTP_RANGE") or "none")], b"x")

    assert requests.head(site.url + "a", headers={"Range": "bytes=0-0"}, timeout=5).headers["X-Range"] == "none"
    assert get(site.url + "b", Range="bytes=0-0").headers["X-Range"] == "bytes=0-0"


def test_what_became_of_a_request_is_noted_for_log_and_metrics(site: Site) -> None:
    get(site.url)
    etag = get(site.url).headers["ETag"]
    get(site.url, If_None_Match=etag)
    requests.head(site.url, timeout=5)
    requests.put(site.url, b"x", timeout=5)
    site.answer = lambda _: ("404 NOT FOUND", PLAIN, b"x")
    get(site.url + "nowhere")
    site.answer = lambda _: ("200 OK", [("Cache-Control", "no-store")], b"x")
    get(site.url + "now")
    site.answer = lambda _: ("200 OK", [("Accept-Ranges", "bytes"), ("Content-Length", "1")], b"x")
    get(site.url + "file")

    assert site.outcomes == ["miss", "hit", "hit", "hit", "pass", "pass", "pass", "pass"]


def test_a_body_that_is_encoded_or_large_is_not_kept(site: Site) -> None:
    site.answer = lambda environ: ("200 OK", PLAIN, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))[:9])
    for headers, body in (({"Content-Encoding": "gzip"}, b"a"), ({}, b"a" * 70_000)):
        for _ in range(2):
            assert requests.post(site.url, body, headers=headers, timeout=5).text == body.decode()[:9]

    assert site.calls == 4


def test_every_form_of_an_answer_counts(site: Site) -> None:
    """Five answers of 20 kB in four codings each are 400 kB: more than the 200 kB that may be kept."""
    site.answer = lambda environ: ("200 OK", PLAIN, random.Random(environ["PATH_INFO"]).randbytes(20_000))  # noqa: S311
    for number in range(5):
        for coding in ("identity", "gzip", "br", "zstd"):
            get(f"{site.url}{number}", Accept_Encoding=coding)
    calls = site.calls
    for number in (4, 3, 2, 1, 0):
        get(f"{site.url}{number}", Accept_Encoding="identity")

    assert calls == 5
    assert site.outcomes[-5:] == ["hit", "hit", "miss", "miss", "miss"]


def test_a_form_that_is_added_while_another_is_counted_counts(site: Site) -> None:
    class Slow:
        """The lock of the memory; before br is counted, another request adds gzip to the same answer."""

        def __init__(self) -> None:
            self.lock = site.cache._lock

        def __enter__(self) -> None:
            [answer] = site.cache._answers.values()
            if "br" in answer.forms:
                answer.form("gzip")
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    get(site.url, Accept_Encoding="identity")
    site.cache._lock = Slow()  # type: ignore[assignment]
    get(site.url, Accept_Encoding="br")
    [(key, answer)] = site.cache._answers.items()

    assert set(answer.forms) == {"", "br", "gzip"}
    assert site.cache._size == sum(map(len, key)) + answer.size


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
def test_conditions_are_asked_of_200_only(site: Site, header: str) -> None:
    site.answer = lambda _: ("404 NOT FOUND", PLAIN, b"x")

    assert get(site.url, **{header: "*"}).status_code == 404


def test_who_wants_another_state_is_refused_and_the_answer_kept(site: Site) -> None:
    refused = get(site.url, If_Match='"other"')

    assert (refused.status_code, refused.headers["Content-Type"]) == (412, "application/problem+json")
    assert get(site.url).status_code == 200
    assert site.calls == 1


class Held:
    """An application whose first answers wait for leave; each says which it is."""

    def __init__(self, site: Site, held: int = 1) -> None:
        self.site, self.held = site, held
        self.leave = threading.Event()
        self.headers = {"Cache-Control": "public"}
        self.status: Callable[[int], str] = lambda _: "200 OK"
        site.answer = self
        self.pool = ThreadPoolExecutor(20)

    def __call__(self, _: object) -> Outcome:
        number = self.site.calls
        if number <= self.held:
            assert self.leave.wait(20)
        return self.status(number), [*PLAIN, *self.headers.items()], str(number).encode()

    def ask(self, client: str = "", method: str = "GET") -> Future[requests.Response]:
        return self.pool.submit(requests.request, method, self.site.url, headers={"X-Client": client}, timeout=20)

    def waiting(self) -> int:
        return self.site.cache._waiting.total()


@pytest.fixture
def held(site: Site) -> Iterator[Held]:
    """With all the patience in the world: what waits, waits for its answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PATIENCE", 20)
        app = Held(site)
        yield app
        app.leave.set()
        app.pool.shutdown()


def test_of_requests_that_ask_the_same_at_once_one_is_asked(site: Site, held: Held) -> None:
    asked = [held.ask(client, method) for client, method in (("a", "GET"), ("b", "GET"), ("c", "HEAD"), ("a", "GET"))]
    wait_for(lambda: held.waiting() == 3)
    held.leave.set()
    answers = [future.result() for future in asked]

    assert site.calls == 1
    assert sorted(answer.text for answer in answers) == ["", "1", "1", "1"]
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert sorted(site.outcomes) == ["hit", "hit", "hit", "miss"]
    assert (held.waiting(), site.cache._flights) == (0, {})


@pytest.mark.parametrize(("status", "control"), [("503 X", "public"), ("404 NOT FOUND", ""), ("200 OK", "no-store")])
def test_nobody_gets_what_was_meant_for_one(site: Site, held: Held, status: str, control: str) -> None:
    """Another's refusal, or what is never kept: whoever waited is asked for, and they do not wait for each other."""
    held.status = lambda number: status
    held.headers = {"Cache-Control": control}
    asked = [held.ask(client) for client in "abc"]
    wait_for(lambda: held.waiting() == 2)
    held.leave.set()

    assert sorted(future.result().text for future in asked) == ["1", "2", "3"]
    assert site.cache._flights == {}


def test_who_waited_for_an_error_gets_an_answer_of_its_own(site: Site, held: Held) -> None:
    held.status = lambda number: "503 SERVICE UNAVAILABLE" if number == 1 else "200 OK"
    first = held.ask("penalised")
    wait_for(lambda: site.calls == 1)
    second = held.ask("stranger")
    wait_for(lambda: held.waiting() == 1)
    held.leave.set()

    assert [first.result().status_code, second.result().status_code] == [503, 200]
    assert get(site.url).text == "2", "and it is kept"


def test_an_application_that_fails_lets_those_who_wait_go_on(site: Site, held: Held) -> None:
    def fail_first(number: int) -> str:
        if number == 1:
            raise RuntimeError("broken")
        return "200 OK"

    held.status = fail_first
    first = held.ask()
    wait_for(lambda: site.calls == 1)
    second = held.ask()
    wait_for(lambda: held.waiting() == 1)
    held.leave.set()

    assert [first.result().status_code, second.result().text] == [500, "2"]


def test_who_loses_patience_is_asked_for_and_answers_all_who_wait(
    site: Site, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = held.ask("slow")
    wait_for(lambda: site.calls == 1)
    patient = held.ask("patient")
    wait_for(lambda: held.waiting() == 1)
    monkeypatch.setattr(module, "PATIENCE", 0.01)

    assert held.ask("impatient").result().text == "2"
    assert patient.result().text == "2"
    assert get(site.url).text == "2"
    assert not slow.done()
    held.leave.set()
    assert slow.result().text == "1"


def test_one_client_does_not_take_all_the_places_to_wait(site: Site, held: Held) -> None:
    """Sixteen may wait, four of them of one client: its fifth is asked for, as if it were alone."""
    first = held.ask("busy")
    wait_for(lambda: site.calls == 1)
    waiting = [held.ask("busy") for _ in range(4)]
    wait_for(lambda: held.waiting() == 4)
    fifth = held.ask("busy").result()
    other = held.ask("other").result()

    assert (fifth.text, other.text, site.calls) == ("2", "2", 2)
    assert {future.result().text for future in waiting} == {"2"}
    assert not first.done()


def test_files_and_an_empty_memory_make_nobody_wait(site: Site, held: Held) -> None:
    held.headers = {"Accept-Ranges": "bytes", "Content-Length": "1"}
    held.held = 0
    assert [held.ask().result().text for _ in range(2)] == ["1", "2"]

    site.cache.limit, held.held = 0, 4
    asked = [held.ask() for _ in range(2)]
    wait_for(lambda: site.calls == 4)
    held.leave.set()
    assert len({future.result().text for future in asked}) == 2
