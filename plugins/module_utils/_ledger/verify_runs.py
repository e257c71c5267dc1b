# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the receipts of a log fit together: runs, their gates, verdicts, intents and outcomes (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Optional, Tuple

from .._gates.model import AFTER, FAILED, PASSED
from .._gates.recert import FAMILY as RECERT
from .._release.model import JUDGED
from .model import INTENT, PROMOTE
from .verdicts import INVALID
from .verify_receipts import APPROVAL, DEPLOYMENT, GATE, VERDICT, Receipt

REFUSED = "refused"


@dataclass
class RunBook:
    """The receipts of one run."""

    gates: Dict[str, Receipt] = field(default_factory=dict)  # by the names of the gates
    verdict: Optional[Receipt] = None
    intent: Optional[Receipt] = None
    outcome: Optional[Receipt] = None

    @property
    def requesters(self) -> Tuple[str, ...]:
        """The names of who asked for the run: as stated, and as signed."""
        told = [one for one in (self.intent, self.outcome) if one is not None]
        names = [name for one in told for name in (one.facts["requester"]["user"], *one.people)]
        return tuple(dict.fromkeys(names))


@dataclass
class Book:
    """All receipts of a log, by digest and by run."""

    receipts: Dict[str, Receipt] = field(default_factory=dict)
    runs: Dict[str, RunBook] = field(default_factory=dict)
    resolved: Dict[str, Receipt] = field(default_factory=dict)  # by the run whose intent each closes


def make_book(receipts: Iterable[Receipt]) -> Book:
    """File the receipts; one that says what another has said already is INVALID."""
    book = Book()
    for receipt in receipts:
        earlier = book.receipts.setdefault(receipt.digest, receipt)
        if earlier is not receipt:
            receipt.notes.invalid(f"the same line as line {earlier.line}")
        elif receipt.kind in (GATE, VERDICT, DEPLOYMENT):
            _file(receipt, book.runs.setdefault(receipt.run_key, RunBook()), book)
    return book


def _file(receipt: Receipt, run: RunBook, book: Book) -> None:
    if receipt.kind == GATE:
        what, earlier = "gate", run.gates.setdefault(receipt.facts["gate"], receipt)
    else:
        phase = receipt.facts["phase"] if receipt.kind == DEPLOYMENT else VERDICT
        what, earlier = phase, getattr(run, phase) or receipt
        setattr(run, phase, earlier)
    if earlier is not receipt:
        receipt.notes.invalid(f"duplicate run key {receipt.run_key}: line {earlier.line} is its {what} already")
    elif receipt.kind == DEPLOYMENT and receipt.facts["phase"] != INTENT and receipt.facts["resolves"]:
        book.resolved.setdefault(receipt.facts["resolves"], receipt)


def judge_gate(receipt: Receipt, book: Book) -> None:
    """What stands for a gate is an earlier receipt of it that PASSED of itself, for the same stack and inputs.

    A gate is judged before its run's verdict, or, once the release is live, between intent and outcome.
    """
    said, run = receipt.facts, book.runs[receipt.run_key]
    if said["reused"]:
        found = book.receipts.get(f"sha256:{said['reused']}")
        if found is None or found.index >= receipt.index or found.kind != GATE or found.notes.verdict == INVALID:
            receipt.notes.invalid("what stands for it is missing: no valid earlier line of the log has this digest")
        elif any(found.facts[name] != said[name] for name in ("stack", "gate", "inputs")) or found.facts["reused"]:
            receipt.notes.invalid(f"line {found.line} can't stand for it: it is another gate, or had other inputs")
        elif found.facts["result"] != PASSED:
            receipt.notes.invalid(f"line {found.line} can't stand for it: it is {found.facts['result']}")
    if _is_afterwards(receipt, run) and not said["gate"].endswith(AFTER):
        receipt.notes.invalid(f"it comes after the verdict of its run, and its name does not end with {AFTER}")


def _is_afterwards(gate: Receipt, run: RunBook) -> bool:
    """Tell whether a gate was judged once the release was live: the verdict can't stand on it."""
    ended = run.outcome is None or gate.index < run.outcome.index
    return run.intent is not None and run.intent.index < gate.index and ended


