# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates that a manifest brings and that are asked from the control node (`run_from: control`)."""

from __future__ import annotations

import threading
from functools import partial
from typing import Iterator, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._checks.masking import Mask
from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._engine.model import Observation
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.own_checks import ask_gates
from ansible_collections.mint.promotion.plugins.module_utils._gates.rules import own_check
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Check
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import BEFORE, Context, Question


def own_gates(context: Context) -> Iterator[Question]:
    """Yield a question for each; they are asked in their order, because one may use what another has captured."""
    manifest = context.run.manifest
    checks = [check for check in manifest.gates if check.run_from == "control"] if manifest else []
    if checks and context.phase == BEFORE:
        answers = _Answers(checks, context.secrets)
        for check in checks:
            yield Question(check.name, partial(answers.finding, check))


class _Answers:
    """The answers to all checks, asked by the first question that wants one."""

    def __init__(self, checks: Sequence[Check], secrets: Sequence[str]) -> None:
        self._checks, self._mask = checks, Mask(secrets)
        self._lock = threading.Lock()
        self._told: Mapping[str, Observation] | None = None

    def finding(self, check: Check) -> Finding:
        with self._lock:
            if self._told is None:
                self._told = {one.check: one for one in ask_gates(self._checks, self._mask)}
            return own_check(check, encode(self._told[check.name]))
