# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON of the Docker CLI to the engine's model (pure).

Fields are those of the Engine API 1.41 (Docker 20.10) and later: https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from .model import Container, ContainerPort, Image, PublishedPort, RegistryImage, Versions, Volume

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
ONEOFF_LABEL = "com.docker.compose.oneoff"

PUBLISHED_PORTS_FORM = '{{.Names}}\t{{.Label "' + PROJECT_LABEL + '"}}\t{{.Ports}}'

# `up --pull` came with 2.6 and is obeyed since 2.15: https://github.com/docker/compose/pull/10128
OLDEST_COMPOSE = (2, 15)

_COMPOSE_VERSION = re.compile(r"\bv?((\d+)\.(\d+)\.\S+)")
_PUBLISHED = re.compile(r"(\S+):(\d+)(?:-(\d+))?->[\d-]+/(\w+)")
_LOCALHOST = "127.0.0.1"


def parse_image(text: str) -> Optional[Image]:
    """The image of `docker image inspect ONE`; None for the empty list of an absent one."""
    found = parse_images(text)
    return found[0] if found else None


def parse_images(text: str) -> Tuple[Image, ...]:
    """The images of `docker image inspect ...`, in its order: that of its arguments, without those that are absent."""
    return tuple(_image(item) for item in _items(text))


def _image(data: Mapping[str, Any]) -> Image:
    return Image(
        id=data["Id"],
        digests=tuple(data.get("RepoDigests") or ()),
        labels=dict((data.get("Config") or {}).get("Labels") or {}),
        platform=_platform(data.get("Os"), data.get("Architecture"), data.get("Variant")),
        size=int(data.get("Size") or 0),
        tags=tuple(data.get("RepoTags") or ()),
        volumes=tuple(sorted((data.get("Config") or {}).get("Volumes") or ())),
    )


def parse_containers(text: str) -> Tuple[Container, ...]:
    """The containers of `docker inspect --type container ...`, by service and name.

    Those of `docker compose run` (label oneoff) are left out: they are no part of what is live.
    """
    found = (_container(item) for item in _items(text))
    kept = (one for one in found if one.labels.get(ONEOFF_LABEL, "False") != "True")
    return tuple(sorted(kept, key=lambda one: (one.service, one.name)))


def parse_container(text: str) -> Optional[Container]:
    """The container of `docker inspect --type container ONE`, whoever made it; None where there is none."""
    found = _items(text)
    return _container(found[0]) if found else None


