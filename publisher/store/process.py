"""A worker as the process that uses it sees it: is it alive, what has it used, and its end."""

import contextlib
import os
import select
import signal
import socket
import struct
import time

LOOK = 0.5  # seconds after which who waits for the rest looks at the clock
_STEP = 5  # one that is lower still holds locks of the kernel for long when it dies, and forks wait


class Worker:
    """One forked process: its process id, a descriptor that stays its own when it is dead, our end of its socket.

    Reading and writing there raise BlockingIOError when nothing moved for LOOK seconds.
    """

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self.pid = pid
        self.process = os.pidfd_open(pid)
        self.connection = connection
        connection.settimeout(None)  # the kernel watches the time at no cost to each read, and one read can have all
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            connection.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", 0, int(LOOK * 1e6)))
        self._readable = select.poll()
        self._readable.register(connection, select.POLLIN)

    def is_alive(self) -> bool:
        """Between two queries nothing waits on the socket, so anything to read is its end."""
        return not self._readable.poll(0)

    def answers_within(self, seconds: float) -> bool:
        """Is there something to read in time?"""
        return bool(self._readable.poll(max(0, seconds) * 1000))

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
