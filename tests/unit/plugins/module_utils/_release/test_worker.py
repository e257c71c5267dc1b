# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Workers as real processes: they survive who started them, and others see them and wait for them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files
from ansible_collections.mint.promotion.plugins.module_utils._release.worker import (
    Seat,
    sitting,
    take_seat,
    wait_for_worker,
)


def seat_at(path: Path, run: str = "run-1") -> Seat:
    seat = take_seat(Files(), str(path / "worker.lock"), run)
    assert seat is not None
    return seat


def test_the_work_is_done_in_another_session(tmp_path: Path) -> None:
    told = tmp_path / "told"

    def work() -> None:
        told.write_text(f"{os.getpid()} {os.getsid(0)}")

    words = seat_at(tmp_path).detach(work)
    pid, session = map(int, told.read_text().split())
    assert words == ""
    assert pid == session != os.getsid(0)
    worker = sitting(str(tmp_path / "worker.lock"))
    assert worker is not None
    assert (worker.run, worker.pid) == ("run-1", pid)


def test_an_error_that_nobody_expected_is_told(tmp_path: Path) -> None:
    def work() -> None:
        raise RuntimeError("the sky fell")

    words = seat_at(tmp_path).detach(work)
    assert "RuntimeError in test_worker.py:" in words
    assert "the sky fell" in words


def test_a_worker_that_is_killed_is_told(tmp_path: Path) -> None:
    assert seat_at(tmp_path).detach(lambda: os.kill(os.getpid(), signal.SIGKILL)) == "it was ended by signal 9"


def test_there_is_one_seat_only(tmp_path: Path) -> None:
    seat = seat_at(tmp_path)
    assert take_seat(Files(), str(tmp_path / "worker.lock"), "run-2") is None
    seat.leave()
    seat_at(tmp_path, "run-2").leave()


def test_it_survives_the_hangup_and_the_death_of_who_started_it(tmp_path: Path) -> None:
    begun, done = tmp_path / "begun", tmp_path / "done"

    def work() -> None:
        begun.write_text("")
        time.sleep(0.6)
        done.write_text("done")

    caller = os.fork()
    if caller == 0:
        os.setsid()
        seat_at(tmp_path).detach(work)
        os._exit(0)
    while not begun.exists():
        time.sleep(0.01)
    os.killpg(caller, signal.SIGHUP)
    os.kill(caller, signal.SIGKILL)
    os.waitpid(caller, 0)
    assert not done.exists()
    wait_for_worker(str(tmp_path / "worker.lock"))
    assert done.read_text() == "done"


def test_it_holds_nothing_of_the_connection_open(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    caller = os.fork()
    if caller == 0:
        os.dup2(writing, 1)
        seat_at(tmp_path).detach(lambda: time.sleep(1.0))
        os._exit(0)
    os.close(writing)
    worker = None
    while worker is None or worker.pid == caller:
        time.sleep(0.01)
        worker = sitting(str(tmp_path / "worker.lock"))
    os.kill(caller, signal.SIGKILL)
    os.waitpid(caller, 0)
    began = time.monotonic()
    assert os.read(reading, 1) == b""
    assert time.monotonic() - began < 0.8
    wait_for_worker(str(tmp_path / "worker.lock"))
    os.close(reading)
