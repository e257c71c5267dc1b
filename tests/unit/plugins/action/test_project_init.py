# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""init.yml as a person calls it: what it writes works at once, and what was there stays."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[4]
ANSWERS: dict[str, Any] = {
    "init_stack": "shop",
    "init_repository": "https://git.example.com/team/shop.git",
    "init_registry": "registry.example.com/team",
    "init_modules": {"web": {"port": 8080, "depends_on": ["api"]}, "api": {"port": 9000, "secrets": ["TOKEN"]}},
    "init_staging_hosts": "s1.example.com",
    "init_prod_hosts": {"p1.example.com": {"ansible_host": "10.0.0.1"}, "p2.example.com": None},
    "init_user": "deploy",
}
FILES = [
    ".gitignore",
    ".vault-password",
    "ansible.cfg",
    "deploy/promotion.yml",
    "inventory/group_vars/all/vars.yml",
    "inventory/group_vars/prod/vars.yml",
    "inventory/group_vars/prod/vault.yml",
    "inventory/group_vars/staging/vars.yml",
    "inventory/group_vars/staging/vault.yml",
    "inventory/hosts.yml",
]


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections")
    (folder / "ansible_collections/mint").mkdir(parents=True)
    (folder / "ansible_collections/mint/promotion").symlink_to(ROOT)
    return folder


def ansible(collections: Path, folder: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of Ansible's commands in the project's folder, with the settings that it finds there only."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("ANSIBLE_")}
    return subprocess.run(
        [str(Path(sys.executable).parent / command), *arguments],
        cwd=folder,
        env={**inherited, "ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_NOCOLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def init(collections: Path, folder: Path, *options: str, **changes: Any) -> subprocess.CompletedProcess[str]:
    answers = json.dumps({**ANSWERS, **changes})
    return ansible(collections, folder, "ansible-playbook", "mint.promotion.init", "-e", answers, *options)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_all_that_it_writes_works_at_once_and_a_second_run_changes_nothing(collections: Path, tmp_path: Path) -> None:
    dry = init(collections, tmp_path, "--check", "--diff")
    assert dry.returncode == 0, dry.stdout
    assert "+  name: shop" in dry.stdout
    assert contents(tmp_path) == {}

    done = init(collections, tmp_path)
    assert done.returncode == 0, done.stdout
    written = contents(tmp_path)
    assert list(written) == FILES
    assert stat.S_IMODE((tmp_path / ".vault-password").stat().st_mode) == 0o600
    password = written[".vault-password"].decode().strip()
    assert len(password) >= 40
    assert password not in dry.stdout + done.stdout

    again = init(collections, tmp_path)
    assert "changed=0" in again.stdout
    assert contents(tmp_path) == written

    info = ansible(
        collections,
        tmp_path,
        "ansible",
        "localhost",
        "-m",
        "mint.promotion.manifest_info",
        "-a",
        "path=deploy/promotion.yml",
    )
    assert info.returncode == 0, info.stdout
    listed = ansible(collections, tmp_path, "ansible-inventory", "--list")
    hosts = json.loads(listed.stdout)
    assert (hosts["staging"]["hosts"], hosts["prod"]["hosts"]) == (
        ["s1.example.com"],
        ["p1.example.com", "p2.example.com"],
    )
    variables = hosts["_meta"]["hostvars"]["p1.example.com"]
    assert variables["promotion_values"] == {"API_TOKEN": "{{ vault_api_token }}"}
    assert variables["vault_api_token"] is None
    assert (variables["ansible_host"], variables["ansible_user"]) == ("10.0.0.1", "deploy")
    assert Path(variables["promotion_manifest"].replace("{{ inventory_dir }}", f"{tmp_path}/inventory")).exists()


def test_what_is_there_already_stays_as_it_is(collections: Path, tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/promotion.yml").write_text("mine")
    (tmp_path / ".gitignore").write_text("node_modules/\n.env")
    (tmp_path / ".vault-password").write_text("my password\n")
    done = init(collections, tmp_path)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "deploy/promotion.yml").read_text() == "mine"
    assert (tmp_path / ".vault-password").read_text() == "my password\n"
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["node_modules/", ".env"]
    assert (lines.count(".env"), lines.count("/receipts/")) == (1, 1)
    vault = "inventory/group_vars/prod/vault.yml"
    shown = ansible(collections, tmp_path, "ansible-vault", "view", vault)
    assert "vault_api_token: null" in shown.stdout, shown.stderr


def test_all_faults_of_the_answers_come_at_once_and_nothing_is_written(collections: Path, tmp_path: Path) -> None:
    done = init(
        collections, tmp_path, init_stack="My Shop", init_modules={"web": {"port": 99999, "depends_on": ["nobody"]}}
    )
    assert done.returncode == 2
    text = " ".join(done.stdout.split())
    for words in ("stack.name: found", "modules.web.ports[0].published: found", 'the unknown module \\"nobody\\"'):
        assert words in text, text
    assert contents(tmp_path) == {}


def test_without_answers_and_a_terminal_it_says_what_it_wants(collections: Path, tmp_path: Path) -> None:
    done = ansible(collections, tmp_path, "ansible-playbook", "mint.promotion.init")
    assert done.returncode == 2
    for name in ("init_stack", "init_repository", "init_modules"):
        assert f"{name}: found nothing" in done.stdout + done.stderr
    assert contents(tmp_path) == {}


def test_where_it_has_to_stop_git_ignores_the_secrets_that_it_has_written(collections: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "inventory/group_vars/staging"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("a file")
    assert init(collections, tmp_path).returncode == 2
    assert (tmp_path / ".vault-password").exists()
    assert ".vault-password" in (tmp_path / ".gitignore").read_text()


def test_a_misspelt_answer_is_told_and_nothing_is_written(collections: Path, tmp_path: Path) -> None:
    done = init(
        collections,
        tmp_path,
        init_modls="web:80",
        init_root="opt",
        init_repository="https://me:token@git.example.com/shop",
    )
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2
    assert 'the unknown variable "init_modls"' in told
    assert "init_modules" in told
    assert 'init_root: found \\"opt\\"' in told
    assert "source.repository: found" in told
    assert contents(tmp_path) == {}
