"""What workers and this process say to each other, over real sockets: whole, bounded, and not believed."""

import contextlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.store.messages import (
    FAILURE,
    LARGEST_FAILURE,
    RESULT,
    WrongReply,
    failure_of,
    receive_reply,
    receive_request,
    request_of,
    send_failure,
    send_request,
    send_result,
)
from publisher.store.process import Worker

HEAD = 9  # bytes


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Ends = tuple[socket.socket, socket.socket]


@pytest.mark.parametrize("query", ["ASK {}", "\ud800 \0 é", "x" * 2**20])
def test_a_request_comes_as_it_was_sent(ends: Ends, query: str) -> None:
    message = {"query": query, "graphs": ["http://a.example/"], "rows": None, "bytes": 2**40}
    threading.Thread(target=ends[0].sendall, args=[request_of(message)]).start()

    assert receive_request(ends[1]) == message
    ends[0].close()
    assert receive_request(ends[1]) is None


@pytest.mark.parametrize("length", [0, 1, 2**16 - HEAD, 2**16, 5_000_000])
def test_a_result_comes_as_it_was_sent_and_the_next_one_after_it(ends: Ends, length: int) -> None:
    body = bytes(range(256)) * (length // 256) + bytes(length % 256)

    def send() -> None:
        send_result(ends[1], bytearray(body))
        send_failure(ends[1], "query", "no", line=1, column=2)

    threading.Thread(target=send).start()

    assert receive_reply(ends[0], length) == (RESULT, body)
    kind, failure = receive_reply(ends[0], 0)
    assert (kind, failure_of(failure)) == (FAILURE, {"error": "query", "detail": "no", "line": 1, "column": 2})


@pytest.mark.parametrize(("kind", "length"), [(RESULT, 101), (RESULT, 2**63), (FAILURE, LARGEST_FAILURE + 1), (7, 1)])
def test_a_reply_that_is_too_long_or_of_no_kind_is_not_read(ends: Ends, kind: int, length: int) -> None:
    ends[1].sendall(bytes([kind]) + length.to_bytes(8, "big"))

    with pytest.raises(WrongReply):
        receive_reply(ends[0], 100)


def test_a_reply_that_does_not_go_on_is_waited_for_until_the_deadline(ends: Ends) -> None:
    ends[0].settimeout(0.05)
    ends[1].sendall(bytes([RESULT]) + (3).to_bytes(8, "big") + b"ab")

    with pytest.raises(TimeoutError):
        receive_reply(ends[0], 100, time.monotonic() + 0.1)


def test_a_reply_that_comes_in_drops_is_waited_for_until_the_deadline(ends: Ends) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        worker = Worker(process.pid, ends[0])

        def drip() -> None:
            with contextlib.suppress(OSError):
                for byte in bytes([RESULT]) + (100).to_bytes(8, "big") + bytes(100):
                    ends[1].sendall(bytes([byte]))
                    time.sleep(0.03)

        threading.Thread(target=drip).start()
        with pytest.raises(TimeoutError):  # and not all of it after three seconds
            receive_reply(worker.connection, 100, time.monotonic() + 0.1)
        worker.end()


def test_a_request_that_nobody_reads_is_given_up_at_the_deadline(ends: Ends) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        worker = Worker(process.pid, ends[0])
        with pytest.raises(TimeoutError):
            send_request(worker.connection, bytes(2**20), time.monotonic() + 0.1)
        worker.end()


MEMBERS = st.sampled_from(["error", "detail", "line", "column"])
ANY_JSON = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(MEMBERS, inner))


@given(st.binary() | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_a_failure_says_what_and_where_or_is_no_reply(body: bytes) -> None:
    try:
        failure = failure_of(body)
    except WrongReply:
        return

    assert isinstance(failure["error"], str)
    assert isinstance(failure["detail"], str)
    assert all(isinstance(failure[name], int | None) for name in ("line", "column"))
