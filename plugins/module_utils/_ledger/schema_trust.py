# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The statements of people and keys."""

from __future__ import annotations

from .._schema.fields import ListOf, Nullable, Record, Text
from . import notation as n

INTRODUCED, ROTATED, REVOKED = "introduced", "rotated", "revoked"
GATE_ROLE, SIGNER_ROLE = "gate", "signer"

REPLACED = Record("replaced manifest", "A manifest that is live.", n.fields(("digest", n.SHA256, "Of its bytes.")))

APPROVAL = Record(
    "approval predicate",
    "One person approves of one manifest for one environment, once. The subject is the manifest.",
    n.fields(
        ("requestId", n.NAME, "The request that is approved of."),
        ("environment", n.NAME, "The environment that it holds for."),
        ("stack", n.NAME, "The stack."),
        (
            "manifest",
            Record("approved manifest", "What may go live.", n.fields(("digest", n.SHA256, "Of its bytes."))),
            "The manifest that may go live.",
        ),
        ("replaces", Nullable(REPLACED), "The manifest that it may replace; null where none is live."),
        ("approvedOn", n.TIME, "When, by the clock of the person who signed."),
        ("expiresOn", n.TIME, "From when on it holds no more. Later than `approvedOn`."),
        ("reason", n.PROSE, "Why, in words of a person."),
        (
            "overrides",
            n.LINE,
            "The freeze window that the promotion may go on in, by its name: it counts for nothing else then. Empty in "
            "a plain approval.",
        ),
        (
            "irreversible",
            ListOf(n.NAME),
            "The migrations of the manifest that nothing takes back: once they have run, no rollback goes to a release "
            "before them. Most often none.",
        ),
    ),
)

PUBLIC_KEY = Record(
    "public key",
    "A key that signs receipts.",
    n.fields(
        (
            "keyid",
            n.NAME,
            "Of a gate key sha256 of its DER SubjectPublicKeyInfo in hex, else `SHA256:…` of OpenSSH.",
        ),
        ("type", n.NAME, "`ed25519`, or the key type of OpenSSH (`ssh-ed25519`, …)."),
        ("public", n.PROSE, "The public key: PEM of a gate key, else one line as in a .pub file of OpenSSH."),
    ),
)

KEY = Record(
    "key predicate",
    "What became of a key. It is judged at its place in the ledger: valid after the receipt that brings it in, and "
    "no more after the one that takes it away.",
    n.fields(
        ("event", Text(allowed=(INTRODUCED, ROTATED, REVOKED)), "`rotated`: the key takes the place of `replaces`."),
        ("role", Text(allowed=(GATE_ROLE, SIGNER_ROLE)), "What it signs for: the gate, or a person."),
        ("key", PUBLIC_KEY, "The key."),
        ("replaces", n.LINE, "The keyid of the key that is valid no more; empty unless rotated."),
        ("principal", n.LINE, "The person that it belongs to; empty for a gate key."),
        ("reason", n.PROSE, "Why."),
        ("recordedOn", n.TIME, "When, by the clock of the control node."),
    ),
)
