# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The anchor of a host: the last checkpoint of the ledger that it saw.

A host holds no key. That one log continues another it can tell by SHA-256 alone (RFC 6962, 2.1.2), and a log that was
rolled back together with its checkpoint does not continue what the host has seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

from .._errors import InvalidReceipt
from .checkpoint import Checkpoint, decode_base64, encode_base64, parse_checkpoint, parse_note
from .tree import verify_consistency


@dataclass(frozen=True)
class Successor:
    """A checkpoint for a host to keep in place of its anchor, with the proof that leads from the one to the other."""

    note: str  # the checkpoint, a C2SP signed note
    size: int = 0  # receipts of the anchor that the proof starts from; 0 for a host that had none
    proof: Tuple[str, ...] = ()  # hashes in Base64, as RFC 6962 orders them


def read_anchor(note: str) -> Optional[Checkpoint]:
    """Return the checkpoint that a host keeps, None for an empty text. Raises `InvalidReceipt` for anything else."""
    return parse_checkpoint(parse_note(note)) if note else None


def proof_text(hashes: Sequence[bytes]) -> Tuple[str, ...]:
    """Return the hashes of a proof as `Successor` holds them."""
    return tuple(map(encode_base64, hashes))


def successor_fault(kept: str, successor: Optional[Successor]) -> str:
    """Say why a host that keeps the note `kept` (empty for none) must not take `successor` in its place.

    Empty when it may. That nothing came is a fault only where something is kept.
    """
    if successor is None:
        return "no checkpoint of the ledger came with this run" if kept else ""
    try:
        old, new = read_anchor(kept), parse_checkpoint(parse_note(successor.note))
        hashes = tuple(decode_base64(one, "the proof") for one in successor.proof)
    except InvalidReceipt as error:
        return error.message
    return "" if old is None else _inconsistency(old, new, successor.size, hashes)


def _inconsistency(old: Checkpoint, new: Checkpoint, start: int, hashes: Tuple[bytes, ...]) -> str:
    if new.origin != old.origin:
        return f"this is a ledger of {new.origin}, and the host has seen one of {old.origin}"
    if new.size < old.size:
        return f"the ledger has {new.size} receipts, and had {old.size} when this host last saw it"
    if start != old.size:
        return (
            f"the host has seen {old.size} receipts by now, and the proof starts at {start}: another run came between"
        )
    if not verify_consistency(old.size, new.size, hashes, old.root, new.root):
        return f"the first {old.size} receipts of the ledger are not those that this host has seen"
    return ""
