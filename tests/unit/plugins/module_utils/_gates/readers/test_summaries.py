# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._gates.readers.table import READERS

NODE = """\
✔ adds (1.2ms)
﹣ subtracts (0.1ms) # SKIP
ℹ tests 6
ℹ suites 2
ℹ pass 4
ℹ fail 0
ℹ cancelled 0
ℹ skipped 1
ℹ todo 1
ℹ duration_ms 252.232837
"""
VITEST = """\
 ✓ test/a.test.js (4 tests | 1 skipped | 1 todo) 62ms

 Test Files  1 passed (1)
      Tests  1 passed | 1 expected fail | 1 skipped | 1 todo (4)
   Start at  21:23:58
"""
COLOURED_VITEST = (
    "\x1b[2m Test Files \x1b[22m \x1b[1m\x1b[31m2 failed\x1b[39m\x1b[22m\x1b[2m | \x1b[22m\x1b[1m\x1b[32m1 passed"
    "\x1b[39m\x1b[22m\x1b[90m (3)\x1b[39m\n\x1b[2m      Tests \x1b[22m \x1b[1m\x1b[31m1 failed\x1b[39m\x1b[22m\x1b[2m"
    " | \x1b[22m\x1b[1m\x1b[32m1 passed\x1b[39m\x1b[22m\x1b[90m (2)\x1b[39m\n"
)
JEST = """\
Test Suites: 1 passed, 1 total
Tests:       1 skipped, 1 todo, 1 passed, 3 total
Snapshots:   0 total
Time:        1.695 s
"""
PYTEST = (
    "tests/test_a.py ..s\n\n================ 93 passed, 2 skipped, 1 warning in 75.32s (0:01:15) ================\n"
)


@pytest.mark.parametrize(
    ("name", "output", "counts"),
    [
        ("node-test", NODE, "4/6 tests, 2 skipped"),
        ("node-test", NODE.replace("ℹ", "#"), "4/6 tests, 2 skipped"),
        ("node-test", NODE + NODE, "8/12 tests, 4 skipped"),  # two workspaces
        ("vitest", VITEST, "2/4 tests, 2 skipped"),
        ("jest", JEST, "1/3 tests, 2 skipped"),
        ("jest", JEST + JEST, "2/6 tests, 4 skipped"),
        ("pytest", PYTEST, "93/95 tests, 2 skipped"),
        ("pytest", "95 passed in 0.12s\n", "95/95 tests"),
        ("pytest", "===== 3 passed, 1 deselected, 1 xfailed in 0.12s =====\n", "4/4 tests"),
    ],
)
def test_a_run_without_failures_passes_with_its_counts(name: str, output: str, counts: str) -> None:
    reading = READERS[name](output, 0)
    assert (reading.verdict, reading.counts) == (PASSED, counts)


@pytest.mark.parametrize(
    ("name", "output", "counts"),
    [
        ("node-test", NODE.replace("pass 4", "pass 3").replace("fail 0", "fail 1"), "3/6 tests, 2 skipped"),
        ("node-test", NODE.replace("pass 4", "pass 3").replace("cancelled 0", "cancelled 1"), "3/6 tests, 2 skipped"),
        ("vitest", COLOURED_VITEST, "1/2 tests"),
        ("vitest", " Test Files  1 failed (1)\n      Tests  no tests\n", "0/0 tests"),
        ("vitest", VITEST + "     Errors  1 error\n", "2/4 tests, 2 skipped"),
        ("jest", "Test Suites: 2 failed, 1 passed, 3 total\nTests:       1 failed, 1 passed, 2 total\n", "1/2 tests"),
        ("jest", "Test Suites: 1 failed, 1 total\nTests:       0 total\n", "0/0 tests"),
        ("pytest", "=========== 1 failed, 94 passed in 0.12s ===========\n", "94/95 tests"),
        (
            "pytest",
            "!!!!!!!! Interrupted: 1 error during collection !!!!!!!!\n===== 1 error in 0.10s =====\n",
            "0/0 tests",
        ),
    ],
)
@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_failure_fails_whatever_the_command_ended_with(name: str, output: str, counts: str, exit_code: int) -> None:
    reading = READERS[name](output, exit_code)
    assert (reading.verdict, reading.counts) == (FAILED, counts)
    assert reading.remedy


@pytest.mark.parametrize(
    "other",
    [
        "=== 3 passed, 1 frobnicated in 0.1s ===\n",
        "3 passed, 1 frobnicated in 0.1s\n",
        "=== 3 somethings in 0.1s ===\n",
        "=== no tests ran in 0.01s ===\n",
        "2 deselected in 0.01s\n",
    ],
)
def test_a_further_summary_of_pytest_that_says_something_else_is_inconclusive(other: str) -> None:
    assert READERS["pytest"](PYTEST + other, 0).verdict == INCONCLUSIVE


def test_what_another_tool_says_in_the_same_form_is_not_read() -> None:
    assert READERS["pytest"]("5 files checked in 0.1s\n" + PYTEST, 0).verdict == PASSED


@pytest.mark.parametrize(
    ("name", "output"), [("node-test", NODE), ("vitest", VITEST), ("jest", JEST), ("pytest", PYTEST)]
)
def test_a_command_that_ended_badly_did_not_pass(name: str, output: str) -> None:
    assert READERS[name](output, 1).verdict == FAILED  # a threshold of the coverage, say
    assert READERS[name](output, None).verdict == INCONCLUSIVE


EMPTY_NODE = "".join(f"ℹ {key} 0\n" for key in ("tests", "suites", "pass", "fail", "cancelled", "skipped", "todo"))


@pytest.mark.parametrize(
    ("name", "output", "exit_code"),
    [
        ("node-test", EMPTY_NODE, 0),
        ("node-test", EMPTY_NODE.replace("tests 0", "tests 2").replace("skipped 0", "skipped 2"), 0),
        ("vitest", "No test files found, exiting with code 1\n", 1),
        ("vitest", " Test Files  1 skipped (1)\n      Tests  3 skipped (3)\n", 0),
        ("jest", "No tests found, exiting with code 1\n", 1),
        ("jest", "Test Suites: 0 of 1 total\nTests:       0 total\n", 0),
        ("pytest", "============ no tests ran in 0.01s ============\n", 5),
        ("pytest", "2 skipped in 0.01s\n", 0),
    ],
)
def test_a_run_that_executed_no_test_is_inconclusive(name: str, output: str, exit_code: int) -> None:
    assert READERS[name](output, exit_code).verdict == INCONCLUSIVE


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("node-test", NODE.replace("ℹ todo 1\n", "")),
        ("node-test", NODE.replace("tests 6", "tests 7")),
        ("vitest", "      Tests  94 passed (95)\n"),
        ("vitest", "      Tests  94 sailed (94)\n"),
        ("jest", "Tests:       94 passed, 95 total\n"),
        ("pytest", "I walked 3 miles in 2.5s\n"),
    ],
)
def test_counts_that_do_not_add_up_are_inconclusive(name: str, output: str) -> None:
    assert READERS[name](output, 0).verdict == INCONCLUSIVE
