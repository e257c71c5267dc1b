# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger as one run uses it: what it appends before any host is changed, and at its end."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from ansible.errors import AnsibleError

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    InvalidInput,
    LedgerMoved,
    LedgerUnavailable,
    PromotionError,
    Refused,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.approvals import asked_approvals
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.check import check_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    envelope_line,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import History, history_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.key_events import GONE, standing
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import EVIDENCE_FILE, ROLLBACK, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.open_runs import OpenRun, open_runs
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render_gate import command_sessions
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    gate_statements,
    statement_bytes,
    verdict_statement,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import SIGNER
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._deadline import NO_DEADLINE, Deadline
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import events_of, introduction
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import (
    Home,
    LedgerSettings,
    Snapshot,
    ledger_settings,
    open_home,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import GATE_KEY, GATE_KEY_FILE
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, GateKey, load_trusted_keys
from ansible_collections.mint.promotion.plugins.plugin_utils._ssh_signing import sign_as_person
from ansible_collections.mint.promotion.plugins.plugin_utils._values import plain

REQUESTER_KEY = "promotion_requester_key"
ROLLBACK_SECONDS = 30.0  # that a rollback waits for its ledger before hosts are changed, and again at its end
LOST_SECONDS = 5.0  # that it waits at its end for one that it did not reach before
_NO_KEY = f"the gate's key, which signs the receipts (or {GATE_KEY_FILE})"
COLLECTION = Path(__file__).resolve().parents[2]

ATTEMPTS = 40  # as many runs may record at once what must not be recorded twice

Statement = Mapping[str, Any]
Fits = Callable[[History, Sequence[bytes]], None]  # raises where receipts do not fit behind those of a ledger


@dataclass(frozen=True)
class Recorded:
    """What a run was judged by and goes on by: digests (`sha256:<hex>`), empty for what is not there."""

    evidence: str = ""  # of evidence.json
    verdict: str = ""  # of the receipt of the verdict
    inconclusive: tuple[str, ...] = ()  # why the receipts of the run are no complete proof
    beside: Mapping[str, str] = field(default_factory=dict)  # further files beside the receipt, by name
    signed_by: str = ""  # who signed the intent beside the gate

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Recorded:
        """Before anything is in the ledger."""
        return cls(sha256_digest(files[EVIDENCE_FILE]))

    @property
    def fields(self) -> dict[str, Any]:
        """As `deployment_statement` takes them."""
        return {
            "evidence_digest": self.evidence,
            "verdict_receipt": self.verdict,
            "inconclusive": self.inconclusive,
            "beside": self.beside,
            "request_signed_by": self.signed_by,
        }

    def with_reason(self, reason: str) -> Recorded:
        return replace(self, inconclusive=(*self.inconclusive, reason))


@dataclass(frozen=True)
class Backing:
    """What a decision stands on beside the evidence of hosts."""

    outputs: Mapping[str, bytes] = field(default_factory=dict)  # what commands of gates wrote, by their run keys
    approvals: Sequence[Envelope] = ()  # signed by people, and used up by a verdict that lets the run go on


NO_BACKING = Backing()


@dataclass(frozen=True)
class Decision:
    """The receipts of all gates and of the verdict, signed, and what they leave recorded."""

    envelopes: tuple[Envelope, ...]
    recorded: Recorded
    sessions: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)  # of commands of gates, by run key


NO_DECISION = Decision((), Recorded())


