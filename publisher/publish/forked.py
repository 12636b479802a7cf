"""Work that runs beside other work: a function in a process of its own, forked from this one.

The child has everything the parent had, so nothing is loaded or handed over; its result comes back pickled. It ends
when the parent dies.
"""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

from ..errors import PublisherError
from ..lifetime import begin_child

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
        """Wait for what the function returns; raises what it raised. A signal that ends the wait leaves the child."""
        try:
            good, value = self._receiver.recv()
        except EOFError:
            good, value = False, PublisherError("a process ended before its work was done: out of memory?")
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

    @staticmethod
    def ended(running: "list[Forked[T]]") -> "list[Forked[T]]":
        """Wait for the first of *running*; returns those whose result is there."""
        ready = wait([child._receiver for child in running])
        return [child for child in running if child._receiver in ready]


def side_by_side(functions: Iterable[Callable[[], T]], at_once: int) -> Iterator[T]:
    """What each of *functions* returns, in the order in which they end; *at_once* of them run at a time.

    Raises what one of them raised; those that run are ended then, as when no more results are taken.
    """
    waiting = iter(functions)
    running: list[Forked[T]] = []
    try:
        while True:
            running += [Forked(function) for function in islice(waiting, at_once - len(running))]
            if not running:
                return
            for child in Forked.ended(running):
                running.remove(child)
                yield child.result()
    finally:
        for child in running:
            child.cancel()


def _run(function: Callable[[], object], sender: Connection, parent: int) -> None:
    begin_child(parent=parent)
    gc.set_threshold(100_000, 50, 100)  # a short life with few cycles: looking for them took a fifth of the time
    try:
        sender.send((True, function()))
    except Exception as error:
        sender.send((False, error))
