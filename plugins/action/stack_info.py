# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say which stacks every host of the environments carries."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused, Violation
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._host_settings import STACKS, bad_settings
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._stacks import carried_stacks, stacks_to_visit

ARGUMENTS: Mapping[str, Any] = {
    "environments": {"type": "list", "elements": "str", "default": ["staging", "prod"]},
    "manifest": {"type": "path"},
    "stack": {"type": "str"},
}


class ActionModule(PromotionAction):
    """`mint.promotion.stack_info`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        groups, hostvars = task_vars["groups"], task_vars["hostvars"]
        homes = {host for name in arguments["environments"] for host in groups.get(name, ())}
        hosts = [host for host in task_vars["ansible_play_hosts_all"] if host in homes]
        if not hosts:
            raise Refused("No host of an environment is left", "Check --limit and promotion_environments.")
        _refuse_bad_settings(hosts, hostvars)
        carried = carried_stacks(hosts, hostvars)
        stack, otherwise = arguments["stack"] or "", ""
        if arguments["manifest"] and not stack and None in carried.values():
            otherwise = load_manifest(arguments["manifest"]).manifest.stack
        return {"changed": False, "stacks": stacks_to_visit(carried, stack, otherwise)}


def _refuse_bad_settings(hosts: list[str], hostvars: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise `InvalidInput` where a host's stacks or root are wrong; nothing else of it is needed to look."""
    faults = [
        Violation(f"{fault.source} of {host}", "", fault.found, fault.wanted, fault.remedy)
        for host in hosts
        for fault in bad_settings(hostvars[host], ("promotion_root", STACKS))
    ]
    if faults:
        raise InvalidInput(faults, "The inventory")
