# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A ledger in the folder of the receipts, as the actions use it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    note_text,
    parse_checkpoint,
    parse_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import envelope_line
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, root_of
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import LedgerSettings, open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

RUN = "CAP-20261122-101500__promotion.promote__R4k2j9x0aqz"
KEY = GateKey.make()


@pytest.fixture
def settings(tmp_path: Path) -> LedgerSettings:
    return LedgerSettings(str(tmp_path / "receipts"), str(tmp_path / "keys"), "example/shop", gate_key=KEY.private_pem)


def test_receipts_are_the_lines_under_a_checkpoint_of_the_gate(settings: LedgerSettings) -> None:
    first = open_home(settings).append([KEY.sign_envelope(b'{"a":1}'), KEY.sign_envelope(b'{"a":2}')])
    second = open_home(settings).append([KEY.sign_envelope(b'{"a":3}')])
    snapshot = open_home(settings).snapshot()
    lines = snapshot.data.splitlines()
    assert [one.index for one in (*first, *second)] == [0, 1, 2]
    assert [one.digest for one in (*first, *second)] == [sha256_digest(line) for line in lines]
    note = parse_note(note_text(snapshot.note))
    checkpoint = parse_checkpoint(note)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == ("example/shop", 3, root_of(hash_lines(lines)))
    assert note.signatures == (KEY.note_signer("example/shop")(note.body.encode()),)


def test_reading_needs_no_key_and_writing_says_how_to_get_one(settings: LedgerSettings) -> None:
    home = open_home(replace(settings, gate_key=""))
    assert home.snapshot().data == b""
    with pytest.raises(Refused, match=r"mint\.promotion\.keys"):
        home.append([KEY.sign_envelope(b"{}")])


def test_a_key_in_a_file_signs_as_well(settings: LedgerSettings, tmp_path: Path) -> None:
    (tmp_path / "gate.key").write_text(KEY.private_pem)
    home = open_home(replace(settings, gate_key="", gate_key_file=str(tmp_path / "gate.key")))
    assert home.append([KEY.sign_envelope(b"{}")])[0].index == 0


def test_a_checkpoint_of_a_key_that_nobody_trusts_is_not_signed_over(settings: LedgerSettings, tmp_path: Path) -> None:
    open_home(settings).append([KEY.sign_envelope(b"{}")])
    other = GateKey.make()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/gate.pub").write_text(other.public_pem)
    rotated = open_home(replace(settings, gate_key=other.private_pem))
    with pytest.raises(InvalidReceipt):
        rotated.append([other.sign_envelope(b"{}")])
    (tmp_path / "keys/gate.pub").write_text(KEY.public_pem + other.public_pem)
    assert rotated.append([other.sign_envelope(b"{}")])[0].index == 1


def test_of_what_an_interrupted_append_left_only_receipts_of_the_gate_are_adopted(
    settings: LedgerSettings, tmp_path: Path
) -> None:
    open_home(settings).append([KEY.sign_envelope(b'{"a":1}')])
    left = [envelope_line(key.sign_envelope(b'{"a":2}')) for key in (KEY, GateKey.make())]
    with (tmp_path / "receipts" / "ledger" / "log.jsonl").open("ab") as file:
        file.write(b"".join(line + b"\n" for line in left))
    assert open_home(settings).append([KEY.sign_envelope(b'{"a":3}')])[0].index == 2
    assert open_home(settings).snapshot().data.splitlines()[1] == left[0]


def test_a_run_key_is_taken_once(settings: LedgerSettings) -> None:
    open_home(settings).begin_session(RUN)
    with pytest.raises(Refused, match=RUN):
        open_home(settings).begin_session(RUN)


def test_what_a_run_leaves_is_found_by_its_run_key(settings: LedgerSettings) -> None:
    home = open_home(settings)
    assert dict(home.sessions()) == {}
    folder = Path(home.write_session(RUN, {"receipt.md": b"# Receipt\n", "evidence.json": b"{}"}))
    (folder / "notes.txt").write_text("of somebody else")
    assert dict(home.sessions()) == {RUN: {"receipt.md": b"# Receipt\n", "evidence.json": b"{}"}}
