# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verifies ledgers, on the control node: verdicts on each receipt and on the whole, with reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import worst
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._verification import (
    anchors_of_hosts,
    ledgers_of,
    proof_of,
    verify_ledger,
)

ARGUMENTS: Mapping[str, Any] = {
    "receipts": {"type": "path"},
    "anchors": {"type": "list", "elements": "path", "default": []},
    "hosts": {"type": "dict", "default": {}},
    "receipt": {"type": "str"},
}


class ActionModule(PromotionAction):
    """`mint.promotion.ledger_info`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        hosts = list(arguments["hosts"] or task_vars["ansible_play_hosts_all"])
        ledgers = ledgers_of(hosts, task_vars["hostvars"], arguments["receipts"] or "")
        given = [_anchor(path) for path in arguments["anchors"]]
        if arguments["receipt"] and len(ledgers) > 1:
            raise Refused("These hosts are recorded in several ledgers", "Choose the hosts of one with --limit.")
        results = []
        for settings, recorded in ledgers.items():
            asked = {host: result for host, result in arguments["hosts"].items() if host in recorded}
            kept, silent = anchors_of_hosts(asked)
            verdict, snapshot = verify_ledger(settings, (*given, *kept))
            results.append({"place": settings.ledger or settings.receipts, "silent": silent, **encode(verdict)})
        told = {"changed": False, "verdict": worst(one["verdict"] for one in results), "ledgers": results}
        proof = proof_of(arguments["receipt"], verdict, snapshot) if arguments["receipt"] else None
        return {**told, "proof": proof} if proof else told


def _anchor(path: str) -> Anchor:
    return Anchor(path, Path(path).read_text(encoding="utf-8", errors="replace"))  # what is no text is no note either
