"""A function in a process of its own: its result, its error, its end."""

import os
import time

import pytest

from publisher.errors import PublisherError, SettingError
from publisher.publish.forked import Forked


def test_the_result_comes_back_from_another_process() -> None:
    mine = ["kept"]
    forked = Forked(lambda: (os.getpid(), mine))

    pid, theirs = forked.result()

    assert pid != os.getpid()
    assert theirs == mine


def test_what_it_raises_is_raised_here() -> None:
    def fail() -> None:
        raise SettingError("no good")

    with pytest.raises(SettingError, match="no good"):
        Forked(fail).result()


def test_a_process_that_dies_is_an_error() -> None:
    with pytest.raises(PublisherError, match="ended before its work was done"):
        Forked(lambda: os._exit(1)).result()


def test_it_can_be_cancelled() -> None:
    start = time.monotonic()

    Forked(lambda: time.sleep(60)).cancel()

    assert time.monotonic() - start < 10
