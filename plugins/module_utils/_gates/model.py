# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence judged: a gate's verdict on one host or on the run, and the decision they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

PASSED = "PASSED"
FAILED = "FAILED"
INCONCLUSIVE = "INCONCLUSIVE"
CONTROL = "control"  # the host of a gate whose evidence is observed on the control node
AFTER = ":after"  # how the name of a gate ends that is judged once the release is live

# The gates of the control node, by what their names have before the first colon; capabilities are named by manifests.
CONTROL_FAMILIES = frozenset(
    ("approvals", "authority", "backup", "clock", "drift", "drill", "gaps", "loops")
    + ("previous", "provenance", "recert", "staging", "window")
)


def family_of(gate: str) -> str:
    """Return what the name of a gate has before its first colon: `recert` of `recert:artwork:test`."""
    return gate.partition(":")[0]


@dataclass(frozen=True)
class CommandRun:
    """One run of a command that a gate stands on."""

    run_key: str
    argv: Tuple[str, ...]
    exit_code: Optional[int]  # None where it did not end by itself
    seconds: float
    output: str  # sha256:<hex> of output.txt


@dataclass(frozen=True)
class GateResult:
    """One gate on one host. `mode` is enforce or report; `found` and `wanted` are for a person.

    What follows `remedy` is said of gates of the control node only. Digests are sha256:<64 hex>.
    """

    gate: str
    host: str
    verdict: str
    mode: str
    found: str
    wanted: str
    remedy: str = ""
    seconds: float = 0.0  # how long it was judged
    counts: str = ""  # of tests: "95/95 tests"
    inputs: str = ""  # of all that the answer depends on; empty for an answer that is never used again
    reused: str = ""  # of the receipt that satisfied it
    run: Optional[CommandRun] = None

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
