# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receipts of every kind, read and verified by others: the library of TUF and in-toto, and stock ssh-keygen."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import EnvelopeSignature
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ApprovalPolicy
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema import STATEMENTS
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import armored, parse_ssh_signature
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import approval_statement
from ledgers import Ledger, People, gate_key
from ledgers.later import acceptance, closing

dsse: Any = pytest.importorskip("securesystemslib.dsse", reason="requirements-dev.txt names it")
exceptions: Any = pytest.importorskip("securesystemslib.exceptions")
signer: Any = pytest.importorskip("securesystemslib.signer")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    made = Ledger.begin(People(tmp_path_factory.mktemp("people")))
    statement = approval_statement(made.approval())
    signatures = (named(one) for one in made.signatures(statement, "alice", "bob"))
    approval = made.append(statement, *signatures)
    made.promote(approvals=[approval], policy=ApprovalPolicy(2, ("alice", "bob")))
    accepted = acceptance(made, receipt=sha256_digest(made.lines[-1]))
    made.append(accepted, *(named(one) for one in made.signatures(accepted, "bob")))
    made.append(closing(made))
    return made


def named(signature: EnvelopeSignature) -> EnvelopeSignature:
    """With the keyid that we give it: the library refuses two signatures without one."""
    return replace(signature, keyid=parse_ssh_signature(signature.sig).key.fingerprint)


def kind_of(line: bytes) -> str:
    return str(json.loads(base64.b64decode(json.loads(line)["payload"]))["predicateType"])


def verified(data: dict[str, Any]) -> Any:
    """Read an envelope and verify the gate's signature; of SSH signatures the library knows nothing."""
    gate = gate_key("first")
    key = signer.SSlibKey(gate.keyid, "ed25519", "ed25519", {"public": gate.public.hex()})
    envelope = dsse.Envelope.from_dict(json.loads(json.dumps(data)))
    assert set(envelope.verify([key], 1)) == {gate.keyid}
    return envelope


def people_in(data: dict[str, Any]) -> list[bytes]:
    blobs = (base64.b64decode(one["sig"]) for one in data["signatures"])
    return [blob for blob in blobs if blob.startswith(b"SSHSIG")]


def test_an_envelope_of_each_kind_verifies(ledger: Ledger) -> None:
    assert {kind_of(line) for line in ledger.lines} == {kind.predicate_type for kind in STATEMENTS}
    for line in ledger.lines:
        verified(json.loads(line))


def test_what_was_changed_does_not(ledger: Ledger) -> None:
    for line in ledger.lines:
        with pytest.raises(exceptions.VerificationError):
            verified({**json.loads(line), "payloadType": "application/json"})


def test_the_signatures_of_people_verify_with_stock_ssh_keygen(ledger: Ledger, tmp_path: Path) -> None:
    """Over the bytes that the library, and not we, says are signed."""
    signers, signature = tmp_path / "allowed_signers", tmp_path / "signature"
    signers.write_text("\n".join(ledger.signers) + "\n")
    found = set()
    for line in ledger.lines:
        data = json.loads(line)
        for blob in people_in(data):
            signature.write_text(armored(blob))
            options = ["-n", "mint.promotion", "-f", str(signers), "-s", str(signature)]
            message = verified({**data, "signatures": data["signatures"][-1:]}).pae()
            argv = ["ssh-keygen", "-Y", "find-principals", *options[2:]]
            person = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
            subprocess.run(["ssh-keygen", "-Y", "verify", "-I", person, *options], input=message, check=True)
            found.add(person)
    assert found == {"alice", "bob"}
