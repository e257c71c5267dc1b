# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ways to call a playbook: from the root, from playbooks/, from an installed collection, by ansible-runner."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import ansible_runner
import pytest

from integration.catalog import FIRST
from integration.playbooks import ROOT, command
from integration.promotions import Promote, Promotion


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    """A stack whose first revision is live: each way must find that, and say no_change."""
    promotion = new_promotion("staging-1")
    promotion.write(FIRST)
    promotion.promote().ended_well()
    return promotion


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the collection as `ansible-galaxy` builds and installs it, and no checkout."""
    folder = tmp_path_factory.mktemp("installed")
    galaxy = command("ansible-galaxy")
    build = [galaxy, "collection", "build", str(ROOT), "--output-path", str(folder)]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    (archive,) = folder.glob("mint-promotion-*.tar.gz")
    install = [galaxy, "collection", "install", str(archive), "--collections-path", str(folder / "collections")]
    subprocess.run([*install, "--offline"], check=True, capture_output=True, cwd=folder)
    return folder


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


def test_from_ansible_runner(promotion: Promotion, installed: Path) -> None:
    (installed / "runner").mkdir()
    run = ansible_runner.run(
        private_data_dir=str(installed / "runner"),
        playbook="mint.promotion.promote",
        inventory=[str(path) for path in promotion.playbooks.inventories],
        limit="staging-1",
        extravars={"promotion_environment": "staging"},
        envvars=settings(installed),
        quiet=True,
    )
    output = run.stdout.read()
    assert run.rc == 0, output
    assert "no_change" in output
