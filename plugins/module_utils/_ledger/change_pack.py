# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the change pack of a promotion says, from its outcome and what was known before it (pure).

`change_pack_text` renders it. A team's own template gets the same data: the names here are documented in
docs/change-pack.md, and renaming one breaks templates.
"""

from __future__ import annotations

import ipaddress
import shlex
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from .._data import encode
from .._gates.model import PASSED, GateResult
from .._manifest.model import IMAGE_DIGEST, Manifest, Module
from .model import pack_name

NOTHING = "nothing"  # what was live before the first promotion
CHECKED_STEPS = ("health", "smoke", "running", "observe")  # _release/plan: what is asked of a release that is up
SWITCH = "switch"  # _release/plan: what users see; `undone` where it was taken back
_SHORT = 12  # hex digits of a digest or commit, as docker and git shorten them


@dataclass(frozen=True)
class HostFacts:
    """What the control node knew of a host before anything was changed there.

    `live` maps each module of the release that was live to its image, digest and revision (release_info).
    """

    name: str
    address: str  # how Ansible reaches it
    live: Mapping[str, Mapping[str, Optional[str]]] = field(default_factory=dict)
    live_manifest: str = ""  # sha256:<64 hex>, empty where nothing was live


@dataclass(frozen=True)
class SignOff:
    """A person who has approved. `receipt` is the digest of the approval's line in the ledger."""

    person: str
    approved_on: str
    expires_on: str
    reason: str
    receipt: str


@dataclass(frozen=True)
class ServiceChange:
    """What becomes of one service on the hosts where the same becomes of it. Images are short here."""

    module: str
    service: str
    ports: Tuple[str, ...]  # address:published->target/protocol
    before: str
    after: str
    change: str  # new, changed, unchanged, removed
    hosts: Tuple[str, ...]


@dataclass(frozen=True)
class WayBack:
    """Where a host goes back to. Where there is no way, `release` and `command` are empty, and `reason` says why."""

    host: str
    release: str
    manifest: str
    command: str
    reason: str = ""


@dataclass(frozen=True)
class GateRow:
    """One gate over all that it judged. `seconds` is the longest of its hosts."""

    gate: str
    verdict: str
    mode: str
    passed: int
    judged: int
    counts: str
    seconds: float
    found: str  # where it did not pass


@dataclass(frozen=True)
class HostChecks:
    """What was asked of the release once it was up, by step: state and seconds of each time that it was asked."""

    host: str
    outcome: str
    seconds: float
    steps: Mapping[str, str]


@dataclass(frozen=True)
class Moment:
    """Something that happened. `time` is RFC 3339 in UTC, by the clock of `place`."""

    time: str
    place: str
    what: str
    seconds: Optional[float] = None


@dataclass(frozen=True)
class ImageChange:
    """A module's image in full, and those that it replaces on some hosts."""

    module: str
    image: str
    revision: str
    replaces: Tuple[str, ...]


@dataclass(frozen=True)
class MigrationRow:
    id: str
    module: str
    kind: str
    forward: str
    reverse: str


@dataclass(frozen=True)
class Device:
    """An address that the change is about. `lan_only`: None where the address is a name."""

    name: str
    address: str
    use: str
    lan_only: Optional[bool]


@dataclass(frozen=True)
class ChangePack:
    """Times are RFC 3339 in UTC, digests sha256:<64 hex>; texts are empty where there is nothing to tell."""

    run_key: str
    stack: str
    environment: str
    outcome: str
    loop: str
    requester: str
    control_node: str
    started: str
    finished: str
    repository: str
    revision: str
    manifest: str
    manifest_digest: str
    named_modules: Tuple[str, ...]
    hosts: Tuple[str, ...]
    services: Tuple[ServiceChange, ...]
    ways_back: Tuple[WayBack, ...]
    way_back: str  # the command for all of them at once; empty where no host has a way back
    verdict: str
    gates: Tuple[GateRow, ...]
    checks: Tuple[HostChecks, ...]
    gates_after: Tuple[GateRow, ...]  # what was judged once the release was live
    sequence: Tuple[Moment, ...]
    images: Tuple[ImageChange, ...]
    migrations: Tuple[MigrationRow, ...]
    sign_offs: Tuple[SignOff, ...]
    devices: Tuple[Device, ...]

    @property
    def file_name(self) -> str:
        return pack_name(self.loop)


