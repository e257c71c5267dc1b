# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates: small predicates over the evidence of one host, in one table (pure).

Evidence maps a name to an observation, `{"value": ...}`, or `{"value": None, "reason": "..."}` where it could not
be made. What the values look like is said in `observe`, which makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterable, List, Mapping, Optional, Tuple

from .._ledger.model import PROMOTE, ROLLBACK, Run
from .._manifest.model import REGISTRY
from .anchors import NAME as ANCHOR
from .architecture import platform_of
from .inheritance import NAME as INHERITANCE
from .model import FAILED, INCONCLUSIVE, PASSED, CommandRun

Evidence = Mapping[str, Any]

# Unpacking needs about as much again as the compressed layers; and the host needs room to breathe.
DISK_MARGIN = 512 * 1024 * 1024

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


@dataclass(frozen=True)
class Gate:
    """A rule by name. `actions` are those it applies to; a `vital` one can't be lowered to report."""

    name: str
    rule: Callable[[Run, Evidence], Finding]
    actions: Tuple[str, ...] = (PROMOTE,)
    vital: bool = False


def _value(evidence: Evidence, name: str) -> Any:
    return evidence.get(name, {}).get("value")


def _reason(evidence: Evidence, name: str) -> str:
    return str(evidence.get(name, {}).get("reason") or "it was not observed")


def _judge(bad: List[str], unknown: List[str], good: str, wanted: str, remedy: str = "") -> Finding:
    """FAILED beats INCONCLUSIVE beats PASSED; everything that is not well is told."""
    verdict = FAILED if bad else INCONCLUSIVE if unknown else PASSED
    return Finding(verdict, "; ".join([*bad, *unknown]) or good, wanted, remedy if bad or unknown else "")


def _each(run: Run, evidence: Evidence, name: str) -> Tuple[Iterable[Any], List[str]]:
    """The entries of a list observation, and why there are none when it could not be made."""
    value = _value(evidence, name)
    return (value, []) if value is not None else ((), [_reason(evidence, name)])


def engine(run: Run, evidence: Evidence) -> Finding:
    version = _value(evidence, "engine")
    bad = [] if version else [_reason(evidence, "engine")]
    return _judge(bad, [], f"Docker Engine {version}", "a Docker Engine that answers", "install or start docker")


def compose(run: Run, evidence: Evidence) -> Finding:
    version = _value(evidence, "compose")
    bad = [] if version else [_reason(evidence, "compose")]
    wanted = "the docker compose plugin, version 2"
    return _judge(bad, [], f"Compose {version}", wanted, "install docker-compose-plugin")


def privileges(run: Run, evidence: Evidence) -> Finding:
    wanted = "a user that may write the promotion root, and give files to their owner and group"
    user = _value(evidence, "user")
    if user is None:
        return _judge([], [_reason(evidence, "user")], "", wanted)
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
    return _judge(bad, [], f"user {user['name']}", wanted, remedy)


def _owners(user: Mapping[str, Any]) -> List[Tuple[str, Mapping[str, Any]]]:
    """Who shall own the files, where that was asked for."""
    asked = (("user", user.get("owner")), ("group", user.get("group")))
    return [(kind, one) for kind, one in asked if one]


def platform(run: Run, evidence: Evidence) -> Finding:
    host = _value(evidence, "platform")
    if host is None:
        return _judge([], [_reason(evidence, "platform")], "", "images for the host's platform")
    here = platform_of(host)
    images, unknown = _each(run, evidence, "images")
    bad = [
        f"{one['module']} is for {', '.join(one['platforms'])}"
        for one in images
        if one.get("platforms") and here not in one["platforms"]
    ]
    return _judge(bad, unknown, here, f"images for {here}", f"build them for {here}")


def images(run: Run, evidence: Evidence) -> Finding:
    found, unknown = _each(run, evidence, "images")
    bad: List[str] = []
    for one in found:
        if one["here"] or one["registry"] or one.get("source", REGISTRY) != REGISTRY:
            continue
        told = f"{one['module']}: {one['reference']} {one.get('reason') or 'is not in its registry'}"
        (bad if one["registry"] is False else unknown).append(told)
    wanted = "every image on the host, in its registry, or given by the control node"
    return _judge(
        bad,
        unknown,
        "all images",
        wanted,
        "push them (mint.promotion.build), or give hosts a login (promotion_registry_logins)",
    )


