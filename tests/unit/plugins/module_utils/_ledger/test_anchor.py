# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._ledger.anchor import successor_fault
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    Note,
    NoteSignature,
    checkpoint_body,
    format_note,
    parse_checkpoint,
    parse_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import History, history_of, log_fault
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, root_of

ORIGIN = "mint.promotion/ledger"
LINES = tuple(b'{"payload": %d}' % number for number in range(40))


def log_of(lines: tuple[bytes, ...], origin: str = ORIGIN) -> History:
    """A ledger whose checkpoint is signed by somebody: a host has no key to look with."""
    body = checkpoint_body(Checkpoint(origin, len(lines), root_of(hash_lines(lines))))
    note = format_note(Note(body, (NoteSignature(origin, b"1234", b"0" * 64),)))
    return history_of(b"".join(line + b"\n" for line in lines), origin, note)


@given(st.integers(1, 40), st.integers(0, 40))
def test_a_host_takes_whatever_continues_what_it_has_seen(seen: int, more: int) -> None:
    kept, ledger = log_of(LINES[:seen]).note, log_of(LINES[: min(seen + more, 40)])
    assert successor_fault(kept, ledger.successor(kept)) == ""


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_a_host_refuses_a_ledger_that_was_changed_before_the_point_that_it_has_seen(
    seen: int, size: int, data: st.DataObject
) -> None:
    forged = list(LINES[:size])
    forged[data.draw(st.integers(0, min(seen, size) - 1))] = b"forged"
    kept, ledger = log_of(LINES[:seen]).note, log_of(tuple(forged))
    assert successor_fault(kept, ledger.successor(kept)) != ""


def test_a_host_that_has_seen_nothing_takes_any_ledger() -> None:
    assert successor_fault("", log_of(LINES).successor("")) == ""


def test_a_ledger_that_was_rolled_back_with_its_checkpoint_is_refused_in_those_words() -> None:
    kept, ledger = log_of(LINES[:9]).note, log_of(LINES[:4])
    assert successor_fault(kept, ledger.successor(kept)) == (
        "the ledger has 4 receipts, and had 9 when this host last saw it"
    )


def test_a_proof_that_starts_elsewhere_is_no_proof() -> None:
    kept = log_of(LINES[:9]).note
    successor = log_of(LINES).successor(log_of(LINES[:5]).note)
    assert "another run came between" in successor_fault(kept, successor)


def test_a_ledger_of_another_origin_is_refused_even_where_its_bytes_are_the_same() -> None:
    kept, ledger = log_of(LINES[:9]).note, log_of(LINES, "elsewhere")
    assert "a ledger of elsewhere" in successor_fault(kept, ledger.successor(kept))


def test_a_run_without_a_checkpoint_is_refused_only_where_one_is_kept() -> None:
    assert successor_fault("", None) == ""
    assert successor_fault(log_of(LINES).note, None) != ""


@pytest.mark.parametrize("note", ["", "mint.promotion/ledger\n", "a\n4\nnot base64\n\n— a AAAA\n"])
def test_what_is_no_checkpoint_is_never_kept(note: str) -> None:
    assert successor_fault("", replace(log_of(LINES).successor(""), note=note)) != ""
    assert successor_fault("what somebody wrote there", log_of(LINES).successor("")) != ""


def test_a_proof_that_is_no_base64_is_a_fault_and_no_error() -> None:
    kept = log_of(LINES[:9]).note
    assert "base64" in successor_fault(kept, replace(log_of(LINES).successor(kept), proof=("*",)))


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_control_node_sees_the_same_as_the_host(seen: int, size: int) -> None:
    anchor = parse_checkpoint(parse_note(log_of(LINES[:seen]).note))
    assert (log_of(LINES[:size]).fault(anchor) == "") == (seen <= size)


def test_what_lies_beyond_the_checkpoint_is_no_receipt_yet() -> None:
    whole, note = b"".join(line + b"\n" for line in LINES), log_of(LINES[:30]).note
    assert history_of(whole, ORIGIN, note) == log_of(LINES[:30])
    assert history_of(whole[:-1], ORIGIN, note) == log_of(LINES[:30])


def test_a_log_that_does_not_fit_its_checkpoint_is_told() -> None:
    whole, note = b"".join(line + b"\n" for line in LINES), log_of(LINES[:30]).note
    assert log_fault(history_of(whole, ORIGIN, note)) == ""
    assert log_fault(history_of(whole.replace(b"7", b"8"), ORIGIN, note)) != ""
    assert log_fault(history_of(whole[:100], ORIGIN, note)) != ""