def change_pack(
    statement: Mapping[str, Any],
    manifest: Manifest,
    facts: Sequence[HostFacts],
    sign_offs: Sequence[SignOff] = (),
    loop: str = "",
    inventory: Sequence[str] = (),
    afterwards: Sequence[GateResult] = (),
) -> ChangePack:
    """Return what there is to say of a promotion whose outcome is `statement`.

    `facts` has one entry a host of the run, `loop` is the id of the loop that the promotion belongs to, `inventory`
    the paths of the inventory as the commands of the way back name them, `afterwards` what was judged once the release
    was live.
    """
    told = statement["predicate"]
    names = tuple(one.name for one in facts)
    ways_back = tuple(_way_back(told, one, inventory) for one in facts)
    switched = ",".join(one.host for one in ways_back if one.command)  # and no host that the run was not about
    back = f"{_rollback_command(inventory, told['stack'])} --limit {shlex.quote(switched)}" if switched else ""
    gates = told["gates"] or {"verdict": "", "results": []}
    return ChangePack(
        run_key=told["runKey"],
        stack=told["stack"],
        environment=told["environment"],
        outcome=told["outcome"],
        loop=loop,
        requester=told["requester"]["user"],
        control_node=told["requester"]["controlNode"],
        started=told["startedOn"],
        finished=told["finishedOn"],
        repository=manifest.repository,
        revision=manifest.revision,
        manifest=told["manifest"]["uri"] if told["manifest"] else "",
        manifest_digest=f"sha256:{told['manifest']['digest']['sha256']}" if told["manifest"] else "",
        named_modules=tuple(told["requestedModules"]),
        hosts=names,
        services=_services(manifest, facts),
        ways_back=ways_back,
        way_back=back,
        verdict=gates["verdict"],
        gates=_gates(gates["results"]),
        checks=tuple(_checks(host) for host in told["hosts"]),
        gates_after=_gates([encode(one) for one in afterwards]),
        sequence=_sequence(told),
        images=tuple(_image(module, facts) for module in manifest.modules),
        migrations=_migrations(manifest),
        sign_offs=tuple(sign_offs),
        devices=_devices(manifest, facts),
    )


def _services(manifest: Manifest, facts: Sequence[HostFacts]) -> Tuple[ServiceChange, ...]:
    """One row for each service and kind of change; hosts where the same happens share it."""
    rows: Dict[Tuple[str, ...], List[str]] = {}
    modules = {module.name: module for module in manifest.modules}
    for host in facts:
        for name in (*modules, *(name for name in host.live if name not in modules)):
            before, after = _short_image(host.live.get(name)), _to_be(modules.get(name))
            rows.setdefault((name, before, after, _change(host.live.get(name), modules.get(name))), []).append(
                host.name
            )
    return tuple(
        ServiceChange(
            name,
            modules[name].service if name in modules else name,
            _ports(modules[name]) if name in modules else (),
            before,
            after,
            change,
            tuple(hosts),
        )
        for (name, before, after, change), hosts in rows.items()
    )


def _ports(module: Module) -> Tuple[str, ...]:
    return tuple(f"{one.address}:{one.published}->{one.target}/{one.protocol}" for one in module.ports)


def _change(before: Optional[Mapping[str, Optional[str]]], after: Optional[Module]) -> str:
    """By digest; of images that are built on the host, whose digest nobody knows before, by revision."""
    if before is None:
        return "new"
    if after is None:
        return "removed"
    same = before.get("digest") == after.digest if after.digest else before.get("revision") == after.revision
    return "unchanged" if same else "changed"


def _to_be(module: Optional[Module]) -> str:
    return _short_image({"image": module.image, "revision": module.revision}) if module else NOTHING


def _short_image(image: Optional[Mapping[str, Optional[str]]]) -> str:
    """The last part of the repository with a short digest, and the revision where there is one."""
    if not image:
        return NOTHING
    reference = image.get("image") or ""
    found = IMAGE_DIGEST.search(reference)
    name = IMAGE_DIGEST.sub("", reference).rpartition("/")[2]
    digest = f"@{found.group(1)[:_SHORT]}" if found else ""
    revision = f" ({(image.get('revision') or '')[:_SHORT]})" if image.get("revision") else ""
    return f"{name}{digest}{revision}"


