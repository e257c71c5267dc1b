# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys that a reader of the ledger trusts, and who made a signature (pure; the arithmetic is given)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Callable, Iterable, Optional, Tuple

from .._errors import InvalidInput, InvalidReceipt, Violation
from .checkpoint import Note, note_key_id
from .envelope import EnvelopeSignature
from .schema_trust import GATE_ROLE, SIGNER_ROLE
from .signers import AllowedSigner, parse_allowed_signers, parse_public_key
from .sshsig import NAMESPACE, SshSignature, is_ssh_signature, parse_ssh_signature

GATE_KEYS_FILE = "gate.pub"
ALLOWED_SIGNERS_FILE = "allowed_signers"
GATE, SIGNER = GATE_ROLE, SIGNER_ROLE

# SubjectPublicKeyInfo of an Ed25519 key: this, then its 32 bytes (RFC 8410, section 4).
_SPKI = bytes.fromhex("302a300506032b6570032100")
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----\s*([A-Za-z0-9+/=\s]*?)-----END \1-----")


@dataclass(frozen=True)
class GatePublicKey:
    """The public half of a gate key, 32 bytes."""

    public: bytes

    @cached_property
    def keyid(self) -> str:
        """The sha256 of the DER of SubjectPublicKeyInfo, 64 hex digits."""
        return hashlib.sha256(_SPKI + self.public).hexdigest()

    @property
    def pem(self) -> str:
        """The key as `openssl pkey -pubout` writes it."""
        text = base64.b64encode(_SPKI + self.public).decode("ascii")
        return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"


@dataclass(frozen=True)
class Crypto:
    """The arithmetic of signatures: neither function raises, whatever it is given.

    `ed25519` takes public key (32 bytes), message and signature; `ssh` a signature and the message that it is for.
    """

    ed25519: Callable[[bytes, bytes, bytes], bool]
    ssh: Callable[[SshSignature, bytes], bool]


@dataclass(frozen=True)
class Signed:
    """Who made one signature. `fault` says why it counts for nothing, and is empty when it is good.

    `keyid` is that of the key, whatever the envelope's hint said. `principal` is empty for the gate.
    """

    role: str
    keyid: str
    principal: str = ""
    fault: str = ""


@dataclass(frozen=True)
class TrustedKeys:
    """The keys in the folder of trusted keys. Which of them are valid at a place in the log, the log says."""

    gates: Tuple[GatePublicKey, ...]
    signers: Tuple[AllowedSigner, ...] = ()

    def who_signed(
        self, message: bytes, signature: EnvelopeSignature, crypto: Crypto, at: Optional[datetime] = None
    ) -> Signed:
        """Say who made a signature of an envelope over `message`, its DSSE PAE.

        `at` is the time to compare valid-after and valid-before with; None leaves them out.
        """
        if is_ssh_signature(signature.sig):
            return self._person(message, signature, crypto, at)
        return self._gate(message, signature, crypto)

    def who_signed_note(self, note: Note, name: str, crypto: Crypto) -> Tuple[str, ...]:
        """Return the keyids of the gate keys that have signed a note under this name; for a checkpoint, its origin."""
        body = note.body.encode("utf-8")
        return tuple(
            gate.keyid
            for gate in self.gates
            for one in note.signatures
            if (one.name, one.key_id) == (name, note_key_id(name, gate.public))
            and crypto.ed25519(gate.public, body, one.signature)
        )

    def _gate(self, message: bytes, signature: EnvelopeSignature, crypto: Crypto) -> Signed:
        for gate in sorted(self.gates, key=lambda one: one.keyid != signature.keyid):  # the hinted one first
            if crypto.ed25519(gate.public, message, signature.sig):
                return Signed(GATE, gate.keyid)
        if any(gate.keyid == signature.keyid for gate in self.gates):
            return Signed(GATE, signature.keyid, fault="the signature of the gate does not fit what was signed")
        return Signed("", signature.keyid, fault="no trusted key made this signature")

    def _person(self, message: bytes, signature: EnvelopeSignature, crypto: Crypto, at: Optional[datetime]) -> Signed:
        try:
            ssh = parse_ssh_signature(signature.sig)
        except InvalidReceipt as error:
            return Signed(SIGNER, signature.keyid, fault=error.message)
        keyid = ssh.key.fingerprint
        lines = [one for one in self.signers if one.key.blob == ssh.key.blob]
        if not lines:
            return Signed("", keyid, fault=f"the SSH key {keyid} is not among the allowed signers")
        principal = lines[0].principal
        return Signed(SIGNER, keyid, principal, _fault(ssh, lines, message, crypto, at))


