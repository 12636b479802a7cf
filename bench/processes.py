"""What processes use: memory, processor time, disk."""

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.25


def family(pid: int) -> list[int]:
    """*pid* and all processes that descend from it."""
    children: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += [int(child) for child in tasks.read_text().split()]
        except OSError:
            continue  # it ended meanwhile
    return [pid, *(found for child in children for found in family(child))]


def proportional_set_size(pid: int) -> int:
    """Bytes of memory, of what is shared only its part; 0 when the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def memory_of(pid: int) -> int:
    """Bytes of *pid* and all below it: what they share is counted once."""
    return sum(proportional_set_size(found) for found in family(pid))


def processor_seconds(pid: int) -> float:
    """Processor time of *pid* and all below it since they began, that of children that ended included."""
    total = 0
    for found in family(pid):
        try:
            told = Path(f"/proc/{found}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(number) for number in told[11:15])  # utime, stime, cutime, cstime: proc(5)
    return total / TICKS


@contextmanager
def peak_of_children(beside: Iterable[int] = ()) -> Iterator[list[int]]:
    """The most bytes that all processes below this one held together, but those of *beside* and below them."""
    peak, done = [0], threading.Event()
    others = {found for pid in beside for found in family(pid)}

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            now = sum(proportional_set_size(pid) for pid in family(os.getpid())[1:] if pid not in others)
            peak[0] = max(peak[0], now)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def disk_usage(paths: Iterable[Path]) -> int:
    """Bytes of the files at and below *paths*, each once however many links it has."""
    found = {}
    for path in paths:
        for file in (path, *path.rglob("*")) if path.is_dir() else (path,):
            if file.is_file() and not file.is_symlink():
                status = file.stat()
                found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
