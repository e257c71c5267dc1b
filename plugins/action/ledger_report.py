# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show what ledger_info found, and fail unless all of it is OK."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, NotVerified
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdict_text import ledgers_text
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import INVALID, OK, worst
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction

display = Display()


class ActionModule(PromotionAction):
    """`mint.promotion.ledger_report`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        ledgers = self.arguments({"ledgers": {"type": "list", "elements": "dict", "required": True}})["ledgers"]
        display.display(ledgers_text(ledgers))
        verdict = worst(one["verdict"] for one in ledgers)
        if verdict == INVALID:
            raise NotVerified(
                "INVALID: these receipts are no proof. The reasons stand above.",
                "Keep everything as it is, compare with the copies of others, and find out who changed it.",
            )
        if verdict != OK or not ledgers:
            raise CouldNotCheck(
                "INDETERMINATE: nothing was found wrong, and not everything could be told. The reasons stand above.",
                "Bring what is missing: hosts that answer, anchors in files (promotion_anchors), files of the runs.",
            )
        return {"changed": False, "verdict": verdict}
