# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checkpoints of a ledger on a branch of a git remote, out of reach of who can alter the ledger: one file each.

checkpoints/<number of receipts, 12 digits>    the signed note, as it is
"""

from __future__ import annotations

from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable, NotVerified
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import parse_checkpoint, parse_note
from ansible_collections.mint.promotion.plugins.plugin_utils._git_clone import GitClone

ATTEMPTS = 5
_FOLDER = "checkpoints"


def publish(clone: GitClone, note: str) -> None:
    """Add a checkpoint. Raises `LedgerUnavailable`, and `NotVerified` where another of the same size is there."""
    checkpoint = parse_checkpoint(parse_note(note))
    path = f"{_FOLDER}/{checkpoint.size:012d}"
    reason = ""
    for _attempt in range(ATTEMPTS):
        tip = clone.fetch()
        there = clone.entries(tip, path).get(path) if tip else None
        if there is not None:
            _compare(clone, there, note, path)
            return
        reason = clone.push(clone.made(tip, {path: note.encode("utf-8")}, f"Add the checkpoint of {checkpoint.size}"))
        if not reason:
            return
    raise LedgerUnavailable(f"{clone.remote} did not take the checkpoint: {reason}", "Let this user push to it.")


def latest(clone: GitClone) -> str:
    """Return the checkpoint with the most receipts, empty where there is none yet. Raises `LedgerUnavailable`."""
    tip = clone.fetch()
    entries = clone.entries(tip, _FOLDER) if tip else {}
    if not entries:
        return ""
    name = entries[max(entries)]
    return clone.blobs([name])[name].decode("utf-8", "replace")


def _compare(clone: GitClone, there: str, note: str, path: str) -> None:
    other = clone.blobs([there])[there].decode("utf-8", "replace")
    if parse_checkpoint(parse_note(other)) != parse_checkpoint(parse_note(note)):
        found = f"{clone.remote} has another checkpoint of the same size in {path}: the ledger was forked or altered."
        raise NotVerified(found, "Run verify.yml, which compares them.")
