# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the Docker Engine says of images, containers and volumes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Tuple


@dataclass(frozen=True)
class Image:
    id: str  # sha256:<64 hex>, the id of its configuration
    digests: Tuple[str, ...]  # repository@sha256:...
    labels: Mapping[str, str]
    platform: str  # linux/amd64
    size: int  # bytes
    tags: Tuple[str, ...] = ()  # repository:tag
    volumes: Tuple[str, ...] = ()  # paths that get an anonymous volume unless something is mounted there


@dataclass(frozen=True)
class Volume:
    name: str


@dataclass(frozen=True)
class ContainerPort:
    """A port of a container, and where the host publishes it. `address` 0.0.0.0 and :: stand for all."""

    target: int
    address: str
    published: int
    protocol: str = "tcp"


@dataclass(frozen=True)
class Container:
    id: str
    name: str
    service: str
    image_id: str
    state: str  # created, running, restarting, exited, dead, paused
    exit_code: int
    restarts: int
    started_at: str
    health: Optional[str] = None  # healthy, unhealthy, starting; None without a health check
    labels: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)  # path in the container -> volume name
    addresses: Tuple[str, ...] = ()  # its addresses on its networks
    ports: Tuple[ContainerPort, ...] = ()  # that the host publishes, by target and address
    restart_policy: str = ""  # no, always, unless-stopped, on-failure

    @property
    def is_job(self) -> bool:
        """Whether it may end: the engine does not restart it."""
        return self.restart_policy in ("", "no")

    @property
    def is_done(self) -> bool:
        """Whether it is a job that has ended well."""
        return self.is_job and self.state == "exited" and self.exit_code == 0


@dataclass(frozen=True)
class Observation:
    """The answer to one check. `passed` is None when it could not be told."""

    check: str
    passed: Optional[bool]
    found: str
    wanted: str
    seconds: float
    captures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Death:
    """The end of a container's main process, as the engine's event stream told it."""

    service: str
    container_id: str
    exit_code: int
    time: float  # seconds since the epoch, of the engine's clock


@dataclass(frozen=True)
class Versions:
    """Versions of engine and Compose. A version is None where its reason says why it could not be had."""

    engine: Optional[str] = None
    engine_reason: str = ""
    compose: Optional[str] = None
    compose_reason: str = ""
    operating_system: Optional[str] = None  # of the engine: linux
    architecture: Optional[str] = None  # of the engine, as images name it: amd64, arm64


@dataclass(frozen=True)
class RegistryImage:
    """What the registry says of an image. `exists` is None when the registry could not be asked."""

    exists: Optional[bool]
    platforms: Tuple[str, ...] = ()  # linux/amd64; empty where unknown
    size: Optional[int] = None  # bytes of the compressed layers of one platform, where it was told
    reason: str = ""


@dataclass(frozen=True)
class PublishedPort:
    """A port of the host that a running container has published."""

    container: str
    project: str  # Compose project; empty for a container that no Compose started
    address: str  # 0.0.0.0 and :: stand for all addresses
    port: int
    protocol: str
