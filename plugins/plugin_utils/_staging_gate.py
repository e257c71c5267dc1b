# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate `staging`: the receipts of another environment in the verified ledger."""

from __future__ import annotations

from typing import Iterator

from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.staging import (
    NAME,
    artifacts_of,
    judge_staging,
    spells_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import StagingEvidence
from ansible_collections.mint.promotion.plugins.plugin_utils._approvals_gate import past_of, policy_of
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question


def staging_questions(context: Context) -> Iterator[Question]:
    """Ask for what has run elsewhere, as the policy of the environment wants it."""
    asked, manifest = policy_of(context.run).staging, context.run.promoted
    if asked is not None and manifest is not None:
        yield Question(NAME, lambda: _judge(context, asked, manifest))


def _judge(context: Context, asked: StagingEvidence, manifest: Manifest) -> Finding:
    """In a promotion of some modules, these are what has to have run."""
    _ledger, past, _keys = past_of(context)
    wanted, outcomes = artifacts_of(manifest), past.outcomes(context.run.stack, asked.environment)
    told, times = [one for _receipt, one in outcomes], [receipt.time for receipt, _one in outcomes]
    return judge_staging(wanted, spells_of(told, times, list(wanted)), asked, now())
