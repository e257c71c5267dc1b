# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which host does for all what several hosts of a run share."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible import constants as C
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.action.release_activate import _changing, _leads
from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._release.model import NO_CHANGE, STAGED, HostReport
from ansible_collections.mint.promotion.plugins.plugin_utils._run import STAGE, RunState

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


def test_a_host_that_has_the_release_already_and_only_mends_it_leads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    key = "CAP-20260212-011314__promotion.rollback__R0000000001"
    state = RunState.begin(Run(key, "rollback", "prod", "shop", (*HOSTS,), "ops", "desk", "2026-02-12T01:13:14.000Z"))
    for host, outcome, live in zip(HOSTS, (STAGED, STAGED, NO_CHANGE), ("new", "old", "old"), strict=True):
        report = HostReport(outcome, key, False, "old", live, live, 1.0)
        state.record(STAGE, host, {"outcome": outcome, "message": "", "report": encode(report)})
    assert _changing(RunState.current(), HOSTS) == ["prod-1"]
