# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looks whether a release does what it promises, on the engine and by its own checks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, TypeVar

from .._checks.runner import is_skipped, run_check, run_checks
from .._checks.target import module_target
from .._engine.model import Container, Death, Image, Observation
from .._manifest.model import Check, Module
from .findings import (
    Result,
    check_failure,
    companion_failure,
    container_failure,
    death_failure,
    image_failure,
    inventory,
    is_done,
    volume_failure,
    volume_names,
)
from .host import Deaths, Host
from .model import Failure
from .own import companion_tag
from .plan import HEALTH, OBSERVE, RUNNING, SMOKE, in_dependency_order
from .subject import Subject

LOG_LINES = 20
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 1.0  # seconds between two rounds of questions
_OBSERVE_PAUSE = 0.5
_AT_ONCE = 8  # questions; each is a process of the docker command or a connection

T = TypeVar("T")


class Watch:
    """Who died since `restart`. It filters what the engine's event stream tells."""

    def __init__(self, deaths: Deaths) -> None:
        self._deaths = deaths
        self._mark = 0
        self.restarts: Mapping[str, int] = {}

    def restart(self, containers: Sequence[Container]) -> None:
        """Forget what happened up to now; `containers` are those before the change that follows."""
        self._mark = len(self._deaths.died())
        self.restarts = {one.id: one.restarts for one in containers}

    def died(self) -> Tuple[Death, ...]:
        return self._deaths.died()[self._mark :]

    def removed_volumes(self) -> Tuple[str, ...]:
        """Which volumes were removed at any time since the watch began."""
        return self._deaths.removed_volumes()


@dataclass(frozen=True)
class Answer:
    """How the last question for a module's health was answered. `passed` None: it could not be told."""

    observation: Observation
    hopeless: bool = False  # asking again cannot help


def images(host: Host, subject: Subject) -> Dict[str, Optional[Image]]:
    """Return the image that the host has for each module, by the module's name."""
    modules = subject.manifest.modules
    found = host.engine.images([module.image for module in modules])
    return {module.name: found[module.image] for module in modules}


def at_once(ask: Callable[[Module], T], modules: Sequence[Module]) -> List[T]:
    """Ask something about every module at the same time; answers in the order of the modules."""
    with ThreadPoolExecutor(max(1, min(_AT_ONCE, len(modules)))) as pool:
        return list(pool.map(ask, modules))


def check_images(host: Host, subject: Subject, step: str) -> Result:
    """See that every image is here and was built from the pinned revision."""
    found = images(host, subject)
    for module in subject.manifest.modules:
        failure = image_failure(step, module, found[module.name], subject.release.images)
        if failure is not None:
            return Result(failure=failure)
    for service, image_id in subject.release.companions.items():
        tag = companion_tag(subject.manifest.stack, image_id)
        there = host.engine.image(tag)
        if there is None or there.id != image_id:
            seen = there.id if there else "no such image"
            remedy = "Promote again: staging fetches it."
            return Result(failure=Failure(step, "its image is not the staged one", service, "", seen, tag, remedy))
    return Result({"images": {name: image.id for name, image in found.items() if image is not None}})


def wait_for_health(host: Host, subject: Subject, watch: Watch, limit: Optional[float] = None) -> Result:
    """Ask every module's health until all are well, its time is over, or a container dies.

    `limit` (seconds) shortens the modules' own health_timeout_seconds.
    """
    clock, began = host.clock, host.clock.monotonic()
    pending = list(in_dependency_order(subject.manifest))
    observed: Dict[str, Any] = {}
    pause = _FIRST_PAUSE
    while True:
        containers = host.engine.containers(subject.manifest.project)
        died = _died(host, subject, watch, containers, HEALTH)
        if died is not None:
            return Result(observed, died)
        ask = partial(_health, host, subject, containers)
        answers = list(zip(pending, at_once(ask, pending)))
        elapsed = clock.monotonic() - began
        observed.update({module.name: _said(answer, elapsed) for module, answer in answers})
        pending = [module for module, answer in answers if not answer.observation.passed]
        if not pending:
            return Result(observed)
        for module, answer in answers:
            allowed = module.activation.health_timeout_seconds if limit is None else limit
            if not answer.observation.passed and (answer.hopeless or elapsed >= allowed):
                failure = check_failure(HEALTH, module, answer.observation, f" within {elapsed:.1f} s")
                return Result(observed, with_log(host, subject, failure, containers))
        clock.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.5)


