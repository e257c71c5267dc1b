# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes what people read of a manifest, on the control node."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import contract
from ansible_collections.mint.promotion.plugins.module_utils._manifest.documents import (
    env_example,
    manifest_document,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._compose_yaml import compose_text
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text

ARGUMENTS = {
    "path": {"type": "path", "required": True},
    "document": {"type": "path"},
    "env_example": {"type": "path"},
    "compose": {"type": "path"},
}


class ActionModule(PromotionAction):
    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS, required_one_of=[["document", "env_example", "compose"]])
        loaded = load_manifest(arguments["path"])
        texts = {
            arguments["document"]: manifest_document(loaded.manifest, loaded.digest),
            arguments["env_example"]: env_example(loaded.manifest),
            arguments["compose"]: compose_text(loaded.manifest, _certain_sources(loaded.manifest)),
        }
        kept = [keep_text(path, text, self.check_mode) for path, text in texts.items() if path is not None]
        return {"changed": any(one["changed"] for one in kept), "diff": [one["diff"] for one in kept]}


def _certain_sources(manifest: Manifest) -> frozenset[str]:
    """The values that every environment gives: those that are required, and those with a default."""
    return frozenset(one.source for one in contract(manifest) if one.required or one.default is not None)
