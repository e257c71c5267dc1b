# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the steps of a plan, or takes them back: the one loop that every activation goes through."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

from .._errors import PromotionError
from .clock import rfc3339
from .entries import BROKEN, DONE, STARTED, UNDO_FAILED, UNDONE
from .findings import Result
from .host import Clock
from .model import Failure, StepRecord
from .plan import Plan, Step
from .subject import failed

_JOURNAL_FAULTS = (OSError, PromotionError)  # the disk is full or broken; something has damaged the journal

Perform = Callable[[str], Result]
Note = Callable[[str, str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Trail:
    """What happened. `begun` are the steps that were started, `undo_failure` says why the way back failed."""

    records: Tuple[StepRecord, ...] = ()
    begun: Tuple[str, ...] = ()
    failure: Optional[Failure] = None
    undo_failure: Optional[Failure] = None

    @property
    def well(self) -> bool:
        return self.failure is None


def carry_out(plan: Plan, perform: Perform, prove: Perform, note: Note, clock: Clock) -> Trail:
    """Run the plan's steps; after a failure run the inverses of those begun, the last first, and the proof.

    Of a plan that is resumed all count as begun.

    `perform` does a step or an inverse by its name, `prove` asks a step of the old release; neither raises a
    domain error. `note` journals
    step, state and what was observed, before and after each, so that another process can go on from there.
    """
    run = _Run(note, clock)
    begun: List[Step] = []
    kept: Optional[Failure] = None
    for step in plan.steps:
        begun.append(step)
        try:
            failure = run.step(step.name, perform, step.name, (DONE, BROKEN))
        except _JOURNAL_FAULTS as error:  # the journal could not be written; `perform` raises nothing
            failure = failed(step.name, error).failure
        kept = kept or failure
        if failure is not None and not step.goes_on:
            break
    if kept is None:
        return run.trail(begun)
    return _take_back(run, plan.steps if plan.resumed else begun, plan.proof, perform, prove, kept)


def put_back(plan: Plan, failure: Failure, perform: Perform, prove: Perform, note: Note, clock: Clock) -> Trail:
    """Run the inverses of all the plan's steps, and the proof, as after a failure of the last one.

    This is how work ends whose process died: which of its steps were begun is not asked, since an inverse may
    be run at any point.
    """
    return _take_back(_Run(note, clock), plan.steps, plan.proof, perform, prove, failure)


def _take_back(
    run: _Run, begun: Sequence[Step], proof: Sequence[Step], perform: Perform, prove: Perform, failure: Failure
) -> Trail:
    run.going_back = True
    inverses = [step for step in reversed(begun) if step.inverse]
    faults = [run.step(step.inverse, perform, step.name, (UNDONE, UNDO_FAILED)) for step in inverses]
    undo_failure = next((fault for fault in faults if fault is not None), None)
    if inverses and undo_failure is None:
        undo_failure = _prove(run, proof, prove)
    return replace(run.trail(begun), failure=failure, undo_failure=undo_failure)


def _prove(run: _Run, proof: Sequence[Step], prove: Perform) -> Optional[Failure]:
    for step in proof:
        failure = run.step(step.name, prove, f"{step.name} of the old release", (UNDONE, UNDO_FAILED))
        if failure is not None:
            return failure
    return None


class _Run:
    """The records of one run through a plan."""

    def __init__(self, note: Note, clock: Clock) -> None:
        self._note = note
        self._clock = clock
        self._records: List[StepRecord] = []
        self.going_back = False  # a journal that cannot be written must not stop the way back

    def step(self, name: str, perform: Perform, title: str, states: Tuple[str, str]) -> Optional[Failure]:
        """Do one thing and record it as `title`; `states` are the words for well and not well."""
        began, since = self._clock.monotonic(), rfc3339(self._clock.now())
        self._write(title, STARTED, {})
        result = perform(name)
        state = states[0] if result.failure is None else states[1]
        seconds = round(self._clock.monotonic() - began, 3)
        self._records.append(StepRecord(title, state, since, seconds, result.observed))
        self._write(title, state, result.observed)
        return result.failure

    def _write(self, title: str, state: str, observed: Mapping[str, Any]) -> None:
        with contextlib.suppress(*(_JOURNAL_FAULTS if self.going_back else ())):
            self._note(title, state, observed)

    def trail(self, begun: Sequence[Step]) -> Trail:
        return Trail(tuple(self._records), tuple(step.name for step in begun))
