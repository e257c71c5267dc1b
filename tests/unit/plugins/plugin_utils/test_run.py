# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    JUDGED,
    NO_CHANGE,
    PROMOTED,
    ROLLED_BACK,
    STAGED,
    UNREACHABLE,
    HostReport,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run import (
    ACTIVATE,
    CLOSED,
    STAGE,
    TAKE_BACK,
    OnlyJudged,
    RunState,
)

RUN = Run(
    key="CAP-20260212-011314__promotion.promote__R0000000001",
    action="promote",
    environment="prod",
    stack="mint-modules",
    hosts=("web1", "web2"),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14.000Z",
)


@pytest.fixture(autouse=True)
def _process_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible's own temporary folder of this process, as a fresh ansible-playbook has it."""
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))


def told(outcome: str, live: str | None = None) -> dict[str, object]:
    report = HostReport(outcome, RUN.key, False, "r2", "r1", live, 1.0)
    return {"outcome": outcome, "message": "", "report": encode(report)}


def state_after(*events: tuple[str, str, str]) -> RunState:
    state = RunState.begin(RUN)
    for kind, host, outcome in events:
        state.record(kind, host, told(outcome))
    return RunState.current()


BOTH_STAGED = ((STAGE, "web1", STAGED), (STAGE, "web2", STAGED))


def test_without_a_run_every_phase_is_refused() -> None:
    with pytest.raises(Refused, match="No run is open"):
        RunState.current()


def test_a_run_whose_gates_only_were_asked_for_leaves_nothing_to_do() -> None:
    RunState.begin(RUN).record(CLOSED, "", {"outcome": JUDGED})
    with pytest.raises(OnlyJudged):
        RunState.current()


def test_a_second_run_waits_for_the_end_of_the_first() -> None:
    RunState.begin(RUN)
    with pytest.raises(Refused, match="not closed"):
        RunState.begin(replace(RUN, key="CAP-20260212-011315__promotion.promote__R0000000002"))
    RunState.current().record(CLOSED, "", {"outcome": PROMOTED})
    RunState.begin(RUN)
    assert not RunState.current().has(CLOSED)


def test_a_run_is_well_when_all_are_staged_and_none_has_failed() -> None:
    assert state_after(*BOTH_STAGED).trouble() == ()
    assert state_after_more((ACTIVATE, "web1", NO_CHANGE)).trouble() == ()


def state_after_more(*events: tuple[str, str, str]) -> RunState:
    RunState.current().record(CLOSED, "", {})
    return state_after(*BOTH_STAGED, *events)


@pytest.mark.parametrize(
    ("events", "hosts"),
    [
        ((), ("web1", "web2")),
        (((STAGE, "web1", STAGED),), ("web2",)),
        (((STAGE, "web1", STAGED), (STAGE, "web2", "failed")), ("web2",)),
        ((*BOTH_STAGED, (ACTIVATE, "web1", ROLLED_BACK)), ("web1",)),
        ((*BOTH_STAGED, (ACTIVATE, "web1", PROMOTED), (ACTIVATE, "web2", UNREACHABLE)), ("web2",)),
    ],
)
def test_a_host_without_a_good_outcome_is_trouble(
    events: tuple[tuple[str, str, str], ...], hosts: tuple[str, ...]
) -> None:
    assert state_after(*events).trouble() == hosts


def test_a_host_that_was_staged_and_never_activated_keeps_the_run_from_being_well() -> None:
    state = state_after(*BOTH_STAGED, (ACTIVATE, "web1", PROMOTED))
    assert state.trouble() == ()
    assert not state.is_well()
    assert state_after_more((ACTIVATE, "web1", PROMOTED), (ACTIVATE, "web2", NO_CHANGE)).is_well()


def test_a_host_on_which_the_release_was_live_already_needs_no_activation() -> None:
    state = state_after((STAGE, "web1", NO_CHANGE), (STAGE, "web2", STAGED))
    assert state.trouble() == ()
    assert not state.is_well()
    assert (state.had_its_turn("web1"), state.had_its_turn("web2")) == (True, False)
    RunState.current().record(CLOSED, "", {})
    ended = state_after((STAGE, "web1", NO_CHANGE), (STAGE, "web2", STAGED), (ACTIVATE, "web2", PROMOTED))
    assert ended.is_well()
    assert [one.outcome for one in ended.outcomes()] == [NO_CHANGE, PROMOTED]


def test_the_last_phase_of_a_host_counts_and_all_its_reports_are_kept() -> None:
    state = state_after(*BOTH_STAGED, (ACTIVATE, "web1", PROMOTED))
    web1, web2 = state.outcomes()
    assert (web1.outcome, web1.before, web1.seconds) == (PROMOTED, "r1", 2.0)
    assert web2.outcome == STAGED


def test_a_host_that_was_not_judged_is_no_host_of_the_run() -> None:
    state = state_after()
    state.require("web1")
    with pytest.raises(Refused, match="web9 is not a host of this run, which is about web1, web2"):
        state.require("web9")


@pytest.mark.parametrize(
    ("staged", "told_in_the_end"), [("failed", "failed"), ("refused", "refused"), (STAGED, "not_started")]
)
def test_a_host_whose_staging_failed_does_not_count_as_spared(staged: str, told_in_the_end: str) -> None:
    state = state_after((STAGE, "web1", staged), (TAKE_BACK, "web1", "not_started"))
    assert state.outcomes()[0].outcome == told_in_the_end


def _record(number: int) -> None:
    RunState.current().record("evidence", f"host{number}", {"text": "x" * 20_000})


def test_workers_record_at_the_same_time_and_lose_nothing() -> None:
    RunState.begin(RUN)
    with get_context("fork").Pool(8) as pool:
        pool.map(_record, range(64))
    state = RunState.current()
    assert all(state.data("evidence", f"host{number}") == {"text": "x" * 20_000} for number in range(64))
