# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether enough people approve of a promotion (pure): k of n distinct ones, never who asks for it.

What the verifiers hold the ledger to afterwards (_ledger/verify_approvals) is held here before anything is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import FrozenSet, Iterable, List, Optional, Sequence, Tuple

from .._ledger.model import Approval, ApprovalPolicy, Run
from .._ledger.sshsig import NAMESPACE
from .._manifest.model import ENFORCE, Manifest
from .._manifest.policy_model import Approvals, Policy
from .finding import Finding
from .model import FAILED, PASSED, Evaluation

NAME = "approvals"
CLOCKS_DIFFER = timedelta(minutes=5)  # between who wrote a request and the control node, at most
_TOLD = 5  # of what does not count
_SHORT = 19  # characters of a digest that messages show: sha256: and 12 hex digits


@dataclass(frozen=True)
class Request:
    """What people were asked to approve of, and who has signed it."""

    digest: str  # sha256:<64 hex> of what is signed
    approval: Approval
    begun: datetime
    expires: datetime
    path: str  # the file whose bytes are signed
    people: Tuple[str, ...] = ()  # whose signature under it is good, each once
    faults: Tuple[str, ...] = ()  # what is wrong with other signatures under it


@dataclass(frozen=True)
class Situation:
    """What approvals have to fit. Digests are sha256:<64 hex>."""

    environment: str
    stack: str
    manifest: str  # the digest of what shall go live
    live: FrozenSet[str]  # digests of the manifests that are live; empty where none is known
    used: FrozenSet[str]  # digests of what was signed for earlier promotions
    requesters: Tuple[str, ...]  # the names of who asks for this one
    now: datetime
    longest: float  # seconds that what people sign may hold
    irreversible: Tuple[str, ...] = ()  # the migrations of what shall go live that nothing takes back


@dataclass(frozen=True)
class Count:
    """Who counts, by what they have signed, and why other signatures do not."""

    counted: Tuple[Tuple[Request, Tuple[str, ...]], ...]
    left_out: Tuple[str, ...] = ()
    waiting: Tuple[Request, ...] = ()  # what still holds: more people can sign it

    @property
    def people(self) -> Tuple[str, ...]:
        return tuple(name for _request, names in self.counted for name in names)


def wanted(manifest: Manifest, environment: str) -> Optional[Approvals]:
    """Return whom the policy of an environment asks about a manifest, and how many; None where it asks nobody.

    Where a migration cannot be taken back it names people: validation sees to that (`support.unapproved_faults`).
    """
    asked = manifest.policy.get(environment, Policy()).approvals
    if asked is None:
        return None
    threshold = max(asked.threshold, asked.irreversible) if manifest.irreversible else asked.threshold
    return replace(asked, threshold=threshold) if threshold else None


def count(requests: Iterable[Request], principals: Sequence[str], situation: Situation, overrides: str = "") -> Count:
    """Count the people among `principals` who have signed for this promotion, each once.

    With the name of a window, what `overrides` it is counted, and nothing else; without, what overrides none.
    """
    counted: List[Tuple[Request, Tuple[str, ...]]] = []
    left_out: List[str] = []
    waiting: List[Request] = []
    seen: FrozenSet[str] = frozenset()
    for request in requests:
        if request.approval.overrides != overrides:
            continue
        fault = request_fault(request, situation)
        if fault:
            left_out.append(f"request {request.approval.request_id} {fault}")
            continue
        waiting.append(request)
        left_out += request.faults
        names = []
        for name in dict.fromkeys(request.people):
            reason = _person_fault(name, principals, situation.requesters)
            if reason:
                left_out.append(f"{name} {reason}")
            elif name not in seen:
                names.append(name)
        seen |= frozenset(names)
        if names:
            counted.append((request, tuple(names)))
    return Count(tuple(counted), tuple(dict.fromkeys(left_out)), tuple(waiting))


