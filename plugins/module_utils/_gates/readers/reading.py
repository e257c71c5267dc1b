# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a reader says of a command's output (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Iterator, List, Match, Optional

from ..model import FAILED, INCONCLUSIVE, PASSED

# Select Graphic Rendition and the other control sequences of a terminal (ECMA-48, 5.4).
_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_NOT_ENDED = "it did not end by itself"


@dataclass(frozen=True)
class Reading:
    """The verdict over one output. `found` and `wanted` are for a person, `counts` is short: `95/95 tests`."""

    verdict: str
    found: str
    wanted: str
    counts: str = ""
    remedy: str = ""


# Takes the output as text, and the exit code, or None for a command that did not end by itself.
Reader = Callable[[str, Optional[int]], Reading]


def lines(output: str) -> List[str]:
    """Return the lines of an output as a person sees them: without colours, without what trails."""
    return [line.rstrip() for line in _CONTROL_SEQUENCE.sub("", output).splitlines()]


def matches(pattern: str, output: List[str]) -> Iterator[Match[str]]:
    """Yield how each line that is wholly `pattern` matches it."""
    compiled = re.compile(pattern)
    return (found for found in map(compiled.fullmatch, output) if found)


def unreadable(reason: str, wanted: str, exit_code: Optional[int], remedy: str = "") -> Reading:
    """An output that says nothing that the reader knows. It is no failure and never a pass."""
    ended = _NOT_ENDED if exit_code is None else f"it ended with {exit_code}"
    return Reading(INCONCLUSIVE, f"{reason}; {ended}", wanted, "", remedy)


def judged(
    bad: List[str], unknown: List[str], good: str, wanted: str, counts: str, exit_code: Optional[int], remedy: str
) -> Reading:
    """FAILED beats INCONCLUSIVE beats PASSED. An output that is well, of a command that is not, is INCONCLUSIVE."""
    if exit_code is None:
        unknown = [*unknown, _NOT_ENDED]
    elif exit_code != 0 and not bad:
        unknown = [*unknown, f"it ended with {exit_code}, which its output does not explain"]
    verdict = FAILED if bad else INCONCLUSIVE if unknown else PASSED
    found = "; ".join([*bad, *unknown]) or good
    return Reading(verdict, found, wanted, counts, remedy if bad or unknown else "")


def plural(count: int, word: str) -> str:
    """Return `1 test`, `2 tests`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
