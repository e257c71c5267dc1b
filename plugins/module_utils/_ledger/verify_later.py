# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether what came after a run fits what the log says of it: acceptances, commits of closed loops (pure)."""

from __future__ import annotations

from .._release.model import NO_CHANGE, PROMOTED
from .verdicts import INVALID
from .verify_receipts import Receipt
from .verify_runs import Book

LIVE = (PROMOTED, NO_CHANGE)


def judge_acceptance(receipt: Receipt, book: Book) -> None:
    """A person accepts a promotion that went live before, in that environment and with that manifest."""
    said = receipt.facts
    outcome = book.receipts.get(f"sha256:{said['outcomeReceipt']['digest']['sha256']}")
    fault = _fault(said["acceptedRun"], receipt, book)
    if fault:
        receipt.notes.invalid(fault)
    elif outcome is not book.runs[said["acceptedRun"]].outcome:
        receipt.notes.invalid(f"outcomeReceipt is not the outcome of {said['acceptedRun']}")
    else:
        told = outcome.facts if outcome is not None else {}
        for name, found in (("environment", said["environment"]), ("stack", said["stack"])):
            if found != told[name]:
                receipt.notes.invalid(f"{name} is {found}, and that of the run is {told[name]}")
        if (told["manifest"] or {}).get("digest") != said["manifest"]["digest"]:
            receipt.notes.invalid("it is for another manifest than that of the run")


def judge_closing(receipt: Receipt, book: Book) -> None:
    """A loop is closed with promotions that went live before."""
    for key in receipt.facts["runs"]:
        fault = _fault(key, receipt, book)
        if fault:
            receipt.notes.invalid(fault)


def _fault(key: str, receipt: Receipt, book: Book) -> str:
    """Say why a run is no promotion that went live before this place; empty when it is one."""
    outcome = book.runs[key].outcome if key in book.runs else None
    if outcome is None or outcome.index >= receipt.index:
        return f"no earlier line of the log is the outcome of {key}"
    if outcome.notes.verdict == INVALID:
        return f"the outcome of {key} is INVALID (line {outcome.line})"
    said = outcome.facts
    if said["action"] != "promote" or said["outcome"] not in LIVE:
        return f"{key} is no promotion that went live (line {outcome.line}): {said['action']}, {said['outcome']}"
    return ""
