# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of the summaries that test runners print at their end (pure).

A command may run several of them, one for each workspace: their summaries are added up.
"""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, Optional, Tuple

from ..model import FAILED, INCONCLUSIVE, PASSED
from .reading import Reading, lines, matches
from .tally import Tally, no_summary, read_tally, total

Counts = Mapping[str, int]

_NODE_KEYS = ("tests", "pass", "fail", "cancelled", "skipped", "todo")
_NODE_LINE = r"\s*(?:ℹ|#) (tests|pass|fail|cancelled|skipped|todo) ([0-9]{1,9})"
_VITEST_LINE = r"\s*(Tests|Test Files|Errors)  +(no tests|[0-9].*)"
_JEST_LINE = r"(Tests|Test Suites): +([0-9].*)"
_PYTEST_LINE = r"(=+ )?([0-9n].*) in [0-9.]+s(?: \([^)]*\))?(?: =+)?"
_COUNT = re.compile(r"([0-9]{1,9}) ([a-z]+(?: [a-z]+)*)")
_ENCLOSED_TOTAL = re.compile(r"(.*) \(([0-9]{1,9})\)")

# What runners call the outcomes of a test. One that fails as its author expects has passed.
_PASSED = frozenset({"passed", "expected fail", "xfailed", "xpassed"})
_FAILED = frozenset({"failed"})
_SKIPPED = frozenset({"skipped", "todo", "pending"})
_BROKEN = frozenset({"error", "errors"})
_BESIDE = frozenset({"deselected", "warning", "warnings", "rerun", "reruns", "subtests passed"})
_WORDS = _PASSED | _FAILED | _SKIPPED | _BROKEN | _BESIDE


def exit_only(output: str, exit_code: Optional[int]) -> Reading:
    """Read nothing but how the command ended: for a typecheck or a build."""
    wanted = "a command that ends with 0"
    if exit_code is None:
        return Reading(INCONCLUSIVE, "it did not end by itself", wanted)
    remedy = "run the same command in the module's folder, and correct what it reports"
    found = f"it ended with {exit_code}"
    return Reading(PASSED, found, wanted) if exit_code == 0 else Reading(FAILED, found, wanted, "", remedy)


def node_test(output: str, exit_code: Optional[int]) -> Reading:
    """Read the summaries of node:test, as its reporters spec (`ℹ tests 95`) and tap (`# tests 95`) write them."""
    rounds: List[Dict[str, int]] = []
    for one in matches(_NODE_LINE, lines(output)):
        if one[1] == "tests":
            rounds.append({})
        if rounds:
            rounds[-1][one[1]] = int(one[2])
    if not rounds or not all(map(_is_whole, rounds)):
        return no_summary("no whole summary of node:test (tests, pass, fail, cancelled, skipped, todo)", exit_code)
    return read_tally(total(map(_node_tally, rounds)), exit_code)


def _is_whole(one: Counts) -> bool:
    """Tell whether all counts are there, and add up."""
    return set(one) == set(_NODE_KEYS) and one["tests"] == sum(one[key] for key in _NODE_KEYS[1:])


def _node_tally(one: Counts) -> Tally:
    return Tally(one["pass"], one["fail"] + one["cancelled"], one["skipped"] + one["todo"])


def vitest(output: str, exit_code: Optional[int]) -> Reading:
    """Read `Test Files  2 passed (2)`, `Tests  94 passed | 1 skipped (95)` and `Errors  1 error` of vitest."""
    rows = [(one[1], _enclosed(one[2])) for one in matches(_VITEST_LINE, lines(output))]
    return _of_rows(rows, "Test Files", "no whole summary of vitest (Tests  N passed (N))", exit_code)


def jest(output: str, exit_code: Optional[int]) -> Reading:
    """Read `Test Suites: 2 passed, 2 total` and `Tests: 1 skipped, 94 passed, 95 total` of jest."""
    rows = [(one[1], _parted(one[2], ", ")) for one in matches(_JEST_LINE, lines(output))]
    return _of_rows(rows, "Test Suites", "no whole summary of jest (Tests: N passed, N total)", exit_code)


def pytest(output: str, exit_code: Optional[int]) -> Reading:
    """Read `===== 93 passed, 2 skipped in 0.12s =====` of pytest, with its rulers or, with -q, without.

    A line without rulers and without a word of pytest is of another tool.
    """
    found = [(one[1], _parted(one[2], ", ")) for one in matches(_PYTEST_LINE, lines(output))]
    tallies = [_tally(counts) if counts is not None else None for ruler, counts in found if ruler or _of_pytest(counts)]
    known = [one for one in tallies if one is not None]
    if not known or len(known) < len(tallies):
        return no_summary("no summary of pytest (N passed in N s), or one that is not understood", exit_code)
    if len(known) > 1 and Tally() in known:
        return no_summary("a summary of pytest that executed no test, beside others", exit_code)
    return read_tally(total(known), exit_code)


def _of_pytest(counts: Optional[Counts]) -> bool:
    return counts is not None and (not counts or not _WORDS.isdisjoint(counts))


def _enclosed(text: str) -> Optional[Counts]:
    """Read `1 failed | 94 passed (95)`; `1 error` has no sum of its own."""
    found = _ENCLOSED_TOTAL.fullmatch(text)
    parted = _parted(found[1] if found else text, " | ")
    return {**parted, "total": int(found[2])} if found and parted is not None else parted


def _parted(text: str, separator: str) -> Optional[Counts]:
    """Read `94 passed, 95 total`. None for what is no list of counts."""
    if text in ("no tests", "no tests ran"):
        return {}
    found = [_COUNT.fullmatch(part) for part in text.split(separator)]
    return {one[2]: int(one[1]) for one in found if one} if all(found) else None


def _of_rows(rows: List[Tuple[str, Optional[Counts]]], suites: str, reason: str, exit_code: Optional[int]) -> Reading:
    """Judge the rows of tests, of suites and of errors. Suites break without a test that fails: at their import."""
    tests = [_tally(counts) for label, counts in rows if label == "Tests" and counts is not None]
    known = [one for one in tests if one is not None]
    if not known or len(known) != sum(label == "Tests" for label, _counts in rows):
        return no_summary(reason, exit_code)
    tally = total(known)
    errors = sum(sum(counts.values()) for label, counts in rows if label == "Errors" and counts)
    failed = sum(counts.get("failed", 0) for label, counts in rows if label == suites and counts)
    broken = errors + (failed if not tally.failed else 0)
    return read_tally(Tally(tally.passed, tally.failed, tally.skipped, tally.broken + broken), exit_code)


def _tally(counts: Counts) -> Optional[Tally]:
    """Return what the words mean; None for a word that is not known, or counts that do not add up to their sum."""
    rest = {word: count for word, count in counts.items() if word != "total"}
    if not set(rest) <= _WORDS:
        return None
    sums = [sum(rest.get(word, 0) for word in words) for words in (_PASSED, _FAILED, _SKIPPED, _BROKEN)]
    if "total" in counts and counts["total"] != sum(sums):
        return None
    return Tally(*sums)
