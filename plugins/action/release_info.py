# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look at a host that may not answer: for status.yml that is something to show, not the end of the play."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.plugin_utils._host_action import HostAction, HostFailed, Unreachable


class ActionModule(HostAction):
    """`mint.promotion.release_info`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {"host": str(task_vars["inventory_hostname"]), **self._task.args}
        try:
            result = self.call("release_info", arguments, task_vars)
        except (Unreachable, HostFailed) as error:
            return {"changed": False, "stack": arguments["stack"], "release": None, "reason": str(error)}
        return {"changed": False, "stack": arguments["stack"], "release": result["release"], "reason": ""}
