# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and staging have to say before production changes: two of three, and the same images in staging."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from integration.catalog import FIRST, SECOND
from integration.playbooks import ROOT, Run
from integration.promotions import Promote, Promotion
from integration.stacks import edit
from people import SshKeys, make_keys

PEOPLE = {"ada@example.com": "ed25519", "bob@example.com": "ecdsa", "eve@example.com": "rsa"}
POLICY = edit(
    "\npolicy:\n  prod:\n",
    "\npolicy:\n  prod:\n    staging: {}\n"
    f"    approvals: {{threshold: 2, principals: [{', '.join(PEOPLE)}]}}\n"
    "    windows: [{name: long ago, zone: Europe/Berlin, dates: ['2020-01-01']}]\n",
)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> SshKeys:
    return make_keys(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote, people: SshKeys) -> Promotion:
    promotion = new_promotion("staging-1", "prod-1")
    lines = [people.line(kind, name).strip() for name, kind in PEOPLE.items()]
    (Path(promotion.gate_key["promotion_keys"]) / "allowed_signers").write_text("\n".join(lines) + "\n")
    return promotion


def to_prod(promotion: Promotion) -> Run:
    return promotion.play("playbooks/promote.yml")


def test_production_changes_once_two_people_have_signed_what_staging_has_run(
    promotion: Promotion, people: SshKeys
) -> None:
    promotion.write(FIRST, POLICY)
    to_prod(promotion).refused("approved by nobody", "mint.promotion.approve", "no promotion of this stack to staging")
    promotion.promote().ended_well()
    key = str(people.path("ed25519"))
    asked = promotion.play("playbooks/approve.yml", "-e", f"promotion_approver_key={key}").ended_well()
    asked.says("signed by ada@example.com; wanted 2 of")
    (request,) = promotion.receipts.glob("approvals/*/approval.pae")
    argv = ["ssh-keygen", "-Y", "sign", "-n", "mint.promotion", "-f", str(people.path("rsa")), str(request)]
    subprocess.run(argv, check=True, capture_output=True)
    run = to_prod(promotion).ended_well()
    assert run.outcomes == {"prod-1": "promoted"}
    script, keys = str(ROOT / "scripts/verify_ledger.py"), promotion.gate_key["promotion_keys"]
    done = subprocess.run(
        [sys.executable, script, str(promotion.receipts), keys], capture_output=True, text=True, check=False
    )
    assert " 0 INVALID, 0 INDETERMINATE" in done.stdout, done.stdout

    promotion.write(SECOND, POLICY)
    refused = to_prod(promotion).refused("staging ran sha256:", "this manifest has sha256:", "is for another manifest")
    assert refused.outcomes == {"prod-1": "refused"}
