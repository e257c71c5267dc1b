# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates `staging` and `drill`: the receipts of another environment in the verified ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Iterator, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._gates import drill, staging
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.staging import Artifacts
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_receipts import instant
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Drill, StagingEvidence
from ansible_collections.mint.promotion.plugins.plugin_utils._approvals_gate import past_of, policy_of
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question


def staging_questions(context: Context) -> Iterator[Question]:
    """Ask for what has run elsewhere, as the policy of the environment wants it.

    In a promotion of some modules, these are what has to have run.
    """
    policy, manifest = policy_of(context.run), context.run.promoted
    if manifest is None:
        return
    wanted = staging.artifacts_of(manifest)
    evidence, drilled = policy.staging, policy.drill
    if evidence is not None:
        yield Question(staging.NAME, lambda: _judge_staging(context, evidence, wanted))
    if drilled is not None:
        yield Question(drill.NAME, lambda: _judge_drill(context, drilled, wanted))


def _judge_staging(context: Context, asked: StagingEvidence, wanted: Artifacts) -> Finding:
    outcomes, times = _seen(context, asked.environment)
    return staging.judge_staging(wanted, staging.spells_of(outcomes, times, list(wanted)), asked, now())


def _judge_drill(context: Context, asked: Drill, wanted: Artifacts) -> Finding:
    outcomes, times = _seen(context, asked.environment)
    return drill.judge_drill(drill.drills_of(wanted, outcomes, times), asked, now())


def _seen(context: Context, environment: str) -> tuple[list[Mapping[str, Any]], list[datetime]]:
    """Return the outcomes of the stack's runs in an environment, and when they say that the gate stated them: by its
    place one that was imported is as young as the import.
    """
    _ledger, past, _keys = past_of(context)
    outcomes = [told for _receipt, told in past.outcomes(context.run.stack, environment)]
    return outcomes, [instant(told["recordedOn"]) for told in outcomes]
