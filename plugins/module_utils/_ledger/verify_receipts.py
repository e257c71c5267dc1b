# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of a log to receipts, each on its own: envelope, statement, signatures that count at its place (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, Mapping, Sequence

from .._data import sha256_digest
from .._errors import InvalidReceipt
from .check import check_statement, moment
from .envelope import PAYLOAD_TYPE, Envelope, parse_envelope, parse_json
from .schema import STATEMENTS
from .verdicts import Notes
from .verify_keys import KeyHistory, Signers, Trust, judge_signatures

GATE, VERDICT, DEPLOYMENT, APPROVAL, KEY = "gate", "verdict", "deployment", "approval", "key"
_KINDS = {one.predicate_type: one.name for one in STATEMENTS}
_TIMES = {VERDICT: "timeVerified", APPROVAL: "approvedOn"}  # of the others recordedOn


@dataclass(frozen=True)
class Receipt:
    """One line of the log, as far as it could be read, and what is found about it."""

    index: int
    digest: str  # sha256:<hex> of the line
    notes: Notes
    kind: str = ""  # empty for a line that is no receipt: there is nothing more to be judged
    statement: Mapping[str, Any] = field(default_factory=dict)
    signers: Signers = Signers((), (), ())
    time: datetime = datetime.min  # when it was stated (UTC)

    @property
    def predicate(self) -> Mapping[str, Any]:
        return self.statement["predicate"]  # type: ignore[no-any-return]

    @property
    def run_key(self) -> str:
        return str(self.predicate.get("runKey", "")) if self.kind else ""

    @property
    def line(self) -> int:
        """The number of the line, from 1."""
        return self.index + 1


def instant(text: str) -> datetime:
    """Read a time of a statement that was checked already."""
    return (moment(text) or datetime.min).replace(tzinfo=timezone.utc)


def read_receipts(lines: Sequence[bytes], trust: Trust, keys: KeyHistory) -> Iterator[Receipt]:
    """Yield a receipt for each line. `keys` learns from the key receipts on the way."""
    latest = datetime.min.replace(tzinfo=timezone.utc)  # what the gate had stated before this place
    for index, line in enumerate(lines):
        receipt = _read(index, line, latest, trust, keys)
        if receipt.kind and receipt.kind != APPROVAL:
            latest = max(latest, receipt.time)
        yield receipt


def _read(index: int, line: bytes, latest: datetime, trust: Trust, keys: KeyHistory) -> Receipt:
    notes, digest = Notes(), sha256_digest(line)
    try:
        envelope = parse_envelope(line)
        statement = _statement(envelope)
    except InvalidReceipt as error:
        notes.invalid(error.message)
        return Receipt(index, digest, notes)
    kind, predicate = _KINDS[statement["predicateType"]], statement["predicate"]
    time = instant(predicate[_TIMES.get(kind, "recordedOn")])
    if index == 0 and kind == KEY:
        keys.record(index, predicate)  # the first receipt is signed by the key that it introduces
    signers = judge_signatures(envelope, index, max(latest, time), trust, keys)
    if not _judge_signers(kind, signers, notes):
        return Receipt(index, digest, notes)
    if kind == KEY:
        keys.record(index, predicate)
    return Receipt(index, digest, notes, kind, statement, signers, time)


def _statement(envelope: Envelope) -> Dict[str, Any]:
    if envelope.payload_type != PAYLOAD_TYPE:
        raise InvalidReceipt(f"payloadType is {envelope.payload_type[:80]!r}, wanted {PAYLOAD_TYPE}")
    statement = parse_json(envelope.payload)
    violations = check_statement(statement)
    if violations:
        faults = (f"{one.path or 'the statement'}: found {one.found}, wanted {one.wanted}" for one in violations)
        raise InvalidReceipt("; ".join(faults))
    return statement  # type: ignore[no-any-return]


def _judge_signers(kind: str, signers: Signers, notes: Notes) -> bool:
    """Tell whether the signatures make a receipt; the bad ones beside good ones are warnings."""
    missing = "" if signers.gate else "no valid signature of a gate key"
    if kind == APPROVAL and not signers.people:
        missing = "no valid signature of a person"
    if missing:
        notes.invalid("; ".join((missing, *signers.faults)))
        return False
    for fault in signers.faults:
        notes.warn(fault)
    return True
