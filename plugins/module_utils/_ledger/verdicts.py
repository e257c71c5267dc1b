# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a verification finds and concludes: OK, INVALID or INDETERMINATE, with reasons (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, Mapping, Tuple

OK = "OK"
INVALID = "INVALID"  # something was looked at and is not as it must be
INDETERMINATE = "INDETERMINATE"  # it could not be told: never shown as good
_RANK = {OK: 0, INDETERMINATE: 1, INVALID: 2}


@dataclass(frozen=True)
class Finding:
    """One thing that keeps a receipt or the ledger from being OK. `verdict` is INVALID or INDETERMINATE."""

    verdict: str
    reason: str  # names the place, what was found and what is wanted


@dataclass
class Notes:
    """Findings and warnings about one thing, collected while it is looked at."""

    findings: Tuple[Finding, ...] = ()  # a tuple: most receipts have none, and a long log has many receipts
    warnings: Tuple[str, ...] = ()

    def invalid(self, reason: str) -> None:
        self.findings += (Finding(INVALID, reason),)

    def untold(self, reason: str) -> None:
        self.findings += (Finding(INDETERMINATE, reason),)

    def warn(self, warning: str) -> None:
        self.warnings += (warning,)

    @property
    def verdict(self) -> str:
        return worst([finding.verdict for finding in self.findings]) if self.findings else OK

    @property
    def reasons(self) -> Tuple[str, ...]:
        """The reasons, INVALID ones first."""
        if not self.findings:
            return ()
        ranked = sorted(self.findings, key=lambda one: -_RANK[one.verdict])
        return tuple(finding.reason for finding in ranked)


@dataclass(frozen=True)
class ReceiptVerdict:
    """The verdict on one line of the log."""

    index: int
    digest: str  # sha256:<hex> of the line's bytes
    kind: str  # gate, verdict, deployment, approval, key; empty where the line could not be read
    run_key: str  # empty where the receipt belongs to no run
    verdict: str
    reasons: Tuple[str, ...] = ()
    warnings: Tuple[str, ...] = ()


@dataclass(frozen=True)
class LedgerVerdict:
    """The verdict on a whole ledger: the worst of its own findings and of its receipts' verdicts."""

    verdict: str
    reasons: Tuple[str, ...]  # about the ledger itself; those about a receipt stand with the receipt
    warnings: Tuple[str, ...]
    origin: str  # of the checkpoint, empty without a readable one
    size: int  # receipts that the checkpoint covers
    entries: int  # complete lines of the log
    root: str  # base64, as in the checkpoint
    anchored: int  # the size up to which an anchor confirms the log
    receipts: Tuple[ReceiptVerdict, ...]
    unfinished: Tuple[str, ...]  # run keys of intents without an outcome

    @property
    def counts(self) -> Mapping[str, int]:
        """How many receipts there are of each verdict."""
        counts: Dict[str, int] = dict.fromkeys(_RANK, 0)
        for receipt in self.receipts:
            counts[receipt.verdict] += 1
        return counts

    def of_run(self, run_key: str) -> Tuple[ReceiptVerdict, ...]:
        return tuple(receipt for receipt in self.receipts if receipt.run_key == run_key)


def worst(verdicts: Iterable[str]) -> str:
    """INVALID before INDETERMINATE before OK; OK where there is nothing."""
    return max(verdicts, key=_RANK.__getitem__, default=OK)


def place(index: int, inside: str = "") -> str:
    """How a place in the log is called in reasons: `log.jsonl line 7` (counted from 1), and where in it."""
    return f"ledger/log.jsonl line {index + 1}" + (f", {inside}" if inside else "")
