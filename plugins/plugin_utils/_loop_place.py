# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A loop of the repository that a manifest belongs to: what opening and closing one needs to know."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.loops import SUFFIX, loop_id
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Loops
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import Findings
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import checkout_around
from ansible_collections.mint.promotion.plugins.plugin_utils._extra_variables import unknown_variables
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest

ARGUMENTS: Mapping[str, Any] = {
    "manifest": {"type": "path", "required": True},
    "loop": {"type": "str"},
    "repository_path": {"type": "path"},
}


@dataclass(frozen=True)
class LoopPlace:
    """A loop by its id, and where the repository keeps it. `path` is relative to `top`."""

    id: str
    top: Path
    asked: Loops
    path: str

    @property
    def file(self) -> str:
        return str(self.top / self.path)


def loop_place(arguments: Mapping[str, Any], loader: DataLoader) -> LoopPlace:
    """Return the loop that is meant. Raises `InvalidInput` for faults of the request, `Refused` without a folder."""
    faults = list(unknown_variables(load_extra_vars(loader)))
    if faults:
        raise InvalidInput(faults, "The request")
    asked = load_manifest(arguments["manifest"]).manifest.loops
    if asked is None or not asked.folder:
        remedy = "Add `loops: {folder: docs/loops}`: the folder of the scope files, in the repository."
        raise Refused("The manifest does not say where loops are kept.", remedy)
    identity = arguments["loop"] or asked.own
    if not identity:
        raise Refused("It is not said which loop is meant.", "Name it: -e promotion_loop=LOOP-<NAME>-<YYYYMMDD>")
    findings = Findings("promotion_loop", {})
    if loop_id(f"{identity}{SUFFIX}", findings) is None:
        found = [Violation("promotion_loop", "", repr(identity), "LOOP-<NAME>-<YYYYMMDD>")]
        raise InvalidInput(found, "The request")
    folder = arguments["repository_path"] or os.path.dirname(os.path.abspath(arguments["manifest"]))
    return LoopPlace(identity, Path(checkout_around(folder).root), asked, f"{asked.folder}/{identity}{SUFFIX}")
