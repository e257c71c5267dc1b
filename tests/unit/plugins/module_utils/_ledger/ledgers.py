# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ledgers on real folders, receipts to fill them with, and what must be true of one at any time."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    checkpoint_body,
    note_text,
    parse_checkpoint,
    parse_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    envelope_line,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import LONGEST_WAIT, FileLog, read_log
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey, verify_ed25519

from . import rfc6962

ORIGIN = "mint.promotion/shop"
GATE = GateKey.make()


def receipt(name: str | int) -> bytes:
    """An envelope as the log sees it: its signature is for the verifier."""
    return envelope_line(Envelope(b'{"name":"%s"}' % str(name).encode(), PAYLOAD_TYPE, (EnvelopeSignature("", b"s"),)))


def ledger(folder: Path, seconds: float = LONGEST_WAIT) -> FileLog:
    return FileLog(str(folder), ORIGIN, GATE.note_signer(ORIGIN), seconds=seconds)


def lines_of(folder: Path) -> list[bytes]:
    """The complete lines of log.jsonl."""
    return read_log(str(folder)).data.split(b"\n")[:-1]


def sound_checkpoint(folder: Path) -> Checkpoint:
    """Return the checkpoint: it is signed by the gate, and the data holds all that it covers. Fails otherwise."""
    snapshot = read_log(str(folder))
    note = parse_note(note_text(snapshot.note))
    (signature,) = note.signatures
    assert verify_ed25519(GATE.public, note.body.encode(), signature.signature)
    checkpoint = parse_checkpoint(note)
    assert checkpoint_body(checkpoint) == note.body
    lines = snapshot.data.split(b"\n")[:-1]
    assert checkpoint.size <= len(lines)
    assert checkpoint.root == rfc6962.mth(lines[: checkpoint.size])
    return checkpoint