def _before(run: RunBook) -> Dict[str, Receipt]:
    """The gates that let the run go on, or stopped it."""
    return {name: gate for name, gate in run.gates.items() if not _is_afterwards(gate, run)}


def judge_verdict(receipt: Receipt, book: Book) -> List[Receipt]:
    """Look at what a verdict stands on. Return the approvals among its inputs."""
    said = receipt.facts
    named = [one["digest"]["sha256"] for one in said["inputAttestations"]]
    inputs = [_input(number, digest, receipt, book) for number, digest in enumerate(named)]
    gates = [one for one in inputs if one is not None and one.kind == GATE]
    if said["verdict"] == PASSED:
        _judge_passed(receipt, gates, book.runs[receipt.run_key])
    for gate in gates:
        _judge_same_run(receipt, gate)
    return [one for one in inputs if one is not None and one.kind == APPROVAL]


def _input(number: int, digest: str, receipt: Receipt, book: Book) -> Optional[Receipt]:
    """Return the receipt that an input names; None, and a finding, when it is not before this place in the log."""
    where = f"inputAttestations[{number}] sha256:{digest[:16]}…"
    found = book.receipts.get(f"sha256:{digest}")
    if found is None or found.index >= receipt.index:
        receipt.notes.invalid(f"{where} is missing: no earlier line of the log has this digest")
        return None
    if found.notes.verdict == INVALID or found.kind not in (GATE, APPROVAL):
        reason = "is INVALID" if found.kind in ("", GATE, APPROVAL) else f"is a {found.kind} receipt"
        receipt.notes.invalid(f"{where} {reason} (line {found.line})")
        return None
    return found


def _judge_passed(receipt: Receipt, gates: List[Receipt], run: RunBook) -> None:
    for gate in gates:
        if gate.facts["result"] == FAILED:
            receipt.notes.invalid(f"PASSED, while the gate {gate.facts['gate']} is FAILED (line {gate.line})")
    named = {gate.index for gate in gates}
    for name, gate in _before(run).items():
        if gate.index not in named:
            receipt.notes.invalid(f"PASSED without the gate {name} of this run (line {gate.line})")
    for name in receipt.wanted.gates:
        if name not in run.gates and _is_about(name, run):
            receipt.notes.invalid(f"PASSED without the gate {name}, which the manifest of this run brings")
    if not gates:
        receipt.notes.invalid("PASSED without any gate")


def _is_about(gate: str, run: RunBook) -> bool:
    """Tell whether a gate belongs to a run: in a promotion of some modules, those of the others do not."""
    named = run.intent.facts["requestedModules"] if run.intent is not None else ()
    return not (named and gate.startswith(f"{RECERT}:")) or gate.split(":")[1] in named


def _judge_same_run(receipt: Receipt, gate: Receipt) -> None:
    said, found = receipt.facts, gate.facts
    for name in ("runKey", "environment", "stack"):
        if said[name] != found[name]:
            receipt.notes.invalid(f"{name} is {said[name]}, and that of its gate {found['gate']} is {found[name]}")
    if found["manifest"] != (said["manifest"]["digest"]["sha256"] if said["manifest"] else ""):
        receipt.notes.invalid(f"its gate {found['gate']} has judged another manifest (line {gate.line})")
    _judge_same_subject(receipt, gate)


def judge_deployment(receipt: Receipt, book: Book) -> None:
    """An intent stands on a verdict that lets it go on, and has an outcome; an outcome ends an intent."""
    run = book.runs[receipt.run_key]
    if receipt.facts["phase"] == INTENT:
        _judge_intent(receipt, run, book)
    else:
        _judge_outcome(receipt, run, book)


def _judge_intent(receipt: Receipt, run: RunBook, book: Book) -> None:
    _judge_verdict_of(receipt, book)
    _judge_hosts(receipt, run)
    if receipt.facts["resolves"]:
        receipt.notes.invalid("an intent that resolves another run")
    if run.outcome is None and receipt.run_key not in book.resolved:
        receipt.notes.untold("intent without outcome: the run was interrupted, and no later run has resolved it")


