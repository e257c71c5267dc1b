# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The receipts of keys: the gate's first one, the one that replaces it, and those that revoke a key."""

from __future__ import annotations

import base64
from typing import Any, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import Envelope
from ansible_collections.mint.promotion.plugins.module_utils._ledger.key_events import (
    GONE,
    UNKNOWN,
    key_events,
    standing,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import Snapshot
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import KeyEvent
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema_trust import INTRODUCED, REVOKED, ROTATED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.signers import AllowedSigner
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import key_statement, statement_bytes
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import (
    GATE,
    SIGNER,
    GatePublicKey,
    parse_gate_keys,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._home import Home
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

GATE_KEY_TYPE = "ed25519"
_RESTORE = "Take the key that the ledger goes by, or begin another ledger (promotion_receipts, promotion_ledger)."


def events_of(snapshot: Snapshot) -> Sequence[Mapping[str, Any]]:
    """Return what a ledger says of keys."""
    return tuple(key_events(snapshot.data.split(b"\n")[:-1]))


def introduction(snapshot: Snapshot, key: GateKey) -> tuple[Envelope, ...]:
    """Return the receipt that has to come before any other of this gate key; none where it is in the ledger.

    Raises `Refused` when the ledger does not go by this key, so that nothing it signs there would be valid.
    """
    now = standing(events_of(snapshot), GATE, key.keyid)
    if now == GONE:
        raise Refused(f"The gate key {key.keyid} was replaced or revoked in this ledger.", _RESTORE)
    if now == UNKNOWN and snapshot.data:
        raise Refused(f"The ledger was begun with another gate key than {key.keyid}.", _RESTORE)
    return (signed(key, _gate_event(INTRODUCED, key.half)),) if now == UNKNOWN else ()


def introduction_of(key: GateKey, public: str) -> Envelope:
    """Return the receipt by which this gate makes the key of another one known to its ledger; `public` is PEM."""
    (half,) = parse_gate_keys(public, "the receipt of the other gate's key")
    return signed(key, _gate_event(INTRODUCED, half, reason="Its receipts are imported."))


def refuse_begun(home: Home) -> None:
    """Raise `Refused` when there are receipts already, so that a key that is made now could not sign any."""
    if home.snapshot().data:
        found = f"The ledger in {home.place} was begun with a gate key that the inventory does not give."
        raise Refused(found, _RESTORE)


def rotation(key: GateKey, new: GatePublicKey, reason: str) -> Envelope:
    """Return the receipt by which a gate key hands over to a new one."""
    return signed(key, _gate_event(ROTATED, new, key.keyid, reason))


def revocation(key: GateKey, signer: AllowedSigner, reason: str) -> Envelope:
    """Return the receipt after which the key of a person is valid no more."""
    public = f"{signer.key.type} {base64.b64encode(signer.key.blob).decode('ascii')}"
    event = KeyEvent(
        event=REVOKED,
        role=SIGNER,
        keyid=signer.key.fingerprint,
        type=signer.key.type,
        public=public,
        recorded_on=timestamp(),
        principal=signer.principal,
        reason=reason,
    )
    return signed(key, event)


def signed(key: GateKey, event: KeyEvent) -> Envelope:
    """Return the receipt of an event, signed by the gate."""
    return key.sign_envelope(statement_bytes(key_statement(event)))


def _gate_event(event: str, half: GatePublicKey, replaces: str = "", reason: str = "") -> KeyEvent:
    return KeyEvent(event, GATE, half.keyid, GATE_KEY_TYPE, half.pem, timestamp(), replaces=replaces, reason=reason)
