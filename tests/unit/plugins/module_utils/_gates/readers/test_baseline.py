# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._gates.readers.table import READERS, reader_named

VERIFIED = """\
=== DRIFT GATE (v2.6) ===
D1 folders at the top... PASS
D2 one trace (no runs/)... PASS
D4 watcher... WARN (loaded but no PID)

DRIFT GATE: PASS (1 warning(s))

Run Key:  CAP-20260101-000000__spine.verify__R1abcd
Status:   done
"""
CORE = """\
verify.core.run
core_gate_count: 3
D3 PASS
D48 PASS
D63 PASS
summary: pass=3 fail=0 skipped_inline=0 skipped_retired=1
budget: ok
"""
STATUS = """\

OPEN LOOPS (1)
------------------------------------------------------------------------
  [medium  ] @ada            LOOP-PROMOTE-SHOP-20260101
                              What the loop is about

OPEN GAPS (0)
------------------------------------------------------------------------
  (none)

ANOMALIES (0)
"""
GAPS = """\
Gaps: 12 total | 0 open | 9 fixed | 3 closed

Orphaned gaps (loop closed, gap open): 0
"""
AUTHORITY = """\
authority.project.status
repo: shop

PASS  git repository
PASS  origin matches
WARN  no mirror

summary: pass=2 warn=1 fail=0
status: GOVERNED
"""


def test_a_verification_passes_with_its_counts_and_a_trailer_behind_it() -> None:
    reading = reader_named("spine.verify")(VERIFIED, 0)
    assert (reading.verdict, reading.counts, reading.remedy) == (PASSED, "2/3 gates, 1 warning", "")


def test_a_retired_gate_is_no_gate_any_more() -> None:
    reading = reader_named("spine.verify")(CORE, 0)
    assert (reading.verdict, reading.counts) == (PASSED, "3/3 gates, 1 retired")


def test_a_skipped_gate_did_not_pass() -> None:
    skipped = CORE.replace("D63 PASS", "D63 SKIP").replace(
        "pass=3 fail=0 skipped_inline=0", "pass=2 fail=0 skipped_inline=1"
    )
    reading = reader_named("spine.verify")(skipped, 0)
    assert (reading.verdict, reading.counts) == (INCONCLUSIVE, "2/3 gates, 1 skipped, 1 retired")
    assert "D63" in reading.found
    assert reading.remedy


def test_a_skip_in_the_lines_alone_did_not_pass_either() -> None:
    reading = reader_named("spine.verify")(VERIFIED.replace("(no runs/)... PASS", "... SKIP"), 0)
    assert reading.verdict == INCONCLUSIVE


def test_what_a_failed_script_has_printed_is_not_read() -> None:
    quoted = "  --- output (first lines): d2.sh ---\nDRIFT GATE: PASS\nD9 x... PASS\n  --- end output ---\n"
    output = f"D1 a... PASS\nD2 trace... FAIL rc=1\n{quoted}\nDRIFT GATE: FAIL\n"
    reading = reader_named("spine.verify")(output, 1)
    assert (reading.verdict, reading.counts) == (FAILED, "1/2 gates")
    assert "D2" in reading.found


