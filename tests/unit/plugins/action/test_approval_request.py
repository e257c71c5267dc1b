# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""approve.yml as a person calls it: what it writes, keeps, signs and refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import parse_json, payload_of
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from people import SshKeys

ROOT = Path(__file__).resolve().parents[4]
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"
MANIFEST: dict[str, Any] = {
    "schema": 1,
    "stack": {"name": "shop"},
    "source": {"repository": "https://git.example.com/shop.git", "revision": "b" * 40},
    "modules": {"web": {"image": f"registry.example.com/web@sha256:{'a' * 64}", "revision": "b" * 40}},
    "policy": {
        "prod": {
            "approvals": {"threshold": 2, "principals": [ADA, BOB], "expires_seconds": 600},
            "windows": [{"name": "always", "override": {"threshold": 1, "principals": [BOB]}}],
        }
    },
}


@dataclass(frozen=True)
class Project:
    folder: Path
    ssh_keys: SshKeys

    def approve(self, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        given = {"promotion_manifest": str(self.folder / "promotion.yml"), **variables}
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("ANSIBLE_")}
        return subprocess.run(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                "mint.promotion.approve",
                "-e",
                json.dumps(given),
                *options,
            ],
            cwd=self.folder,
            env={**inherited, "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"), "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def requests(self) -> list[Path]:
        return sorted(self.folder.glob("receipts/approvals/*/approval.pae"))

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("receipts/approvals/*/*"))


@pytest.fixture
def project(tmp_path: Path, ssh_keys: SshKeys) -> Project:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory/hosts.yml").write_text(
        "prod: {hosts: {p1: {promotion_keys: KEYS}}}\n".replace("KEYS", str(tmp_path / "keys"))
    )
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/gate.pub").write_text(GateKey.make().public_pem)
    people = ((ADA, "ed25519"), (BOB, "ecdsa"), (EVE, "rsa"))
    (tmp_path / "keys/allowed_signers").write_text(
        "\n".join(ssh_keys.line(kind, name).strip() for name, kind in people)
    )
    (tmp_path / "ansible.cfg").write_text("[defaults]\ninventory = inventory\n")
    (tmp_path / "promotion.yml").write_text(yaml.safe_dump(MANIFEST))
    (tmp_path / "collections/ansible_collections/mint").mkdir(parents=True)
    (tmp_path / "collections/ansible_collections/mint/promotion").symlink_to(ROOT)
    return Project(tmp_path, ssh_keys)


def test_it_writes_what_stock_ssh_keygen_signs_and_keeps_it_the_next_time(project: Project) -> None:
    done = project.approve(promotion_reason="spring prices")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = project.requests()
    said = parse_json(payload_of(path.read_bytes()))["predicate"]
    assert (said["environment"], said["replaces"], said["reason"], said["overrides"]) == (
        "prod",
        None,
        "spring prices",
        "",
    )
    command = next(line.split("to sign:")[1] for line in done.stdout.splitlines() if "to sign:" in line)
    key = str(project.ssh_keys.path("ecdsa"))
    subprocess.run(command.replace("~/.ssh/id_ed25519", key), shell=True, check=True, env={**os.environ, "USER": "bob"})
    again = project.approve(promotion_approver_key=str(project.ssh_keys.path("ed25519")))
    assert f"signed by {ADA}, {BOB}" in again.stdout or f"signed by {BOB}, {ADA}" in again.stdout, again.stdout
    assert project.files() == ["approval.pae", f"approval.pae.{ADA}.sig", "approval.pae.bob.sig"]
    third = project.approve(promotion_approver_key=str(project.ssh_keys.path("ed25519")))
    assert "changed=0" in third.stdout


def test_with_check_it_writes_nothing(project: Project) -> None:
    done = project.approve("--check", promotion_approver_key=str(project.ssh_keys.path("ed25519")))
    assert (done.returncode, "changed=1" in done.stdout, project.files()) == (0, True, [])


def test_a_reason_to_override_asks_for_the_windows_that_hold_now(project: Project) -> None:
    done = project.approve(promotion_override_reason="customers cannot pay")
    assert "Override the freeze window always for shop in prod" in done.stdout
    (path,) = project.requests()
    said = parse_json(payload_of(path.read_bytes()))["predicate"]
    assert (said["overrides"], said["reason"]) == ("always", "customers cannot pay")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"promotion_approver_key": "KEYS/rsa"}, "whom the policy does not name"),
        ({"promotion_approver_key": "KEYS/none"}, "no file"),
        ({"promotion_environment": "staging"}, "asks for no approvals"),
        ({"promotion_aproval": "x"}, "unknown variable"),
    ],
)
def test_it_refuses_with_a_reason_and_writes_no_signature(
    project: Project, variables: dict[str, str], words: str
) -> None:
    keys = str(project.ssh_keys.folder)
    done = project.approve(**{name: text.replace("KEYS", keys) for name, text in variables.items()})
    assert done.returncode != 0
    assert words in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert not [name for name in project.files() if name.endswith(".sig")]
