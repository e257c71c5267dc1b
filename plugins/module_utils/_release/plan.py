# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an activation does, step by step, and what each step's inverse is (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Container, Dict, List, Optional, Tuple

from .._manifest.model import Manifest, Module
from .entries import PROMOTE, RESTORE, TAKE_BACK, Unfinished
from .model import PROMOTED, RESTORED, TAKEN_BACK

CHECK, INTENT, UP, HEALTH, SMOKE = "check", "intent", "up", "health", "smoke"
RUNNING, SWITCH, OBSERVE, DOWN, COMPARE = "running", "switch", "observe", "down", "compare"
UP_BEFORE, SWITCH_BACK = "up_before", "switch_back"
# Steps about one migration, whose id follows after a space; what takes a step back asks the journal what it did.
MIGRATE, UNMIGRATE, REVERSE, UNREVERSE = "migrate", "unmigrate", "reverse", "unreverse"

OUTCOMES = {PROMOTE: PROMOTED, RESTORE: RESTORED, TAKE_BACK: TAKEN_BACK}


@dataclass(frozen=True)
class Step:
    """A step by name, and the name of what takes it back; empty where nothing has to be taken back.

    A step that was begun is taken back even when it failed: an inverse is written to be run at any point. After one
    that `goes_on` the later steps are done even when it failed, and the plan has failed at its end.
    """

    name: str
    inverse: str = ""
    goes_on: bool = False


@dataclass(frozen=True)
class Plan:
    """`steps` in their order. `proof` is asked of the old release after the inverses were run.

    `resumed` says that a worker that died may have begun any of them: a failure takes all of them back.
    """

    steps: Tuple[Step, ...]
    proof: Tuple[Step, ...] = ()
    resumed: bool = False


@dataclass(frozen=True)
class Moves:
    """The ids of the migrations that a change applies before its release is brought up, and takes away after that:
    so a release that needs a migration never runs without it.
    """

    forward: Tuple[str, ...] = ()
    reverse: Tuple[str, ...] = ()


NOTHING = Moves()
FORWARDS, REVERSES = "forward", "reverse"  # the moves that one of several hosts makes for all
BOTH = (FORWARDS, REVERSES)

_PROOF = (Step(HEALTH), Step(SMOKE), Step(RUNNING))


def activation(live: Optional[str], target: str, moves: Moves = NOTHING) -> Plan:
    """The plan that makes `target` live where `live` is, or nothing.

    The same release again is brought up too, because this plan is only run after `same_release` saw drift;
    there is no other release to go back to then, so its steps have no inverse.
    """
    up, back = _inverses(live, target)
    return Plan(
        steps=(
            Step(CHECK),
            Step(INTENT, _emptied(live, moves)),
            *_migrating(moves),
            Step(UP, up),
            *_reversing(moves),
            Step(HEALTH),
            Step(SMOKE),
            Step(RUNNING),
            Step(SWITCH, back),
            Step(OBSERVE),
        ),
        proof=_PROOF if live not in (None, target) else (),
    )


def same_release() -> Plan:
    """The plan that looks whether the live release is as it was promoted. It changes nothing."""
    return Plan((Step(COMPARE), Step(HEALTH)))


def taking_back(before: Optional[str], moved: Moves = NOTHING) -> Plan:
    """The plan that puts back what was live before, and the migrations that the run has `moved`.

    There is no way back from it: it is run to its end.
    """
    return Plan((Step(INTENT), *_back_to_switch(before, moved)))


def finishing(work: Unfinished, moved: Moves = NOTHING) -> Plan:
    """The plan that ends unfinished work in its own direction; its intent is journalled already.

    `moved` are the migrations of the run: when taking back, of the promotion or rollback that is taken back.
    """
    if work.target is None or work.action == TAKE_BACK:
        return Plan(_back_to_switch(work.target, moved))
    up, back = _inverses(work.source, work.target)
    proof = _PROOF if work.source not in (None, work.target) else ()
    steps = (*_migrating(moved), Step(UP, up), *_reversing(moved), Step(HEALTH), Step(RUNNING), Step(SWITCH, back))
    return Plan(steps, proof, resumed=True)


def undoing(work: Unfinished, moved: Moves = NOTHING) -> Plan:
    """The plan whose inverses take unfinished work back to where it began: its steps count as begun."""
    up, back = _inverses(work.source, work.target)
    steps = (
        Step(INTENT, _emptied(work.source, moved)),
        *_migrating(moved),
        Step(UP, up),
        *_reversing(moved),
        Step(SWITCH, back),
    )
    return Plan(steps, _PROOF if work.source is not None else ())


def forward(work: Unfinished) -> bool:
    """Tell whether unfinished work is finished rather than undone.

    What has passed its checks is finished. Taking back is always finished: undoing it would bring the release
    to life that the fleet has given up. The same release again has no earlier state to go back to.
    """
    return work.verified or work.action == TAKE_BACK or work.source == work.target


def in_dependency_order(manifest: Manifest) -> Tuple[Module, ...]:
    """Return the modules so that each comes after those it depends on, otherwise as they were written.

    The manifest was validated: it has no cycle and no unknown name.
    """
    modules = {module.name: module for module in manifest.modules}
    ordered: Dict[str, Module] = {}
    pending: List[str] = list(modules)
    while pending:
        ready = [name for name in pending if all(one in ordered for one in modules[name].depends_on)]
        for name in ready or pending:
            ordered[name] = modules[name]
        pending = [name for name in pending if name not in ordered]
    return tuple(ordered.values())


def changed_modules(
    before: Optional[Manifest], after: Manifest, values: Container[str] = (), redefined: Container[str] = ()
) -> Dict[str, str]:
    """Say for each module what a promotion does to it: added, removed, changed or unchanged.

    `values` are the source names of the values that differ: a module that gets one of them changes too.
    `redefined` are the services that own compose files say otherwise than before.
    """
    old = {module.name: module for module in before.modules} if before else {}
    new = {module.name: module for module in after.modules}
    words = {}
    for name in [*new, *(name for name in old if name not in new)]:
        if name not in old:
            words[name] = "added"
        elif name not in new:
            words[name] = "removed"
        else:
            given = any(variable.source in values for variable in new[name].environment)
            same = old[name] == new[name] and new[name].service not in redefined and not given
            words[name] = "unchanged" if same else "changed"
    return words


def _inverses(live: Optional[str], target: Optional[str]) -> Tuple[str, str]:
    if live == target:
        return "", ""
    return (DOWN if live is None else UP_BEFORE), SWITCH_BACK


def _emptied(live: Optional[str], moves: Moves) -> str:
    """The inverse of the intent of a first release that migrates: its commands leave a network of the project."""
    return DOWN if live is None and moves.forward else ""


def _migrating(moves: Moves) -> Tuple[Step, ...]:
    return tuple(Step(f"{MIGRATE} {name}", f"{UNMIGRATE} {name}") for name in moves.forward)


def _reversing(moves: Moves) -> Tuple[Step, ...]:
    return tuple(Step(f"{REVERSE} {name}", f"{UNREVERSE} {name}") for name in moves.reverse)


def _back_to_switch(before: Optional[str], moved: Moves) -> Tuple[Step, ...]:
    applied = tuple(Step(f"{UNREVERSE} {name}") for name in reversed(moved.reverse))
    removed = tuple(Step(f"{UNMIGRATE} {name}", goes_on=True) for name in reversed(moved.forward))
    if before is None:
        return (*removed, Step(DOWN), Step(SWITCH))
    return (*applied, Step(UP), *removed, Step(HEALTH), Step(SMOKE), Step(RUNNING), Step(SWITCH))
