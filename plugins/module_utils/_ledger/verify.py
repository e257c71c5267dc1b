# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on a ledger and on each of its receipts (pure: bytes and keys in, verdicts and reasons out).

What is judged, by file: verify_receipts (each line on its own), verify_keys (who signed, with keys that were valid
there), verify_integrity (the log against its checkpoint and anchors), verify_runs (receipts against each other),
verify_approvals, verify_later (what comes after a run), verify_evidence (the files beside the receipts), verify_policy
(what a manifest asks for).
scripts/verify_ledger.py judges the same without this code, but for what a manifest asks for: it reads no YAML.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Callable, Iterable, Iterator, Mapping, Optional, Sequence, Tuple

from .._errors import InvalidReceipt
from .checkpoint import Checkpoint, encode_base64
from .model import OUTCOME
from .verdicts import INVALID, LedgerVerdict, Notes, ReceiptVerdict, worst
from .verify_approvals import Record, judge_approvals
from .verify_evidence import Beside, Session, Statement, judge_commands, judge_evidence, judge_renderings
from .verify_integrity import CHECKPOINT, Anchor, Log, judge_integrity, read_signed, split_log
from .verify_keys import Checked, KeyHistory, Trust
from .verify_later import judge_acceptance, judge_closing
from .verify_policy import ReadManifest, judge_policy
from .verify_receipts import (
    ACCEPTANCE,
    CLOSING,
    DEPLOYMENT,
    GATE,
    VERDICT,
    Receipt,
    Wanted,
    place_receipts,
    read_receipt,
)
from .verify_runs import Book, judge_deployment, judge_gate, judge_verdict, make_book, unfinished

Read = Tuple[Receipt, Checked]  # what one line says
Work = Callable[[int, int], Iterable[Read]]  # from a line up to another, not included
Spread = Callable[[Work, int], Iterable[Read]]  # does such work on so many lines, in their order


@dataclass(frozen=True)
class LedgerFiles:
    """What there is to be verified."""

    log: bytes
    note: str  # the checkpoint; empty where there is none
    sessions: Mapping[str, Session]  # the files beside the receipts, by run key
    anchors: Tuple[Anchor, ...] = ()
    origin: str = ""  # what the checkpoint's origin has to be; empty where that is not known
    read_manifest: Optional[ReadManifest] = None  # without it nothing is said of what manifests ask for


def in_turn(work: Work, count: int) -> Iterable[Read]:
    """Do `work` on `count` lines, one after the other."""
    return work(0, count)


def judge_ledger(files: LedgerFiles, trust: Trust, spread: Spread = in_turn) -> LedgerVerdict:
    """Verify everything, and raise nothing for whatever the files hold.

    Most of the time goes into reading the lines, each of which is read on its own: `spread` may do that at once in
    several processes.
    """
    log, keys, notes = split_log(files.log), KeyHistory(), Notes()
    read = spread(partial(_read, log.lines, files, trust), len(log.lines))
    receipts = list(place_receipts(read, trust, keys))
    book = make_book(receipts)
    _judge_contents(receipts, book)
    anchors = _read_anchors(files.anchors, len(log.lines), trust, keys, notes)
    checkpoint = judge_integrity(log, files.note or None, anchors, trust, keys, notes)
    if checkpoint is not None and files.origin not in ("", checkpoint.origin):
        notes.invalid(f"{CHECKPOINT} has the origin {checkpoint.origin}, wanted {files.origin}")
    _judge_places(receipts, checkpoint)
    known = book.runs.keys() | {key for one in receipts if one.kind == GATE for key in one.facts["commands"]}
    for key in files.sessions:
        if key not in known:
            notes.warn(f"sessions/R{key} belongs to no receipt of the log")
    return _conclude(log, receipts, book, checkpoint, anchors, notes)


def _read(lines: Sequence[bytes], files: LedgerFiles, trust: Trust, first: int, end: int) -> Iterator[Read]:
    """Read the lines from `first` up to `end`, and judge the files beside them."""
    beside = lru_cache(maxsize=16)(lambda run_key: Beside.of(files.sessions.get(run_key, {})))
    for index in range(first, end):
        receipt, checked, statement = read_receipt(index, lines[index], trust)
        _judge_files(receipt, statement, beside)
        if files.read_manifest and receipt.kind in (GATE, VERDICT):
            wanted = judge_policy(receipt, statement, beside(receipt.run_key), files.read_manifest)
            receipt = replace(receipt, wanted=wanted) if wanted != Wanted() else receipt
        yield receipt, checked


