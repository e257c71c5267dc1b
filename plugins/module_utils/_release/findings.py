# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with what was seen on a host, as failures that a person can act on (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence, Tuple

from .._engine.model import Container, Death, Image, Observation, Volume
from .._manifest.model import Manifest, Module
from .._manifest.supply import is_own_tag
from .model import Failure

REVISION_LABEL = "org.opencontainers.image.revision"  # OCI image-spec, annotations.md
STACK_LABEL = "mint.promotion.stack"
FOLDER_LABEL = "com.docker.compose.project.working_dir"  # Compose's --project-directory
CONFIG_HASH_LABEL = "com.docker.compose.config-hash"  # what Compose compares to tell whether to recreate


@dataclass(frozen=True)
class Result:
    """What a step saw, and why it failed if it did."""

    observed: Mapping[str, Any] = field(default_factory=dict)
    failure: Optional[Failure] = None


def image_failure(
    step: str, module: Module, image: Optional[Image], staged: Optional[Mapping[str, str]] = None
) -> Optional[Failure]:
    """Judge the image that the host has for a module: it is there, and was built from the pinned revision.

    `staged` holds image ids by module. Behind a host's own tag the image has to be that one; a digest says itself
    which image it names, whatever id the engine gives it.
    """
    if image is None:
        return Failure(
            step,
            "its image is not on this host",
            module.name,
            found="no such image",
            wanted=module.image,
            remedy="Promote again: staging pulls it from the registry.",
        )
    wanted = (staged or {}).get(module.name, image.id)
    if image.id != wanted and is_own_tag(module.image):
        return Failure(
            step,
            "its image is not the one that was staged: somebody has given its name to another",
            module.name,
            found=image.id,
            wanted=f"{wanted} under {module.image}",
            remedy="Promote again: staging puts the image right.",
        )
    revision = image.labels.get(REVISION_LABEL)
    if module.third_party or module.revision is None or revision == module.revision:
        return None
    return Failure(
        step,
        "stale build: its image was made from another revision than the manifest pins",
        module.name,
        found=f"{REVISION_LABEL} = {revision or 'no such label'}",
        wanted=f"{REVISION_LABEL} = {module.revision}",
        remedy="Build the module from that revision and pin the new digest (mint.promotion.build does both).",
    )


def mount_failure(
    step: str, module: Module, image: Image, mounted: Optional[Collection[str]] = None
) -> Optional[Failure]:
    """Judge where the image keeps data: an anonymous volume is lost with its container, so a rollback would lose it.

    `mounted` are the paths where the team's own compose files mount something; without them the module says it.
    """
    if mounted is None:
        mounted = {one.target for one in module.volumes} | {one.partition(":")[0] for one in module.tmpfs}
    bare = [path for path in image.volumes if path not in mounted]
    if not bare:
        return None
    return Failure(
        step,
        "its image keeps data in an anonymous volume, which a change of the container can lose",
        module.name,
        found=f"VOLUME {', '.join(bare)} in the image and nothing mounted there",
        wanted="a named volume or tmpfs at each of these paths",
        remedy=f"Add it to the volumes or tmpfs of {module.name}.",
    )


def container_failure(
    step: str, module: Module, containers: Sequence[Container], image: Optional[Image]
) -> Optional[Failure]:
    """Judge the containers of a module's service: there is one, it runs, and it runs the pinned image."""
    own = [one for one in containers if one.service == module.service]
    if not own:
        return Failure(
            step, "it has no container", module.name, found="none", wanted=f"one of service {module.service}"
        )
    stopped = next((one for one in own if one.state != "running" and not is_done(module, one)), None)
    if stopped is not None:
        return Failure(
            step,
            "its container does not run",
            module.name,
            found=f"state {stopped.state}, exit code {stopped.exit_code}, {stopped.restarts} restarts",
            wanted="state running",
        )
    if image is not None and any(one.image_id != image.id for one in own):
        found = ", ".join(sorted({one.image_id for one in own}))
        return Failure(
            step, "its container runs another image", module.name, found=found, wanted=f"{image.id} ({module.image})"
        )
    return None


def is_job(module: Module, container: Container) -> bool:
    """Tell whether a module's container may end: nobody restarts it, and it is not asked for its health."""
    return container.is_job and module.health is None


def is_done(module: Module, container: Container) -> bool:
    """Tell whether a module's container is a job that has ended well."""
    return container.is_done and module.health is None


def companion_failure(step: str, companions: Mapping[str, str], containers: Sequence[Container]) -> Optional[Failure]:
    """Judge the services that no module claims: each runs the image that it was staged with, or has done its job."""
    for service, image in companions.items():
        own = [one for one in containers if one.service == service]
        stopped = next((one for one in own if one.state != "running" and not one.is_done), None)
        if stopped is not None:
            found = f"state {stopped.state}, exit code {stopped.exit_code}, {stopped.restarts} restarts"
            return Failure(step, "its container does not run", service, found=found, wanted="state running")
        if any(one.image_id != image for one in own):
            found = ", ".join(sorted({one.image_id for one in own}))
            return Failure(step, "its container runs another image", service, found=found, wanted=image)
    return None


def death_failure(
    step: str,
    manifest: Manifest,
    containers: Sequence[Container],
    deaths: Sequence[Death],
    restarts: Mapping[str, int],
) -> Tuple[Optional[Failure], str]:
    """Judge whether a container of the release has ended; return the failure and the container's id.

    `deaths` may tell of containers that were replaced: only those that are there now and belong to a module
    count, and of these no job that has ended well. `restarts` says
    how often each had been restarted before; that and the state tell of deaths that no event came for.
    """
    modules = {module.service: module for module in manifest.modules}
    there = {one.id: one for one in containers if one.service in modules}
    for death in deaths:
        one = there.get(death.container_id)
        if one is not None and not (death.exit_code == 0 and is_job(modules[one.service], one)):
            return _ended(step, manifest, one.service, f"it ended with exit code {death.exit_code}"), one.id
    for one in there.values():
        ended = one.state in ("exited", "dead", "restarting") and not is_done(modules[one.service], one)
        if ended or one.restarts > restarts.get(one.id, 0):
            found = f"state {one.state}, exit code {one.exit_code}, {one.restarts} restarts"
            return _ended(step, manifest, one.service, found), one.id
    return None, ""


