# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a log is what its checkpoint and the anchors of others say: nothing changed, dropped or added (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Sequence, Tuple

from .._errors import InvalidReceipt
from .checkpoint import Checkpoint, encode_base64, parse_checkpoint, parse_note
from .tree import EMPTY, hash_lines
from .verdicts import Notes
from .verify_keys import KeyHistory, Trust

CHECKPOINT = "ledger/checkpoint"
LOG = "ledger/log.jsonl"


@dataclass(frozen=True)
class Anchor:
    """A checkpoint that somebody else has kept, as a note, and who."""

    name: str
    text: str


@dataclass(frozen=True)
class Log:
    """The bytes of a log: its complete lines without their newlines, and what follows the last newline."""

    lines: Tuple[bytes, ...]
    tail: bytes


def split_log(data: bytes) -> Log:
    """Take a log apart; only a newline ends a line."""
    *lines, tail = data.split(b"\n")
    return Log(tuple(lines), tail)


def roots(lines: Sequence[bytes], sizes: Sequence[int]) -> Mapping[int, bytes]:
    """Return the RFC 6962 root over the first n lines, for each n of `sizes` that there are lines for."""
    found: Dict[int, bytes] = {}
    frontier = EMPTY
    for size in sorted(set(sizes)):
        if size <= len(lines):
            frontier = frontier.extended(hash_lines(lines[frontier.size : size]))
            found[size] = frontier.root()
    return found


def read_signed(text: str, name: str, trust: Trust, keys: KeyHistory, entries: Optional[int] = None) -> Checkpoint:
    """Return the checkpoint of a note that a trusted gate key signed, which was valid at that size.

    With `entries`, the number of lines in the log, it may reach beyond them: what was cut off may have introduced its
    key, so that is not asked of it then. Raises `InvalidReceipt`, with `name` for the note.
    """
    try:
        note = parse_note(text)
        checkpoint = parse_checkpoint(note)
    except InvalidReceipt as error:
        raise InvalidReceipt(f"{name} is malformed: {error.message}")
    keyids = trust.keys.who_signed_note(note, checkpoint.origin, trust.crypto)
    if not keyids:
        raise InvalidReceipt(f"{name} has no valid signature of a trusted gate key for the origin {checkpoint.origin}")
    beyond = entries is not None and checkpoint.size > entries
    faults = [keys.checkpoint_fault(keyid, checkpoint.size, beyond) for keyid in keyids]
    if all(faults):
        raise InvalidReceipt(f"{name} is signed by a gate key that is not valid at {checkpoint.size}: {faults[0]}")
    return checkpoint


def judge_integrity(
    log: Log,
    note: Optional[str],
    anchors: Sequence[Tuple[str, Checkpoint]],
    trust: Trust,
    keys: KeyHistory,
    notes: Notes,
) -> Optional[Checkpoint]:
    """Compare a log with its checkpoint and with anchors. Return the checkpoint when the log is what it says."""
    if note is None:
        for name, anchor in anchors:
            if anchor.size:
                notes.invalid(f"{CHECKPOINT} is missing, and anchor {name} has seen one of {anchor.size} receipts")
        _judge_uncovered(log, 0, notes)
        return None
    try:
        checkpoint = read_signed(note, CHECKPOINT, trust, keys)
    except InvalidReceipt as error:
        notes.invalid(error.message)
        return None
    known = roots(log.lines, [checkpoint.size, *(anchor.size for _name, anchor in anchors)])
    for name, anchor in anchors:
        _judge_anchor(name, anchor, checkpoint, known, notes)
    if checkpoint.size > len(log.lines):
        torn = ", and a torn line" if log.tail else ""
        found = f"{LOG} has {len(log.lines)} complete lines{torn}"
        notes.invalid(f"{found}, wanted the {checkpoint.size} that {CHECKPOINT} covers: its end was cut off")
        return None
    if known[checkpoint.size] != checkpoint.root:
        found = f"the first {checkpoint.size} lines of {LOG} have the root {encode_base64(known[checkpoint.size])}"
        wanted = f"{encode_base64(checkpoint.root)} as {CHECKPOINT} says"
        notes.invalid(f"{found}, wanted {wanted}: a line was edited, deleted, inserted or moved")
        return None
    _judge_uncovered(log, checkpoint.size, notes)
    return checkpoint


def _judge_uncovered(log: Log, size: int, notes: Notes) -> None:
    """Say what no checkpoint covers yet: what a writer leaves that ended in the middle of an append."""
    if not size and not log.lines:
        notes.untold(f"{LOG} holds no receipt")
    elif len(log.lines) > size:
        count = len(log.lines) - size
        notes.untold(f"{LOG}: {count} complete lines from line {size + 1} on are not yet under a checkpoint")
    if log.tail:
        where = f"{LOG} line {len(log.lines) + 1}, beyond the checkpoint"
        notes.untold(f"{where}: a torn line of {len(log.tail)} bytes, mendable: the next append cuts it off")


def _judge_anchor(
    name: str, anchor: Checkpoint, checkpoint: Checkpoint, known: Mapping[int, bytes], notes: Notes
) -> None:
    where = f"anchor {name}"
    if anchor.origin != checkpoint.origin:
        notes.invalid(f"{CHECKPOINT} has the origin {checkpoint.origin}, wanted {anchor.origin} as {where} says")
    elif anchor.size == checkpoint.size and anchor.root != checkpoint.root:
        both = f"{encode_base64(anchor.root)} in {where} and {encode_base64(checkpoint.root)} in {CHECKPOINT}"
        notes.invalid(f"fork: two checkpoints of size {anchor.size} have different roots, {both}")
    elif anchor.size > checkpoint.size:
        notes.invalid(
            f"{CHECKPOINT} covers {checkpoint.size} receipts, and {where} has seen {anchor.size}: rolled back"
        )
    elif known.get(anchor.size, anchor.root) != anchor.root:
        notes.invalid(f"the first {anchor.size} lines of {LOG} are not those that {where} has seen: fork")
