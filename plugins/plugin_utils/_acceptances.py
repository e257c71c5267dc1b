# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Acceptances of a promotion: what people sign as a file, their signatures beside it, and the receipts of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    InvalidInput,
    InvalidReceipt,
    Refused,
    Violation,
)
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
from ansible_collections.mint.promotion.plugins.module_utils._ledger.key_events import GONE, key_events, standing
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Acceptance
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema import ACCEPTANCE_PREDICATE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import parse_armored, parse_ssh_signature
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    acceptance_statement,
    statement_bytes,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import SIGNER
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_receipts import instant
from ansible_collections.mint.promotion.plugins.plugin_utils._approval_files import LARGEST, write_signature
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._later_receipts import append_later, later_receipts
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import LedgerSettings, open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, load_trusted_keys
from ansible_collections.mint.promotion.plugins.plugin_utils._ssh_signing import sign_as_person

FOLDER = "acceptances"  # below that of the receipts
FILE = "acceptance.pae"
KEY = "promotion_approver_key"


@dataclass(frozen=True)
class Request:
    """What people sign to accept one run: the bytes of a statement, and where they lie."""

    path: str
    payload: bytes

    @property
    def message(self) -> bytes:
        return pae(PAYLOAD_TYPE, self.payload)

    @property
    def accepted_on(self) -> datetime:
        return instant(parse_json(self.payload)["predicate"]["acceptedOn"])


@dataclass(frozen=True)
class Accepted:
    """Who has signed a request beside it, and why other files there count for nothing."""

    signatures: Mapping[str, EnvelopeSignature]
    faults: tuple[str, ...]


def request_of(settings: LedgerSettings, acceptance: Acceptance) -> Request:
    """Return what there is to sign for a run: what lies there already, else a new statement.

    Raises `InvalidInput` for a file that is something else, or for a statement that would be faulty.
    """
    path = os.path.join(settings.receipts, FOLDER, f"R{acceptance.run_key}", FILE)
    wanted = acceptance_statement(acceptance)
    if not os.path.exists(path):
        faults = check_statement(wanted, "the acceptance")
        if faults:
            raise InvalidInput(faults, "The acceptance")
        return Request(path, statement_bytes(wanted))
    with open(path, "rb") as file:
        payload = _payload(file.read(LARGEST), path, wanted)
    return Request(path, payload)


def _payload(content: bytes, path: str, wanted: Mapping[str, Any]) -> bytes:
    try:
        payload = payload_of(content)
        statement = parse_json(payload)
        if not check_statement(statement) and _of_the_run(statement) == _of_the_run(wanted):
            return payload
    except InvalidReceipt:
        pass
    fault = Violation(path, "", "another statement", "the acceptance of this run", "remove it: a new one is written")
    raise InvalidInput([fault], "The acceptance")


def _of_the_run(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an acceptance says but for what its writer adds: the same whenever it is written."""
    predicate = {name: said for name, said in statement["predicate"].items() if name not in ("acceptedOn", "reason")}
    return {**statement, "predicate": predicate}


def keep_request(request: Request) -> bool:
    """Write what is signed, unless it is there; tell whether it was not. Raises `OSError`."""
    if os.path.exists(request.path):
        return False
    make_folder(os.path.dirname(request.path))
    write_new(request.path, request.message)
    return True


def sign_request(settings: LedgerSettings, request: Request, key: str, lines: Sequence[bytes]) -> None:
    """Add the signature of the person who is here, unless it is there. Raises `Refused` for one that does not count."""
    signature = sign_as_person(request.message, key, KEY)
    principal, fault = _who(settings, request, signature, lines)
    if fault:
        raise Refused(f"{KEY}: {fault}.", "Have allowed_signers list the key, or take another one.")
    if principal not in read_accepted(settings, request, lines).signatures:
        write_signature(request.path, principal, signature)


def read_accepted(settings: LedgerSettings, request: Request, lines: Sequence[bytes]) -> Accepted:
    """Read the signatures beside a request. `lines` are those of the ledger, which says whose key was revoked."""
    folder = os.path.dirname(request.path)
    found: dict[str, EnvelopeSignature] = {}
    faults: list[str] = []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        path = os.path.join(folder, name)
        if not name.endswith(".sig") or not os.path.isfile(path):
            continue
        with open(path, "rb") as file:
            content = file.read(LARGEST)
        try:
            blob = parse_armored(content.decode("utf-8", "replace"))
            signature = EnvelopeSignature(parse_ssh_signature(blob).key.fingerprint, blob)
        except InvalidReceipt as error:
            faults.append(f"{path}: found {error.message}")
            continue
        principal, fault = _who(settings, request, signature, lines)
        if fault:
            faults.append(f"{path}: {fault}")
        else:
            found.setdefault(principal, signature)
    return Accepted(found, tuple(faults))


def _who(
    settings: LedgerSettings, request: Request, signature: EnvelopeSignature, lines: Sequence[bytes]
) -> tuple[str, str]:
    """Return whose signature it is, and why it counts for nothing.

    The key has to be valid now, and at the time in what is signed: verification goes by that, for ever.
    """
    keys = load_trusted_keys(settings.keys)
    found = keys.who_signed(request.message, signature, CRYPTO, now())
    then = keys.who_signed(request.message, signature, CRYPTO, request.accepted_on)
    revoked = standing(tuple(key_events(lines)), SIGNER, found.keyid) == GONE
    again = f"{then.fault}; remove {request.path}: a new one is written" if then.fault else ""
    return found.principal, found.fault or again or ("its key was revoked" if revoked else "")


def recorded(settings: LedgerSettings, request: Request, lines: Sequence[bytes]) -> dict[str, str]:
    """Return who has accepted by the ledger, each with the digest of the receipt."""
    keys = load_trusted_keys(settings.keys)
    found: dict[str, str] = {}
    for digest, envelope, _said in later_receipts(lines, ACCEPTANCE_PREDICATE):
        if envelope.payload == request.payload:
            signed = (keys.who_signed(envelope.signed_bytes, one, CRYPTO) for one in envelope.signatures)
            found.update({one.principal: digest for one in signed if one.role == SIGNER and not one.fault})
    return found


def record(settings: LedgerSettings, request: Request, signatures: Sequence[EnvelopeSignature]) -> str:
    """Append a receipt with these signatures of people, and return its digest. Raises `Refused` without a gate key."""
    statement = parse_json(request.payload)
    return append_later(
        settings,
        open_home(settings),
        statement,
        lambda key, payload: key.countersign(Envelope(payload, PAYLOAD_TYPE, tuple(signatures))),
    )
