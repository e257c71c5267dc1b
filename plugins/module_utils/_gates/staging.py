# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the same artifacts have served elsewhere, as the receipts of that environment say (pure).

Verified outcomes are read in the order of the log. They make spells: times in which the same artifacts were live.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from .._ledger.model import PROMOTE, ROLLBACK
from .._manifest.model import IMAGE_DIGEST, Manifest
from .._manifest.policy_model import StagingEvidence
from .._release.model import FAILED as FAILED_RUN
from .._release.model import (
    JUDGED,
    NO_CHANGE,
    NOT_STARTED,
    PROMOTED,
    REFUSED,
    RESTORED,
    ROLLED_BACK,
    STAGED,
    TAKEN_BACK,
)
from .finding import Finding
from .model import FAILED, INCONCLUSIVE, PASSED

NAME = "staging"
# Outcomes that leave what users see as it was.
UNTOUCHED = frozenset({REFUSED, FAILED_RUN, NOT_STARTED, STAGED, JUDGED})
_PUT_BACK = frozenset({ROLLED_BACK, TAKEN_BACK})
_SMOKE = "smoke"  # the step of a report

Artifacts = Mapping[str, str]  # by module: the digest of its image; without one, its revision
Outcome = Mapping[str, Any]  # the predicate of a deployment


@dataclass(frozen=True)
class Spell:
    """A time in which the same artifacts were live. `fault` says what came of them, empty while they serve."""

    run_key: str  # of the last promotion that says so
    artifacts: Artifacts
    manifest: str  # hex digest
    since: datetime
    confirmed: datetime
    smoke: bool  # whether the smoke checks were recorded as passed on every host
    until: Optional[datetime] = None
    fault: str = ""


def artifacts_of(manifest: Manifest) -> Artifacts:
    """Return what shall go live, by module."""
    return {module.name: module.digest or f"revision {module.revision}" for module in manifest.modules}


def spells_of(outcomes: Sequence[Outcome], times: Sequence[datetime], names: Sequence[str]) -> List[Spell]:
    """Return what was live in one environment, one after the other. `names` are the modules that are looked at.

    `times` are those of the outcomes: when the gate stated them. Where its clock was put back, nothing has been live
    for longer, and a confirmation is as old as it says.
    """
    spells: List[Spell] = []
    for outcome, stated, latest in zip(outcomes, times, accumulate(times, max)):
        if outcome["outcome"] not in UNTOUCHED:
            _take_in(spells, outcome, latest, names)
            _confirm(spells, outcome, stated)
    return spells


def _confirm(spells: List[Spell], outcome: Outcome, stated: datetime) -> None:
    """Note when a promotion says itself that it has confirmed what is live."""
    if spells and spells[-1].run_key == outcome["runKey"] and spells[-1].until is None:
        spells[-1] = replace(spells[-1], confirmed=stated)


def _take_in(spells: List[Spell], outcome: Outcome, time: datetime, names: Sequence[str]) -> None:
    word, artifacts = outcome["outcome"], recorded_artifacts(outcome, names)
    if outcome["action"] == PROMOTE and word in (PROMOTED, NO_CHANGE):
        _promoted(spells, outcome, time, artifacts)
    elif outcome["action"] == PROMOTE and word in _PUT_BACK:
        _mark(spells, artifacts, f"{outcome['runKey']} promoted them again and ended {word}")
    elif outcome["action"] == ROLLBACK and word == RESTORED:
        _restored(spells, outcome, time)
    elif word != NO_CHANGE:
        _end(spells, time, f"{outcome['runKey']} ended {word}, and what is live since then is not known")


def recorded_artifacts(outcome: Outcome, names: Iterable[str]) -> Artifacts:
    """Return what a promotion was of, as far as the modules have these names."""
    return {one["name"]: _artifact(one) for one in outcome["modules"] if one["name"] in names}


def _artifact(module: Mapping[str, Any]) -> str:
    found = IMAGE_DIGEST.search(module["image"])
    return f"sha256:{found.group(1)}" if found else f"revision {module['revision']}"


def _promoted(spells: List[Spell], outcome: Outcome, time: datetime, artifacts: Artifacts) -> None:
    smoke, manifest = _has_smoke(outcome), outcome["manifest"]["digest"]["sha256"]
    current = spells[-1] if spells and spells[-1].until is None else None
    if current is not None and current.artifacts == artifacts:
        smoke = smoke or (current.smoke and outcome["outcome"] == NO_CHANGE)
        spells[-1] = replace(current, run_key=outcome["runKey"], manifest=manifest, confirmed=time, smoke=smoke)
        return
    _end(spells, time)
    spells.append(Spell(outcome["runKey"], artifacts, manifest, time, time, smoke))


