# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the Test Anything Protocol, versions 12 to 14 (https://testanything.org/tap-version-14-specification.html)."""

from __future__ import annotations

import re
from typing import Dict, List, Optional

from .reading import Reading, lines
from .tally import Tally, no_summary, read_tally

_POINT = re.compile(r"( *)(ok|not ok)\b(.*)")
_PLAN = re.compile(r"1\.\.([0-9]{1,9})(?: *#.*)?")
_DIRECTIVE = re.compile(r"(?<!\\)#\s*(skip|todo)\b", re.IGNORECASE)
_OPENS = re.compile(r" +---")
_CLOSES = re.compile(r" +\.\.\.")


def tap(output: str, exit_code: Optional[int]) -> Reading:
    """Count the test points that have none within them; what is around others fails with them.

    A run without its plan, or with fewer points than that, has broken off and is INCONCLUSIVE.
    """
    told = _without_diagnostics(lines(output))
    plans = [int(one[1]) for one in map(_PLAN.fullmatch, told) if one]
    points = [one for one in map(_POINT.fullmatch, told) if one]
    if any(line.startswith("Bail out!") for line in told):
        return no_summary("the run of tests bailed out", exit_code)
    if not plans or sum(plans) != sum(not one[1] for one in points):
        seen = sum(not one[1] for one in points)
        return no_summary(f"{seen} TAP results, and a plan for {sum(plans) if plans else 'none'}", exit_code)
    counts: Dict[str, int] = {"passed": 0, "failed": 0, "skipped": 0}
    depth = 0
    for indent, result, rest in (one.groups() for one in points):
        outcome = _outcome(result, rest)
        if depth <= len(indent):  # nothing stands within it
            counts[outcome] += 1
        depth = len(indent)
    hidden = any(_outcome(*one.groups()[1:]) == "failed" for one in points) and not counts["failed"]
    return read_tally(Tally(counts["passed"], counts["failed"], counts["skipped"], int(hidden)), exit_code)


def _outcome(result: str, rest: str) -> str:
    if _DIRECTIVE.search(rest):
        return "skipped"
    return "passed" if result == "ok" else "failed"


def _without_diagnostics(told: List[str]) -> List[str]:
    """Leave out the YAML blocks between --- and ..., which repeat what tests have printed."""
    kept, inside = [], False
    for line in told:
        if inside:
            inside = not _CLOSES.fullmatch(line)
        elif _OPENS.fullmatch(line):
            inside = True
        else:
            kept.append(line)
    return kept
