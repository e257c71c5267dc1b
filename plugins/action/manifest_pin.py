# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pins revisions and images into a manifest, in place, on the control node."""

from __future__ import annotations

import os
from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._compose.carried import carried_digest
from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.pin import pin
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import Path
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import checkout_around
from ansible_collections.mint.promotion.plugins.plugin_utils._own_compose import carried_files
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import parse_yaml, read_yaml_file

ARGUMENTS = {
    "path": {"type": "path", "required": True},
    "revision": {"type": "str"},
    "images": {"type": "dict", "default": {}},
    "repository_path": {"type": "path"},
}


class ActionModule(PromotionAction):
    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        path = arguments["path"]
        source = read_yaml_file(path)
        manifest = validate(source.data, source.positions, path)
        values = {**_values(arguments), **_compose_values(manifest, arguments)}
        values = {path: value for path, value in values.items() if _at(source.data, path) != value}
        text = pin(source.text, source.spans, values)
        pinned = parse_yaml(text.encode("utf-8"), path)
        validate(pinned.data, pinned.positions, path)
        result = keep_text(path, text, self.check_mode)
        return {**result, "digest": sha256_digest(pinned.content)}


def _compose_values(manifest: Manifest, arguments: Mapping[str, Any]) -> dict[Path, str]:
    """Return the digest of what the manifest's own compose files need at the revision that is pinned."""
    if manifest.compose is None:
        return {}
    checkout = checkout_around(arguments["repository_path"] or os.path.dirname(os.path.abspath(arguments["path"])))
    files = carried_files(checkout, arguments["revision"] or manifest.revision, manifest, manifest.compose)
    return {("compose", "digest"): carried_digest(files)}


def _values(arguments: Mapping[str, Any]) -> dict[Path, str]:
    values: dict[Path, str] = {}
    if arguments["revision"] is not None:
        values[("source", "revision")] = str(arguments["revision"])
    for module, built in arguments["images"].items():
        for key in ("image", "revision"):
            if built.get(key) is not None:
                values[("modules", str(module), key)] = str(built[key])
    return values


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data
