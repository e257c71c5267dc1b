# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Observe a host for the open run; a host that can't be observed is evidence too."""

from __future__ import annotations

import time
from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._gates.clocks import clock_difference
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._host_action import (
    HostAction,
    HostFailed,
    Unreachable,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run import EVIDENCE, RunState
from ansible_collections.mint.promotion.plugins.plugin_utils._supplies import supplies_for


class ActionModule(HostAction):
    """`mint.promotion.evidence_info`: with `stack` it stands alone, without it serves the open run."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = dict(self._task.args)
        if "stack" in arguments:
            return self._ask(arguments, task_vars)
        state = RunState.current()
        state.require(str(task_vars["inventory_hostname"]))
        arguments["stack"] = state.run.stack
        arguments["selector"] = state.run.selector
        arguments["host"] = str(task_vars["inventory_hostname"])
        if state.run.promoted is not None:
            supplies = supplies_for(state.run, state.run.promoted, arguments["host"], task_vars)
            arguments["manifest"] = encode(state.run.promoted)
            arguments["supplies"] = encode(supplies.all())
            arguments["registry_logins"] = self.logins_text(supplies.parcels.access.logins)
            arguments["inherit"] = bool(state.run.modules)
            arguments["environment"] = state.run.environment
        evidence = self._observe(arguments, task_vars)
        state.record(EVIDENCE, str(task_vars["inventory_hostname"]), evidence)
        return {"changed": False, "evidence": evidence}

    def _observe(self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            evidence: Mapping[str, Any] = self._ask(arguments, task_vars)["evidence"]
        except Unreachable as error:
            return {"unreachable": error.message}
        except HostFailed as error:
            return {"failed": error.message, "remedy": error.remedy}
        return evidence

    def _ask(self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Call the module, and tell how far the clock of the host is from the one here."""
        asked_at, began = now().timestamp(), time.monotonic()
        result = self.call("evidence_info", arguments, task_vars)
        told = result["evidence"]["clock"]["value"]
        told.update(clock_difference(asked_at, time.monotonic() - began, told["time"], told["seconds"]))
        return result
