# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host adds to compose files of the team's own, and why it may refuse what they say (pure)."""

from __future__ import annotations

from typing import AbstractSet, Any, Callable, Dict, Iterator, Mapping, Sequence, Tuple

from .._compose.carried import carried_digest
from .._compose.model import CarriedFile
from .._compose.resolved import Resolved, ResolvedService
from .._compose.services import moving_tag
from .._data import canonical_json, sha256_digest
from .._errors import Violation
from .._manifest.model import Manifest
from .findings import STACK_LABEL

FILES_LABEL = "mint.promotion.files"
_COMPANION_TAG = "mint-promotion/{stack}/services:{id}"


def companion_tag(stack: str, image_id: str) -> str:
    """Return the host's own tag of the image of a service that no module claims. `image_id` is sha256:<64 hex>."""
    return _COMPANION_TAG.format(stack=stack, id=image_id.partition(":")[2])


def companions(resolved: Resolved, manifest: Manifest) -> Dict[str, str]:
    """Return the image of each service that no module claims, by the service's name."""
    claimed = {module.service for module in manifest.modules}
    return {name: one.image or "" for name, one in resolved.services.items() if name not in claimed}


def services_overlay(
    resolved: Resolved,
    manifest: Manifest,
    images: Mapping[str, str],
    inputs: Callable[[ResolvedService], str],
) -> bytes:
    """Return services.json: for every service our label, and for those that no module claims the image by its own tag.

    `images` are ids by service. `inputs` gives the digest of what a service gets as files: as a label it has the
    container made anew when they change, which Compose would not do. JSON is YAML, and a host has no other way to
    write it.
    """
    services: Dict[str, Any] = {}
    for name, service in sorted(resolved.services.items()):
        digest = inputs(service)
        labels = {STACK_LABEL: manifest.stack, **({FILES_LABEL: digest} if digest else {})}
        services[name] = {"labels": labels}
        if name in images:
            services[name]["image"] = companion_tag(manifest.stack, images[name])
    return canonical_json({"services": services}) + b"\n"


def inputs_digest(
    service: ResolvedService,
    carried: Sequence[CarriedFile],
    carried_path: Callable[[str], str],
    value_digest: Callable[[str], str],
) -> str:
    """Return the digest of all that a service gets as files: mounted ones of the repository, configs, secrets.

    Empty when it gets none. `carried_path` turns a path of the project into one of the repository, empty where it is
    the host's; `value_digest` gives a digest of a variable's value that nobody can guess the value from.
    """
    paths = [path for path in map(carried_path, (*service.binds, *service.files)) if path]
    used = [one for one in carried if any(is_within(one.path, path) for path in paths)]
    parts = [carried_digest(used)] if used else []
    parts += [sha256_digest(one.encode("utf-8")) for one in service.contents]
    parts += [value_digest(name) for name in service.variables]
    return sha256_digest(canonical_json(parts)) if parts else ""


def is_within(path: str, folder: str) -> bool:
    """Tell whether a path of the repository is `folder` (. is its root), or lies below it."""
    return folder in (path, ".") or path.startswith(folder + "/")


def resolved_faults(
    resolved: Resolved, manifest: Manifest, source: str, networks: AbstractSet[str], volumes: AbstractSet[str]
) -> Iterator[Violation]:
    """Yield why this host cannot bring the project up: services, images, networks, volumes.

    `networks` and `volumes` are the names of those that exist.
    """
    for module in manifest.modules:
        if module.service not in resolved.services:
            found = f"no service {module.service} that Compose would start"
            yield Violation(source, "services", found, f"one for the module {module.name}", "see its profiles")
    for name, image in companions(resolved, manifest).items():
        fault = moving_tag(image) if image else "no image"
        if fault:
            remedy = "write a version that does not move, or a digest, or make it a module of the manifest"
            yield Violation(source, f"services.{name}", fault, "an image that stays the same", remedy)
    for kind, wanted, there in (("network", resolved.networks, networks), ("volume", resolved.volumes, volumes)):
        for name in wanted:
            if name not in there:
                remedy = f"create it on the host: docker {kind} create {name}"
                yield Violation(source, f"{kind}s", f"no external {kind} {name}", "one that exists", remedy)


def mounted_paths(resolved: Resolved, manifest: Manifest) -> Dict[str, Tuple[str, ...]]:
    """Return by module the paths of its container where the compose files mount something."""
    services = resolved.services
    return {one.name: services[one.service].targets for one in manifest.modules if one.service in services}
