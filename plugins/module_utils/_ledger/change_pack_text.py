# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change pack as Markdown: what a team without a template of its own gets (pure)."""

from __future__ import annotations

from typing import Dict, Mapping, Sequence, Tuple

from .._manifest.model import IRREVERSIBLE
from .change_pack import CHECKED_STEPS, ChangePack, Device, GateRow
from .markdown import table
from .text import on_one_line

_MANY = 4  # hosts; more of them are named once, under IP Map
_LAN = {True: "LAN only", False: "public", None: "by name"}


def change_pack_markdown(pack: ChangePack) -> str:
    """Render the whole document. The same pack gives the same text."""
    title = f"# Change pack: {pack.stack} to {pack.environment}"
    body = (f"## {name}\n\n{text}" for name, text in change_pack_sections(pack).items())
    return on_one_line(title) + "\n\n" + "\n\n".join(body) + "\n"


def change_pack_sections(pack: ChangePack) -> Mapping[str, str]:
    """Return the text of each section by its title, in their order. A template may take them one by one."""
    texts: Dict[str, str] = {
        "What and Why": _summary(pack),
        "Service Map": _service_map(pack),
        "Rollback Map": _rollback_map(pack),
        "Pre-Verification Matrix": _pre_verification(pack),
        "Post-Verification Matrix": _post_verification(pack),
        "Sequence": _sequence(pack),
        "Image Digests": _images(pack),
        "Migrations": _migrations(pack),
        "IP Map": _devices(pack.devices),
        "LAN-Only Devices": _devices(tuple(one for one in pack.devices if one.lan_only)),
        "Sign-Offs": _sign_offs(pack),
    }
    return texts


def _summary(pack: ChangePack) -> str:
    modules = ", ".join(pack.named_modules) or "all of the manifest"
    rows = [
        ("Outcome", pack.outcome),
        ("Stack", pack.stack),
        ("Environment", f"{pack.environment}, {len(pack.hosts)} host(s)"),
        ("Modules", modules),
        ("Loop", pack.loop or "none is named"),
        ("Requester", f"{pack.requester} on {pack.control_node}"),
        ("Source", pack.repository),
        ("Revision", pack.revision),
        ("Manifest", pack.manifest),
        ("Manifest digest", pack.manifest_digest),
        ("Run key", pack.run_key),
        ("Started", pack.started),
        ("Finished", pack.finished),
    ]
    return table(("Field", "Value"), rows)


def _service_map(pack: ChangePack) -> str:
    rows = [
        (
            one.module,
            one.service,
            hosts_text(one.hosts, pack.hosts),
            ", ".join(one.ports) or "none",
            f"{one.change}: {one.before} → {one.after}" if one.change != "unchanged" else f"unchanged: {one.after}",
        )
        for one in pack.services
    ]
    return table(("Module", "Service", "Hosts", "Ports", "Change"), rows)


def hosts_text(hosts: Sequence[str], all_hosts: Sequence[str]) -> str:
    """Name hosts; all of many in one word, so that a fleet's table stays one that people read."""
    if len(hosts) > _MANY and set(hosts) == set(all_hosts):
        return f"all {len(hosts)} hosts"
    return ", ".join(hosts)


def _rollback_map(pack: ChangePack) -> str:
    rows = [(one.host, one.release or f"nowhere: {one.reason}", one.manifest or "-") for one in pack.ways_back]
    parts = [table(("Host", "Goes back to", "Manifest"), rows)]
    if pack.way_back:
        parts += ["All of them, to the release that was known good before:", _code((pack.way_back,))]
        parts += ["One host alone:", _code([one.command for one in pack.ways_back if one.command])]
    final = ", ".join(one.id for one in pack.migrations if one.kind == IRREVERSIBLE)
    if final:
        parts.append(f"Nothing takes the migration {final} back: no rollback goes to a release without it.")
    return "\n\n".join(parts)


def _code(lines: Sequence[str]) -> str:
    return "\n".join(f"    {on_one_line(line)}" for line in lines)


def _pre_verification(pack: ChangePack) -> str:
    return f"The gate says {pack.verdict or 'nothing'}.\n\n{_gates(pack.gates)}"


def _gates(gates: Sequence[GateRow]) -> str:
    rows = [
        (
            one.gate,
            one.verdict,
            one.mode,
            f"{one.passed} of {one.judged}",
            one.counts or "-",
            f"{one.seconds:.1f}" if one.seconds else "-",
            one.found or "-",
        )
        for one in gates
    ]
    return table(("Gate", "Verdict", "Mode", "Passed", "Counts", "Seconds", "Found where it did not pass"), rows)


def _post_verification(pack: ChangePack) -> str:
    rows = [
        (one.host, one.outcome, *(one.steps.get(name) or "-" for name in CHECKED_STEPS), f"{one.seconds:.1f}")
        for one in pack.checks
    ]
    hosts = table(("Host", "Outcome", *CHECKED_STEPS, "Seconds in all"), rows)
    return f"{hosts}\n\n{_gates(pack.gates_after)}" if pack.gates_after else hosts


def _sequence(pack: ChangePack) -> str:
    rows = [
        (one.time, one.place, one.what, "-" if one.seconds is None else f"{one.seconds:.1f}") for one in pack.sequence
    ]
    return table(("Time (UTC)", "Where", "What", "Seconds"), rows)


def _images(pack: ChangePack) -> str:
    rows = [(one.module, one.image, one.revision or "-", ", ".join(one.replaces) or "-") for one in pack.images]
    return table(("Module", "Image", "Revision", "Replaces"), rows)


def _migrations(pack: ChangePack) -> str:
    rows = [(one.id, one.module, one.kind, one.forward, one.reverse or "none") for one in pack.migrations]
    return table(("Migration", "Module", "Kind", "Forward", "Reverse"), rows)


def _devices(devices: Tuple[Device, ...]) -> str:
    return table(
        ("Device", "Address", "Reached", "Use"),
        [(one.name, one.address, _LAN[one.lan_only], one.use) for one in devices],
    )


def _sign_offs(pack: ChangePack) -> str:
    if not pack.sign_offs:
        return "none: the verdict stands on no approval."
    rows = [(one.person, one.approved_on, one.expires_on, one.reason or "-", one.receipt) for one in pack.sign_offs]
    return table(("Person", "Approved", "Expires", "Reason", "Receipt"), rows)
