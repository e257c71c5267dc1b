# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the lines of a long ledger in several processes at once, one for each core."""

from __future__ import annotations

import contextlib
import os
import pickle
from typing import BinaryIO, Iterable, Iterator

from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify import Read, Work, in_turn

CHUNK = 64  # lines: what they say fits into the buffer of a pipe, so that no process waits for another
SHORTEST = 512  # lines: a shorter log is read as soon in this process alone


def spread(work: Work, count: int, processes: int = 0) -> Iterable[Read]:
    """Do `work` on `count` lines, in their order. Without `processes` there is one for each core that we may use.

    A process that does not deliver, whatever it met, leaves its lines to this one, which then meets the same.
    """
    processes = processes or _cores()
    return in_turn(work, count) if processes < 2 or count < SHORTEST else _gathered(work, count, processes)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gathered(work: Work, count: int, processes: int) -> Iterator[Read]:
    """The chunks go round the processes, as cards do."""
    firsts = range(0, count, CHUNK)
    with contextlib.ExitStack() as stack:
        pipes = [stack.enter_context(_worker(work, firsts[number::processes], count)) for number in range(processes)]
        for number, first in enumerate(firsts):
            try:
                yield from pickle.load(pipes[number % processes])
            except (EOFError, pickle.UnpicklingError):
                yield from work(first, min(first + CHUNK, count))


@contextlib.contextmanager
def _worker(work: Work, firsts: Iterable[int], count: int) -> Iterator[BinaryIO]:
    """Fork a process that does the work on chunks, and yield what it writes. It ends when nobody reads that."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        try:
            os.close(reading)
            with open(writing, "wb") as pipe:
                for first in firsts:
                    pipe.write(pickle.dumps(list(work(first, min(first + CHUNK, count))), pickle.HIGHEST_PROTOCOL))
                    pipe.flush()
        finally:
            os._exit(0)  # whatever was raised is met again by who does not get the rest
    os.close(writing)
    try:
        with open(reading, "rb") as pipe:
            yield pipe
    finally:
        os.waitpid(process, 0)
