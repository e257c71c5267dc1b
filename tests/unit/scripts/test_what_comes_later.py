# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Acceptances by people and the commits of closed loops, judged twice: by the collection, and by the script."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import INVALID, OK
from ledgers import Ledger, manifest_digest
from ledgers.later import acceptance, closing
from ledgers.second_opinion import Check

OTHER = "CAP-20261101-120000__promotion.promote__R0000000099"


def accept(ledger: Ledger, *people: str, **other: Any) -> None:
    statement = acceptance(ledger, **other)
    ledger.append(statement, *ledger.signatures(statement, *people))


def test_people_accept_a_promotion_and_its_loop_is_committed(promoted: Ledger, check: Check) -> None:
    accept(promoted, "alice", "bob")
    accept(promoted, "carol", reason="after a week")
    promoted.append(closing(promoted))
    assert check(promoted, OK).ours.counts[OK] == 10


def test_the_gate_accepts_nothing(promoted: Ledger, check: Check) -> None:
    accept(promoted, "")
    check(promoted, INVALID, "line 8: no valid signature of a person", line=8)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"run_key": OTHER}, "no earlier line of the log is the outcome of"),
        ({"environment": "staging"}, "environment is staging"),
        ({"stack": "other"}, "stack is other"),
        ({"manifest_digest": manifest_digest(2)}, "another manifest"),
        ({"receipt": "sha256:" + "f" * 64}, "outcomeReceipt is not the outcome"),
    ],
)
def test_an_acceptance_of_something_else(promoted: Ledger, check: Check, other: dict[str, Any], why: str) -> None:
    accept(promoted, "alice", **other)
    check(promoted, INVALID, why, line=8)


def test_what_did_not_go_live_is_neither_accepted_nor_closes_a_loop(ledger: Ledger, check: Check) -> None:
    run = ledger.run(1)
    verdict = ledger.verdict(run, ledger.gates(run))
    ledger.intent(run, verdict)
    ledger.outcome(run, verdict, "rolled_back")
    accept(ledger, "alice")
    ledger.append(closing(ledger))
    found = check(ledger, INVALID, "is no promotion that went live", line=8)
    assert set(found.our_lines) == {8, 9}


def test_a_loop_that_was_closed_with_a_run_that_is_not_there(promoted: Ledger, check: Check) -> None:
    promoted.append(closing(promoted, OTHER))
    check(promoted, INVALID, "no earlier line of the log is the outcome of", line=8)
