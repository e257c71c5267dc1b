# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._gates.readers.tap import tap

NESTED = """\
TAP version 13
# Subtest: a
ok 1 - a
  ---
  duration_ms: 1.7
  message: |
    not ok 9 - what a test has printed
  ...
ok 2 - b # SKIP
ok 3 - c # TODO
# Subtest: d
    # Subtest: e
    ok 1 - e
    # Subtest: g
        ok 1 - h
        1..1
    ok 2 - g
    1..2
ok 4 - d
1..4
"""


def test_tests_are_counted_and_what_is_around_them_is_not() -> None:
    reading = tap(NESTED, 0)
    assert (reading.verdict, reading.counts) == (PASSED, "3/5 tests, 2 skipped")


def test_a_nested_failure_is_counted_once() -> None:
    reading = tap(NESTED.replace("ok 1 - h", "not ok 1 - h").replace("ok 2 - g", "not ok 2 - g"), 1)
    assert (reading.verdict, reading.counts) == (FAILED, "2/5 tests, 2 skipped")


def test_a_suite_that_fails_by_itself_fails() -> None:
    assert tap(NESTED.replace("ok 4 - d", "not ok 4 - d"), 0).verdict == FAILED


@pytest.mark.parametrize(
    "output",
    [
        "1..0 # skip nothing to do here\n",
        "1..1\nok 1 # skip not on this system\n",
        "1..3\nok 1\nok 2\n",  # it broke off
        "ok 1\nok 2\n",  # no plan
        "1..1\nok 1\nok 2\n",
        "1..2\nok 1\nBail out! no database\n",
    ],
)
def test_a_run_that_broke_off_or_executed_nothing_is_inconclusive(output: str) -> None:
    assert tap(output, 0).verdict == INCONCLUSIVE


@given(st.lists(st.sampled_from(["ok", "not ok", "ok # SKIP", "not ok # TODO"]), min_size=1, max_size=20))
def test_it_passes_only_when_something_passed_and_nothing_failed(points: list[str]) -> None:
    numbered = [
        f"{one.partition(' #')[0]} {number} - it # {one.partition('# ')[2]}" for number, one in enumerate(points, 1)
    ]
    text = "\n".join([f"1..{len(points)}", *numbered])
    expected = FAILED if "not ok" in points else PASSED if "ok" in points else INCONCLUSIVE
    assert tap(text, 0).verdict == expected
