# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Envelopes signed by the gate and by people, judged by ours and by stock tools."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    Note,
    checkpoint_body,
    format_note,
    parse_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    envelope_line,
    parse_envelope,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import NAMESPACE, parse_ssh_signature
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import Signed, TrustedKeys, trusted_keys
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import (
    CRYPTO,
    GateKey,
    load_trusted_keys,
    verify_ed25519,
    verify_ssh,
)
from people import KINDS, SecurityKey, SshKeys, sshsig_blob, string

STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1"}'
ORIGIN = "mint.promotion/shop"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = "ada@example.com"


@pytest.fixture(scope="module")
def gate() -> GateKey:
    return GateKey.make()


@pytest.fixture(scope="module")
def blob(ssh_keys: SshKeys) -> bytes:
    return ssh_keys.sign("ed25519", MESSAGE)


def people(gate: GateKey, *lines: str) -> TrustedKeys:
    return trusted_keys(gate.public_pem, "\n".join(lines))


def signed(keys: TrustedKeys, envelope: Envelope, at: datetime | None = None) -> list[Signed]:
    """Who made each signature of an envelope that went through a line of the log."""
    read = parse_envelope(envelope_line(envelope))
    return [keys.who_signed(read.signed_bytes, one, CRYPTO, at) for one in read.signatures]


def by_person(blob: bytes, statement: bytes = STATEMENT, keyid: str = "") -> Envelope:
    return Envelope(statement, PAYLOAD_TYPE, (EnvelopeSignature(keyid, blob),))


MESSAGE = by_person(b"").signed_bytes


def test_the_gate_signs_and_is_known_by_its_key(gate: GateKey) -> None:
    envelope = gate.sign_envelope(STATEMENT)
    assert envelope.payload_type == PAYLOAD_TYPE
    assert signed(people(gate), envelope) == [Signed("gate", gate.keyid)]


@pytest.mark.parametrize("keyid", ["", "of nobody"])
def test_a_keyid_is_a_hint_only(gate: GateKey, keyid: str) -> None:
    envelope = gate.sign_envelope(STATEMENT)
    unnamed = replace(envelope, signatures=(replace(envelope.signatures[0], keyid=keyid),))
    assert signed(people(GateKey.make()), unnamed) == [Signed("", keyid, fault="no trusted key made this signature")]
    keys = trusted_keys(GateKey.make().public_pem + gate.public_pem)
    assert signed(keys, unnamed) == [Signed("gate", gate.keyid)]


def test_what_the_gate_signed_cannot_be_changed(gate: GateKey) -> None:
    envelope = gate.sign_envelope(STATEMENT)
    keys = people(gate)
    for changed in (
        replace(envelope, payload=STATEMENT.replace(b"v1", b"v2")),
        replace(envelope, payload_type="application/json"),
        replace(envelope, signatures=gate.sign_envelope(b"{}").signatures),
        replace(envelope, signatures=(EnvelopeSignature(gate.keyid, envelope.signatures[0].sig[:-1]),)),
    ):
        (one,) = signed(keys, changed)
        assert one.fault == "the signature of the gate does not fit what was signed"


@pytest.mark.parametrize("kind", KINDS)
def test_people_sign_with_stock_ssh_keygen_and_the_gate_countersigns(
    gate: GateKey, ssh_keys: SshKeys, kind: str
) -> None:
    envelope = gate.countersign(by_person(ssh_keys.sign(kind, MESSAGE)))
    person, countersigned = signed(people(gate, ssh_keys.line(kind)), envelope, NOON)
    assert (person.role, person.principal, person.fault) == ("signer", ADA, "")
    assert countersigned == Signed("gate", gate.keyid)


@pytest.mark.parametrize("kind", KINDS)
def test_the_ssh_signature_in_an_envelope_verifies_with_stock_ssh_keygen(
    gate: GateKey, ssh_keys: SshKeys, kind: str
) -> None:
    line = envelope_line(gate.countersign(by_person(ssh_keys.sign(kind, MESSAGE))))
    data = json.loads(line)
    payload = base64.b64decode(data["payload"])
    pae = f"DSSEv1 {len(data['payloadType'])} {data['payloadType']} {len(payload)} ".encode() + payload
    blob = base64.b64decode(data["signatures"][0]["sig"])
    assert ssh_keys.verifies(ssh_keys.line(kind), blob, pae)
    assert not ssh_keys.verifies(ssh_keys.line(kind), blob, pae + b" ")


