# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.anchors import judge_anchors
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    Note,
    NoteSignature,
    checkpoint_body,
    format_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import History, history_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, root_of


def ledger(log: bytes) -> History:
    lines = log.split(b"\n")[:-1]
    return history_of(log, "ledger", note_of(root_of(hash_lines(lines)), len(lines)))


def note_of(root: bytes, size: int) -> str:
    body = checkpoint_body(Checkpoint("ledger", size, root))
    return format_note(Note(body, (NoteSignature("ledger", b"1234", b"0" * 64),)))


LEDGER = ledger(b"one\ntwo\nthree\n")


def seen(history: History, size: int) -> dict[str, Any]:
    return {"release": {"value": {}}, "anchor": {"value": note_of(history.root(size), size)}}


def verdict(observed: dict[str, Any], history: History | None = LEDGER, action: str = "promote") -> tuple[str, str]:
    (result,) = judge_anchors(action, {"web1": observed}, history, "the home did not answer")
    return result.verdict, result.mode


def test_a_ledger_that_continues_what_the_host_has_seen_passes() -> None:
    assert verdict(seen(LEDGER, 2)) == (PASSED, "enforce")
    assert verdict({"release": {}, "anchor": {"value": ""}}) == (PASSED, "enforce")


@pytest.mark.parametrize("log", [b"one\n", b"one\ntwo, forged\nthree\n", b""])
def test_a_ledger_that_was_rolled_back_or_changed_refuses_a_promotion_and_not_a_rollback(log: bytes) -> None:
    changed = ledger(log)
    assert verdict(seen(LEDGER, 2), changed) == (FAILED, "enforce")
    assert verdict(seen(LEDGER, 2), changed, "rollback") == (FAILED, "report")


@pytest.mark.parametrize(
    ("observed", "history"),
    [
        ({"release": {}}, LEDGER),
        ({"release": {}, "anchor": {"value": None, "reason": "permission denied"}}, LEDGER),
        ({"release": {}, "anchor": {"value": "what somebody wrote there"}}, LEDGER),
        (seen(LEDGER, 2), None),
    ],
)
def test_what_cannot_be_told_is_no_pass(observed: dict[str, Any], history: History | None) -> None:
    assert verdict(observed, history)[0] == INCONCLUSIVE


def test_a_host_that_was_not_observed_is_left_to_the_gate_that_says_so() -> None:
    assert not list(judge_anchors("promote", {"web1": {"unreachable": "no route"}, "web2": None}, LEDGER))
