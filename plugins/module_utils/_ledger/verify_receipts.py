# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of a log to receipts: what each says and who signed it, first on its own and then at its place (pure)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from .._data import sha256_digest
from .._errors import InvalidReceipt
from .check import moment, read_statement
from .envelope import PAYLOAD_TYPE, Envelope, parse_envelope
from .model import MANIFEST_FILE
from .render_gate import command_runs
from .schema import STATEMENTS
from .trust import is_key_of
from .verdicts import Notes
from .verify_keys import Checked, KeyHistory, Signers, Trust, check_signatures, judge_signatures

GATE, VERDICT, DEPLOYMENT, APPROVAL, KEY = "gate", "verdict", "deployment", "approval", "key"
ACCEPTANCE, CLOSING = "acceptance", "closing"
OF_PEOPLE = (APPROVAL, ACCEPTANCE)  # what a person has to sign, at a time that the person's statement says
_KINDS = {one.predicate_type: one.name for one in STATEMENTS}
_TIMES = {VERDICT: "timeVerified", APPROVAL: "approvedOn", ACCEPTANCE: "acceptedOn"}  # of the others recordedOn
# A long ledger must not lie in memory as a whole: this is what is kept of each predicate.
_RUN = ("runKey", "environment", "stack")
_FACTS: Mapping[str, Tuple[str, ...]] = {
    GATE: (*_RUN, "gate", "result"),
    VERDICT: (*_RUN, "verdict", "manifest", "approvals", "inputAttestations"),
    DEPLOYMENT: (
        *(*_RUN, "phase", "action", "outcome", "requester", "requestSignedBy", "manifest"),
        *("requestedModules", "verdictReceipt", "resolves"),
    ),
    APPROVAL: (
        *("environment", "stack", "manifest", "replaces"),
        *("approvedOn", "expiresOn", "overrides", "irreversible"),
    ),
    KEY: ("event", "role", "key", "replaces"),
    ACCEPTANCE: ("acceptedRun", "environment", "stack", "manifest", "outcomeReceipt"),
    CLOSING: ("runs",),
}
_UNTOUCHED = ("", "refused", "judged")  # outcomes of hosts that a run which intended nothing can have
_REQUEST = ("requester", "source", "modules", "requestedRelease", "requestedModules", "inherited")


@dataclass(frozen=True)
class Wanted:
    """What the manifest of a verdict PASSED asks of its inputs."""

    gates: Tuple[str, ...] = ()
    approval_seconds: Optional[float] = None  # how long what people sign may hold; None where that is not known


@dataclass(frozen=True)
class Receipt:
    """One line of the log, as far as it could be read, and what is found about it."""

    index: int
    digest: str  # sha256:<hex> of the line
    notes: Notes
    kind: str = ""  # empty for a line that is no receipt: there is nothing more to be judged
    facts: Mapping[str, Any] = field(default_factory=dict)  # of its predicate, what other receipts are held against
    people: Tuple[str, ...] = ()  # who signed beside the gate
    time: datetime = datetime.min  # when it was stated (UTC), and not before what the gate had stated by then
    payload: str = ""  # of an approval sha256:<hex> of what was signed: the same in every envelope around it
    run_key: str = ""  # empty for one that belongs to no run
    wanted: Wanted = Wanted()

    @property
    def line(self) -> int:
        """The number of the line, from 1."""
        return self.index + 1


def instant(text: str) -> datetime:
    """Read a time of a statement that was checked already."""
    return (moment(text) or datetime.min).replace(tzinfo=timezone.utc)


def read_receipt(index: int, line: bytes, trust: Trust) -> Tuple[Receipt, Checked, Mapping[str, Any]]:
    """Read one line. Return what it says, its signatures and its statement; whether it is a receipt is a matter of its
    place, where `place_receipts` puts it. One whose `kind` is empty is none anywhere.
    """
    digest = sha256_digest(line)
    try:
        envelope = parse_envelope(line)
        statement = _statement(envelope)
    except InvalidReceipt as error:
        return _unreadable(index, digest, error.message), Checked(()), {}
    kind, predicate = _KINDS[statement["predicateType"]], statement["predicate"]
    receipt = Receipt(
        index,
        digest,
        Notes(),
        kind,
        _facts(kind, statement, predicate),
        time=instant(predicate[_TIMES.get(kind, "recordedOn")]),
        payload=sha256_digest(envelope.payload) if kind == APPROVAL else "",
        run_key=predicate.get("runKey", ""),
    )
    return receipt, check_signatures(envelope, trust), statement


def place_receipts(read: Iterable[Tuple[Receipt, Checked]], trust: Trust, keys: KeyHistory) -> Iterator[Receipt]:
    """Yield the receipts of a log, in its order. `keys` learns from the key receipts on the way."""
    latest = datetime.min.replace(tzinfo=timezone.utc)  # what the gate had stated before this place
    for receipt, checked in read:
        placed = _placed(receipt, checked, latest, trust, keys) if receipt.kind else receipt
        if placed.kind not in ("", *OF_PEOPLE):
            latest = placed.time
        yield placed


