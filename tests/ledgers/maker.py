# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes ledgers out of the collection's own statements and signatures, in memory; `write` lays one down in a folder."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation, GateResult
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    Note,
    checkpoint_body,
    format_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    envelope_line,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    CHANGE_PACK_FILE,
    INTENT,
    OUTCOME,
    PROMOTE,
    RECEIPT_FILE,
    Approval,
    ApprovalPolicy,
    HostOutcome,
    KeyEvent,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import (
    receipt_text,
    renderings,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import parse_armored
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    approval_statement,
    deployment_statement,
    gate_statements,
    key_statement,
    statement_bytes,
    verdict_statement,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, root_of
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._release.model import PROMOTED, HostReport
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

ORIGIN = "example.com/shop"
NAMESPACE = "mint.promotion"
HOSTS = ("prod-1", "prod-2")
GATES = ("engine", "images", "disk")
DIGEST = "sha256:" + "a" * 64
MODULE = Module(name="artwork", image=f"registry.example.com/artwork@{DIGEST}", service="artwork", revision="b" * 40)
MANIFEST = Manifest(
    schema=1,
    stack="shop",
    project="shop",
    repository="https://git.example.com/shop.git",
    revision="b" * 40,
    modules=(MODULE,),
)
_BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def time_at(minute: int) -> str:
    """The time of a statement, in minutes from the beginning of every ledger of these tests."""
    return (_BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def manifest_text(number: int) -> str:
    return f"schema: 1  # manifest {number}\n"


def manifest_digest(number: int) -> str:
    return sha256_digest(manifest_text(number).encode())


def saying(text: str) -> dict[str, Any]:
    """What a run says of a manifest with this text, as `Ledger.run` takes it."""
    return {"manifest_text": text, "manifest_digest": sha256_digest(text.encode())}


LOWERED = saying("policy: {prod: {gates: {disk: report}}}\n")


@dataclass(frozen=True)
class People:
    """SSH keys of people in a folder, made by ssh-keygen, once each."""

    folder: Path

    def public(self, name: str) -> str:
        """Type and base64 of a key; `alice-2` is the second key of alice."""
        path = self.folder / name
        if not path.exists():
            argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
            subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
        return " ".join(path.with_name(f"{name}.pub").read_text(encoding="ascii").split()[:2])

    def sign(self, name: str, message: bytes, namespace: str = NAMESPACE) -> EnvelopeSignature:
        self.public(name)
        argv = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.folder / name), "-n", namespace]
        signed = subprocess.run(argv, input=message, capture_output=True, check=True).stdout
        return EnvelopeSignature("", parse_armored(signed.decode("ascii")))


PEOPLE = ("alice", "bob", "carol")


@cache
def gate_key(name: str) -> GateKey:
    """A gate key for each name."""
    return GateKey.make()


