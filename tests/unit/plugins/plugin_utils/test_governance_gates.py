# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates over open work and over the project, asked as a promotion asks them: by the manifest that would go live."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    FAILED,
    INCONCLUSIVE,
    PASSED,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Authority, Capability, Loops
from ansible_collections.mint.promotion.plugins.plugin_utils._authority_gate import authority_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._capability_gate import capability_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._loops_gate import loop_questions

from .gate_contexts import context_of, run_of

PROVIDERS = (capability_questions, authority_questions, loop_questions)
OWN = "LOOP-SHOP-TO-PROD-20260131"
STATUS = f"#!/bin/sh\nprintf 'OPEN LOOPS (1)\\n  [high] @ada  {OWN}\\n\\nOPEN GAPS (0)\\n'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "loops").mkdir()
    (tmp_path / "loops" / f"{OWN}.scope.md").write_text("---\nstatus: active\n---\n", encoding="utf-8")
    (tmp_path / "gaps.yaml").write_text("gaps: []\n", encoding="utf-8")
    return tmp_path


def asking(run: Run, loops: Loops | None = None, authority: Authority | None = None) -> Run:
    assert run.manifest is not None
    return replace(run, manifest=replace(run.manifest, loops=loops, authority=authority))


def results(run: Run) -> dict[str, GateResult]:
    return {one.gate: one for one in judge(context_of(run), lambda _line: None, PROVIDERS)}


def test_a_manifest_that_does_not_ask_gets_none_of_these_gates(folder: Path) -> None:
    assert not {"loops", "gaps", "authority"} & set(results(run_of(folder)))


def test_open_work_is_judged_below_the_top_of_the_repository(folder: Path) -> None:
    found = results(asking(run_of(folder), Loops("loops", "gaps.yaml", OWN)))
    assert [(found[gate].host, found[gate].verdict) for gate in ("loops", "gaps")] == [(CONTROL, PASSED)] * 2
    (folder / "gaps.yaml").write_text("gaps:\n  - {id: GAP-1, status: open}\n", encoding="utf-8")
    (folder / "loops" / "LOOP-OTHER-20260201.scope.md").write_text("none", encoding="utf-8")
    found = results(asking(run_of(folder), Loops("loops", "gaps.yaml", OWN)))
    assert (found["loops"].verdict, found["gaps"].verdict) == (INCONCLUSIVE, FAILED)
    assert found["loops"].remedy
    assert found["gaps"].remedy


def test_without_a_repository_nothing_is_known(tmp_path: Path) -> None:
    found = results(asking(run_of(tmp_path), Loops("loops"), Authority()))
    assert (found["loops"].verdict, found["authority"].verdict) == (INCONCLUSIVE, INCONCLUSIVE)
    assert "promotion_repository_path" in found["loops"].remedy


def test_the_project_is_judged_with_every_check_that_the_manifest_names(folder: Path) -> None:
    found = results(asking(run_of(folder), authority=Authority(checks=("clean", "pushed"))))["authority"]
    assert (found.verdict, found.counts) == (FAILED, "0/2 checks")
    assert "UNKNOWN pushed" in found.found  # the revision of the manifest is not here


def test_the_own_loop_does_not_count_in_what_a_tool_of_the_team_says(folder: Path) -> None:
    (folder / "status.sh").write_text(STATUS, encoding="utf-8")
    (folder / "status.sh").chmod(0o755)
    run = run_of(folder, Capability("ops.status", ("./status.sh",), reader="ops.status"))
    assert results(run)["ops.status"].verdict == FAILED
    assert results(asking(run, Loops("loops", None, OWN)))["ops.status"].verdict == PASSED
