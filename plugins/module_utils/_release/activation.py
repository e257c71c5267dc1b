# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes a staged release live, puts it back, or ends what a dead worker left: one transaction each.

The caller holds the lock and worker.lock.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional, Sequence, Tuple

from .._errors import CommandFailed, CouldNotCheck, NotVerified, PromotionError, Refused
from . import plan
from .entries import (
    BY,
    OUTCOME,
    PROMOTE,
    PRUNED,
    RESTORE,
    STEP,
    TAKE_BACK,
    VOIDED,
    Entry,
    Unfinished,
    known_good,
    outcome_of,
    staged_by,
    voided,
)
from .host import Host
from .migrations import barred, cutting_off, moved_by, moves, not_undone
from .model import FAILED, NO_CHANGE, ROLLBACK_FAILED, ROLLED_BACK, TAKEN_BACK, Failure, HostReport
from .performer import Performer
from .plan import OUTCOMES, Plan
from .reports import proven
from .retention import is_kept, orphaned_images, superfluous
from .subject import Subject
from .transaction import Trail, carry_out, put_back
from .verification import Watch


@dataclass(frozen=True)
class Change:
    """What an activation is asked to do: make `target` live where `before` is. None stands for nothing."""

    run: str
    action: str  # promote, restore, take_back
    before: Optional[Subject]
    target: Optional[Subject]
    baseline: Optional[Mapping[str, Any]] = None
    notes: Tuple[str, ...] = ()
    leads: Tuple[str, ...] = plan.BOTH  # the moves of migrations that this host makes for all hosts of the run

    @property
    def release(self) -> Subject:
        """The release that the run is about: when taking back, the one that is given up."""
        subject = self.before if self.action == TAKE_BACK or self.target is None else self.target
        if subject is None:
            raise NotVerified("An activation from nothing to nothing", "Look at the journal of this host.")
        return subject


def activate(host: Host, run: str, notes: Tuple[str, ...] = (), leads: Tuple[str, ...] = plan.BOTH) -> HostReport:
    """Make the release that the run has staged live, prove it, and journal the outcome.

    `leads` are the moves of migrations that this host makes for all hosts of the run.

    Raises Refused when the run has staged nothing, and NotVerified when its release cannot be read.
    """
    staged = staged_by(host.journal.entries(), run)
    if staged is None:
        raise Refused(f"The run {run} has staged nothing on this host", "Run the playbook from the beginning.")
    target = host.subject(str(staged.fields["release"]))
    live = host.store.current()
    action = RESTORE if staged.fields.get("action") == RESTORE else PROMOTE
    if live == target.release.id:
        return _same(host, Change(run, action, target, target, proven(host.journal.entries(), live), notes))
    return _transact(host, Change(run, action, _readable(host, live), target, notes=notes, leads=leads))


def take_back(host: Host, run: str, notes: Tuple[str, ...] = ()) -> HostReport:
    """Put back what was live before the run switched. Raises NotVerified when a release cannot be read."""
    outcome = outcome_of(host.journal.entries(), run)
    report = outcome.fields.get("report", {}) if outcome else {}
    before, target = report.get("release"), report.get("before")
    change = Change(run, TAKE_BACK, _readable(host, before), _readable(host, target), notes=notes)
    return _transact(host, change)


def recover(host: Host, work: Unfinished, undo: bool = False, notes: Tuple[str, ...] = ()) -> HostReport:
    """Finish or undo what a dead worker left, as the journal shows it, and journal its outcome.

    With `undo` it is undone even where it could be finished, unless it was on the way back already.
    Raises CouldNotCheck when the engine does not answer: then nothing was tried, and the work stays unfinished.
    """
    change = Change(
        work.run, work.action, _readable(host, work.source), _readable(host, work.target), work.observed, notes
    )
    try:
        host.engine.containers(change.release.manifest.project)
    except PromotionError as error:
        remedy = "Bring the Docker Engine back, then run the playbook again: it recovers first."
        message = f"The unfinished work of {work.run} cannot be recovered: {error.message}"
        raise CouldNotCheck(message, remedy) from error
    moved = moved_by(host.journal.entries(), work.run)
    if plan.forward(work) and not (undo and work.action != TAKE_BACK and work.source != work.target):
        return _transact(host, change, plan.finishing(work, moved))
    failure = Failure(
        work.step or plan.INTENT,
        "the worker that was at work died before it journalled an outcome",
        found=f"an intent of {work.since} without an outcome",
        wanted="an outcome",
        remedy="Run the playbook again: the old release is live, and nothing is unfinished any more.",
    )
    return _transact(host, change, plan.undoing(work, moved), failure)


