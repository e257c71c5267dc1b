# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Brings the images of a release to this host: pulled from a registry, built here, or sent by the control node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Collection, List, Mapping, Optional, Tuple

from .._engine.model import Image
from .._errors import CommandFailed
from .._manifest.model import Module
from .._manifest.supply import Recipe, image_tag, is_own_tag, is_supplied
from .findings import image_failure, mount_failure
from .host import Host
from .model import Failure, Release
from .prepare import Request, Unfit
from .subject import Subject
from .verification import at_once, images

_STEP = "stage"

Mounted = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Fetched:
    """The release with the ids of its images, and what had to be done for them, in words."""

    subject: Subject
    notes: Tuple[str, ...]


def fetch_images(host: Host, subject: Subject, request: Request, mounted: Mounted) -> Fetched:
    """Have every image here, from the pinned revision and with the tag that keeps it. Raises Unfit, CommandFailed.

    `mounted` are the paths where something is mounted, by module; without a module in it, the manifest says them.
    """
    missing, found = _missing(host, subject, request)
    at_once(lambda module: _fetch(host, module, request), [one for one in missing if not _recipe(one, request)])
    for module in missing:
        if _recipe(module, request):  # one build after the other: the host serves users meanwhile
            _fetch(host, module, request)
    found = images(host, subject) if missing else found
    for module in subject.manifest.modules:
        _require_fit(subject, module, found[module.name], mounted.get(module.name))
        _keep(host, subject, module, found[module.name], request)
    ids = {name: image.id for name, image in found.items() if image is not None}
    release = subject.release if request.restore is not None else _with_images(subject.release, ids, request)
    done = tuple(f"{module.name}: its image was {_verb(module, request)}" for module in missing)
    return Fetched(replace(subject, release=release), done)


def _with_images(release: Release, ids: Mapping[str, str], request: Request) -> Release:
    recipes = {name: supply.recipe for name, supply in request.supplies.items() if supply.recipe is not None}
    builds = {name: {"archive": one.archive, "dockerfile": one.dockerfile_digest} for name, one in recipes.items()}
    return replace(release, images=ids, builds=builds)


def images_to_fetch(host: Host, subject: Subject, request: Request) -> Tuple[str, ...]:
    """Say what staging would do to have the images here."""
    missing, _found = _missing(host, subject, request)
    for module in missing:
        _require_source(module, request)
    return tuple(f"{module.name}: {module.image} would be {_verb(module, request)}" for module in missing)


def _missing(host: Host, subject: Subject, request: Request) -> Tuple[List[Module], Mapping[str, Optional[Image]]]:
    found = images(host, subject)
    supplies = request.supplies
    modules = subject.manifest.modules
    return [one for one in modules if not is_supplied(found[one.name], one.digest, supplies.get(one.name))], found


def _recipe(module: Module, request: Request) -> Optional[Recipe]:
    supply = request.supplies.get(module.name)
    return supply.recipe if supply is not None else None


def _verb(module: Module, request: Request) -> str:
    if _recipe(module, request):
        return "built here"
    return "sent by the control node" if is_own_tag(module.image) else "pulled"


def _fetch(host: Host, module: Module, request: Request) -> None:
    _require_source(module, request)
    supply = request.supplies.get(module.name)
    if supply is None:
        host.engine.pull(module.image)
        return
    delivered = request.delivered.get(module.name)
    if delivered is None:
        raise _gone(module, "Promote again: it was here when the gate looked.")
    if supply.recipe is not None:
        _build(host, module, supply.recipe, delivered)
    else:
        host.engine.pull(delivered)
        host.engine.tag(delivered, module.image)
        host.engine.remove_image(delivered)


def _require_source(module: Module, request: Request) -> None:
    """Raise Unfit for an image that was built here or sent, once, when the request is to bring it back."""
    if is_own_tag(module.image) and module.name not in request.supplies:
        raise _gone(module, "Promote its manifest again: only a promotion can bring it back.")


def _gone(module: Module, remedy: str) -> Unfit:
    message = "its image is not on this host"
    return Unfit(Failure(_STEP, message, module.name, found="no such image", wanted=module.image, remedy=remedy))


def _build(host: Host, module: Module, recipe: Recipe, archive: str) -> None:
    try:
        host.engine.build(recipe.argv(module.image, module.digest), archive, recipe.archive)
    except CommandFailed as error:
        failure = Failure(
            _STEP,
            f"its image could not be built: `docker build` ended with {error.returncode}",
            module.name,
            found=error.stderr,
            wanted=f"an image of the revision {recipe.revision}",
            remedy=error.remedy or "Build the module from that revision by hand to see why.",
        )
        raise Unfit(failure) from error


def _require_fit(subject: Subject, module: Module, image: Optional[Image], mounted: Optional[Collection[str]]) -> None:
    failure = image_failure(_STEP, module, image, subject.release.images)
    if failure is None and image is not None:
        failure = mount_failure(_STEP, module, image, mounted)
    if failure is not None:
        raise Unfit(failure)


def _keep(host: Host, subject: Subject, module: Module, image: Optional[Image], request: Request) -> None:
    tag = image_tag(subject.manifest.stack, module.name, module.digest)
    if image is None or tag in image.tags:
        return
    try:
        host.engine.tag(module.image, tag)
    except CommandFailed:  # the retention of another stack has just given it up: no tag of ours kept it yet
        _fetch(host, module, request)
        host.engine.tag(module.image, tag)
