# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge the evidence of all hosts, show the gates, and open the way to staging or close the run."""

from __future__ import annotations

from functools import partial
from typing import Any, Mapping, Sequence

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.anchors import judge_anchors
from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import evaluate, with_control
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.evidence import evidence_document
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import History
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    OUTCOME,
    PROMOTE,
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
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._inheritance import with_composed_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import (
    end_run,
    keep_intent,
    keep_outcome,
    record_intent,
    session_files,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run import (
    CHECKPOINT,
    EVIDENCE,
    RECORDED,
    VERDICT,
    RunState,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import (
    Recorded,
    RunLedger,
    Statement,
    run_ledger,
    why,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_secrets import run_secrets

display = Display()

Evidence = Mapping[str, Mapping[str, Any] | None]
Ledger = RunLedger | PromotionError  # the error says why there is none


class ActionModule(PromotionAction):
    """`mint.promotion.gate_evaluate`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        self.arguments({})
        state = RunState.current()
        evidence = {host: state.data(EVIDENCE, host) for host in state.run.hosts}
        ledger, history, lines = _look(state.run, task_vars)
        anchors = judge_anchors(state.run.action, evidence, history, "" if history else str(ledger))
        evaluation = evaluate(state.run, evidence, tuple(anchors))
        if state.run.modules:
            run, evaluation = with_composed_manifest(state.run, evaluation, evidence)
            state.amend(run)
        if state.run.action == PROMOTE:
            context = self._context(state.run, task_vars, evidence, ledger, history, lines)
            evaluation = with_control(evaluation, judge(context, display.display))
        state.record(VERDICT, "", encode(evaluation))
        display.display(gate_table(encode(evaluation.results)))
        if state.run.inheritance is not None:
            display.display(_composition(state.run, state.run.inheritance))
        passed = evaluation.verdict == PASSED
        fault = _recorded(state, ledger, evaluation, evidence, task_vars) if passed and not self.check_mode else ""
        if fault or not passed:
            return self._refused(state, ledger, evaluation, evidence, fault, task_vars)
        return {"changed": False, "verdict": evaluation.verdict, "gates": encode(evaluation.results)}

    def _context(
        self,
        run: Run,
        task_vars: Mapping[str, Any],
        evidence: Evidence,
        ledger: Ledger,
        history: History | None,
        lines: tuple[bytes, ...],
    ) -> Context:
        secrets = run_secrets(run, task_vars)
        return Context(run, task_vars, evidence, ledger, history, lines, secrets, self.check_mode)

    def _refused(
        self,
        state: RunState,
        ledger: Ledger,
        evaluation: Evaluation,
        evidence: Evidence,
        fault: str,
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """End the run with a receipt, and with every gate that stops it, or the fault, as its message."""
        hosts = tuple(_untouched(host, state.run.key, evidence[host] or {}) for host in state.run.hosts)
        faults = (fault,) if fault else tuple(map(str, evaluation.stoppers))
        build = partial(_outcome, state.run, hosts, evaluation, faults)
        if self.check_mode:
            statement, receipt = build(Recorded()), ""
        else:
            files = session_files(state.run, evidence_document(evidence))
            secrets = run_secrets(state.run, task_vars)
            kept = keep_outcome(state.run, ledger, build, Recorded.of(files), files, secrets, evaluation)
            statement, receipt = kept.statement, kept.path
        stoppers = "".join(f"\n  {one}" for one in evaluation.stoppers)
        message = fault or f"The gate says {evaluation.verdict}; no host was changed:{stoppers}"
        ended = end_run(state, statement, receipt, message)
        return {**ended, "verdict": evaluation.verdict, "gates": encode(evaluation.results)}


def _look(run: Run, task_vars: Mapping[str, Any]) -> tuple[Ledger, History | None, tuple[bytes, ...]]:
    """Return the ledger, its past and its lines, or the error that says why they can't be had."""
    try:
        ledger = run_ledger(run, task_vars)
        return (ledger, *ledger.look())
    except PromotionError as error:
        return error, None, ()


def _recorded(
    state: RunState, ledger: Ledger, evaluation: Evaluation, evidence: Evidence, task_vars: Mapping[str, Any]
) -> str:
    """Record the decision and the intent; say why that failed, but for a rollback: evidence must not block it."""
    files = session_files(state.run, evidence_document(evidence))
    secrets: Sequence[str] = ()
    try:
        secrets = run_secrets(state.run, task_vars)
        if isinstance(ledger, PromotionError):
            raise ledger
        state.record(RECORDED, "", encode(record_intent(state.run, ledger, evaluation, files, secrets)))
    except (PromotionError, OSError) as error:
        if state.run.action != ROLLBACK:
            return f"No intent receipt could be written, so no host was changed: {why(error)}"
        display.warning(f"No intent receipt is in the ledger, and the rollback goes on: {why(error)}")
        state.record(RECORDED, "", encode(keep_intent(state.run, evaluation, files, why(error), secrets)))
        return ""
    return _handed_over(state, ledger, evidence)


def _handed_over(state: RunState, ledger: RunLedger, evidence: Evidence) -> str:
    """Leave to staging which checkpoint each host shall keep; say why that failed, but for a rollback."""
    try:
        history = ledger.past()
    except PromotionError as error:
        if state.run.action != ROLLBACK:
            return f"The ledger was lost after the intent was written, and no host was changed: {why(error)}"
        display.warning(f"The hosts keep the checkpoint that they have: {why(error)}")
        return ""
    for host in state.run.hosts:
        kept = ((evidence[host] or {}).get("anchor") or {}).get("value") or ""
        state.record(CHECKPOINT, host, encode(history.successor(kept)))
    return ""


def _outcome(
    run: Run, hosts: tuple[HostOutcome, ...], evaluation: Evaluation, faults: tuple[str, ...], recorded: Recorded
) -> Statement:
    return deployment_statement(run, OUTCOME, timestamp(), REFUSED, hosts, evaluation, faults, **recorded.fields)


def _untouched(host: str, run_key: str, evidence: Mapping[str, Any]) -> HostOutcome:
    """A host of a refused run: what was live on it, as far as that was observed, still is."""
    release = evidence.get("release", {}).get("value") or {}
    live = (release.get("live") or {}).get("release")
    return HostOutcome(host, REFUSED, reports=(HostReport(REFUSED, run_key, False, None, live, live, 0.0),))


def _composition(run: Run, made_of: Inheritance) -> str:
    inherited = ", ".join(made_of.modules) or "none"
    return f"To promote: {', '.join(run.modules)}; as live in manifest {made_of.live_digest[7:19]}: {inherited}"
