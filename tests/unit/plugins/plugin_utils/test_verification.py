# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs record verifies: the ledger as the actions write it, read by both verifiers."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, PASSED, Evaluation, GateResult
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import note_text
from ansible_collections.mint.promotion.plugins.module_utils._ledger.evidence import evidence_document
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.open_runs import closing_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import INDETERMINATE, OK
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import (
    keep_outcome,
    record_intent,
    session_files,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import (
    Recorded,
    RunLedger,
    Statement,
    run_ledger,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from ansible_collections.mint.promotion.plugins.plugin_utils._verification import verify_ledger
from ledgers.second_opinion import EXIT, SCRIPT

GATES = (
    GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB"),
    GateResult("anchor", "web1", PASSED, "enforce", "none yet", "a ledger"),
)
DECIDED = Evaluation(PASSED, GATES)
REFUSED = Evaluation(FAILED, (replace(GATES[0], verdict=FAILED), GATES[1]))
EVIDENCE = evidence_document({"web1": {"disk": {"value": {"root_free": 9}}}})


def run_of(receipts: Path, number: int, action: str = "promote") -> Run:
    manifest = "schema: 1\n" if action == "promote" else ""
    return Run(
        key=f"CAP-20260212-011314__promotion.{action}__R{number:010d}",
        action=action,
        environment="prod",
        stack="shop",
        hosts=("web1",),
        requester="ops",
        control_node="desk",
        started_at="2026-02-12T01:13:14.000Z",
        manifest_path="deploy/promotion.yml" if manifest else "",
        manifest_digest=sha256_digest(manifest.encode()) if manifest else "",
        manifest_text=manifest,
        receipts=str(receipts),
    )


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, Any]:
    key = GateKey.make()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "gate.pub").write_text(key.public_pem)
    return {"promotion_gate_key": key.private_pem, "promotion_keys": str(tmp_path / "keys")}


def ledger_of(run: Run, variables: dict[str, Any]) -> RunLedger:
    return run_ledger(run, {"hostvars": {"web1": variables}})


def outcome(run: Run, word: str, recorded: Recorded) -> Statement:
    hosts = (HostOutcome("web1", word),)
    return deployment_statement(run, OUTCOME, timestamp(), word, hosts, DECIDED, **recorded.fields)


def intend(run: Run, variables: dict[str, Any]) -> Recorded:
    return record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())


def carry_out(run: Run, word: str, variables: dict[str, Any]) -> None:
    keep_outcome(run, ledger_of(run, variables), partial(outcome, run, word), intend(run, variables))


def both(run: Run, variables: dict[str, Any], tmp_path: Path) -> tuple[str, str, str]:
    """Both verdicts, and what we say, with the ledger's own checkpoint as the anchor."""
    settings = ledger_of(run, variables).settings
    anchor = tmp_path / "anchor"
    anchor.write_text(note_text(ledger_of(run, variables).home.snapshot().note), encoding="utf-8", newline="")
    ours, _snapshot = verify_ledger(settings, [Anchor("kept", anchor.read_text(encoding="utf-8"))])
    argv = [sys.executable, str(SCRIPT), settings.receipts, settings.keys, "--anchor", str(anchor)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    told = [reason for one in ours.receipts for reason in one.reasons]
    return ours.verdict, EXIT[ended.returncode], f"{ours.reasons} {told} {ended.stdout}"


def test_a_promotion_a_refusal_and_a_rollback_are_ok(tmp_path: Path, variables: dict[str, Any]) -> None:
    promotion, refused = run_of(tmp_path / "receipts", 1), run_of(tmp_path / "receipts", 2)
    carry_out(promotion, "promoted", variables)
    files = session_files(refused, EVIDENCE)
    build = partial(outcome, refused, "refused")
    keep_outcome(refused, ledger_of(refused, variables), build, Recorded.of(files), files, (), REFUSED)
    carry_out(run_of(tmp_path / "receipts", 3, "rollback"), "restored", variables)
    ours, strange, told = both(promotion, variables, tmp_path)
    assert (ours, strange) == (OK, OK), told


def test_an_interrupted_run_is_indeterminate_until_the_next_one_closes_it(
    tmp_path: Path, variables: dict[str, Any]
) -> None:
    cut, following = run_of(tmp_path / "receipts", 1), run_of(tmp_path / "receipts", 2)
    intend(cut, variables)
    ours, strange, told = both(cut, variables, tmp_path)
    assert (ours, strange) == (INDETERMINATE, INDETERMINATE), told
    assert "intent without outcome" in told
    recorded, ledger = intend(following, variables), ledger_of(following, variables)
    closings = [
        closing_statement(one, following.key, {"web1": ("", "")}, timestamp()) for one in ledger.open_runs()[:1]
    ]
    keep_outcome(following, ledger, partial(outcome, following, "promoted"), recorded, after=closings)
    ours, strange, told = both(cut, variables, tmp_path)
    assert (ours, strange) == (OK, OK), told


def test_a_run_that_was_refused_before_any_host_was_asked_is_ok(tmp_path: Path, variables: dict[str, Any]) -> None:
    run = replace(run_of(tmp_path / "receipts", 1), manifest_digest="", manifest_text="", environment="nowhere")
    statement = deployment_statement(run, OUTCOME, timestamp(), "refused", faults=("no such environment",))
    keep_outcome(run, ledger_of(run, variables), lambda _recorded: statement, Recorded())
    ours, strange, told = both(run, variables, tmp_path)
    assert (ours, strange) == (OK, OK), told