@pytest.mark.parametrize("size", [384, 521])
def test_the_larger_curves_sign_too(gate: GateKey, tmp_path: Path, size: int) -> None:
    key = tmp_path / "ecdsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-b", str(size), "-N", "", "-f", str(key)], check=True)
    keys = SshKeys(tmp_path)
    (one,) = signed(people(gate, keys.line("ecdsa")), by_person(keys.sign("ecdsa", MESSAGE)))
    assert one.fault == ""


@pytest.mark.parametrize("ecdsa", [False, True])
def test_a_security_key_signs_as_for_stock_ssh_keygen(gate: GateKey, ssh_keys: SshKeys, ecdsa: bool) -> None:
    key = SecurityKey(ecdsa)
    line = f"{ADA} {key.name.decode()} {base64.b64encode(key.public).decode()}"
    blob = key.sign(MESSAGE)
    assert ssh_keys.verifies(line, blob, MESSAGE)
    assert [one.fault for one in signed(people(gate, line), by_person(blob))] == [""]
    touched_by_another_hand = blob[:-1] + bytes([blob[-1] ^ 1])  # the counter
    assert not ssh_keys.verifies(line, touched_by_another_hand, MESSAGE)
    (one,) = signed(people(gate, line), by_person(touched_by_another_hand))
    assert one.fault == "the SSH signature does not fit what was signed"


def test_a_signature_for_another_namespace_counts_for_nothing(gate: GateKey, ssh_keys: SshKeys) -> None:
    (one,) = signed(people(gate, ssh_keys.line("ed25519")), by_person(ssh_keys.sign("ed25519", MESSAGE, "file")))
    assert one.fault == "the signature was made for the namespace 'file', wanted mint.promotion"


def test_a_key_that_may_not_sign_in_our_namespace_counts_for_nothing(gate: GateKey, ssh_keys: SshKeys) -> None:
    line = ssh_keys.line("ed25519", options='namespaces="file,git"')
    (one,) = signed(people(gate, line), by_person(ssh_keys.sign("ed25519", MESSAGE)))
    assert one.fault == "its key may not sign in the namespace mint.promotion"


def test_a_key_outside_its_validity_counts_for_nothing(gate: GateKey, ssh_keys: SshKeys) -> None:
    keys = people(gate, ssh_keys.line("ed25519", options="valid-before=20260301115959Z"))
    envelope = by_person(ssh_keys.sign("ed25519", MESSAGE))
    assert [one.fault for one in signed(keys, envelope, NOON)] == ["its key is not valid at 2026-03-01T12:00:00Z"]
    assert [one.fault for one in signed(keys, envelope, NOON.replace(hour=11))] == [""]
    assert [one.fault for one in signed(keys, envelope)] == [""]


def test_a_stranger_is_named_by_fingerprint_whatever_the_keyid_says(gate: GateKey, ssh_keys: SshKeys) -> None:
    envelope = by_person(ssh_keys.sign("rsa", MESSAGE), keyid=gate.keyid)
    (one,) = signed(people(gate, ssh_keys.line("ed25519")), envelope)
    fingerprint = parse_ssh_signature(ssh_keys.sign("rsa", b"")).key.fingerprint
    assert one == Signed("", fingerprint, fault=f"the SSH key {fingerprint} is not among the allowed signers")


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_does_not_fit_another_statement(gate: GateKey, ssh_keys: SshKeys, kind: str) -> None:
    envelope = by_person(ssh_keys.sign(kind, MESSAGE), STATEMENT + b" ")
    (one,) = signed(people(gate, ssh_keys.line(kind)), envelope)
    assert one.fault == "the SSH signature does not fit what was signed"


