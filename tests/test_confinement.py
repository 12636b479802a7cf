"""What is given up is gone in every thread, and what queries need is there."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

PROGRAM = """
import os, socket, sys, threading
from publisher.store.confinement import filter_system_calls

def forbidden():
    confined.wait()
    for call in ({calls}):
        try:
            call()
        except PermissionError:
            continue
        print("not refused")
    print(len(bytearray(10**8)))

confined = threading.Event()
thread = threading.Thread(target=forbidden)
thread.start()
print(filter_system_calls(), flush=True)
confined.set()
thread.join()
"""
CALLS = """
    lambda: open(__file__), lambda: open("/tmp/new", "w"), lambda: os.unlink("/tmp/none"), lambda: os.listdir("/"),
    socket.socket, socket.socketpair, os.fork, lambda: os.execv("/bin/true", ["a"]), lambda: os.kill(os.getppid(), 0),
    os.pipe, lambda: os.dup(0), lambda: os.setpriority(os.PRIO_PROCESS, 0, 0), lambda: os.memfd_create("a"),
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="system calls are filtered on x86_64 only")
def test_a_confined_process_opens_starts_and_kills_nothing() -> None:
    program = PROGRAM.format(calls=CALLS).replace("__file__", repr(__file__))
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (done.stdout, done.stderr) == ("True\n100000000\n", "")


FILES = """
import os, pathlib, socket, threading
from publisher.store.landlock import read_only_below

folder, outside = pathlib.Path({folder!r}), pathlib.Path({outside!r})
print(read_only_below(folder))

def look():
    print((folder / "inside").read_text())
    for call in (outside.read_text, lambda: outside.write_text(""), lambda: (folder / "new").write_text(""),
                 (folder / "inside").unlink, lambda: os.listdir("/"), (folder / ".." / outside.name).read_text):
        try:
            call()
        except PermissionError:
            continue
        print("not refused")

thread = threading.Thread(target=look)
thread.start()
thread.join()
"""


def test_a_worker_with_a_store_on_disk_reads_that_and_nothing_else(tmp_path: Path) -> None:
    folder, outside = tmp_path / "store", tmp_path / "outside"
    folder.mkdir()
    (folder / "inside").write_text("found")
    outside.write_text("secret")
    program = FILES.format(folder=str(folder), outside=str(outside))
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)

    if done.stdout.startswith("False"):
        pytest.skip("this kernel has no Landlock")
    assert (done.stdout, done.stderr) == ("True\nfound\n", "")
    assert outside.read_text() == "secret"