def disk(run: Run, evidence: Evidence) -> Finding:
    value = _value(evidence, "disk")
    found, _unknown = _each(run, evidence, "images")
    needed = DISK_MARGIN + 2 * sum(one.get("size") or 0 for one in found if not one["here"])
    wanted = f"{_mebibytes(needed)} free"
    if value is None:
        return _judge([], [_reason(evidence, "disk")], "", wanted)
    free = min(value["root_free"], value["data_free"])
    bad = [f"{_mebibytes(free)} free"] if free < needed else []
    return _judge(bad, [], f"{_mebibytes(free)} free", wanted, "free disk space on the host")


def ports(run: Run, evidence: Evidence) -> Finding:
    found, unknown = _each(run, evidence, "ports")
    bad = [
        f"{one['address']}:{one['published']} of {one['module']} is taken by {one.get('owner') or 'another program'}"
        for one in found
        if one["state"] == "taken"
    ]
    return _judge(bad, unknown, "free or ours", "ports that are free or this stack's", "stop it, or change the port")


def attachments(run: Run, evidence: Evidence) -> Finding:
    bad: List[str] = []
    unknown: List[str] = []
    for kind in ("networks", "volumes"):
        value = _value(evidence, kind)
        if value is None:
            unknown.append(_reason(evidence, kind))
        bad += [f"no external {kind[:-1]} {name}" for name, there in (value or {}).items() if not there]
    wanted = "every external network and volume of the manifest"
    return _judge(
        bad, unknown, "all there", wanted, "create them on the host: docker network create, docker volume create"
    )


def reachability(run: Run, evidence: Evidence) -> Finding:
    found, unknown = _each(run, evidence, "reachability")
    bad = [
        f"{one['name']} ({one['host']}:{one['port']}): {one.get('reason') or 'no answer'}"
        for one in found
        if not one["reachable"]
    ]
    return _judge(
        bad, unknown, "all reachable", "a TCP connection to each", "check the service, the route, the firewall"
    )


def own_check(told: Mapping[str, Any]) -> Finding:
    """A gate that the manifest brings: its check's observation is its finding."""
    verdict = {True: PASSED, False: FAILED}.get(told["passed"], INCONCLUSIVE)
    return Finding(verdict, str(told["found"]), str(told["wanted"]))


def lock(run: Run, evidence: Evidence) -> Finding:
    value = _value(evidence, "release")
    unknown = _untold(evidence)
    if unknown:
        return _judge([], unknown, "", "no other run on the stack", "see mint.promotion.status")
    holder = value.get("lock")
    if not holder or (holder["expired"] and not holder["worker_alive"]):
        return _judge([], [], "free", "no other run on the stack")
    told = f"held by {holder['run_key']} ({holder['holder']}) since {holder['since']} until {holder['until']}"
    unlock = f"ansible-playbook mint.promotion.unlock -e promotion_lock={holder['run_key']}"
    remedy = f"wait, or break it if that run is dead: {unlock}"
    return _judge([told], [], "", "no other run on the stack", remedy)


def target(run: Run, evidence: Evidence) -> Finding:
    """A rollback needs a release to go to; which one, the host has worked out from its journal."""
    value = _value(evidence, "release")
    wanted = f"release {run.selector}" if run.selector else "a known good release before the live one"
    unknown = _untold(evidence)
    if unknown:
        return _judge([], unknown, "", wanted, "see mint.promotion.status")
    chosen: Optional[Mapping[str, Any]] = value.get("rollback")
    bad = [] if chosen and chosen.get("release") else [(chosen or {}).get("reason") or "there is none"]
    found = "" if bad or not chosen else str(chosen["release"])
    return _judge(bad, [], found, wanted, "see mint.promotion.status for the releases a rollback can go to")


def _untold(evidence: Evidence) -> List[str]:
    """What could not be told of the stack's folder on the host."""
    value = _value(evidence, "release")
    if value is None:
        return [_reason(evidence, "release")]
    return [f"{one['part']}: {one['reason']}" for one in value.get("unknown", ()) if one["part"] in _STORE_PARTS]


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
    Gate("lock", lock, BOTH, vital=True),
    Gate("target", target, (ROLLBACK,), vital=True),
)
GATE_NAMES = frozenset((*(gate.name for gate in GATES), INHERITANCE, ANCHOR))


def _mebibytes(size: int) -> str:
    return f"{size // (1024 * 1024)} MiB"
