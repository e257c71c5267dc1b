# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closes a loop with what the ledger proves of the runs that did its work."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Sequence

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
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import LedgerSettings, open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._loop_place import ARGUMENTS, LoopPlace, loop_place
from ansible_collections.mint.promotion.plugins.plugin_utils._loops import front_data, read_loop, read_open_work
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text, read_text
from ansible_collections.mint.promotion.plugins.plugin_utils._verification import ledgers_of, verify_ledger

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
        settings = _ledger(arguments["receipts"] or "", task_vars)
        runs = _proven(place, arguments["runs"], _verified(settings, arguments["anchors"]))
        front = statuses(front_data(text, place.path), tuple(CLOSED_WORDS), f"{now():%Y-%m-%d}")
        told = {"loop": place.id, "path": place.file, "runs": [one.key for one in runs]}
        if arguments["finalizer"]:
            return {**told, "changed": _finalized(place, arguments["finalizer"], runs, self.check_mode)}
        closeout = closeout_text(place.id, runs, front["closed"].strip('"'))
        closed = closed_text(text, front, closeout, place.path)
        if (front_data(closed, place.path) or {}).get("status") != front["status"]:
            remedy = "Write `status: open` on a line of its own."
            raise Refused(f"The front matter of {place.path} cannot be changed.", remedy)
        return {**keep_text(place.file, closed, self.check_mode), **told}


def _ledger(receipts: str, task_vars: Mapping[str, Any]) -> LedgerSettings:
    """Return the one ledger that the play's hosts are recorded in. Raises `Refused` for several."""
    hosts = [one for one in task_vars["ansible_play_hosts_all"] if task_vars["hostvars"][one].get("inventory_dir")]
    ledgers = ledgers_of(hosts, task_vars["hostvars"], receipts)
    if len(ledgers) != 1:
        raise Refused(f"The hosts are recorded in {len(ledgers)} ledgers.", "Choose the hosts of one with --limit.")
    return next(iter(ledgers))


def _verified(settings: LedgerSettings, paths: Sequence[str]) -> tuple[LedgerVerdict, Sequence[bytes]]:
    """Return the verdict over the ledger, and its lines.

    Receipts that are there are what a closeout stands on; so its own checkpoint does for an anchor, beside others.
    """
    note = open_home(settings).snapshot().note.decode("utf-8", "replace")
    anchors = [Anchor(path, Path(path).read_text(encoding="utf-8", errors="replace")) for path in paths]
    verdict, snapshot = verify_ledger(settings, (*anchors, *([Anchor("checkpoint", note)] if note else [])))
    return verdict, snapshot.data.split(b"\n")


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
