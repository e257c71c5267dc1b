# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a registry says of images, as frozen dataclasses (opencontainers/image-spec 1.1, docker's image manifest v2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Tuple

REGISTRY_OF_DOCKER = "docker.io"


@dataclass(frozen=True)
class Login:
    """A user of a registry. The password is no part of any text that is made of it."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Access:
    """How registries are asked: logins by registry, and the registries that speak plain HTTP."""

    logins: Mapping[str, Login] = field(default_factory=dict)
    insecure: Tuple[str, ...] = ()


@dataclass(frozen=True)
class ImageName:
    """A repository of a registry. `registry` is as logins name it: docker.io, registry.example.com:5000."""

    registry: str
    path: str

    def __str__(self) -> str:
        return f"{self.registry}/{self.path}"


@dataclass(frozen=True)
class Descriptor:
    """A document or layer by digest, `size` in bytes (image-spec, descriptor.md). `platform` as linux/amd64."""

    media_type: str
    digest: str
    size: int
    platform: Optional[str] = None


@dataclass(frozen=True)
class ImageManifest:
    """An image for one platform."""

    config: Descriptor
    layers: Tuple[Descriptor, ...] = ()


@dataclass(frozen=True)
class ImageIndex:
    """The images of several platforms under one name. What is no image (attestations) is for unknown/unknown."""

    manifests: Tuple[Descriptor, ...] = ()


@dataclass(frozen=True)
class ImageConfig:
    """What an image says of itself."""

    platform: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Challenge:
    """One way to authenticate that a server offers (RFC 9110, 11.6.1). Scheme and names are in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """The exact bytes of a manifest or index. `digest` was computed from them."""

    content: bytes = field(repr=False)
    media_type: str
    digest: str


@dataclass(frozen=True)
class PushedImage:
    """What a tag names: `platforms` are all that it has, `configs` those of them that were asked for."""

    digest: str
    platforms: Tuple[str, ...]
    configs: Mapping[str, ImageConfig] = field(default_factory=dict)
