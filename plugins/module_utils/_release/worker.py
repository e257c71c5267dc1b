# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A process of its own for an activation, so that a lost connection ends the waiting and not the work.

It holds flock(2) on worker.lock as long as it lives: that is how others see it, and wait for it. The parent
takes the lock before the fork, and both share it through one open file description (flock(2), NOTES), so there
is no moment without a holder. sshd and sudo end what they started by SIGHUP to its session, which the worker
has left. systemd-logind kills the rest of a login only with KillUserProcesses=yes (logind.conf(5); "no" in
Debian, and root is exempt): the journal then shows unfinished work, and the next call recovers it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import Callable, Container, Optional

from .._data import canonical_json
from .files import FILE, Files

_PATIENCE_SECONDS, _PAUSE_SECONDS = 2.0, 0.02  # others take a shared flock for a moment, to look


@dataclass(frozen=True)
class Worker:
    """Who holds worker.lock."""

    run: str
    pid: int


class Seat:
    """The one place for a worker on a stack. Leave it, or hand it to a detached process."""

    def __init__(self, descriptor: int, run: str) -> None:
        self._descriptor = descriptor
        self._run = run

    def sign(self) -> None:
        """Write who sits here. It is of use only while the process lives, so it is not synced."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, canonical_json({"run": self._run, "pid": os.getpid()}), 0)

    def leave(self) -> None:
        os.close(self._descriptor)

    def detach(self, work: Callable[[], None]) -> str:
        """Run `work` in a process that survives this one, and wait for its end.

        Returns the last line that it wrote to its standard error, empty when it ended well: an error that
        nobody expected is told there and not on any disk.
        """
        errors = os.memfd_create("worker-errors")
        child = os.fork()
        if child == 0:
            _become(errors, partial(_signed, self, work), self._descriptor)
        self.leave()
        _pid, status = os.waitpid(child, 0)
        said = os.pread(errors, 65536, 0).decode("utf-8", "replace").strip()
        os.close(errors)
        if os.WIFSIGNALED(status):
            return f"it was ended by signal {os.WTERMSIG(status)}"
        return said.splitlines()[-1] if said and os.WEXITSTATUS(status) else ""


def take_seat(files: Files, path: str, run: str) -> Optional[Seat]:
    """Take worker.lock for this process; None when a living worker has it."""
    files.require(path, FILE)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, files.ownership.file_mode)
    end = time.monotonic() + _PATIENCE_SECONDS
    while not _flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB):
        if time.monotonic() > end:
            os.close(descriptor)
            return None
        time.sleep(_PAUSE_SECONDS)
    files.own(path)
    seat = Seat(descriptor, run)
    seat.sign()
    return seat


def sitting(path: str) -> Optional[Worker]:
    """Return who took worker.lock last, alive or not; None when that is not told there."""
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read().decode("utf-8"))
        return Worker(str(data["run"]), int(data["pid"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def wait_for_worker(path: str) -> None:
    """Return when no worker holds worker.lock any more."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def outlive_connection() -> None:
    """Let this process go on when its connection is lost, until its own work is done."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _signed(seat: Seat, work: Callable[[], None]) -> None:
    seat.sign()
    work()


def _become(errors: int, work: Callable[[], None], seat: int) -> None:
    """In the child: leave the session, let go of the connection, work, end. It never returns."""
    status = 1
    try:
        os.setsid()
        outlive_connection()
        nothing = os.open(os.devnull, os.O_RDWR)
        for target, source in ((0, nothing), (1, nothing), (2, errors)):
            os.dup2(source, target)
        _close_others(keep=(0, 1, 2, seat))
        os.chdir("/")
        work()
        status = 0
    finally:
        error = sys.exc_info()[1]
        if error is not None:  # told to the parent; a traceback may hold values
            os.write(2, f"{type(error).__name__} in {_place(error)}: {error}".encode("utf-8", "replace"))
        os._exit(status)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"


def _close_others(keep: Container[int]) -> None:
    """Close what else the connection's process had open: a pipe held open would keep its reader waiting."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in keep:
            try:
                os.close(int(name))
            except OSError as error:
                if error.errno != errno.EBADF:  # the descriptor that listed the folder
                    raise


def _flock(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        return False
    return True
