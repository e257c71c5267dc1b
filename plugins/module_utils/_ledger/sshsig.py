# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH signatures: the blob that `ssh-keygen -Y sign` makes, and the bytes that it signs (pure).

Sources: PROTOCOL.sshsig, PROTOCOL.u2f and PROTOCOL.key of OpenSSH; RFC 4253, section 6.6; RFC 5656, section 3.1;
RFC 8332 (RSA with SHA-2); RFC 8709 (Ed25519).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from typing import Tuple

from .._errors import InvalidReceipt

NAMESPACE = "mint.promotion"  # what people sign for us is good for nothing else (PROTOCOL.sshsig, "namespace")
MAGIC = b"SSHSIG"
MAX_BLOB = 64 * 1024  # bytes; one of a 16384-bit RSA key has 4.2 KiB

ED25519 = "ssh-ed25519"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
RSA = "ssh-rsa"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
ECDSA = ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
SECURITY_KEYS = (SK_ED25519, SK_ECDSA)

# Which algorithms a key of each type signs with. SHA-1 (`ssh-rsa`) is none, as PROTOCOL.sshsig demands.
ALGORITHMS = {
    ED25519: (ED25519,),
    SK_ED25519: (SK_ED25519,),
    RSA: ("rsa-sha2-512", "rsa-sha2-256"),
    SK_ECDSA: (SK_ECDSA,),
    **{name: (name,) for name in ECDSA},
}
# Ed25519: the key. RSA: exponent, modulus. ECDSA: curve, point. Security keys have the application at their end.
_FIELD_COUNTS = {ED25519: 1, SK_ECDSA: 3}
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_WIDTH = 70  # characters of a line, as ssh-keygen writes it


@dataclass(frozen=True)
class SshKey:
    """A public key as SSH sends it: its type, the fields that follow, and the bytes of all."""

    type: str
    fields: Tuple[bytes, ...]
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """`SHA256:` and unpadded base64, as `ssh-keygen -l` shows it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode("ascii")
        return f"SHA256:{digest.rstrip('=')}"


@dataclass(frozen=True)
class SshSignature:
    """What an SSHSIG blob says. `flags` and `counter` are those of a security key, 0 of others."""

    key: SshKey
    namespace: str
    reserved: bytes
    hash_algorithm: str
    algorithm: str
    signature: bytes
    flags: int = 0
    counter: int = 0

    def signed_bytes(self, message: bytes) -> bytes:
        """Return what the key has signed, for this message."""
        digest = _HASHES[self.hash_algorithm](message).digest()
        texts = (self.namespace.encode("utf-8"), self.reserved, self.hash_algorithm.encode("ascii"), digest)
        inner = MAGIC + b"".join(_string(one) for one in texts)
        if self.key.type not in SECURITY_KEYS:
            return inner
        application = hashlib.sha256(self.key.fields[-1]).digest()
        return application + struct.pack(">BI", self.flags, self.counter) + hashlib.sha256(inner).digest()


class _Reader:
    """Reads the fields of RFC 4251, section 5, one after the other. Raises `InvalidReceipt` where bytes are missing."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    def take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise InvalidReceipt(f"{self._what} that ends at byte {len(self._data)}, in the middle of a field")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        data = self.string()
        try:
            return data.decode("utf-8")
        except UnicodeError:
            raise InvalidReceipt(f"{self._what} with a name that is no UTF-8")

    def end(self) -> None:
        if self._at != len(self._data):
            raise InvalidReceipt(f"{self._what} with {len(self._data) - self._at} bytes too many")


def is_ssh_signature(data: bytes) -> bool:
    """Tell an SSHSIG blob from an Ed25519 signature, which has 64 bytes (the smallest blob has more than 100)."""
    return data.startswith(MAGIC) and len(data) > 64


def parse_ssh_key(blob: bytes) -> SshKey:
    """Read a public key in the form of the wire. Raises `InvalidReceipt` for malformed ones and for unknown types."""
    reader = _Reader(blob, "an SSH public key")
    kind = reader.text()
    if kind not in ALGORITHMS:
        raise InvalidReceipt(f"an SSH key of type {kind[:60]!r}, wanted one of {', '.join(sorted(ALGORITHMS))}")
    fields = tuple(reader.string() for _field in range(_FIELD_COUNTS.get(kind, 2)))
    reader.end()
    if kind in (*ECDSA, SK_ECDSA) and fields[0].decode("latin-1") != kind.split("@")[0].rpartition("-")[2]:
        raise InvalidReceipt(f"an SSH key of type {kind} with another curve")
    return SshKey(kind, fields, blob)


def parse_ssh_signature(blob: bytes) -> SshSignature:
    """Read an SSHSIG blob. Raises `InvalidReceipt` for malformed ones and for algorithms that are not taken."""
    if len(blob) > MAX_BLOB:
        raise InvalidReceipt(f"an SSH signature of {len(blob)} bytes, wanted {MAX_BLOB} at most")
    reader = _Reader(blob, "an SSH signature")
    if reader.take(len(MAGIC)) != MAGIC:
        raise InvalidReceipt("an SSH signature that does not begin with SSHSIG")
    version = reader.number()
    if version != 1:
        raise InvalidReceipt(f"an SSH signature of version {version}, wanted 1")
    key, namespace, reserved = parse_ssh_key(reader.string()), reader.text(), reader.string()
    hash_algorithm, inner = reader.text(), reader.string()
    reader.end()
    if hash_algorithm not in _HASHES:
        raise InvalidReceipt(f"an SSH signature over the hash {hash_algorithm[:60]!r}, wanted sha256 or sha512")
    return SshSignature(key, namespace, reserved, hash_algorithm, *_inner(key, inner))


def _inner(key: SshKey, data: bytes) -> Tuple[str, bytes, int, int]:
    """Return algorithm, signature, flags and counter of the signature inside a blob."""
    reader = _Reader(data, "an SSH signature")
    algorithm, signature, flags, counter = reader.text(), reader.string(), 0, 0
    if key.type in SECURITY_KEYS:
        flags, counter = reader.take(1)[0], reader.number()
    reader.end()
    if algorithm not in ALGORITHMS[key.type]:
        wanted = " or ".join(ALGORITHMS[key.type])
        raise InvalidReceipt(f"an SSH signature by {algorithm[:60]!r} of a key of type {key.type}, wanted {wanted}")
    return algorithm, signature, flags, counter


def ecdsa_numbers(signature: bytes) -> Tuple[int, int]:
    """Return r and s of an ECDSA signature (RFC 5656, section 3.1.2). Raises `InvalidReceipt`."""
    reader = _Reader(signature, "an ECDSA signature")
    first, second = reader.string(), reader.string()
    reader.end()
    return int.from_bytes(first, "big"), int.from_bytes(second, "big")


def armored(blob: bytes) -> str:
    """Return a blob as the text that `ssh-keygen -Y verify -s` reads."""
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def parse_armored(text: str) -> bytes:
    """Return the blob in what `ssh-keygen -Y sign` writes. Raises `InvalidReceipt` for any other text."""
    body = text.strip()
    if not (body.startswith(_BEGIN) and body.endswith(_END)):
        raise InvalidReceipt(f"a text without the lines {_BEGIN} and {_END}")
    try:
        inner = "".join(body[len(_BEGIN) : -len(_END)].split())
        return base64.b64decode(inner.encode("ascii"), validate=True)
    except (UnicodeError, binascii.Error):
        raise InvalidReceipt("an SSH signature that is no base64")


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
