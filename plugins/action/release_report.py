# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show what release_info saw on every host, and fail when something could not be seen."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.status import status_text, untold
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction

display = Display()


class ActionModule(PromotionAction):
    """`mint.promotion.release_report`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        results = self.arguments({"hosts": {"type": "dict", "required": True}})["hosts"]
        seen = {host: result for host, result in results.items() if "release" in result}
        if not seen:
            raise Refused("No host of an environment is left to look at", "Check --limit and promotion_environments.")
        display.display(status_text(seen))
        dark = untold(seen)
        if dark:
            raise CouldNotCheck("Not all could be told:\n" + "\n".join(f"  {line}" for line in dark))
        return {"changed": False, "hosts": {host: result["release"] for host, result in seen.items()}}
