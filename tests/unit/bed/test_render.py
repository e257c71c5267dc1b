# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a bed serve Ansible and ssh as they are."""

from __future__ import annotations

import ipaddress
import subprocess
from pathlib import Path
from typing import Any

import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from bed import render
from bed.plan import Site, databases, planned_hosts

SITE = Site(ipaddress.IPv4Network("10.210.7.0/24"), 15007)
HOSTS = planned_hosts(SITE.subnet, 1, 3, True)
DATA = databases("demo", SITE.postgres_address)
scalars = st.none() | st.booleans() | st.integers() | st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]))


def inventory() -> dict[str, Any]:
    everything: dict[str, Any] = render.inventory(SITE, HOSTS, DATA, "/a path/ssh_config")["all"]
    return everything


def test_each_host_logs_in_as_its_user_and_becomes_root_where_it_needs_to() -> None:
    prod = inventory()["children"]["prod"]["hosts"]
    assert {name: (host["ansible_user"], host["ansible_become"]) for name, host in prod.items()} == {
        "prod-1": ("deploy", True),
        "prod-2": ("deploy", False),
        "prod-3": ("root", False),
    }


def test_only_the_user_without_sudo_has_a_promotion_root_of_its_own() -> None:
    prod = inventory()["children"]["prod"]["hosts"]
    assert [name for name, host in prod.items() if "promotion_root" in host] == ["prod-2"]


def test_each_environment_gets_its_own_database() -> None:
    children = inventory()["children"]
    urls = {group: children[group]["vars"]["bed_postgres_url"] for group in ("staging", "prod")}
    assert urls == {env: DATA[env].url for env in ("staging", "prod")}


def test_hosts_that_must_be_refused_are_outside_staging_and_prod() -> None:
    children = inventory()["children"]
    assert set(children["special"]["children"]) == {"without_docker", "compose_v1", "without_sudo", "without_registry"}
    assert list(children["staging"]["hosts"]) == ["staging-1"]


def test_a_bed_without_them_has_no_such_group() -> None:
    plain = render.inventory(SITE, planned_hosts(SITE.subnet, 1, 1, False), DATA, "/x")
    assert set(plain["all"]["children"]) == {"staging", "prod"}


def test_the_inventory_reads_back_as_it_was_meant() -> None:
    assert pyyaml.safe_load(render.yaml(inventory())) == inventory()


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), scalars | st.dictionaries(st.just("d"), scalars)))
def test_any_printable_scalar_survives_the_yaml(data: dict[str, Any]) -> None:
    assert (pyyaml.safe_load(render.yaml(data)) or {}) == data


def effective(config: Path, host: str) -> dict[str, str]:
    """What ssh itself makes of the configuration (`ssh -G`)."""
    done = subprocess.run(["ssh", "-G", "-F", str(config), host], capture_output=True, text=True, check=True)
    return dict(line.partition(" ")[::2] for line in done.stdout.splitlines())


def test_ssh_finds_each_host_by_name_and_by_address_and_checks_its_key(tmp_path: Path) -> None:
    config = tmp_path / "ssh config"
    config.write_text(render.ssh_config(HOSTS, "/a path/key", "/a path/known"), "utf-8")
    for host in HOSTS:
        for word in (host.name, host.address):
            options = effective(config, word)
            assert (options["hostname"], options["user"]) == (host.address, host.user)
            assert options["stricthostkeychecking"] in ("true", "yes")
            assert (options["userknownhostsfile"], options["identityfile"]) == ("/a path/known", "/a path/key")


def test_known_hosts_are_found_by_name_and_address(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    key = (tmp_path / "key.pub").read_text("utf-8")
    known = tmp_path / "known_hosts"
    known.write_text(render.known_hosts(HOSTS, {host.name: key for host in HOSTS}), "utf-8")
    for word in ("prod-2", "10.210.7.52"):
        found = subprocess.run(["ssh-keygen", "-F", word, "-f", str(known)], capture_output=True, check=False)
        assert found.returncode == 0


def test_facts_name_one_registry_for_the_control_node_and_the_hosts() -> None:
    facts = render.facts("demo", SITE, HOSTS, DATA, {"node-build": "mint-bed/node-build:1"})
    assert facts["registry"] == "127.0.0.1:15007"
    assert facts["hosts"]["prod-1"] == {
        "group": "prod",
        "address": "10.210.7.51",
        "user": "deploy",
        "access": "sudo",
    }


def test_a_table_lines_up() -> None:
    assert render.table([("A", "B"), ("long", "x")]) == "A     B\nlong  x"
