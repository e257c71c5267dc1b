# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock of a stack: a file that outlives the call that made it, and a flock that lives with a worker.

The file is claimed by link(2), which fails when the name is there. Everything that replaces or removes it
happens under a flock of the stack's folder, so that what was read still holds when it is acted on.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from dataclasses import dataclass
from typing import Callable, Optional

from .._data import canonical_json, decode
from .._errors import LockHeld, Refused
from .clock import epoch_of, rfc3339
from .files import FILE, Files, alone


@dataclass(frozen=True)
class Holding:
    """The content of the lock file. Times are RFC 3339, UTC."""

    run: str
    holder: str
    since: str
    until: str


@dataclass(frozen=True)
class Claim:
    """A successful claim; `taken_from` is the holding that had to give way, and `reason` why it had to."""

    holding: Holding
    taken_from: Optional[Holding] = None
    reason: str = ""


class Lock:
    """The lock file of one stack. `host` is the name that people call this host by, for messages."""

    def __init__(self, files: Files, path: str, worker_path: str, host: str, now: Callable[[], float]) -> None:
        self.path = path
        self.worker_path = worker_path
        self._files = files
        self._host = host
        self._now = now

    def holding(self) -> Optional[Holding]:
        """Return who holds the lock, None when nobody does. Raises Refused when the file is no lock of ours."""
        if not self._files.require(self.path, FILE):
            return None
        try:
            return decode(Holding, json.loads(self._files.read(self.path).decode("utf-8")))
        except (ValueError, TypeError, AttributeError):
            remedy = f"Nothing of this collection writes such a file. Look at it and remove {self.path}."
            raise Refused(f"{self.path} is no lock: found something else than its four fields", remedy) from None
        except FileNotFoundError:  # it was freed in between
            return None

    def expired(self, holding: Holding) -> bool:
        """Tell whether the lease ran out. A time that cannot be read counts as one that has not come yet."""
        try:
            return epoch_of(holding.until) < self._now()
        except ValueError:
            return False

    def claim(self, run: str, holder: str, lease: float, ended: Callable[[str], bool] = lambda run: False) -> Claim:
        """Take the lock for `lease` seconds, or renew it when the run holds it already.

        It is taken over when its lease ran out or `ended` says that its run has; raises LockHeld otherwise.
        The caller sits in the worker's seat (worker.take_seat): no worker of another run lives then.
        """
        new = self._new(run, holder, lease)
        while not self._link(new):
            with alone(os.path.dirname(self.path)):
                old = self.holding()
                if old is None:
                    continue
                reason = self._reason(old, run, ended)
                kept = Holding(run, old.holder, old.since, new.until) if old.run == run else new
                self._files.replace(self.path, canonical_json(kept))
                return Claim(kept, old if reason else None, reason)
        return Claim(new)

    def would_give_way(self, holding: Holding, run: str, ended: Callable[[str], bool]) -> str:
        """Say why a claim of the run would succeed against this holding; raise LockHeld when it would not."""
        if self.worker_alive():
            raise self._held(holding)
        return self._reason(holding, run, ended)

    def renew(self, run: str, lease: float) -> None:
        """Prolong the lease of a run that holds the lock. Raises LockHeld or Refused when it does not."""
        with alone(os.path.dirname(self.path)):
            old = self.require(run)
            until = rfc3339(self._now() + lease)
            self._files.replace(self.path, canonical_json(Holding(run, old.holder, old.since, until)))

    def require(self, run: str) -> Holding:
        """Return the holding of the run. Raises LockHeld when another has it, Refused when nobody has."""
        holding = self.holding()
        if holding is None:
            remedy = "Start a new run: this one has ended, or its lock was broken."
            raise Refused(f"The run {run} does not hold the lock {self.path}: nobody does", remedy)
        if holding.run != run:
            raise self._held(holding)
        return holding

    def free(self, run: str) -> bool:
        """Give the lock back; tell whether the run held it."""
        with alone(os.path.dirname(self.path)):
            holding = self.holding()
            if holding is None or holding.run != run:
                return False
            self._files.unlink(self.path)
            self._files.sync(os.path.dirname(self.path))
        return True

    def held_by(self, run: str) -> bool:
        holding = self.holding()
        return holding is not None and holding.run == run

    def busy(self, run: str) -> LockHeld:
        """Return the error that says that a worker of the run is at work here."""
        return LockHeld(
            f"A worker of {run} is at work on {os.path.dirname(self.path)} on {self._host}",
            "Wait for it to end: mint.promotion.status shows it.",
        )

    def worker_alive(self) -> bool:
        """Tell whether a worker holds worker.lock. Raises OSError when that file may not be opened."""
        if not self._files.require(self.worker_path, FILE):
            return False
        descriptor = os.open(self.worker_path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            return True
        finally:
            os.close(descriptor)
        return False

    def _new(self, run: str, holder: str, lease: float) -> Holding:
        now = self._now()
        return Holding(run, holder, rfc3339(now), rfc3339(now + lease))

    def _link(self, holding: Holding) -> bool:
        temporary = f"{self.path}.{os.getpid()}.new"
        self._files.discard(temporary)
        self._files.write(temporary, canonical_json(holding))
        self._files.sync(temporary)
        try:
            self._files.link(temporary, self.path)
        except FileExistsError:
            return False
        finally:
            self._files.unlink(temporary)
        self._files.sync(os.path.dirname(self.path))
        return True

    def _reason(self, old: Holding, run: str, ended: Callable[[str], bool]) -> str:
        if old.run == run:
            return ""
        if ended(old.run):
            return "its run is over"
        if self.expired(old):
            return f"its lease ran out at {old.until}"
        raise self._held(old)

    def _held(self, holding: Holding) -> LockHeld:
        return LockHeld(
            f"The run {holding.run} holds {os.path.dirname(self.path)} on {self._host}: "
            f"claimed by {holding.holder} at {holding.since}, until {holding.until}",
            "Wait for it to end. If it is dead, break its lock: "
            f"ansible-playbook mint.promotion.unlock --limit {self._host} -e promotion_lock={holding.run}",
        )
