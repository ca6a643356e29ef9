"""What a process gives up before it runs a stranger's code, and how its family is ended."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import tempfile
import time

import psutil

from course_lib.classroom.grading.sandbox import landlock, seccomp

FILE_LIMIT = 64 << 20  # bytes in one file
OPEN_FILES = 256
ANSWER_LIMIT = 64 << 20  # bytes, of all that an attempt answers; the course's largest has 0.2 MB
PROCESSES = 16  # that an attempt may have at a time, where seccomp does not forbid them
SUBREAPER = 36  # prctl's PR_SET_CHILD_SUBREAPER


def confine(scratch: str, seconds: float, memory: int) -> None:
    """Give up what an attempt has no use for. Irrevocable: only for a process made for it.

    Its files go to `scratch`, its output nowhere. `memory` is in bytes, on top of what it has.
    The memory limit is the kernel's on Linux only; `family_excess` knows it everywhere.
    """
    os.setsid()  # its own process group, to be ended as one; and no terminal
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.chdir(scratch)
    folders = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")
    os.environ.update(dict.fromkeys(folders, scratch))
    os.environ["COURSE_PROGRESS"] = os.path.join(scratch, "progress.json")
    tempfile.tempdir = scratch
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, int(seconds) + 2)
    _limit(resource.RLIMIT_FSIZE, FILE_LIMIT)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, psutil.Process().memory_info().vms + memory)
    landlock.restrict(scratch)
    seccomp.forbid_processes()


def _limit(kind: int, value: int) -> None:
    highest = resource.getrlimit(kind)[1]
    if highest != resource.RLIM_INFINITY:
        value = min(value, highest)
    resource.setrlimit(kind, (value, value))


def adopt_orphans() -> None:
    """Make this process the parent of all descendants whose own parent ends. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, *map(ctypes.c_ulong, (1, 0, 0, 0)))


def family_excess(memory: int) -> str:
    """What this process's descendants have too much of, together: "memory", "processes" or ""."""
    family = psutil.Process().children(recursive=True)
    if len(family) > PROCESSES:
        return "processes"
    used = 0
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            try:
                used += process.memory_full_info().uss  # what it does not share with this process
            except psutil.AccessDenied:  # on macOS perhaps
                used += process.memory_info().rss
    return "memory" if used > memory else ""


def end_family(keep: frozenset[int] = frozenset()) -> None:
    """End and reap all descendants, but for the children whose ids are in `keep`, and theirs."""
    while children := [p for p in psutil.Process().children() if p.pid not in keep]:
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in [*child.children(recursive=True), child]:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.kill()
        for child in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child.pid, os.WNOHANG)
        time.sleep(0.005)
