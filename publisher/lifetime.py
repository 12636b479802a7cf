"""How long a process lives: no longer than its parent."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int = signal.SIGKILL, parent: int | None = None) -> None:
    """Have the kernel send this process signal *number* when its parent dies, whatever it died of (Linux, prctl(2)).

    parent  its process id, when it may have died before this was called; then the signal comes now
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), number)
