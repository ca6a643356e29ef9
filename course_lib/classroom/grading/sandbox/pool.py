"""The judge's side of the processes that run learners' code; `worker` is the other side."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import course_lib

GRACE = 10  # seconds that a worker may take to report, beyond an attempt's own time
# -P: a file json.py in the working folder is not taken for Python's
NURSERY = ["-P", "-m", "course_lib.classroom.grading.sandbox.worker"]
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "COURSE_DATA")  # no tokens, no home


@dataclass(frozen=True)
class Task:
    """Something to be done by an attempt: `worker.WORK[work](*arguments)`, within limits."""

    work: str
    arguments: tuple
    seconds: float
    memory: int  # bytes
    about: Any = None  # for whoever asked


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: "closed", or what it had too much of, or "worker" for its worker's end.

    `message` is what it wrote: any bytes at all.
    """

    end: str
    code: int = 0  # the exit status, negative for a signal
    seconds: float = 0.0
    message: bytes = b""


class Pool:
    """Workers for learners' code, side by side: `with Pool(2) as pool: pool.run(tasks)`."""

    def __init__(self, jobs: int) -> None:
        self.scratch = tempfile.TemporaryDirectory(
            prefix="course-grading-", ignore_cleanup_errors=True
        )
        pairs = [socket.socketpair() for _ in range(jobs)]
        self.channels = [Connection(ours.detach()) for ours, _ in pairs]
        theirs = [end.fileno() for _, end in pairs]
        environment = {key: os.environ[key] for key in KEPT if key in os.environ} | {
            "PYTHONPATH": str(Path(course_lib.__file__).parents[1]),
            "OMP_NUM_THREADS": "1",
            "HOME": self.scratch.name,
            "MPLCONFIGDIR": self.scratch.name,
        }
        self.nursery = subprocess.Popen(
            [sys.executable, *NURSERY, *map(str, theirs)],
            pass_fds=theirs,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the judge alone, which closes the channels
        )
        for _, end in pairs:
            end.close()
        self.workers: dict[Connection, int] = {}  # the process id of each that is there

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes, whatever they are at."""
        for channel in self.channels:
            channel.close()
        try:
            self.nursery.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(self.nursery.pid, signal.SIGKILL)  # its session: nursery and workers
            self.nursery.wait()
        self.scratch.cleanup()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """The outcome of each task as it comes. A task is taken when a worker is free for it."""
        tasks = iter(tasks)
        running: dict[Connection, tuple[Task, float]] = {}
        while True:
            for channel in self.workers.keys() - running.keys():
                if task := next(tasks, None):
                    running[channel] = task, time.monotonic() + task.seconds + GRACE
                    channel.send_bytes(self._request(task))
            if not running and self.workers:
                return
            ready = wait(self.channels, timeout=1)
            for channel in [one for one in self.channels if one in ready]:
                report = json.loads(self._receive(channel))
                if "ready" in report:  # a new worker; if at work before, the old one was ended
                    self.workers[channel] = report["ready"]
                    outcome = Outcome("worker")
                else:
                    outcome = Outcome(**report, message=self._receive(channel))
                if channel in running:
                    yield running.pop(channel)[0], outcome
            for channel, (_, deadline) in running.items():
                if time.monotonic() > deadline:  # stopped, perhaps; the nursery replaces it
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self.workers[channel], signal.SIGKILL)

    def _request(self, task: Task) -> bytes:
        fields = ("work", "arguments", "seconds", "memory")
        request = {name: getattr(task, name) for name in fields} | {"scratch": self.scratch.name}
        return json.dumps(request).encode()

    def _receive(self, channel: Connection) -> bytes:
        try:
            return channel.recv_bytes()
        except (EOFError, ConnectionError):
            raise ChildProcessError(
                "the processes that run the submissions have ended, which a submission can bring "
                "about where there is no Landlock: grade in a container, with Linux 6.12 or later"
            ) from None
