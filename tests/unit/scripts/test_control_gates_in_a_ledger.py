# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gates of the control node in a ledger, honest and not, each judged twice: by us, and by the script for strangers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTPUT_FILE, RECEIPT_FILE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import gate_statements
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import INVALID, OK
from ledgers import Ledger, time_at
from ledgers.control import GATE, OUTPUT, command_key, promote, result
from ledgers.second_opinion import Check


def receipt_of(ledger: Ledger, line: int) -> str:
    return sha256_digest(ledger.lines[line - 1])


def test_a_run_with_a_gate_of_the_control_node_is_ok(ledger: Ledger, check: Check) -> None:
    promote(ledger, 1, result(1), result(2, gate=f"{GATE}:after"))
    assert check(ledger, OK).reasons == ""


def test_an_output_that_was_altered(ledger: Ledger, check: Check) -> None:
    promote(ledger, 1, result(1))
    ledger.sessions[command_key(1)][OUTPUT_FILE] = OUTPUT.replace(b"95 passed", b"94 passed")
    check(ledger, INVALID, "output.txt was altered", line=5)


def test_an_output_that_is_missing(ledger: Ledger, check: Check) -> None:
    promote(ledger, 1, result(1))
    del ledger.sessions[command_key(1)]
    check(ledger, "INDETERMINATE", "output.txt is missing", line=5)


def test_a_receipt_of_a_command_that_is_not_its_statement(ledger: Ledger, check: Check) -> None:
    promote(ledger, 1, result(1))
    ledger.sessions[command_key(1)][RECEIPT_FILE] = b"{}\n"
    check(ledger, INVALID, "receipt.json is not the statement of line 5", line=5)


def reused(ledger: Ledger, **other: Any) -> GateResult:
    """What stands on line 5."""
    return result(2, **{"run": None, "reused": receipt_of(ledger, 5), **other})


def test_an_earlier_receipt_stands_for_a_gate(ledger: Ledger, check: Check) -> None:
    promote(ledger, 1, result(1))
    promote(ledger, 2, reused(ledger))
    assert check(ledger, OK).reasons == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"inputs": "sha256:" + "e" * 64}),
        ({}, {"gate": "recert:artwork:build"}),
        ({}, {"reused": "sha256:" + "f" * 64}),
        ({"verdict": FAILED, "mode": "report"}, {}),
    ],
)
def test_a_receipt_that_cannot_stand_for_a_gate(
    ledger: Ledger, check: Check, first: dict[str, Any], second: dict[str, Any]
) -> None:
    promote(ledger, 1, result(1, **first))
    promote(ledger, 2, reused(ledger, **second))
    found = check(ledger, INVALID)
    assert found.our_lines[12] == INVALID


def test_what_stands_on_an_earlier_receipt_stands_for_nothing(ledger: Ledger, check: Check) -> None:
    promote(ledger, 1, result(1))
    promote(ledger, 2, reused(ledger))
    promote(ledger, 3, reused(ledger, reused=receipt_of(ledger, 12)))
    assert check(ledger, INVALID, "line 12 can't stand for it").our_lines[19] == INVALID


def test_a_gate_of_before_that_comes_after_the_verdict(ledger: Ledger, check: Check) -> None:
    promote(ledger, 1, result(1), result(2, gate="recert:artwork:build"))
    check(ledger, INVALID, "it comes after the verdict of its run", line=8)


def test_a_finding_of_the_control_node_beside_those_of_hosts(ledger: Ledger, check: Check) -> None:
    run = ledger.run(1)
    ledger.gates(run)
    both = Evaluation(PASSED, (result(1), replace(result(1), host="web1", run=None)))
    (statement,) = gate_statements(run, both, sha256_digest(ledger.sessions[run.key]["evidence.json"]), time_at(5))
    ledger.append(statement)
    assert check(ledger, INVALID).our_lines[5] == INVALID


def test_a_run_that_was_only_judged_needs_no_intent(ledger: Ledger, check: Check) -> None:
    run = ledger.run(1)
    verdict = ledger.verdict(run, ledger.gates(run))
    ledger.outcome(run, verdict, "judged")
    assert check(ledger, OK).reasons == ""


@pytest.mark.parametrize("missing", ["seconds", "counts", "inputs", "reused", "run"])
def test_a_finding_of_the_control_node_with_a_field_left_out(ledger: Ledger, check: Check, missing: str) -> None:
    run = ledger.run(1)
    ledger.gates(run)
    evidence = sha256_digest(ledger.sessions[run.key]["evidence.json"])
    (statement,) = gate_statements(run, Evaluation(PASSED, (result(1, run=None),)), evidence, time_at(5))
    del statement["predicate"]["found"][0][missing]
    ledger.append(statement)
    assert check(ledger, INVALID).our_lines[5] == INVALID


def test_a_command_of_a_day_that_no_calendar_has(ledger: Ledger, check: Check) -> None:
    run = ledger.run(1)
    ledger.gates(run)
    one = result(1)
    assert one.run is not None
    bad = replace(one, run=replace(one.run, run_key="CAP-20261399-120001__spine.verify__R0000000001"))
    evidence = sha256_digest(ledger.sessions[run.key]["evidence.json"])
    (statement,) = gate_statements(run, Evaluation(PASSED, (bad,)), evidence, time_at(5))
    ledger.append(statement)
    assert check(ledger, INVALID).our_lines[5] == INVALID
