# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gates of a manifest that the control node asks: real commands, and what becomes of their answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from host_evidence import MANIFEST, RUN

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    FAILED,
    INCONCLUSIVE,
    PASSED,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import PROMOTE, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Check, CommandCheck
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Policy
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._own_gates import own_gates
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import AFTER, Context


def run_of(*checks: Check, policy: Policy | None = None) -> Run:
    asked = {"prod": policy} if policy else {}
    return replace(RUN, action=PROMOTE, manifest=replace(MANIFEST, gates=checks, policy=asked))


def judged(run: Run, *secrets: str, phase: str = "before") -> dict[str, GateResult]:
    context = Context(run, {}, {}, PromotionError("none"), None, (), secrets, phase=phase)
    return {one.gate: one for one in judge(context, lambda _line: None, (own_gates,))}


def check(name: str, *argv: str, seconds: float = 5, contains: tuple[str, ...] = ()) -> Check:
    return Check(name, "control", seconds, command=CommandCheck(argv, contains=contains))


def test_it_passes_fails_and_is_inconclusive_with_what_it_asks_about(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    run = run_of(check("release notes", "cat", str(notes), contains=("signed",)))
    result = judged(run)["release notes"]
    assert (result.host, result.verdict, result.mode) == (CONTROL, FAILED, "enforce")
    assert result.remedy == f"ask it yourself, from the control node: cat {notes}"
    notes.write_text("signed off")
    assert judged(run)["release notes"].verdict == PASSED
    missing = judged(run_of(check("release notes", str(tmp_path / "no-such-program"))))["release notes"]
    assert missing.verdict == INCONCLUSIVE
    assert "not installed" in missing.found


def test_all_are_asked_even_after_one_that_fails() -> None:
    told = judged(run_of(check("first", "false"), check("second", "true"), check("third", "sleep", "5", seconds=0.1)))
    assert {name: one.verdict for name, one in told.items()} == {"first": FAILED, "second": PASSED, "third": FAILED}


def test_those_of_hosts_are_left_to_them() -> None:
    assert judged(run_of(Check("theirs", command=CommandCheck(("true",))))) == {}


def test_they_are_asked_before_the_activation_only() -> None:
    assert judged(run_of(check("first", "true")), phase=AFTER) == {}


@pytest.mark.parametrize("secret", ["s3cret-of-the-shop"])
def test_no_secret_of_the_run_stands_in_what_was_found(secret: str) -> None:
    (result,) = judged(run_of(check("leaks", "echo", secret, contains=("else",))), secret).values()
    assert result.verdict == FAILED
    assert secret not in result.found


def test_the_policy_lowers_it_by_name() -> None:
    run = run_of(check("first", "false"), policy=Policy(gates={"first": "report"}))
    assert judged(run)["first"].mode == "report"
