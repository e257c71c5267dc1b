# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One ledger with real keys, files and people who sign, for the tests of gates that look into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.evidence import evidence_document
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    OUTCOME,
    Approval,
    HostOutcome,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import armored
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import (
    Approvals,
    Override,
    Policy,
    Window,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    JUDGED,
    REFUSED,
    HostReport,
    StepRecord,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._approval_files import Signed, new_request, write_request
from ansible_collections.mint.promotion.plugins.plugin_utils._approvals_gate import (
    approval_questions,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import (
    keep_outcome,
    record_intent,
    session_files,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import Backing, RunLedger, run_ledger
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from ansible_collections.mint.promotion.plugins.plugin_utils._staging_gate import staging_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._verification import verify_ledger
from people import SshKeys

PEOPLE = {"ada@example.com": "ed25519", "bob@example.com": "ecdsa", "eve@example.com": "rsa"}
ADA, BOB, EVE = PEOPLE
EVIDENCE = evidence_document({"web1": {"disk": {"value": {"root_free": 9}}}})
SMOKE = (StepRecord("smoke", "done", "2026-11-20T12:00:01Z", 1.0),)
ALWAYS = Window("always", reason="nobody is there", override=Override(1, tuple(PEOPLE)))
TWO_OF_THREE = Approvals(2, tuple(PEOPLE))
GATES = (approval_questions, staging_questions)


class Desk:
    """One ledger with its keys, people who sign, and what the gates say of a promotion."""

    def __init__(self, folder: Path, ssh_keys: SshKeys) -> None:
        self.folder, self.ssh_keys, self.key = folder, ssh_keys, GateKey.make()
        (folder / "keys").mkdir()
        (folder / "keys" / "gate.pub").write_text(self.key.public_pem)
        lines = [ssh_keys.line(kind, name) for name, kind in PEOPLE.items()]
        (folder / "keys" / "allowed_signers").write_text("".join(f"{line.strip()}\n" for line in lines))
        self.variables: dict[str, Any] = {
            "promotion_gate_key": self.key.private_pem,
            "promotion_keys": str(folder / "keys"),
        }
        self.number = 0

    def run(self, policy: Policy, version: str = "2", environment: str = "prod") -> Run:
        self.number += 1
        text = f"schema: 1  # {version}\n"
        module = Module(
            "artwork", f"registry.example.com/artwork@{sha256_digest(version.encode())}", "artwork", "b" * 40
        )
        source = "https://git.example.com/shop.git"
        return Run(
            key=f"CAP-20261120-120000__promotion.promote__R{self.number:010}",
            action="promote",
            environment=environment,
            stack="shop",
            hosts=("web1",),
            requester="dana",
            control_node="desk",
            started_at="2026-11-20T12:00:00Z",
            manifest_path="deploy/promotion.yml",
            manifest_digest=sha256_digest(text.encode()),
            manifest_text=text,
            manifest=Manifest(1, "shop", "shop", source, "b" * 40, (module,), policy={"prod": policy}),
            receipts=str(self.folder / "receipts"),
        )

    def ledger(self, run: Run) -> RunLedger:
        return run_ledger(run, {"hostvars": {"web1": self.variables}})

    def context(self, run: Run) -> Context:
        ledger = self.ledger(run)
        history, lines = ledger.look()
        return Context(run, {"hostvars": {"web1": self.variables}}, {}, ledger, history, lines, ())

    def judge(self, run: Run) -> dict[str, GateResult]:
        return {one.gate: one for one in judge(self.context(run), lambda _line: None, GATES)}

    def request(self, run: Run, *people: str, minutes: int = 60, **changed: Any) -> Signed:
        """Write what is to be signed for a run, and the signatures of people beside it."""
        now = datetime.now(UTC)
        approval = Approval(
            request_id=f"request-{len(list(self.folder.rglob('*.pae')))}",
            environment=run.environment,
            stack=run.stack,
            manifest_path=run.manifest_path,
            manifest_digest=run.manifest_digest,
            replaces="",
            approved_on=f"{now - timedelta(seconds=5):%Y-%m-%dT%H:%M:%SZ}",
            expires_on=f"{now + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}",
        )
        signed = new_request(replace(approval, **changed))
        path = write_request(signed, str(self.folder / "receipts" / "approvals" / signed.approval.request_id))
        for name in people:
            signature = armored(self.ssh_keys.sign(PEOPLE[name], signed.message))
            Path(f"{path}.{name}.sig").write_text(signature)
        return replace(signed, path=path)

    def promote(self, run: Run, release: str = "r1", ended: str = "") -> None:
        """Judge a run, which passes, and record it from its gates to its outcome; by default it ends now."""
        self.record(run, HostReport("promoted", run.key, True, release, None, release, 1.0, SMOKE), ended)

    def roll_back(self, before: str, live: str, seconds: float, environment: str = "staging") -> None:
        run = self.run(Policy(), environment=environment)
        key = run.key.replace("promote", "rollback")
        run = replace(run, key=key, action="rollback", manifest=None, manifest_text="", manifest_digest="")
        self.record(run, HostReport("restored", run.key, True, live, before, live, seconds, SMOKE))

    def decided(self, run: Run) -> tuple[RunLedger, Evaluation, Backing]:
        """Judge a run, which passes, by the ledger as it is now."""
        context = self.context(run)
        results = judge(context, lambda _line: None, GATES)
        assert [one.verdict for one in results if one.verdict != PASSED] == []
        host = GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB")
        assert isinstance(context.ledger, RunLedger)
        return context.ledger, Evaluation(PASSED, (host, *results)), Backing(approvals=tuple(context.approved))

    def record(self, run: Run, report: HostReport, ended: str = "") -> None:
        ledger, decided, backing = self.decided(run)
        files = session_files(run, EVIDENCE)
        recorded = record_intent(run, ledger, decided, files, (), backing)
        report = replace(report, manifest_digest=run.manifest_digest)
        outcomes = (HostOutcome("web1", report.outcome, "", (report,)),)
        build = partial(an_outcome, run, outcomes, decided, ended or timestamp())
        assert not keep_outcome(run, ledger, build, recorded, files).fault

    def faults(self, run: Run) -> list[str]:
        """What a full verification finds wrong."""
        verdict, _snapshot = verify_ledger(self.ledger(run).settings, ())
        return [reason for one in verdict.receipts if one.verdict != "OK" for reason in one.reasons]


def an_outcome(run: Run, hosts: tuple[HostOutcome, ...], decided: Evaluation, ended: str, recorded: Any) -> Any:
    return deployment_statement(run, OUTCOME, ended, hosts[0].outcome, hosts, decided, **recorded.fields)


def a_refusal(run: Run, decided: Evaluation, fault: str, recorded: Any) -> Any:
    hosts = (HostOutcome("web1", REFUSED),)
    return deployment_statement(run, OUTCOME, timestamp(), REFUSED, hosts, decided, (fault,), **recorded.fields)


def a_judgement(run: Run, decided: Evaluation, recorded: Any) -> Any:
    return deployment_statement(
        run, OUTCOME, timestamp(), JUDGED, (HostOutcome("web1", JUDGED),), decided, **recorded.fields
    )


@pytest.fixture
def desk(tmp_path: Path, ssh_keys: SshKeys) -> Desk:
    return Desk(tmp_path, ssh_keys)
