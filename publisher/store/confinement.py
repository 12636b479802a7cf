"""What a query worker gives up before its first query: files, connections, memory without end, most of the kernel.

Sources: setrlimit(2), seccomp(2), ``linux/seccomp.h`` and ``linux/bpf_common.h``.
"""

import contextlib
import ctypes
import errno
import os
import platform
import resource
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

# System calls that evaluating a query needs: memory, locks, clocks, reading and writing what is open already.
# By their numbers, which each kind of processor has of its own.
_NEEDED = {
    "read": 0, "write": 1, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
    "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17, "sched_yield": 24, "mremap": 25,
    "madvise": 28, "nanosleep": 35, "getpid": 39, "sendto": 44, "recvfrom": 45, "exit": 60, "gettimeofday": 96,
    "sigaltstack": 131, "gettid": 186, "readahead": 187, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219,
    "fadvise64": 221, "clock_gettime": 228, "clock_nanosleep": 230, "exit_group": 231, "getrandom": 318,
}  # fmt: skip
_FOR_FILES = {"open": 2, "close": 3, "fcntl": 72, "openat": 257}  # where the engine opens files as it needs them
_MACHINE, _AUDIT_ARCH, _SECCOMP = "x86_64", 0xC000003E, 317
_NO_NEW_PRIVILEGES = 38  # of prctl(2)
_SET_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _IS, _RETURN = 0x20, 0x15, 0x06  # of the kernel's filter machine
_NUMBER, _ARCHITECTURE = 0, 4  # where they are in what it loads from


def end_first() -> None:
    """When memory is short, the kernel shall end this process before others."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def confine(statm: BinaryIO, memory: int, *, files: bool) -> bool:
    """Give up, for good and in all threads, what a query does not need; False, when system calls are not filtered.

    statm   /proc/self/statm, opened without a buffer
    memory  bytes that this process may take beside what it has
    files   it opens files when it needs them (see ``landlock.py`` for which)
    """
    size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + memory, size + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if not files:
        # The lowest free descriptor becomes the limit: every lower one is taken, so none can be opened.
        free = os.dup(statm.fileno())
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, free))
    return filter_system_calls(_FOR_FILES if files else {})


def filter_system_calls(more: Mapping[str, int] = MappingProxyType({})) -> bool:
    """Have the kernel refuse all but the needed system calls and *more* (EPERM).

    returns  False where it cannot, or on another machine
    """
    if platform.machine() != _MACHINE:
        return False
    numbers = sorted({*_NEEDED.values(), *more.values()})
    program = [_step(_LOAD, _ARCHITECTURE), _step(_IS, _AUDIT_ARCH, 0, len(numbers) + 1), _step(_LOAD, _NUMBER)]
    program += [_step(_IS, number, len(numbers) - at, 0) for at, number in enumerate(numbers)]
    program += [_step(_RETURN, _FAIL), _step(_RETURN, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(program))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    system = ctypes.CDLL(None)
    system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return bool(system.syscall(_SECCOMP, _SET_FILTER, _ALL_THREADS, head) == 0)


def _step(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    """A step of the filter: it goes on *if_so* or *if_not* steps after the next one."""
    return struct.pack("@HBBI", code, if_so, if_not, value)
