"""Linux's Landlock: a process gives up, for itself and its children, to write outside one folder.

See https://docs.kernel.org/userspace-api/landlock.html. Kernels 5.13 and later have it, and the
later ones can also keep a process from sending signals to others and from opening connections.
"""

import ctypes
import os
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on all architectures
VERSION_FLAG, PATH_BENEATH, NO_NEW_PRIVILEGES = 1, 1, 38
WRITES = 0b1_1111_1111_0010  # write, remove, make: all rights of version 1 but execute and read
ON_FILES = 1 << 1 | 1 << 14  # of the writes, those that a file, not a folder, can have
REFER, TRUNCATE, TCP, SCOPES = 1 << 13, 1 << 14, 0b11, 0b11
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class _Ruleset(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scoped")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version() -> int:
    """Which version of Landlock this system has; 0 for none."""
    if _libc is None:
        return 0
    return max(0, _libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG))


def restrict(folder: str) -> None:
    """From now on this process writes only in `folder` and to /dev/null, as far as it is known how.

    From version 4 on it opens no TCP connection, and from 6 on it signals no process outside.
    Does nothing without Landlock.
    """
    have = version()
    if _libc is None or not have:
        return
    files = WRITES | (REFER if have >= 2 else 0) | (TRUNCATE if have >= 3 else 0)
    rules = _Ruleset(files, TCP if have >= 4 else 0, SCOPES if have >= 6 else 0)
    size = 24 if have >= 6 else 16 if have >= 4 else 8  # an older kernel knows fewer fields
    ruleset = _done(_libc.syscall(CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0))
    for path, allowed in ((folder, files), (os.devnull, files & ON_FILES)):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = _Beneath(allowed, descriptor)
        _done(_libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0))
        os.close(descriptor)
    if _libc.prctl(NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), "prctl")
    _done(_libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _done(result: int) -> int:
    """What a system call returned, unless that is an error."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result
