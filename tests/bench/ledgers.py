# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ledgers of any length, as promotions of one module on two hosts would have left them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any, Iterator

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation, GateResult
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import envelope_line
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import FileLog
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    INTENT,
    OUTCOME,
    HostOutcome,
    KeyEvent,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.run_key import make_run_key
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    deployment_statement,
    gate_statements,
    key_statement,
    statement_bytes,
    verdict_statement,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._release.model import PROMOTED, HostReport, StepRecord
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

ORIGIN = "mint.promotion/bench"
HOSTS = ("prod-1", "prod-2")
GATES = ("engine", "images")
STEPS = ("check", "intent", "up", "health", "smoke", "running", "switch", "observe", "outcome", "retire")
EVIDENCE, MANIFEST_TEXT = b"{}", "schema: 1\n"
REVISION = "b" * 40
MODULE = Module("artwork", "registry.example.com/mint/artwork@sha256:" + "a" * 64, "artwork", REVISION)
MANIFEST = Manifest(1, "bench", "bench", "https://git.example.com/mint.git", REVISION, (MODULE,))
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Making:
    """Makes receipts; `gate` is the key that signs them and the checkpoints.

    All runs are the first one with another run key, another time, and other digests of the receipts that they refer to:
    building each from its parts would take ten times as long. Only the digests of renderings stay those of the first.
    """

    def __init__(self) -> None:
        self.gate = GateKey.make()
        self._first = [(payload, _digest(self._line(payload))) for payload in self._first_run()]

    def log(self, folder: Path) -> FileLog:
        """Return the ledger in a folder."""
        return FileLog(str(folder), ORIGIN, self.gate.note_signer(ORIGIN))

    def write(self, folder: Path, size: int) -> FileLog:
        """Make a ledger of `size` receipts; the first one introduces the gate's key, the last run may be unfinished."""
        log = self.log(folder)
        log.append(list(islice(self.lines(), size)))
        return log

    def lines(self) -> Iterator[bytes]:
        """Yield receipts without end: of each run its gates, its verdict, its intent and its outcome."""
        gate = self.gate
        event = KeyEvent("introduced", "gate", gate.keyid, "ed25519", gate.public_pem, _time(BEGIN))
        yield self._line(statement_bytes(key_statement(event)))
        for number in count():
            yield from self.run_lines(number)

    def run_lines(self, number: int) -> Iterator[bytes]:
        """Yield the receipts of one run."""
        changes = {_key(0).encode(): _key(number).encode(), _time(BEGIN).encode(): _time(_begin(number)).encode()}
        for payload, digest in self._first:
            for old, new in changes.items():
                payload = payload.replace(old, new)
            line = self._line(payload)
            changes[digest] = _digest(line)
            yield line

    def _first_run(self) -> Iterator[bytes]:
        run, time = _run(), _time(BEGIN)
        judged = tuple(GateResult(gate, host, PASSED, "enforce", "yes", "yes") for gate in GATES for host in HOSTS)
        evaluation, evidence = Evaluation(PASSED, judged), sha256_digest(EVIDENCE)
        gates = [statement_bytes(one) for one in gate_statements(run, evaluation, evidence, time)]
        yield from gates
        inputs = [sha256_digest(self._line(one)) for one in gates]
        verdict = statement_bytes(verdict_statement(run, evaluation, inputs, time, "1.0.0"))
        yield verdict
        told: dict[str, Any] = {
            "evaluation": evaluation,
            "evidence_digest": evidence,
            "verdict_receipt": sha256_digest(self._line(verdict)),
        }
        yield statement_bytes(deployment_statement(run, INTENT, time, **told))
        hosts = tuple(_outcome(run, host) for host in HOSTS)
        yield statement_bytes(deployment_statement(run, OUTCOME, time, PROMOTED, hosts, **told))

    def _line(self, payload: bytes) -> bytes:
        return envelope_line(self.gate.sign_envelope(payload))


def _run() -> Run:
    digest = sha256_digest(MANIFEST_TEXT.encode())
    return Run(
        *(_key(0), "promote", "prod", "bench", HOSTS, "ann", "desk", _time(BEGIN)),
        manifest_path="deploy/promotion.yml",
        manifest_digest=digest,
        manifest_text=MANIFEST_TEXT,
        manifest=MANIFEST,
    )


def _outcome(run: Run, host: str) -> HostOutcome:
    steps = tuple(StepRecord(name, "done", run.started_at, 0.25, {"artwork": "as wanted"}) for name in STEPS)
    report = HostReport(PROMOTED, run.key, True, "r" + "2" * 16, "r" + "1" * 16, "r" + "2" * 16, 3.25, steps)
    return HostOutcome(host, PROMOTED, "", (report,))


def _key(number: int) -> str:
    return str(make_run_key(_begin(number), "promotion.promote", number.to_bytes(8, "big")))


def _begin(number: int) -> datetime:
    return BEGIN + timedelta(seconds=number)


def _digest(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest().encode("ascii")


def _time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z")
