# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which releases are kept on a host, and which images go with those that are not (pure)."""

from __future__ import annotations

from typing import Iterable, Optional, Sequence, Tuple

from .._manifest.supply import image_tag, is_own_tag
from .entries import Entry, known_good
from .model import Release
from .own import companion_tag
from .targets import previous


def superfluous(
    entries: Sequence[Entry], releases: Sequence[Release], live: Optional[str], keep: int
) -> Tuple[Release, ...]:
    """Return the releases to remove once `live` is proven.

    The live release and the one that a rollback would go to stay whatever happens, and `keep` more that were
    known good, the newest first. One that never was good, or was voided, is of no use any more.
    """
    there = [release.id for release in releases]
    pinned = {live, previous(entries, live, there)}
    others = [name for name in known_good(entries) if name in there and name not in pinned]
    kept = pinned.union(others[max(0, len(others) - keep) :])
    return tuple(release for release in releases if release.id not in kept)


def is_kept(tags: Iterable[str]) -> bool:
    """Tell whether a release, of any stack, keeps the image that has these tags."""
    return any(is_own_tag(tag) for tag in tags)


def tags_of(release: Release) -> Tuple[Tuple[str, str], ...]:
    """Return image reference and tag of every module of a release."""
    manifest = release.manifest
    return tuple((module.image, image_tag(manifest.stack, module.name, module.digest)) for module in manifest.modules)


def companion_tags(release: Release) -> Tuple[str, ...]:
    """Return the tags that keep the images of the services that no module claims; their own names are not ours."""
    return tuple(companion_tag(release.manifest.stack, image) for image in release.companions.values())


def orphaned_images(removed: Iterable[Release], kept: Iterable[Release]) -> Tuple[str, ...]:
    """Return tags and references that only the removed releases used, each once, tags first."""
    kept = tuple(kept)
    removed = tuple(removed)
    used = {name for release in kept for pair in tags_of(release) for name in pair}
    used.update(tag for release in kept for tag in companion_tags(release))
    pairs = [pair for release in removed for pair in tags_of(release)]
    names = [tag for _reference, tag in pairs] + [reference for reference, _tag in pairs]
    names += [tag for release in removed for tag in companion_tags(release)]
    return tuple(name for name in dict.fromkeys(names) if name not in used)
