# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that a bed writes: inventory, SSH configuration, known hosts, facts (pure)."""

from __future__ import annotations

import json
from typing import Any, Mapping, Sequence

from .plan import ENVIRONMENTS, Database, Host, Site

PROMOTION_ROOT = "/srv/promotion"
"""Where a user without sudo owns a folder; bed-host makes it."""


def inventory(site: Site, hosts: Sequence[Host], data: Mapping[str, Database], ssh_config: str) -> dict[str, Any]:
    """The inventory as data: groups staging and prod, and below `special` one group a kind of unfit host."""
    children: dict[str, Any] = {group: _group(group, hosts, data) for group in ENVIRONMENTS}
    special = sorted({host.group for host in hosts if host.special})
    if special:
        children["special"] = {"children": {group: _group(group, hosts, data) for group in special}}
    return {"all": {"vars": _common(site, ssh_config), "children": children}}


def _common(site: Site, ssh_config: str) -> dict[str, Any]:
    return {
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_pipelining": True,
        "ansible_ssh_common_args": f'-F "{ssh_config}"',
        "bed_registry": site.registry,
        "bed_postgres_host": site.postgres_address,
        "bed_postgres_port": 5432,
    }


def _group(group: str, hosts: Sequence[Host], data: Mapping[str, Database]) -> dict[str, Any]:
    database = data[group if group in data else ENVIRONMENTS[0]]
    return {
        "vars": {
            "bed_postgres_url": database.url,
            "bed_postgres_user": database.user,
            "bed_postgres_password": database.password,
            "bed_postgres_database": database.database,
        },
        "hosts": {host.name: _host(host) for host in hosts if host.group == group},
    }


def _host(host: Host) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "ansible_host": host.address,
        "ansible_user": host.user,
        "ansible_become": host.access in ("sudo", "none"),
    }
    return {**facts, "promotion_root": PROMOTION_ROOT} if host.access == "docker" else facts


def yaml(data: Mapping[str, Any], indent: int = 0) -> str:
    """Nested mappings of scalars as YAML; a JSON scalar is a YAML scalar (YAML 1.2, section 1.3). Texts are
    printable ones: JSON and YAML escape other characters differently."""
    lines = []
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            lines.append(f"{' ' * indent}{key}:\n{yaml(value, indent + 2)}")
        else:
            lines.append(f"{' ' * indent}{key}: {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines)


def ssh_config(hosts: Sequence[Host], identity: str, known_hosts: str) -> str:
    """An ssh_config(5) that knows the hosts by name and address, and nothing of the user's own files."""
    blocks = [f"Host {host.name} {host.address}\n  HostName {host.address}\n  User {host.user}\n" for host in hosts]
    common = (
        "Host *\n"
        f'  IdentityFile "{identity}"\n'
        "  IdentitiesOnly yes\n"
        "  PreferredAuthentications publickey\n"
        f'  UserKnownHostsFile "{known_hosts}"\n'
        "  GlobalKnownHostsFile /dev/null\n"
        "  StrictHostKeyChecking yes\n"
        "  UpdateHostKeys no\n"
        "  ConnectTimeout 10\n"
    )
    return "\n".join([*blocks, common])


def known_hosts(hosts: Sequence[Host], keys: Mapping[str, str]) -> str:
    """The lines of known_hosts (sshd(8)); `keys` maps a host's name to its public key file's text."""
    lines = []
    for host in hosts:
        kind, key = keys[host.name].split()[:2]
        lines.append(f"{host.name},{host.address} {kind} {key}\n")
    return "".join(lines)


def facts(
    name: str, site: Site, hosts: Sequence[Host], data: Mapping[str, Database], images: Mapping[str, str]
) -> dict[str, Any]:
    """What a test or a playbook may want to know of the bed, as JSON data."""
    return {
        "name": name,
        "subnet": str(site.subnet),
        "registry": site.registry,
        "images": dict(images),
        "postgres": {
            "host": site.postgres_address,
            "port": 5432,
            "databases": {
                env: {"user": each.user, "password": each.password, "database": each.database, "url": each.url}
                for env, each in data.items()
            },
        },
        "hosts": {
            host.name: {"group": host.group, "address": host.address, "user": host.user, "access": host.access}
            for host in hosts
        },
    }


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns as wide as they need to be."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
