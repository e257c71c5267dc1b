# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates of a host that the policy sets limits to: its clock, its last backup, its way back, its drift (pure).

They hold for promotions only: what they ask for must never keep a host from going back.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .._ledger.model import Run
from .._manifest.model import ENFORCE, REPORT
from .._manifest.policy_model import ADOPT, ANY, REFUSE, Policy, Preflight
from .finding import Evidence, Finding, judged, policy_of, reason_of, untold, value_of
from .model import PASSED

_STATUS = "see mint.promotion.status"


def limits_of(run: Run) -> Preflight:
    """What the policy of the run's environment asks of hosts."""
    return policy_of(run).preflight


def clock(run: Run, evidence: Evidence) -> Finding:
    """The host's time and the control node's, as far apart as the way between them lets one tell."""
    limit = limits_of(run).clock_skew_seconds
    wanted = f"the control node's time, give or take {limit:g} s"
    told = value_of(evidence, "clock")
    if told is None:
        return judged([], [reason_of(evidence, "clock")], "", wanted)
    skew, error = told["skew_seconds"], told["error_seconds"]
    found = f"{abs(skew):.1f} s {'ahead' if skew >= 0 else 'behind'}, give or take {error:.1f} s"
    if abs(skew) - error > limit:
        return judged([found], [], "", wanted, "let the host keep its time by NTP: timedatectl set-ntp true")
    remedy = "run it again: the host took too long to answer for its time to be told; or allow more by the policy"
    return judged([], [found] if abs(skew) + error > limit else [], found, wanted, remedy)


def wants_backup(policy: Policy) -> bool:
    """Tell whether the policy asks for a backup at all."""
    return policy.preflight.backup is not None


def backup(run: Run, evidence: Evidence) -> Finding:
    """How long ago the host was backed up, by its own clock."""
    wanted_backup = limits_of(run).backup
    limit = wanted_backup.max_age_seconds if wanted_backup else 0
    wanted = f"a backup of the last {_span(limit)}"
    told = value_of(evidence, "backup")
    remedy = "make a backup, and run it again"
    if told is None:
        return judged([], [reason_of(evidence, "backup")], "", wanted, "let the host tell when it was backed up last")
    if told["fault"]:
        return judged([told["fault"]], [], "", wanted, remedy)
    age = told["age_seconds"]
    if age < -limits_of(run).clock_skew_seconds:
        return judged([], [f"{told['source']} is {_span(-age)} in the future"], "", wanted, "correct the clocks")
    found = f"{_span(max(age, 0))} ago ({told['source']})"
    return judged([found] if age > limit else [], [], found, wanted, remedy)


def previous(run: Run, evidence: Evidence) -> Finding:
    """Whether what is live could be brought back: it is what a later rollback goes to."""
    limits = limits_of(run)
    wanted = "the live release, with its files and images"
    wanted += ", or another known good one" if limits.previous == ANY else ""
    unknown = untold(evidence)
    if unknown:
        return judged([], unknown, "", wanted, _STATUS)
    observed = value_of(evidence, "release")
    live = observed.get("live")
    if live is None:
        return Finding(PASSED, "nothing is live: a first promotion has nothing to go back to", wanted)
    if run.manifest_digest and live["manifest_digest"] == run.manifest_digest:
        return Finding(PASSED, f"the manifest of {live['release']}, which is live, again", wanted)
    kept = next((one for one in observed.get("releases", ()) if one["release"] == live["release"]), None)
    other = _another_way_back(observed) if limits.previous == ANY else None
    bad, unknown = _missing(live, kept), _unsure(live, kept)
    if other and (bad or unknown):
        return Finding(PASSED, f"{other}; {'; '.join([*bad, *unknown])}", wanted)
    remedy = "promote the manifest that is live again, which brings its images back; or let the policy ask for any"
    return judged(bad, unknown, str(live["release"]) + _cut_off(run), wanted, remedy)


def _cut_off(run: Run) -> str:
    """Say that the way back ends where a migration has run that nothing takes back."""
    names = run.manifest.irreversible if run.manifest else ()
    return f"; no rollback goes there if it lacks the migration {', '.join(names)}" if names else ""


def _missing(live: Mapping[str, Any], kept: Optional[Mapping[str, Any]]) -> List[str]:
    if kept is None:
        return [f"{live['release']} is live, and its folder is not there"]
    bad = [f"{live['release']} has not all of its images"] if kept["images_present"] is False else []
    return bad + [f"{live['release']}: {fault}" for fault in live.get("faults") or ()]


def _unsure(live: Mapping[str, Any], kept: Optional[Mapping[str, Any]]) -> List[str]:
    if kept is None:
        return []
    unknown = [f"the images of {live['release']} could not be asked for"] if kept["images_present"] is None else []
    return unknown + ([f"the files of {live['release']} could not be read"] if live.get("faults") is None else [])


def _another_way_back(observed: Mapping[str, Any]) -> Optional[str]:
    ways = (one for one in observed.get("releases", ()) if one["rollback_target"] and one["images_present"])
    return next((str(one["release"]) for one in ways), None)


def drift_mode(policy: Policy) -> str:
    """Without a word of the policy drift is told, and the promotion replaces what differs."""
    return ENFORCE if policy.preflight.drift == REFUSE else REPORT


def drift(run: Run, evidence: Evidence) -> Finding:
    """Whether what runs is still what the last run left, as its journal proved it."""
    wanted = "the live release as it was promoted"
    observed = value_of(evidence, "release")
    unknown = [f"{one['part']}: {one['reason']}" for one in (observed or {}).get("unknown", ())]
    if observed is None or unknown:
        return judged([], unknown or [reason_of(evidence, "release")], "", wanted, _STATUS)
    live, unfinished = observed.get("live"), observed.get("unfinished")
    if unfinished:
        return Finding(PASSED, f"work of {unfinished['run_key']}, which this run ends first", wanted)
    if live is None:
        return Finding(PASSED, "nothing is live", wanted)
    differing = [f"{one['subject']}: {one['found']}" for one in observed["drift"] or ()]
    differing += (
        [] if live["run_key"] else [f"{live['release']} is live, and the journal knows of no run that put it there"]
    )
    if differing and limits_of(run).drift == ADOPT:
        return Finding(PASSED, f"adopted: {'; '.join(differing)}", wanted)
    again = f"ansible-playbook mint.promotion.rollback -e promotion_release={str(live['manifest_digest'])[7:19]}"
    right = f"put it right: {again}" if live["run_key"] else "bring the journal of the stack back (journal.jsonl)"
    remedy = f"{right}; or let the policy adopt it (preflight.drift)"
    return judged(differing, [], str(live["release"]), wanted, remedy)


def _span(seconds: float) -> str:
    """A length of time for people: the two units that matter, from days down to seconds."""
    whole = int(seconds)
    parts = ((whole // 86400, "d"), (whole % 86400 // 3600, "h"), (whole % 3600 // 60, "min"), (whole % 60, "s"))
    told = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(told[:2]) or "0 s"
