# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the way back from the same artifacts was tried elsewhere, as the receipts of that environment say (pure).

A drill is a promotion of them, a rollback from it on all hosts, and a promotion of the same manifest again. Verified
outcomes are read in the order of the log. Whoever starts a drill has to end it: the last one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Iterator, List, Optional, Sequence, Tuple

from .._ledger.model import PROMOTE, ROLLBACK
from .._manifest.policy_model import Drill
from .._release.model import NO_CHANGE, PROMOTED, RESTORED
from .finding import Finding
from .model import FAILED, PASSED
from .staging import UNTOUCHED, Artifacts, Outcome, recorded_artifacts

NAME = "drill"


@dataclass(frozen=True)
class Trial:
    """A rollback from the artifacts. `fault` says why it proves nothing, empty where it does."""

    run_key: str  # of the rollback
    time: datetime  # when the gate stated its outcome
    seconds: float  # on the host that took longest
    fault: str = ""
    is_open: bool = False  # nothing was promoted since


@dataclass(frozen=True)
class Drills:
    """What one environment has seen of the artifacts."""

    promoted: str = ""  # the run key of their last promotion, empty for none
    trials: Tuple[Trial, ...] = ()


def drills_of(wanted: Artifacts, outcomes: Sequence[Outcome], times: Sequence[datetime]) -> Drills:
    """Return what became of `wanted` in one environment. `times` are those of its outcomes."""
    changes = [(one, time) for one, time in zip(outcomes, times) if not _changed_nothing(one)]
    promoted = [one["runKey"] for one, _time in changes if _promotes(one, wanted)]
    return Drills(promoted[-1] if promoted else "", tuple(_trials(wanted, changes)))


def _changed_nothing(outcome: Outcome) -> bool:
    return outcome["outcome"] in UNTOUCHED or (outcome["action"], outcome["outcome"]) == (ROLLBACK, NO_CHANGE)


def _promotes(outcome: Outcome, wanted: Artifacts) -> bool:
    """Tell whether it left the artifacts live, which they may have been before."""
    went_well = outcome["action"] == PROMOTE and outcome["outcome"] in (PROMOTED, NO_CHANGE)
    return went_well and recorded_artifacts(outcome, wanted) == wanted


def _trials(wanted: Artifacts, changes: Sequence[Tuple[Outcome, datetime]]) -> Iterator[Trial]:
    for index in range(1, len(changes)):
        before, (rollback, time) = changes[index - 1][0], changes[index]
        if rollback["action"] == ROLLBACK and _promotes(before, wanted) and _goes_away(rollback):
            later = (one for one, _time in changes[index + 1 :] if one["outcome"] != NO_CHANGE)
            yield _trial(before, rollback, time, next(later, None))


def _goes_away(rollback: Outcome) -> bool:
    """Tell it from a rollback to what is live, which mends a host."""
    return rollback["outcome"] != RESTORED or any(host["from"] != host["live"] for host in rollback["hosts"])


def _trial(before: Outcome, rollback: Outcome, time: datetime, after: Optional[Outcome]) -> Trial:
    seconds = max((host["seconds"] for host in rollback["hosts"]), default=0.0)
    trial = Trial(rollback["runKey"], time, seconds)
    fault = _rollback_fault(before, rollback)
    if not fault and after is None:
        return replace(trial, fault="they were not promoted again since", is_open=True)
    return replace(trial, fault=fault or _promotion_fault(before, after))


def _rollback_fault(before: Outcome, rollback: Outcome) -> str:
    if rollback["outcome"] != RESTORED:
        return f"it ended {rollback['outcome']}"
    live = {host["name"]: host["live"] for host in before["hosts"]}
    left = {host["name"]: host["from"] for host in rollback["hosts"] if _was_restored(host)}
    missing = [name for name in live if name not in left]
    if missing:
        return f"not on {', '.join(missing)}"
    other = [name for name in left if left[name] != live.get(name)]
    if other:
        return f"on {', '.join(other)} from another release than {before['runKey']} had made live"
    return ""


def _was_restored(host: Outcome) -> bool:
    return bool(host["outcome"] == RESTORED and host["from"] != host["live"])


def _promotion_fault(before: Outcome, after: Optional[Outcome]) -> str:
    """Say why what came after the rollback is not the same promotion again."""
    if after is None or after["action"] != PROMOTE or after["manifest"] is None:
        return "they were not promoted again after it"
    if after["manifest"]["digest"] != before["manifest"]["digest"]:
        return f"{after['runKey']} promoted another manifest after it"
    if after["outcome"] != PROMOTED:
        return f"{after['runKey']} promoted them again and ended {after['outcome']}"
    return ""


def judge_drill(drills: Drills, asked: Drill, now: datetime) -> Finding:
    """Judge by the last drill whether the way back is known, recent and short enough."""
    name, trials = asked.environment, drills.trials
    failed = Finding(FAILED, "", _wanted(asked), "; ".join(_commands(name)))
    if not trials:
        return replace(failed, found=_never(drills, name))
    last = trials[-1]
    told = f"{last.run_key} rolled them back in {name}"
    if last.fault:
        remedy = _commands(name)[0] if last.is_open else failed.remedy
        return replace(failed, found=f"{told}, but {last.fault}", remedy=remedy)
    timed = f"{told} in {last.seconds:.1f} s, and they were promoted again"
    finding = replace(failed, found=timed, counts=f"rollback {last.seconds:.1f} s")
    if asked.max_rollback_seconds is not None and last.seconds > asked.max_rollback_seconds:
        where = f"see in the receipt of {last.run_key} which step took long, and drill again"
        return replace(finding, remedy=f"{where}: {failed.remedy}")
    age = now - last.time
    if age > timedelta(seconds=asked.max_age_seconds):
        return replace(finding, found=f"{timed}, {int(age.total_seconds())} s ago")
    return replace(finding, verdict=PASSED, remedy="")


def _never(drills: Drills, name: str) -> str:
    if not drills.promoted:
        return f"no promotion of these artifacts to {name} in the ledger"
    return f"{drills.promoted} promoted them to {name}, and no rollback from there in the ledger"


def _wanted(asked: Drill) -> str:
    limit = asked.max_rollback_seconds
    within = f" within {limit:g} s" if limit is not None else ""
    return (
        f"the same artifacts promoted to {asked.environment}, rolled back{within} in the last "
        f"{asked.max_age_seconds} s, and promoted again"
    )


def _commands(name: str) -> List[str]:
    """The commands of a drill, in their order."""
    promote = f"ansible-playbook mint.promotion.promote -e promotion_environment={name}"
    return [promote, f"ansible-playbook mint.promotion.rollback --limit {name}", promote]
