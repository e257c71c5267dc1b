# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that verifiers trust: gate.pub and allowed_signers, which only ever grow."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    InvalidInput,
    InvalidReceipt,
    Refused,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.signers import (
    is_principal,
    parse_allowed_signers,
    parse_public_key,
    signer_line,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import SshKey
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import (
    ALLOWED_SIGNERS_FILE,
    GATE_KEYS_FILE,
    GatePublicKey,
    parse_gate_keys,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text, read_text

_ABOUT_SIGNERS = """\
# Who may approve and ask for promotions: a person, what the key may sign, the key. docs/receipts.md says more.
# Lines stay when a key is revoked: a receipt in the ledger says from where on it counts no more.
"""


def refuse_faults(folder: str, principal: str, key_path: str) -> None:
    """Raise what `trust_gate` and `trust_signer` would, with the faults of both files, before anything is changed."""
    faults: list[Violation] = []
    try:
        trust_gate(folder, None, check_mode=True)
    except InvalidInput as error:
        faults += error.violations
    try:
        trust_signer(folder, principal, key_path, check_mode=True)
    except InvalidInput as error:
        faults += error.violations
    if faults:
        raise InvalidInput(faults, "What the keys are made of")


def trust_gate(folder: str, half: GatePublicKey | None, check_mode: bool) -> dict[str, Any]:
    """Make gate.pub hold a key beside those that it holds, and return `changed` and `diff`.

    None stands for the key that a dry run does not make. Raises `InvalidInput` for a broken file, and `OSError`.
    """
    path = os.path.join(folder, GATE_KEYS_FILE)
    text = read_text(path) or ""
    known = parse_gate_keys(text, path) if text.strip() else ()
    added = "" if half in known else half.pem if half else "(a new public key)\n"
    return _keep(path, _lines(text) + added, check_mode)


def trust_signer(folder: str, principal: str, key_path: str, check_mode: bool) -> dict[str, Any]:
    """Make allowed_signers be there, with the key of a person if one is given; return `changed` and `diff`.

    `key_path` is the path of an SSH key, or of its public half. Raises `InvalidInput`, `Refused` and `OSError`.
    """
    path = os.path.join(folder, ALLOWED_SIGNERS_FILE)
    before = read_text(path)
    text = _ABOUT_SIGNERS if before is None else _lines(before)
    signers = parse_allowed_signers(text, path)
    if key_path:
        key = _public_half(key_path)
        owners = {one.principal for one in signers if one.key.blob == key.blob}
        if owners - {principal}:
            raise Refused(f"{key_path} is the key of {', '.join(owners)} in {path}.", "One key is one person's.")
        text += "" if owners else f"{_line(principal, key)}\n"
    return _keep(path, text, check_mode)


def _line(principal: str, key: SshKey) -> str:
    if not is_principal(principal):
        wanted = "the name of one person, without blanks, commas, quotes and patterns"
        raise InvalidInput([Violation("promotion_requester", "", repr(principal), wanted)], "The request")
    return signer_line(principal, key)


def _public_half(key_path: str) -> SshKey:
    path = os.path.abspath(os.path.expanduser(key_path))
    public = path if path.endswith(".pub") else f"{path}.pub"
    text = read_text(public)
    try:
        return parse_public_key(text or "")
    except InvalidReceipt as error:
        found = f"no file {public}" if text is None else f"{public} with {error.message}"
        fault = Violation("promotion_requester_key", "", found, "an SSH key with its .pub file beside it")
        raise InvalidInput([fault], "The request")


def _lines(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _keep(path: str, text: str, check_mode: bool) -> dict[str, Any]:
    if not check_mode:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    return keep_text(path, text, check_mode)
