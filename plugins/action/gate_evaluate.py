# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge the evidence of all hosts, show the gates, and open the way to staging or close the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Mapping, Sequence

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.anchors import judge_anchors
from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import evaluate, with_control
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.evidence import evidence_document
from ansible_collections.mint.promotion.plugins.module_utils._ledger.findings import result_of
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
from ansible_collections.mint.promotion.plugins.module_utils._release.model import JUDGED, REFUSED, HostReport
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._inheritance import with_composed_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import (
    Kept,
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
    NO_BACKING,
    Backing,
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
ARGUMENTS: Mapping[str, Any] = {"gates_only": {"type": "bool", "default": False}}


@dataclass(frozen=True)
class _Judged:
    """A decision with what it is taken of, and where it is recorded."""

    evaluation: Evaluation
    evidence: Evidence
    ledger: Ledger
    backing: Backing


class ActionModule(PromotionAction):
    """`mint.promotion.gate_evaluate`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        gates_only = self.arguments(ARGUMENTS)["gates_only"]
        state = RunState.current()
        evidence = {host: state.data(EVIDENCE, host) for host in state.run.hosts}
        ledger, history, lines = _look(state.run, task_vars)
        anchors = judge_anchors(state.run.action, evidence, history, "" if history else str(ledger))
        evaluation = evaluate(state.run, evidence, tuple(anchors))
        if state.run.modules:
            run, evaluation = with_composed_manifest(state.run, evaluation, evidence)
            state.amend(run)
        backing = NO_BACKING
        if state.run.action == PROMOTE:
            secrets = run_secrets(state.run, task_vars)
            context = Context(state.run, task_vars, evidence, ledger, history, lines, secrets)
            evaluation = with_control(evaluation, judge(context, display.display))
            backing = Backing(context.outputs, () if gates_only else tuple(context.approved))
        state.record(VERDICT, "", encode(evaluation))
        display.display(gate_table([result_of(one) for one in evaluation.results]))
        if state.run.inheritance is not None:
            display.display(_composition(state.run, state.run.inheritance))
        judged = _Judged(evaluation, evidence, ledger, backing)
        told = {"verdict": evaluation.verdict, "gates": encode(evaluation.results)}
        if evaluation.verdict != PASSED:
            return {**self._refused(state, judged, "", task_vars), **told}
        if gates_only:
            return {**self._judged_only(state, judged, task_vars), **told}
        fault = "" if self.check_mode else _recorded(state, judged, task_vars)
        if fault:
            unused = replace(judged, backing=replace(judged.backing, approvals=()))
            return {**self._refused(state, unused, fault, task_vars), **told}
        return {"changed": False, **told}

    def _refused(self, state: RunState, judged: _Judged, fault: str, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """End the run with a receipt, and with every gate that stops it, or the fault, as its message."""
        evaluation = judged.evaluation
        faults = (fault,) if fault else tuple(map(str, evaluation.stoppers))
        kept = self._kept(state, judged, REFUSED, faults, task_vars)
        stoppers = "".join(f"\n  {one}" for one in evaluation.stoppers)
        message = fault or f"The gate says {evaluation.verdict}; no host was changed:{stoppers}"
        return end_run(state, kept.statement, kept.path, message)

    def _judged_only(self, state: RunState, judged: _Judged, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """End the run here, with receipts of the gates that later runs can stand on; without them it has failed."""
        kept = self._kept(state, judged, JUDGED, (), task_vars)
        display.display("The gate says PASSED. No host was changed: only the gates were asked for.")
        return end_run(state, kept.statement, kept.path, kept.fault)

    def _kept(
        self, state: RunState, judged: _Judged, word: str, faults: tuple[str, ...], task_vars: Mapping[str, Any]
    ) -> Kept:
        """Keep the outcome `word` of a run that ends here."""
        run, evidence = state.run, judged.evidence
        hosts = tuple(_untouched(host, run.key, word, evidence[host] or {}) for host in run.hosts)
        build = partial(_outcome, run, word, hosts, judged.evaluation, faults)
        if self.check_mode:
            return Kept(build(Recorded()), "")
        files = session_files(run, evidence_document(evidence))
        return keep_outcome(
            run,
            judged.ledger,
            build,
            Recorded.of(files),
            files,
            run_secrets(run, task_vars),
            judged.evaluation,
            backing=judged.backing,
        )


def _look(run: Run, task_vars: Mapping[str, Any]) -> tuple[Ledger, History | None, tuple[bytes, ...]]:
    """Return the ledger, its past and its lines, or the error that says why they can't be had."""
    try:
        ledger = run_ledger(run, task_vars)
        return (ledger, *ledger.look())
    except PromotionError as error:
        return error, None, ()


def _recorded(state: RunState, judged: _Judged, task_vars: Mapping[str, Any]) -> str:
    """Record the decision and the intent; say why that failed, but for a rollback: evidence must not block it."""
    evaluation, ledger = judged.evaluation, judged.ledger
    files = session_files(state.run, evidence_document(judged.evidence))
    secrets: Sequence[str] = ()
    try:
        secrets = run_secrets(state.run, task_vars)
        if isinstance(ledger, PromotionError):
            raise ledger
        recorded = record_intent(state.run, ledger, evaluation, files, secrets, judged.backing)
        state.record(RECORDED, "", encode(recorded))
    except (PromotionError, OSError) as error:
        if state.run.action != ROLLBACK:
            return f"No intent receipt could be written, so no host was changed: {why(error)}"
        display.warning(f"No intent receipt is in the ledger, and the rollback goes on: {why(error)}")
        state.record(RECORDED, "", encode(keep_intent(state.run, evaluation, files, why(error), secrets)))
        return ""
    return _handed_over(state, ledger, judged.evidence)


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
    run: Run,
    word: str,
    hosts: tuple[HostOutcome, ...],
    evaluation: Evaluation,
    faults: tuple[str, ...],
    recorded: Recorded,
) -> Statement:
    return deployment_statement(run, OUTCOME, timestamp(), word, hosts, evaluation, faults, **recorded.fields)


def _untouched(host: str, run_key: str, word: str, evidence: Mapping[str, Any]) -> HostOutcome:
    """A host of a run that ends here: what was live on it, as far as that was observed, still is."""
    release = evidence.get("release", {}).get("value") or {}
    live = (release.get("live") or {}).get("release")
    return HostOutcome(host, word, reports=(HostReport(word, run_key, False, None, live, live, 0.0),))


def _composition(run: Run, made_of: Inheritance) -> str:
    inherited = ", ".join(made_of.modules) or "none"
    return f"To promote: {', '.join(run.modules)}; as live in manifest {made_of.live_digest[7:19]}: {inherited}"
