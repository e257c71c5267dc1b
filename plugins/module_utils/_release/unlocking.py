# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Breaks the lock of a run that is dead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .entries import FREED
from .host import Host
from .lock import Holding

BROKEN = "broken"
NOT_THERE = "not_there"


@dataclass(frozen=True)
class Unlocking:
    """What became of a run's lock: BROKEN, or NOT_THERE; then `holding` is that of another run, if there is one."""

    state: str
    holding: Optional[Holding] = None


def unlock(host: Host, run: str, check_mode: bool = False) -> Unlocking:
    """Break the lock of the stack if the run holds it. Nothing is written in check mode.

    Raises LockHeld when a worker is at work. What the run left unfinished stays so: the next staging finishes or undoes
    it.
    """
    holding = host.lock.holding() if host.store.exists() else None
    if holding is None or holding.run != run:
        return Unlocking(NOT_THERE, holding)
    if host.lock.worker_alive():
        raise host.lock.busy(run)
    if not check_mode and host.lock.free(run):
        host.journal.append(run, FREED, reason="broken by hand")
    return Unlocking(BROKEN)
