# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Record how the run ended, show it, and close the run, and those before it that were interrupted on the same hosts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import decode, sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack import SignOff
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import log_fault
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, ROLLBACK, HostOutcome
from ansible_collections.mint.promotion.plugins.module_utils._ledger.open_runs import (
    OpenRun,
    closing_statement,
    open_runs,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    deployment_statement,
    run_outcome,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.summary import host_table
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    GOOD_OUTCOMES,
    NO_CHANGE,
    STAGED,
    UNVERIFIED,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._afterwards import (
    NOTHING_AFTER,
    Afterwards,
    judge_afterwards,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._change_pack import pack_files, sign_offs
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import Kept, end_run, keep_outcome
from ansible_collections.mint.promotion.plugins.plugin_utils._run import RECORDED, STAGE, RunState
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import (
    LOST_SECONDS,
    ROLLBACK_SECONDS,
    Backing,
    Recorded,
    RunLedger,
    Statement,
    run_ledger,
    why,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_secrets import run_secrets

display = Display()


class ActionModule(PromotionAction):
    """`mint.promotion.receipt_record`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        self.arguments({})
        state = RunState.current()
        recorded = decode(Recorded, state.data(RECORDED) or {})
        if self.check_mode:
            kept, after = Kept(_outcome(state, NOTHING_AFTER, timestamp(), recorded), ""), NOTHING_AFTER
        else:
            kept, after = _kept(state, recorded, task_vars)
        display.display(host_table(kept.statement))
        excused = state.run.action == ROLLBACK and kept.path
        ended = end_run(state, kept.statement, kept.path, "" if excused else kept.fault or after.message)
        if ended["change_pack"]:
            display.display(f"Change pack: {ended['change_pack']}")
        return ended


def _kept(state: RunState, recorded: Recorded, task_vars: Mapping[str, Any]) -> tuple[Kept, Afterwards]:
    """Judge what is judged once the release is live, and record it with the outcome."""
    ledger, lines, unfinished = _look(state, recorded, task_vars)
    closings = tuple(_closing(one, state) for one in unfinished if _is_closed_by(one, state))
    secrets = _secrets(state, task_vars)
    after = judge_afterwards(state.run, state.outcomes(), ledger, secrets, task_vars)
    build = partial(_outcome, state, after, timestamp())
    signed = _sign_offs(ledger, lines, recorded)
    judged = after.evaluation.results if after.evaluation else ()
    pack = pack_files(state, build(recorded), task_vars, secrets, signed, judged)
    beside = replace(recorded, beside={name: sha256_digest(content) for name, content in pack.items()})
    backing = Backing(after.outputs)
    kept = keep_outcome(
        state.run, ledger, build, beside, pack, secrets, after=closings, afterwards=after.evaluation, backing=backing
    )
    return kept, after


def _outcome(state: RunState, after: Afterwards, time: str, recorded: Recorded) -> Statement:
    outcomes = state.outcomes()
    faults = [f"{one.host}: {one.message}" for one in outcomes if one.outcome not in GOOD_OUTCOMES and one.message]
    word = UNVERIFIED if after.faults else run_outcome(outcomes)
    everything = (*faults, *after.faults)
    return deployment_statement(
        state.run, OUTCOME, time, word, outcomes, state.evaluation, everything, **recorded.fields
    )


def _look(
    state: RunState, recorded: Recorded, task_vars: Mapping[str, Any]
) -> tuple[RunLedger | PromotionError, tuple[bytes, ...], tuple[OpenRun, ...]]:
    """Return the ledger, or the error that says why there is none, its lines and the runs without an outcome in them.

    Of a ledger that was altered there is neither: what it says must not be closed, and so signed.
    """
    try:
        patience = LOST_SECONDS if recorded.inconclusive else ROLLBACK_SECONDS
        ledger = run_ledger(state.run, task_vars, patience)
        history, lines = ledger.look()
        unfinished = open_runs(lines)
        if recorded.verdict and state.run.key not in {one.run_key for one in unfinished}:
            raise Refused("Another run took this one for dead, and has recorded it as interrupted.")
    except PromotionError as error:
        return error, (), ()
    return (ledger, (), ()) if log_fault(history) else (ledger, lines, unfinished)


def _sign_offs(ledger: RunLedger | PromotionError, lines: tuple[bytes, ...], recorded: Recorded) -> tuple[SignOff, ...]:
    """Who approved, for the change pack; where that can't be told, the receipts of the gates still tell it."""
    try:
        return sign_offs(ledger.settings, lines, recorded.verdict) if isinstance(ledger, RunLedger) else ()
    except (PromotionError, OSError) as error:
        display.warning(f"The change pack does not tell who approved: {why(error)}")
        return ()


def _secrets(state: RunState, task_vars: Mapping[str, Any]) -> tuple[str, ...]:
    """The secret values of the run. Where they can't be computed by now, hosts have masked what they said of them."""
    try:
        return run_secrets(state.run, task_vars)
    except PromotionError as error:
        display.warning(f"The receipt was not searched for secret values: {why(error)}")
        return ()


def _is_closed_by(one: OpenRun, state: RunState) -> bool:
    """Tell whether an earlier run was about the same and this run has held the locks of all its hosts."""
    told, run = one.predicate, state.run
    held = {host for host in run.hosts if _staged(state, host) is not None}
    same = (told["stack"], told["environment"]) == (run.stack, run.environment)
    return same and one.run_key != run.key and held.issuperset(one.hosts)


def _staged(state: RunState, host: str) -> HostOutcome | None:
    """What staging saw of a host that it claimed; None where it did not."""
    staged = state.outcome(host, STAGE)
    return staged if staged is not None and staged.reports and staged.outcome in (STAGED, NO_CHANGE) else None


def _closing(one: OpenRun, state: RunState) -> Statement:
    """The outcome of an interrupted run: its hosts as staging found them, before this run changed any."""
    seen = {}
    for host in one.hosts:
        staged = _staged(state, host)
        reports = staged.reports if staged else ()
        notes = "\n".join(note for report in reports for note in report.notes if one.run_key in note)
        seen[host] = (reports[0].before or "" if reports else "", notes)
    return closing_statement(one, state.run.key, seen, timestamp())
