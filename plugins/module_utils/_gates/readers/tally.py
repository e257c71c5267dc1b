# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many tests a run has executed, and what follows from it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional

from ..model import FAILED, INCONCLUSIVE, PASSED
from .reading import Reading, plural

WANTED = "tests that were executed, and none that failed"
_REMEDY = "run the same command in the module's folder, and correct what fails"
_NONE_REMEDY = "let the command run the tests: see the output for what it looked for"
_UNREAD_REMEDY = "let the command print this summary, or choose another reader for the step"


@dataclass(frozen=True)
class Tally:
    """Counts of tests. `skipped` were not executed; `broken` are files, suites or errors beside the tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broken: int = 0

    @property
    def counts(self) -> str:
        """As people write it: `93/95 tests, 2 skipped`."""
        text = f"{self.passed}/{plural(self.passed + self.failed + self.skipped, 'test')}"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def total(tallies: Iterable[Tally]) -> Tally:
    """Add up what several runs of one command have counted."""
    rows = [(one.passed, one.failed, one.skipped, one.broken) for one in tallies]
    return Tally(*(sum(column) for column in zip(*rows)))


def read_tally(tally: Tally, exit_code: Optional[int]) -> Reading:
    """Judge a run of tests. One that executed none is INCONCLUSIVE, whatever it ended with."""
    bad: List[str] = [f"{plural(tally.failed, 'test')} failed"] if tally.failed else []
    bad += [f"{tally.broken} broken suites or errors beside the tests"] if tally.broken else []
    if exit_code is None:
        return Reading(INCONCLUSIVE, f"{tally.counts}; it did not end by itself", WANTED, tally.counts, _REMEDY)
    if not tally.passed and not bad:
        return Reading(INCONCLUSIVE, f"no test was executed: {tally.counts}", WANTED, tally.counts, _NONE_REMEDY)
    bad += [f"it ended with {exit_code}"] if exit_code else []
    if bad:
        return Reading(FAILED, f"{tally.counts}: {'; '.join(bad)}", WANTED, tally.counts, _REMEDY)
    return Reading(PASSED, tally.counts, WANTED, tally.counts)


def no_summary(reason: str, exit_code: Optional[int]) -> Reading:
    """Nothing told how many tests were executed."""
    ended = "did not end by itself" if exit_code is None else f"ended with {exit_code}"
    return Reading(INCONCLUSIVE, f"{reason}; it {ended}", WANTED, "", _UNREAD_REMEDY)
