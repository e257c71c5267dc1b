# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receipts of gates of the control node, with the files of the commands that they ran."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    PASSED,
    CommandRun,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render_gate import command_sessions
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import gate_statements

from .maker import Ledger, time_at

OUTPUT = b"95 tests, 95 passed\n"
GATE = "recert:artwork:test"
INPUTS = "sha256:" + "d" * 64


def command_key(number: int) -> str:
    """The run key of a command."""
    return f"CAP-20261101-120001__recert.artwork.test__R{number:010d}"


def result(number: int, **other: Any) -> GateResult:
    """What a gate of the control node found that has run a command."""
    run = CommandRun(command_key(number), ("npm", "test"), 0, 1.5, sha256_digest(OUTPUT))
    plain = GateResult(GATE, CONTROL, PASSED, "enforce", "95 of 95 passed", "all tests pass")
    return replace(plain, **{"seconds": 1.6, "counts": "95/95 tests", "inputs": INPUTS, "run": run, **other})


def gate(ledger: Ledger, run: Run, one: GateResult) -> str:
    """Append the receipt of a gate, with the files of its command beside it."""
    evidence = sha256_digest(ledger.sessions[run.key]["evidence.json"])
    (statement,) = gate_statements(run, Evaluation(one.verdict, (one,)), evidence, time_at(len(ledger.lines)))
    if one.run:
        ledger.sessions.update(command_sessions([statement], {one.run.run_key: OUTPUT}))
    return ledger.append(statement)


def promote(ledger: Ledger, number: int, one: GateResult, *after: GateResult) -> Run:
    """Append a promotion with one gate of the control node, and perhaps others once it is live."""
    run = ledger.run(number)
    hosts = ledger.gates(run)
    verdict = ledger.verdict(run, [*hosts, gate(ledger, run, one)])
    ledger.intent(run, verdict)
    for other in after:
        gate(ledger, run, other)
    ledger.outcome(run, verdict)
    return run
