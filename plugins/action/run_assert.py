# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turn the outcome of the closed run into the exit status of the playbook."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import HostOutcome
from ansible_collections.mint.promotion.plugins.module_utils._release.model import GOOD_OUTCOMES, STAGED
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._run import CLOSED, RunState


class ActionModule(PromotionAction):
    """`mint.promotion.run_assert`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        self.arguments({})
        state = RunState.current()
        closed = state.data(CLOSED)
        if closed is None:
            raise Refused("The run was not recorded", "Run the playbook from the beginning.")
        outcome = str(closed["outcome"])
        if outcome in GOOD_OUTCOMES or (self.check_mode and outcome == STAGED):
            return {"changed": False, "outcome": outcome}
        raise PromotionError(f"The run ended as {outcome}:\n" + "\n".join(map(_line, state.outcomes())))


def _line(one: HostOutcome) -> str:
    message = "\n".join(f"    {line}" for line in one.message.splitlines())
    return f"  {one.host}: {one.outcome}\n{message}".rstrip()
