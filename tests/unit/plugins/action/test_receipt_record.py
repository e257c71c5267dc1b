# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which runs that left no outcome a later run closes: it must have held the locks of all their hosts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C

from ansible_collections.mint.promotion.plugins.action.receipt_record import _closing, _is_closed_by
from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._ledger.check import check_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import INTENT, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.open_runs import OpenRun
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    NO_CHANGE,
    REFUSED,
    STAGED,
    UNREACHABLE,
    HostReport,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run import STAGE, RunState

EARLIER = "CAP-20260212-011314__promotion.promote__R0000000001"
RUN = Run(
    key="CAP-20260212-021314__promotion.promote__R0000000002",
    action="promote",
    environment="prod",
    stack="shop",
    hosts=("web1", "web2"),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T02:13:14.000Z",
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunState:
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return RunState.begin(RUN)


def left_open(**fields: Any) -> OpenRun:
    run = replace(RUN, key=EARLIER, **fields)
    return OpenRun(run.key, deployment_statement(run, INTENT, run.started_at))


def staged(state: RunState, host: str, outcome: str) -> RunState:
    """What staging said of a host: without a report where it did not answer."""
    notes = (f"unfinished work of {EARLIER} was ended first: rolled_back", "pulled two images")
    report = HostReport(outcome, RUN.key, False, None, "r1", "r1", 1.0, notes=notes)
    told = None if outcome == UNREACHABLE else encode(report)
    state.record(STAGE, host, {"outcome": outcome, "message": "", "report": told})
    return RunState.current()


@pytest.mark.parametrize("outcomes", [(STAGED, STAGED), (STAGED, NO_CHANGE)])
def test_a_run_that_held_all_locks_closes_it_with_what_staging_found(
    state: RunState, outcomes: tuple[str, str]
) -> None:
    for host, outcome in zip(RUN.hosts, outcomes, strict=True):
        state = staged(state, host, outcome)
    assert _is_closed_by(left_open(), state)
    assert _is_closed_by(left_open(hosts=("web2",)), state)
    closing = _closing(left_open(), state)
    assert check_statement(closing) == ()
    assert [(one["live"], one["message"]) for one in closing["predicate"]["hosts"]] == [
        ("r1", f"unfinished work of {EARLIER} was ended first: rolled_back")
    ] * 2


@pytest.mark.parametrize("second", [REFUSED, UNREACHABLE, ""])
def test_a_run_that_did_not_claim_every_host_leaves_it_open(state: RunState, second: str) -> None:
    """The run may still be alive there."""
    state = staged(state, "web1", STAGED)
    state = staged(state, "web2", second) if second else state
    assert not _is_closed_by(left_open(), state)
    assert _is_closed_by(left_open(hosts=("web1",)), state)


def test_runs_of_other_stacks_environments_and_hosts_are_left_open(state: RunState) -> None:
    for host in RUN.hosts:
        state = staged(state, host, STAGED)
    for fields in ({"stack": "blog"}, {"environment": "staging"}, {"hosts": ("web1", "web3")}):
        assert not _is_closed_by(left_open(**fields), state)
    assert not _is_closed_by(replace(left_open(), run_key=RUN.key), state)
