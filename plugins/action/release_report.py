# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show what release_info saw on every host, and fail when something could not be seen."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.status import (
    Seen,
    ledger_text,
    status_text,
    untold,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_state import ledger_states

display = Display()


class ActionModule(PromotionAction):
    """`mint.promotion.release_report`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        results = self.arguments({"hosts": {"type": "dict", "required": True}})["hosts"]
        seen = [one for host, result in results.items() for one in _seen(host, result)]
        if not seen:
            raise Refused(
                "No host carries a stack to look at", "Check --limit, promotion_environments, promotion_stacks."
            )
        ledgers = ledger_states(dict.fromkeys(one.host for one in seen), task_vars["hostvars"])
        display.display(f"{status_text(seen)}{ledger_text(ledgers)}\n")
        dark = (*untold(seen), *(f"ledger {one.place}: {one.reason}" for one in ledgers if one.reason))
        if dark:
            raise CouldNotCheck("Not all could be told:\n" + "\n".join(f"  {line}" for line in dark))
        hosts = {host: {one.stack: one.release for one in seen if one.host == host} for host in results}
        told = {host: stacks for host, stacks in hosts.items() if stacks}
        return {"changed": False, "hosts": told, "ledgers": encode(ledgers)}


def _seen(host: str, result: Mapping[str, Any]) -> Iterator[Seen]:
    """What a looped task saw on a host, stack by stack; a task that was skipped saw nothing."""
    for one in result.get("results", [result]):
        if "release" in one:
            yield Seen(host, one["stack"], one["release"], one["reason"])
