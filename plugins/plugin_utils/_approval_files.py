# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Approvals as files on the control node: what is signed, and the signatures of people beside it.

What a file is, its content says; names are free. A signature belongs to a request in the same folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Callable, Iterable, Iterator, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, InvalidReceipt, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.approvals import Request
from ansible_collections.mint.promotion.plugins.module_utils._ledger.check import check_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.durable import make_folder, write_new
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    pae,
    parse_json,
    payload_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Approval
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema import APPROVAL_PREDICATE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import (
    armored,
    parse_armored,
    parse_ssh_signature,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    approval_of,
    approval_statement,
    statement_bytes,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import TrustedKeys
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_receipts import instant
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, verify_ssh

FOLDER = "approvals"  # below that of the receipts
REQUEST_FILE = "approval.pae"
LARGEST = 64 * 1024  # bytes of a file that is looked at; requests and signatures have a few KiB at most
MOST = 5000  # files that are looked at
_STATEMENT, _SIGNATURE = b"DSSEv1 ", b"-----BEGIN SSH SIGNATURE-----"


@dataclass(frozen=True)
class Signed:
    """One request, the bytes of its statement, and the good signatures of people by their names."""

    path: str
    payload: bytes
    approval: Approval
    signatures: dict[str, EnvelopeSignature] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def message(self) -> bytes:
        """The bytes that people sign."""
        return pae(PAYLOAD_TYPE, self.payload)

    @property
    def request(self) -> Request:
        begun, expires = instant(self.approval.approved_on), instant(self.approval.expires_on)
        people, faults = tuple(self.signatures), tuple(self.faults)
        return Request(sha256_digest(self.payload), self.approval, begun, expires, self.path, people, faults)

    def envelope(self, people: Iterable[str]) -> Envelope:
        """Return the approval of these people, which the gate has to sign yet."""
        return Envelope(self.payload, PAYLOAD_TYPE, tuple(self.signatures[name] for name in people))


@dataclass(frozen=True)
class Signers:
    """Who may sign: the trusted keys, which of them are revoked, and the time."""

    keys: TrustedKeys
    is_revoked: Callable[[str], bool]
    at: datetime

    def take(self, signed: Signed, signature: EnvelopeSignature, path: str) -> None:
        """Add a signature that fits the request, or say why it counts for nothing."""
        found = self.keys.who_signed(signed.message, signature, CRYPTO, self.at)
        fault = found.fault or ("its key was revoked" if self.is_revoked(found.keyid) else "")
        if fault:
            signed.faults.append(f"{path}: {fault}")
        else:
            signed.signatures.setdefault(found.principal, signature)


def read_approvals(paths: Sequence[str], signers: Signers) -> tuple[list[Signed], list[str]]:
    """Read requests with their signatures, the newest first, and say which files are neither fit nor foreign.

    `paths` are folders, which are searched as deep as they go, and files. Raises `OSError` for what can't be read, and
    `InvalidInput` for more files than anybody approves with.
    """
    requests: list[Signed] = []
    faults: list[str] = []
    for group in _groups(paths):
        found, wrong = _read_group(group, signers)
        requests += found
        faults += wrong
    return sorted(requests, key=lambda one: one.approval.approved_on, reverse=True), faults


def _groups(paths: Sequence[str]) -> Iterator[list[str]]:
    """Yield the files that belong together: those of one folder, and those that were named themselves.

    A folder `approvals` may be absent: nobody was asked yet.
    """
    count = 0
    for path in paths:
        for folder, _folders, names in os.walk(path):
            count += len(names)
            if count > MOST:
                fault = Violation(
                    "promotion_approvals", "", f"more than {MOST} files in {path}", "the folder of approvals"
                )
                raise InvalidInput([fault], "The request")
            yield [os.path.join(folder, name) for name in sorted(names)]
    folders = {path for path in paths if os.path.isdir(path) or os.path.basename(path) == FOLDER}
    yield [path for path in paths if path not in folders]


def _read_group(files: Sequence[str], signers: Signers) -> tuple[list[Signed], list[str]]:
    contents = {path: _content(path) for path in files}
    requests: list[Signed] = []
    faults: list[str] = []
    for path, content in contents.items():
        try:
            if content.startswith(_STATEMENT):
                requests.append(_request(path, content))
        except InvalidReceipt as error:
            faults.append(f"{path}: {error.message}")
    for path, content in contents.items():
        if content.startswith(_SIGNATURE):
            faults += _place(path, content, requests, signers)
    return requests, faults


def _content(path: str) -> bytes:
    if os.path.exists(path) and not os.path.isfile(path):
        return b""  # a pipe, which would be waited for; what is absent is told by open()
    with open(path, "rb") as file:
        return file.read(LARGEST)


def _request(path: str, content: bytes) -> Signed:
    payload = payload_of(content)
    statement = parse_json(payload)
    faults = check_statement(statement)
    if faults or statement["predicateType"] != APPROVAL_PREDICATE:
        raise InvalidReceipt(f"it is no approval: {'; '.join(map(str, faults)) or statement['predicateType']}")
    return Signed(path, payload, approval_of(statement))


def _place(path: str, content: bytes, requests: Sequence[Signed], signers: Signers) -> Iterator[str]:
    """Give a signature to the request that it fits; yield why where it fits none."""
    try:
        blob = parse_armored(content.decode("utf-8", "replace"))
        parsed = parse_ssh_signature(blob)
    except InvalidReceipt as error:
        yield f"{path}: found {error.message}"
        return
    fitting = [one for one in requests if verify_ssh(parsed, one.message)]
    for one in fitting:
        signers.take(one, EnvelopeSignature(parsed.key.fingerprint, blob), path)
    if not fitting:
        yield f"{path}: it signs none of the requests in its folder"


def new_request(approval: Approval) -> Signed:
    """Return a request that nobody has signed. Its place is not known yet."""
    return Signed("", statement_bytes(approval_statement(approval)), approval)


def write_request(signed: Signed, folder: str) -> str:
    """Write what people sign into a folder of its own, and return its path. Raises `OSError`."""
    make_folder(folder)
    path = os.path.join(folder, REQUEST_FILE)
    write_new(path, signed.message)
    return path


def write_signature(path: str, principal: str, signature: EnvelopeSignature) -> str:
    """Write a signature beside the request at `path`, and return where. Raises `OSError`."""
    name = "".join(sign if sign.isalnum() or sign in "@._-" else "_" for sign in principal)
    place = f"{path}.{name}.sig"
    write_new(place, armored(signature.sig).encode("ascii"))
    return place
