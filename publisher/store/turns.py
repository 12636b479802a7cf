"""Whose query runs next: places for running queries, a line for waiting ones, and what is fair between clients.

Nobody can tell a cheap query from a dear one before it runs. So every query soon gets a place, and for a slice of
time nobody can take it; past its slice it stays as long as the place is not needed. When all places are taken
and somebody waits who holds fewer of them, a query past its slice is stopped: of the client that holds most
places, among equals of the one that has used most time lately. Time within a slice is free, and who asks such
queries is trusted a little: before strangers whose first query may be anything. In the line, who holds fewest
places and used least is next; when it is full, the client with most queries in it gives up its latest.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from ..errors import ServerBusy, TooManyQueries

SLICE = 0.01  # seconds of a processor that each query may use whoever waits
STOPPED = 1  # seconds that a stopped query counts as used beside its own: its worker must be replaced too
SHORT = -0.1  # seconds that a query within its slice counts
LEAST = -1  # seconds: more than this, nobody has to the good
HALF_LIFE = 60  # seconds in which half of a client's use is forgotten
MOST_CLIENTS = 10_000  # whose use is remembered


class Runner(Protocol):
    """What runs a query: it tells what that costs, and can be made to stop."""

    def cpu_seconds(self) -> float | None: ...

    def stop(self) -> None: ...


@dataclass(eq=False)
class Turn:
    """One query: it waits, runs, and ends by itself or is stopped for another client's."""

    client: str
    used: float  # by the client lately, in seconds
    came: float = field(default_factory=time.monotonic)
    worker: Runner | None = None
    started: float = 0
    stopped: bool = False  # for another client's query
    late: bool = False  # past the deadline of every query
    refusal: ServerBusy | None = None

    def start(self, worker: Runner) -> None:
        """The query is with *worker* now."""
        self.worker = worker
        self.started = time.monotonic()
        self._before = worker.cpu_seconds() or 0

    def spent(self) -> float:
        """Seconds of a processor that the query used; since it began, when its worker died and cannot tell."""
        if not self.worker:
            return 0
        used = self.worker.cpu_seconds()
        return time.monotonic() - self.started if used is None else used - self._before

    def over(self) -> float:
        """Seconds past the slice; negative within it."""
        return self.spent() - SLICE


class Turns:
    """Hands out turns; safe to call from many threads, each of which has one query.

    places         queries that run at once
    line           queries that wait at once
    queue_seconds  longest wait for a place
    """

    def __init__(self, places: int, line: int, queue_seconds: float) -> None:
        self.places = places
        self.line = line
        self.queue_seconds = queue_seconds
        self.running: list[Turn] = []
        self.waiting: list[Turn] = []
        self._use = Use()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, client: str) -> Iterator[Turn]:
        """A turn for a query of *client*, within which it has a place.

        raises  TooManyQueries (429), when the line is full and this client has more than its share of queries here;
                ServerBusy (503), when the line is full, or no place became free in time
        """
        turn = Turn(client, self._use.of(client))
        self._wait(turn)
        try:
            yield turn
        finally:
            self.end(turn)

    def end(self, turn: Turn) -> None:
        """The query has ended: its place is free. After this, nobody stops it any more."""
        with self._changed:
            if turn in self.running:
                self._leave(turn)
                self._admit()

    def _wait(self, turn: Turn) -> None:
        deadline = turn.came + self.queue_seconds
        with self._changed:
            self.waiting.append(turn)
            self._admit()
            if len(self.waiting) > self.line:
                self._refuse()
            while turn in self.waiting and (remaining := deadline - time.monotonic()) > 0:
                # Until somebody leaves, somebody's slice ends, or this one has waited for what its client used.
                ends = [-running.over() for running in self.running] + [self._right(turn) - time.monotonic()]
                self._changed.wait(min([remaining, *(end for end in ends if end > 0)]))
                self._admit()
            if turn in self.waiting:
                self.waiting.remove(turn)
                turn.refusal = self._busy(f"no worker was free within {self.queue_seconds} seconds (queue_seconds)")
            if turn.refusal:
                raise turn.refusal

    def _admit(self) -> None:
        """Give places to those who wait, while there are any."""
        while self.waiting:
            held = Counter(turn.client for turn in self.running)
            first = min(self.waiting, key=lambda turn: (held[turn.client], turn.used, turn.came))
            if len(self.running) >= self.places and not self._make_room(held, first):
                return
            self.waiting.remove(first)
            self.running.append(first)
            self._changed.notify_all()

    def _make_room(self, held: Counter[str], first: Turn) -> bool:
        """Stop the query that has least right to its place, if *first* has more."""
        candidates = [turn for turn in self.running if turn.over() > 0 and held[turn.client] > held[first.client]]
        if not candidates or time.monotonic() < self._right(first):
            return False
        last = max(candidates, key=lambda turn: (held[turn.client], turn.used + turn.over()))
        last.stopped = True
        self._leave(last)
        self._use.add(last.client, STOPPED)
        if last.worker:
            last.worker.stop()
        return True

    def _right(self, turn: Turn) -> float:
        """When *turn* may take another's place: its client waits as long as it made others wait, within reason."""
        return turn.came + min(turn.used, self.queue_seconds / 2)

    def _leave(self, turn: Turn) -> None:
        self.running.remove(turn)
        self._use.add(turn.client, turn.over() if turn.over() > 0 else SHORT)

    def _refuse(self) -> None:
        """Take the last one of the busiest client out of the line."""
        present = Counter(turn.client for turn in (*self.running, *self.waiting))
        last = max(self.waiting, key=lambda turn: (present[turn.client], turn.used, turn.came))
        self.waiting.remove(last)
        mine, share = present[last.client], max(1, (self.places + self.line) // len(present))
        if mine > share:
            last.refusal = TooManyQueries(
                f"{mine - 1} queries from your address are under way; when others ask too, {share} are your share",
                headers=self._retry_after(),
                limit="queries at once",
                value=share,
            )
        else:
            last.refusal = self._busy(f"{self.places} queries run and {self.line} wait already")
        self._changed.notify_all()

    def _busy(self, reason: str) -> ServerBusy:
        return ServerBusy(
            f"{reason}; try again in a moment", headers=self._retry_after(), limit="query_workers", value=self.places
        )

    def _retry_after(self) -> dict[str, str]:
        return {"Retry-After": str(int(self.queue_seconds) or 1)}


class Use:
    """Seconds that the clients have used lately, half of it forgotten in HALF_LIFE; below 0 for short queries only."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[float, float]] = {}  # seconds, and when that was right; latest last

    def of(self, client: str) -> float:
        seconds, then = self._used.get(client, (0.0, 0.0))
        return seconds * 0.5 ** ((time.monotonic() - then) / HALF_LIFE) if seconds else 0.0

    def add(self, client: str, seconds: float) -> None:
        used = max(self.of(client) + seconds, LEAST)
        self._used.pop(client, None)
        self._used[client] = used, time.monotonic()
        if len(self._used) > MOST_CLIENTS:
            for longest_ago in list(islice(self._used, MOST_CLIENTS // 2)):
                del self._used[longest_ago]