def _image(module: Module, facts: Sequence[HostFacts]) -> ImageChange:
    live = (host.live.get(module.name, {}).get("image") or "" for host in facts)
    replaced = dict.fromkeys(image for image in live if image and image != module.image)
    return ImageChange(module.name, module.image, module.revision or "", tuple(replaced))


def _rollback_command(inventory: Sequence[str], stack: str) -> str:
    given = " ".join(f"-i {shlex.quote(path)}" for path in inventory)
    return " ".join(
        part
        for part in ("ansible-playbook", given, "mint.promotion.rollback", f"-e promotion_stack={shlex.quote(stack)}")
        if part
    )


def _way_back(told: Mapping[str, Any], facts: HostFacts, inventory: Sequence[str]) -> WayBack:
    before, live = next((one["from"], one["live"]) for one in told["hosts"] if one["name"] == facts.name)
    if not before or before == live:
        reason = "what was live before is live" if before else "nothing was live before"
        return WayBack(facts.name, "", "", "", reason)
    limit, wanted = shlex.quote(facts.name), shlex.quote(before)
    command = f"{_rollback_command(inventory, told['stack'])} --limit {limit} -e promotion_release={wanted}"
    return WayBack(facts.name, before, facts.live_manifest, command)


def _gates(results: Sequence[Mapping[str, Any]]) -> Tuple[GateRow, ...]:
    names = dict.fromkeys(one["gate"] for one in results)
    return tuple(_gate(name, [one for one in results if one["gate"] == name]) for name in names)


def _gate(name: str, results: Sequence[Mapping[str, Any]]) -> GateRow:
    bad = [one for one in results if one["verdict"] != PASSED]
    counts = dict.fromkeys(str(one.get("counts") or "") for one in results)
    return GateRow(
        gate=name,
        verdict=bad[0]["verdict"] if bad else PASSED,
        mode=results[0]["mode"],
        passed=len(results) - len(bad),
        judged=len(results),
        counts=", ".join(one for one in counts if one),
        seconds=max(float(one.get("seconds") or 0.0) for one in results),
        found="; ".join(f"{one['host']}: {one['found']}" for one in bad),
    )


def _checks(host: Mapping[str, Any]) -> HostChecks:
    steps = [step for report in host["reports"] for step in report["steps"]]
    told = {
        name: ", then ".join(f"{step['state']} {step['seconds']:.1f} s" for step in steps if step["name"] == name)
        for name in CHECKED_STEPS
    }
    return HostChecks(host["name"], host["outcome"], float(host["seconds"]), told)


def _sequence(told: Mapping[str, Any]) -> Tuple[Moment, ...]:
    """What happened in the order of its times: the calls of each host, and the switch, which is what users see."""
    node = told["requester"]["controlNode"]
    moments = [moment for host in told["hosts"] for moment in _moments(host)]
    begun = Moment(told["startedOn"], node, "the run begins")
    ended = Moment(told["finishedOn"], node, f"the run ends: {told['outcome']}")
    return (begun, *sorted(moments, key=lambda one: one.time), ended)


def _moments(host: Mapping[str, Any]) -> Iterator[Moment]:
    for report in host["reports"]:
        steps = report["steps"]
        if not steps:
            continue
        what = f"{steps[0]['name']} to {steps[-1]['name']}: {report['outcome']}"
        yield Moment(steps[0]["startedOn"], host["name"], what, float(report["seconds"]))
        for step in steps:
            if step["name"] == SWITCH:
                yield Moment(step["startedOn"], host["name"], f"{step['name']}: {step['state']}")


def _migrations(manifest: Manifest) -> Tuple[MigrationRow, ...]:
    return tuple(
        MigrationRow(one.id, one.module, one.kind, shlex.join(one.forward), shlex.join(one.reverse))
        for one in manifest.migrations
    )


def _devices(manifest: Manifest, facts: Sequence[HostFacts]) -> Tuple[Device, ...]:
    """The hosts, and what the modules need on others."""
    hosts = [Device(one.name, one.address, "host of the stack", _lan_only(one.address)) for one in facts]
    needed = [
        Device(one.name, one.host, f"needed by the stack, port {one.port}", _lan_only(one.host))
        for one in manifest.reachability
    ]
    return (*hosts, *needed)


def _lan_only(address: str) -> Optional[bool]:
    """Whether an address is reached from its own network only (RFC 1918, RFC 4193, loopback); None for a name."""
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return None
