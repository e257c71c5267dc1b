# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""People with SSH keys, stock ssh-keygen to sign and to verify with them, and security keys made of software."""

from __future__ import annotations

import hashlib
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import NAMESPACE, armored, parse_armored

KINDS = ("ed25519", "ecdsa", "rsa")


@dataclass(frozen=True)
class SshKeys:
    """A folder with an SSH key of each kind, and what stock ssh-keygen does with them."""

    folder: Path

    def path(self, kind: str) -> Path:
        return self.folder / kind

    def public(self, kind: str) -> str:
        """The text of the .pub file."""
        return self.path(kind).with_name(f"{kind}.pub").read_text(encoding="ascii")

    def line(self, kind: str, principal: str = "ada@example.com", options: str = "") -> str:
        """A line of allowed_signers."""
        return " ".join(filter(None, (principal, options, self.public(kind))))

    def sign(self, kind: str, message: bytes, namespace: str = NAMESPACE) -> bytes:
        """The SSHSIG blob that ssh-keygen makes."""
        argv = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(self.path(kind))]
        done = subprocess.run(argv, input=message, capture_output=True, check=True)
        return parse_armored(done.stdout.decode("ascii"))

    def verifies(self, line: str, blob: bytes, message: bytes, principal: str = "ada@example.com") -> bool:
        """What ssh-keygen says of a signature, with this one line as allowed_signers."""
        signers, signature = self.folder / "verify_signers", self.folder / "verify_signature"
        signers.write_text(line, encoding="ascii")
        signature.write_text(armored(blob), encoding="ascii")
        options = ["-n", NAMESPACE, "-I", principal, "-f", str(signers), "-s", str(signature)]
        done = subprocess.run(["ssh-keygen", "-Y", "verify", *options], input=message, capture_output=True, check=False)
        return done.returncode == 0


def make_keys(folder: Path) -> SshKeys:
    """Make an SSH key of each kind, as people do."""
    keys = SshKeys(folder)
    for kind in KINDS:
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", kind, "-f", str(keys.path(kind))], check=True)
    return keys


def string(data: bytes) -> bytes:
    """RFC 4251, section 5."""
    return struct.pack(">I", len(data)) + data


def sshsig_blob(public: bytes, signature: bytes, namespace: bytes, hash_name: bytes = b"sha512") -> bytes:
    """Put a blob together as PROTOCOL.sshsig says."""
    parts = (public, namespace, b"", hash_name, signature)
    return b"SSHSIG" + struct.pack(">I", 1) + b"".join(string(one) for one in parts)


class SecurityKey:
    """What a FIDO authenticator does, in software (PROTOCOL.u2f, "SSH U2F Signatures")."""

    APPLICATION = b"ssh:"

    def __init__(self, ecdsa: bool = False) -> None:
        self.name = b"sk-ecdsa-sha2-nistp256@openssh.com" if ecdsa else b"sk-ssh-ed25519@openssh.com"
        self._sign: Callable[[bytes], bytes]
        if ecdsa:
            curve = ec.generate_private_key(ec.SECP256R1())
            point = curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            self._sign, fields = partial(_ecdsa_signature, curve), [b"nistp256", point]
        else:
            edwards = Ed25519PrivateKey.generate()
            self._sign, fields = edwards.sign, [edwards.public_key().public_bytes_raw()]
        self.public = b"".join(string(one) for one in (self.name, *fields, self.APPLICATION))

    def sign(self, message: bytes, namespace: bytes = NAMESPACE.encode(), flags: int = 1, counter: int = 7) -> bytes:
        """Return the SSHSIG blob over a message."""
        inner = b"SSHSIG" + b"".join(map(string, (namespace, b"", b"sha512", hashlib.sha512(message).digest())))
        tail = struct.pack(">BI", flags, counter)
        signed = hashlib.sha256(self.APPLICATION).digest() + tail + hashlib.sha256(inner).digest()
        return sshsig_blob(self.public, string(self.name) + string(self._sign(signed)) + tail, namespace)


def _ecdsa_signature(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    numbers = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return b"".join(string(one.to_bytes(one.bit_length() // 8 + 1, "big")) for one in numbers)
