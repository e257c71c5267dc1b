# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of images and registries (pure).

Source: github.com/distribution/reference, normalize.go (splitDockerDomain).
"""

from __future__ import annotations

import re
from typing import Tuple

from .model import REGISTRY_OF_DOCKER, ImageName

_DOCKER_NAMES = frozenset((REGISTRY_OF_DOCKER, "index.docker.io", "registry-1.docker.io"))
_DOCKER_ADDRESS = "registry-1.docker.io"  # where docker.io answers the registry's API


def split_registry(repository: str) -> Tuple[str, str]:
    """Return the registry of `repository` and the rest. The registry is empty when none is written.

    The part before the first / is a registry when it has a dot or a colon, or is localhost.
    """
    first, slash, rest = repository.partition("/")
    is_host = bool(slash) and (bool(re.search("[.:]", first)) or first == "localhost")
    return (first, rest) if is_host else ("", repository)


def image_name(repository: str) -> ImageName:
    """Return the registry and the path below it that `repository` (no tag, no digest) names."""
    written, path = split_registry(repository)
    registry = registry_name(written or REGISTRY_OF_DOCKER)
    official = registry == REGISTRY_OF_DOCKER and "/" not in path
    return ImageName(registry, f"library/{path}" if official else path)


def registry_name(registry: str) -> str:
    """Return the one name under which logins know a registry."""
    lower = registry.lower()
    return REGISTRY_OF_DOCKER if lower in _DOCKER_NAMES else lower


def registry_address(registry: str) -> str:
    """Return the host and perhaps port at which a registry answers."""
    return _DOCKER_ADDRESS if registry == REGISTRY_OF_DOCKER else registry


def is_loopback(address: str) -> bool:
    """Tell whether `address` (host, perhaps with a port) names this machine: what Docker asks over plain HTTP too."""
    host = re.sub(r":[0-9]+$", "", address).strip("[]").lower()
    return host in ("localhost", "::1") or re.fullmatch(r"127(?:\.[0-9]{1,3}){3}", host) is not None