@given(data=st.data())
def test_no_altered_blob_is_good(gate: GateKey, ssh_keys: SshKeys, blob: bytes, data: st.DataObject) -> None:
    at, change = data.draw(st.integers(0, len(blob) - 1)), data.draw(st.integers(1, 255))
    altered = blob[:at] + bytes([blob[at] ^ change]) + blob[at + 1 :]
    (one,) = signed(people(gate, ssh_keys.line("ed25519")), by_person(altered))
    assert one.fault


def test_small_rsa_keys_and_numbers_that_are_none_do_not_verify() -> None:
    small = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    for exponent, modulus in ((small.e, small.n), (1, 4), (2, 9), (0, 0)):
        fields = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in (exponent, modulus)]
        public = b"".join(string(one) for one in (b"ssh-rsa", *fields))
        blob = sshsig_blob(public, string(b"rsa-sha2-512") + string(b"s" * 128), NAMESPACE.encode())
        assert not verify_ssh(parse_ssh_signature(blob), b"message")


@given(st.binary(max_size=70), st.binary(max_size=10), st.binary(max_size=70))
def test_the_arithmetic_never_raises(public: bytes, message: bytes, signature: bytes) -> None:
    assert not verify_ed25519(public, message, signature)
    for fields in (
        (b"ssh-ed25519", public),
        (b"ecdsa-sha2-nistp256", b"nistp256", public),
        (b"ssh-rsa", public, signature),
    ):
        name = b"rsa-sha2-256" if fields[0] == b"ssh-rsa" else fields[0]
        blob = sshsig_blob(b"".join(map(string, fields)), string(name) + string(signature), NAMESPACE.encode())
        assert not verify_ssh(parse_ssh_signature(blob), message)


def test_the_gate_signs_a_checkpoint_under_the_name_of_its_log(gate: GateKey) -> None:
    body = checkpoint_body(Checkpoint(ORIGIN, 3, b"r" * 32))
    note = parse_note(format_note(Note(body, (gate.note_signer(ORIGIN)(body.encode()),))))
    keys = trusted_keys(GateKey.make().public_pem + gate.public_pem)
    assert keys.who_signed_note(note, ORIGIN, CRYPTO) == (gate.keyid,)
    assert keys.who_signed_note(note, "mint.promotion/blog", CRYPTO) == ()
    assert keys.who_signed_note(replace(note, body=body.replace("3", "4")), ORIGIN, CRYPTO) == ()


def test_a_key_is_the_same_after_it_was_kept_as_text_and_openssl_reads_it(gate: GateKey) -> None:
    assert GateKey.load(gate.private_pem).keyid == gate.keyid
    argv = ["openssl", "pkey", "-pubout"]
    done = subprocess.run(argv, input=gate.private_pem, capture_output=True, text=True, check=True)
    assert done.stdout == gate.public_pem


def test_neither_the_object_nor_an_error_shows_the_secret(gate: GateKey) -> None:
    secret = gate.private_pem.splitlines()[1]
    assert secret not in repr(gate) + str(gate)
    with pytest.raises(InvalidInput) as caught:
        GateKey.load(gate.private_pem.replace("PRIVATE KEY", "KEY"))
    assert "found text that is no unencrypted private key" in caught.value.message
    assert secret not in caught.value.message


def test_a_key_of_another_kind_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(InvalidInput, match="found a key of another kind, wanted an Ed25519 key"):
        GateKey.load(pem)


def test_the_trusted_keys_are_read_from_their_folder(gate: GateKey, ssh_keys: SshKeys, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"gate\.pub: found no key"):
        load_trusted_keys(str(tmp_path))
    (tmp_path / "gate.pub").write_bytes(b"\xff")
    with pytest.raises(InvalidInput, match=r"gate\.pub: found a byte that is no UTF-8"):
        load_trusted_keys(str(tmp_path))
    (tmp_path / "gate.pub").write_text(gate.public_pem)
    assert load_trusted_keys(str(tmp_path)) == people(gate)
    (tmp_path / "allowed_signers").write_text(ssh_keys.line("rsa"))
    assert load_trusted_keys(str(tmp_path)) == people(gate, ssh_keys.line("rsa"))
