# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The containers and the network of one bed. What exists is read from labels, never from a file."""

from __future__ import annotations

import ipaddress
import json
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, cast

from .engine import docker, labelled
from .errors import BedError
from .plan import Access, Host, Site, free_sites

LABEL = "mint.bed"
"""Its value is the bed's name; the labels below it carry the rest."""

UNPRIVILEGED = (
    "--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined", "--security-opt=systempaths=unconfined",
    "--device-cgroup-rule=a *:* rwm",
)  # fmt: skip
"""Where --privileged is refused (the machine itself lacks CAP_SYS_RESOURCE), all else that it gives."""

NO_ROUTES = "[]"
NOBODY = "127.0.0.1:9"  # the port of discard, which nothing listens on


@dataclass(frozen=True)
class Unit:
    """A container of a bed: `role` is host, registry or postgres, `state` what the engine calls it."""

    container: str
    role: str
    state: str
    image: str
    host: Host | None


def container_name(bed: str, name: str) -> str:
    return f"mint-bed-{bed}-{name}"


def network_name(bed: str) -> str:
    return f"mint-bed-{bed}"


def ensure_site(bed: str, owner: Path) -> Site:
    """The bed's network, made where there is none; raises BedError when another checkout has a bed of this name."""
    return find_site(bed, owner) or _create_site(bed, owner)


def find_site(bed: str, owner: Path) -> Site | None:
    """Where the bed lies, or None when it has no network."""
    for network in labelled("network", f"{LABEL}={bed}"):
        labels = network["Labels"]
        if labels[f"{LABEL}.owner"] != str(owner):
            raise BedError(
                f"the bed {bed!r} belongs to the checkout {labels[f'{LABEL}.owner']}: choose another --name, "
                "or run `down` there"
            )
        subnet = ipaddress.IPv4Network(network["IPAM"]["Config"][0]["Subnet"])
        return Site(subnet, int(labels[f"{LABEL}.port"]))
    return None


def _create_site(bed: str, owner: Path) -> Site:
    refusal = "every /24 of the beds' network is taken"
    for site in free_sites(bed, _taken_networks()):
        if not _port_is_free(site.port):
            continue
        labels = {LABEL: bed, f"{LABEL}.owner": str(owner), f"{LABEL}.port": str(site.port)}
        done = docker(
            "network", "create", "--subnet", str(site.subnet), *_label_flags(labels), network_name(bed), check=False
        )
        if done.returncode == 0:
            return site
        refusal = done.stderr.strip()
        if "overlap" not in refusal:
            break
    raise BedError(f"no network for the bed {bed!r}: {refusal}")


def _taken_networks() -> list[ipaddress.IPv4Network]:
    """The subnets of the machine's routes: Docker's own networks are among them."""
    try:
        output = subprocess.run(["ip", "-json", "-4", "route"], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        output = NO_ROUTES
    targets = [route["dst"] for route in json.loads(output or NO_ROUTES) if route["dst"] != "default"]
    return [ipaddress.IPv4Network(target, strict=False) for target in targets]


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _label_flags(labels: Mapping[str, str]) -> list[str]:
    return [f"--label={key}={value}" for key, value in labels.items()]


def units(bed: str) -> dict[str, Unit]:
    """The bed's containers by their short name (prod-1, registry)."""
    found = (_unit(each) for each in labelled("container", f"{LABEL}={bed}"))
    return dict(sorted(found))


def _unit(inspected: Mapping[str, Any]) -> tuple[str, Unit]:
    labels = inspected["Config"]["Labels"]
    name, role = labels[f"{LABEL}.unit"], labels[f"{LABEL}.role"]
    host = None
    if role == "host":
        access = cast(Access, labels[f"{LABEL}.access"])
        host = Host(name, labels[f"{LABEL}.group"], labels[f"{LABEL}.address"], access, labels[f"{LABEL}.kind"])
    unit = Unit(inspected["Name"].lstrip("/"), role, inspected["State"]["Status"], inspected["Config"]["Image"], host)
    return name, unit


def run_service(bed: str, role: str, image: str, site: Site) -> None:
    """Starts the bed's registry or Postgres."""
    address = site.registry_address if role == "registry" else site.postgres_address
    publish = [f"--publish={site.registry}:5000"] if role == "registry" else []
    flags = _common_flags(bed, role, role, address)
    docker("run", "--detach", *flags, *publish, image)


def run_host(bed: str, host: Host, image: str, site: Site, privileged: bool) -> None:
    """Starts a host; it takes some seconds more until it serves (`bed-host ready` waits for that)."""
    labels = {
        f"{LABEL}.{key}": value
        for key, value in (
            ("group", host.group), ("address", host.address), ("access", host.access), ("kind", host.image),
        )
    }  # fmt: skip
    environment = {
        "BED_USER": host.user,
        "BED_ACCESS": host.access,
        "BED_SUBNET": str(site.subnet),
        "BED_REGISTRY": f"{site.registry_address}:5000" if host.has_registry else NOBODY,
        "BED_REGISTRY_PORT": str(site.port),
    }
    volume = f"{container_name(bed, host.name)}-docker"
    docker("volume", "create", *_label_flags({LABEL: bed}), volume)
    docker(
        "run", "--detach", *_common_flags(bed, "host", host.name, host.address), *_label_flags(labels),
        *(["--privileged"] if privileged else UNPRIVILEGED),
        "--tmpfs=/run", "--tmpfs=/tmp:exec,mode=1777", f"--volume={volume}:/var/lib/docker",
        *(f"--env={key}={value}" for key, value in environment.items()),
        image,
    )  # fmt: skip


def _common_flags(bed: str, role: str, name: str, address: str) -> list[str]:
    labels = {LABEL: bed, f"{LABEL}.role": role, f"{LABEL}.unit": name}
    return [
        f"--name={container_name(bed, name)}", f"--hostname={name}", f"--network={network_name(bed)}",
        f"--ip={address}", *_label_flags(labels),
    ]  # fmt: skip


def allows_privileged(image: str) -> bool:
    """Whether the engine starts a --privileged container."""
    argv = ("run", "--rm", "--privileged", "--network=none", "--entrypoint=/bin/true", image)
    return docker(*argv, check=False).returncode == 0


def remove(bed: str) -> bool:
    """Removes the containers, volumes and networks of the bed; says whether there were any."""
    filters = ("--quiet", "--filter", f"label={LABEL}={bed}")
    containers = docker("container", "ls", "--all", *filters).stdout.split()
    volumes = docker("volume", "ls", *filters).stdout.split()
    networks = docker("network", "ls", *filters).stdout.split()
    for kind, flags, names in (
        ("container", ["--force", "--volumes"], containers),
        ("volume", [], volumes),
        ("network", [], networks),
    ):
        if names:
            docker(kind, "rm", *flags, *names)
    return bool(containers or volumes or networks)
