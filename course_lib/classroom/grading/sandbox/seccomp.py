"""Linux's seccomp: a process gives up to start other processes. Threads it may still start.

See https://docs.kernel.org/userspace-api/seccomp_filter.html. The filter is a program for a small
machine (BPF) that the kernel runs at each system call.
"""

import ctypes
import errno
import platform
import sys

SET_SECCOMP, FILTER_MODE, NO_NEW_PRIVILEGES = 22, 2, 38  # for prctl
LOAD, IF_EQUAL, IF_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # instructions
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # where the call's description has what
ALLOW, FAIL = 0x7FFF_0000, 0x0005_0000  # FAIL plus an error's number
CLONE_THREAD, CLONE3 = 0x10000, 435
# machine: its name for the kernel, and the numbers of clone, fork and vfork
MACHINES = {"x86_64": (0xC000_003E, 56, 57, 58), "aarch64": (0xC000_00B7, 220)}
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),  # how many instructions to leap over
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction))]


def available() -> bool:
    """Whether `forbid_processes` can do it here."""
    if _libc is None or platform.machine() not in MACHINES:
        return False
    # Without a program this fails in any case: with EFAULT where filters are known.
    _libc.prctl(SET_SECCOMP, FILTER_MODE, None)
    return ctypes.get_errno() == errno.EFAULT


def forbid_processes() -> None:
    """From now on this process, and nothing that it runs, can start another: PermissionError.

    Does nothing where it is not available.
    """
    if _libc is None or not available():
        return
    lines = [_Instruction(*line) for line in _filter(*MACHINES[platform.machine()])]
    instructions = (_Instruction * len(lines))(*lines)
    if _libc.prctl(NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), "prctl")
    program = _Program(len(lines), instructions)
    if _libc.prctl(SET_SECCOMP, FILTER_MODE, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "prctl")


def _filter(machine: int, clone: int, *forks: int) -> list[tuple[int, int, int, int]]:
    allow, refuse = (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL | errno.EPERM)
    lines = [(LOAD, 0, 0, ARCHITECTURE), (IF_EQUAL, 1, 0, machine), refuse, (LOAD, 0, 0, NUMBER)]
    for fork in forks:
        lines += [(IF_EQUAL, 0, 1, fork), refuse]
    # clone3 keeps its flags where a filter cannot look: said not to exist, libc takes clone instead
    lines += [(IF_EQUAL, 0, 1, CLONE3), (RETURN, 0, 0, FAIL | errno.ENOSYS)]
    lines += [(IF_EQUAL, 1, 0, clone), allow]
    return [*lines, (LOAD, 0, 0, FIRST_ARGUMENT), (IF_BIT, 1, 0, CLONE_THREAD), refuse, allow]
