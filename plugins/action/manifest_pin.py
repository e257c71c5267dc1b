# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pins revisions and images into a manifest, in place, on the control node."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.pin import pin
from ansible_collections.mint.promotion.plugins.module_utils._manifest.place import Path
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import parse_yaml, read_yaml_file

ARGUMENTS = {
    "path": {"type": "path", "required": True},
    "revision": {"type": "str"},
    "images": {"type": "dict", "default": {}},
}


class ActionModule(PromotionAction):
    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        path = arguments["path"]
        source = read_yaml_file(path)
        validate(source.data, source.positions, path)
        text = pin(source.text, source.spans, _values(source.data, arguments))
        pinned = parse_yaml(text.encode("utf-8"), path)
        validate(pinned.data, pinned.positions, path)
        result = keep_text(path, text, self.check_mode)
        return {**result, "digest": sha256_digest(pinned.content)}


def _values(data: Any, arguments: Mapping[str, Any]) -> dict[Path, str]:
    """Return the values to pin that are not in place already."""
    values: dict[Path, str] = {}
    if arguments["revision"] is not None:
        values[("source", "revision")] = str(arguments["revision"])
    for module, built in arguments["images"].items():
        for key in ("image", "revision"):
            if built.get(key) is not None:
                values[("modules", str(module), key)] = str(built[key])
    return {path: value for path, value in values.items() if _at(data, path) != value}


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data
