# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Break a lock on a host; one that does not answer is a result like others, so that the rest is told too."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.plugin_utils._host_action import HostAction, HostFailed, Unreachable


class ActionModule(HostAction):
    """`mint.promotion.release_unlock`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {"host": str(task_vars["inventory_hostname"]), **self._task.args}
        try:
            result = self.call("release_unlock", arguments, task_vars)
        except (Unreachable, HostFailed) as error:
            result = {"changed": False, "lock": arguments["lock"], "state": "unknown", "reason": str(error)}
        return {"reason": "", **result, "stack": arguments["stack"]}
