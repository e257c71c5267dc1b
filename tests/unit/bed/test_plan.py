# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Beds that live side by side never meet, and a bed that is made anew is found where it was."""

from __future__ import annotations

import ipaddress
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.errors import BedError
from bed.plan import BEDS, MOST, checked_name, databases, free_sites, planned_hosts

SUBNET = ipaddress.IPv4Network("10.210.7.0/24")
INNER = ipaddress.ip_network("10.200.0.0/15")
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,30}", fullmatch=True)


@given(st.integers(0, MOST["staging"]), st.integers(0, MOST["prod"]), st.booleans())
def test_every_host_has_a_name_and_an_address_of_its_own(staging: int, prod: int, special: bool) -> None:
    hosts = planned_hosts(SUBNET, staging, prod, special)
    assert len({host.name for host in hosts}) == len(hosts)
    addresses = {ipaddress.ip_address(host.address) for host in hosts}
    assert len(addresses) == len(hosts)
    services = {SUBNET[0], SUBNET[1], SUBNET[2], SUBNET[3], SUBNET.broadcast_address}
    assert all(address in SUBNET for address in addresses)
    assert not addresses & services


def test_more_hosts_leave_those_there_are_where_they_are() -> None:
    few, many = planned_hosts(SUBNET, 1, 2, False), planned_hosts(SUBNET, 3, 5, True)
    assert set(few) <= set(many)


def test_prod_has_a_user_with_sudo_and_one_in_the_group_docker() -> None:
    hosts = {host.name: host for host in planned_hosts(SUBNET, 1, 3, False)}
    assert [(hosts[name].user, hosts[name].access) for name in ("prod-1", "prod-2", "prod-3", "staging-1")] == [
        ("deploy", "sudo"),
        ("deploy", "docker"),
        ("root", "root"),
        ("root", "root"),
    ]


def test_special_hosts_are_in_no_environment() -> None:
    special = {host.group for host in planned_hosts(SUBNET, 0, 0, True)}
    assert special == {"without_docker", "compose_v1", "without_sudo", "without_registry"}


@pytest.mark.parametrize(("staging", "prod"), [(-1, 0), (0, -1), (41, 0), (0, 51)])
def test_a_count_without_room_is_refused(staging: int, prod: int) -> None:
    with pytest.raises(BedError, match="wanted 0 to"):
        planned_hosts(SUBNET, staging, prod, False)


@given(names, st.sets(st.integers(0, 255), max_size=40))
def test_a_site_keeps_clear_of_every_other_network(name: str, taken: set[int]) -> None:
    others = [ipaddress.IPv4Network(f"10.210.{index}.0/24") for index in taken]
    for site in islice(free_sites(name, others), 5):
        assert site.subnet.subnet_of(BEDS)
        assert not any(site.subnet.overlaps(other) for other in others)


def test_the_first_site_follows_from_the_name_alone() -> None:
    first = next(free_sites("demo", []))
    assert next(free_sites("demo", [])) == first
    second = next(free_sites("demo", [first.subnet]))
    assert second.subnet != first.subnet
    assert second.port != first.port


def test_a_machine_on_all_of_the_range_has_no_site() -> None:
    assert list(free_sites("demo", [ipaddress.IPv4Network("10.0.0.0/8")])) == []


def test_the_range_of_the_beds_is_apart_from_the_engines_inside_the_hosts() -> None:
    assert not BEDS.overlaps(INNER)


@pytest.mark.parametrize("name", ["", "Mint", "a b", "-a", "a/b", "a" * 32, "ä"])
def test_a_name_that_no_container_can_have_is_refused(name: str) -> None:
    with pytest.raises(BedError, match="bed name"):
        checked_name(name)


def test_environments_have_databases_and_passwords_of_their_own() -> None:
    data = databases("demo", "10.210.7.3")
    assert data["staging"].url.startswith("postgresql://mint_staging:")
    assert data["staging"].url.endswith("@10.210.7.3:5432/mint_staging")
    assert len({each.password for each in (*data.values(), *databases("other", "10.210.7.3").values())}) == 4
