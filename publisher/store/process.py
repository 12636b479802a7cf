"""A worker as the process that uses it sees it: is it alive, what has it used, and its end."""

import contextlib
import os
import select
import signal
import socket
import time
from dataclasses import dataclass

_STEP = 5  # one that is lower still holds locks of the kernel for long when it dies, and forks wait


@dataclass(frozen=True)
class Worker:
    """One forked process: its process id, a descriptor that stays its own when it is dead, our end of its socket."""

    pid: int
    process: int
    connection: socket.socket

    def is_alive(self) -> bool:
        """Between two queries nothing waits on the socket, so anything to read is its end."""
        try:
            self.connection.settimeout(0)
            self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def cpu_seconds(self) -> float | None:
        """What all threads of the process have used (the clock of clock_getcpuclockid(3)); None, when it is dead."""
        try:
            return time.clock_gettime(~self.pid << 3 | 2)
        except OSError:
            return None

    def step_back(self) -> None:
        """Let everything else on this machine go first, for good; all threads of a worker are one process group."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PGRP, self.pid, os.getpriority(os.PRIO_PROCESS, 0) + _STEP)

    def stop(self) -> None:
        """Kill the process. Whoever waits for its answer need not wait until it is dead, which can take a while."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)
            self.connection.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Kill the process and forget it."""
        self.stop()
        self.connection.close()
        os.close(self.process)


def answers_within(connection: socket.socket, seconds: float) -> bool:
    """Is there something to read in time?"""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))
