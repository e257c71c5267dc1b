# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host makes of the checkpoint that comes with a run: it asks by itself, whatever the gate has judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.anchor import Successor
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    Note,
    NoteSignature,
    checkpoint_body,
    format_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import history_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, root_of
from ansible_collections.mint.promotion.plugins.module_utils._release.staging import preview

from .test_release import Shop, other, pinned, shop  # noqa: F401  # pylint: disable=unused-import

LINES = [b"one", b"two", b"three", b"four"]
FORGED = [b"one", b"2", b"three", b"four"]


def successor(kept: str, lines: list[bytes]) -> Successor:
    """The checkpoint of a ledger with these lines, and the proof from what a host keeps."""
    body = checkpoint_body(Checkpoint("ledger", len(lines), root_of(hash_lines(lines))))
    note = format_note(Note(body, (NoteSignature("ledger", b"1234", b"0" * 64),)))
    return history_of(b"".join(line + b"\n" for line in lines), "ledger", note).successor(kept)


def promoted(shop: Shop, lines: list[bytes]) -> str:  # noqa: F811
    """Promote with a ledger of these lines; return what the host keeps then."""
    kept = shop.host.store.anchor() if shop.host.store.exists() else ""
    report = shop.stage(shop.manifest(), successor=successor(kept, lines)).report
    assert report.outcome in ("staged", "no_change"), report.failure
    if report.outcome == "staged":
        assert shop.activate().outcome == "promoted"
    return shop.host.store.anchor()


def test_a_host_keeps_what_continues_the_ledger_and_refuses_a_promotion_by_another(shop: Shop) -> None:  # noqa: F811
    assert promoted(shop, LINES[:2]) == successor("", LINES[:2]).note
    kept = promoted(shop, LINES)
    assert kept == successor("", LINES).note
    entries = len(shop.host.journal.entries())
    for offered in (successor(kept, FORGED), successor(kept, LINES[:3]), None):
        report = shop.stage(other(shop), successor=offered).report
        assert (report.outcome, shop.host.store.anchor()) == ("refused", kept)
        assert report.failure is not None
        assert "does not continue the checkpoint that web1 keeps" in report.failure.message
        assert shop.host.lock.holding() is None
    written = [entry.event for entry in shop.host.journal.entries()[entries:]]
    assert written == ["claimed", "freed"] * 3


@pytest.mark.parametrize("damaged", [False, True])
def test_no_rollback_is_blocked_by_an_anchor(shop: Shop, damaged: bool) -> None:  # noqa: F811
    promoted(shop, LINES[:3])
    first = shop.host.live()
    assert shop.stage(other(shop), successor=successor(shop.host.store.anchor(), LINES)).report.outcome == "staged"
    assert shop.activate().outcome == "promoted"
    if damaged:
        Path(shop.host.layout.checkpoint).write_bytes(b"\xff no note")
    kept = Path(shop.host.layout.checkpoint).read_bytes()
    report = shop.stage(None, successor=successor("", FORGED)).report
    assert report.outcome == "staged", report.failure
    assert any(note.startswith("the anchor stays as it is: ") for note in report.notes)
    assert Path(shop.host.layout.checkpoint).read_bytes() == kept
    assert (shop.activate().outcome, shop.host.live()) == ("restored", first)


def test_a_dry_run_keeps_no_checkpoint(shop: Shop) -> None:  # noqa: F811
    kept = promoted(shop, LINES[:2])
    assert shop.stage(other(shop), preview, successor=successor(kept, LINES)).report.outcome == "staged"
    assert shop.host.store.anchor() == kept