def _has_smoke(outcome: Outcome) -> bool:
    return bool(outcome["hosts"]) and all(_smoke_done(host) for host in outcome["hosts"])


def _smoke_done(host: Mapping[str, Any]) -> bool:
    steps = [step for report in host["reports"] for step in report["steps"]]
    return any(step["name"] == _SMOKE and step["state"] == "done" for step in steps)


def _restored(spells: List[Spell], outcome: Outcome, time: datetime) -> None:
    """A rollback ends what was live, for good, and puts back what was live before."""
    live = {
        report["manifest"]["sha256"]
        for host in outcome["hosts"]
        for report in host["reports"][-1:]
        if report["manifest"]
    }
    back = [one for one in spells if live == {one.manifest}]
    if spells and spells[-1].until is None and {spells[-1].manifest} != live:
        _end(spells, time, f"{outcome['runKey']} rolled them back")
    if back and spells[-1].until is not None:
        spells.append(replace(back[-1], since=time, until=None, fault=""))


def _end(spells: List[Spell], time: datetime, fault: str = "") -> None:
    if spells and spells[-1].until is None:
        spells[-1] = replace(spells[-1], until=time, fault=fault)


def _mark(spells: List[Spell], artifacts: Artifacts, fault: str) -> None:
    for index, one in enumerate(spells):
        if one.artifacts == artifacts:
            spells[index] = replace(one, fault=one.fault or fault)


def judge_staging(wanted: Artifacts, spells: Sequence[Spell], asked: StagingEvidence, now: datetime) -> Finding:
    """Judge whether `wanted` has served in the other environment; `spells` are of the modules of `wanted` only."""
    name = asked.environment
    asks = f"the same artifacts promoted to {name}{_limits(asked)}"
    again = f"promote this manifest to {name}: ansible-playbook mint.promotion.promote -e promotion_environment={name}"
    if not spells:
        elsewhere = "where another ledger has one: ansible-playbook mint.promotion.import -e promotion_import=SOURCE"
        found = f"no promotion of this stack to {name} in the ledger"
        return Finding(FAILED, found, asks, f"{again}; {elsewhere}")
    fitting = [one for one in spells if one.artifacts == wanted]
    if not fitting:
        return Finding(FAILED, _difference(wanted, spells[-1], name), asks, again)
    last = fitting[-1]
    told = f"{last.run_key} promoted them to {name}"
    if last.fault:
        return Finding(FAILED, f"{told}, and {last.fault}", asks, again)
    if not last.smoke:
        return Finding(INCONCLUSIVE, f"{told}, and tells nothing of smoke checks", asks, again)
    if now - last.confirmed > timedelta(seconds=asked.max_age_seconds):
        return Finding(FAILED, f"{told} {_seconds(now - last.confirmed)} s ago", asks, again)
    return _judge_soak(last, asked, now, Finding(PASSED, told, asks), again)


def _judge_soak(last: Spell, asked: StagingEvidence, now: datetime, passed: Finding, again: str) -> Finding:
    served, soak = (last.until or now) - last.since, timedelta(seconds=asked.soak_seconds)
    told = f"{passed.found}; live there for {_seconds(served)} s"
    if served >= soak:
        return replace(passed, found=told)
    if last.until is not None:
        return replace(passed, verdict=FAILED, found=f"{told}, until something else was promoted", remedy=again)
    ready = (last.since + soak).strftime("%Y-%m-%dT%H:%M:%SZ")
    return replace(passed, verdict=FAILED, found=told, remedy=f"promote again from {ready} on")


def _limits(asked: StagingEvidence) -> str:
    soak = f", live there for {asked.soak_seconds} s" if asked.soak_seconds else ""
    return f" in the last {asked.max_age_seconds} s with their smoke checks{soak}"


def _difference(wanted: Artifacts, last: Spell, name: str) -> str:
    differing: Dict[str, str] = {
        module: f"{module}: {name} ran {last.artifacts.get(module, 'none')}, this manifest has {digest}"
        for module, digest in wanted.items()
        if last.artifacts.get(module) != digest
    }
    return "; ".join(differing.values())


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
