# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether enough people approved of what a verdict lets go on: k of n distinct ones, never the requester (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from .._gates.approvals import holds_too_long
from .._gates.model import PASSED
from .verdicts import INVALID
from .verify_receipts import Receipt, instant
from .verify_runs import RunBook

Environment = Tuple[str, str]  # stack and environment


@dataclass
class Record:
    """What the log has said before a place: approvals that are used up, and the manifests that are live."""

    used: Dict[Tuple[str, str], Receipt] = field(default_factory=dict)  # what a person signed: the verdict that used it
    live: Dict[Environment, Dict[str, str]] = field(default_factory=dict)  # digests of manifests, by host

    def note_live(self, facts: Mapping[str, Any]) -> None:
        """Learn from a deployment which manifest is live on its hosts now."""
        hosts = self.live.setdefault((facts["stack"], facts["environment"]), {})
        for host, manifest in facts["live"].items():
            if manifest:
                hosts[host] = manifest
            else:
                hosts.pop(host, None)


def judge_approvals(verdict: Receipt, approvals: Sequence[Receipt], run: RunBook, record: Record) -> None:
    """Judge the approvals among the inputs of a verdict, and whether they are enough for it."""
    for approval in approvals:
        fault = _fault(approval, verdict, record)
        if fault:
            verdict.notes.invalid(f"the approval of line {approval.line} {fault}")
    wanted = verdict.facts["approvals"]
    if wanted is not None:
        _judge_count(verdict, approvals, run, wanted)
    if verdict.facts["verdict"] == PASSED and verdict.notes.verdict != INVALID:
        for approval in approvals:
            record.used.update(dict.fromkeys(_signed(approval), verdict))


def _signed(approval: Receipt) -> List[Tuple[str, str]]:
    """What each person has signed: it is the same yes in whatever envelope it comes again."""
    return [(approval.payload, name) for name in approval.people]


def _fault(approval: Receipt, verdict: Receipt, record: Record) -> str:
    """Say why an approval does not hold for this verdict; empty when it does."""
    said, decided = approval.facts, verdict.facts
    for name in ("environment", "stack"):
        if said[name] != decided[name]:
            return f"is for the {name} {said[name]}, wanted {decided[name]}"
    manifest = decided["manifest"]
    if manifest is None or said["manifest"]["digest"] != manifest["digest"]:
        return f"is for another manifest, sha256:{said['manifest']['digest']['sha256'][:16]}…"
    if instant(said["expiresOn"]) <= verdict.time:
        return f"expired on {said['expiresOn']}, before the verdict"
    begun, ended, longest = instant(said["approvedOn"]), instant(said["expiresOn"]), verdict.wanted.approval_seconds
    if longest is not None and holds_too_long(begun, ended, verdict.time, longest):
        return f"holds until {said['expiresOn']}, for more than the {longest} s that its manifest allows"
    used = next((record.used[one] for one in _signed(approval) if one in record.used), None)
    if used is not None:
        return f"is used up: line {used.line} has used it"
    return _replaced_fault(said["replaces"], record.live.get((said["stack"], said["environment"]), {}))


def _replaced_fault(replaces: Optional[Mapping[str, Any]], live: Mapping[str, str]) -> str:
    """What is live is known from the log; where the log does not say it, nothing is wrong."""
    known: Set[str] = set(live.values())
    if not known or (replaces is not None and replaces["digest"]["sha256"] in known):
        return ""
    found = f"sha256:{replaces['digest']['sha256'][:16]}…" if replaces else "nothing"
    return f"is for replacing {found}, and sha256:{min(known)[:16]}… was live by then"


def _judge_count(verdict: Receipt, approvals: Sequence[Receipt], run: RunBook, wanted: Mapping[str, Any]) -> None:
    threshold, principals = wanted["threshold"], dict.fromkeys(wanted["principals"])
    if verdict.facts["verdict"] != PASSED:
        return
    if run.intent is None:
        verdict.notes.untold("approvals: no intent of this run says who requested it")
    plain = [approval for approval in approvals if not approval.facts["overrides"]]
    for approval in plain:
        if approval.facts["irreversible"] != wanted["irreversible"]:
            verdict.notes.invalid(f"the approval of line {approval.line} {_migrations_fault(approval, wanted)}")
    people: List[str] = list(dict.fromkeys(name for approval in plain for name in approval.people))
    counted = [name for name in people if name in principals and name not in run.requesters]
    for name in people:
        if name not in counted:
            why = "requested the run" if name in run.requesters else "is not among the principals"
            verdict.notes.warn(f"the approval of {name} does not count: {name} {why}")
    if len(counted) < threshold:
        names = ", ".join(counted) or "nobody"
        left_out = "; ".join(verdict.notes.warnings)
        verdict.notes.invalid(
            f"approvals: {len(counted)} of {threshold} wanted ({names})" + (f"; {left_out}" if left_out else "")
        )


def _migrations_fault(approval: Receipt, wanted: Mapping[str, Any]) -> str:
    said, asked = (", ".join(one["irreversible"]) or "none" for one in (approval.facts, wanted))
    return f"knows of the irreversible migrations {said}, wanted {asked}"
