"""The connections to this process: one that does not move is ended, and one address does not get them all.

The web server limits the time for a request's headers. It limits neither the time for a body nor how long a client
may leave its answer unread, and threads and memory wait with it. What a connection moves is known to the kernel.

Sources: Linux, tcp(7), TCP_INFO and its structure in linux/tcp.h; proc(5), /proc/self/fd.
"""

import contextlib
import os
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from ..config import Config
from .client import key, read_address

INTERVAL = 1  # seconds between two looks, at least
LEAST_IDLE = 1024  # bytes that a connection has to move within the patience
LEAST_UNREAD = 256 * 1024  # the same, when the client has an answer to read: some 9 KiB a second
SHARE = 8  # one address, unless it is a proxy of ours or this machine, gets at most an eighth of all connections
THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_STATE_LISTEN = 10
_INFO = struct.Struct("<B23xI92xQQ8xI")  # state, unacked, bytes acked, bytes received, bytes not sent


@dataclass(frozen=True)
class Connection:
    """What the kernel tells of one connection; *moved* and *unread* in bytes, since its start and now."""

    inode: int
    client: str
    moved: int
    unread: bool


class Connections:
    """Looks after the connections to *port*.

    patience  seconds in which a connection has to move something
    most      connections that one address may have; None: any number
    exempt    networks of addresses that may have any number
    """

    def __init__(
        self, port: int, patience: float, most: int | None = None, exempt: Sequence[IPv4Network | IPv6Network] = ()
    ) -> None:
        self.port = port
        self.patience = patience
        self.most = most
        self.exempt = exempt
        self.ended = 0
        self._seen: dict[int, tuple[int, float]] = {}  # inode -> moved at the start of a window, and when that was

    @classmethod
    def watch(cls, config: Config) -> "Connections":
        """Look after the connections of this server, in a thread, as long as the process lives."""
        patience = 2 * (config.queue_seconds + config.query_seconds)  # an answer may take half of it
        exempt = (*config.trusted_proxies, *THIS_MACHINE)
        watched = cls(config.port, patience, max(1, config.connections // SHARE), exempt)
        threading.Thread(target=watched._watch, name="connections", daemon=True).start()
        return watched

    def _watch(self) -> None:
        took = 0.0
        while True:
            time.sleep(max(INTERVAL, 10 * took))  # 8,000 connections take a quarter of a second
            began = time.monotonic()
            with contextlib.suppress(OSError):  # no descriptor free, for now
                self.look(began)
            took = time.monotonic() - began

    def look(self, now: float) -> None:
        """End what has not moved, and what one address has too many of. *now* in seconds of any clock."""
        found = {connection.inode: connection for _, connection in self._connections()}
        self._seen = {inode: seen for inode, seen in self._seen.items() if inode in found}
        doomed = {connection.inode for connection in found.values() if self._is_stalled(connection, now)}
        doomed |= self._excess(list(found.values()))
        if doomed:
            for connected, connection in self._connections():
                if connection.inode in doomed:
                    with contextlib.suppress(OSError):  # it ended meanwhile
                        end(connected)
                        self.ended += 1

    def _is_stalled(self, connection: Connection, now: float) -> bool:
        moved, since = self._seen.setdefault(connection.inode, (connection.moved, now))
        if connection.moved - moved >= (LEAST_UNREAD if connection.unread else LEAST_IDLE):
            self._seen[connection.inode] = (connection.moved, now)
            return False
        return now - since > self.patience

    def _excess(self, connections: list[Connection]) -> set[int]:
        """Of an address with too many connections those that moved least."""
        if self.most is None or len(connections) <= self.most:
            return set()
        by_client: defaultdict[str, list[Connection]] = defaultdict(list)
        for connection in connections:
            if connection.client:
                by_client[connection.client].append(connection)
        excess: set[int] = set()
        for found in by_client.values():
            found.sort(key=lambda connection: connection.moved)
            excess |= {connection.inode for connection in found[: max(0, len(found) - self.most)]}
        return excess

    def _connections(self) -> Iterator[tuple[socket.socket, Connection]]:
        """The open connections to the port, each with a socket of its own that is closed afterwards."""
        for connected in sockets():
            with contextlib.suppress(OSError, struct.error):  # ended meanwhile; a kernel that tells less
                if connected.family not in (socket.AF_INET, socket.AF_INET6) or connected.getsockname()[1] != self.port:
                    continue
                state, unacked, acked, received, not_sent = _INFO.unpack_from(
                    connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
                )
                if state == _STATE_LISTEN:
                    continue
                address = read_address(str(connected.getpeername()[0]))
                free = address is None or any(address in network for network in self.exempt)
                inode = os.fstat(connected.fileno()).st_ino
                yield (
                    connected,
                    Connection(inode, "" if free else key(address), acked + received, bool(unacked or not_sent)),
                )


def sockets() -> Iterator[socket.socket]:
    """Every socket of this process, as a duplicate that is closed when the next one is asked for."""
    for link in Path("/proc/self/fd").iterdir():
        try:
            if not str(link.readlink()).startswith("socket:"):
                continue
            duplicate = os.dup(int(link.name))
        except OSError:  # closed since it was listed
            continue
        try:
            connected = socket.socket(fileno=duplicate)
        except OSError:
            os.close(duplicate)
            continue
        with connected:
            yield connected


def end(connected: socket.socket) -> None:
    """End a connection at once; what was not sent is thrown away."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connected.shutdown(socket.SHUT_RDWR)
