# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is judged once a release is live: real commands, and only after a promotion that changed its hosts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ROLLBACK, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Capability
from ansible_collections.mint.promotion.plugins.module_utils._release.model import NO_CHANGE, PROMOTED, ROLLED_BACK
from ansible_collections.mint.promotion.plugins.plugin_utils._afterwards import (
    NOTHING_AFTER,
    Afterwards,
    judge_afterwards,
)

from .gate_contexts import run_of

BAD = Capability("spine.verify", ("false",))
GOOD = Capability("links.check", ("true",))


def after(run: Run, outcome: str = PROMOTED) -> Afterwards:
    return judge_afterwards(run, (HostOutcome("web1", outcome),), LedgerUnavailable("none"), (), {})


def test_one_that_does_not_pass_says_that_the_release_is_live_and_how_it_goes_back(tmp_path: Path) -> None:
    found = after(run_of(tmp_path, GOOD, BAD))
    (fault,) = found.faults
    assert fault.startswith("control: spine.verify:after FAILED: found exit code 1")
    assert found.message.startswith("The release is live on every host, and what was judged after it did not pass:")
    assert "mint.promotion.rollback --limit prod -e promotion_stack=shop" in found.message
    assert len(found.outputs) == 2


@pytest.mark.parametrize("gates", [{"spine.verify:after": "report"}, {"spine.verify": "report"}])
def test_one_that_only_reports_fails_no_run(tmp_path: Path, gates: dict[str, str]) -> None:
    found = after(run_of(tmp_path, BAD, gates=gates))
    assert found.evaluation is not None
    assert (found.faults, found.message) == ((), "")


@pytest.mark.parametrize("outcome", [NO_CHANGE, ROLLED_BACK])
def test_where_nothing_was_promoted_nothing_is_judged(tmp_path: Path, outcome: str) -> None:
    assert after(run_of(tmp_path, BAD), outcome) == NOTHING_AFTER


def test_a_rollback_is_not_judged_and_neither_is_what_asks_for_nothing(tmp_path: Path) -> None:
    assert after(replace(run_of(tmp_path, BAD), action=ROLLBACK)) == NOTHING_AFTER
    assert after(run_of(tmp_path, replace(BAD, phases=("before",)))) == NOTHING_AFTER
