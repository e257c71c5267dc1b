# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our envelopes, read and verified by the library of TUF and in-toto."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    envelope_line,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from people import SshKeys

library = pytest.importorskip("securesystemslib", reason="requirements-dev.txt names it")
dsse = pytest.importorskip("securesystemslib.dsse")
signer = pytest.importorskip("securesystemslib.signer")

STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1"}'


def verified(line: bytes, gate: GateKey) -> set[str]:
    """The ids of the keys whose signatures hold. It knows no SSH signatures and passes them over."""
    key = signer.SSlibKey(gate.keyid, "ed25519", "ed25519", {"public": gate.public.hex()})
    envelope: Any = dsse.Envelope.from_dict(json.loads(line))
    return set(envelope.verify([key], 1))


def test_what_the_gate_signs_verifies() -> None:
    gate = GateKey.make()
    assert verified(envelope_line(gate.sign_envelope(STATEMENT)), gate) == {gate.keyid}


def test_what_a_person_signs_and_the_gate_countersigns_verifies(ssh_keys: SshKeys) -> None:
    gate = GateKey.make()
    unsigned = Envelope(STATEMENT, PAYLOAD_TYPE, ())
    person = EnvelopeSignature("SHA256:of-a-person", ssh_keys.sign("ed25519", unsigned.signed_bytes))
    line = envelope_line(gate.countersign(Envelope(STATEMENT, PAYLOAD_TYPE, (person,))))
    assert verified(line, gate) == {gate.keyid}


def test_what_was_changed_does_not() -> None:
    gate = GateKey.make()
    line = envelope_line(gate.sign_envelope(STATEMENT))
    data = json.loads(line)
    data["payloadType"] = "application/json"
    with pytest.raises(Exception, match="Accepted signatures do not match threshold"):
        verified(json.dumps(data).encode(), gate)
