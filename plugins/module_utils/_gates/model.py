# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence judged: a gate's verdict on one host or on the run, and the decision they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

PASSED = "PASSED"
FAILED = "FAILED"
INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class GateResult:
    """One gate on one host. `mode` is enforce or report; `found` and `wanted` are for a person."""

    gate: str
    host: str
    verdict: str
    mode: str
    found: str
    wanted: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{self.host}: {self.gate} {self.verdict}: found {self.found}, wanted {self.wanted}{remedy}"


@dataclass(frozen=True)
class Evaluation:
    """All results and the decision: PASSED only when every enforced gate says PASSED."""

    verdict: str
    results: Tuple[GateResult, ...]

    @property
    def stoppers(self) -> Tuple[GateResult, ...]:
        return tuple(one for one in self.results if one.mode == "enforce" and one.verdict != PASSED)
