# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Compose makes of a release's files: the output of `docker compose config --format json` (pure).

Keys as in the Compose specification, in their long forms: https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from .._errors import CouldNotCheck
from .._manifest.model import Port


@dataclass(frozen=True)
class ResolvedService:
    """One service that Compose will start. Paths are absolute, on the host."""

    name: str
    image: Optional[str]
    ports: Tuple[Port, ...] = ()  # published under one number that is known beforehand
    binds: Tuple[str, ...] = ()
    files: Tuple[str, ...] = ()  # of its configs and secrets
    contents: Tuple[str, ...] = ()  # of its configs that are written out
    variables: Tuple[str, ...] = ()  # that its configs and secrets are the values of
    targets: Tuple[str, ...] = ()  # paths of the container where something is mounted


@dataclass(frozen=True)
class Resolved:
    """A project. `networks` and `volumes` are the external ones, by their names in the engine."""

    services: Mapping[str, ResolvedService]
    networks: Tuple[str, ...] = ()
    volumes: Tuple[str, ...] = ()


def parse_resolved(text: str) -> Resolved:
    """Return what `docker compose config --format json` has printed. Raises CouldNotCheck for anything else."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise CouldNotCheck(f"Compose did not say what it makes of the files: {error}") from error
    services = data.get("services") or {}
    return Resolved(
        {name: _service(name, one, data) for name, one in services.items()},
        _external(data.get("networks")),
        _external(data.get("volumes")),
    )


def service_settings(text: str, folder: str = "") -> Dict[str, Dict[str, Any]]:
    """Return by service everything that its container is made from, values included, by the key that says it.

    `text` is as for `parse_resolved`; `folder`, where the files lay meanwhile, is taken out of its paths.
    """
    data = json.loads(text.replace(folder, "")) if folder else json.loads(text)
    return {name: _settings(one, data) for name, one in (data.get("services") or {}).items()}


def _settings(service: Mapping[str, Any], project: Mapping[str, Any]) -> Dict[str, Any]:
    """The service with what the project says of the networks, volumes, configs and secrets that it names."""
    named = {"networks": list(service.get("networks") or {})}
    for kind in ("volumes", "configs", "secrets"):
        named[kind] = [one["source"] for one in service.get(kind) or () if one.get("source")]
    used = {
        kind: [service.get(kind), {name: (project.get(kind) or {}).get(name) for name in names}]
        for kind, names in named.items()
        if names
    }
    return {**service, **used}


def _service(name: str, data: Mapping[str, Any], project: Mapping[str, Any]) -> ResolvedService:
    mounts = data.get("volumes") or []
    sources = [
        (project.get(kind) or {}).get(one.get("source")) or {}
        for kind in ("configs", "secrets")
        for one in data.get(kind) or []
    ]
    return ResolvedService(
        name,
        data.get("image"),
        tuple(_ports(data.get("ports") or [])),
        tuple(one["source"] for one in mounts if one.get("type") == "bind"),
        tuple(one["file"] for one in sources if "file" in one),
        targets=tuple(str(one["target"]) for one in mounts if "target" in one) + tuple(_tmpfs(data.get("tmpfs"))),
        contents=tuple(one["content"] for one in sources if "content" in one),
        variables=tuple(one["environment"] for one in sources if "environment" in one),
    )


def _ports(ports: List[Dict[str, Any]]) -> Iterator[Port]:
    """Ports with a number of their own; of a range, or of none, the engine chooses one that is free."""
    for one in ports:
        published = str(one.get("published") or "")
        if published.isdigit():
            address = one.get("host_ip") or "0.0.0.0"
            yield Port(int(published), int(one["target"]), address, one.get("protocol") or "tcp")


def _tmpfs(value: Any) -> Iterator[str]:
    for one in [value] if isinstance(value, str) else value or []:
        yield str(one).partition(":")[0]


def _external(attachments: Any) -> Tuple[str, ...]:
    found = (one for one in (attachments or {}).values() if one and one.get("external"))
    return tuple(sorted(str(one["name"]) for one in found))