def request_fault(request: Request, situation: Situation) -> str:
    """Say why what was signed is not for this promotion; empty when it is."""
    said = request.approval
    for name, found, wanted in (
        ("environment", said.environment, situation.environment),
        ("stack", said.stack, situation.stack),
    ):
        if found != wanted:
            return f"is for the {name} {found}, wanted {wanted}"
    if said.manifest_digest != situation.manifest:
        return f"is for another manifest, {said.manifest_digest[:_SHORT]}, wanted {situation.manifest[:_SHORT]}"
    if request.expires <= situation.now:
        return f"expired on {said.expires_on}"
    if said.irreversible != situation.irreversible:
        names = ", ".join(situation.irreversible) or "none"
        return f"names other irreversible migrations than this manifest has: {names}"
    if holds_too_long(request.begun, request.expires, situation.now, situation.longest):
        return f"holds until {said.expires_on}, for more than the {situation.longest} s of the policy"
    if request.digest in situation.used:
        return "is used up: an earlier promotion has used it"
    if situation.live and said.replaces not in situation.live:
        live = min(situation.live)[:_SHORT]
        return f"is for replacing {said.replaces[:_SHORT] or 'nothing'}, and {live} is live by now"
    return ""


def holds_too_long(begun: datetime, expires: datetime, now: datetime, longest: float) -> bool:
    """Tell whether something was signed for more than `longest` seconds. What is dated ahead counts from now on."""
    return expires - min(begun, now + CLOCKS_DIFFER) > timedelta(seconds=longest)


def _person_fault(name: str, principals: Sequence[str], requesters: Sequence[str]) -> str:
    if is_one_of(name, requesters):
        return "asks for this run, and does not count"
    return "" if name in principals else "is not among those who may approve"


def is_one_of(name: str, requesters: Sequence[str]) -> bool:
    """Tell whether a person is one who asks for the run.

    A user of the control node (`ada`) is taken for the person whose name begins so (`ada@example.com`), and back.
    """
    user = name.partition("@")[0]
    return any(
        name == one or ("@" not in one or "@" not in name) and one.partition("@")[0] == user for one in requesters
    )


def asked_approvals(run: Run, evaluation: Evaluation) -> Optional[ApprovalPolicy]:
    """Return what the verdict of a promotion has to say of the approvals that its policy asks for.

    Verifiers hold a verdict to it; so a policy that only wants a report is stated where enough people approve.
    """
    asked = wanted(run.manifest, run.environment) if run.manifest else None
    results = [one for one in evaluation.results if one.gate == NAME]
    if run.manifest is None or asked is None or not results:
        return None
    if any(one.mode != ENFORCE and one.verdict != PASSED for one in results):
        return None
    return ApprovalPolicy(asked.threshold, asked.principals, run.manifest.irreversible)


def judge_approvals(
    found: Count,
    threshold: int,
    principals: Sequence[str],
    requesters: Sequence[str],
    approve: str,
    irreversible: Sequence[str] = (),
) -> Finding:
    """PASSED when enough people count. `approve` is the command that writes what they sign.

    `irreversible` are the migrations that nothing takes back, by their ids.
    """
    people = found.people
    told = ", ".join(people) or "nobody"
    purpose = f", who know that nothing takes the migration {', '.join(irreversible)} back" if irreversible else ""
    wanted = f"{threshold} of {', '.join(principals)}{purpose}"
    counts = f"{len(people)}/{threshold} approvals"
    if len(people) >= threshold:
        return Finding(PASSED, f"approved by {told}", wanted, counts=counts)
    others = [name for name in principals if name not in people and not is_one_of(name, requesters)]
    missing = threshold - len(people)
    remedy = _remedy(found.waiting, missing, others, approve)
    return Finding(FAILED, "; ".join((f"approved by {told}", *_few(found.left_out))), wanted, remedy, counts)


def _few(reasons: Sequence[str]) -> Tuple[str, ...]:
    more = len(reasons) - _TOLD
    return (*reasons[:_TOLD], f"and {more} more that do not count") if more > 0 else tuple(reasons)


def _remedy(waiting: Sequence[Request], missing: int, others: Sequence[str], approve: str) -> str:
    """The next command: to write a request, or to sign the one that waits."""
    if len(others) < missing:
        return "let somebody ask for the run who is not among those who may approve"
    if not waiting:
        return approve
    return f"{missing} more of {', '.join(others)}: {signing_command(waiting[-1].path)}"


def signing_command(path: str) -> str:
    """Return what a person types to sign the file `path`. The name of the signature is free, its folder is not."""
    return f"ssh-keygen -Y sign -n {NAMESPACE} -f ~/.ssh/id_ed25519 < {path} > {path}.$USER.sig"
