# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gates of the control node: real commands, judged at once, in the modes of the policy."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    FAILED,
    INCONCLUSIVE,
    PASSED,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    ENFORCE,
    REPORT,
    Capability,
    OutputExpectation,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._capability_gate import capability_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import AFTER, Context, Question

from .gate_contexts import context_of, run_of

VERIFY = Capability("spine.verify", ("./verify.sh",), expect=OutputExpectation(contains=("GATE: PASS",)))


def script(folder: Path, text: str) -> None:
    """Change the real thing: the team's own check."""
    (folder / "verify.sh").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "verify.sh").chmod(0o755)


def results(run: Run, **other: Any) -> tuple[GateResult, ...]:
    return judge(context_of(run, **other), lambda _line: None, (capability_questions,))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("echo GATE: PASS", PASSED),
        ("echo GATE: FAIL", FAILED),
        ("echo GATE: PASS; exit 1", FAILED),
        ("echo GATE: PASS; sleep 30", INCONCLUSIVE),
    ],
)
def test_a_capability_is_judged_by_what_its_command_does(tmp_path: Path, text: str, verdict: str) -> None:
    script(tmp_path, text)
    (found,) = results(run_of(tmp_path, Capability(**{**vars(VERIFY), "timeout_seconds": 1})))
    assert (found.gate, found.host, found.verdict, found.mode) == ("spine.verify", CONTROL, verdict, ENFORCE)
    assert found.run is not None
    assert bool(found.remedy) == (verdict != PASSED)


def test_a_command_that_is_not_there_is_inconclusive(tmp_path: Path) -> None:
    (found,) = results(run_of(tmp_path, VERIFY))
    assert (found.verdict, found.run) == (INCONCLUSIVE, None)
    assert "could not be started" in found.found


def test_after_the_activation_only_what_asks_for_it_runs_under_a_name_of_its_own(tmp_path: Path) -> None:
    script(tmp_path, "echo GATE: PASS")
    before_only = Capability("other", ("false",), phases=("before",))
    (found,) = results(run_of(tmp_path, VERIFY, before_only), phase=AFTER)
    assert (found.gate, found.verdict, found.inputs) == ("spine.verify:after", PASSED, "")


@pytest.mark.parametrize(
    ("gates", "mode"), [({}, ENFORCE), ({"spine.verify": REPORT}, REPORT), ({"recert": REPORT}, ENFORCE)]
)
def test_the_policy_lowers_a_gate_by_its_name(tmp_path: Path, gates: dict[str, str], mode: str) -> None:
    script(tmp_path, "exit 1")
    (found,) = results(run_of(tmp_path, VERIFY, gates=gates))
    assert (found.verdict, found.mode) == (FAILED, mode)


def asked(context: Context, *questions: Question) -> tuple[list[str], tuple[GateResult, ...]]:
    said: list[str] = []
    return said, judge(context, said.append, (lambda _context: questions,))


@pytest.mark.parametrize(
    ("gates", "modes"),
    [
        ({"recert": REPORT}, [REPORT, REPORT, ENFORCE]),
        ({"recert": REPORT, "recert:web:test": ENFORCE}, [ENFORCE, REPORT, ENFORCE]),
        ({"clock": REPORT}, [ENFORCE, ENFORCE, ENFORCE]),
    ],
)
def test_a_family_covers_its_gates_and_never_a_vital_one(
    tmp_path: Path, gates: dict[str, str], modes: list[str]
) -> None:
    passes = partial(Finding, PASSED, "well", "well")
    questions = (
        Question("recert:web:test", passes),
        Question("recert:web:build", passes),
        Question("clock", passes, vital=True),
    )
    _said, found = asked(context_of(run_of(tmp_path, gates=gates)), *questions)
    assert [one.mode for one in found] == modes


def test_questions_are_asked_at_once_and_each_is_told_as_it_ends(tmp_path: Path) -> None:
    context = context_of(run_of(tmp_path))

    def slow(seconds: float) -> Finding:
        context.say(f"asking for {seconds}")
        time.sleep(seconds)
        return Finding(PASSED, "well", "well", counts="3/3 tests")

    began = time.monotonic()
    said, found = asked(
        context, *(Question(f"recert:m{one}:test", partial(slow, 0.5 - one / 100)) for one in range(20))
    )
    assert time.monotonic() - began < 4  # one after the other they take 8 s
    assert [one.gate for one in found] == [f"recert:m{one}:test" for one in range(20)]
    assert sum(line.startswith("asking for") for line in said) == 20
    assert sum("PASSED (" in line and "3/3 tests" in line for line in said) == 20


@pytest.mark.parametrize("error", [CouldNotCheck("no answer", "ask again"), FileNotFoundError(2, "not there", "x")])
def test_what_could_not_be_asked_is_inconclusive_and_hides_no_other_answer(tmp_path: Path, error: Exception) -> None:
    def broken() -> Finding:
        raise error

    questions = (Question("gaps", broken), Question("loops", partial(Finding, PASSED, "none", "none")))
    _said, found = asked(context_of(run_of(tmp_path)), *questions)
    assert [one.verdict for one in found] == [INCONCLUSIVE, PASSED]
    assert found[0].found


def test_without_questions_nothing_is_said(tmp_path: Path) -> None:
    def none(_context: Context) -> Iterator[Question]:
        yield from ()

    said: list[str] = []
    assert (judge(context_of(run_of(tmp_path)), said.append, (none,)), said) == ((), [])