@pytest.mark.parametrize(
    ("output", "exit_code"),
    [
        ("", 0),
        ("PASS\n", 0),
        ("DRIFT GATE: PASS\n", 0),  # over no gate
        ("D1 a... PASS\n", 0),  # it broke off
        (VERIFIED, 1),
        (VERIFIED, None),
        (VERIFIED + "DRIFT GATE: FAIL\n", 0),  # which of the two?
        ("D1 PASS\nsummary: pass=1 fail=0\n", 0),
        (CORE + "summary: pass=3 fail=0 skipped_inline=0 skipped_retired=0\n", 0),
        (VERIFIED + "DRIFT GATE: UNKNOWN\n", 0),
        ("D9 clocks... ERROR rc=7\n" + VERIFIED, 0),
        ("D9 clocks... \n" + VERIFIED, 0),
        ("D9 TIMEOUT\n" + CORE, 0),
        (CORE.replace("pass=3", "pass=9"), 0),  # more than its lines
        (CORE.replace("pass=3", "pass=2"), 0),
    ],
)
def test_a_verification_that_is_not_understood_is_inconclusive(output: str, exit_code: int | None) -> None:
    assert reader_named("spine.verify")(output, exit_code).verdict == INCONCLUSIVE


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_gate_that_failed_fails_whatever_the_last_line_says(exit_code: int) -> None:
    reading = reader_named("spine.verify")(VERIFIED.replace("(no runs/)... PASS", "... FAIL"), exit_code)
    assert reading.verdict == FAILED


def test_the_loop_of_the_promotion_itself_does_not_count() -> None:
    assert reader_named("ops.status")(STATUS, 0).verdict == FAILED
    assert reader_named("ops.status", "LOOP-OTHER-20260101")(STATUS, 0).verdict == FAILED
    reading = reader_named("ops.status", "LOOP-PROMOTE-SHOP-20260101")(STATUS, 0)
    assert (reading.verdict, reading.counts) == (PASSED, "0 open loops, 0 open gaps")


def test_an_open_gap_fails_beside_the_own_loop() -> None:
    gap = STATUS.replace("OPEN GAPS (0)", "OPEN GAPS (2)")
    assert reader_named("ops.status", "LOOP-PROMOTE-SHOP-20260101")(gap, 0).verdict == FAILED


def test_loops_that_are_counted_but_not_named_are_inconclusive() -> None:
    assert (
        reader_named("ops.status", "LOOP-X-20260101")(STATUS.replace("LOOPS (1)", "LOOPS (2)"), 0).verdict
        == INCONCLUSIVE
    )


@pytest.mark.parametrize(
    ("loops", "gaps", "own", "verdict"),
    [(0, 0, "", PASSED), (1, 0, "", FAILED), (0, 2, "", FAILED), (1, 0, "LOOP-X-20260101", INCONCLUSIVE)],
)
def test_the_status_as_json(loops: object, gaps: object, own: str, verdict: str) -> None:
    output = json.dumps({"counts": {"open_loops": loops, "open_gaps": gaps, "anomalies": 7}})
    assert reader_named("ops.status", own)(output, 0).verdict == verdict
    assert reader_named("ops.status", own)(output + "\nStatus: done\n", 0).verdict == verdict


@pytest.mark.parametrize(
    "output",
    [
        "{",
        "{}",
        '{"counts": []}',
        '{"counts": {"open_loops": true, "open_gaps": 0}}',
        '{"counts": {"open_loops": -1, "open_gaps": 0}}',
        '{"a":' * 5000,
        "OPEN LOOPS (0)\n",
    ],
)
def test_a_status_that_is_not_understood_is_inconclusive(output: str) -> None:
    assert reader_named("ops.status")(output, 0).verdict == INCONCLUSIVE


def test_gaps_are_counted_although_the_check_always_ends_with_0() -> None:
    assert reader_named("gaps.status")(GAPS, 0).verdict == PASSED
    still_open = GAPS.replace("0 open | 9", "1 open | 8") + "  [high] GAP-OP-7 → LOOP-X-20260101\n"
    reading = reader_named("gaps.status")(still_open, 0)
    assert (reading.verdict, reading.counts) == (FAILED, "1/12 gaps open")
    assert "GAP-OP-7" in reading.found


def test_a_gap_that_outlived_its_loop_fails() -> None:
    reading = reader_named("gaps.status")(GAPS.replace("gap open): 0", "gap open): 1"), 0)
    assert (reading.verdict, "closed" in reading.found) == (FAILED, True)


