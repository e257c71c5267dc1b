# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ways to call a playbook: from the root, from playbooks/, from an installed collection, by ansible-runner."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from integration.catalog import FIRST
from integration.playbooks import ROOT
from integration.promotions import Promote, Promotion


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    """A stack whose first revision is live: each way must find that, and say no_change."""
    promotion = new_promotion("staging-1")
    promotion.write(FIRST)
    promotion.promote().ended_well()
    return promotion


def settings(installed: Path) -> dict[str, str]:
    return {"ANSIBLE_COLLECTIONS_PATH": str(installed / "collections"), "ANSIBLE_PIPELINING": "true"}


def test_from_the_root(promotion: Promotion) -> None:
    assert promotion.promote().ended_well().outcomes == {"staging-1": "no_change"}


def test_from_the_folder_of_the_playbooks(promotion: Promotion) -> None:
    argv = promotion.argv("promote.yml", "-e", "promotion_environment=staging")
    run = replace(promotion.playbooks, folder=ROOT / "playbooks").run(argv)
    assert run.ended_well().outcomes == {"staging-1": "no_change"}


def test_from_an_installed_collection(promotion: Promotion, installed: Path) -> None:
    argv = promotion.argv("mint.promotion.promote", "-e", "promotion_environment=staging")
    run = replace(promotion.playbooks, folder=installed, environment=settings(installed)).run(argv)
    assert run.ended_well().outcomes == {"staging-1": "no_change"}
