"""Files of one folder, for reading, and no others: for a query worker whose store is on disk.

The engine opens the files of a large store when it needs them, so a worker must be able to open files. Landlock lets
a process refuse itself all but these; whatever the process becomes, it cannot take that back.

Source: landlock(7), ``linux/landlock.h`` of Linux 5.13 and later.
"""

import ctypes
import os
import struct
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every kind of processor
_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38  # of prctl(2)
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many a version of Landlock knows; later ones as many as 5
_TCP, _TCP_SINCE = 0b11, 4  # binding and connecting
_SCOPES, _SCOPES_SINCE = 0b11, 6  # abstract sockets and signals


def read_only_below(folder: Path) -> bool:
    """Have the kernel refuse this thread, and those it starts, all files but those in *folder*, and these for writing.

    What is open stays open. Newer kernels refuse TCP connections and signals to others too.

    returns  False where the kernel cannot do that (older than 5.13, or switched off)
    """
    system = ctypes.CDLL(None)
    version = system.syscall(_CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return False
    handled = [(1 << _FILE_RIGHTS.get(version, 16)) - 1]
    handled += [_TCP] if version >= _TCP_SINCE else []
    handled += [_SCOPES] if version >= _SCOPES_SINCE else []
    attributes = struct.pack(f"={len(handled)}Q", *handled)
    rules = system.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = struct.pack("=Qi", _READ_FILE | _READ_FOLDER, place)
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        added = system.syscall(_ADD_RULE, rules, _PATH_BENEATH, allowed, 0)
        return bool(added == 0 and system.syscall(_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(place)
        os.close(rules)