def _judge_files(receipt: Receipt, statement: Statement, beside: Callable[[str], Beside]) -> None:
    """Judge the files beside a receipt, while its whole statement is at hand."""
    if receipt.kind in (GATE, DEPLOYMENT):
        judge_evidence(receipt, statement, beside(receipt.run_key))
    if receipt.kind == GATE:
        judge_commands(receipt, statement, beside)
    if receipt.kind == DEPLOYMENT and receipt.facts["phase"] == OUTCOME:
        judge_renderings(receipt, statement, beside(receipt.run_key))


def _judge_contents(receipts: Sequence[Receipt], book: Book) -> None:
    """Judge each receipt against those before it, in the order of the log."""
    record = Record()
    for receipt in receipts:
        if receipt.kind == VERDICT and receipt.notes.verdict != INVALID:
            approvals = judge_verdict(receipt, book)
            judge_approvals(receipt, approvals, book.runs[receipt.run_key], record)
        elif receipt.kind == GATE and receipt.notes.verdict != INVALID:
            judge_gate(receipt, book)
        elif receipt.kind == DEPLOYMENT and receipt.notes.verdict != INVALID:
            judge_deployment(receipt, book)
            record.note_live(receipt.facts)
        elif receipt.kind == ACCEPTANCE and receipt.notes.verdict != INVALID:
            judge_acceptance(receipt, book)
        elif receipt.kind == CLOSING and receipt.notes.verdict != INVALID:
            judge_closing(receipt, book)


def _read_anchors(
    anchors: Sequence[Anchor], entries: int, trust: Trust, keys: KeyHistory, notes: Notes
) -> Tuple[Tuple[str, Checkpoint], ...]:
    """Return the anchors that a trusted key signed. Whoever keeps one can break it: that proves nothing."""
    read = [(anchor.name, _read_anchor(anchor, entries, trust, keys, notes)) for anchor in anchors]
    good = tuple((name, checkpoint) for name, checkpoint in read if checkpoint is not None)
    if not good:
        notes.untold("no anchor: nothing tells whether the end of the log was cut off together with its checkpoint")
    return good


def _read_anchor(anchor: Anchor, entries: int, trust: Trust, keys: KeyHistory, notes: Notes) -> Optional[Checkpoint]:
    try:
        return read_signed(anchor.text, f"anchor {anchor.name}", trust, keys, entries)
    except InvalidReceipt as error:
        notes.untold(error.message)
        return None


def _judge_places(receipts: Sequence[Receipt], checkpoint: Optional[Checkpoint]) -> None:
    """A receipt has a place where a checkpoint that holds covers it."""
    covered = checkpoint.size if checkpoint is not None else 0
    reason = "not yet under a checkpoint" if checkpoint is not None else "no checkpoint proves its place in the log"
    for receipt in receipts[covered:]:
        receipt.notes.untold(reason)


def _conclude(
    log: Log,
    receipts: Sequence[Receipt],
    book: Book,
    checkpoint: Optional[Checkpoint],
    anchors: Sequence[Tuple[str, Checkpoint]],
    notes: Notes,
) -> LedgerVerdict:
    verdicts = tuple(
        ReceiptVerdict(
            one.index,
            one.digest,
            one.kind,
            one.run_key,
            one.notes.verdict,
            one.notes.reasons,
            one.notes.warnings,
        )
        for one in receipts
    )
    return LedgerVerdict(
        verdict=worst([notes.verdict, *(one.verdict for one in verdicts)]),
        reasons=notes.reasons,
        warnings=notes.warnings,
        origin=checkpoint.origin if checkpoint else "",
        size=checkpoint.size if checkpoint else 0,
        entries=len(log.lines),
        root=encode_base64(checkpoint.root) if checkpoint else "",
        anchored=max((anchor.size for _name, anchor in anchors), default=0) if checkpoint else 0,
        receipts=verdicts,
        unfinished=unfinished(book),
    )
