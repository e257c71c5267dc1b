# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which earlier receipts can stand for a gate: real signatures over a real log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Mapping

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    FAILED,
    INCONCLUSIVE,
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import history_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.reuse import Standing, standing_receipts
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import gate_statements
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import TrustedKeys
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import Trust
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO
from ledgers import Ledger, People, gate_key, time_at
from ledgers.maker import ORIGIN

INPUTS = "sha256:" + "d" * 64
GATE = "recert:artwork:test"
AT_MINUTE_100 = "2026-11-01T13:40:00+00:00"
PLAIN = GateResult(GATE, CONTROL, PASSED, "enforce", "95 of 95", "all", counts="95/95 tests", inputs=INPUTS)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.begin(People(tmp_path))


def record(ledger: Ledger, minute: int | None = None, **other: Any) -> str:
    run, one = ledger.run(len(ledger.lines)), replace(PLAIN, **other)
    time = time_at(len(ledger.lines) if minute is None else minute)
    told = gate_statements(run, Evaluation(one.verdict, (one,)), "sha256:" + "a" * 64, time)
    return ledger.append(told[0])


def standing(ledger: Ledger, wanted: Mapping[str, str] | None = None, note: str = "") -> Mapping[str, Standing]:
    history = history_of(ledger.log, ORIGIN, note or ledger.checkpoint())
    lines = ledger.lines[: len(history.leaves)]
    trust = Trust(TrustedKeys(tuple(key.half for key in ledger.trusted)), CRYPTO)
    return standing_receipts(history, lines, "shop", wanted or {GATE: INPUTS}, trust)


def test_the_latest_receipt_of_equal_inputs_stands(ledger: Ledger) -> None:
    record(ledger)
    digest = record(ledger)
    record(ledger, inputs="sha256:" + "e" * 64)
    record(ledger, gate="recert:artwork:build")
    found = standing(ledger)
    assert found == {GATE: Standing(digest, datetime(2026, 11, 1, 12, 2, tzinfo=UTC), "95 of 95", "all", "95/95 tests")}


def test_a_receipt_is_as_old_as_it_says_behind_younger_ones(ledger: Ledger) -> None:
    record(ledger, 500, gate="recert:artwork:build")
    imported = record(ledger, 100)
    assert (standing(ledger)[GATE].digest, standing(ledger)[GATE].time.isoformat()) == (imported, AT_MINUTE_100)
    own = record(ledger, 501)
    record(ledger, 100)
    assert standing(ledger)[GATE].digest == own


@pytest.mark.parametrize("mode", ["enforce", "report"])
def test_a_later_failure_of_equal_inputs_undoes_what_passed_before_it(ledger: Ledger, mode: str) -> None:
    record(ledger, 100)
    record(ledger, 102, verdict=FAILED, mode=mode)
    record(ledger, 101)
    assert standing(ledger) == {}
    digest = record(ledger, 103)
    assert standing(ledger)[GATE].digest == digest


def test_a_failure_of_other_inputs_and_an_open_question_undo_nothing(ledger: Ledger) -> None:
    digest = record(ledger)
    record(ledger, verdict=FAILED, inputs="sha256:" + "e" * 64)
    record(ledger, verdict=INCONCLUSIVE)
    assert standing(ledger)[GATE].digest == digest


@pytest.mark.parametrize(
    "other",
    [
        {"verdict": FAILED},
        {"verdict": FAILED, "mode": "report"},
        {"inputs": "sha256:" + "e" * 64},
        {"reused": "sha256:" + "a" * 64},
        {"gate": "recert:artwork:build"},
    ],
)
def test_anything_else_does_not(ledger: Ledger, other: dict[str, Any]) -> None:
    record(ledger, **other)
    assert standing(ledger) == {}


def test_a_receipt_that_a_key_of_nobody_signed_does_not(ledger: Ledger) -> None:
    ledger.key = gate_key("stranger")
    record(ledger)
    ledger.key = gate_key("first")
    assert standing(ledger) == {}


def test_a_receipt_beyond_the_checkpoint_does_not(ledger: Ledger) -> None:
    record(ledger, inputs="sha256:" + "e" * 64)
    note = ledger.checkpoint()
    record(ledger)
    assert standing(ledger, note=note) == {}


def test_a_log_that_does_not_fit_its_checkpoint_satisfies_nothing(ledger: Ledger) -> None:
    record(ledger)
    note = ledger.checkpoint()
    ledger.lines[1] = ledger.lines[1].replace(b'"sig"', b'"sig" ')
    with pytest.raises(InvalidReceipt):
        standing(ledger, note=note)


def test_a_checkpoint_that_a_key_of_nobody_signed_satisfies_nothing(ledger: Ledger) -> None:
    record(ledger)
    with pytest.raises(InvalidReceipt, match="no valid signature"):
        standing(ledger, note=ledger.checkpoint(key=gate_key("stranger")))
