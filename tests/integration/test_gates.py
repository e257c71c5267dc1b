# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gate of the control node, from a refusal to evidence that is used again, and to a release that it finds wanting."""

from __future__ import annotations

import subprocess
import sys

import pytest

from integration.catalog import FIRST
from integration.playbooks import ROOT
from integration.promotions import Promote, Promotion

CAPABILITY = """
capabilities:
  - name: spine.verify
    argv: [./verify.sh]
    reader: spine.verify
    environment: {MODE: gate}
    reuse_seconds: 3600
"""


@pytest.fixture
def promotion(new_promotion: Promote) -> Promotion:
    promotion = new_promotion("prod-3")
    promotion.write(FIRST, lambda text: text.rstrip("\n") + CAPABILITY)
    return promotion


def verdict_of_the_tool(promotion: Promotion, word: str, code: int) -> None:
    """Change the real thing: the tool that the capability runs."""
    tool = promotion.manifest.with_name("verify.sh")
    tool.write_text(f'#!/bin/sh\necho "D1 top-level dirs... {word}"\necho "DRIFT GATE: {word}"\nexit {code}\n')
    tool.chmod(0o755)


def test_a_capability_refuses_then_is_evidence_and_then_judges_what_is_live(promotion: Promotion) -> None:
    verdict_of_the_tool(promotion, "FAIL", 1)
    refused = promotion.promote()
    refused.refused("control: spine.verify FAILED", "try it: ./verify.sh")
    assert not promotion.host.exists()

    verdict_of_the_tool(promotion, "PASS", 0)
    judged = promotion.promote("-e", "promotion_gates_only=true").ended_well()
    judged.says("gate spine.verify: PASSED", "No host was changed")
    assert (judged.outcomes, promotion.host.exists()) == ({"prod-3": "judged"}, False)

    verdict_of_the_tool(promotion, "FAIL", 1)
    live = promotion.promote()
    live.refused("by an earlier receipt", "spine.verify:after FAILED", "The release is live on every host")
    live.says("ansible-playbook mint.promotion.rollback --limit prod")
    assert live.outcomes == {"prod-3": "promoted"}
    assert promotion.heading()

    promotion.play("playbooks/verify.yml").ended_well()
    script, keys = str(ROOT / "scripts/verify_ledger.py"), promotion.gate_key["promotion_keys"]
    anchor = promotion.receipts.parent / "anchor"
    anchor.write_text(promotion.host.read("checkpoint"), encoding="utf-8")
    argv = [sys.executable, script, str(promotion.receipts), keys, "--anchor", str(anchor)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
