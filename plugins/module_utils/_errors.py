# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one family of exceptions of the collection.

Domain code raises these and nothing else; `_adapter` turns them into one task failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence, Tuple


@dataclass(frozen=True)
class Violation:
    """One fault of an input: where it is, what was found, what is wanted, what to do next.

    `line` and `column` count from 1 and are 0 where the input has no lines (a variable of the inventory).
    """

    source: str
    path: str
    found: str
    wanted: str
    remedy: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}:{self.column}" if self.line else self.source
        path = f" {self.path}:" if self.path else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{place}:{path} found {self.found}, wanted {self.wanted}{remedy}"


class PromotionError(Exception):
    """Base of all domain errors. `remedy` says what to do next, in one sentence."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class InvalidInput(PromotionError):
    """An input has faults; all of them are here, in the order of their places."""

    def __init__(self, violations: Sequence[Violation], subject: str = "The input") -> None:
        self.violations: Tuple[Violation, ...] = tuple(
            sorted(violations, key=lambda one: (one.source, one.line, one.column, one.path))
        )
        count = len(self.violations)
        lines = "\n".join(f"  {violation}" for violation in self.violations)
        super().__init__(f"{subject} has {count} fault{'' if count == 1 else 's'}:\n{lines}")


class Refused(PromotionError):
    """The request is well formed, and the state of things forbids it. Nothing was changed."""


class LockHeld(Refused):
    """Another run holds the stack on this host."""


class NotVerified(PromotionError):
    """What was promised was looked at and is not so."""


class CouldNotCheck(NotVerified):
    """What was promised could not be looked at: never a pass, and never the same as a fail."""


class InvalidReceipt(NotVerified):
    """A receipt, or the ledger that holds it, is not what it has to be."""


class LedgerUnavailable(PromotionError):
    """The home of the ledger cannot be reached, or takes nothing more: a full disk, a lost remote."""


class LedgerMoved(Refused):
    """Others have appended to the ledger since it was looked at."""

    def __init__(self, place: str) -> None:
        super().__init__(f"Others append to the ledger {place} at the same time.", "Nothing was changed: run again.")


class CommandFailed(PromotionError):
    """A command of the Docker CLI ended with an error. `stderr` holds its last lines."""

    def __init__(self, argv: Sequence[str], returncode: Optional[int], stderr: str, remedy: str = "") -> None:
        self.argv = tuple(argv)
        self.returncode = returncode
        self.stderr = stderr.strip()
        ended = "could not be started" if returncode is None else f"ended with {returncode}"
        super().__init__(f"`{' '.join(argv)}` {ended}: {self.stderr or 'it printed no reason'}", remedy)
