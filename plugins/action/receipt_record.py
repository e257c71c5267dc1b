# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Close the run: write its receipt and show where every host stands."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    deployment_statement,
    run_outcome,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.summary import host_table
from ansible_collections.mint.promotion.plugins.module_utils._release.model import GOOD_OUTCOMES
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import end_run, keep_receipt
from ansible_collections.mint.promotion.plugins.plugin_utils._run import RunState

display = Display()


class ActionModule(PromotionAction):
    """`mint.promotion.receipt_record`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        self.arguments({})
        state = RunState.current()
        outcomes = state.outcomes()
        statement = deployment_statement(
            state.run, OUTCOME, timestamp(), run_outcome(outcomes), outcomes, state.evaluation, _faults(outcomes)
        )
        receipt, fault = ("", "") if self.check_mode else keep_receipt(state.run.receipts, statement)
        display.display(host_table(statement))
        return end_run(state, statement, receipt, fault)


def _faults(outcomes: tuple[HostOutcome, ...]) -> tuple[str, ...]:
    return tuple(f"{one.host}: {one.message}" for one in outcomes if one.outcome not in GOOD_OUTCOMES and one.message)