def _fault(
    ssh: SshSignature, lines: Iterable[AllowedSigner], message: bytes, crypto: Crypto, at: Optional[datetime]
) -> str:
    """Say what is wrong with the signature of a known key."""
    if ssh.namespace != NAMESPACE:
        return f"the signature was made for the namespace {ssh.namespace[:60]!r}, wanted {NAMESPACE}"
    if not crypto.ssh(ssh, message):
        return "the SSH signature does not fit what was signed"
    fitting = [one for one in lines if one.signs(NAMESPACE)]
    if not fitting:
        return f"its key may not sign in the namespace {NAMESPACE}"
    if at is not None and not any(one.is_valid(at) for one in fitting):
        return f"its key is not valid at {at.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    return ""


def trusted_keys(gate_pub: str, allowed_signers: str = "", folder: str = "") -> TrustedKeys:
    """Read the texts of gate.pub and allowed_signers; `folder` is for messages.

    Raises `InvalidInput` with all faults of both.
    """
    place = f"{folder}/" if folder else ""
    faults: Tuple[Violation, ...] = ()
    gates: Tuple[GatePublicKey, ...] = ()
    signers: Tuple[AllowedSigner, ...] = ()
    try:
        gates = parse_gate_keys(gate_pub, place + GATE_KEYS_FILE)
    except InvalidInput as error:
        faults += error.violations
    try:
        signers = parse_allowed_signers(allowed_signers, place + ALLOWED_SIGNERS_FILE)
    except InvalidInput as error:
        faults += error.violations
    if faults:
        raise InvalidInput(faults, "The folder of trusted keys")
    return TrustedKeys(gates, signers)


def is_key_of(keyid: str, role: str, public: str) -> bool:
    """Tell whether the text of a public key in a key receipt is that of the key which the receipt names."""
    try:
        keys = parse_gate_keys(public) if role == GATE else (parse_public_key(public),)
    except (InvalidInput, InvalidReceipt):
        return False
    return [one.keyid if isinstance(one, GatePublicKey) else one.fingerprint for one in keys] == [keyid]


def parse_gate_keys(text: str, source: str = GATE_KEYS_FILE) -> Tuple[GatePublicKey, ...]:
    """Read PEM blocks of Ed25519 public keys; what stands between them is comment. Raises `InvalidInput`."""
    faults = []
    keys = []
    for block in _PEM.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        key = _gate_key(block[1], block[2])
        if key is None:
            found = (
                f"a {block[1].lower()}" if block[1] != "PUBLIC KEY" else "a public key of another kind, or a broken one"
            )
            faults.append(Violation(source, "", found, "a PUBLIC KEY of Ed25519", "keys.yml writes it", line, 1))
        else:
            keys.append(key)
    if text.count("-----BEGIN ") > len(keys) + len(faults):
        faults.append(Violation(source, "", "a block that is cut off", "each -----BEGIN with its -----END"))
    if not keys and not faults:
        faults.append(Violation(source, "", "no key", "one PEM block or more", "ansible-playbook mint.promotion.keys"))
    if faults:
        raise InvalidInput(faults, "The list of gate keys")
    return tuple(dict.fromkeys(keys))


def _gate_key(label: str, body: str) -> Optional[GatePublicKey]:
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error:
        return None
    fits = label == "PUBLIC KEY" and len(der) == len(_SPKI) + 32 and der.startswith(_SPKI)
    return GatePublicKey(der[len(_SPKI) :]) if fits else None
