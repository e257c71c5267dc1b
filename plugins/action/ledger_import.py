# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes over the receipts of another ledger, once they are verified, on the control node."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.plugin_utils._key_action import KeyAction
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_import import Import, carry_out, plan_import

ARGUMENTS = {"source": {"type": "str", "required": True}}


class ActionModule(KeyAction):
    """`mint.promotion.ledger_import`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        source = self.arguments(ARGUMENTS)["source"]
        ring = self.ring(task_vars)
        plan = plan_import(ring.settings, ring.signing_key(), source)
        home = open_home(ring.settings)
        if plan.lines and not self.check_mode:
            carry_out(plan, home)
        return {
            "changed": bool(plan.lines),
            "ledger": home.place,
            "receipts": _receipts(plan),
            "runs": sorted(plan.sessions),
            "diff": _diff(plan, home.place),
        }


def _receipts(plan: Import) -> list[dict[str, Any]]:
    """What the ledger gets, by index and digest, with what verification knows of it."""
    lines = (*plan.introduced, *plan.lines)
    return [
        {"index": index, "digest": sha256_digest(line), "kind": verdict.kind, "run_key": verdict.run_key}
        for index, (line, verdict) in enumerate(zip(lines, plan.verdicts, strict=True), plan.size)
    ]


def _diff(plan: Import, place: str) -> dict[str, str]:
    rows = "".join(f"{one['index']} {one['kind']} {one['run_key'] or one['digest']}\n" for one in _receipts(plan))
    return {"before": "", "after": rows, "before_header": place, "after_header": place}
