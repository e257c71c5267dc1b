# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A repository with an open loop, and the receipts of promotions in a ledger beside it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task

from ansible_collections.mint.promotion.plugins.action.loop_close import ActionModule as Close
from ansible_collections.mint.promotion.plugins.action.loop_open import ActionModule as Open
from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
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

ROOT = Path(__file__).resolve().parents[4]
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
        GateResult("loops", CONTROL, PASSED, "enforce", "1 loop, the own one is open", "no other open loop"),
        GateResult("gaps", CONTROL, PASSED, "enforce", "0 gaps", "no open gap"),
    ),
)
REFUSED = Evaluation(FAILED, (replace(DECIDED.results[0], verdict=FAILED), *DECIDED.results[1:]))
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

    def of_loop(self, action: type[Any], check: bool = False, **arguments: Any) -> dict[str, Any]:
        return self.act(action, check, {"manifest": str(self.folder / "promotion.yml"), "loop": LOOP, **arguments})

    def act(self, action: type[Any], check: bool, arguments: dict[str, Any]) -> dict[str, Any]:
        task = Task()
        task.args = arguments
        task.check_mode = check
        made = action(task, None, None, DataLoader(), None)
        hosts = {"web1": self.variables, "localhost": {}}
        told: dict[str, Any] = made.perform({"hostvars": hosts, "ansible_play_hosts_all": [*hosts]})
        return told

    def close(self, *runs: str, check: bool = False, **arguments: Any) -> dict[str, Any]:
        return self.of_loop(Close, check, runs=list(runs), **arguments)


def outcome(run: Run, word: str, recorded: Recorded) -> dict[str, Any]:
    hosts = (HostOutcome("web1", word),)
    decided = REFUSED if word == "refused" else DECIDED
    return deployment_statement(run, OUTCOME, timestamp(), word, hosts, decided, **recorded.fields)


def make_project(tmp_path: Path) -> Project:
    """A repository with a manifest and an open loop, and a gate key."""
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
    assert made.of_loop(Open, about="Bring the shop to production.")["changed"]
    return made