def conclude_unchanged(host: Host, run: str, notes: Tuple[str, ...] = ()) -> Optional[HostReport]:
    """End the run as `no_change` when what it has staged is live and as promoted; None, and nothing done, otherwise.

    Raises NotVerified when the release cannot be read.
    """
    entries = host.journal.entries()
    staged, live = staged_by(entries, run), host.store.current()
    if staged is None or staged.fields["release"] != live:
        return None
    target = host.subject(str(live))
    change = Change(run, str(staged.fields.get("action")), target, target, proven(entries, live), notes)
    began = host.clock.monotonic()
    trail = _looked(host, change)
    return _conclude(host, change, trail, NO_CHANGE, began) if trail.well else None


def _same(host: Host, change: Change) -> HostReport:
    """The release is live already: look at it, and bring it up again only where it has drifted."""
    began = host.clock.monotonic()
    trail = _looked(host, change)
    if trail.well:
        return _conclude(host, change, trail, NO_CHANGE, began)
    found = trail.failure
    note = f"it was live already, and not as promoted: {found.module}: {found.message}" if found else ""
    return _transact(host, replace(change, notes=(*change.notes, note)))


def _looked(host: Host, change: Change) -> Trail:
    with host.engine.deaths(change.release.manifest.project) as deaths:
        watch = Watch(deaths)
        watch.restart(host.engine.containers(change.release.manifest.project))
        performer = Performer(host, change.run, change.action, change.before, change.target, watch, change.baseline)

        def perform(name: str) -> Any:
            return performer.glance() if name == plan.HEALTH else performer.perform(name)

        return carry_out(plan.same_release(), perform, perform, _silent, host.clock)


def _silent(step: str, state: str, observed: Mapping[str, Any]) -> None:
    """Looking changes nothing that another process would have to know of: its result is in the outcome."""


def _transact(host: Host, change: Change, chosen: Optional[Plan] = None, died: Optional[Failure] = None) -> HostReport:
    """Carry a plan out, or with `died` put back what it began, and journal the outcome."""
    began = host.clock.monotonic()
    with host.engine.deaths(change.release.manifest.project) as deaths:
        performer = Performer(
            host, change.run, change.action, change.before, change.target, Watch(deaths), change.baseline, change.leads
        )
        chosen = chosen or _chosen(change, host.journal.entries())

        def note(step: str, state: str, observed: Mapping[str, Any]) -> None:
            host.journal.append(change.run, STEP, step=step, state=state, observed=observed)

        if died is not None:
            trail = put_back(chosen, died, performer.perform, performer.prove, note, host.clock)
        else:
            trail = carry_out(chosen, performer.perform, performer.prove, note, host.clock)
    return _conclude(host, change, trail, _outcome(change, trail), began)


def _chosen(change: Change, entries: Sequence[Entry]) -> Plan:
    """Return the plan of a change that nobody has begun."""
    before, target = change.before, change.target
    if change.action == TAKE_BACK or target is None:
        return plan.taking_back(_id(target), moved_by(entries, change.run))
    if _id(before) == _id(target):
        return plan.activation(_id(before), target.release.id)
    reversing = change.action == RESTORE and plan.REVERSES in change.leads
    moved = moves(entries, before.manifest if before else None, target.manifest, reversing)
    return plan.activation(_id(before), target.release.id, moved)


def _outcome(change: Change, trail: Trail) -> str:
    if trail.well:
        return OUTCOMES[change.action]
    if change.action == TAKE_BACK:
        return ROLLBACK_FAILED
    if set(trail.begun) <= {plan.CHECK, plan.INTENT}:
        return FAILED
    reversible = _id(change.before) != _id(change.target)
    return ROLLED_BACK if reversible and trail.undo_failure is None else ROLLBACK_FAILED


