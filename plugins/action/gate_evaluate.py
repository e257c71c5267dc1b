# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge the evidence of all hosts, show the gates, and open the way to staging or close the run."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import evaluate
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.files import write_intent
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    INTENT,
    OUTCOME,
    ROLLBACK,
    HostOutcome,
    Inheritance,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import gate_table
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._release.model import REFUSED, HostReport
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._inheritance import with_composed_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import end_run, keep_receipt
from ansible_collections.mint.promotion.plugins.plugin_utils._run import EVIDENCE, VERDICT, RunState

display = Display()


class ActionModule(PromotionAction):
    """`mint.promotion.gate_evaluate`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        self.arguments({})
        state = RunState.current()
        evidence = {host: state.data(EVIDENCE, host) for host in state.run.hosts}
        evaluation = evaluate(state.run, evidence)
        if state.run.modules:
            run, evaluation = with_composed_manifest(state.run, evaluation, evidence)
            state.amend(run)
        state.record(VERDICT, "", encode(evaluation))
        display.display(gate_table(encode(evaluation.results)))
        if state.run.inheritance is not None:
            display.display(_composition(state.run, state.run.inheritance))
        fault = "" if self.check_mode or evaluation.verdict != PASSED else _record_intent(state.run, evaluation)
        if fault or evaluation.verdict != PASSED:
            return self._refused(state, evaluation, evidence, fault)
        return {"changed": False, "verdict": evaluation.verdict, "gates": encode(evaluation.results)}

    def _refused(
        self, state: RunState, evaluation: Evaluation, evidence: Mapping[str, Mapping[str, Any] | None], fault: str
    ) -> dict[str, Any]:
        """End the run with a receipt, and with every gate that stops it, or the fault, as its message."""
        hosts = tuple(_untouched(host, state.run.key, evidence[host] or {}) for host in state.run.hosts)
        faults = (fault,) if fault else tuple(map(str, evaluation.stoppers))
        statement = deployment_statement(state.run, OUTCOME, timestamp(), REFUSED, hosts, evaluation, faults)
        receipt = "" if self.check_mode else keep_receipt(state.run.receipts, statement)[0]
        stoppers = "".join(f"\n  {one}" for one in evaluation.stoppers)
        message = fault or f"The gate says {evaluation.verdict}; no host was changed:{stoppers}"
        ended = end_run(state, statement, receipt, message)
        return {**ended, "verdict": evaluation.verdict, "gates": encode(evaluation.results)}


def _record_intent(run: Run, evaluation: Evaluation) -> str:
    """Write the intent receipt; say why it could not be written, but for a rollback: evidence must not block it."""
    try:
        statement = deployment_statement(run, INTENT, timestamp(), evaluation=evaluation)
        write_intent(run.receipts, statement, run.manifest_text)
    except OSError as error:
        fault = f"{error.filename}: {error.strerror}"
        if run.action != ROLLBACK:
            return f"No intent receipt could be written, so no host was changed: {fault}"
        display.warning(f"No intent receipt, and the rollback goes on: {fault}")
    return ""


def _untouched(host: str, run_key: str, evidence: Mapping[str, Any]) -> HostOutcome:
    """A host of a refused run: what was live on it, as far as that was observed, still is."""
    release = evidence.get("release", {}).get("value") or {}
    live = (release.get("live") or {}).get("release")
    return HostOutcome(host, REFUSED, reports=(HostReport(REFUSED, run_key, False, None, live, live, 0.0),))


def _composition(run: Run, made_of: Inheritance) -> str:
    inherited = ", ".join(made_of.modules) or "none"
    return f"To promote: {', '.join(run.modules)}; as live in manifest {made_of.live_digest[7:19]}: {inherited}"
