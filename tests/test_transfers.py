"""Large answers take one of a number of places; small ones need none."""

from collections.abc import Iterable
from typing import Any

from publisher.web.access import CLIENT
from publisher.web.transfers import LARGE, PART, SHARE, Transfers


class Streamed:
    """An answer in parts that knows whether it was closed."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.closed = parts, False

    def __iter__(self) -> Any:
        return iter(self.parts)

    def close(self) -> None:
        self.closed = True


def ask(transfers: Transfers, client: str = "192.0.2.1") -> tuple[str, dict[str, str], Iterable[bytes]]:
    started: list[tuple[str, dict[str, str]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        started.append((status, dict(headers)))

    body = transfers({CLIENT: client}, start)
    assert len(started) == 1
    return *started[0], body


def serving(body: Any, places: int = 2 * SHARE) -> Transfers:
    def app(_: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return body

    return Transfers(app, places)


def test_a_small_answer_is_given_whole() -> None:
    status, _, body = ask(serving([b"x" * LARGE]))

    assert (status, body) == ("200 OK", [b"x" * LARGE])


def test_a_large_answer_comes_in_parts_and_is_the_same() -> None:
    content = bytes(range(256)) * (LARGE // 128)
    _, _, body = ask(serving([content]))
    parts = list(body)

    assert b"".join(parts) == content
    assert max(map(len, parts)) == PART


def test_one_client_gets_a_quarter_of_the_places_and_others_the_rest() -> None:
    transfers = serving([b"x" * (LARGE + 1)])
    held = [ask(transfers)[2] for _ in range(2)]

    status, headers, _ = ask(transfers)
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "10")
    others = [ask(transfers, f"192.0.2.{number // 2}")[0] for number in range(10, 17)]
    assert others == ["200 OK"] * 6 + ["503 Service Unavailable"]

    held[0].close()  # type: ignore[attr-defined]
    held[0].close()  # type: ignore[attr-defined]  # twice frees no second place
    assert [ask(transfers)[0][:3] for _ in range(2)] == ["200", "503"]


def test_a_streamed_answer_is_closed_when_it_is_refused_and_when_it_ends() -> None:
    body = Streamed([b"a", b"b"])
    transfers = serving(body, places=1)
    _, _, first = ask(transfers)
    assert b"".join(first) == b"ab"
    assert not body.closed

    assert ask(transfers)[0].startswith("503")
    assert body.closed
    body.closed = False
    first.close()  # type: ignore[attr-defined]
    assert body.closed
    assert ask(transfers)[0] == "200 OK"
