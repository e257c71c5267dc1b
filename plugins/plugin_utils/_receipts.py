# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep what a run leaves, and end the run.

A promotion changes no host before its intent is in the ledger. A rollback goes on without: what it leaves then lies on
the control node only, and says that it is no complete proof.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any, Callable, Mapping, Sequence

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError, Refused, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import Evaluation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import Envelope
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    EVIDENCE_FILE,
    INTENT,
    MANIFEST_FILE,
    RECEIPT_FILE,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import (
    receipt_text,
    renderings,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.secrecy import refuse_secrets
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    deployment_statement,
    statement_bytes,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.summary import run_summary
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._past import read_past, refuse_used
from ansible_collections.mint.promotion.plugins.plugin_utils._run import CLOSED, RunState
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import (
    NO_BACKING,
    NO_DECISION,
    Backing,
    Fits,
    Recorded,
    RunLedger,
    Statement,
    why,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._sessions import Sessions
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import load_trusted_keys

display = Display()

INTENT_FILE = "intent.json"  # of a rollback whose intent the ledger did not take

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Kept:
    """An outcome as it was kept: the path of receipt.json, empty where there is none, and what went wrong with it."""

    statement: Statement
    path: str
    fault: str = ""


def session_files(run: Run, evidence: bytes) -> Files:
    """Return what a run was judged by, as it lies beside its receipt."""
    files = {EVIDENCE_FILE: evidence, MANIFEST_FILE: run.manifest_text.encode("utf-8")}
    return {name: content for name, content in files.items() if content}


def record_intent(
    run: Run,
    ledger: RunLedger,
    evaluation: Evaluation,
    files: Files,
    secrets: Sequence[str],
    backing: Backing = NO_BACKING,
) -> Recorded:
    """Append what the gate said, the approvals that it used, and the intent, durably; nothing may be changed before it
    is back. An approval that another run used first is not used again.

    Raises `PromotionError` and `OSError`.
    """
    for one in backing.approvals:
        refuse_secrets(one.payload, secrets)
    decision = ledger.decide(run, evaluation, Recorded.of(files), timestamp(), backing)
    intent = _intent(run, evaluation, decision.recorded)
    _refuse_secrets(intent, {**files, **backing.outputs}, secrets)
    envelope = ledger.sign(intent, requested=True)
    ledger.home.begin_session(run.key)
    fits = _unused(run, ledger, backing.approvals) if backing.approvals else None
    ledger.append(run.key, files, (*decision.envelopes, envelope), decision.sessions, fits)
    return replace(decision.recorded, signed_by=ledger.person_of(envelope))


def _unused(run: Run, ledger: RunLedger, approvals: Sequence[Envelope]) -> Fits:
    keys = load_trusted_keys(ledger.settings.keys)
    return lambda history, lines: refuse_used(read_past(lines, history, keys), run, approvals)


def keep_intent(run: Run, evaluation: Evaluation, files: Files, reason: str, secrets: Sequence[str]) -> Recorded:
    """Keep the intent of a rollback that the ledger did not take on the control node, as far as that is possible."""
    recorded = replace(Recorded.of(files), inconclusive=(f"Its intent is not in the ledger: {reason}",))
    intent = _intent(run, evaluation, recorded)
    try:
        _refuse_secrets(intent, files, secrets)
        Sessions(run.receipts).write(run.key, {**files, INTENT_FILE: receipt_text(intent).encode("utf-8")})
    except PromotionError as error:
        display.warning(f"No intent receipt could be written either: {why(error)}")
    return recorded


def _intent(run: Run, evaluation: Evaluation, recorded: Recorded) -> Statement:
    return deployment_statement(run, INTENT, timestamp(), evaluation=evaluation, **recorded.fields)


def keep_outcome(
    run: Run,
    ledger: RunLedger | PromotionError,
    build: Callable[[Recorded], Statement],
    recorded: Recorded,
    files: Files | None = None,
    secrets: Sequence[str] = (),
    decided: Evaluation | None = None,
    after: Sequence[Statement] = (),
    afterwards: Evaluation | None = None,
    backing: Backing = NO_BACKING,
) -> Kept:
    """Append the outcome of a run with its renderings beside it: behind what the gate `decided` where that is not in
    the ledger yet, and behind what gates said `afterwards`; before other outcomes that this run records.

    Where the ledger does not take it, or is the error that says why there is none, it is kept below `run.receipts` all
    the same, and `fault` says why: that must not hide where the hosts stand. With one of the `secrets` in it, it is
    kept nowhere.
    """
    try:
        _refuse_secrets(build(recorded), {**(files or {}), **backing.outputs}, secrets)
        kept = _keep(run, ledger, build, recorded, files or {}, decided, after, afterwards, backing)
    except Refused as error:
        kept = Kept(build(recorded), "", f"No receipt could be written: {why(error)}")
    if kept.path:
        display.display(f"Receipt: {kept.path}")
    if kept.fault:
        display.warning(kept.fault)
    return kept


def _keep(
    run: Run,
    ledger: RunLedger | PromotionError,
    build: Callable[[Recorded], Statement],
    recorded: Recorded,
    files: Files,
    decided: Evaluation | None,
    after: Sequence[Statement],
    afterwards: Evaluation | None,
    backing: Backing,
) -> Kept:
    try:
        if isinstance(ledger, PromotionError):
            raise ledger
        decision = ledger.decide(run, decided, recorded, timestamp(), backing) if decided else None
        statement = build(decision.recorded if decision else recorded)
        later = ledger.gates(run, afterwards, recorded, timestamp(), backing) if afterwards else NO_DECISION
        before = (*(decision or NO_DECISION).envelopes, *later.envelopes)
        envelopes = (*before, *map(ledger.sign, (statement, *after)))
        for one in after:
            ledger.home.write_session(str(one["predicate"]["runKey"]), _outcome_files(one))
        sessions = {**(decision or NO_DECISION).sessions, **later.sessions}
        folder = ledger.append(run.key, {**files, **_outcome_files(statement)}, envelopes, sessions)
        return Kept(statement, f"{folder}/{RECEIPT_FILE}")
    except (PromotionError, OSError) as error:
        reason = f"It is not in the ledger: {why(error)}"
        return _keep_locally(run, build(recorded.with_reason(reason)), files, reason)


def _keep_locally(run: Run, statement: Statement, files: Files, reason: str) -> Kept:
    try:
        folder = Sessions(run.receipts).write(run.key, {**files, **_outcome_files(statement)})
    except PromotionError as error:
        return Kept(statement, "", f"No receipt could be written: {why(error)}")
    return Kept(statement, f"{folder}/{RECEIPT_FILE}", reason)


def _outcome_files(statement: Statement) -> Files:
    return {RECEIPT_FILE: receipt_text(statement).encode("utf-8"), **renderings(statement)}


def _refuse_secrets(statement: Statement, files: Files, secrets: Sequence[str]) -> None:
    """Raise `Refused` where a secret stands in what is to be kept. The gates' receipts say nothing more than these."""
    for data in (statement_bytes(statement), *files.values()):
        refuse_secrets(data, secrets)


def end_run(
    state: RunState,
    statement: Statement,
    receipt: str,
    message: str = "",
    violations: Sequence[Violation] = (),
) -> dict[str, Any]:
    """Close the run and return a result that carries its summary; with a `message` run_assert fails the run.

    The task itself does not fail: Ansible drops the statistics of one that does (ansible-core 2.19,
    StrategyBase._process_pending_results).
    """
    summary = run_summary(statement, receipt, message)
    end = {"outcome": summary["outcome"], "message": message, "violations": encode(violations)}
    with contextlib.suppress(OSError):  # a full disk: run_assert fails a run whose end it does not find
        state.record(CLOSED, "", end)
    statistics = {"data": {"promotion": summary}, "per_host": False, "aggregate": False}
    return {"changed": False, **summary, "ansible_stats": statistics}
