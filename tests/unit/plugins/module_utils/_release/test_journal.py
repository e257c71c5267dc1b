# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The journal as a file."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files
from ansible_collections.mint.promotion.plugins.module_utils._release.journal import Journal


def journal(path: Path) -> Journal:
    return Journal(Files(), str(path), lambda: 0.5)


def test_entries_are_numbered_and_dated(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    assert journal(path).entries() == ()
    journal(path).append("run-1", "claimed", until="later")
    second = journal(path).append("run-1", "staged", release="r1")
    assert (second.seq, second.time) == (2, "1970-01-01T00:00:00.500Z")
    assert [entry.event for entry in journal(path).entries()] == ["claimed", "staged"]


@pytest.mark.parametrize("tail", [b'{"seq":2,"ti', b"\0\0\0\0", b"\0\0\n"])
def test_a_torn_line_is_cut_off_before_the_next_entry(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    journal(path).append("run-1", "claimed")
    path.write_bytes(path.read_bytes() + tail)
    assert len(journal(path).entries()) == 1
    journal(path).append("run-2", "claimed")
    assert [entry.run for entry in journal(path).entries()] == ["run-1", "run-2"]
    assert b"\0" not in path.read_bytes()


def test_damage_stops_an_append_and_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"damaged\n{}\n{}\n")
    with pytest.raises(InvalidInput, match="journal.jsonl:1:1"):
        journal(path).append("run-1", "claimed")
    assert path.read_bytes() == b"damaged\n{}\n{}\n"


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "journal.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="a symbolic link"):
        journal(tmp_path / "journal.jsonl").append("run-1", "claimed")
    assert (tmp_path / "elsewhere").read_text() == ""


def _append(path: Path, run: str) -> None:
    own = journal(path)
    for _number in range(25):
        own.append(run, "step")


def test_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append, args=(path, f"run-{number}")) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    entries = journal(path).entries()
    assert [entry.seq for entry in entries] == list(range(1, 101))
    assert {sum(entry.run == f"run-{number}" for entry in entries) for number in range(4)} == {25}
