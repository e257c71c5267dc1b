# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the receipts of a ledger say of keys, in the order of the log (pure). Whether they may say so is for verify."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Sequence

from .._errors import InvalidReceipt
from .envelope import parse_envelope, parse_json, peek_payload
from .schema import KEY_PREDICATE
from .schema_trust import REVOKED

UNKNOWN, VALID, GONE = "unknown", "valid", "gone"

_MARK = KEY_PREDICATE.encode("ascii")


def key_events(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the predicate of each key receipt among the lines of a log; lines that are no receipts are passed over."""
    for line in lines:
        if _MARK not in peek_payload(line):
            continue
        try:
            statement = parse_json(parse_envelope(line).payload)
        except InvalidReceipt:
            continue
        if isinstance(statement, dict) and statement.get("predicateType") == KEY_PREDICATE:
            yield statement["predicate"]


def standing(events: Sequence[Mapping[str, Any]], role: str, keyid: str) -> str:
    """Say how a key stands after these events: VALID, GONE (replaced or revoked), or UNKNOWN to them."""
    own = [event for event in events if event["role"] == role]
    if any(event["replaces"] == keyid or (event["event"], event["key"]["keyid"]) == (REVOKED, keyid) for event in own):
        return GONE
    return VALID if any(event["key"]["keyid"] == keyid for event in own) else UNKNOWN
