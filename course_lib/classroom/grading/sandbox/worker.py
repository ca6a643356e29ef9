"""The processes beside the judge: a nursery that has imported everything, workers, attempts.

    judge  ->  nursery  ->  worker, one a job  ->  attempt, one an exercise

The nursery and the workers run the course's code only. An attempt is a copy of its worker (fork)
that confines itself, runs a learner's code, and says what it saw; the worker watches the clock and
the memory, and ends it with all that it started. A worker that a learner's code manages to end is
replaced by a copy of the nursery: nothing is ever imported again from files that may have changed.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import NoReturn

import torch
import torch._dynamo  # an optimiser's first step imports it: half a second, once, not each time

from course_lib import exercises
from course_lib.classroom.grading.sandbox import wire
from course_lib.classroom.grading.sandbox.attempt import (
    extract_files,
    locate_in_attempt,
    observe_attempt,
)
from course_lib.classroom.grading.sandbox.confinement import (
    ANSWER_LIMIT,
    adopt_orphans,
    confine,
    end_family,
    family_excess,
)
from course_lib.exercises.engine.ask import raised

TICK = 0.2  # seconds between two looks at the family
WORK: dict[str, Callable[..., dict]] = {
    "extract": extract_files,
    "attempt": observe_attempt,
    "locate": locate_in_attempt,
}


def nursery(channels: list[int]) -> None:
    """Keep a worker at each channel (a file descriptor), until the judge closes it."""
    torch.set_num_threads(1)
    for name in exercises.names():
        exercises.get(name)  # imports it
    adopt_orphans()
    workers = {_worker(channel): channel for channel in channels}
    while workers:
        pid, status = os.wait()
        channel = workers.pop(pid, None)
        end_family(keep=frozenset(workers))  # what an ended worker has left behind
        if channel is not None and status != 0:
            workers[_worker(channel)] = channel


def _worker(descriptor: int) -> int:
    """Start a worker. Returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        adopt_orphans()
        channel = Connection(descriptor)
        channel.send_bytes(json.dumps({"ready": os.getpid()}).encode())
        while True:
            request = json.loads(channel.recv_bytes())
            report, message = _supervise(request, channel)
            channel.send_bytes(json.dumps(report).encode())
            channel.send_bytes(message)
    except (EOFError, ConnectionError):  # the judge has ended or is done
        end_family()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _supervise(request: dict, channel: Connection) -> tuple[dict, bytes]:
    """Have the request done by an attempt. Returns how that ended, and the attempt's message."""
    scratch = tempfile.mkdtemp(dir=request["scratch"])
    reading, writing = os.pipe()
    start = looked = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _attempt(request, scratch, writing)
    os.close(writing)
    message, end, status = bytearray(), "", None
    while not end:
        ready = wait([reading, channel], timeout=TICK / 4)
        if channel in ready:
            raise EOFError  # the judge never speaks before it has its answer: it has ended
        now = time.monotonic()
        if reading in ready:
            part = os.read(reading, 1 << 20)
            message += part
            end = "" if part else "closed"
        elif status is not None:  # it has ended, and a descendant keeps the pipe open
            end = "closed"
        if len(message) > ANSWER_LIMIT:
            end = "size"
        elif not end and now - start > request["seconds"]:
            end = "time"
        elif not end and now - looked > TICK:
            looked, end = now, family_excess(request["memory"])
            status = _exit_status(pid) if status is None else status
    if end == "closed" and status is None:  # about to exit; or it has closed the pipe itself
        status = _exit_status(pid, patience=1)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    if status is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # where it had no group of its own yet
        status = os.waitpid(pid, 0)[1]
    with contextlib.suppress(ChildProcessError):  # as a rule there is none, and no need to look
        os.waitpid(-1, os.WNOHANG)
        end_family()
    os.close(reading)
    shutil.rmtree(scratch, ignore_errors=True)
    code, seconds = os.waitstatus_to_exitcode(status), time.monotonic() - start
    return {"end": end, "code": code, "seconds": seconds}, bytes(message)


def _exit_status(pid: int, patience: float = 0) -> int | None:
    """The status with which a child has ended, which reaps it; None if it is still there."""
    deadline = time.monotonic() + patience
    while not (found := os.waitpid(pid, os.WNOHANG))[0]:
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.001)
    return found[1]


def _attempt(request: dict, scratch: str, writing: int) -> NoReturn:
    """Do the request, confined, and write what comes of it into a pipe."""
    code = 1
    try:
        os.closerange(3, writing)
        os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX"))
        pid = os.getpid()
        try:
            confine(scratch, request["seconds"], request["memory"])
            message = wire.encode(WORK[request["work"]](*request["arguments"]))
        except BaseException as error:  # no memory left for the answer, say
            message = wire.encode({"failed": raised(error)})
        while message and os.getpid() == pid:  # a copy that it made of itself stays silent
            message = message[os.write(writing, message) :]
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    nursery(list(map(int, sys.argv[1:])))
