# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closes a loop with what the ledger proves of the runs that did its work."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._closeout.runs import ClosedRun, closed_runs
from ansible_collections.mint.promotion.plugins.module_utils._closeout.scope import closed_text, statuses
from ansible_collections.mint.promotion.plugins.module_utils._closeout.sections import closeout_text
from ansible_collections.mint.promotion.plugins.module_utils._engine.process import run
from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    CommandFailed,
    InvalidInput,
    NotVerified,
    Refused,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.loops import (
    CLOSED_WORDS,
    GAPS,
    LOOPS,
    judge_gaps,
    judge_loops,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import LedgerVerdict
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._later_receipts import record_closing
from ansible_collections.mint.promotion.plugins.plugin_utils._loop_place import ARGUMENTS, LoopPlace, loop_place
from ansible_collections.mint.promotion.plugins.plugin_utils._loops import front_data, read_loop, read_open_work
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text, read_text
from ansible_collections.mint.promotion.plugins.plugin_utils._verified_ledger import (
    one_ledger,
    signing_settings,
    verified_lines,
)

display = Display()

FINALIZER_SECONDS = 600.0


class ActionModule(PromotionAction):
    """`mint.promotion.loop_close`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(
            {
                **ARGUMENTS,
                "runs": {"type": "list", "elements": "str", "required": True},
                "receipts": {"type": "path"},
                "anchors": {"type": "list", "elements": "path", "default": []},
                "finalizer": {"type": "list", "elements": "str", "default": []},
            }
        )
        place = loop_place(arguments, self._loader)
        text = _scope(place)
        settings = one_ledger(arguments["receipts"] or "", task_vars)
        runs = _proven(place, arguments["runs"], verified_lines(settings, arguments["anchors"]))
        front = statuses(front_data(text, place.path), tuple(CLOSED_WORDS), f"{now():%Y-%m-%d}")
        told = {"loop": place.id, "path": place.file, "runs": [one.key for one in runs]}
        if arguments["finalizer"]:
            changed = _finalized(place, arguments["finalizer"], runs, self.check_mode)
            return {**told, "changed": changed, **self._commit(place, runs, changed, arguments, task_vars)}
        closeout = closeout_text(place.id, runs, front["closed"].strip('"'))
        closed = closed_text(text, front, closeout, place.path)
        if (front_data(closed, place.path) or {}).get("status") != front["status"]:
            remedy = "Write `status: open` on a line of its own."
            raise Refused(f"The front matter of {place.path} cannot be changed.", remedy)
        kept = keep_text(place.file, closed, self.check_mode)
        return {**kept, **told, **self._commit(place, runs, kept["changed"], arguments, task_vars)}

    def _commit(
        self,
        place: LoopPlace,
        runs: Sequence[ClosedRun],
        changed: bool,
        arguments: Mapping[str, Any],
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Record the commit that holds the closed loop, once it is there: the file cannot name it."""
        nothing = {"commit": "", "receipt": ""}
        settings = signing_settings(arguments["receipts"] or "", task_vars)
        if self.check_mode:
            return nothing
        if not settings.has_gate_key:
            display.display("Without a gate key there is no receipt that names the commit of the closed loop.")
            return nothing
        keys = [one.key for one in runs]
        recorded = nothing if changed else record_closing(settings, place.id, place.top, place.path, keys)
        if recorded["commit"]:
            display.display(f"{place.id} is closed in {recorded['commit']}: receipt {recorded['receipt']}")
        else:
            display.display(f"Commit {place.path} and run this again: a receipt then names the commit.")
        return recorded


def _scope(place: LoopPlace) -> str:
    text = read_text(place.file)
    if text is None:
        remedy = f"ansible-playbook mint.promotion.open -e promotion_loop={place.id} makes it."
        raise Refused(f"{place.id} has no scope file {place.path}.", remedy)
    _loop, faults = read_loop(place.top, place.path)
    if faults:
        raise InvalidInput(faults, place.path)
    return text


def _proven(
    place: LoopPlace, keys: Sequence[str], ledger: tuple[LedgerVerdict, Sequence[bytes]]
) -> tuple[ClosedRun, ...]:
    """Return the runs. Raises `InvalidInput` with everything that keeps the loop open."""
    verdict, lines = ledger
    runs, faults = closed_runs(keys, lines, verdict)
    work = read_open_work(place.top, place.asked)
    faults += _still_open(place, LOOPS, judge_loops(work, place.id))
    faults += _still_open(place, GAPS, judge_gaps(work)) if place.asked.gaps else ()
    if faults:
        raise InvalidInput(faults, f"The closeout of {place.id}")
    return runs


def _still_open(place: LoopPlace, gate: str, finding: Finding) -> tuple[Violation, ...]:
    if finding.verdict == PASSED:
        return ()
    source = place.asked.gaps if gate == GAPS else place.asked.folder
    return (Violation(str(source), gate, finding.found, finding.wanted, finding.remedy),)


def _finalized(place: LoopPlace, argv: Sequence[str], runs: Sequence[ClosedRun], check_mode: bool) -> bool:
    """Have the team's own command close the loop, unless it is closed. Raises `CommandFailed` and `NotVerified`."""
    if not _is_open(place):
        return False
    if check_mode:
        return True
    command = [*argv, place.id, place.file, *(one.key for one in runs)]
    done = run(command, FINALIZER_SECONDS, merged=True)
    if done.returncode != 0:
        raise CommandFailed(command, done.returncode, done.output)
    if _is_open(place):
        raise NotVerified(f"{argv[0]} ended well, and {place.path} says that {place.id} is open.", "See what it does.")
    return True


def _is_open(place: LoopPlace) -> bool:
    loop, faults = read_loop(place.top, place.path)
    if faults or loop is None:
        raise InvalidInput(faults, place.path)
    return loop.is_open
