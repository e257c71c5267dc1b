# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates: small predicates over the evidence of one host, in one table (pure).

Those that the policy sets limits to are in `preflight`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional, Tuple

from .._ledger.model import PROMOTE, ROLLBACK, Run
from .._manifest.model import ENFORCE, REGISTRY, Check, HttpCheck
from .._manifest.policy_model import Policy
from . import preflight
from .anchors import NAME as ANCHOR
from .approvals import NAME as APPROVALS
from .architecture import platform_of
from .finding import Evidence, Finding, each_of, judged, reason_of, untold, value_of
from .inheritance import NAME as INHERITANCE
from .model import FAILED, INCONCLUSIVE, PASSED
from .staging import NAME as STAGING
from .versions import at_least
from .windows import NAME as WINDOW


def _enforced(_policy: Policy) -> str:
    return ENFORCE


def _always(_policy: Policy) -> bool:
    return True


@dataclass(frozen=True)
class Gate:
    """A rule by name. `actions` are those it applies to; a `vital` one can't be lowered to report.

    `mode` is what it has where the policy names none for it; `asked` tells whether the policy asks for it at all.
    """

    name: str
    rule: Callable[[Run, Evidence], Finding]
    actions: Tuple[str, ...] = (PROMOTE,)
    vital: bool = False
    mode: Callable[[Policy], str] = _enforced
    asked: Callable[[Policy], bool] = _always


def engine(run: Run, evidence: Evidence) -> Finding:
    minimum = preflight.limits_of(run).engine
    return _version(run, evidence, "engine", "Docker Engine", minimum, "install or start docker")


def compose(run: Run, evidence: Evidence) -> Finding:
    minimum = preflight.limits_of(run).compose
    return _version(run, evidence, "compose", "docker compose plugin", minimum, "install docker-compose-plugin")


def _version(run: Run, evidence: Evidence, name: str, program: str, minimum: str, remedy: str) -> Finding:
    """A program that answers, and in a promotion is no older than the policy allows: a way back is never too old."""
    version = value_of(evidence, name)
    if not version:
        return judged([reason_of(evidence, name)], [], "", f"the {program}, and an answer of it", remedy)
    new_enough = at_least(version, minimum) if run.action == PROMOTE else True
    bad = [f"version {version}"] if new_enough is False else []
    unknown = [f"version {version}, which cannot be compared"] if new_enough is None else []
    return judged(bad, unknown, f"version {version}", f"{program} {minimum}", f"upgrade it to {minimum}")


def privileges(run: Run, evidence: Evidence) -> Finding:
    wanted = "a user that may write the promotion root, and give files to their owner and group"
    user = value_of(evidence, "user")
    if user is None:
        return judged([], [reason_of(evidence, "user")], "", wanted)
    bad = [] if user["root_writable"] else [f"user {user['name']} may not write {user['root']}"]
    bad += [f"there is no {kind} {one['name']} on this host" for kind, one in _owners(user) if not one["known"]]
    bad += [
        f"user {user['name']} may not give files to {kind} {one['name']}"
        for kind, one in _owners(user)
        if one["known"] and not one["allowed"]
    ]
    remedy = (
        "use a user with sudo (ansible_become: true) or give this one the folder; correct promotion_owner and "
        "promotion_group"
    )
    return judged(bad, [], f"user {user['name']}", wanted, remedy)


def _owners(user: Mapping[str, Any]) -> List[Tuple[str, Mapping[str, Any]]]:
    """Who shall own the files, where that was asked for."""
    asked = (("user", user.get("owner")), ("group", user.get("group")))
    return [(kind, one) for kind, one in asked if one]


def platform(run: Run, evidence: Evidence) -> Finding:
    host = value_of(evidence, "platform")
    if host is None:
        return judged([], [reason_of(evidence, "platform")], "", "images for the host's platform")
    here = platform_of(host)
    images, unknown = each_of(evidence, "images")
    bad = [
        f"{one['module']} is for {', '.join(one['platforms'])}"
        for one in images
        if one.get("platforms") and here not in one["platforms"]
    ]
    return judged(bad, unknown, here, f"images for {here}", f"build them for {here}")


def images(run: Run, evidence: Evidence) -> Finding:
    found, unknown = each_of(evidence, "images")
    bad: List[str] = []
    for one in found:
        if one["here"] or one["registry"] or one.get("source", REGISTRY) != REGISTRY:
            continue
        told = f"{one['module']}: {one['reference']} {one.get('reason') or 'is not in its registry'}"
        (bad if one["registry"] is False else unknown).append(told)
    wanted = "every image on the host, in its registry, or given by the control node"
    return judged(
        bad,
        unknown,
        "all images",
        wanted,
        "push them (mint.promotion.build), or give hosts a login (promotion_registry_logins)",
    )