def _ended(step: str, manifest: Manifest, service: str, found: str) -> Failure:
    names = [module.name for module in manifest.modules if module.service == service]
    return Failure(
        step, "its container died", names[0] if names else service, found=found, wanted="a container that stays up"
    )


def check_failure(step: str, module: Module, observation: Observation, within: str = "") -> Failure:
    """Put the answer to a check that did not pass into words. `within` says how long it was asked."""
    message = "the check did not pass" if observation.passed is False else "the check could not be made"
    return Failure(step, f"{message}{within}", module.name, observation.check, observation.found, observation.wanted)


def inventory(containers: Sequence[Container], volumes: Sequence[Volume]) -> Dict[str, Any]:
    """Return what the journal keeps of a project's containers and volumes."""
    return {
        "containers": {
            one.service: {"id": one.id, "image": one.image_id, "config": one.labels.get(CONFIG_HASH_LABEL, "")}
            for one in containers
        },
        "mounts": {one.service: dict(one.volumes) for one in containers if one.volumes},
        "volumes": [one.name for one in volumes],  # in older journals a mapping by name
    }


def volume_failure(
    step: str, before: Mapping[str, Any], after: Mapping[str, Any], removed: Collection[str] = ()
) -> Optional[Failure]:
    """Compare two inventories: no volume was removed or made anew, and none was swapped for another.

    `removed` are the volumes that the engine told to be removed in between. When a volume was created says nothing:
    before Docker Engine 23.0 that time moves with every file made at the volume's top (moby#38274).
    """
    faults: List[str] = []
    old, new = before.get("volumes", {}), after.get("volumes", {})
    for name in old:
        if name not in new:
            faults.append(f"volume {name} is gone")
        elif name in removed:
            faults.append(f"volume {name} was removed and made anew")
    for service, mounts in before.get("mounts", {}).items():
        for path, name in mounts.items():
            now = after.get("mounts", {}).get(service, {}).get(path, name)
            if now != name:
                faults.append(f"{path} of service {service} is volume {now} now, it was {name}")
    if not faults:
        return None
    wanted = "the data volumes as they were before the activation"
    remedy = "Keep the volumes of the live release in the manifest; move data in a migration, not by a swap."
    return Failure(step, "the data volumes are not the same", found="; ".join(faults), wanted=wanted, remedy=remedy)


def volume_names(manifest: Manifest, containers: Sequence[Container]) -> Tuple[str, ...]:
    """Return the names of the volumes that the containers use and that the manifest names."""
    mounted = {name for one in containers for name in one.volumes.values()}
    return tuple(sorted(mounted.union(volume.name for volume in manifest.volumes)))


def drift(
    manifest: Manifest,
    images: Mapping[str, Optional[Image]],
    containers: Sequence[Container],
    proven: Mapping[str, Any],
    staged: Optional[Mapping[str, str]] = None,
) -> Tuple[Failure, ...]:
    """Return how the containers of the live release differ from what was proven when it went live.

    `images` holds the image of each module by name, `staged` the ids of those that the release was staged with.
    `proven` is the inventory of then, empty where none is known.
    """
    found: List[Failure] = []
    for module in manifest.modules:
        image = images.get(module.name)
        fault = image_failure("compare", module, image, staged)
        fault = fault or container_failure("compare", module, containers, image)
        fault = fault or _config_failure(module, containers, proven)
        if fault is not None:
            found.append(fault)
    services = {module.service for module in manifest.modules}.union(proven.get("containers", {}))
    for one in containers:
        if one.service not in services:
            wanted = "no container beside those of the release"
            found.append(Failure("compare", "an extra container", one.service, found=one.name, wanted=wanted))
    return tuple(found)


def _config_failure(module: Module, containers: Sequence[Container], proven: Mapping[str, Any]) -> Optional[Failure]:
    wanted = proven.get("containers", {}).get(module.service, {}).get("config", "")
    own = next((one for one in containers if one.service == module.service), None)
    config = own.labels.get(CONFIG_HASH_LABEL, "") if own else ""
    if not wanted or config == wanted:
        return None
    return Failure(
        "compare",
        "its container was made from another configuration",
        module.name,
        found=f"{CONFIG_HASH_LABEL} = {config or 'no such label'}",
        wanted=f"{CONFIG_HASH_LABEL} = {wanted}",
    )


def misplaced_failure(paths: Sequence[str]) -> Tuple[Failure, ...]:
    """Put files of the project directory that are not as the live release carries them into words."""
    if not paths:
        return ()
    found = ", ".join(paths)
    return (Failure("compare", "files are not as the release carries them", "files", found=found, wanted="its bytes"),)


def foreign(stack: str, containers: Sequence[Container], elsewhere: Collection[str] = ()) -> Tuple[str, ...]:
    """Return the names of containers of the project that no release of the stack made.

    `elsewhere` are the project folders of others: the same stack below another root is somebody else's too.
    """
    return tuple(
        one.name for one in containers if one.labels.get(STACK_LABEL) != stack or project_folder(one) in elsewhere
    )


def project_folder(container: Container) -> str:
    """Return the --project-directory that Compose noted when it made the container; empty when it noted none."""
    return container.labels.get(FOLDER_LABEL, "")
