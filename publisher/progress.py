"""Progress of long work: a bar that moves on a terminal, a plain line now and then in a log."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
Progress = Callable[[str], None]

_BAR = 20  # characters
_MOVES = 0.2  # seconds between two states of the bar
_LINES = 10.0  # seconds between two lines of a log


class Passing(str):
    """A line that the next one replaces; "" takes it away. ``logged``: whether it is worth a line of a log."""

    logged: bool = False


def say(text: str) -> None:
    """Tell the person at the terminal, or the log, how it goes; when neither can take it, the work goes on."""
    terminal = sys.stderr.isatty()
    if isinstance(text, Passing) and not terminal and not text.logged:
        return
    end = "" if isinstance(text, Passing) and terminal else "\n"
    with contextlib.suppress(OSError):  # the disk of the log is full, the terminal has gone
        print(f"\r\x1b[K{text}" if terminal else text, end=end, file=sys.stderr, flush=True)


def counted(items: Iterable[T], total: int, what: str, progress: Progress) -> Iterator[T]:
    """*items*, of which there are *total*, telling *progress* how many are done and how long the rest takes."""
    with Meter(what, total, progress) as meter:
        for number, item in enumerate(items):
            meter.add(0, f"{number:,} of {total:,}")
            yield item
            meter.done = number + 1


class Meter:
    """Tells *progress* how much of *total* is done and how long the rest takes, when it takes a while; a context."""

    def __init__(self, what: str, total: int, progress: Progress) -> None:
        self._what, self._total, self.progress = what, total, progress
        self._started = self._moved = self._logged = time.monotonic()
        self.done = 0

    def __enter__(self) -> "Meter":
        return self

    def __exit__(self, *_: object) -> None:
        if self._moved > self._started:
            self.progress(Passing())

    @property
    def seconds(self) -> float:
        """Time since it began; never 0."""
        return max(time.monotonic() - self._started, 1e-9)

    def add(self, done: int, note: str = "") -> None:
        """So much more is done; *note* is told with it."""
        self.done += done
        now = time.monotonic()
        if now - self._moved >= _MOVES:
            line = Passing(bar(self._what, self.done, self._total, now - self._started, note))
            line.logged = now - self._logged >= _LINES
            self._moved, self._logged = now, now if line.logged else self._logged
            self.progress(line)


def bar(what: str, done: int, total: int, seconds: float, note: str = "") -> str:
    """What is done of the whole, and the time left if it goes on as in the *seconds* so far.

    >>> bar("JSON-LD", 250, 1000, 20.0, "250 of 1,000")
    'JSON-LD [#####---------------] 25 %, 250 of 1,000, 1:00 left'
    """
    share = min(done / total, 1.0) if total else 1.0
    full = int(share * _BAR)
    parts = [f"{what} [{'#' * full}{'-' * (_BAR - full)}] {share:.0%}".replace("%", " %")]
    parts += [note] if note else []
    parts += [f"{_clock(seconds / share - seconds)} left"] if share else []
    return ", ".join(parts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
