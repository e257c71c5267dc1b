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

ARGUMENTS: Mapping[str, Any] = {"state": {"type": "str", "choices": ["open", "well"], "default": "well"}}


class ActionModule(PromotionAction):
    """`mint.promotion.run_assert`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        wanted = self.arguments(ARGUMENTS)["state"]
        state = RunState.last()
        end = state.data(CLOSED)
        if end is None:
            return _still_open(wanted)
        outcome = str(end["outcome"])
        if end["message"]:
            return {"failed": True, "msg": end["message"], "violations": end["violations"], "outcome": outcome}
        if outcome in GOOD_OUTCOMES or (self.check_mode and outcome == STAGED):
            return {"changed": False, "outcome": outcome}
        raise PromotionError(f"The run ended as {outcome}:\n" + "\n".join(map(_line, state.outcomes())))


def _still_open(wanted: str) -> dict[str, Any]:
    if wanted == "open":
        return {"changed": False, "outcome": ""}
    raise Refused(
        "The run was not recorded", "Look at the messages above; mint.promotion.status shows where the hosts stand."
    )


def _line(one: HostOutcome) -> str:
    message = "\n".join(f"    {line}" for line in one.message.splitlines())
    return f"  {one.host}: {one.outcome}\n{message}".rstrip()
