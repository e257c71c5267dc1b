# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run is closed: with the runs before it whose hosts it held all locks of, and a promotion with a change pack."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible.playbook.task import Task

from ansible_collections.mint.promotion.plugins.action.receipt_record import ActionModule, _closing, _is_closed_by
from ansible_collections.mint.promotion.plugins.module_utils._data import encode, sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation, GateResult
from ansible_collections.mint.promotion.plugins.module_utils._ledger.check import check_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.evidence import evidence_document
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import INTENT, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.open_runs import OpenRun
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Capability, Manifest
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    NO_CHANGE,
    PROMOTED,
    REFUSED,
    STAGED,
    UNREACHABLE,
    HostReport,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import record_intent, session_files
from ansible_collections.mint.promotion.plugins.plugin_utils._run import RECORDED, STAGE, VERDICT, RunState
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import run_ledger
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from ledgers.maker import MANIFEST

ROOT = Path(__file__).resolve().parents[4]

EARLIER = "CAP-20260212-011314__promotion.promote__R0000000001"
RUN = Run(
    key="CAP-20260212-021314__promotion.promote__R0000000002",
    action="promote",
    environment="prod",
    stack="shop",
    hosts=("web1", "web2"),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T02:13:14.000Z",
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunState:
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return RunState.begin(RUN)


def left_open(**fields: Any) -> OpenRun:
    run = replace(RUN, key=EARLIER, **fields)
    return OpenRun(run.key, deployment_statement(run, INTENT, run.started_at))


def staged(state: RunState, host: str, outcome: str) -> RunState:
    """What staging said of a host: without a report where it did not answer."""
    notes = (f"unfinished work of {EARLIER} was ended first: rolled_back", "pulled two images")
    report = HostReport(outcome, RUN.key, False, None, "r1", "r1", 1.0, notes=notes)
    told = None if outcome == UNREACHABLE else encode(report)
    state.record(STAGE, host, {"outcome": outcome, "message": "", "report": told})
    return RunState.current()


@pytest.mark.parametrize("outcomes", [(STAGED, STAGED), (STAGED, NO_CHANGE)])
def test_a_run_that_held_all_locks_closes_it_with_what_staging_found(
    state: RunState, outcomes: tuple[str, str]
) -> None:
    for host, outcome in zip(RUN.hosts, outcomes, strict=True):
        state = staged(state, host, outcome)
    assert _is_closed_by(left_open(), state)
    assert _is_closed_by(left_open(hosts=("web2",)), state)
    closing = _closing(left_open(), state)
    assert check_statement(closing) == ()
    assert [(one["live"], one["message"]) for one in closing["predicate"]["hosts"]] == [
        ("r1", f"unfinished work of {EARLIER} was ended first: rolled_back")
    ] * 2


@pytest.mark.parametrize("second", [REFUSED, UNREACHABLE, ""])
def test_a_run_that_did_not_claim_every_host_leaves_it_open(state: RunState, second: str) -> None:
    """The run may still be alive there."""
    state = staged(state, "web1", STAGED)
    state = staged(state, "web2", second) if second else state
    assert not _is_closed_by(left_open(), state)
    assert _is_closed_by(left_open(hosts=("web1",)), state)


def test_runs_of_other_stacks_environments_and_hosts_are_left_open(state: RunState) -> None:
    for host in RUN.hosts:
        state = staged(state, host, STAGED)
    for fields in ({"stack": "blog"}, {"environment": "staging"}, {"hosts": ("web1", "web3")}):
        assert not _is_closed_by(left_open(**fields), state)
    assert not _is_closed_by(replace(left_open(), run_key=RUN.key), state)


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, Any]:
    """The variables of both hosts: a gate key of its own."""
    key = GateKey.make()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "gate.pub").write_text(key.public_pem)
    return {"promotion_gate_key": key.private_pem, "promotion_keys": str(tmp_path / "keys"), "promotion_values": {}}


