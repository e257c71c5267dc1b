# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images of the services that no module claims: fetched once, and kept by a tag of ours for every way back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Dict, List, Mapping, Optional, Tuple

from .._data import sha256_digest
from .._engine.model import Image
from .._manifest.supply import is_own_tag
from .examine import Project, inputs_of
from .host import Host
from .model import Failure, Release
from .own import companion_tag, companions, services_overlay
from .prepare import Prepared, Unfit
from .subject import Subject


def companions_to_fetch(host: Host, subject: Subject, project: Optional[Project]) -> Tuple[str, ...]:
    """Say what staging would pull."""
    if project is None:
        return ()
    wanted = companions(project.resolved, subject.manifest)
    return tuple(f"{name}: {image} would be pulled" for name, image in wanted.items() if not host.engine.image(image))


def with_companions(
    host: Host, prepared: Prepared, project: Project, restoring: bool
) -> Tuple[Prepared, Tuple[str, ...]]:
    """Have the images here, and complete the release with their ids and services.json; say what was pulled.

    A release that lies on the host already keeps the images that it was staged with, whatever their names say now.
    Raises Unfit when one of those is gone for good, CommandFailed when an image cannot be pulled.
    """
    release, manifest = prepared.subject.release, prepared.subject.manifest
    known = release if restoring else _staged(host, release)
    names = companions(project.resolved, manifest) if not restoring else _references(project, release)
    notes: List[str] = []
    ids: Dict[str, str] = {}
    for service, reference in names.items():
        ids[service] = _have(host, manifest.stack, service, reference, known.companions.get(service), notes)
    if restoring:
        return prepared, tuple(notes)
    content = prepared.content
    overlay = services_overlay(project.resolved, manifest, ids, partial(inputs_of, host, project))
    release = replace(release, companions=ids, services_digest=sha256_digest(overlay))
    subject = replace(prepared.subject, release=release)
    return replace(prepared, subject=subject, content=replace(content, services=overlay)), tuple(notes)


def _staged(host: Host, release: Release) -> Release:
    intact = release.id and host.store.has(release.id) and not host.store.faults(release.id)
    return host.store.read(release.id) if intact else release


def _references(project: Project, release: Release) -> Mapping[str, str]:
    """The images of an earlier release by the tags that keep them: its services.json names these."""
    return {name: companion_tag(release.manifest.stack, image) for name, image in release.companions.items()}


def _have(host: Host, stack: str, service: str, reference: str, wanted: Optional[str], notes: List[str]) -> str:
    """Return the id of the service's image, which is here and tagged now; `wanted` is the one that it has to be."""
    kept = host.engine.image(companion_tag(stack, wanted)) if wanted else None
    if kept is not None and kept.id == wanted:
        return kept.id
    image = host.engine.image(reference)
    if image is None and is_own_tag(reference):
        raise _gone(service, reference, image, wanted)
    if image is None:
        host.engine.pull(reference)
        notes.append(f"{service}: {reference} was pulled")
        image = host.engine.image(reference)
    if image is None or wanted not in (None, image.id):
        raise _gone(service, reference, image, wanted)
    host.engine.tag(reference, companion_tag(stack, image.id))
    return image.id


def _gone(service: str, reference: str, image: Optional[Image], wanted: Optional[str]) -> Unfit:
    return Unfit(
        Failure(
            "stage",
            "its image is not the one that the release was staged with",
            service,
            found=image.id if image else "no such image",
            wanted=f"{wanted or 'an image'} for {reference}",
            remedy="Pin the image by its digest in the compose file, and promote that.",
        )
    )
