# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of gates: what a person sees at a glance."""

from __future__ import annotations

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    FAILED,
    PASSED,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.findings import result_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import gate_table

DISK = GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB")
TESTS = GateResult(
    "recert:web:test", CONTROL, FAILED, "report", "1 of 95 failed", "all", seconds=12.34, counts="94/95 tests"
)


def table(*results: GateResult) -> list[str]:
    return gate_table([result_of(one) for one in results]).splitlines()


def test_gates_of_hosts_alone_have_no_seconds() -> None:
    assert table(DISK) == ["gate  verdict  found", "disk  PASSED"]


def test_gates_of_the_control_node_have_seconds_and_counts() -> None:
    assert table(DISK, TESTS) == [
        "gate             verdict          seconds  counts       found",
        "disk             PASSED           -        -",
        "recert:web:test  FAILED (report)  12.3     94/95 tests  control: 1 of 95 failed",
    ]


def test_a_gate_that_an_earlier_receipt_satisfied_says_which() -> None:
    reused = GateResult(
        "gaps",
        CONTROL,
        PASSED,
        "enforce",
        "receipt 5a0c91f2b7aa of yesterday: none",
        "none",
        reused="sha256:" + "a" * 64,
    )
    assert table(reused)[1].endswith("control: receipt 5a0c91f2b7aa of yesterday: none")
