# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback waits for nobody for long: real locks that are held, and remotes that never answer."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation, GateResult
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ROLLBACK, Run
from ansible_collections.mint.promotion.plugins.plugin_utils._deadline import NO_DEADLINE, Deadline
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import record_intent
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import RunLedger, run_ledger
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

DECIDED = Evaluation(PASSED, (GateResult("engine", "web1", PASSED, "enforce", "28.0", "an engine"),))
PATIENCE = 1.0  # seconds
KEY = GateKey.make()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    key = "CAP-20260212-011314__promotion.rollback__R0000000001"
    begun = "2026-02-12T01:13:14.000Z"
    return Run(key, ROLLBACK, "prod", "shop", ("web1",), "ops", "desk", begun, receipts=str(tmp_path / "receipts"))


def ledger_of(run: Run, **variables: str) -> RunLedger:
    told = {"promotion_gate_key": KEY.private_pem, **variables}
    return run_ledger(run, {"hostvars": {"web1": told}}, PATIENCE)


@contextmanager
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < PATIENCE + 20  # far from the minute that the other side would take


def test_a_lock_that_somebody_keeps_does_not_hold_up_a_rollback(run: Run) -> None:
    record: Any = (DECIDED, {"evidence.json": b"{}"}, ())
    folder = Path(run.receipts, "ledger")
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with soon(), pytest.raises(LedgerUnavailable, match="another process has held the lock"):
            record_intent(run, ledger_of(run), *record)
    later = replace(run, key=run.key.replace("1", "2"))
    assert record_intent(later, ledger_of(later), *record).verdict


def test_a_remote_that_never_answers_does_not_hold_up_a_rollback(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "ssh.pid"
    monkeypatch.setenv("GIT_SSH_COMMAND", f"echo $$ > {told}; exec sleep 60;")
    ledger = ledger_of(run, promotion_ledger="git+ssh://git@git.example.com/receipts.git")
    with soon(), pytest.raises(LedgerUnavailable, match="`git fetch` has not ended within 1 seconds"):
        record_intent(run, ledger, DECIDED, {"evidence.json": b"{}"}, ())
    with soon(), pytest.raises(LedgerUnavailable):
        ledger.look()
    assert state_of(told.read_text().strip()) in ("", "Z")  # what git has started is gone, or nobody's any more


def state_of(pid: str) -> str:
    """The letter of proc(5) for the state of a process; empty when there is none."""
    stat = Path("/proc", pid, "stat")
    return stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] if stat.exists() else ""


def test_one_deadline_ends_everything() -> None:
    deadline = Deadline.after(10)
    assert 9 < deadline.left(20) <= 10
    assert deadline.left(3) == 3
    assert Deadline.after(0).left(20) == 0
    assert NO_DEADLINE.left(120) == 120