@dataclass
class Ledger:
    """A ledger that begins with the receipt of its gate key. Everything in it can be changed afterwards."""

    people: People
    lines: list[bytes] = field(default_factory=list)
    sessions: dict[str, dict[str, bytes]] = field(default_factory=dict)
    signers: list[str] = field(default_factory=list)  # lines of allowed_signers
    trusted: list[GateKey] = field(default_factory=lambda: [gate_key("first")])
    key: GateKey = field(default_factory=lambda: gate_key("first"))
    tail: bytes = b""
    note: str | None = None  # instead of a checkpoint over all lines

    @classmethod
    def begin(cls, people: People) -> Ledger:
        ledger = cls(people, signers=[f"{name} {people.public(name)}" for name in PEOPLE])
        ledger.key_event("introduced", ledger.key)
        return ledger

    # --- what gets into it

    def append(self, statement: Mapping[str, Any], *signatures: EnvelopeSignature, gate: bool = True) -> str:
        """Append a receipt, signed by the gate after `signatures`, and return its digest."""
        envelope = Envelope(statement_bytes(statement), PAYLOAD_TYPE, signatures)
        return self.add(envelope_line(self.key.countersign(envelope) if gate else envelope))

    def add(self, line: bytes) -> str:
        self.lines.append(line)
        return sha256_digest(line)

    def key_event(self, event: str, key: GateKey, replaces: str = "") -> str:
        told = KeyEvent(event, "gate", key.keyid, "ed25519", key.public_pem, time_at(len(self.lines)), replaces)
        return self.append(key_statement(told))

    def signer_event(self, event: str, name: str, keyid: str) -> str:
        public = self.people.public(name)
        told = KeyEvent(event, "signer", keyid, "ssh-ed25519", public, time_at(len(self.lines)), principal=name)
        return self.append(key_statement(told))

    def approve(self, *names: str, number: int = 1, namespace: str = NAMESPACE, **other: Any) -> str:
        """Append an approval of manifest `number` that these people have signed."""
        statement = approval_statement(self.approval(number, **other))
        return self.append(statement, *self.signatures(statement, *names, namespace=namespace))

    def signatures(
        self, statement: Mapping[str, Any], *names: str, namespace: str = NAMESPACE
    ) -> list[EnvelopeSignature]:
        """What people sign under a statement; an empty name signs nothing."""
        message = Envelope(statement_bytes(statement), PAYLOAD_TYPE, ()).signed_bytes
        return [self.people.sign(name, message, namespace) for name in names if name]

    def approval(self, number: int = 1, **other: Any) -> Approval:
        plain = Approval(
            request_id=f"request-{len(self.lines)}",
            environment="prod",
            stack="shop",
            manifest_path="deploy/promotion.yml",
            manifest_digest=manifest_digest(number),
            replaces="",
            approved_on=time_at(len(self.lines)),
            expires_on=time_at(600),
        )
        return replace(plain, **other)

    def run(self, number: int = 1, **other: Any) -> Run:
        plain = Run(
            key=f"CAP-20261101-120000__promotion.promote__R{number:010d}",
            action=PROMOTE,
            environment="prod",
            stack="shop",
            hosts=HOSTS,
            requester="dana",
            control_node="ci-1",
            started_at=time_at(len(self.lines)),
            manifest_path="deploy/promotion.yml",
            manifest_digest=manifest_digest(number),
            manifest_text=manifest_text(number),
            manifest=MANIFEST,
        )
        return replace(plain, **other)

    def gates(
        self,
        run: Run,
        found: Mapping[str, str] | None = None,
        modes: Mapping[str, str] | None = None,
        **changed: Any,
    ) -> list[str]:
        """Append the receipts of all gates, PASSED where `found` does not say otherwise; return their digests.

        `changed` fields of their predicates are as given.
        """
        evaluation = evaluated(found or {}, modes or {})
        evidence = json.dumps({"hosts": list(run.hosts), "run": run.key}).encode()
        self.sessions[run.key] = {"evidence.json": evidence, "manifest.yml": run.manifest_text.encode()}
        statements = gate_statements(run, evaluation, sha256_digest(evidence), time_at(len(self.lines)))
        return [self.append({**one, "predicate": {**one["predicate"], **changed}}) for one in statements]

    def verdict(
        self,
        run: Run,
        inputs: Sequence[str],
        found: Mapping[str, str] | None = None,
        policy: ApprovalPolicy | None = None,
        **changed: Any,
    ) -> str:
        """Append a verdict over what `found` says; `changed` fields of its predicate are as given."""
        time = time_at(len(self.lines))
        statement = verdict_statement(run, evaluated(found or {}, {}), inputs, time, "0.1.0", policy)
        return self.append({**statement, "predicate": {**statement["predicate"], **changed}})

    def intent(self, run: Run, verdict: str, requested_by: str = "", **more: Any) -> str:
        """Append the intent of a run; a person `requested_by` signs it too."""
        told = {"evidence_digest": self._evidence(run), "verdict_receipt": verdict, **more}
        statement = deployment_statement(run, INTENT, time_at(len(self.lines)), **told)
        return self.append(statement, *self.signatures(statement, requested_by))

    def outcome(self, run: Run, verdict: str = "", outcome: str = PROMOTED, **more: Any) -> str:
        """Append the outcome of a run, and write its renderings and, of a promotion, a change pack beside it."""
        reports = (report(run, outcome),) if outcome == PROMOTED else ()
        hosts = tuple(HostOutcome(name, outcome, reports=reports) for name in run.hosts)
        pack = {CHANGE_PACK_FILE: f"# Change pack {run.key}\n".encode()} if outcome == PROMOTED else {}
        beside = {name: sha256_digest(content) for name, content in pack.items()}
        told = {"evidence_digest": self._evidence(run), "verdict_receipt": verdict, "beside": beside, **more}
        statement = deployment_statement(run, OUTCOME, time_at(len(self.lines)), outcome, hosts, **told)
        files = {RECEIPT_FILE: receipt_text(statement).encode(), **renderings(statement), **pack}
        self.sessions.setdefault(run.key, {}).update(files)
        return self.append(statement)

    def promote(self, number: int = 1, approvals: Sequence[str] = (), policy: ApprovalPolicy | None = None) -> Run:
        """Append all receipts of a promotion that went well."""
        run = self.run(number)
        verdict = self.verdict(run, [*self.gates(run), *approvals], policy=policy)
        self.intent(run, verdict)
        self.outcome(run, verdict)
        return run

    def _evidence(self, run: Run) -> str:
        files = self.sessions.get(run.key, {})
        return sha256_digest(files["evidence.json"]) if "evidence.json" in files else ""

    # --- what becomes of it

    def checkpoint(self, size: int | None = None, key: GateKey | None = None, origin: str = ORIGIN) -> str:
        """A checkpoint over the first lines, all by default."""
        lines = self.lines[:size]
        body = checkpoint_body(Checkpoint(origin, len(lines), root_of(hash_lines(lines))))
        return format_note(Note(body, ((key or self.key).note_signer(origin)(body.encode()),)))

    @property
    def log(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines) + self.tail

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Lay everything down; return the folders of the receipts and of the keys."""
        receipts, keys = folder / "receipts", folder / "keys"
        (receipts / "ledger").mkdir(parents=True)
        (receipts / "ledger" / "log.jsonl").write_bytes(self.log)
        note = self.checkpoint() if self.note is None else self.note
        (receipts / "ledger" / "checkpoint").write_text(note, encoding="utf-8", newline="")
        for key, files in self.sessions.items():
            session = receipts / "sessions" / f"R{key}"
            session.mkdir(parents=True)
            for name, content in files.items():
                (session / name).write_bytes(content)
        keys.mkdir()
        (keys / "gate.pub").write_text("".join(key.public_pem for key in self.trusted), encoding="ascii")
        (keys / "allowed_signers").write_text("".join(f"{line}\n" for line in self.signers), encoding="utf-8")
        return receipts, keys


def evaluated(found: Mapping[str, str], modes: Mapping[str, str]) -> Evaluation:
    """Every gate on every host, PASSED where `found` has no other verdict for its name."""
    results = tuple(
        GateResult(gate, host, found.get(gate, PASSED), modes.get(gate, "enforce"), "as it is", "as it should be", "")
        for gate in GATES
        for host in HOSTS
    )
    return Evaluation(next((one for one in found.values() if one != PASSED), PASSED), results)


def report(run: Run, outcome: str) -> HostReport:
    """What a host reports that has the run's manifest live."""
    release = "r" + run.manifest_digest[7:23]
    return HostReport(outcome, run.key, True, release, None, release, 1.5, manifest_digest=run.manifest_digest)