def _placed(receipt: Receipt, checked: Checked, latest: datetime, trust: Trust, keys: KeyHistory) -> Receipt:
    index, kind = receipt.index, receipt.kind
    if index == 0 and kind == KEY:
        keys.record(index, receipt.facts)  # the first receipt is signed by the key that it introduces
    time = max(receipt.time, latest)  # a clock that was set back makes nothing younger
    signers = judge_signatures(checked, index, time, trust, keys)
    missing = _missing_signer(kind, signers)
    if missing:
        return _unreadable(index, receipt.digest, "; ".join((missing, *signers.faults)))
    if kind == KEY:
        keys.record(index, receipt.facts)
    receipt.notes.warnings = (*signers.faults, *receipt.notes.warnings)  # the bad ones beside good ones
    if signers.people or time is not receipt.time:
        return replace(receipt, people=signers.people, time=time)
    return receipt


def _unreadable(index: int, digest: str, reason: str) -> Receipt:
    notes = Notes()
    notes.invalid(reason)
    return Receipt(index, digest, notes)


def _missing_signer(kind: str, signers: Signers) -> str:
    """Say who has to sign a receipt of this kind and did not; empty where nobody is missing."""
    if kind in OF_PEOPLE and not signers.people:
        return "no valid signature of a person"
    return "" if signers.gate else "no valid signature of a gate key"


def _facts(kind: str, statement: Mapping[str, Any], predicate: Mapping[str, Any]) -> Dict[str, Any]:
    facts = {name: predicate[name] for name in _FACTS[kind]}
    if kind != KEY:
        facts["subject"] = _shared(tuple((one["name"], one["digest"]["sha256"]) for one in statement["subject"]))
    if kind == GATE:
        facts.update(_facts_of_gate(predicate))
    elif kind == DEPLOYMENT:
        facts.update(_facts_of_deployment(predicate))
    return facts


def _facts_of_gate(predicate: Mapping[str, Any]) -> Dict[str, Any]:
    """`hosts` are those that it judged, `findings` its verdicts on them, `commands` the run keys of the
    commands that it ran.

    `inputs` and `reused` (the receipt that stands for it) are hex digits, empty where there are none.
    """
    (first, *_others) = predicate["found"]
    found = [(one["host"], one["verdict"]) for one in predicate["found"]]
    return {
        "manifest": _judged_manifest(predicate["configuration"]),
        "hosts": _shared(tuple(sorted(host for host, _verdict in found))),
        "findings": _shared(tuple(sorted(found))),
        "inputs": (first.get("inputs") or {}).get("sha256", ""),
        "reused": ((first.get("reused") or {}).get("digest") or {}).get("sha256", ""),
        "commands": tuple(run["runKey"] for run in command_runs({"predicate": predicate})),
    }


def _facts_of_deployment(predicate: Mapping[str, Any]) -> Dict[str, Any]:
    """`findings` are those of the gates that it tells of, as `_facts_of_gate` has them, or None.

    `touched` are the hosts that it says were worked on.
    """
    results = predicate["gates"]["results"] if predicate["gates"] else ()
    found: Dict[str, List[Tuple[str, str]]] = {}
    for one in results:
        found.setdefault(one["gate"], []).append((one["host"], one["verdict"]))
    touched = (
        host["name"]
        for host in predicate["hosts"]
        if host["outcome"] not in _UNTOUCHED or any(report["changed"] for report in host["reports"])
    )
    return {
        "live": _live(predicate["hosts"]),
        "hosts": _shared(tuple(sorted(host["name"] for host in predicate["hosts"]))),
        "request": _digest([predicate[name] for name in _REQUEST]),
        "findings": {gate: _shared(tuple(sorted(pairs))) for gate, pairs in found.items()}
        if predicate["gates"]
        else None,
        "touched": _shared(tuple(touched)),
    }


def _digest(data: Any) -> str:
    return hashlib.sha256(_canonical(data).encode("ascii")).hexdigest()


_canonical = json.JSONEncoder(sort_keys=True).encode


@lru_cache(maxsize=1024)  # most runs are about the same hosts and images, whose names are kept once
def _shared(facts: Tuple[Any, ...]) -> Tuple[Any, ...]:
    return facts


def _judged_manifest(files: Iterable[Mapping[str, Any]]) -> str:
    """Return the digest of the manifest that a gate was judged by, empty where there is none."""
    return next((str(one["digest"]["sha256"]) for one in files if one["name"] == MANIFEST_FILE), "")


def _live(hosts: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:
    """Return the digest of the manifest that was observed to be live on each host, empty where it is not known.

    A host that is as it was before the run is left out.
    """
    live: Dict[str, str] = {}
    for host in hosts:
        seen = [one for one in host["reports"] if one["manifest"] and one["release"] == host["live"]]
        if seen or host["live"] != host["from"]:
            live[host["name"]] = seen[-1]["manifest"]["sha256"] if seen else ""
    return live


def _statement(envelope: Envelope) -> Dict[str, Any]:
    if envelope.payload_type != PAYLOAD_TYPE:
        raise InvalidReceipt(f"payloadType is {envelope.payload_type[:80]!r}, wanted {PAYLOAD_TYPE}")
    statement, violations = read_statement(envelope.payload)
    if violations:
        faults = (f"{one.path or 'the statement'}: found {one.found}, wanted {one.wanted}" for one in violations)
        raise InvalidReceipt("; ".join(faults))
    if _KINDS[statement["predicateType"]] == KEY and not _is_its_key(statement["predicate"]):
        raise InvalidReceipt("predicate.key: found a public key of another keyid")
    return statement  # type: ignore[no-any-return]


def _is_its_key(predicate: Mapping[str, Any]) -> bool:
    return is_key_of(predicate["key"]["keyid"], predicate["role"], predicate["key"]["public"])
