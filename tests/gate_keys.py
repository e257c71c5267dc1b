# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gate key as keys.yml makes it, without Ansible: tests by the dozen need one each."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def make_gate_key(folder: Path) -> Mapping[str, str]:
    """Write gate.pem and keys/gate.pub into a folder, where they are not there yet; return the variables for them."""
    private, public = folder / "gate.pem", folder / "keys" / "gate.pub"
    if not private.exists():
        key = Ed25519PrivateKey.generate()
        public.parent.mkdir(parents=True, exist_ok=True)
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        private.chmod(0o600)
    return {"promotion_gate_key_file": str(private), "promotion_keys": str(public.parent)}
