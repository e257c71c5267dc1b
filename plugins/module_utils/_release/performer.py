# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each step of a plan does on the host."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Callable, Container, Dict, Mapping, Optional, Tuple

from .._errors import NotVerified, PromotionError
from . import plan
from .entries import FILES_FOUND, INTENT, PROMOTE, SWITCHED, VERIFIED, files_found
from .examine import compose_takes
from .findings import Result, drift, misplaced_failure
from .host import Host
from .migrating import Migrator
from .model import Release
from .project import found_in_place, misplaced, put_in_place
from .subject import Subject, failed
from .verification import (
    Watch,
    check_images,
    images,
    observe_calm,
    running,
    smoke,
    take_inventory,
    wait_for_health,
)

_GLANCE_SECONDS = 3.0  # how long a live release may take to answer before it counts as not well


class Performer:
    """Does the steps of one activation by their names.

    `target` is the release that shall be live, `before` the one that is; None stands for nothing. `baseline`
    is what an earlier worker noted of containers and volumes before it began. `leads` are the moves of
    migrations that it makes for all hosts of the run.
    """

    def __init__(
        self,
        host: Host,
        run: str,
        action: str,
        before: Optional[Subject],
        target: Optional[Subject],
        watch: Watch,
        baseline: Optional[Mapping[str, Any]] = None,
        leads: Container[str] = plan.BOTH,
    ) -> None:
        self._host = host
        self._run = run
        self._action = action
        self._before = before
        self._target = target
        self._watch = watch
        self._baseline: Mapping[str, Any] = baseline or {}
        self._migrator = Migrator(host, run, (target, before), plan.FORWARDS in leads)
        self._steps: Dict[str, Callable[[], Result]] = {
            plan.CHECK: self._check,
            plan.COMPARE: self._compare,
            plan.INTENT: self._intent,
            plan.UP: lambda: self._up(self._target, self._before, forward=self._action == PROMOTE),
            plan.UP_BEFORE: lambda: self._up(self._before, self._target, forward=False),
            plan.DOWN: self._down,
            plan.HEALTH: lambda: wait_for_health(self._host, self._wanted(), self._watch),
            plan.SMOKE: lambda: smoke(self._host, self._wanted(), self._watch),
            plan.RUNNING: lambda: running(self._host, self._wanted(), self._baseline, self._watch),
            plan.SWITCH: lambda: self._switch(self._target, verified=True),
            plan.SWITCH_BACK: lambda: self._switch(self._before, verified=False),
            plan.OBSERVE: lambda: observe_calm(self._host, self._wanted(), self._watch),
        }

    def perform(self, name: str) -> Result:
        """Do a step or an inverse. Its result holds no secret value."""
        if self._migrator.knows(name):
            return self._guarded(name, lambda: self._migrator.perform(name))
        return self._guarded(name, self._steps[name])

    def prove(self, name: str) -> Result:
        """Ask a step of the old release, which the inverses have put back."""
        proof = Performer(self._host, self._run, self._action, None, self._before, self._watch, self._baseline)
        return proof.perform(name)

    def glance(self) -> Result:
        """Look whether the live release answers as it did when it was promoted."""
        return self._guarded(
            plan.HEALTH, lambda: wait_for_health(self._host, self._wanted(), self._watch, _GLANCE_SECONDS)
        )

    def _check(self) -> Result:
        target = self._wanted()
        faults = self._host.store.faults(target.release.id)
        if faults:
            raise NotVerified(f"The release {target.release.id} is not as it was staged: {'; '.join(faults)}")
        result = check_images(self._host, target, plan.CHECK)
        unclear = self._migrator.obstacle(plan.CHECK)
        if result.failure is None and unclear is not None:
            return replace(result, failure=unclear)
        if result.failure is None:
            compose_takes(self._host, target, self._host.store.content(target.release.id))
        return result

    def _compare(self) -> Result:
        target, containers = self._wanted(), self._containers()
        found = drift(target.manifest, images(self._host, target), containers, self._baseline, target.release.images)
        found += misplaced_failure(misplaced(self._host, target.release))
        observed = {"drift": [f"{one.module}: {one.message}, found {one.found}" for one in found]}
        return Result(observed, found[0] if found else None)

    def _intent(self) -> Result:
        known = self._before or self._wanted()
        self._baseline = take_inventory(self._host, known, self._containers())
        found = found_in_place(self._host, _release(self._target), _release(self._before))
        if found:
            self._baseline = {**self._baseline, FILES_FOUND: list(found)}
        self._host.journal.append(
            self._run,
            INTENT,
            action=self._action,
            observed=self._baseline,
            **{"from": _id(self._before), "to": _id(self._target)},
        )
        return Result(self._baseline)

    def _up(self, subject: Optional[Subject], other: Optional[Subject], forward: bool) -> Result:
        """Put the release's files in place of the other one's, and bring up what differs.

        A way back leaves what the other release has found; on the way forward that was the team's to remove.
        """
        if subject is None:
            raise NotVerified("There is no release to bring up")
        self._settle()
        found = () if forward else self._found(other)
        placed = put_in_place(self._host, subject.release, _release(other), found)
        ended = self._end_others(subject.release)
        self._watch.restart(self._containers())
        self._host.compose(subject.release).up()
        ids = {one.service: one.id for one in self._containers()}
        old = {service: one.get("id") for service, one in self._baseline.get("containers", {}).items()}
        changed = sorted(service for service in ids if ids[service] != old.get(service))
        files = {key: list(paths) for key, paths in {**vars(placed), "ended": ended}.items() if paths}
        return Result({"recreated": changed, "left_alone": sorted(set(ids).difference(changed)), **files})

    def _settle(self) -> None:
        with contextlib.suppress(PromotionError, OSError):  # whatever it is, a release has to come up
            self._migrator.settle()

    def _end_others(self, release: Release) -> Tuple[str, ...]:
        """Remove what another release had started by a profile that this one has not; return the services.

        Compose takes no service that the files name for an orphan, active or not (compose v2, isOrphaned).
        """
        if release.manifest.compose is None:
            return ()
        known = {*(module.service for module in release.manifest.modules), *release.companions}
        others = [one for one in self._containers() if one.service not in known]
        for one in others:
            self._host.engine.remove_container(one.id)
        return tuple(sorted({one.service for one in others}))

    def _down(self) -> Result:
        subject = self._target or self._before
        if subject is None:
            raise NotVerified("There is no release to take down")
        self._settle()
        self._host.compose(subject.release).down()
        put_in_place(self._host, None, subject.release, self._found(subject))
        return Result({"containers": [one.name for one in self._containers()]})

    def _found(self, subject: Optional[Subject]) -> Container[str]:
        return files_found(self._host.journal.entries(), subject.release.id) if subject else ()

    def _switch(self, subject: Optional[Subject], verified: bool) -> Result:
        store, journal = self._host.store, self._host.journal
        before, after = store.current(), _id(subject)
        if verified and after is not None:
            journal.append(self._run, VERIFIED, release=after)
        if before != after:
            store.switch(after)
            journal.append(self._run, SWITCHED, **{"from": before, "to": after})
        return Result({"current": store.current()})

    def _wanted(self) -> Subject:
        if self._target is None:
            raise NotVerified("There is no release to look at")
        return self._target

    def _containers(self) -> Any:
        known = self._target or self._before
        return self._host.engine.containers(known.manifest.project) if known else ()

    def _guarded(self, name: str, action: Callable[[], Result]) -> Result:
        try:
            result = action()
        except (PromotionError, OSError) as error:
            result = failed(name, error)
        return self._masked(result)

    def _masked(self, result: Result) -> Result:
        for subject in (self._target, self._before):
            if subject is not None:
                observed = subject.mask.value(dict(result.observed))
                failure = subject.masked(result.failure) if result.failure else None
                result = replace(result, observed=observed, failure=failure)
        return result


def _release(subject: Optional[Subject]) -> Optional[Release]:
    return subject.release if subject is not None else None


def _id(subject: Optional[Subject]) -> Optional[str]:
    return subject.release.id if subject is not None else None
