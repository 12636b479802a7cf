"""What this process and the query workers say to each other over a socket.

A request is a length (4 bytes) and a marshalled dictionary; a worker trusts who sends it. A reply is its kind (1 byte),
a length (8 bytes) and that many bytes: a result, or JSON that tells why there is none. A worker runs strangers'
queries, so nothing of its reply is believed: its length has a limit, and it is never unmarshalled.

Each is one write: who waits for it wakes up once. All numbers are big-endian.
"""

import contextlib
import json
import marshal
import socket
import struct
import time
from typing import Any

RESULT, FAILURE = range(2)  # the kinds of a reply
LARGEST_FAILURE = 2**24  # bytes
_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">BQ")
_LARGE = 2**16  # bytes; copying fewer into one piece costs less than a second write


class WrongReply(ConnectionError):
    """What a worker sent is no reply."""


def request_of(message: dict[str, Any]) -> bytes:
    """*message*, ready to be sent; its values are numbers, text, None, or lists and dictionaries of these."""
    data = marshal.dumps(message)
    return _LENGTH.pack(len(data)) + data


def send_request(connection: socket.socket, request: bytes, deadline: float) -> None:
    """Send what ``request_of`` made. Raises ConnectionError, or TimeoutError as ``receive_reply``."""
    rest = memoryview(request)
    while rest:
        with contextlib.suppress(BlockingIOError):  # nothing went for a while
            rest = rest[connection.send(rest) :]
        if rest and time.monotonic() > deadline:
            raise TimeoutError


def receive_request(connection: socket.socket) -> dict[str, Any] | None:
    """The next request; None when the other side is gone."""
    try:
        (length,) = _LENGTH.unpack(_receive(connection, _LENGTH.size))
        message: dict[str, Any] = marshal.loads(_receive(connection, length))  # noqa: S302  # see above
    except ConnectionError:
        return None
    return message


def send_result(connection: socket.socket, body: bytes | bytearray) -> None:
    _send(connection, RESULT, body)


def send_failure(connection: socket.socket, error: str, detail: str = "", **position: Any) -> None:
    """Tell that there is no result: the kind of *error*, *detail* for people, its line and column if it has any."""
    _send(connection, FAILURE, json.dumps({"error": error, "detail": detail} | position).encode())


def _send(connection: socket.socket, kind: int, body: bytes | bytearray) -> None:
    head = _HEAD.pack(kind, len(body))
    if len(body) < _LARGE:
        connection.sendall(head + body)
    else:
        connection.sendall(head)
        connection.sendall(body)


def receive_reply(connection: socket.socket, most: int, deadline: float = float("inf")) -> tuple[int, bytes]:
    """The kind of the next reply, and its bytes.

    most      bytes that a result may have
    deadline  of the last byte, by the monotonic clock
    raises    WrongReply; ConnectionError, when the other side is gone; TimeoutError, as soon as a read ends after the
              deadline: one ends at the latest when the connection says so (SO_RCVTIMEO, see ``process.py``)
    """
    kind, length = _HEAD.unpack(_receive(connection, _HEAD.size, deadline))
    if kind not in (RESULT, FAILURE) or length > (most if kind == RESULT else LARGEST_FAILURE):
        raise WrongReply
    return kind, _receive(connection, length, deadline)


def failure_of(body: bytes) -> dict[str, Any]:
    """What ``send_failure`` said: error and detail, line and column or None. Raises WrongReply."""
    try:
        failure: dict[str, Any] = {"line": None, "column": None} | json.loads(body)
        words, numbers = (failure["error"], failure["detail"]), (failure["line"], failure["column"])
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise WrongReply from error
    if all(isinstance(word, str) for word in words) and all(isinstance(number, int | None) for number in numbers):
        return failure
    raise WrongReply


def _receive(connection: socket.socket, length: int, deadline: float = float("inf")) -> bytes:
    """*length* bytes; the usual one read needs no copy."""
    data = b""
    while len(data) < length:
        try:
            more = connection.recv(length - len(data), socket.MSG_WAITALL)
            if not more:
                raise ConnectionResetError
            data += more
        except BlockingIOError:  # nothing came for a while
            pass
        if len(data) < length and time.monotonic() > deadline:
            raise TimeoutError
    return data
