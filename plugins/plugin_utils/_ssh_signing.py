# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signing by people: `ssh-keygen -Y sign` on the control node, which knows key files, ssh-agent and security keys."""

from __future__ import annotations

import os
import subprocess

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    InvalidInput,
    InvalidReceipt,
    Refused,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import EnvelopeSignature
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import (
    NAMESPACE,
    SECURITY_KEYS,
    parse_armored,
    parse_ssh_signature,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import verify_ssh
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import read_text

display = Display()

PATIENCE = 60  # seconds; a security key that nobody touches gives up before (CTAP2: 30 s)

# What ssh-keygen says (OpenSSH 9.2), and what to do about it.
_REMEDIES = (
    ("incorrect passphrase", "It has a passphrase: `ssh-add {key}`, and name {key}.pub instead."),
    ("too open", "`chmod 600 {key}`."),
    ("No private key found", "Its private half is not in ssh-agent: `ssh-add` it where SSH_AUTH_SOCK leads to."),
    ("device not found", "Plug the security key in."),
    ("user presence", "Touch the security key when it blinks."),
)


def sign_as_person(message: bytes, key: str, source: str = "promotion_requester_key") -> EnvelopeSignature:
    """Sign `message`, the DSSE PAE of a statement, with the SSH key of a person.

    `key` is the path of a private key, or of a public key whose private half is in ssh-agent; `source` names the
    variable that holds it. Nobody is asked for a passphrase. Raises `InvalidInput` when there is no such file and
    `Refused` when the key does not sign.
    """
    path = os.path.abspath(os.path.expanduser(key))
    if not os.path.isfile(path):
        wanted = "the file of an SSH key, or of a public key whose private half is in ssh-agent"
        raise InvalidInput([Violation(source, "", f"no file {key}", wanted)], "The SSH key")
    if _is_security_key(path):
        display.display(f"Touch the security key of {key} to sign")
    blob = _signed(path, message)
    signature = parse_ssh_signature(blob)
    if signature.namespace != NAMESPACE or not verify_ssh(signature, message):
        raise Refused(f"{key}: ssh-keygen made a signature that does not verify", "Look at the ssh-agent that made it.")
    return EnvelopeSignature(signature.key.fingerprint, blob)


def _is_security_key(path: str) -> bool:
    """Tell by the public half, which lies beside a private one, whether somebody has to be there to sign."""
    text = read_text(path if path.endswith(".pub") else f"{path}.pub") or ""
    return text.startswith(SECURITY_KEYS)


def _signed(path: str, message: bytes) -> bytes:
    argv = ["ssh-keygen", "-Y", "sign", "-n", NAMESPACE, "-f", path]
    try:
        done = subprocess.run(
            argv, input=message, capture_output=True, timeout=PATIENCE, check=False, start_new_session=True
        )
    except FileNotFoundError:
        raise Refused("ssh-keygen is missing on the control node", "Install the OpenSSH client.")
    except subprocess.TimeoutExpired:
        raise Refused(
            f"{path}: nobody let it sign within {PATIENCE} s", "Touch the security key, or confirm at ssh-agent."
        )
    if done.returncode:
        raise _refusal(path, done.stderr.decode("utf-8", "replace"))
    try:
        return parse_armored(done.stdout.decode("utf-8", "replace"))
    except InvalidReceipt as error:
        raise Refused(f"{path}: `{' '.join(argv)}` gave {error.message}", "Look at what ssh-keygen is on this machine.")


def _refusal(path: str, said: str) -> Refused:
    """Turn what ssh-keygen says into what to do."""
    text = said.replace("Enter passphrase: ", "")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("@", "Signing data"))]
    remedy = next(
        (text for sign, text in _REMEDIES if sign in said), f"See whether `ssh-keygen -l -f {path}` knows it."
    )
    return Refused(f"{path} does not sign: {' '.join(lines) or 'no reason given'}", remedy.format(key=path))
