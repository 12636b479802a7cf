"""The WSGI wrapper: one evaluation for repeated requests, honest ETags, encodings, HEAD."""

import gzip
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests

from publisher.web.cache import OUTCOME, ResponseCache

Outcome = tuple[str, list[tuple[str, str]], bytes]
PLAIN = [("Content-Type", "text/plain")]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


class Site:
    """A server of one application that counts how often it is asked."""

    def __init__(self, limit: int) -> None:
        self.calls = 0
        self.outcomes: list[str] = []  # what the wrapper noted of each request
        self.cache = ResponseCache(self.app, limit)
        self.answer: Callable[[dict[str, Any]], Outcome] = lambda _: ("200 OK", PLAIN, b"x" * 2000)
        self.httpd = make_server("127.0.0.1", 0, self.ask, handler_class=Quiet)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/"
        threading.Thread(target=self.httpd.serve_forever, args=(0.01,), daemon=True).start()

    def ask(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
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


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
def test_conditions_are_asked_of_200_only(site: Site, header: str) -> None:
    site.answer = lambda _: ("404 NOT FOUND", PLAIN, b"x")

    assert get(site.url, **{header: "*"}).status_code == 404


def test_who_wants_another_state_is_refused_and_the_answer_kept(site: Site) -> None:
    refused = get(site.url, If_Match='"other"')

    assert (refused.status_code, refused.headers["Content-Type"]) == (412, "application/problem+json")
    assert get(site.url).status_code == 200
    assert site.calls == 1
