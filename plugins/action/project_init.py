# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the files of a new project, on the control node."""

from __future__ import annotations

import json
import os
from typing import Any, Iterator, Mapping

from ansible.utils.vars import load_extra_vars

from ansible_collections.mint.promotion.plugins.module_utils._errors import Violation
from ansible_collections.mint.promotion.plugins.module_utils._project.answers import read_answers
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._extra_variables import unknown_variables
from ansible_collections.mint.promotion.plugins.plugin_utils._project_files import (
    IGNORE,
    ProjectFile,
    ignored,
    missing,
    project_files,
    write,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text

ARGUMENTS = {
    "folder": {"type": "path", "default": "."},
    "stack": {"type": "str"},
    "repository": {"type": "str"},
    "registry": {"type": "str"},
    "modules": {"type": "raw"},
    "staging_hosts": {"type": "raw"},
    "prod_hosts": {"type": "raw"},
    "user": {"type": "str"},
    "become": {"type": "raw"},
    "root": {"type": "str"},
    "keep_receipts": {"type": "raw"},
}
PREFIX = "init_"


class ActionModule(PromotionAction):
    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        folder = os.path.abspath(arguments["folder"])
        answers = read_answers(_plain(arguments), tuple(self._misspelt()))
        files = project_files(answers)
        absent = missing(folder, files)
        before, text = ignored(folder, answers)
        if not self.check_mode:
            os.makedirs(folder, exist_ok=True)
        kept = keep_text(os.path.join(folder, IGNORE), text, self.check_mode)  # first: no secret lies there without it
        if not self.check_mode:
            for one in absent:
                write(folder, one)
        written = [one.path for one in absent]
        return {
            "changed": bool(written) or kept["changed"],
            "folder": folder,
            "written": written + ([IGNORE] if before is None else []),
            "kept": [one.path for one in files if one not in absent] + ([IGNORE] if before is not None else []),
            "diff": [*(_diff(one) for one in absent), kept["diff"]],
        }

    def _misspelt(self) -> Iterator[Violation]:
        known = frozenset(PREFIX + name for name in ARGUMENTS)
        return unknown_variables(load_extra_vars(self._loader), PREFIX, known, frozenset())


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as plain data: texts and numbers of ansible-core 2.19 carry tags that YAML can't write."""
    data: dict[str, Any] = json.loads(json.dumps(arguments, default=str))
    return data


def _diff(file: ProjectFile) -> dict[str, str]:
    text = "(not shown)\n" if file.secret else file.text
    return {"before": "", "after": text, "before_header": file.path, "after_header": file.path}
