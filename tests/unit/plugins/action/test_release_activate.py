# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which host does for all what several hosts of a run share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.action.release_activate import _leads

HOSTS = ["prod-1", "prod-2", "prod-3"]


@pytest.mark.parametrize(
    ("host", "hosts", "moves"),
    [
        ("prod-1", HOSTS, ["forward"]),
        ("prod-2", HOSTS, []),
        ("prod-3", HOSTS, ["reverse"]),
        ("prod-2", ["prod-2"], ["forward", "reverse"]),
    ],
)
def test_the_first_host_applies_and_the_last_takes_away(host: str, hosts: list[str], moves: list[str]) -> None:
    assert _leads(host, hosts) == moves


@given(st.lists(st.sampled_from(HOSTS), unique=True, min_size=1))
def test_each_move_is_made_by_exactly_one_host(hosts: list[str]) -> None:
    assert sorted(move for host in hosts for move in _leads(host, hosts)) == ["forward", "reverse"]
