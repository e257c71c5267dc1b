# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control node's disk fills up during a run: no outcome is lost to people, and no lock is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible import constants as C

from ansible_collections.mint.promotion.plugins.action.release_activate import _left_alone
from ansible_collections.mint.promotion.plugins.action.release_stage import ActionModule
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._release.model import STAGED
from ansible_collections.mint.promotion.plugins.plugin_utils._run import ASKED, STAGE, RunState

RUN = Run(
    key="CAP-20260212-011314__promotion.promote__R0000000001",
    action="promote",
    environment="prod",
    stack="shop",
    hosts=("web1",),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14.000Z",
)
RESULT = {"changed": True, "outcome": STAGED, "message": "", "report": None}


@pytest.fixture(autouse=True)
def _process_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))


def fill_up(folder: Path) -> None:
    events = folder / "mint.promotion" / "events.jsonl"
    events.unlink()
    events.symlink_to("/dev/full")


def test_an_outcome_that_cannot_be_kept_is_shown_and_fails_the_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = RunState.begin(RUN)
    fill_up(tmp_path)
    result = ActionModule.__new__(ActionModule).keep(state, STAGE, "web1", dict(RESULT))
    assert (result["failed"], result["outcome"]) == (True, STAGED)
    assert "The outcome of web1 could not be kept: No space left on device" in result["msg"]
    assert f"web1: stage: {STAGED}" in capsys.readouterr().out


def test_a_host_whose_answer_was_lost_is_put_back(tmp_path: Path) -> None:
    state = RunState.begin(RUN)
    assert _left_alone(state, "web1") == "this run left nothing on this host"
    state.record(ASKED, "web1", {})
    assert _left_alone(RunState.current(), "web1") == ""