def disk(run: Run, evidence: Evidence) -> Finding:
    """Room for the images and a margin; unpacking needs about as much again as the compressed layers."""
    value = value_of(evidence, "disk")
    found, _unknown = each_of(evidence, "images")
    margin = preflight.limits_of(run).disk_margin_bytes
    needed = margin + 2 * sum(one.get("size") or 0 for one in found if not one["here"])
    wanted = f"{_mebibytes(needed)} free"
    if value is None:
        return judged([], [reason_of(evidence, "disk")], "", wanted)
    free = min(value["root_free"], value["data_free"])
    bad = [f"{_mebibytes(free)} free"] if free < needed else []
    return judged(bad, [], f"{_mebibytes(free)} free", wanted, "free disk space on the host")


def ports(run: Run, evidence: Evidence) -> Finding:
    found, unknown = each_of(evidence, "ports")
    bad = [
        f"{one['address']}:{one['published']} of {one['module']} is taken by {one.get('owner') or 'another program'}"
        for one in found
        if one["state"] == "taken"
    ]
    return judged(bad, unknown, "free or ours", "ports that are free or this stack's", "stop it, or change the port")


def attachments(run: Run, evidence: Evidence) -> Finding:
    bad: List[str] = []
    unknown: List[str] = []
    for kind in ("networks", "volumes"):
        value = value_of(evidence, kind)
        if value is None:
            unknown.append(reason_of(evidence, kind))
        bad += [f"no external {kind[:-1]} {name}" for name, there in (value or {}).items() if not there]
    wanted = "every external network and volume of the manifest"
    return judged(
        bad, unknown, "all there", wanted, "create them on the host: docker network create, docker volume create"
    )


def reachability(run: Run, evidence: Evidence) -> Finding:
    found, unknown = each_of(evidence, "reachability")
    bad = [
        f"{one['name']} ({one['host']}:{one['port']}): {one.get('reason') or 'no answer'}"
        for one in found
        if not one["reachable"]
    ]
    return judged(
        bad, unknown, "all reachable", "a TCP connection to each", "check the service, the route, the firewall"
    )


def own_check(check: Check, told: Mapping[str, Any]) -> Finding:
    """A gate that the manifest brings: its check's observation is its finding."""
    verdict = {True: PASSED, False: FAILED}.get(told["passed"], INCONCLUSIVE)
    remedy = "" if verdict == PASSED else f"ask it yourself, from {_ASKED_FROM[check.run_from]}: {_by_hand(check)}"
    return Finding(verdict, str(told["found"]), str(told["wanted"]), remedy)


_ASKED_FROM = {"host": "the host", "control": "the control node"}


def _by_hand(check: Check) -> str:
    """The command that asks what the check asks, as a person types it; placeholders stay."""
    if check.command is not None:
        return " ".join(map(shlex.quote, check.command.argv))
    http = check.http or HttpCheck()
    return f"curl --include --request {http.method} {shlex.quote(http.url or '')}"


def lock(run: Run, evidence: Evidence) -> Finding:
    value = value_of(evidence, "release")
    unknown = untold(evidence)
    if unknown:
        return judged([], unknown, "", "no other run on the stack", "see mint.promotion.status")
    holder = value.get("lock")
    if not holder or (holder["expired"] and not holder["worker_alive"]):
        return judged([], [], "free", "no other run on the stack")
    told = f"held by {holder['run_key']} ({holder['holder']}) since {holder['since']} until {holder['until']}"
    unlock = f"ansible-playbook mint.promotion.unlock -e promotion_lock={holder['run_key']}"
    remedy = f"wait, or break it if that run is dead: {unlock}"
    return judged([told], [], "", "no other run on the stack", remedy)


def target(run: Run, evidence: Evidence) -> Finding:
    """A rollback needs a release to go to; which one, the host has worked out from its journal."""
    value = value_of(evidence, "release")
    wanted = f"release {run.selector}" if run.selector else "a known good release before the live one"
    unknown = untold(evidence)
    if unknown:
        return judged([], unknown, "", wanted, "see mint.promotion.status")
    chosen: Optional[Mapping[str, Any]] = value.get("rollback")
    bad = [] if chosen and chosen.get("release") else [(chosen or {}).get("reason") or "there is none"]
    found = "" if bad or not chosen else str(chosen["release"])
    remedy = (chosen or {}).get("remedy") or "see mint.promotion.status for the releases a rollback can go to"
    return judged(bad, [], found, wanted, remedy)


BOTH = (PROMOTE, ROLLBACK)
GATES: Tuple[Gate, ...] = (
    Gate("engine", engine, BOTH, vital=True),
    Gate("compose", compose, BOTH, vital=True),
    Gate("privileges", privileges, BOTH, vital=True),
    Gate("platform", platform),
    Gate("images", images),
    Gate("disk", disk),
    Gate("ports", ports),
    Gate("attachments", attachments),
    Gate("reachability", reachability),
    Gate("clock", preflight.clock),
    Gate("backup", preflight.backup, asked=preflight.wants_backup),
    Gate("previous", preflight.previous),
    Gate("drift", preflight.drift, mode=preflight.drift_mode),
    Gate("lock", lock, BOTH, vital=True),
    Gate("target", target, (ROLLBACK,), vital=True),
)
GATE_NAMES = frozenset((*(gate.name for gate in GATES), INHERITANCE, ANCHOR, APPROVALS, STAGING, WINDOW))


def _mebibytes(size: int) -> str:
    return f"{size // (1024 * 1024)} MiB"
