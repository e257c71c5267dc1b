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

OUTCOMES = {PROMOTE: PROMOTED, RESTORE: RESTORED, TAKE_BACK: TAKEN_BACK}


@dataclass(frozen=True)
class Step:
    """A step by name, and the name of what takes it back; empty where nothing has to be taken back.

    A step that was begun is taken back even when it failed: an inverse is written to be run at any point.
    """

    name: str
    inverse: str = ""


@dataclass(frozen=True)
class Plan:
    """`steps` in their order. `proof` is asked of the old release after the inverses were run."""

    steps: Tuple[Step, ...]
    proof: Tuple[Step, ...] = ()


_PROOF = (Step(HEALTH), Step(SMOKE), Step(RUNNING))


def activation(live: Optional[str], target: str) -> Plan:
    """The plan that makes `target` live where `live` is, or nothing.

    The same release again is brought up too, because this plan is only run after `same_release` saw drift;
    there is no other release to go back to then, so its steps have no inverse.
    """
    up, back = _inverses(live, target)
    return Plan(
        steps=(
            Step(CHECK),
            Step(INTENT),
            Step(UP, up),
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


def taking_back(before: Optional[str]) -> Plan:
    """The plan that puts back what was live before. There is no way back from it: it is run to its end."""
    if before is None:
        return Plan((Step(INTENT), Step(DOWN), Step(SWITCH)))
    return Plan((Step(INTENT), *_forward_to_switch()))


def finishing(work: Unfinished) -> Plan:
    """The plan that ends unfinished work in its own direction; its intent is journalled already."""
    if work.target is None:
        return Plan((Step(DOWN), Step(SWITCH)))
    if work.action == TAKE_BACK:
        return Plan(_forward_to_switch())
    up, back = _inverses(work.source, work.target)
    proof = _PROOF if work.source not in (None, work.target) else ()
    return Plan((Step(UP, up), Step(HEALTH), Step(RUNNING), Step(SWITCH, back)), proof)


def undoing(work: Unfinished) -> Plan:
    """The plan whose inverses take unfinished work back to where it began: its steps count as begun."""
    up, back = _inverses(work.source, work.target)
    return Plan((Step(UP, up), Step(SWITCH, back)), _PROOF if work.source is not None else ())


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


def _forward_to_switch() -> Tuple[Step, ...]:
    return (Step(UP), Step(HEALTH), Step(SMOKE), Step(RUNNING), Step(SWITCH))
