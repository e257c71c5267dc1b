# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts a bed has, their addresses, and where they lie so that beds don't meet (pure)."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import zlib
from dataclasses import dataclass
from typing import Iterable, Iterator, Literal

from .errors import BedError

Access = Literal["root", "sudo", "docker", "none"]

BEDS = ipaddress.IPv4Network("10.210.0.0/16")
"""Each bed has a /24 of it. The engines inside the hosts use 10.200.0.0/15, which it must not overlap."""

REGISTRY_OFFSET, POSTGRES_OFFSET = 2, 3
FIRST_OFFSET = {"staging": 11, "prod": 51, "special": 101}
MOST = {"staging": 40, "prod": 50}
FIRST_PORT = 15000
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")

ENVIRONMENTS = ("staging", "prod")
WITHOUT_REGISTRY = "without_registry"


@dataclass(frozen=True)
class Host:
    """One host: `access` says what its SSH user may do, `image` names the recipe of its image.

    root: logs in as root. sudo: a user with sudo without a password. docker: a user in the group docker, who
    owns the promotion root and has no sudo. none: a user with neither.
    """

    name: str
    group: str
    address: str
    access: Access = "root"
    image: str = "host"

    @property
    def user(self) -> str:
        return "root" if self.access == "root" else "deploy"

    @property
    def special(self) -> bool:
        return self.group not in ENVIRONMENTS

    @property
    def has_registry(self) -> bool:
        """Whether it has any way to the bed's registry."""
        return self.group != WITHOUT_REGISTRY


@dataclass(frozen=True)
class Site:
    """Where a bed lies: its subnet, and the loopback port of the control node and of every host that leads
    to its registry."""

    subnet: ipaddress.IPv4Network
    port: int

    @property
    def registry(self) -> str:
        """The name of the registry, alike on the control node and on every host."""
        return f"127.0.0.1:{self.port}"

    @property
    def registry_address(self) -> str:
        return str(self.subnet[REGISTRY_OFFSET])

    @property
    def postgres_address(self) -> str:
        return str(self.subnet[POSTGRES_OFFSET])


@dataclass(frozen=True)
class Database:
    """The database of one environment in the bed's Postgres."""

    user: str
    password: str
    database: str
    host: str
    port: int = 5432

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"


def checked_name(name: str) -> str:
    """`name` as it is; raises BedError unless it can be part of a container's name."""
    if not NAME.fullmatch(name):
        raise BedError(f"bed name {name!r}: wanted lower-case letters, digits and dashes, at most 31")
    return name


def planned_hosts(subnet: ipaddress.IPv4Network, staging: int, prod: int, special: bool) -> tuple[Host, ...]:
    """The hosts of a bed with so many of each environment; raises BedError when there is no room for them."""
    for group, count in (("staging", staging), ("prod", prod)):
        if not 0 <= count <= MOST[group]:
            raise BedError(f"--{group} {count}: wanted 0 to {MOST[group]}")
    stagings = tuple(Host(f"staging-{i}", "staging", _address(subnet, "staging", i)) for i in range(1, staging + 1))
    prods = tuple(Host(f"prod-{i}", "prod", _address(subnet, "prod", i), _prod_access(i)) for i in range(1, prod + 1))
    return stagings + prods + (_special_hosts(subnet) if special else ())


def _prod_access(index: int) -> Access:
    """The first two hosts of prod have users as real hosts do, the others root."""
    accesses: dict[int, Access] = {1: "sudo", 2: "docker"}
    return accesses.get(index, "root")


def _special_hosts(subnet: ipaddress.IPv4Network) -> tuple[Host, ...]:
    return (
        Host("without-docker", "without_docker", _address(subnet, "special", 1), image="without-docker"),
        Host("compose-v1", "compose_v1", _address(subnet, "special", 2), image="compose-v1"),
        Host("without-sudo", "without_sudo", _address(subnet, "special", 3), access="none"),
        Host("without-registry", WITHOUT_REGISTRY, _address(subnet, "special", 4), access="docker"),
    )


def _address(subnet: ipaddress.IPv4Network, group: str, index: int) -> str:
    return str(subnet[FIRST_OFFSET[group] + index - 1])


def free_sites(name: str, taken: Iterable[ipaddress.IPv4Network]) -> Iterator[Site]:
    """The places a bed of this name may take, the most stable one first.

    The first one follows from the name alone, so that a bed that is made anew is found where it was.
    """
    subnets = list(BEDS.subnets(new_prefix=24))
    used = list(taken)
    start = zlib.crc32(name.encode()) % len(subnets)
    for index in (*range(start, len(subnets)), *range(start)):
        if not any(subnets[index].overlaps(other) for other in used):
            yield Site(subnets[index], FIRST_PORT + index)


def databases(name: str, host: str) -> dict[str, Database]:
    """The database of each environment. Passwords follow from the names: stable, and found by grep nowhere else."""
    return {env: Database(f"mint_{env}", _password(name, env), f"mint_{env}", host) for env in ENVIRONMENTS}


def _password(name: str, environment: str) -> str:
    return hashlib.sha256(f"mint-bed/{name}/{environment}".encode()).hexdigest()[:24]
