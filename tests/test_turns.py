"""Who gets a place, who waits, who has to go: without processes, so that each case is exact."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from publisher.errors import ServerBusy, TooManyQueries
from publisher.store.turns import (
    HALF_LIFE,
    LEAST,
    MOST_CLIENTS,
    PATIENCE,
    SHORT,
    SLICE,
    STOPPED,
    Turn,
    Turns,
    Use,
)


class Fake:
    """A worker that uses as much of a processor as a test says."""

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds
        self.ended = False
        self.behind = False

    def cpu_seconds(self) -> float:
        return self.seconds

    def stop(self) -> None:
        self.ended = True

    def step_back(self) -> None:
        self.behind = True


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def run(held: ExitStack, turns: Turns, client: str, seconds: float = 0) -> tuple[Turn, Fake]:
    """A query of *client* that runs and has used *seconds* since."""
    turn, worker = held.enter_context(turns.turn(client)), Fake()
    turn.start(worker)
    worker.seconds = seconds
    return turn, worker


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


class Waiting:
    """A query of *client* in a thread of its own, which ends as soon as it has a place or is refused."""

    def __init__(self, turns: Turns, client: str, stay: threading.Event | None = None) -> None:
        self.refusal: ServerBusy | None = None
        self.admitted = threading.Event()
        self._turns, self._client, self._stay = turns, client, stay
        before = self._waiting()
        self._thread = threading.Thread(target=self._wait)
        self._thread.start()
        until(lambda: self._waiting() > before or self.admitted.is_set() or not self._thread.is_alive())

    def _waiting(self) -> int:
        return sum(turn.client == self._client for turn in list(self._turns.waiting))

    def _wait(self) -> None:
        try:
            with self._turns.turn(self._client):
                self.admitted.set()
                if self._stay:
                    self._stay.wait(20)
        except ServerBusy as error:
            self.refusal = error

    def end(self) -> ServerBusy | None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.refusal


def test_alone_a_client_may_have_every_place(held: ExitStack) -> None:
    turns = Turns(places=3, line=1, queue_seconds=1)

    for _ in range(3):
        run(held, turns, "a", 100)

    assert len(turns.running) == 3


def test_who_holds_most_places_gives_one_to_who_has_none(held: ExitStack) -> None:
    turns = Turns(places=3, line=3, queue_seconds=5)
    other, _ = run(held, turns, "b", 100)
    short, _ = run(held, turns, "a", 1)
    dear, worker = run(held, turns, "a", 2)

    newcomer, _ = run(held, turns, "c")

    assert (dear.stopped, worker.ended, short.stopped, other.stopped) == (True, True, False, False)
    assert newcomer in turns.running


def test_among_equals_who_used_most_goes(held: ExitStack) -> None:
    turns = Turns(places=2, line=3, queue_seconds=5)
    little, _ = run(held, turns, "a", 1)
    much, _ = run(held, turns, "b", 2)

    run(held, turns, "c")

    assert (little.stopped, much.stopped) == (False, True)


def test_nobody_is_stopped_within_the_slice(held: ExitStack) -> None:
    turns = Turns(places=1, line=1, queue_seconds=0.2)
    first, worker = run(held, turns, "a", SLICE / 2)

    with pytest.raises(ServerBusy) as caught:
        run(held, turns, "b")

    assert (first.stopped, worker.ended) == (False, False)
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "1")
    assert turns.waiting == []


def test_one_who_waits_is_patient_and_a_crowd_is_not(held: ExitStack) -> None:
    turns = Turns(places=1, line=4, queue_seconds=5)
    first, worker = run(held, turns, "a", PATIENCE / 2)

    one = Waiting(turns, "b")
    assert not one.admitted.wait(0.1)
    assert not first.stopped

    two = Waiting(turns, "c")
    assert (one.end(), two.end()) == (None, None)
    assert (first.stopped, worker.ended) == (True, True)


def test_nobody_is_patient_with_a_client_that_used_much(held: ExitStack) -> None:
    turns = Turns(places=1, line=1, queue_seconds=5)
    with turns.turn("a") as before:
        before.start(worker := Fake())
        worker.seconds = 2
    again, worker = run(held, turns, "a", SLICE * 2)

    run(held, turns, "b")

    assert (again.stopped, worker.ended) == (True, True)


def test_who_waits_no_longer_than_it_is_wanted(held: ExitStack) -> None:
    turns = Turns(places=1, line=1, queue_seconds=60)
    run(held, turns, "a")

    with pytest.raises(ServerBusy), turns.turn("b", time.monotonic() + 0.1):
        pass


def test_a_long_query_steps_back_for_others_only(held: ExitStack) -> None:
    turns = Turns(places=3, line=1, queue_seconds=1)
    long, worker = run(held, turns, "a", SLICE * 2)
    turns.past_slice(long)
    assert not worker.behind

    run(held, turns, "b")
    assert worker.behind


def test_a_client_does_not_stop_its_own_queries_nor_those_of_who_holds_as_much(held: ExitStack) -> None:
    turns = Turns(places=2, line=2, queue_seconds=0.2)
    mine, _ = run(held, turns, "a", 5)
    other, _ = run(held, turns, "b", 5)

    with pytest.raises(ServerBusy):
        run(held, turns, "a")

    assert (mine.stopped, other.stopped) == (False, False)


def test_who_was_stopped_waits_before_it_takes_a_place_again(held: ExitStack) -> None:
    turns = Turns(places=1, line=2, queue_seconds=2 * STOPPED)
    run(held, turns, "greedy", PATIENCE * 2)
    newcomer, _ = run(held, turns, "new", PATIENCE * 2)

    again = Waiting(turns, "greedy")
    assert not again.admitted.wait(STOPPED / 2)
    assert not newcomer.stopped

    assert again.end() is None
    assert newcomer.stopped


def test_in_the_line_who_holds_fewest_places_and_owes_least_is_next() -> None:
    turns, over = Turns(places=2, line=5, queue_seconds=20), threading.Event()
    with ExitStack() as held, ExitStack() as first:
        run(first, turns, "a")
        run(held, turns, "b")
        waiting = {name: Waiting(turns, name, over) for name in ("b", "c", "d")}
        first.close()
        assert waiting["c"].admitted.wait(20)
        assert len(turns.waiting) == 2
        over.set()
    assert [query.end() for query in waiting.values()] == [None] * 3


def test_over_its_share_the_busiest_client_gets_429_and_others_a_place_in_the_line() -> None:
    turns, over = Turns(places=1, line=3, queue_seconds=20), threading.Event()
    with ExitStack() as held:
        run(held, turns, "busy")
        waiting = [Waiting(turns, "busy", over) for _ in range(3)]
        polite = Waiting(turns, "polite", over)
        refused = waiting[2].end()
        assert len(turns.waiting) == 3
        over.set()

    assert isinstance(refused, TooManyQueries)
    assert (refused.status, refused.headers, refused.extensions["value"]) == (429, {"Retry-After": "20"}, 2)
    assert [query.end() for query in (*waiting[:2], polite)] == [None] * 3


def test_who_asked_short_queries_is_not_the_one_whom_a_flood_of_strangers_pushes_out() -> None:
    turns, over = Turns(places=1, line=2, queue_seconds=20), threading.Event()
    with turns.turn("regular"):
        pass
    with ExitStack() as held:
        run(held, turns, "a")
        strangers = [Waiting(turns, name, over) for name in "bc"]
        regular = Waiting(turns, "regular", over)
        refused = strangers[1].end()
        assert turns.waiting[-1].client == "regular"
    assert regular.admitted.wait(20)
    over.set()

    assert refused is not None
    assert refused.status == 503
    assert [query.end() for query in (strangers[0], regular)] == [None] * 2


def test_when_the_line_is_full_of_many_clients_the_next_gets_503() -> None:
    turns, over = Turns(places=1, line=3, queue_seconds=20), threading.Event()
    with ExitStack() as held:
        run(held, turns, "a")
        waiting = [Waiting(turns, name, over) for name in "bcd"]
        refused = Waiting(turns, "e").end()
        over.set()

    assert refused is not None
    assert (refused.status, refused.extensions["limit"]) == (503, "query_workers")
    assert [query.end() for query in waiting] == [None] * 3


def test_a_dead_worker_counts_as_long_as_it_ran() -> None:
    class Dead(Fake):
        def cpu_seconds(self) -> None:  # type: ignore[override]
            return None

    turn = Turn("a", 0)
    turn.start(Dead())

    until(lambda: turn.over() > 0)


def test_use_is_forgotten_by_half_in_a_half_life(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    use = Use()
    use.add("a", 8)
    for _ in range(100):
        use.add("b", SHORT)
    now += 2 * HALF_LIFE

    assert (use.of("a"), use.of("b"), use.of("c")) == (2, LEAST / 4, 0)


def test_the_use_of_many_clients_does_not_grow_without_end() -> None:
    use = Use()
    for number in range(2 * MOST_CLIENTS):
        use.add(f"client {number}", 1)
        use.add("regular", SHORT)

    assert len(use._used) <= MOST_CLIENTS
    assert use.of("client 0") == 0
    assert use.of(f"client {number}") > 0
    assert use.of("regular") < 0
