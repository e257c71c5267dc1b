# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Close the run: write its receipt and show where every host stands."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._ledger.files import write_receipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import (
    HOST_HEADERS,
    host_rows,
    text_table,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    deployment_statement,
    run_outcome,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.model import GOOD_OUTCOMES
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._run import CLOSED, RunState

display = Display()


class ActionModule(PromotionAction):
    """`mint.promotion.receipt_record`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        self.arguments({})
        state = RunState.current()
        outcomes = state.outcomes()
        outcome = run_outcome(outcomes)
        statement = deployment_statement(
            state.run, OUTCOME, timestamp(), outcome, outcomes, state.evaluation, _faults(outcomes)
        )
        table = text_table(HOST_HEADERS, host_rows(statement["predicate"]))
        try:
            if not self.check_mode:
                display.display(f"Receipt: {write_receipt(state.run.receipts, statement)}")
        finally:  # where the hosts stand is told, whether a receipt can be written or not
            display.display(table)
        state.record(CLOSED, "", {"outcome": outcome})
        summary = _summary(state, outcome, outcomes)
        return {
            **summary,
            "ansible_stats": {"data": {"promotion": summary}, "per_host": False, "aggregate": False},
        }


def _faults(outcomes: tuple[HostOutcome, ...]) -> tuple[str, ...]:
    return tuple(f"{one.host}: {one.message}" for one in outcomes if one.outcome not in GOOD_OUTCOMES and one.message)


def _summary(state: RunState, outcome: str, outcomes: tuple[HostOutcome, ...]) -> dict[str, Any]:
    return {
        "changed": False,
        "outcome": outcome,
        "run_key": state.run.key,
        "hosts": {one.host: {"outcome": one.outcome, "from": one.before, "live": one.live} for one in outcomes},
    }
