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


@dataclass(frozen=True)
class Volume:
    name: str
    mountpoint: str
    created_at: str


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


@dataclass(frozen=True)
class Observation:
    """The answer to one check. `passed` is None when it could not be told."""

    check: str
    passed: Optional[bool]
    found: str
    wanted: str
    seconds: float
    captures: Mapping[str, str] = field(default_factory=dict)
