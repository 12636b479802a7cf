"""Work that runs beside other work: a function in a process of its own, forked from this one.

The child has everything the parent had, so nothing is loaded or handed over; its result comes back pickled. It ends
when the parent dies.
"""

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from ..errors import PublisherError
from ..lifetime import end_with_parent

T = TypeVar("T")


class Forked(Generic[T]):
    """*function*, started at once in a child process.

    The parent should have no threads, as the build and the parent of the server have none.
    """

    def __init__(self, function: Callable[[], T]) -> None:
        context = multiprocessing.get_context("fork")
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(function, sender, os.getpid()))
        self._process.start()
        sender.close()

    def result(self) -> T:
        """Wait for what the function returns; raises what it raised."""
        try:
            good, value = self._receiver.recv()
        except EOFError:
            good, value = False, PublisherError("a process ended before its work was done: out of memory?")
        finally:
            self.join()
        if good:
            return value  # type: ignore[no-any-return]
        raise value

    def cancel(self) -> None:
        """End the child; what it did so far is for the caller to clean up."""
        self._process.kill()
        self.join()

    def join(self) -> None:
        self._process.join()
        self._receiver.close()


def _run(function: Callable[[], object], sender: Connection, parent: int) -> None:
    for handled in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(handled, signal.SIG_DFL)
    end_with_parent(parent=parent)
    gc.set_threshold(100_000, 50, 100)  # a short life with few cycles: looking for them took a fifth of the time
    try:
        sender.send((True, function()))
    except Exception as error:
        sender.send((False, error))
