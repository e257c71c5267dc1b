# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._data import canonical_json
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    envelope_line,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.key_events import (
    GONE,
    UNKNOWN,
    VALID,
    key_events,
    standing,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import KeyEvent
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import key_statement

TIME = "2026-03-01T12:00:00Z"


def line(event: str, keyid: str, replaces: str = "", role: str = "gate") -> bytes:
    principal = "" if role == "gate" else "ada"
    statement = key_statement(KeyEvent(event, role, keyid, "ed25519", "PEM", TIME, replaces, principal))
    return envelope_line(Envelope(canonical_json(statement), PAYLOAD_TYPE, (EnvelopeSignature("", b"s"),)))


def test_a_key_is_valid_from_its_receipt_to_the_one_that_replaces_or_revokes_it() -> None:
    log = [line("introduced", "one"), line("rotated", "two", "one"), line("revoked", "ada's", role="signer")]
    stands = [[standing(tuple(key_events(log[:size])), "gate", keyid) for keyid in ("one", "two")] for size in range(4)]
    assert stands == [[UNKNOWN, UNKNOWN], [VALID, UNKNOWN], [GONE, VALID], [GONE, VALID]]
    events = tuple(key_events(log))
    assert (standing(events, "signer", "ada's"), standing(events, "gate", "ada's")) == (GONE, UNKNOWN)


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_other_lines_say_nothing_of_keys(lines: list[bytes]) -> None:
    assert [event["key"]["keyid"] for event in key_events([*lines, line("introduced", "one"), *lines])] == ["one"]