def _conclude(host: Host, change: Change, trail: Trail, outcome: str, began: float) -> HostReport:
    """Journal the outcome; then retention and the end of the lock, which a crash may leave to the next call."""
    report = _report(host, change, trail, outcome, began)
    entries = host.journal.entries()
    if outcome == OUTCOMES[TAKE_BACK] and change.action == TAKE_BACK and _was_new(entries, change):
        reason = "the run was taken back, because it failed on another host"
        host.journal.append(change.run, VOIDED, release=report.release, reason=reason)
    _bar_the_way_back(host, change, entries, report.live)
    host.journal.append(change.run, OUTCOME, outcome=outcome, release=report.release, live=report.live, report=report)
    if outcome in (OUTCOMES[PROMOTE], OUTCOMES[RESTORE]):
        with contextlib.suppress(PromotionError, OSError):  # the outcome stands; the next retirement meets it again
            retire(host, change.run, change.release, _id(change.before))
    return report


def _bar_the_way_back(host: Host, change: Change, entries: Sequence[Entry], live: Optional[str]) -> None:
    """Void the releases that an irreversible migration of the new one has cut off, however the run ends."""
    if not change.release.manifest.irreversible:
        return
    for release in host.store.releases():
        names = cutting_off(entries, change.release.manifest, release.manifest)
        if names and release.id != live and release.id not in voided(entries):
            host.journal.append(change.run, VOIDED, release=release.id, reason=barred(names), **{BY: list(names)})


def _report(host: Host, change: Change, trail: Trail, outcome: str, began: float) -> HostReport:
    looked_only = outcome in (NO_CHANGE, FAILED)
    return HostReport(
        outcome=outcome,
        run_key=change.run,
        changed=not looked_only,
        release=change.release.release.id,
        before=_id(change.before),
        live=host.store.current(),
        seconds=round(host.clock.monotonic() - began, 3),
        steps=trail.records,
        failure=trail.failure,
        manifest_digest=change.release.release.manifest_digest,
        notes=(*change.notes, *_undone(trail), *_left(host, change, outcome)),
    )


def _undone(trail: Trail) -> Tuple[str, ...]:
    """Say why the way back failed, and what to do about it."""
    fault = trail.undo_failure
    if fault is None:
        return ()
    told = f"the way back failed at {fault.step}: {fault.message}"
    return (f"{told}. {fault.remedy}" if fault.remedy else told,)


def _left(host: Host, change: Change, outcome: str) -> Tuple[str, ...]:
    """Say which migrations a way back has left in the database because nothing takes them back."""
    if outcome not in (ROLLED_BACK, ROLLBACK_FAILED, TAKEN_BACK):
        return ()
    earlier = change.target if change.action == TAKE_BACK else change.before
    names = cutting_off(host.journal.entries(), change.release.manifest, earlier.manifest if earlier else None)
    return not_undone(names, _id(earlier), outcome != ROLLBACK_FAILED)


def _was_new(entries: Tuple[Entry, ...], change: Change) -> bool:
    """Tell whether the release became known good by this run: only then the run's failure is a word against it."""
    first = next((one.seq for one in entries if one.run == change.run), 0)
    earlier = [one for one in entries if one.seq < first]
    return change.release.release.id not in known_good(earlier)


def retire(host: Host, run: str, live: Subject, before: Optional[str]) -> None:
    """Remove the releases and images that retention does not keep.

    What was live `before` stays even where no rollback goes to it: a run that fails elsewhere takes this host back.
    """
    releases = host.store.releases()
    keep = live.manifest.retention
    unkept = superfluous(host.journal.entries(), releases, live.release.id, keep)
    doomed = [release for release in unkept if release.id != before]
    gone = {release.id for release in doomed}
    for name in orphaned_images(doomed, [release for release in releases if release.id not in gone]):
        _remove_image(host, name)
    for release in doomed:
        host.store.remove(release.id)
        host.journal.append(run, PRUNED, release=release.id)


def _remove_image(host: Host, name: str) -> None:
    image = host.engine.image(name)
    if image is None or ("@" in name and is_kept(image.tags)):
        return
    with contextlib.suppress(CommandFailed):  # a container of something else uses it: then it stays
        host.engine.remove_image(name)


def _readable(host: Host, name: Optional[str]) -> Optional[Subject]:
    return host.subject(name) if name is not None else None


def _id(subject: Optional[Subject]) -> Optional[str]:
    return subject.release.id if subject is not None else None
