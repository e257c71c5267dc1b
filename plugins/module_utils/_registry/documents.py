# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Manifests, indexes and configurations of images: bytes in, dataclasses out (pure).

Sources: opencontainers/image-spec 1.1 (manifest.md, image-index.md, config.md) and distribution's
"Image Manifest Version 2, Schema 2". Nothing here trusts a registry: what does not fit raises `NotVerified`.
"""

from __future__ import annotations

import json
import re
from typing import Any, Mapping, Tuple, Union

from .._errors import NotVerified
from .._gates.architecture import image_platform
from .model import Descriptor, ImageConfig, ImageIndex, ImageManifest

MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
CONFIG_TYPES = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
DIGEST = re.compile(r"sha256:[a-f0-9]{64}")


def read_manifest(content: bytes, media_type: str, subject: str) -> Union[ImageManifest, ImageIndex]:
    """Return the manifest or index that `content` is; `media_type` is what the registry called it.

    Raises `NotVerified`, which calls it `subject`. A document that could be read as either one is refused
    (image-spec, GHSA-77vh-xpmg-72qh).
    """
    data = _object(content, subject)
    kind = str(data.get("mediaType") or media_type.partition(";")[0].strip())
    if kind in INDEX_TYPES and "manifests" in data and not {"config", "layers"} & set(data):
        return ImageIndex(tuple(_descriptor(one, subject) for one in _list(data, "manifests", subject)))
    if kind in MANIFEST_TYPES and "config" in data and "manifests" not in data:
        layers = tuple(_descriptor(one, subject) for one in _list(data, "layers", subject))
        return ImageManifest(_descriptor(data["config"], subject), layers)
    raise _unfit(subject, f"is {kind or 'of no type'}", "Push it with a current docker or buildx.")


def read_config(content: bytes, subject: str) -> ImageConfig:
    """Return platform and labels of an image from its configuration. Raises `NotVerified`."""
    data = _object(content, subject)
    labels = (data.get("config") or {}).get("Labels") if isinstance(data.get("config") or {}, dict) else None
    if labels is not None and not isinstance(labels, dict):
        raise _unfit(subject, "has labels that are no mapping")
    return ImageConfig(_platform(data, subject), {str(name): str(text) for name, text in (labels or {}).items()})


def choose(index: ImageIndex, platform: str) -> Tuple[Descriptor, ...]:
    """Return the images of an index for `platform` (linux/amd64), best one first; empty when there is none."""
    wanted = image_platform(platform)
    return tuple(one for one in index.manifests if one.platform == wanted)


def _object(content: bytes, subject: str) -> Mapping[str, Any]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise _unfit(subject, "is no JSON") from None
    if not isinstance(data, dict):
        raise _unfit(subject, "is no JSON object")
    return data


def _list(data: Mapping[str, Any], key: str, subject: str) -> Tuple[Any, ...]:
    found = data.get(key)
    if not isinstance(found, list):
        raise _unfit(subject, f"has no list of {key}")
    return tuple(found)


def _descriptor(data: Any, subject: str) -> Descriptor:
    if not isinstance(data, dict):
        raise _unfit(subject, "has a descriptor that is no JSON object")
    digest, size = data.get("digest"), data.get("size")
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        raise _unfit(subject, f"has the digest {str(digest)[:80]!r}, wanted sha256: and 64 hex digits")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _unfit(subject, f"has the size {str(size)[:40]!r}, wanted a number of bytes")
    platform = data.get("platform")
    return Descriptor(str(data.get("mediaType")), digest, size, _platform(platform, subject) if platform else None)


def _platform(data: Any, subject: str) -> str:
    """Return os/architecture, with the variant where there is one."""
    if not isinstance(data, dict):
        raise _unfit(subject, "has a platform that is no JSON object")
    parts = (data.get("os"), data.get("architecture"), data.get("variant"))
    return image_platform("/".join(str(part) for part in parts if part))


def _unfit(subject: str, fault: str, remedy: str = "") -> NotVerified:
    return NotVerified(f"{subject} {fault}, wanted an image.", remedy)