def test_the_total_may_count_gaps_of_other_states() -> None:
    reading = reader_named("gaps.status")("Gaps: 113 total | 0 open | 107 fixed | 3 closed\n", 0)
    assert (reading.verdict, reading.counts) == (PASSED, "0/113 gaps open")
    reading = reader_named("gaps.status")("Gaps: 113 total | 1 open | 107 fixed | 3 closed\n", 0)
    assert (reading.verdict, reading.counts) == (FAILED, "1/113 gaps open")


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Gaps: 5 total | 0 open | 9 fixed | 3 closed\n",
        GAPS + "  [high] GAP-OP-7 → LOOP-X-20260101\n",
        GAPS + GAPS,
        "Gaps: none\n",
    ],
)
def test_gaps_that_are_not_understood_are_inconclusive(output: str) -> None:
    assert reader_named("gaps.status")(output, 0).verdict == INCONCLUSIVE


def test_a_governed_project_passes() -> None:
    reading = reader_named("authority.project.status")(AUTHORITY, 0)
    assert (reading.verdict, reading.counts) == (PASSED, "2/3 checks, 1 warning")


def test_an_exempt_project_is_not_governed() -> None:
    exempt = "EXEMPT  shop\n\nsummary: exempt=true\nstatus: EXEMPT\n"
    reading = reader_named("authority.project.status")(exempt, 0)
    assert (reading.verdict, "EXEMPT" in reading.found) == (INCONCLUSIVE, True)


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_project_that_drifted_fails(exit_code: int) -> None:
    drifted = AUTHORITY.replace("PASS  origin", "FAIL  origin").replace("fail=0", "fail=1").replace("GOVERNED", "DRIFT")
    reading = reader_named("authority.project.status")(drifted, exit_code)
    assert (reading.verdict, "origin matches" in reading.found) == (FAILED, True)


def test_a_check_that_fails_fails_although_the_status_says_governed() -> None:
    assert reader_named("authority.project.status")(AUTHORITY.replace("fail=0", "fail=1"), 0).verdict == FAILED


@pytest.mark.parametrize(
    "output",
    [
        "",
        "status: GOVERNED\n",
        AUTHORITY + AUTHORITY,
        AUTHORITY.replace("GOVERNED", "FINE"),
        "summary: pass=0 warn=0 fail=0\nstatus: GOVERNED\n",
    ],
)
def test_an_authority_that_is_not_understood_is_inconclusive(output: str) -> None:
    assert reader_named("authority.project.status")(output, 0).verdict == INCONCLUSIVE


def test_colours_of_a_terminal_are_not_read() -> None:
    coloured = VERIFIED.replace("PASS", "\x1b[32mPASS\x1b[0m")
    assert reader_named("spine.verify")(coloured, 0).verdict == PASSED


@pytest.mark.parametrize("name", sorted(READERS))
@given(output=st.text(), exit_code=st.none() | st.integers(-64, 255))
def test_no_reader_passes_or_fails_on_what_it_does_not_know(name: str, output: str, exit_code: int | None) -> None:
    reading = READERS[name](output, exit_code)
    expected = {0: PASSED, None: INCONCLUSIVE}.get(exit_code, FAILED) if name == "exit" else INCONCLUSIVE
    assert reading.verdict == expected
    assert reading.found
    assert reading.wanted


@pytest.mark.parametrize(
    ("name", "good", "deciding"),
    [
        ("spine.verify", VERIFIED, "DRIFT GATE: P"),
        ("spine.verify", CORE, "summary: pass"),
        ("gaps.status", GAPS, "Gaps: 12"),
        ("authority.project.status", AUTHORITY, "status: G"),
    ],
)
@given(data=st.data())
def test_output_that_was_cut_off_before_the_line_that_decides_does_not_pass(
    name: str, good: str, deciding: str, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, good.index(deciding) + len(deciding)))
    assert READERS[name](good, 0).verdict == PASSED
    assert READERS[name](good[:cut], 0).verdict != PASSED
