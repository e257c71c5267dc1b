# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images of the services that no module claims: fetched once, and kept by a tag of ours for every way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import List, Optional, Tuple

from .._data import sha256_digest
from .._engine.model import Image
from .._manifest.supply import is_own_tag
from .examine import Project, inputs_of
from .host import Host
from .model import Failure, Release
from .own import companion_tag, companions, services_overlay
from .prepare import Prepared, Request, Unfit


@dataclass(frozen=True)
class _Wanted:
    """The image of a service by the name that it is fetched by, and its id where it has to be a certain one."""

    service: str
    reference: str
    image_id: Optional[str] = None


def companions_to_fetch(
    host: Host, prepared: Prepared, project: Optional[Project], request: Request
) -> Tuple[str, ...]:
    """Say what staging would pull."""
    if project is None:
        return ()
    wanted = _wanted(host, prepared, project, request)
    return tuple(
        f"{one.service}: {one.reference} would be pulled"
        for one in wanted
        if _kept(host, project.manifest.stack, one) is None and host.engine.image(one.reference) is None
    )


def with_companions(
    host: Host, prepared: Prepared, project: Project, request: Request
) -> Tuple[Prepared, Tuple[str, ...]]:
    """Have the images here, and complete the release with their ids and services.json; say what was pulled.

    A release that lies on the host already keeps the images that it was staged with, whatever their names say now, and
    a promotion of some modules those that are live.
    Raises Unfit when one of those is gone for good, CommandFailed when an image cannot be pulled.
    """
    release, manifest, content = prepared.subject.release, prepared.subject.manifest, prepared.content
    notes: List[str] = []
    wanted = _wanted(host, prepared, project, request)
    ids = {one.service: _have(host, manifest.stack, one, notes) for one in wanted}
    if request.restore is not None:
        return prepared, tuple(notes)
    overlay = services_overlay(project.resolved, manifest, ids, partial(inputs_of, host, project))
    release = replace(release, companions=ids, services_digest=sha256_digest(overlay))
    subject = replace(prepared.subject, release=release)
    return replace(prepared, subject=subject, content=replace(content, services=overlay)), tuple(notes)


def _wanted(host: Host, prepared: Prepared, project: Project, request: Request) -> List[_Wanted]:
    """An earlier release has its images by the tags that keep them, and by nothing else."""
    release = prepared.subject.release
    stack = release.manifest.stack
    if request.restore is not None:
        return [_Wanted(name, companion_tag(stack, image), image) for name, image in release.companions.items()]
    inherits = request.inherited is not None and request.inherited.modules
    live = prepared.before.release.companions if inherits and prepared.before else {}
    known = {**live, **_staged(host, release).companions}
    return [
        _Wanted(name, image, known.get(name)) for name, image in companions(project.resolved, project.manifest).items()
    ]


def _staged(host: Host, release: Release) -> Release:
    intact = release.id and host.store.has(release.id) and not host.store.faults(release.id)
    return host.store.read(release.id) if intact else release


def _kept(host: Host, stack: str, wanted: _Wanted) -> Optional[Image]:
    """The image by the tag that keeps it; None where no id is known, or the tag is gone or was given to another."""
    image = host.engine.image(companion_tag(stack, wanted.image_id)) if wanted.image_id else None
    return image if image is not None and image.id == wanted.image_id else None


def _have(host: Host, stack: str, wanted: _Wanted, notes: List[str]) -> str:
    """Return the id of the service's image, which is here and tagged now."""
    kept = _kept(host, stack, wanted)
    if kept is not None:
        return kept.id
    image = host.engine.image(wanted.reference)
    if image is None and not is_own_tag(wanted.reference):
        host.engine.pull(wanted.reference)
        notes.append(f"{wanted.service}: {wanted.reference} was pulled")
        image = host.engine.image(wanted.reference)
    if image is None or wanted.image_id not in (None, image.id):
        raise _gone(wanted, image)
    host.engine.tag(wanted.reference, companion_tag(stack, image.id))
    return image.id


def _gone(wanted: _Wanted, image: Optional[Image]) -> Unfit:
    return Unfit(
        Failure(
            "stage",
            "its image is not the one that the release was staged with",
            wanted.service,
            found=image.id if image else "no such image",
            wanted=f"{wanted.image_id or 'an image'} for {wanted.reference}",
            remedy="Pin the image by its digest in the compose file, and promote that.",
        )
    )
