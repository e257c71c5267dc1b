# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rule says of one host, and how a rule reads the evidence (pure).

Evidence maps a name to an observation, `{"value": ...}`, or `{"value": None, "reason": "..."}` where it could not
be made. What the values look like is said in `observe`, which makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, List, Mapping, Optional, Tuple

from .._ledger.model import Run
from .._manifest.policy_model import Policy
from .model import FAILED, INCONCLUSIVE, PASSED, CommandRun

Evidence = Mapping[str, Any]

# Of what release_info observes, the parts that lie in the stack's folder; the engine has gates of its own.
_STORE_PARTS = frozenset({"stack", "journal", "live", "releases", "lock"})


@dataclass(frozen=True)
class Finding:
    """What one rule says of one host, or of the control node."""

    verdict: str
    found: str
    wanted: str
    remedy: str = ""
    counts: str = ""  # of tests: "95/95 tests"
    run: Optional[CommandRun] = None  # the command that it stands on


def value_of(evidence: Evidence, name: str) -> Any:
    """The observation of this name; None where it could not be made."""
    return evidence.get(name, {}).get("value")


def reason_of(evidence: Evidence, name: str) -> str:
    """Why the observation of this name could not be made."""
    return str(evidence.get(name, {}).get("reason") or "it was not observed")


def judged(bad: List[str], unknown: List[str], good: str, wanted: str, remedy: str = "") -> Finding:
    """FAILED beats INCONCLUSIVE beats PASSED; everything that is not well is told."""
    verdict = FAILED if bad else INCONCLUSIVE if unknown else PASSED
    return Finding(verdict, "; ".join([*bad, *unknown]) or good, wanted, remedy if bad or unknown else "")


def each_of(evidence: Evidence, name: str) -> Tuple[Iterable[Any], List[str]]:
    """The entries of a list observation, and why there are none when it could not be made."""
    value = value_of(evidence, name)
    return (value, []) if value is not None else ((), [reason_of(evidence, name)])


def untold(evidence: Evidence) -> List[str]:
    """What could not be told of the stack's folder on the host."""
    value = value_of(evidence, "release")
    if value is None:
        return [reason_of(evidence, "release")]
    return [f"{one['part']}: {one['reason']}" for one in value.get("unknown", ()) if one["part"] in _STORE_PARTS]


def policy_of(run: Run) -> Policy:
    """The policy of the run's environment; a rollback is judged by the default one."""
    return run.manifest.policy.get(run.environment, Policy()) if run.manifest else Policy()
