"""How a process ends: a child no later than its parent, long work with its traces removed."""

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int = signal.SIGKILL, parent: int | None = None) -> None:
    """Have the kernel send this process signal *number* when its parent dies, whatever it died of (Linux, prctl(2)).

    parent  its process id, when it may have died before this was called; then the signal comes now
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), number)


def begin_child(number: int = signal.SIGKILL, parent: int | None = None) -> None:
    """``end_with_parent`` in a child that was forked from a process with its own ways to take signals."""
    for handled in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(handled, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    end_with_parent(number, parent)


@contextlib.contextmanager
def ended_by_exception() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, as SIGINT does: work that is stopped takes away what it left half done."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
