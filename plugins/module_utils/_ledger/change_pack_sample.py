# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change pack with something in each of its lists (pure): what a template is tried on before a run begins."""

from __future__ import annotations

from .change_pack import (
    CHECKED_STEPS,
    ChangePack,
    Device,
    GateRow,
    HostChecks,
    ImageChange,
    MigrationRow,
    Moment,
    ServiceChange,
    SignOff,
    WayBack,
)
from .model import Run

_DIGEST = "sha256:" + "0" * 64


def sample_pack(run: Run) -> ChangePack:
    """Return a pack with the names of `run` and made-up facts. A template that fails on it would fail at the end."""
    host, module, time = next(iter(run.hosts), "host"), "module", run.started_at
    image = f"registry.example.com/{module}@{_DIGEST}"
    gate = GateRow("gate", "PASSED", "enforce", 1, 1, "95/95 tests", 1.0, "")
    return ChangePack(
        run_key=run.key,
        stack=run.stack,
        environment=run.environment,
        outcome="promoted",
        loop="",
        requester=run.requester,
        control_node=run.control_node,
        started=time,
        finished=time,
        repository="https://git.example.com/stack.git",
        revision="0" * 40,
        manifest=run.manifest_path,
        manifest_digest=_DIGEST,
        named_modules=run.modules,
        hosts=(host,),
        services=(ServiceChange(module, module, ("0.0.0.0:80->80/tcp",), "nothing", module, "new", (host,)),),
        ways_back=(WayBack(host, "release", _DIGEST, "ansible-playbook mint.promotion.rollback"),),
        way_back="ansible-playbook mint.promotion.rollback",
        verdict="PASSED",
        gates=(gate,),
        checks=(HostChecks(host, "promoted", 1.0, dict.fromkeys(CHECKED_STEPS, "done 0.1 s")),),
        gates_after=(gate,),
        sequence=(Moment(time, host, "switch: release is live", None), Moment(time, host, "up", 1.0)),
        images=(ImageChange(module, image, "0" * 40, (image,)),),
        migrations=(MigrationRow("id", module, "reversible", "forward", "reverse"),),
        sign_offs=(SignOff("ada@example.com", time, time, "reason", _DIGEST),),
        devices=(Device(host, "192.0.2.1", "host of the stack", False),),
    )
