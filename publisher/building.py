"""What is built beside a running server: the content whenever that is wanted, then the dumps of what is current.

Each command runs in a process of its own, one at a time, so that the parent stays small and answers signals whatever
happens there. A build goes on to its end, though it fails when a file changed while it was read; what was saved
meanwhile is built next. Dumps are given up for a newer build, and the next one who writes them goes on with what is
missing.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from multiprocessing.context import ForkProcess
from typing import Protocol

from .config import Config
from .lifetime import begin_child
from .publish.builds import stay

_PATIENCE = 5  # seconds for a command to end by itself, and for another process that builds


class Running(Protocol):
    """A command of this program that was started."""

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


Start = Callable[[list[str]], Running]


class Building:
    """Builds and writes dumps, by *start*, which starts a command of this program; begins with a build."""

    def __init__(self, start: Start, config: Config) -> None:
        self._start = start
        self._config = config
        self._wanted = True
        self._build: Running | None = None
        self._dumps: Running | None = None
        self._good = False

    def want(self) -> None:
        """Build anew, as soon as a build that runs has ended."""
        self._wanted = True

    def go_on(self) -> bool | None:
        """Start what is next; to be called now and then, and when a child has ended.

        returns  None while a build is wanted or runs; then whether there is a good one
        """
        code = self._build.poll() if self._build else None
        if self._dumps and self._dumps.poll() is not None:
            self._dumps = None
        if code is not None:
            self._build = None
            self._good = code == 0 or stay(self._config, patience=_PATIENCE) is not None
        if self._wanted and not self._build:
            self._wanted = False
            end(self._dumps)
            self._dumps, self._build = None, self._start(["build", "--without-dumps"])
        elif code is not None and self._good:
            self._dumps = self._start(["dumps"])
        return None if self._build else self._good

    def end(self) -> None:
        """End whatever runs."""
        end(self._build)
        end(self._dumps)


def end(running: Running | None) -> None:
    """Ask a command to end, and kill it when it does not."""
    if running is None or running.poll() is not None:
        return
    running.terminate()
    deadline = time.monotonic() + _PATIENCE
    while running.poll() is None:
        if time.monotonic() > deadline:
            running.kill()
        time.sleep(0.01)


def spawned(environment: Mapping[str, str]) -> Start:
    """Starts commands in processes that load the program, so that this one stays small."""

    begin = partial(begin_child, signal.SIGTERM, os.getpid())

    def start(arguments: list[str]) -> Running:
        command = [sys.executable, "-m", __package__, *arguments]
        return subprocess.Popen(command, env=environment, start_new_session=True, preexec_fn=begin)

    return start


def forked(environment: Mapping[str, str]) -> Start:
    """Starts commands in forks of this process, which loads the program now: a second less each."""
    import_module(".publish.validation", __package__)
    os.environ.update(environment)
    return Fork


class Fork(ForkProcess):
    """A command in a fork of this process."""

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(target=_run, args=(arguments, os.getpid()))
        self.start()

    def poll(self) -> int | None:
        return self.exitcode


def _run(arguments: list[str], parent: int) -> None:
    from .cli import main

    os.setsid()  # Ctrl+C at the terminal is for the parent
    begin_child(signal.SIGTERM, parent)
    sys.exit(main(arguments))
