# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdict_text import ledgers_text, remarks

NO_CHECKPOINT = "no checkpoint proves its place in the log"
RUN = "CAP-20261101-120000__promotion.promote__R0000000001"


def receipt(line: int, verdict: str, *reasons: str) -> dict[str, Any]:
    named = {"index": line - 1, "kind": "gate", "run_key": RUN}
    return {**named, "verdict": verdict, "reasons": list(reasons), "warnings": []}


def ledger(*receipts: dict[str, Any]) -> dict[str, Any]:
    told = {"place": "receipts", "reasons": ["no anchor"], "warnings": [], "silent": [], "anchored": 0, "size": 0}
    return {**told, "entries": len(receipts), "receipts": list(receipts), "verdict": "INVALID"}


def test_neighbours_with_the_same_reason_are_told_at_once_and_what_is_invalid_first() -> None:
    untold = [receipt(line, "INDETERMINATE", NO_CHECKPOINT) for line in (1, 2, 3, 5, 7, 8)]
    told = list(remarks(ledger(*untold, receipt(4, "INVALID", "altered", NO_CHECKPOINT), receipt(6, "OK"))))
    assert told == [
        "no anchor",
        f"line 4 gate {RUN}: INVALID: altered",
        f"line 4 gate {RUN}: INVALID: {NO_CHECKPOINT}",
        f"lines 1 to 3: INDETERMINATE: {NO_CHECKPOINT}",
        f"line 5 gate {RUN}: INDETERMINATE: {NO_CHECKPOINT}",
        f"lines 7 to 8: INDETERMINATE: {NO_CHECKPOINT}",
    ]


def test_a_ledger_without_a_checkpoint_needs_two_lines_however_long_it_is() -> None:
    long = ledger(*(receipt(line, "INDETERMINATE", NO_CHECKPOINT) for line in range(1, 500)))
    assert f"  lines 1 to 499: INDETERMINATE: {NO_CHECKPOINT}" in ledgers_text([long]).splitlines()
    assert "more" not in ledgers_text([long])
