# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""open.yml and close.yml as actions: on real repositories, scope files and ledgers."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task

from ansible_collections.mint.promotion.plugins.action.loop_close import ActionModule as Close
from ansible_collections.mint.promotion.plugins.action.loop_open import ActionModule as Open
from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    FAILED,
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.evidence import evidence_document
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import (
    keep_outcome,
    record_intent,
    session_files,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import Recorded, run_ledger
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

LOOP = "LOOP-SHOP-TO-PROD-20260131"
REVISION = "1f" * 20
MANIFEST = f"""\
schema: 1
stack: {{name: shop}}
source: {{repository: "https://git.example.com/shop.git", revision: {REVISION}}}
modules:
  web:
    image: registry.example.com/shop/web@sha256:{"a" * 64}
    revision: {REVISION}
    health: {{http: {{path: /}}}}
    ports: [{{published: 8080, target: 8080}}]
loops: {{folder: docs/loops, gaps: gaps.yaml}}
"""
DECIDED = Evaluation(
    PASSED,
    (
        GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB"),
        GateResult("recert:web:test", CONTROL, PASSED, "enforce", "95/95 tests", "tests", counts="95/95 tests"),
    ),
)
REFUSED = Evaluation(FAILED, (replace(DECIDED.results[0], verdict=FAILED), DECIDED.results[1]))
EVIDENCE = evidence_document({"web1": {"disk": {"value": {"root_free": 9}}}})


@dataclass(frozen=True)
class Project:
    folder: Path
    variables: dict[str, Any]

    @property
    def scope(self) -> Path:
        return self.folder / "docs" / "loops" / f"{LOOP}.scope.md"

    def run(self, number: int) -> Run:
        path = str(self.folder / "promotion.yml")
        loaded = load_manifest(path)
        return Run(
            key=f"CAP-20260212-011314__promotion.promote__R{number:010d}",
            action="promote",
            environment="prod",
            stack="shop",
            hosts=("web1",),
            requester="ops",
            control_node="desk",
            started_at="2026-02-12T01:13:14.000Z",
            manifest_path="promotion.yml",
            manifest_digest=sha256_digest(loaded.content),
            manifest_text=loaded.content.decode(),
            manifest=loaded.manifest,
            receipts=self.variables["promotion_receipts"],
        )

    def promote(self, number: int = 1, word: str = "promoted") -> str:
        """Leave the receipts of a promotion that went live, or that ended at its gate."""
        run = self.run(number)
        ledger = run_ledger(run, {"hostvars": {"web1": self.variables}})
        files = session_files(run, EVIDENCE)
        if word in ("refused", "judged"):
            decided = REFUSED if word == "refused" else DECIDED
            keep_outcome(run, ledger, partial(outcome, run, word), Recorded.of(files), files, (), decided)
        else:
            recorded = record_intent(run, ledger, DECIDED, files, ())
            keep_outcome(run, ledger, partial(outcome, run, word), recorded)
        return run.key

    def act(self, action: type[Any], check: bool = False, **arguments: Any) -> dict[str, Any]:
        task = Task()
        task.args = {"manifest": str(self.folder / "promotion.yml"), "loop": LOOP, **arguments}
        task.check_mode = check
        made = action(task, None, None, DataLoader(), None)
        hosts = {"web1": self.variables, "localhost": {}}
        told: dict[str, Any] = made.perform({"hostvars": hosts, "ansible_play_hosts_all": [*hosts]})
        return told

    def close(self, *runs: str, check: bool = False, **arguments: Any) -> dict[str, Any]:
        return self.act(Close, check, runs=list(runs), **arguments)


def outcome(run: Run, word: str, recorded: Recorded) -> dict[str, Any]:
    hosts = (HostOutcome("web1", word),)
    decided = REFUSED if word == "refused" else DECIDED
    return deployment_statement(run, OUTCOME, timestamp(), word, hosts, decided, **recorded.fields)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    key = GateKey.make()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "gate.pub").write_text(key.public_pem, encoding="utf-8")
    (tmp_path / "promotion.yml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "gaps.yaml").write_text("gaps: []\n", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    made = Project(
        tmp_path,
        {
            "inventory_dir": str(tmp_path),
            "promotion_gate_key": key.private_pem,
            "promotion_keys": str(tmp_path / "keys"),
            "promotion_receipts": str(tmp_path / "receipts"),
        },
    )
    assert made.act(Open, about="Bring the shop to production.")["changed"]
    return made


