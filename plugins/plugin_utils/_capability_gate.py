# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates of the manifest's capabilities: each runs its command on the control node."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Iterator

from ansible_collections.mint.promotion.plugins.module_utils._data import canonical_json, encode, sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.capabilities import judge_capability
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import AFTER as AFTERWARDS
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Capability
from ansible_collections.mint.promotion.plugins.plugin_utils._command import run_command
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import BEFORE, Context, Question


def capability_questions(context: Context) -> Iterator[Question]:
    """Yield one question for each capability of the phase. What runs after the activation is never used again."""
    for one in context.run.manifest.capabilities if context.run.manifest else ():
        if context.phase not in one.phases:
            continue
        before = context.phase == BEFORE
        yield Question(
            gate=one.name if before else one.name + AFTERWARDS,
            ask=partial(_ask, one, context),
            inputs=_inputs(one, context) if before and one.reuse_seconds else "",
            reusable_seconds=one.reuse_seconds if before else 0,
        )


def _ask(capability: Capability, context: Context) -> Finding:
    folder = context.repository or Path(os.path.dirname(os.path.abspath(context.run.manifest_path)))
    ran = run_command(
        capability.argv,
        folder / capability.directory,
        capability.environment,
        capability.timeout_seconds,
        capability.name,
        context,
    )
    loops = context.run.manifest.loops if context.run.manifest else None
    return judge_capability(capability, ran.run, ran.text, (loops.own if loops else None) or "")


def _inputs(capability: Capability, context: Context) -> str:
    """What its answer is taken to depend on: its own words, and the manifest, which names the revision."""
    told = {"capability": encode(capability), "stack": context.run.stack, "manifest": context.run.manifest_digest}
    return sha256_digest(canonical_json(told))
