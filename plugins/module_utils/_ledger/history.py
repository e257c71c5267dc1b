# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger as a control node holds it, for questions about its past: what it was when a host last saw it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Tuple

from .anchor import Successor, proof_text, read_anchor
from .checkpoint import Checkpoint
from .tree import consistency_proof, hash_lines, root_of


@dataclass(frozen=True)
class History:
    """All receipts by their leaf hashes (RFC 6962), and the latest checkpoint as a signed note."""

    origin: str
    leaves: Tuple[bytes, ...] = ()
    note: str = ""

    def root(self, size: int) -> bytes:
        """Return the root hash that the log had with `size` receipts, at most as many as it has."""
        return _root(self.leaves[:size])

    def successor(self, kept: str) -> Successor:
        """Return the latest checkpoint with the proof that leads from what a host keeps.

        There is no proof from a note that is malformed or beyond the log; the host refuses the checkpoint then.
        Raises `InvalidReceipt` for a malformed note.
        """
        anchor = read_anchor(kept)
        if anchor is None or anchor.size > len(self.leaves):
            return Successor(self.note)
        proof = consistency_proof(self.leaves, anchor.size, len(self.leaves))
        return Successor(self.note, anchor.size, proof_text(proof))

    def fault(self, anchor: Checkpoint) -> str:
        """Say why the log does not continue what a host has seen; empty when it does."""
        if anchor.origin != self.origin:
            return f"the host has seen a ledger of {anchor.origin}, and this one is of {self.origin}"
        if anchor.size > len(self.leaves):
            return f"the ledger has {len(self.leaves)} receipts, and had {anchor.size} when this host last saw it"
        if self.root(anchor.size) != anchor.root:
            return f"the first {anchor.size} receipts of the ledger are not those that this host has seen"
        return ""


def history_of(log: bytes, origin: str, note: str) -> History:
    """Return the history of a log: each line that has ended is a receipt."""
    return History(origin, tuple(hash_lines(log.split(b"\n")[:-1])), note)


@lru_cache(maxsize=8)  # the hosts of a fleet have mostly seen the same
def _root(leaves: Tuple[bytes, ...]) -> bytes:
    return root_of(leaves)
