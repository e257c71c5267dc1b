# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads and checks a promotion manifest on the control node."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import contract
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest


class ActionModule(PromotionAction):
    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments({"path": {"type": "path", "required": True}})
        loaded = load_manifest(arguments["path"])
        return {
            "changed": False,
            "digest": loaded.digest,
            "manifest": encode(loaded.manifest),
            "environment_contract": {value.source: encode(value) for value in contract(loaded.manifest)},
        }
