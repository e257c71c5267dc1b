# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger as a control node holds it, for questions about its past: what it was when a host last saw it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Tuple

from .._errors import InvalidReceipt
from .anchor import Successor, proof_text, read_anchor
from .checkpoint import Checkpoint
from .tree import consistency_proof, hash_log, root_of


@dataclass(frozen=True)
class History:
    """The receipts under the latest checkpoint, by their leaf hashes (RFC 6962), and that checkpoint as a note."""

    origin: str  # of this ledger, as it is set up
    leaves: Tuple[bytes, ...] = ()
    note: str = ""

    def root(self, size: int) -> bytes:
        """Return the root hash that the log had with `size` receipts, at most as many as it has."""
        return _root(self.leaves[:size])

    def successor(self, kept: str) -> Successor:
        """Return the latest checkpoint with the proof that leads from what a host keeps.

        There is no proof from a note that is malformed or beyond the log; the host refuses the checkpoint then.
        """
        try:
            anchor = read_anchor(kept)
        except InvalidReceipt:
            anchor = None
        if anchor is None or anchor.size > len(self.leaves):
            return Successor(self.note)
        proof = consistency_proof(self.leaves, anchor.size, len(self.leaves))
        return Successor(self.note, anchor.size, proof_text(proof))

    def fault(self, anchor: Checkpoint) -> str:
        """Say why the log does not continue the checkpoint that somebody has seen; empty when it does."""
        if anchor.origin != self.origin:
            return f"this is a ledger of {self.origin}, and the checkpoint is of {anchor.origin}"
        if anchor.size > len(self.leaves):
            return f"the ledger has {len(self.leaves)} receipts, and its checkpoint had {anchor.size}"
        if self.root(anchor.size) != anchor.root:
            return f"the first {anchor.size} receipts of the ledger are not those of the checkpoint"
        return ""


def history_of(log: bytes, origin: str, note: str) -> History:
    """Return the history of a log, whose receipts are the lines that have ended, as far as its checkpoint covers them.

    Without a checkpoint there is none. Raises `InvalidReceipt` for one that is malformed.
    """
    checkpoint = read_anchor(note)
    return History(origin, tuple(hash_log(log)[: checkpoint.size]) if checkpoint else (), note)


def log_fault(history: History) -> str:
    """Say why the log does not fit its checkpoint; empty when it does, or when there is none yet."""
    checkpoint = read_anchor(history.note)
    return history.fault(checkpoint) if checkpoint else ""


@lru_cache(maxsize=8)  # the hosts of a fleet have mostly seen the same
def _root(leaves: Tuple[bytes, ...]) -> bytes:
    return root_of(leaves)
