# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A log in segments is the log, however its receipts came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger import segments
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    NoteSignature,
    note_text,
    parse_checkpoint,
    parse_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.mark import START, parse_mark
from ansible_collections.mint.promotion.plugins.module_utils._ledger.segments import (
    CHECKPOINT_PATH,
    FRONTIER_PATH,
    Tail,
    grown,
    replay,
    segments_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, root_of

ORIGIN = "example/shop"
lines = st.binary(min_size=1, max_size=40).map(lambda data: data.replace(b"\n", b"."))
appends = st.lists(st.lists(lines, min_size=1, max_size=12), min_size=1, max_size=8)


def sign(body: bytes) -> NoteSignature:
    return NoteSignature(ORIGIN, b"test", b"signature")


@pytest.fixture(autouse=True, scope="module")
def small_segments() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "SEGMENT_BYTES", 60)
        yield


def kept(batches: list[list[bytes]]) -> tuple[Tail, dict[str, bytes]]:
    """The end of the log and all its files after these appends."""
    tail, files = Tail(), {}
    for batch in batches:
        tail, changed = grown(tail, batch, ORIGIN, sign)
        files.update(changed)
    return tail, files


def contents(files: dict[str, bytes], since: int = 0) -> list[tuple[int, bytes]]:
    ledger = {path: path for path in files}
    return [(first, files[path]) for first, path in segments_of(ledger, since)]


@given(appends)
def test_the_segments_are_the_log_and_the_checkpoint_is_over_it(batches: list[list[bytes]]) -> None:
    tail, files = kept(batches)
    log = [line for batch in batches for line in batch]
    assert b"".join(data for _first, data in contents(files)) == b"".join(line + b"\n" for line in log)
    checkpoint = parse_checkpoint(parse_note(note_text(files[CHECKPOINT_PATH])))
    assert checkpoint == tail.checkpoint
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, len(log), root_of(hash_lines(log)))


@given(appends)
def test_the_end_is_found_again_from_the_frontier_and_from_the_start(batches: list[list[bytes]]) -> None:
    tail, files = kept(batches)
    assert tail.checkpoint is not None
    mark = parse_mark(files[FRONTIER_PATH])
    assert replay(mark, contents(files, mark.frontier.size), tail.checkpoint) == tail
    assert replay(START, contents(files), tail.checkpoint) == tail


@given(appends)
def test_no_segment_is_more_than_full_by_more_than_one_receipt(batches: list[list[bytes]]) -> None:
    _tail, files = kept(batches)
    assert all(len(data[:-1].rpartition(b"\n")[0]) < 60 for _first, data in contents(files))


@given(appends, st.data())
def test_any_other_byte_in_what_is_read_is_noticed(batches: list[list[bytes]], data: st.DataObject) -> None:
    tail, files = kept(batches)
    assert tail.checkpoint is not None
    number = data.draw(st.integers(0, len(contents(files)) - 1))
    first, content = contents(files)[number]
    place = data.draw(st.integers(0, len(content) - 1))
    other = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    altered = [*contents(files)[:number], (first, other), *contents(files)[number + 1 :]]
    with pytest.raises(InvalidReceipt):
        replay(START, altered, tail.checkpoint)
