# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on a ledger as text for people: what verify.yml shows (pure)."""

from __future__ import annotations

from typing import Any, Iterator, List, Mapping, Sequence, Tuple

from .render import text_table
from .verdicts import INDETERMINATE, INVALID, OK

HEADERS = ("ledger", "receipts", OK, INVALID, INDETERMINATE, "anchored", "verdict")
MOST_LINES = 20  # lines that are shown of each ledger; a broken log has a reason for every receipt


def ledgers_text(ledgers: Sequence[Mapping[str, Any]]) -> str:
    """One row a ledger (as ledger_info returns it), and below what is to be said about each."""
    parts = [text_table(HEADERS, [_row(one) for one in ledgers])]
    for ledger in ledgers:
        lines = list(remarks(ledger))
        more = [f"  and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
        if lines:
            parts.append("\n".join([f"{ledger['place']}:", *(f"  {line}" for line in lines[:MOST_LINES]), *more]))
    return "\n\n".join(parts)


def _row(ledger: Mapping[str, Any]) -> Sequence[str]:
    verdicts = [one["verdict"] for one in ledger["receipts"]]
    counts = (str(verdicts.count(word)) for word in (OK, INVALID, INDETERMINATE))
    anchored = f"{ledger['anchored']} of {ledger['size']}" if ledger["anchored"] else "no"
    return (ledger["place"], str(ledger["entries"]), *counts, anchored, ledger["verdict"])


def remarks(ledger: Mapping[str, Any]) -> Iterator[str]:
    """Yield reasons before warnings, those about the ledger before those about a receipt."""
    yield from ledger["reasons"]
    yield from (f"{where}: {verdict}: {reason}" for where, verdict, reason in grouped(ledger["receipts"]))
    yield from (f"warning: {warning}" for warning in ledger["warnings"])
    for receipt in ledger["receipts"]:
        yield from (f"warning: {_name(receipt)}: {warning}" for warning in receipt["warnings"])
    yield from (f"no anchor of {silent}" for silent in ledger["silent"])


def grouped(receipts: Sequence[Mapping[str, Any]]) -> Iterator[Tuple[str, str, str]]:
    """Yield where, verdict and reason, INVALID first; neighbours with the same reason are told at once."""
    told = sorted((one["verdict"], reason, one["index"]) for one in receipts for reason in one["reasons"])
    spans: List[List[Any]] = []
    for verdict, reason, index in told:
        if spans and spans[-1][2:] == [verdict, reason] and index == spans[-1][1] + 1:
            spans[-1][1] = index
        else:
            spans.append([index, index, verdict, reason])
    names = {one["index"]: _name(one) for one in receipts}
    for first, last, verdict, reason in sorted(spans, key=lambda span: (span[2] != INVALID, *span)):
        yield names[first] if first == last else f"lines {first + 1} to {last + 1}", verdict, reason


def _name(receipt: Mapping[str, Any]) -> str:
    parts: List[str] = [f"line {receipt['index'] + 1}", receipt["kind"], receipt["run_key"]]
    return " ".join(part for part in parts if part)