def test_an_open_loop_is_opened_once(project: Project) -> None:
    assert "Bring the shop to production." in project.scope.read_text(encoding="utf-8")
    assert not project.act(Open, about="Something else.")["changed"]


def test_a_dry_run_of_open_writes_nothing(project: Project) -> None:
    project.scope.unlink()
    told = project.act(Open, check=True)
    assert (told["changed"], project.scope.exists(), LOOP in told["diff"]["after"]) == (True, False, True)


def test_a_loop_is_closed_with_what_the_ledger_proves(project: Project) -> None:
    key = project.promote()
    people = "\n## Notes\n\nWe met on Monday.\n"
    with project.scope.open("a", encoding="utf-8") as file:
        file.write(people)
    dry = project.close(key, check=True)
    assert (dry["changed"], "status: open" in project.scope.read_text(encoding="utf-8")) == (True, True)
    told = project.close(key)
    text = project.scope.read_text(encoding="utf-8")
    assert (told["changed"], text) == (True, dry["diff"]["after"])
    for title in ("Deliverables", "Recert results", "Receipts", "Final commit hashes", "Status"):
        assert f"\n## {title}\n" in text
    for fact in ("status: closed", "95/95 tests", key, REVISION, "a" * 64, people):
        assert fact in text
    assert project.close(key)["changed"] is False
    assert project.scope.read_text(encoding="utf-8") == text


def test_the_final_commit_is_that_of_the_last_run_in_whatever_order_they_are_named(project: Project) -> None:
    first, later = project.promote(1), "c" * 40
    manifest = project.folder / "promotion.yml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(REVISION, later), encoding="utf-8")
    project.close(project.promote(2), first)
    commits = project.scope.read_text(encoding="utf-8").partition("## Final commit hashes")[2]
    assert (later in commits, REVISION in commits) == (True, False)


def test_a_closed_loop_is_not_opened_again(project: Project) -> None:
    project.close(project.promote())
    with pytest.raises(PromotionError, match="is closed"):
        project.act(Open)


def refused(project: Project, *runs: str) -> str:
    before = project.scope.read_bytes()
    with pytest.raises(InvalidInput) as caught:
        project.close(*runs)
    assert project.scope.read_bytes() == before
    return str(caught.value)


def test_all_reasons_are_told_at_once_and_nothing_is_written(project: Project) -> None:
    missing, stopped = "CAP-20260101-000000__promotion.promote__R0000000000", project.promote(1, "refused")
    (project.scope.parent / "LOOP-OTHER-20260201.scope.md").write_text("Status: open\n", encoding="utf-8")
    (project.folder / "gaps.yaml").write_text("gaps:\n  - {id: GAP-9, status: open}\n", encoding="utf-8")
    told = refused(project, missing, stopped)
    for reason in (missing, "no receipt of this run", "refused", "FAILED", "LOOP-OTHER-20260201", "GAP-9"):
        assert reason in told


def test_without_a_run_nothing_is_closed(project: Project) -> None:
    project.promote()
    assert "no run key" in refused(project)


def test_a_run_that_went_back_closes_nothing(project: Project) -> None:
    assert "rolled_back" in refused(project, project.promote(1, "rolled_back"))


def test_a_run_that_only_asked_the_gates_closes_nothing(project: Project) -> None:
    assert "a promotion that went live" in refused(project, project.promote(1, "judged"))


def test_a_receipt_that_was_altered_closes_nothing(project: Project) -> None:
    key = project.promote()
    log = project.folder / "receipts" / "ledger" / "log.jsonl"
    lines = log.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"payload":"', b'"payload":"A', 1)
    log.write_bytes(b"\n".join(lines))
    assert "INVALID" in refused(project, key)


def test_a_finalizer_closes_in_its_place(project: Project) -> None:
    key = project.promote()
    code = "import pathlib,sys; p=pathlib.Path(sys.argv[2]); t=p.read_text(); p.write_text(t.replace('open','closed'))"
    finalizer = [sys.executable, "-c", code]
    assert project.close(key, check=True, finalizer=finalizer)["changed"] is True
    assert project.close(key, finalizer=finalizer)["changed"] is True
    assert project.close(key, finalizer=finalizer)["changed"] is False


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "pass"])
def test_a_finalizer_that_closes_nothing_is_told(project: Project, code: str) -> None:
    key = project.promote()
    with pytest.raises(PromotionError):
        project.close(key, finalizer=[sys.executable, "-c", code])
