# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signing by the gate, and the arithmetic of verification: the only file that knows `cryptography`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Callable, TypeAlias

from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    CouldNotCheck,
    InvalidInput,
    InvalidReceipt,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import NoteSignature, note_key_id
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import (
    ECDSA,
    ED25519,
    RSA,
    SK_ECDSA,
    SK_ED25519,
    SshSignature,
    ecdsa_numbers,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import (
    ALLOWED_SIGNERS_FILE,
    GATE_KEYS_FILE,
    Crypto,
    GatePublicKey,
    TrustedKeys,
    trusted_keys,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import read_text

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
except ImportError:  # ansible-core asks for it, so only a broken installation lacks it
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

MIN_RSA_BITS = 2048  # NIST SP 800-131A Rev. 2, table 2: less is disallowed
_REMEDY = "ansible-playbook mint.promotion.keys makes one"


@dataclass(frozen=True)
class GateKey:
    """The gate's key, its private half in memory only: it is in no text that this object gives."""

    _private: Ed25519PrivateKey = field(repr=False)
    half: GatePublicKey

    @classmethod
    def load(cls, pem: str, source: str = "promotion_gate_key") -> GateKey:
        """Read an Ed25519 key (PEM, PKCS 8, not encrypted). `source` is where it comes from, for messages.

        Raises `InvalidInput`, which shows nothing of the text, and `CouldNotCheck` without `cryptography`.
        """
        require_cryptography()
        try:
            private = serialization.load_pem_private_key(pem.strip().encode("utf-8"), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            private = None
        if not isinstance(private, Ed25519PrivateKey):
            found = "text that is no unencrypted private key" if private is None else "a key of another kind"
            raise InvalidInput([Violation(source, "", found, "an Ed25519 key, PEM, PKCS 8", _REMEDY)], "The gate key")
        return cls(private, GatePublicKey(private.public_key().public_bytes_raw()))

    @classmethod
    def make(cls) -> GateKey:
        """Return a new key."""
        require_cryptography()
        private = Ed25519PrivateKey.generate()
        return cls(private, GatePublicKey(private.public_key().public_bytes_raw()))

    @property
    def private_pem(self) -> str:
        """The secret itself: PEM, PKCS 8."""
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return self._private.private_bytes(encoding, form, serialization.NoEncryption()).decode("ascii")

    @property
    def keyid(self) -> str:
        return self.half.keyid

    @property
    def public(self) -> bytes:
        return self.half.public

    @property
    def public_pem(self) -> str:
        return self.half.pem

    def sign_envelope(self, payload: bytes) -> Envelope:
        """Return a new envelope around a statement, signed by the gate."""
        return self.countersign(Envelope(payload, PAYLOAD_TYPE, ()))

    def countersign(self, envelope: Envelope) -> Envelope:
        """Return an envelope with the gate's signature after those that it has."""
        own = EnvelopeSignature(self.keyid, self._private.sign(envelope.signed_bytes))
        return replace(envelope, signatures=(*envelope.signatures, own))

    def note_signer(self, origin: str) -> Callable[[bytes], NoteSignature]:
        """Return what signs the body of a note (C2SP signed-note) under the name `origin`."""
        key_id = note_key_id(origin, self.public)
        return lambda body: NoteSignature(origin, key_id, self._private.sign(body))


def require_cryptography() -> None:
    """Raise `CouldNotCheck` where the Python package `cryptography` is missing."""
    if not HAS_CRYPTOGRAPHY:
        raise CouldNotCheck(
            "The Python package cryptography is missing on the control node",
            "Install it for the Python that runs ansible-playbook; ansible-core itself asks for it.",
        )


def load_trusted_keys(folder: str) -> TrustedKeys:
    """Read gate.pub and, where there is one, allowed_signers in the folder of trusted keys.

    Raises `InvalidInput`; `OSError` where a file can't be read.
    """
    gate_pub = read_text(os.path.join(folder, GATE_KEYS_FILE))
    signers = read_text(os.path.join(folder, ALLOWED_SIGNERS_FILE))
    return trusted_keys(gate_pub or "", signers or "", folder)


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature of 64 bytes was made by a key of 32 bytes."""
    try:
        _ed25519_key(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _ed25519_key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


PublicKey: TypeAlias = "Ed25519PublicKey | ec.EllipticCurvePublicKey"


def load_public_key(text: str) -> PublicKey:
    """Read the public key of others, Ed25519 or ECDSA: PEM, or one line as in a .pub file of OpenSSH.

    Raises `CouldNotCheck`.
    """
    require_cryptography()
    load = serialization.load_pem_public_key if text.startswith("-----") else serialization.load_ssh_public_key
    try:
        key = load(text.strip().encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, Ed25519PublicKey) or (isinstance(key, ec.EllipticCurvePublicKey) and key.key_size in _HASHES):
        return key
    raise CouldNotCheck(f"{text[:60]!r} is no public key", "Write an Ed25519 or ECDSA key: PEM, or as in a .pub file.")


def has_signed(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Tell whether a key made a signature: 64 bytes of Ed25519 (RFC 8032), or DER of ECDSA (RFC 3279, section 2.2.3).

    The hash goes by the size of the curve, as with cosign.
    """
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ec.ECDSA(_HASHES[key.key_size]()))
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_ssh(signature: SshSignature, message: bytes) -> bool:
    """Tell whether the key inside an SSH signature made it over this message. Who has the key is another question."""
    verify = _VERIFIERS[signature.key.type]
    try:
        return verify(signature, signature.signed_bytes(message))
    except (InvalidSignature, InvalidReceipt, UnsupportedAlgorithm, ValueError):
        return False


def _ed25519(signature: SshSignature, signed: bytes) -> bool:
    return verify_ed25519(signature.key.fields[0], signed, signature.signature)


def _ecdsa(signature: SshSignature, signed: bytes) -> bool:
    """RFC 5656, section 6.2.1: the hash goes by the size of the curve."""
    curve, digest = _CURVES[signature.key.fields[0]]
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve(), signature.key.fields[1])
    public.verify(encode_dss_signature(*ecdsa_numbers(signature.signature)), signed, ec.ECDSA(digest()))
    return True


def _rsa(signature: SshSignature, signed: bytes) -> bool:
    exponent, modulus = (int.from_bytes(one, "big") for one in signature.key.fields)
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    if public.key_size < MIN_RSA_BITS:
        return False
    digest = hashes.SHA512() if signature.algorithm == "rsa-sha2-512" else hashes.SHA256()
    sized = signature.signature.rjust(public.key_size // 8, b"\0")  # ssh-agents may cut leading zeros off
    public.verify(sized, signed, padding.PKCS1v15(), digest)
    return True


_CURVES: dict[bytes, Any] = (
    {
        b"nistp256": (ec.SECP256R1, hashes.SHA256),
        b"nistp384": (ec.SECP384R1, hashes.SHA384),
        b"nistp521": (ec.SECP521R1, hashes.SHA512),
    }
    if HAS_CRYPTOGRAPHY
    else {}
)
_HASHES = {curve.key_size: digest for curve, digest in _CURVES.values()}
_VERIFIERS: dict[str, Callable[[SshSignature, bytes], bool]] = {
    ED25519: _ed25519,
    SK_ED25519: _ed25519,
    RSA: _rsa,
    SK_ECDSA: _ecdsa,
    **dict.fromkeys(ECDSA, _ecdsa),
}
CRYPTO = Crypto(verify_ed25519, verify_ssh)
