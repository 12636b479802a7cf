"""Whose query runs next: places for running queries, a line for waiting ones, and what is fair between clients.

Nobody can tell a cheap query from a dear one before it runs. So every query soon gets a place, and for a slice of
time nobody can take it; past its slice it stays as long as the place is not needed. When all places are taken
and somebody waits who holds fewer of them, a query past its slice is stopped: of the client that holds most
places, among equals of the one that has used most time lately. How long the slice is depends on how many wait: a
quarter of a second for one, less for each of a crowd, and the shortest for a client that used much lately. Time within
the shortest slice is free, and who asks such queries is trusted a little: before strangers whose first query may be
anything. In the line, who holds fewest places and used least is next; when it is full, the client with most queries
in it gives up its latest.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from ..errors import PublisherError, QueryCancelled, ServerBusy, TooManyQueries

SLICE = 0.005  # seconds of a processor that each query may use whoever waits
PATIENCE = 0.25  # the same, when one waits; a quarter of it when two wait, a ninth when three
MUCH = 0.5  # seconds used lately; with more, nobody is patient with a client
LEAST_WAIT = 0.003  # seconds between two looks of one who waits
STOPPED = 1  # seconds that a stopped query counts as used beside its own: its worker must be replaced too
SHORT = -0.1  # seconds that a query within its slice counts
LEAST = -1  # seconds: more than this, nobody has to the good
HALF_LIFE = 60  # seconds in which half of a client's use is forgotten
MOST_CLIENTS = 10_000  # whose use is remembered
MOST_CANCELLED = 100  # names of queries that are remembered as cancelled, should they come late


class Runner(Protocol):
    """What runs a query: it tells what that costs, and can be made to stop."""

    def cpu_seconds(self) -> float | None: ...

    def stop(self) -> None: ...

    def step_back(self) -> None: ...


@dataclass(eq=False, slots=True)
class Turn:
    """One query: it waits, runs, and ends by itself, is stopped for another client's or cancelled by whoever asked."""

    client: str
    used: float  # by the client lately, in seconds
    name: str = ""  # by which it can be cancelled
    came: float = field(default_factory=time.monotonic)
    worker: Runner | None = None
    started: float = 0
    before: float = 0  # seconds of a processor that the worker had used when it started
    stopped: bool = False  # for another client's query
    cancelled: bool = False  # by its name
    late: bool = False  # past the deadline of every query
    behind: bool = False  # its worker has a low priority
    refusal: PublisherError | None = None

    def start(self, worker: Runner) -> None:
        """The query is with *worker* now."""
        self.worker = worker
        self.started = time.monotonic()
        self.before = worker.cpu_seconds() or 0

    def spent(self) -> float:
        """Seconds of a processor that the query used; since it began, when its worker died and cannot tell."""
        if not self.worker:
            return 0
        used = self.worker.cpu_seconds()
        return time.monotonic() - self.started if used is None else used - self.before

    def over(self) -> float:
        """Seconds past what every query may use; negative within it."""
        return self.spent() - SLICE

    def step_back(self) -> None:
        """Let everything else on the machine come first, from now on."""
        if self.worker and not self.behind:
            self.behind = True
            self.worker.step_back()


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
        self._cancelled: deque[str] = deque(maxlen=MOST_CANCELLED)
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, client: str, until: float = float("inf"), name: str = "") -> Iterator[Turn]:
        """A turn for a query of *client*, within which it has a place.

        until   when it is no longer wanted, by the monotonic clock
        name    by which it can be cancelled; "" for none
        raises  TooManyQueries (429), when the line is full and this client has more than its share of queries here;
                ServerBusy (503), when the line is full, or no place became free in time;
                QueryCancelled (409), when it was cancelled before it had a place
        """
        turn = Turn(client, self._use.of(client), name)
        self._wait(turn, until)
        try:
            yield turn
        finally:
            self.end(turn)

    def end(self, turn: Turn) -> None:
        """The query has ended: its place is free. After this, nobody stops it any more."""
        with self._changed:
            if turn in self.running:
                self._leave(turn)
                if self.waiting:
                    self._admit()

    def cancel(self, name: str) -> bool:
        """End the queries of this name, those that wait and those that run; one that only comes is refused.

        returns  was there any?
        """
        with self._changed:
            self._cancelled.append(name)
            found = [turn for turn in (*self.running, *self.waiting) if turn.name == name]
            for turn in found:
                turn.cancelled = True
                if turn.worker:
                    turn.worker.stop()
                if turn in self.waiting:
                    self.waiting.remove(turn)
                    turn.refusal = cancelled()
            self._changed.notify_all()
        return bool(found)

    def is_crowded(self) -> bool:
        """Do more queries wait than can run?"""
        return len(self.waiting) > self.places

    def past_slice(self, turn: Turn) -> None:
        """*turn* is long: it steps back, unless all that is here is of the same client."""
        with self._changed:
            if any(other.client != turn.client for other in (*self.running, *self.waiting)):
                turn.step_back()

    def _wait(self, turn: Turn, until: float) -> None:
        deadline = min(until, turn.came + self.queue_seconds)
        with self._changed:
            if turn.name and turn.name in self._cancelled:
                raise cancelled()
            for running in self.running:
                if running.client != turn.client and not running.behind and running.over() > 0:
                    running.step_back()
            if not self.waiting and len(self.running) < self.places:
                self.running.append(turn)
                return
            self.waiting.append(turn)
            self._admit()
            if len(self.waiting) > self.line:
                self._refuse()
            while turn in self.waiting and (remaining := deadline - time.monotonic()) > 0:
                self._changed.wait(min(remaining, self._next_look(turn)))
                self._admit()
            if turn in self.waiting:
                self.waiting.remove(turn)
                self._changed.notify_all()
                turn.refusal = self._busy(f"no worker was free within {self.queue_seconds} seconds (queue_seconds)")
            if turn.refusal:
                raise turn.refusal

    def _next_look(self, turn: Turn) -> float:
        """Seconds until *turn* may be able to take a place; who is not first in line waits to be told.

        That is when a query has used up its time, or when *turn* has waited for what its client used.
        """
        if turn is not self._first(self._held()):
            return self.queue_seconds
        ends = [self._safe(running) - running.spent() for running in self.running]
        ends.append(self._right(turn) - time.monotonic())
        return max(LEAST_WAIT, min((end for end in ends if end > 0), default=LEAST_WAIT))

    def _held(self) -> Counter[str]:
        return Counter(turn.client for turn in self.running)

    def _first(self, held: Counter[str]) -> Turn:
        """Who is next: of those who wait, who holds fewest places and used least."""
        return min(self.waiting, key=lambda turn: (held[turn.client], turn.used, turn.came))

    def _admit(self) -> None:
        """Give places to those who wait, while there are any."""
        while self.waiting:
            held = self._held()
            first = self._first(held)
            if len(self.running) >= self.places and not self._make_room(held, first):
                return
            self.waiting.remove(first)
            self.running.append(first)
            self._changed.notify_all()

    def _make_room(self, held: Counter[str], first: Turn) -> bool:
        """Stop the query that has least right to its place, if *first* has more."""
        candidates = [
            turn for turn in self.running if turn.spent() > self._safe(turn) and held[turn.client] > held[first.client]
        ]
        if not candidates or time.monotonic() < self._right(first):
            return False
        last = max(candidates, key=lambda turn: (held[turn.client], turn.used + turn.over()))
        last.stopped = True
        self._leave(last)
        self._use.add(last.client, STOPPED)
        if last.worker:
            last.worker.stop()
        return True

    def _safe(self, turn: Turn) -> float:
        """Seconds of a processor after which *turn* may lose its place: fewer, the more wait."""
        return SLICE if turn.used > MUCH else max(SLICE, PATIENCE / max(1, len(self.waiting)) ** 2)

    def _right(self, turn: Turn) -> float:
        """When *turn* may take another's place: its client waits as long as it made others wait, within reason."""
        return turn.came + min(turn.used, self.queue_seconds / 2)

    def _leave(self, turn: Turn) -> None:
        self.running.remove(turn)
        over = turn.over()
        self._use.add(turn.client, over if over > 0 else SHORT)

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


def cancelled() -> QueryCancelled:
    return QueryCancelled("the query was cancelled by whoever asked it")


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
