# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock, claimed by real processes on a real folder."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import LockHeld, Refused
from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files
from ansible_collections.mint.promotion.plugins.module_utils._release.lock import Lock

FORK = multiprocessing.get_context("fork")


def lock_at(path: Path, now: float = 1000.0) -> Lock:
    return Lock(Files(), str(path / "lock"), str(path / "worker.lock"), "web1", lambda: now)


def test_a_second_run_is_told_who_holds_it_and_how_to_break_it(tmp_path: Path) -> None:
    lock_at(tmp_path).claim("run-1", "ann@laptop", 60)
    with pytest.raises(LockHeld) as caught:
        lock_at(tmp_path).claim("run-2", "bob@laptop", 60)
    text = str(caught.value)
    assert "run-1" in text
    assert "ann@laptop at 1970-01-01T00:16:40.000Z, until 1970-01-01T00:17:40.000Z" in text
    assert "ansible-playbook mint.promotion.unlock --limit web1 -e promotion_lock=run-1" in text


def test_the_same_run_renews_it(tmp_path: Path) -> None:
    lock_at(tmp_path).claim("run-1", "ann", 60)
    claim = lock_at(tmp_path, 1030).claim("run-1", "ann", 60)
    assert (claim.holding.since, claim.holding.until) == ("1970-01-01T00:16:40.000Z", "1970-01-01T00:18:10.000Z")
    assert claim.taken_from is None
    lock_at(tmp_path, 1050).renew("run-1", 60)
    holding = lock_at(tmp_path).holding()
    assert holding is not None
    assert holding.until == "1970-01-01T00:18:30.000Z"


def test_a_lease_that_ran_out_is_taken_over(tmp_path: Path) -> None:
    lock_at(tmp_path).claim("run-1", "ann", 60)
    claim = lock_at(tmp_path, 1061).claim("run-2", "bob", 60)
    assert claim.taken_from is not None
    assert claim.taken_from.run == "run-1"
    assert "ran out" in claim.reason
    with pytest.raises(LockHeld):
        lock_at(tmp_path, 1061).renew("run-1", 60)


def test_the_lock_of_a_run_that_is_over_is_taken_over_at_once(tmp_path: Path) -> None:
    lock_at(tmp_path).claim("run-1", "ann", 60)
    claim = lock_at(tmp_path).claim("run-2", "bob", 60, ended=lambda run: run == "run-1")
    assert claim.reason == "its run is over"


def test_only_the_holder_frees_it(tmp_path: Path) -> None:
    lock = lock_at(tmp_path)
    lock.claim("run-1", "ann", 60)
    assert lock.free("run-2") is False
    assert lock.free("run-1") is True
    assert lock.free("run-1") is False
    assert lock.holding() is None
    assert os.listdir(tmp_path) == []
    with pytest.raises(Refused, match="nobody does"):
        lock.require("run-1")


@pytest.mark.parametrize("content", ["", "[]", '{"run": "x"}', "\xff"])
def test_a_file_that_is_no_lock_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock").write_bytes(content.encode("latin-1"))
    with pytest.raises(Refused, match="is no lock"):
        lock_at(tmp_path).claim("run-1", "ann", 60)


def test_a_living_worker_is_seen_and_a_preview_respects_it(tmp_path: Path) -> None:
    lock = lock_at(tmp_path)
    assert lock.worker_alive() is False
    claim = lock.claim("run-1", "ann", 60)
    with open(tmp_path / "worker.lock", "w") as file:
        assert lock.worker_alive() is False
        fcntl.flock(file, fcntl.LOCK_EX)
        assert lock.worker_alive() is True
        with pytest.raises(LockHeld):
            lock.would_give_way(claim.holding, "run-2", lambda run: True)
    assert lock.worker_alive() is False


def _race(path: Path, run: str, start: Barrier, now: float, results: Any) -> None:
    start.wait()
    try:
        lock_at(path, now).claim(run, run, 60)
        results.put(run)
    except LockHeld:
        results.put(None)


@pytest.mark.parametrize("taken_over", [False, True])
def test_of_processes_that_claim_at_once_exactly_one_wins(tmp_path: Path, taken_over: bool) -> None:
    for round_number in range(20):
        path = tmp_path / str(round_number)
        path.mkdir()
        if taken_over:
            lock_at(path, 0).claim("dead", "dead", 1)
        start, results = FORK.Barrier(4), FORK.Queue()
        processes = [
            FORK.Process(target=_race, args=(path, f"run-{number}", start, 1000, results)) for number in range(4)
        ]
        for process in processes:
            process.start()
        winners = [run for run in (results.get(timeout=10) for _process in processes) if run]
        for process in processes:
            process.join()
        holding = lock_at(path).holding()
        assert holding is not None
        assert winners == [holding.run]
