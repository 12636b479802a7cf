"""Connections that do not move are ended, and one address does not get them all: real sockets, a clock of our own."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from publisher.web.connections import LEAST_IDLE, LEAST_UNREAD, THIS_MACHINE, Connections

PATIENCE = 30


class Pair:
    """A connection to a listener of this process: the client's end and the server's."""

    def __init__(self, listener: socket.socket, stack: ExitStack) -> None:
        self.client = stack.enter_context(socket.create_connection(listener.getsockname()))
        self.server = stack.enter_context(listener.accept()[0])
        for end in (self.client, self.server):
            end.settimeout(5)

    def say(self, size: int) -> None:
        """Have the client send *size* bytes and the server read them."""
        self.client.sendall(bytes(size))
        while size:
            size -= len(self.server.recv(size))

    @property
    def is_open(self) -> bool:
        self.client.settimeout(0.05)
        try:
            return self.client.recv(1) != b""
        except TimeoutError:
            return True
        except ConnectionError:
            return False


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def test_a_connection_that_moves_nothing_is_ended_and_another_is_not(listener: socket.socket, stack: ExitStack) -> None:
    still, moving = Pair(listener, stack), Pair(listener, stack)
    connections = Connections(listener.getsockname()[1], PATIENCE)

    connections.look(0)
    moving.say(LEAST_IDLE)
    connections.look(PATIENCE - 1)
    assert still.is_open
    connections.look(PATIENCE + 1)

    assert (still.is_open, moving.is_open) == (False, True)
    assert connections.ended == 1


def settle(end: socket.socket) -> None:
    """Wait until what was sent has reached the other end, as far as there is room for it."""
    before = b""
    while (now := end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)[120:136]) != before:
        before = now
        time.sleep(0.1)


def test_a_client_that_hardly_reads_its_answer_is_ended(listener: socket.socket, stack: ExitStack) -> None:
    slow, quick = Pair(listener, stack), Pair(listener, stack)
    connections = Connections(listener.getsockname()[1], PATIENCE)
    for pair in (slow, quick):
        pair.server.setblocking(False)
        while True:
            try:
                pair.server.send(bytes(65536))
            except BlockingIOError:
                break
        settle(pair.server)
    connections.look(0)
    slow.client.recv(100)
    read = 0
    while read < 2 * LEAST_UNREAD:
        read += len(quick.client.recv(LEAST_UNREAD))
    connections.look(PATIENCE - 1)
    connections.look(PATIENCE + 1)

    with pytest.raises(BrokenPipeError):
        slow.server.send(b"x")
    slow.server.close()  # as the web server does then
    with pytest.raises(ConnectionError):
        while slow.client.recv(65536):
            pass
    assert quick.server.send(b"x") == 1


@pytest.mark.parametrize(("exempt", "left"), [((), 5), (THIS_MACHINE, 8)])
def test_an_address_with_too_many_connections_keeps_those_that_move(
    exempt: tuple[object, ...], left: int, listener: socket.socket, stack: ExitStack
) -> None:
    pairs = [Pair(listener, stack) for _ in range(8)]
    connections = Connections(listener.getsockname()[1], PATIENCE, 5, exempt)  # type: ignore[arg-type]
    for pair in pairs[3:]:
        pair.say(10)

    connections.look(0)

    assert sum(pair.is_open for pair in pairs) == left
    assert all(pair.is_open for pair in pairs[3:])


def test_other_sockets_of_the_process_are_left_alone(listener: socket.socket, stack: ExitStack) -> None:
    one, other = socket.socketpair()
    pair = Pair(listener, stack)
    with one, other, socket.create_server(("127.0.0.1", 0)) as elsewhere:
        connections = Connections(elsewhere.getsockname()[1], PATIENCE)
        connections.look(0)
        connections.look(PATIENCE + 1)
        other.sendall(b"x")

        assert one.recv(1) == b"x"
        assert pair.is_open
        socket.create_connection(elsewhere.getsockname()).close()
