# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An append that fails, is killed, or loses its power at any of its system calls, and many appends at once.

Each case runs in a child process. Whatever happens there: what was acknowledged stays, the checkpoint never leads the
data, and the next append goes on.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable
from ansible_collections.mint.promotion.plugins.module_utils._ledger import durable, log
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import parse_checkpoint, parse_note
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import read_log
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import (
    consistency_proof,
    hash_lines,
    verify_consistency,
)

from .._release.disk import Disk
from .calls import Calls
from .ledgers import ledger, lines_of, receipt, sound_checkpoint
from .power import Recorder

OLD = [receipt(number) for number in range(5)]
BATCH = [receipt("intent"), receipt("gate")]
ACKNOWLEDGED, UNAVAILABLE, WRONG, NOT_REACHED = 0, 3, 4, 5


def kill_before(call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after(call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    call(*_half(call, arguments))
    os.kill(os.getpid(), signal.SIGKILL)


def no_space(call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """The disk is full: a write takes half of its bytes, all else is not done at all."""
    if call is os.write:
        call(*_half(call, arguments))
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def input_output_error(call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """The disk is sick: the call is done, and an error is said all the same."""
    call(*arguments)
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def _half(call: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if call is not os.write:
        return arguments
    descriptor, data = arguments
    return descriptor, data[: len(data) // 2]


FAULTS = [kill_before, kill_after, no_space, input_output_error]


def nothing_there(folder: Path) -> None:
    """The first append of all."""


def grown(folder: Path) -> None:
    for begin in range(0, len(OLD), 2):
        ledger(folder).append(OLD[begin : begin + 2])


def torn(folder: Path) -> None:
    grown(folder)
    with (folder / "log.jsonl").open("ab") as file:
        file.write(receipt("left over") + b"\n" + receipt("torn")[:9])


def forked(work: Callable[[], int]) -> int:
    """Run `work` in a child; return its result, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        status = WRONG
        try:
            status = work()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def append_with_fault(folder: Path, at: int, fault: Callable[..., None]) -> int:
    """Append in a process whose system call number `at`, from 0 on, meets the fault."""
    count = 0

    def around(_name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count - 1 == at:
            fault(call, arguments)
        return call(*arguments)

    log.os = durable.os = Calls(os, around)  # type: ignore[attr-defined,assignment]
    durable.fcntl = Calls(fcntl, around)  # type: ignore[attr-defined,assignment]
    try:
        ledger(folder).append(BATCH)
    except LedgerUnavailable:
        return UNAVAILABLE
    return ACKNOWLEDGED if count > at else NOT_REACHED


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("state", [nothing_there, grown, torn])
def test_after_a_fault_at_any_system_call_the_next_append_goes_on(
    tmp_path: Path, state: Callable[[Path], None], fault: Callable[..., None]
) -> None:
    template = tmp_path / "template"
    template.mkdir()
    state(template)
    seen = []
    for at in range(100):
        folder = tmp_path / str(at) / "ledger"
        if state is not nothing_there:
            shutil.copytree(template, folder)
        before = lines_of(folder)
        status = forked(partial(append_with_fault, folder, at, fault))
        if status == NOT_REACHED:
            break
        seen.append(status)
        _goes_on(folder, before, status)
    assert 15 < len(seen) < 60
    assert set(seen) <= {ACKNOWLEDGED, UNAVAILABLE, -signal.SIGKILL}
    assert (-signal.SIGKILL in seen) == (fault in (kill_before, kill_after))
    assert (UNAVAILABLE in seen) == (fault in (no_space, input_output_error))


def _goes_on(folder: Path, before: list[bytes], status: int) -> None:
    old = [line for line in before if line in OLD]
    if old or status == ACKNOWLEDGED:
        earlier = sound_checkpoint(folder)
        assert earlier.size >= len(old) + (len(BATCH) if status == ACKNOWLEDGED else 0)
    left = lines_of(folder)
    done = ledger(folder).append([receipt("next")])
    after = lines_of(folder)
    assert after[done.first_index :] == [receipt("next")]
    assert after[: done.first_index] == left
    assert left in ([*old, *rest] for rest in _rests(before[len(old) :]))
    assert status != ACKNOWLEDGED or left[-len(BATCH) :] == BATCH
    assert sound_checkpoint(folder) == done.checkpoint
    assert done.checkpoint.size == len(after)
    if old:
        proof = consistency_proof(hash_lines(after), earlier.size, len(after))
        assert verify_consistency(earlier.size, len(after), proof, earlier.root, done.checkpoint.root)


def _rests(adopted: list[bytes]) -> Iterator[list[bytes]]:
    """What may follow the old receipts: what was adopted, and of the batch any beginning."""
    for count in range(len(BATCH) + 1):
        yield [*adopted, *BATCH[:count]]


@pytest.mark.parametrize("fault", [no_space, input_output_error])
def test_an_append_that_could_not_write_its_receipts_or_its_checkpoint_takes_them_back(
    tmp_path: Path, fault: Callable[..., None]
) -> None:
    """So that who tries the same again has no receipt twice."""
    for number in range(2):  # of the log, of the checkpoint
        for name in ("write", "fsync"):
            folder = tmp_path / f"{name}-{number}"
            grown(folder)
            before = ledger(folder).read()
            status = forked(partial(_fail, folder, name, number, fault))
            assert status == UNAVAILABLE
            assert ledger(folder).read() == before


def _fail(folder: Path, name: str, number: int, fault: Callable[..., None]) -> int:
    found = 0

    def around(called: str, call: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal found
        found += called == name
        if called == name and found - 1 == number:
            fault(call, arguments)
        return call(*arguments)

    log.os = durable.os = Calls(os, around)  # type: ignore[attr-defined,assignment]
    try:
        ledger(folder).append(BATCH)
    except LedgerUnavailable:
        return UNAVAILABLE
    return ACKNOWLEDGED


def test_a_file_that_the_kernel_lets_grow_no_further_takes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes the kernel itself take half of a write, and refuse the rest (setrlimit(2))."""
    grown(tmp_path / "ledger")
    before = ledger(tmp_path / "ledger").read()
    for room in (1, 10, len(BATCH[0]) + 1, len(BATCH[0]) + 10):
        assert forked(partial(_append_with_room, tmp_path / "ledger", len(before.data) + room)) == UNAVAILABLE
        assert ledger(tmp_path / "ledger").read() == before
    assert ledger(tmp_path / "ledger").append(BATCH).first_index == len(OLD)
    assert sound_checkpoint(tmp_path / "ledger").size == len(OLD) + len(BATCH)


def _append_with_room(folder: Path, size: int) -> int:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        ledger(folder).append(BATCH)
    except LedgerUnavailable:
        return UNAVAILABLE
    return ACKNOWLEDGED


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if not sys.platform.startswith("linux") or subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_keeps_what_was_acknowledged_and_takes_more_when_there_is_room(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 16384)
    acknowledged = 0
    with pytest.raises(LedgerUnavailable, match="No space left on device"):
        for number in range(2000):
            ledger(small_disk / "ledger").append([receipt(number)])
            acknowledged += 1
    assert acknowledged > 100
    assert sound_checkpoint(small_disk / "ledger").size == acknowledged
    filler.unlink()
    assert ledger(small_disk / "ledger").append([receipt("more")]).first_index == acknowledged
    assert sound_checkpoint(small_disk / "ledger").size == acknowledged + 1


@pytest.mark.parametrize("torn", [False, True])
def test_a_power_cut_at_any_system_call_takes_back_nothing_that_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: bool
) -> None:
    recorder = Recorder()
    watched = Calls(os, recorder)
    monkeypatch.setattr(log, "os", watched)
    monkeypatch.setattr(durable, "os", watched)
    for number in range(3):
        ledger(tmp_path / "receipts" / "ledger").append([receipt(f"{number} first"), receipt(f"{number} second")])
        recorder.acknowledged += 2
    lines = lines_of(tmp_path / "receipts" / "ledger")
    monkeypatch.undo()
    disk = Disk(tmp_path)
    covered = -2  # by the checkpoint that is about to get its name; the first one is of no receipts
    for at, (operation, acknowledged) in enumerate(recorder.operations):
        left = tmp_path / "left" / str(at)
        left.mkdir(parents=True)
        disk.leave(left, torn)
        if operation.kind == "rename" and operation.target.endswith("/checkpoint"):
            covered += 2
            assert lines_of(left / "receipts" / "ledger")[:covered] == lines[:covered]
        _kept(left / "receipts" / "ledger", lines, acknowledged)
        disk.replay(operation)
    assert covered == len(lines)


def _kept(folder: Path, lines: list[bytes], acknowledged: int) -> None:
    if acknowledged or (folder / "checkpoint").exists():
        assert sound_checkpoint(folder).size >= acknowledged
    done = ledger(folder).append([receipt("after")])
    assert done.first_index >= acknowledged
    assert lines_of(folder) == [*lines[: done.first_index], receipt("after")]
    assert sound_checkpoint(folder).size == done.first_index + 1


def test_sixteen_processes_that_append_at_once_lose_and_break_nothing(tmp_path: Path) -> None:
    folder, rounds = tmp_path / "ledger", 6
    children = []
    for writer in range(16):
        child = os.fork()
        if child == 0:
            status = WRONG
            try:
                status = _write(folder, tmp_path / f"{writer}.json", writer, rounds)
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [ACKNOWLEDGED] * 16
    lines = lines_of(folder)
    assert len(lines) == len(set(lines)) == 16 * rounds * 2
    assert sound_checkpoint(folder).size == len(lines)
    for writer in range(16):
        for turn, index in enumerate(json.loads((tmp_path / f"{writer}.json").read_text())):
            assert lines[index : index + 2] == [receipt(f"{writer} {turn} {part}") for part in "ab"]


def _write(folder: Path, report: Path, writer: int, rounds: int) -> int:
    one = ledger(folder)
    indexes = [one.append([receipt(f"{writer} {turn} {part}") for part in "ab"]).first_index for turn in range(rounds)]
    report.write_text(json.dumps(indexes))
    return ACKNOWLEDGED


def test_who_reads_while_others_write_sees_a_checkpoint_of_all_receipts(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    ledger(folder).append([receipt("first")])
    writer = os.fork()
    if writer == 0:
        status = WRONG
        try:
            status = _write(folder, tmp_path / "report.json", 0, 100)
        finally:
            os._exit(status)
    while os.waitpid(writer, os.WNOHANG) == (0, 0):
        snapshot = read_log(str(folder))
        assert parse_checkpoint(parse_note(snapshot.note.decode())).size == snapshot.data.count(b"\n")
    assert sound_checkpoint(folder).size == len(lines_of(folder)) == 201