def _judge_verdict_of(receipt: Receipt, book: Book) -> None:
    """The verdict that a deployment names is of this run, for this manifest, and PASSED."""
    named = receipt.facts["verdictReceipt"]
    if named is None:
        receipt.notes.invalid("an intent without the verdict that lets it go on")
        return
    verdict = book.receipts.get(f"sha256:{named['digest']['sha256']}")
    if verdict is None or verdict.index >= receipt.index or verdict.kind != VERDICT:
        receipt.notes.invalid("verdictReceipt is missing: no earlier line of the log is this verdict")
    elif verdict.notes.verdict == INVALID:
        receipt.notes.invalid(f"its verdict is INVALID (line {verdict.line})")
    elif verdict.facts["verdict"] != PASSED:
        receipt.notes.invalid(f"its verdict is {verdict.facts['verdict']} (line {verdict.line})")
    else:
        _judge_same_request(receipt, verdict, ("runKey", "environment", "stack", "manifest"))
        _judge_same_subject(receipt, verdict)


def _judge_hosts(intent: Receipt, run: RunBook) -> None:
    """Every host that a run is going to change was judged, and the intent tells of its gates what they found."""
    gates = _before(run)
    judged = {host for gate in gates.values() for host in gate.facts["hosts"]}
    for host in intent.facts["hosts"]:
        if host not in judged:
            intent.notes.invalid(f"no gate has judged the host {host}")
    found = {name: gate.facts["findings"] for name, gate in gates.items()}
    if intent.facts["findings"] not in (None, found):
        intent.notes.invalid("what it tells of its gates is not what their receipts say")


def _judge_outcome(receipt: Receipt, run: RunBook, book: Book) -> None:
    said, intent = receipt.facts, run.intent
    _judge_resolved(receipt, book)
    if intent is not None and intent.index < receipt.index:
        _judge_intended(receipt, intent)
    elif said["outcome"] in (REFUSED, JUDGED):
        for host in said["touched"]:
            receipt.notes.invalid(f"the host {host} was changed without an intent before it")
    elif said["action"] == PROMOTE:
        receipt.notes.invalid(f"outcome {said['outcome']} without an intent before it")
    else:
        receipt.notes.untold(f"outcome {said['outcome']} of a rollback without an intent before it")


def _judge_intended(outcome: Receipt, intent: Receipt) -> None:
    """An outcome tells of what was intended, on those hosts and no others."""
    if intent.notes.verdict == INVALID:
        outcome.notes.invalid(f"its intent is INVALID (line {intent.line})")
    _judge_same_request(outcome, intent, ("action", "environment", "stack", "manifest", "request", "hosts", "findings"))
    _judge_same_subject(outcome, intent)
    if outcome.facts["requestSignedBy"] not in ("", *intent.people):
        outcome.notes.invalid(f"{outcome.facts['requestSignedBy']} has not signed the intent of line {intent.line}")
    if outcome.facts["verdictReceipt"] not in (None, intent.facts["verdictReceipt"]):
        outcome.notes.invalid(f"its verdict is not that of line {intent.line}, which it belongs to")


def _judge_resolved(outcome: Receipt, book: Book) -> None:
    """What an outcome resolves was intended before it, for the same stack and environment."""
    key = outcome.facts["resolves"]
    intent = book.runs[key].intent if key in book.runs else None
    if not key or (intent and intent.index < outcome.index and _place(intent) == _place(outcome)):
        return
    outcome.notes.invalid(f"it resolves {key}, which is no earlier intent for the same stack and environment")


def _place(receipt: Receipt) -> Tuple[str, str]:
    return receipt.facts["stack"], receipt.facts["environment"]


def _judge_same_subject(receipt: Receipt, other: Receipt) -> None:
    if receipt.facts["subject"] != other.facts["subject"]:
        receipt.notes.invalid(f"its subject is not that of line {other.line}")


def _judge_same_request(receipt: Receipt, other: Receipt, names: Tuple[str, ...]) -> None:
    for name in names:
        if receipt.facts[name] != other.facts[name]:
            receipt.notes.invalid(f"{name} is not that of line {other.line}, which it belongs to")


def unfinished(book: Book) -> Tuple[str, ...]:
    """Return the keys of runs whose intent has no outcome, in the order of the log."""
    return tuple(
        key
        for key, run in book.runs.items()
        if run.intent is not None and run.outcome is None and key not in book.resolved
    )
