# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing so that a power cut takes nothing back. Everything here raises `OSError`."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from typing import Iterator

MODE = 0o644  # receipts are for everybody to read; the umask may say otherwise
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: fsync(2) does not wait for the drive there


@contextlib.contextmanager
def opened(path: str, flags: int) -> Iterator[int]:
    """Open a file, made where it is absent and `flags` say so, and close it at the end.

    Without O_NONBLOCK a pipe in the place of a file would be waited for without end (open(2)); files do not mind.
    """
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, MODE)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: str, seconds: float) -> Iterator[None]:
    """Wait until nobody else holds the lock of this file, and hold it (flock(2): it ends with the process).

    Raises `TimeoutError`, which is an `OSError`, when somebody holds it for longer than so many seconds.
    """
    with opened(path, os.O_RDWR | os.O_CREAT) as descriptor:
        if not _got_lock(descriptor, fcntl.LOCK_EX, seconds):
            raise TimeoutError(errno.ETIMEDOUT, f"another process has held the lock for {seconds:g} s", path)
        yield


@contextlib.contextmanager
def locked_for_reading(path: str, seconds: float) -> Iterator[None]:
    """Wait until nobody writes. Who may not open the lock, finds none, or has waited for so long, reads without it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, PermissionError):
        yield
        return
    try:
        _got_lock(descriptor, fcntl.LOCK_SH, seconds)
        yield
    finally:
        os.close(descriptor)


def _got_lock(descriptor: int, operation: int, seconds: float) -> bool:
    """Ask again and again: flock(2) itself waits without end, and a process that hangs would hold up a rollback."""
    deadline = time.monotonic() + seconds
    while not _lock_now(descriptor, operation):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _lock_now(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sync(descriptor: int) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk."""
    if _FULL_SYNC is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, _FULL_SYNC)


def sync_folder(path: str) -> None:
    """Wait until the names in a folder are on the disk."""
    with opened(path, os.O_RDONLY) as descriptor:
        os.fsync(descriptor)


def make_folder(path: str) -> None:
    """Make a folder and those above it, durably, where they are absent."""
    if os.path.isdir(path):
        return
    above = os.path.dirname(os.path.abspath(path))
    make_folder(above)
    with contextlib.suppress(FileExistsError):  # another process was quicker
        os.mkdir(path)
    sync_folder(above)


def write_all(descriptor: int, data: bytes) -> None:
    """Write at once; what the kernel did not take (a disk that fills up) is offered again, and fails by its reason."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_new(path: str, data: bytes) -> None:
    """Write a whole file and wait until its content is on the disk; its name is for `sync_folder`."""
    with opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as descriptor:
        write_all(descriptor, data)
        sync(descriptor)


def read_whole(path: str) -> bytes:
    """Return the content of a file, empty where it is absent."""
    try:
        with opened(path, os.O_RDONLY) as descriptor:
            size = os.fstat(descriptor).st_size
            return b"".join(iter(lambda: os.read(descriptor, size + 1), b""))
    except FileNotFoundError:
        return b""
