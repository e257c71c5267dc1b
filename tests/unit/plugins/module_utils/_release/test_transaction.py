# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Steps that are run and taken back, with steps made of plain functions."""

from __future__ import annotations

from typing import Any, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._release.entries import Unfinished
from ansible_collections.mint.promotion.plugins.module_utils._release.findings import Result
from ansible_collections.mint.promotion.plugins.module_utils._release.host import Clock
from ansible_collections.mint.promotion.plugins.module_utils._release.model import Failure
from ansible_collections.mint.promotion.plugins.module_utils._release.plan import (
    Moves,
    Plan,
    Step,
    activation,
    finishing,
    taking_back,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.transaction import Trail, carry_out, put_back

FULL = OSError(28, "No space left on device")
DAMAGED = InvalidInput([Violation("journal.jsonl", "", "'x'", "an entry with seq 7", line=7, column=1)], "The journal")
CLOCK = Clock(now=lambda: 0.0, monotonic=lambda: 0.0, sleep=lambda seconds: None)


class Stage:
    """Remembers what was done and noted; the steps named in `failing` fail."""

    def __init__(self, *failing: str, full_at: int | None = None, fault: Exception = FULL) -> None:
        self.done: list[str] = []
        self.noted: list[tuple[str, str]] = []
        self._failing = failing
        self._full_at = full_at
        self._fault = fault

    def perform(self, name: str) -> Result:
        self.done.append(name)
        return Result({"saw": name}, Failure(name, "it failed") if name in self._failing else None)

    def prove(self, name: str) -> Result:
        self.done.append(f"prove {name}")
        return Result({}, Failure(name, "not proven") if f"prove {name}" in self._failing else None)

    def note(self, step: str, state: str, observed: Mapping[str, Any]) -> None:
        if self._full_at is not None and len(self.noted) >= self._full_at:
            raise self._fault
        self.noted.append((step, state))

    def run(self, plan: Plan) -> Trail:
        return carry_out(plan, self.perform, self.prove, self.note, CLOCK)


def test_steps_are_noted_before_and_after() -> None:
    stage = Stage()
    trail = stage.run(Plan((Step("up", "down"), Step("health"))))
    assert trail.well
    assert stage.noted == [("up", "started"), ("up", "done"), ("health", "started"), ("health", "done")]
    assert [(record.name, record.state, record.observed) for record in trail.records] == [
        ("up", "done", {"saw": "up"}),
        ("health", "done", {"saw": "health"}),
    ]


def test_a_failure_takes_back_what_was_begun_and_proves_the_old_release() -> None:
    stage = Stage("smoke")
    trail = stage.run(activation("old", "new"))
    assert stage.done == [
        "check",
        "intent",
        "up",
        "health",
        "smoke",
        "up_before",
        "prove health",
        "prove smoke",
        "prove running",
    ]
    assert trail.failure is not None
    assert trail.failure.step == "smoke"
    assert trail.undo_failure is None
    assert ("up", "undone") in stage.noted


def test_the_failed_step_itself_is_taken_back() -> None:
    stage = Stage("up")
    stage.run(activation(None, "new"))
    assert stage.done[-1] == "down"


def test_what_was_not_begun_is_not_taken_back() -> None:
    stage = Stage("check")
    assert stage.run(activation("old", "new")).begun == ("check",)
    assert stage.done == ["check"]


def test_an_inverse_that_fails_does_not_stop_the_others_and_nothing_is_called_proven() -> None:
    stage = Stage("observe", "switch_back")
    trail = stage.run(activation("old", "new"))
    assert stage.done[-2:] == ["switch_back", "up_before"]
    assert trail.undo_failure is not None
    assert trail.undo_failure.step == "switch_back"


def test_an_old_release_that_is_not_well_is_no_rollback() -> None:
    trail = Stage("health", "prove smoke").run(activation("old", "new"))
    assert trail.undo_failure is not None
    assert trail.undo_failure.message == "not proven"


@pytest.mark.parametrize("fault", [FULL, DAMAGED], ids=["full disk", "damaged journal"])
def test_a_journal_that_cannot_be_written_stops_the_way_forward_but_not_the_way_back(fault: Exception) -> None:
    stage = Stage(full_at=5, fault=fault)
    trail = stage.run(activation("old", "new"))
    assert trail.failure is not None
    assert str(fault) in trail.failure.message
    assert stage.done == ["check", "intent", "up", "up_before", "prove health", "prove smoke", "prove running"]


@pytest.mark.parametrize("before", ["old", None])
def test_a_migration_that_cannot_be_taken_away_keeps_no_release_from_being_put_back(before: str | None) -> None:
    stage = Stage("unmigrate m1")
    trail = stage.run(taking_back(before, Moves(forward=("m1", "m2"))))
    assert trail.failure is not None and trail.failure.step == "unmigrate m1"
    assert {"unmigrate m2", "switch"} <= set(stage.done)


def test_putting_back_runs_every_inverse() -> None:
    stage = Stage()
    plan = activation("old", "new")
    trail = put_back(plan, Failure("up", "died"), stage.perform, stage.prove, stage.note, CLOCK)
    assert stage.done == ["switch_back", "up_before", "prove health", "prove smoke", "prove running"]
    assert not trail.well


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_inverses_run_in_reverse_for_exactly_what_was_begun(reversible: list[bool], data: st.DataObject) -> None:
    steps = tuple(Step(f"s{number}", f"i{number}" if back else "") for number, back in enumerate(reversible))
    failing = data.draw(st.integers(0, len(steps) - 1))
    stage = Stage(f"s{failing}")
    trail = stage.run(Plan(steps, (Step("proof"),)))
    begun = steps[: failing + 1]
    backwards = [step.inverse for step in reversed(begun) if step.inverse]
    assert stage.done == [*(step.name for step in begun), *backwards, *(["prove proof"] if backwards else [])]
    assert trail.begun == tuple(step.name for step in begun)


@pytest.mark.parametrize("failing", ["migrate m1", "up", "health"])
def test_work_that_cannot_be_finished_is_taken_back_with_what_its_dead_worker_had_done(failing: str) -> None:
    """It may have switched before it died: the old release has to become the current one again."""
    stage = Stage(failing)
    work = Unfinished("1", "promote", "old", "new", "t", True, "observe", {})
    trail = stage.run(finishing(work, Moves(("m1",))))
    assert stage.done[stage.done.index(failing) + 1 :][:3] == ["switch_back", "up_before", "unmigrate m1"]
    assert stage.done[-1] == "prove running" and trail.undo_failure is None
