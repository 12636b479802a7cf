"""Work in a new process, for what a fork cannot do: a store on disk can be written only where no store was open.

The engine has threads of its own, which a fork of a process that ever opened a store lacks: it would wait for ever.
``python -m publisher.publish.fresh`` reads a pickled function from standard input and writes what came of it.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..errors import PublisherError
from ..lifetime import begin_child

T = TypeVar("T")
_PROGRAM = Path(__file__).resolve().parent.parent.parent


def in_new_process(function: Callable[[], T]) -> T:
    """What *function* returns, or raises; it and all that belongs to it can be pickled."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        env=os.environ | {"PYTHONPATH": str(_PROGRAM)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=partial(begin_child, signal.SIGKILL, os.getpid()),
    )
    try:
        told, _ = process.communicate(pickle.dumps(function))
    finally:
        process.kill()
        process.wait()
    if not told:
        raise PublisherError("a process ended before its work was done: out of memory?")
    good, value = pickle.loads(told)  # noqa: S301, written by ourselves
    if good:
        return value  # type: ignore[no-any-return]
    raise value


def _main() -> None:
    try:
        result = (True, pickle.load(sys.stdin.buffer)())  # noqa: S301, the same
    except Exception as error:
        result = (False, error)
    sys.stdout.buffer.write(pickle.dumps(result))


if __name__ == "__main__":
    _main()