@dataclass(frozen=True)
class RunLedger:
    """The ledger that a run is recorded in. Nothing is read or reached before it is asked."""

    settings: LedgerSettings
    home: Home
    requester_key: str = ""
    _seen: list[Snapshot] = field(default_factory=list, repr=False)  # whenever it was looked at

    def look(self) -> tuple[History, tuple[bytes, ...]]:
        """Return the ledger's past, and the lines under its checkpoint: those beyond it may be anybody's.

        Raises `LedgerUnavailable`, and `InvalidReceipt` for a bad note.
        """
        try:
            snapshot = self.home.snapshot()
        except OSError as error:
            raise LedgerUnavailable(f"The ledger {self.home.place} cannot be read: {why(error)}") from error
        history = self._history(snapshot)
        self._seen[:] = [snapshot]
        return history, tuple(snapshot.data.split(b"\n")[: len(history.leaves)])

    def past(self) -> History:
        """Return the ledger's past as this object last saw it, or left it. Raises what `look` raises."""
        return self._history(self._seen[0]) if self._seen else self.look()[0]

    def _history(self, snapshot: Snapshot) -> History:
        try:
            note = snapshot.note.decode("utf-8")
        except UnicodeDecodeError as error:
            raise LedgerUnavailable(f"The checkpoint of {self.home.place} is no text: {error}") from error
        return history_of(snapshot.data, self.settings.origin, note)

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Return the runs that have no outcome yet. Raises what `look` raises."""
        return open_runs(self.look()[1])

    def sign(self, statement: Statement, requested: bool = False) -> Envelope:
        """Return a statement signed by the gate and, where it is `requested`, by the requester before it.

        Raises `InvalidInput` for a statement that is not what its schema says, `Refused` without a key.
        """
        faults = check_statement(statement)
        if faults:
            raise InvalidInput(faults, "The receipt")
        envelope = Envelope(statement_bytes(statement), PAYLOAD_TYPE, ())
        if requested and self.requester_key:
            envelope = replace(envelope, signatures=(self._signature_of_requester(envelope.signed_bytes),))
        return gate_key(self.settings).countersign(envelope)

    def person_of(self, envelope: Envelope) -> str:
        """Return who signed beside the gate, by the name in allowed_signers; empty for nobody."""
        if not self.requester_key:
            return ""
        trusted, message = load_trusted_keys(self.settings.keys), envelope.signed_bytes
        signed = (trusted.who_signed(message, one, CRYPTO) for one in envelope.signatures)
        return next((one.principal for one in signed if one.principal and not one.fault), "")

    def _signature_of_requester(self, message: bytes) -> EnvelopeSignature:
        """Have the requester sign. Raises `Refused` for a key whose signature no verifier would take, and as `look`."""
        signature = sign_as_person(message, self.requester_key, REQUESTER_KEY)
        signed = load_trusted_keys(self.settings.keys).who_signed(message, signature, CRYPTO, now())
        if not self._seen:
            self.look()
        revoked = any(standing(events_of(one), SIGNER, signed.keyid) == GONE for one in self._seen)
        fault = signed.fault or ("the key was revoked" if revoked else "")
        if fault:
            remedy = "Have mint.promotion.keys list the key, take another one, or leave the variable out."
            raise Refused(f"{REQUESTER_KEY}: {fault}.", remedy)
        return signature

    def decide(
        self, run: Run, evaluation: Evaluation, recorded: Recorded, time: str, backing: Backing = NO_BACKING
    ) -> Decision:
        """Return the receipts of what the gate said, with the approvals that it uses. Raises what `sign` raises.

        There is no verdict where approvals are wanted, and not used: only the gates were asked for.
        """
        gates = self.gates(run, evaluation, recorded, time, backing)
        passed, asked = evaluation.verdict == PASSED, asked_approvals(run, evaluation)
        if passed and asked is not None and not backing.approvals:
            return gates
        used = [gate_key(self.settings).countersign(one) for one in backing.approvals] if passed else []
        inputs = [*gates.envelopes, *used]
        digests = [receipt_digest(one) for one in inputs]
        verdict = self.sign(verdict_statement(run, evaluation, digests, time, collection_version(), asked))
        found = replace(recorded, verdict=receipt_digest(verdict))
        return Decision((*inputs, verdict), found, gates.sessions)

    def gates(
        self, run: Run, evaluation: Evaluation, recorded: Recorded, time: str, backing: Backing = NO_BACKING
    ) -> Decision:
        """Return the receipts of gates without a verdict over them. Raises what `sign` raises."""
        statements = gate_statements(run, evaluation, recorded.evidence, time)
        sessions = command_sessions(statements, backing.outputs)
        return Decision(tuple(map(self.sign, statements)), recorded, sessions)

    def append(
        self,
        run_key: str,
        files: Mapping[str, bytes],
        envelopes: Sequence[Envelope],
        sessions: Mapping[str, Mapping[str, bytes]] | None = None,
        fits: Fits | None = None,
    ) -> str:
        """Keep files of a run, and those of other `sessions` by their run keys, then append; return the local folder
        that the files lie in.

        The first receipt of a ledger is the one that introduces its gate key. With `fits` the receipts go behind
        receipts that it was asked about, and nowhere else: whoever appends first wins. Raises `LedgerUnavailable`,
        `Refused` without a key, `InvalidReceipt` for a ledger that was altered, and what `fits` raises.
        """
        if not self._seen:
            self.look()
        for key, others in (sessions or {}).items():
            self.home.write_session(key, others)
        folder = self.home.write_session(run_key, files)
        for _attempt in range(ATTEMPTS):
            with contextlib.suppress(LedgerMoved):
                self._append(envelopes, fits)
                return folder
            self.look()
        raise LedgerMoved(self.home.place)

    def _append(self, envelopes: Sequence[Envelope], fits: Fits | None) -> None:
        seen, after = self._seen[0], None
        added = (*introduction(seen, gate_key(self.settings)), *envelopes)
        if fits is not None:
            after = seen.data.count(b"\n")
            fits(self._history(seen), seen.data.split(b"\n")[:after])
        places = self.home.append_lines([envelope_line(one) for one in added], after)
        self._seen[:] = _grown(seen, added, places[0].index, self.home.note) if places else [seen]


def _grown(seen: Snapshot, added: Sequence[Envelope], first: int, note: str) -> list[Snapshot]:
    """The ledger after an append; none where others have appended in between, so that it is looked at again."""
    torn = seen.data.rpartition(b"\n")[2]
    if torn or seen.data.count(b"\n") != first:
        return []
    lines = b"".join(envelope_line(one) + b"\n" for one in added)
    return [Snapshot(seen.data + lines, note.encode("utf-8"))]


def run_ledger(run: Run, task_vars: Mapping[str, Any], patience: float = ROLLBACK_SECONDS) -> RunLedger:
    """Return the ledger of a run, by the variables of its first host; of one without hosts, by those of the task's.

    A rollback waits for it for so many seconds from now on, whatever it asks of it; a promotion as long as it takes.
    Raises `InvalidInput` for bad settings.
    """
    variables = task_vars["hostvars"][run.hosts[0] if run.hosts else task_vars["inventory_hostname"]]
    settings = ledger_settings(variables, run.receipts)
    try:
        key = plain(variables.get(REQUESTER_KEY)) or ""
    except AnsibleError as error:
        fault = Violation(REQUESTER_KEY, "", f"a template that fails ({error.message})", "the path of an SSH key")
        raise InvalidInput([fault], "The inventory") from None
    deadline = Deadline.after(patience) if run.action == ROLLBACK else NO_DEADLINE
    return RunLedger(settings, open_home(settings, deadline), str(key))


def check_ledger(run: Run, task_vars: Mapping[str, Any]) -> None:
    """Raise `InvalidInput` unless a run can sign what it records. The ledger's home is not reached."""
    ledger = run_ledger(run, task_vars)
    faults: list[Violation] = []
    try:
        if ledger.settings.has_gate_key:
            gate_key(ledger.settings)
        else:
            faults.append(Violation(GATE_KEY, "", "nothing", _NO_KEY, "ansible-playbook mint.promotion.keys makes it"))
    except InvalidInput as error:
        faults += error.violations
    except PromotionError as error:
        faults.append(Violation(GATE_KEY_FILE, "", error.message, "the file of the gate's key", error.remedy))
    if ledger.requester_key and not os.path.isfile(os.path.expanduser(ledger.requester_key)):
        faults.append(Violation(REQUESTER_KEY, "", f"no file {ledger.requester_key}", "the path of an SSH key"))
    if faults:
        raise InvalidInput(faults, "The request")


def receipt_digest(envelope: Envelope) -> str:
    """Return the identity of a receipt: the digest of its line."""
    return sha256_digest(envelope_line(envelope))


def why(error: PromotionError | OSError) -> str:
    """Say in one line what an error is about."""
    if isinstance(error, PromotionError):
        stop = "." if error.remedy and not error.message.endswith(".") else ""
        return " ".join(f"{error.message}{stop} {error.remedy}".split())
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def gate_key(settings: LedgerSettings) -> GateKey:
    """Return the gate's key. Raises `Refused` where there is none, `InvalidInput` for one that is none."""
    return GateKey.load(settings.gate_key_text(), GATE_KEY if settings.gate_key else settings.gate_key_file)


@cache
def collection_version() -> str:
    """Return the version of this collection, as its galaxy.yml or, once it is installed, its MANIFEST.json says."""
    manifest = COLLECTION / "MANIFEST.json"
    if manifest.exists():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    found = re.search(r"^version: *(\S+)", (COLLECTION / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "unknown"
