# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say of every host what became of a lock, and fail when it was found nowhere."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import text_table
from ansible_collections.mint.promotion.plugins.module_utils._release.unlocking import BROKEN
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction

display = Display()

ARGUMENTS: Mapping[str, Any] = {
    "lock": {"type": "str", "required": True, "no_log": False},
    "hosts": {"type": "dict", "required": True},
}


class ActionModule(PromotionAction):
    """`mint.promotion.unlock_report`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        found = [
            (host, one)
            for host, result in arguments["hosts"].items()
            for one in result.get("results", [result])
            if "state" in one
        ]
        broken = [host for host, one in found if one["state"] == BROKEN]
        rows = [(host, one["stack"], self._told(arguments["lock"], one)) for host, one in found]
        display.display(text_table(("host", "stack", "lock"), rows))
        dark = [f"  {host}, {one['stack']}: {one['reason']}" for host, one in found if one["reason"]]
        if dark:
            raise CouldNotCheck("The lock could not be broken everywhere:\n" + "\n".join(dark))
        if not broken:
            told = "".join(f"\n  {host}, {stack}: {text}" for host, stack, text in rows)
            raise Refused(
                f"No host has a lock of {arguments['lock']}:{told}",
                "mint.promotion.status shows the locks that there are.",
            )
        return {"changed": False, "hosts": broken}

    def _told(self, lock: str, found: Mapping[str, Any]) -> str:
        if found["reason"]:
            return "could not be told"
        if found["state"] == BROKEN:
            return "would be broken" if self.check_mode else "broken"
        holding = found["holding"]
        if holding is None:
            return "not there: nobody holds one"
        held = f"{holding['run']} ({holding['holder']}, since {holding['since']}, until {holding['until']})"
        return f"not held by {lock}, but by {held}"