def _container(data: Mapping[str, Any]) -> Container:
    state, labels = data["State"], dict((data.get("Config") or {}).get("Labels") or {})
    return Container(
        id=data["Id"],
        name=str(data["Name"]).lstrip("/"),
        service=labels.get(SERVICE_LABEL, ""),
        image_id=data["Image"],
        state=state["Status"],
        exit_code=int(state.get("ExitCode") or 0),
        restarts=int(data.get("RestartCount") or 0),
        started_at=state.get("StartedAt") or "",
        health=_health(state),
        labels=labels,
        volumes={one["Destination"]: one["Name"] for one in data.get("Mounts") or () if one["Type"] == "volume"},
        addresses=_addresses(data),
        ports=tuple(sorted(_container_ports(data), key=lambda one: (one.target, one.address))),
        restart_policy=((data.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name") or "",
    )


def _container_ports(data: Mapping[str, Any]) -> Iterator[ContainerPort]:
    """NetworkSettings.Ports: `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "90/tcp": null}`."""
    for name, bindings in ((data.get("NetworkSettings") or {}).get("Ports") or {}).items():
        target, _slash, protocol = name.partition("/")
        for one in bindings or ():
            yield ContainerPort(int(target), one.get("HostIp") or "", int(one["HostPort"]), protocol)


def _health(state: Mapping[str, Any]) -> Optional[str]:
    status = (state.get("Health") or {}).get("Status")
    return None if status in (None, "", "none") else str(status)


def _addresses(data: Mapping[str, Any]) -> Tuple[str, ...]:
    networks = (data.get("NetworkSettings") or {}).get("Networks") or {}
    found = (networks[name].get(key) for key in ("IPAddress", "GlobalIPv6Address") for name in sorted(networks))
    return tuple(address for address in found if address)


def parse_volumes(text: str) -> Tuple[Volume, ...]:
    """The volumes of `docker volume inspect ...`, by name."""
    return tuple(sorted((Volume(one["Name"]) for one in _items(text)), key=lambda one: one.name))


def parse_versions(text: str) -> Versions:
    """Engine facts of `docker version --format '{{json .}}'`; none of them while the daemon is down."""
    server = (json.loads(text) if text.strip() else {}).get("Server") or {}
    return Versions(
        engine=server.get("Version") or None,
        operating_system=server.get("Os") or None,
        architecture=server.get("Arch") or None,
    )


def parse_compose_version(text: str) -> Versions:
    """Compose of `docker compose version` ("Docker Compose version v2.40.3"), when it is new enough."""
    found = _COMPOSE_VERSION.search(text)
    if found is None:
        return Versions(compose_reason=f"Compose does not tell its version: {text.strip()[:100]!r}")
    version, major, minor = found.groups()
    if (int(major), int(minor)) < OLDEST_COMPOSE:
        oldest = ".".join(str(number) for number in OLDEST_COMPOSE)
        return Versions(compose_reason=f"Compose {version} is too old: {oldest} is the oldest that will do")
    return Versions(compose=version)


def parse_registry_image(text: str) -> RegistryImage:
    """What `docker manifest inspect --verbose` says: one object for an image, a list for an index.

    Entries of an index that are no images (attestations of BuildKit) have the platform unknown/unknown.
    """
    data = json.loads(text)
    entries: List[Dict[str, Any]] = data if isinstance(data, list) else [data]
    platforms = [(entry.get("Descriptor") or {}).get("platform") or {} for entry in entries]
    named = [_platform(one.get("os"), one.get("architecture"), one.get("variant")) for one in platforms]
    size = _layers_size(entries[0]) if len(entries) == 1 else None
    return RegistryImage(True, tuple(sorted({one for one in named if one and "unknown" not in one})), size)


def _layers_size(entry: Mapping[str, Any]) -> Optional[int]:
    manifest = entry.get("SchemaV2Manifest") or entry.get("OCIManifest") or {}
    layers = manifest.get("layers")
    return None if layers is None else sum(int(layer.get("size") or 0) for layer in layers)


def parse_published_ports(text: str) -> Tuple[PublishedPort, ...]:
    """The ports in what `docker ps --format PUBLISHED_PORTS_FORM` writes, one line a container:

    name, project and `0.0.0.0:3500->3500/tcp, :::8000-8001->8000-8001/tcp, 9000/tcp`, with tabs between them.
    """
    rows = (line.split("\t") for line in text.splitlines())
    return tuple(port for name, project, ports in rows for port in _published(name, project, ports))


def _published(container: str, project: str, ports: str) -> Iterator[PublishedPort]:
    for match in _PUBLISHED.finditer(ports):
        address, first, last, protocol = match.groups()
        for port in range(int(first), int(last or first) + 1):
            yield PublishedPort(container, project, address.strip("[]"), port, protocol)


def is_insecure(registry: str, configuration: Mapping[str, Any]) -> bool:
    """Whether the engine lists `registry` (host or host:port) as insecure.

    `configuration` is RegistryConfig of `docker info`: names with their settings, and networks by CIDR.
    Names are compared as written; the networks hold for addresses and for localhost.
    """
    named = (configuration.get("IndexConfigs") or {}).get(registry)
    if named is not None:
        return not named.get("Secure", True)
    address = _address(registry)
    networks = configuration.get("InsecureRegistryCIDRs") or ()
    return address is not None and any(address in ipaddress.ip_network(one, strict=False) for one in networks)


def registry_of(reference: str) -> str:
    """The registry of an image reference, as the engine reads it (docker.io where none is named)."""
    first, slash, _rest = reference.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    return first if named else "docker.io"


def _address(registry: str) -> Any:
    host = registry[1:].partition("]")[0] if registry.startswith("[") else registry.partition(":")[0]
    try:
        return ipaddress.ip_address(_LOCALHOST if host == "localhost" else host)
    except ValueError:
        return None


def _platform(system: Optional[str], architecture: Optional[str], variant: Optional[str]) -> str:
    return "/".join(part for part in (system, architecture, variant) if part)


def _items(text: str) -> List[Dict[str, Any]]:
    found: List[Dict[str, Any]] = json.loads(text) if text.strip() else []
    return found