def record(variables: dict[str, Any]) -> dict[str, Any]:
    """Call the action as its task does."""
    action = ActionModule.__new__(ActionModule)
    action._task = Task()
    action._task.args = {}
    hosts = {host: {**variables, "ansible_host": f"10.0.0.{number}"} for number, host in enumerate(RUN.hosts)}
    return action.perform({"hostvars": hosts, "inventory_hostname": "web1"})


def promotion_of(receipts: Path, manifest: Manifest) -> Run:
    text = "schema: 1\n"
    return replace(
        RUN,
        receipts=str(receipts),
        manifest_path=str(receipts / "promotion.yml"),
        manifest=manifest,
        manifest_text=text,
        manifest_digest=sha256_digest(text.encode()),
    )


def ends(run: Run, variables: dict[str, Any], outcome: str) -> None:
    """Bring a run that was judged and intended to the end of its hosts."""
    gates = (GateResult("disk", host, PASSED, "enforce", "9 GiB free", "1 GiB") for host in RUN.hosts)
    evaluation = Evaluation(PASSED, tuple(gates))
    state = RunState.begin(run)
    ledger = run_ledger(run, {"hostvars": dict.fromkeys(RUN.hosts, variables)})
    files = session_files(run, evidence_document(dict.fromkeys(RUN.hosts)))
    state.record(RECORDED, "", encode(record_intent(run, ledger, evaluation, files, ())))
    state.record(VERDICT, "", encode(evaluation))
    for host in RUN.hosts:
        staged(state, host, outcome)


def verified(receipts: Path, variables: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What the script for strangers says."""
    argv = [sys.executable, str(ROOT / "scripts/verify_ledger.py"), str(receipts), variables["promotion_keys"]]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_a_promotion_leaves_a_change_pack_that_its_receipt_names_and_a_stranger_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any]
) -> None:
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    receipts = tmp_path / "receipts"
    ends(promotion_of(receipts, MANIFEST), variables, NO_CHANGE)

    ended = record(variables)
    folder = receipts / "sessions" / f"R{RUN.key}"
    assert ended["change_pack"] == f"{folder}/change-pack.md"
    pack = (folder / "change-pack.md").read_bytes()
    assert b"| web2 | 10.0.0.1 | LAN only | host of the stack |" in pack
    named = {
        one["name"]: one["digest"]["sha256"]
        for one in json.loads(Path(ended["receipt"]).read_text())["predicate"]["files"]
    }
    assert f"sha256:{named['change-pack.md']}" == sha256_digest(pack)
    assert named["change-pack.md"] in (folder / "receipt.md").read_text()

    assert verified(receipts, variables).stdout.count("INVALID:") == 0
    (folder / "change-pack.md").write_bytes(pack + b"\n")
    altered = verified(receipts, variables)
    assert altered.returncode == 1
    assert "change-pack.md was altered" in altered.stdout


@pytest.mark.parametrize(("command", "word", "failed"), [("true", "promoted", False), ("false", "unverified", True)])
def test_a_capability_is_judged_again_once_the_release_is_live(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, Any],
    command: str,
    word: str,
    failed: bool,
) -> None:
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    receipts = tmp_path / "receipts"
    receipts.mkdir()
    run = promotion_of(receipts, replace(MANIFEST, capabilities=(Capability("spine.verify", (command,)),)))
    ends(run, variables, PROMOTED)

    ended = record(variables)
    assert (ended["outcome"], {one["outcome"] for one in ended["hosts"].values()}) == (word, {"promoted"})
    assert ("The release is live on every host" in ended["message"]) == failed
    assert ("mint.promotion.rollback --limit prod" in ended["message"]) == failed
    (output,) = receipts.glob("sessions/*__spine.verify__*/output.txt")
    assert verified(receipts, variables).stdout.count("INVALID:") == 0
    output.write_bytes(b"other\n")
    assert "output.txt was altered" in verified(receipts, variables).stdout
