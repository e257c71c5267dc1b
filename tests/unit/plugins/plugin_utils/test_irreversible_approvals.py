# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate approvals where a migration cannot be taken back, with real signatures, files and ledgers."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Migration
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Approvals, Policy

from .approvals_desk import ADA, EVE, PEOPLE, Desk, desk

__all__ = ["desk"]


def test_an_irreversible_migration_asks_people_where_the_policy_asks_nobody(desk: Desk) -> None:
    free = desk.run(Policy(approvals=Approvals(0, tuple(PEOPLE))))
    assert desk.judge(free) == {}
    assert free.manifest is not None
    gone = Migration("0007", "artwork", "irreversible", ("up",))
    run = replace(free, manifest=replace(free.manifest, migrations=(gone,)))
    desk.request(run, ADA)
    missing = desk.judge(run)["approvals"]
    assert (missing.verdict, missing.counts) == (FAILED, "0/1 approvals")
    assert "ada@example.com, bob@example.com, eve@example.com, who know that nothing takes the" in missing.wanted
    desk.request(run, EVE, irreversible=("0007",))
    assert desk.judge(run)["approvals"].found == f"approved by {EVE}"
    desk.promote(run)
    assert desk.faults(run) == []
