# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Breaks the lock of a run that is dead."""

from __future__ import annotations

from .._errors import Refused
from .entries import FREED
from .host import Host


def unlock(host: Host, run: str, check_mode: bool = False) -> bool:
    """Break the lock that the run holds; tell whether there was one. Nothing is written in check mode.

    Raises Refused when another run holds it, and LockHeld when a worker is at work. What the run left unfinished
    stays so: the next staging finishes or undoes it.
    """
    holding = host.lock.holding() if host.store.exists() else None
    if holding is None:
        return False
    if holding.run != run:
        raise Refused(
            f"The lock of {host.layout.stack} on {host.name} is not held by {run}, but by {holding.run} "
            f"({holding.holder}, since {holding.since}, until {holding.until})",
            f"To break that one: -e promotion_lock={holding.run}",
        )
    if host.lock.worker_alive():
        raise host.lock.busy(run)
    if not check_mode and host.lock.free(run):
        host.journal.append(run, FREED, reason="broken by hand")
    return True