def smoke(host: Host, subject: Subject, watch: Watch) -> Result:
    """Run the smoke checks of all modules, those of dependencies first, up to the first that does not pass.

    A check of a container that has died finds only that; then the death itself is what is told.
    """
    containers = host.engine.containers(subject.manifest.project)
    observed: Dict[str, Any] = {}
    for module in in_dependency_order(subject.manifest):
        target = module_target(module, containers, host.engine.execute)
        for observation in run_checks(module.smoke, target, subject.values, subject.mask):
            observed[f"{module.name}: {observation.check}"] = (
                observation.found if is_skipped(observation) else _seconds(observation)
            )
            if not observation.passed and not is_skipped(observation):
                died = _died(host, subject, watch, host.engine.containers(subject.manifest.project), SMOKE)
                failure = check_failure(SMOKE, module, observation)
                return Result(observed, died or with_log(host, subject, failure, containers))
    return Result(observed)


def running(host: Host, subject: Subject, before: Mapping[str, Any], watch: Watch) -> Result:
    """See that every container runs the pinned image and that the volumes of `before` are the same ones."""
    found = images(host, subject)
    containers = host.engine.containers(subject.manifest.project)
    after = take_inventory(host, subject, containers, before.get("volumes", {}))
    for module in subject.manifest.modules:
        image = found[module.name]
        failure = image_failure(RUNNING, module, image, subject.release.images)
        failure = failure or container_failure(RUNNING, module, containers, image)
        if failure is not None:
            return Result(after, with_log(host, subject, failure, containers))
    failure = companion_failure(RUNNING, subject.release.companions, containers)
    if failure is not None:
        return Result(after, with_log(host, subject, failure, containers))
    return Result(after, volume_failure(RUNNING, before, after, watch.removed_volumes()))


def take_inventory(
    host: Host, subject: Subject, containers: Sequence[Container], known: Iterable[str] = ()
) -> Dict[str, Any]:
    """Return the project's containers and volumes as the journal keeps them.

    `known` are volumes that are to be looked for though no container mounts them any more.
    """
    names = {*volume_names(subject.manifest, containers), *known}
    return inventory(containers, host.engine.volumes(sorted(names)))


def observe_calm(host: Host, subject: Subject, watch: Watch) -> Result:
    """Watch that no container dies for the longest observe_seconds of the modules."""
    seconds = max((module.activation.observe_seconds for module in subject.manifest.modules), default=0)
    end = host.clock.monotonic() + seconds
    while True:
        containers = host.engine.containers(subject.manifest.project)
        died = _died(host, subject, watch, containers, OBSERVE)
        left = end - host.clock.monotonic()
        if died is not None or left <= 0:
            return Result({"watched_seconds": seconds}, died)
        host.clock.sleep(min(_OBSERVE_PAUSE, left))


def with_log(
    host: Host, subject: Subject, failure: Failure, containers: Sequence[Container], container_id: str = ""
) -> Failure:
    """Add the last lines of the log of the failure's module, without secret values in them."""
    services = {module.name: module.service for module in subject.manifest.modules}
    own = [one.id for one in containers if one.service == services.get(failure.module, failure.module)]
    chosen = container_id or (own[0] if own else "")
    log = host.engine.logs(chosen, LOG_LINES) if chosen else ()
    return subject.masked(replace(failure, log=log))


def _died(host: Host, subject: Subject, watch: Watch, containers: Sequence[Container], step: str) -> Optional[Failure]:
    failure, container_id = death_failure(step, subject.manifest, containers, watch.died(), watch.restarts)
    return with_log(host, subject, failure, containers, container_id) if failure else None


def _health(host: Host, subject: Subject, containers: Sequence[Container], module: Module) -> Answer:
    check = module.health
    if check is not None and check.run_from != "control":
        target = module_target(module, containers, host.engine.execute)
        return Answer(run_check(check, target, subject.values, {}, subject.mask))
    return _engine_health(module, containers, check)


def _engine_health(module: Module, containers: Sequence[Container], check: Optional[Check]) -> Answer:
    """What the engine says of a module that has no check to be asked from here."""
    own = next((one for one in containers if one.service == module.service), None)
    name = "container health" if own is not None and own.health else "container runs"
    if check is not None:
        name += " (its own check runs from the control node)"
    if own is None:
        return Answer(Observation(name, False, "no container", "state running", 0.0))
    well = is_done(module, own) or (own.state == "running" and own.health in (None, "healthy"))
    found = own.state if own.health is None else f"{own.state}, {own.health}"
    wanted = "running" if own.health is None else "running, healthy"
    return Answer(Observation(name, well, found, wanted, 0.0), hopeless=own.health == "unhealthy")


def _said(answer: Answer, elapsed: float) -> Mapping[str, Any]:
    observation = answer.observation
    said = {"check": observation.check, "passed": observation.passed, "after_seconds": round(elapsed, 2)}
    return said if observation.passed else {**said, "found": observation.found}


def _seconds(observation: Observation) -> Any:
    return {"passed": observation.passed, "seconds": round(observation.seconds, 3)}
