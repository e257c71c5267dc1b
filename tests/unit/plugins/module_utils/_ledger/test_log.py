# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger in a folder: what an append leaves, what it mends, and what it refuses to sign over."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt, LedgerUnavailable
from ansible_collections.mint.promotion.plugins.module_utils._ledger import durable, log
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import Note, NoteSignature
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import MAX_LINE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import FileLog, read_log
from ansible_collections.mint.promotion.plugins.module_utils._ledger.mark import START, parse_mark
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

from .calls import Calls
from .ledgers import GATE, ORIGIN, ledger, lines_of, receipt, sound_checkpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ledger of four receipts, written by two appends."""
    made = tmp_path / "receipts" / "ledger"
    ledger(made).append([receipt(0), receipt(1)])
    ledger(made).append([receipt(2), receipt(3)])
    return made


def test_receipts_lie_one_a_line_under_a_signed_checkpoint(tmp_path: Path) -> None:
    made = tmp_path / "a" / "b" / "ledger"
    first = ledger(made).append([receipt("gate"), receipt("verdict")])
    second = ledger(made).append([receipt("outcome")])
    assert (first.first_index, second.first_index) == (0, 2)
    assert lines_of(made) == [receipt("gate"), receipt("verdict"), receipt("outcome")]
    assert sound_checkpoint(made) == second.checkpoint
    assert read_log(str(made)).note == second.note_text.encode()
    assert sorted(os.listdir(made)) == ["checkpoint", "frontier.json", "lock", "log.jsonl"]


def test_a_ledger_that_is_not_there_reads_as_empty(tmp_path: Path) -> None:
    assert ledger(tmp_path / "none").read() == log.Snapshot(b"", b"")
    assert not (tmp_path / "none").exists()


def test_an_append_of_nothing_gives_an_empty_ledger_its_checkpoint(tmp_path: Path) -> None:
    assert ledger(tmp_path / "new").append([]).checkpoint.size == 0
    assert sound_checkpoint(tmp_path / "new").size == 0
    assert ledger(tmp_path / "new").append([receipt(0)]).first_index == 0
    assert sound_checkpoint(tmp_path / "new").size == 1


def test_a_reader_needs_no_right_to_write(folder: Path) -> None:
    os.chmod(folder / "lock", 0)
    assert read_log(str(folder)).data.count(b"\n") == 4
    (folder / "lock").unlink()
    assert read_log(str(folder)).data.count(b"\n") == 4


@pytest.mark.parametrize("name", ["log.jsonl", "checkpoint", "frontier.json", "lock"])
def test_a_pipe_in_the_place_of_a_file_holds_up_nobody(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)

    def use() -> None:
        for act in (lambda: read_log(str(folder)), lambda: ledger(folder).append([receipt(4)])):
            with contextlib.suppress(InvalidReceipt, LedgerUnavailable):
                act()

    user = threading.Thread(target=use, daemon=True)
    user.start()
    user.join(30)
    assert not user.is_alive()


def test_a_torn_end_beyond_the_checkpoint_is_cut_off(folder: Path) -> None:
    with (folder / "log.jsonl").open("ab") as file:
        file.write(receipt(4)[:20])
    done = ledger(folder).append([receipt(5)])
    assert (done.first_index, done.adopted, done.cut) == (4, 0, 20)
    assert lines_of(folder) == [receipt(number) for number in (0, 1, 2, 3, 5)]
    assert sound_checkpoint(folder).size == 5


def test_complete_receipts_beyond_the_checkpoint_are_adopted_up_to_the_first_that_is_none(folder: Path) -> None:
    with (folder / "log.jsonl").open("ab") as file:
        file.write(receipt(4) + b"\n" + receipt(5) + b"\n" + b"\0" * 30 + b"\n" + receipt(6) + b"\n")
    done = ledger(folder).append([receipt(7)])
    assert (done.first_index, done.adopted, done.cut) == (6, 2, 31 + len(receipt(6)) + 1)
    assert lines_of(folder) == [receipt(number) for number in (0, 1, 2, 3, 4, 5, 7)]
    assert sound_checkpoint(folder).size == 7


def test_who_writes_may_say_what_is_adopted(folder: Path) -> None:
    with (folder / "log.jsonl").open("ab") as file:
        file.write(receipt(4) + b"\n")
    strict = FileLog(str(folder), ORIGIN, GATE.note_signer(ORIGIN), adopts=lambda line: line != receipt(4))
    assert strict.append([]).adopted == 0
    assert lines_of(folder) == [receipt(number) for number in range(4)]


def test_a_line_beyond_the_checkpoint_that_is_too_long_for_a_receipt_is_cut_off(folder: Path) -> None:
    with (folder / "log.jsonl").open("ab") as file:
        file.write(b"{" + b" " * (3 * MAX_LINE) + b"}\n" + receipt(4) + b"\n")
    done = ledger(folder).append([receipt(5)])
    assert (done.first_index, done.adopted) == (4, 0)
    assert lines_of(folder)[4:] == [receipt(5)]


def test_mending_alone_is_an_append_of_nothing(folder: Path) -> None:
    with (folder / "log.jsonl").open("ab") as file:
        file.write(receipt(4) + b"\ntorn")
    assert ledger(folder).append([]).adopted == 1
    assert sound_checkpoint(folder).size == len(lines_of(folder)) == 5


def spoil_frontier(folder: Path, **fields: object) -> None:
    path = folder / "frontier.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


@pytest.mark.parametrize(
    "content", [None, b"", b"\0" * 80, b"[]", b'{"size":1}', b"[" * 100_000, b"\xff", b'{"size":-1}']
)
def test_a_frontier_that_is_lost_or_makes_no_sense_is_made_anew(folder: Path, content: bytes | None) -> None:
    path = folder / "frontier.json"
    path.unlink() if content is None else path.write_bytes(content)
    assert parse_mark(content or b"") == START
    assert ledger(folder).append([receipt(4)]).first_index == 4
    assert sound_checkpoint(folder).size == 5
    assert parse_mark(path.read_bytes()).frontier.size == 4


@pytest.mark.parametrize(
    "fields",
    [
        {"offset": 0},
        {"offset": 7},
        {"offset": 10**9},
        {"hashes": ["00" * 32]},
        {"size": 4, "hashes": ["00" * 32]},
        {"size": 64, "hashes": ["00" * 32]},
        {"size": 2**62, "hashes": ["00" * 32], "offset": 2**62},
        {"size": True},
        {"hashes": [None]},
    ],
)
def test_a_frontier_is_believed_only_as_far_as_the_checkpoint_proves_it(
    folder: Path, fields: dict[str, object]
) -> None:
    spoil_frontier(folder, **fields)
    assert ledger(folder).append([receipt(4)]).first_index == 4
    assert lines_of(folder) == [receipt(number) for number in range(5)]
    assert sound_checkpoint(folder).size == 5


def test_a_frontier_that_ends_with_the_checkpoint_is_not_believed_about_where_that_is(folder: Path) -> None:
    """Its hashes give the root, but no receipt has shown that they end at its offset."""
    ledger(folder).append([receipt(4)])
    kept = json.loads((folder / "frontier.json").read_text())
    (folder / "checkpoint").write_bytes(checkpoint_of(folder.parent / "other", range(4)))
    spoil_frontier(folder, offset=kept["offset"] - len(receipt(3)) - 1)
    done = ledger(folder).append([])
    assert done.adopted == 1
    assert lines_of(folder) == [receipt(number) for number in range(5)]
    assert sound_checkpoint(folder).size == 5


def checkpoint_of(folder: Path, numbers: range) -> bytes:
    """The checkpoint that a ledger of these receipts has."""
    return ledger(folder).append([receipt(number) for number in numbers]).note_text.encode()


def test_an_older_frontier_serves_as_well(folder: Path) -> None:
    older = (folder / "frontier.json").read_bytes()
    ledger(folder).append([receipt(4)])
    ledger(folder).append([receipt(5)])
    (folder / "frontier.json").write_bytes(older)
    (folder / "log.jsonl").write_bytes(b"x" + (folder / "log.jsonl").read_bytes()[1:])  # before the frontier
    assert ledger(folder).append([receipt(6)]).first_index == 6


def test_an_append_reads_no_more_than_was_written_since_the_checkpoint_before_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "ledger"
    ledger(made).append([receipt(number) for number in range(5000)])
    ledger(made).append([receipt("one")])
    read: list[int] = []
    watched = Calls(os, lambda name, call, *arguments: _measured(read, name, call(*arguments)))
    monkeypatch.setattr(log, "os", watched)
    monkeypatch.setattr(durable, "os", watched)
    ledger(made).append([receipt("two")])
    assert sum(read) < 3000
    assert sound_checkpoint(made).size == 5002


def _measured(read: list[int], name: str, result: object) -> object:
    if isinstance(result, bytes) and name in ("read", "pread"):
        read.append(len(result))
    return result


@pytest.mark.parametrize("line", [b"", b"two\nlines", b"newline\n", b"x" * (MAX_LINE + 1)])
def test_what_is_no_line_is_refused_and_nothing_is_written(folder: Path, line: bytes) -> None:
    before = ledger(folder).read()
    with pytest.raises(InvalidReceipt, match="Receipt 2 of 2 cannot be appended"):
        ledger(folder).append([receipt(4), line])
    assert ledger(folder).read() == before


def refused(folder: Path, match: str, **settings: str) -> None:
    """An append is refused, and changes nothing."""
    before = ledger(folder).read()
    one = FileLog(str(folder), settings.get("origin", ORIGIN), GATE.note_signer(ORIGIN))
    with pytest.raises(InvalidReceipt, match=match):
        one.append([receipt("more")])
    assert ledger(folder).read() == before


def test_a_log_shorter_than_its_checkpoint_is_not_signed_over(folder: Path) -> None:
    path = folder / "log.jsonl"
    path.write_bytes(path.read_bytes()[:-3])
    refused(folder, "found 3 complete receipts, wanted the 4 of its checkpoint")
    path.unlink()
    with pytest.raises(InvalidReceipt, match="found 0 complete receipts"):
        ledger(folder).append([])


def test_a_log_with_other_receipts_is_not_signed_over(folder: Path) -> None:
    path = folder / "log.jsonl"
    path.write_bytes(path.read_bytes().replace(receipt(3), receipt(9)))
    refused(folder, "its first 4 receipts are not those of its checkpoint")


def test_a_change_before_the_frontier_does_not_get_into_the_tree(folder: Path) -> None:
    """It is not read, so it is not signed either: the checkpoint still speaks of the receipt that was there."""
    path = folder / "log.jsonl"
    true = lines_of(folder)
    path.write_bytes(path.read_bytes().replace(receipt(0), receipt(9)))
    ledger(folder).append([receipt(4)])
    path.write_bytes(path.read_bytes().replace(receipt(9), receipt(0)))
    assert sound_checkpoint(folder).size == 5
    assert lines_of(folder) == [*true, receipt(4)]


def test_a_checkpoint_of_another_ledger_is_not_continued(folder: Path) -> None:
    refused(folder, "origin mint.promotion/shop, wanted mint.promotion/bakery", origin="mint.promotion/bakery")


def test_a_checkpoint_that_nobody_signed_is_not_continued(folder: Path) -> None:
    """Whoever can write to the folder could else have the gate sign another history."""
    stranger = GateKey.make()
    forged = FileLog(str(folder.parent / "forged"), ORIGIN, stranger.note_signer(ORIGIN))
    forged.append([receipt("forged")])
    for name in ("log.jsonl", "checkpoint", "frontier.json"):
        if (folder.parent / "forged" / name).exists():
            os.replace(folder.parent / "forged" / name, folder / name)
    refused(folder, "found no signature that holds")


def test_what_is_left_when_the_checkpoint_was_taken_away_is_not_signed_as_if_it_were_all(folder: Path) -> None:
    path = folder / "log.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines_of(folder)[:2]))
    (folder / "checkpoint").unlink()
    refused(folder, "found receipts and no checkpoint")
    assert not (folder / "checkpoint").exists()


@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff\xfe", "log\n4\nAAAA\n\n— log AAAAAAE=\n".encode()])
def test_a_malformed_checkpoint_is_not_taken_for_none(folder: Path, content: bytes) -> None:
    (folder / "checkpoint").write_bytes(content)
    refused(folder, "malformed")


def test_after_a_rotation_the_old_key_may_have_signed_the_last_checkpoint(folder: Path) -> None:
    old, new = GATE.note_signer(ORIGIN), GateKey.make().note_signer(ORIGIN)

    def trusts(note: Note) -> bool:
        return {old(note.body.encode()), new(note.body.encode())} & set(note.signatures) != set()

    for _each in range(2):
        FileLog(str(folder), ORIGIN, new, trusts).append([receipt("later")])
    assert len(lines_of(folder)) == 6


def test_a_signer_that_fails_leaves_no_receipt_behind(folder: Path) -> None:
    before = ledger(folder).read()
    signatures = iter([GATE.note_signer(ORIGIN)])

    def sign_once(body: bytes) -> NoteSignature:
        return next(signatures)(body)

    with pytest.raises(StopIteration):
        FileLog(str(folder), ORIGIN, sign_once).append([receipt(4)])
    assert ledger(folder).read() == before
    assert ledger(folder).append([receipt(4)]).first_index == 4


def test_a_folder_that_cannot_be_used_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerUnavailable, match="cannot be used"):
        ledger(tmp_path / "file" / "ledger").append([receipt(0)])
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "checkpoint").mkdir()
    with pytest.raises(LedgerUnavailable, match="Is a directory"):
        ledger(tmp_path / "ledger").append([receipt(0)])
    with pytest.raises(LedgerUnavailable, match="Is a directory"):
        ledger(tmp_path / "ledger").read()


def test_a_process_that_hangs_with_the_lock_does_not_hold_up_others_for_ever(folder: Path) -> None:
    with durable.locked(str(folder / "lock"), 1):
        with pytest.raises(LedgerUnavailable, match="another process has held the lock"):
            ledger(folder, seconds=0.1).append([receipt(4)])
        assert ledger(folder, seconds=0.1).read().data.count(b"\n") == 4
    assert ledger(folder).append([receipt(4)]).first_index == 4


def test_the_receipts_are_for_everybody_to_read_and_for_their_writer_to_write(folder: Path) -> None:
    umask = os.umask(0o022)
    os.umask(umask)
    for name in ("log.jsonl", "checkpoint"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o644 & ~umask
