# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a project get to the disk once, and vaults only with the password that opens all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.module_utils._project.answers import read_answers
from ansible_collections.mint.promotion.plugins.plugin_utils._project_files import (
    ProjectFile,
    missing,
    project_files,
    write,
)

PASSWORD = ".vault-password"
ANSWERS = {
    "stack": "shop",
    "repository": "https://git.example.com/team/shop.git",
    "registry": "registry.example.com",
    "modules": {"web": {"port": 8080, "secrets": ["TOKEN"]}},
    "staging_hosts": "s1",
    "prod_hosts": "p1",
}


def files() -> tuple[ProjectFile, ...]:
    return project_files(read_answers(ANSWERS))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with all its files."""
    for one in missing(str(tmp_path), files()):
        write(str(tmp_path), one)
    return tmp_path


def absent(folder: Path) -> list[str]:
    return [one.path for one in missing(str(folder), files())]


def test_every_project_has_a_password_of_its_own(folder: Path) -> None:
    first, second = ([one.text for one in files() if one.path == PASSWORD] for _time in range(2))
    assert first != second
    assert len((folder / PASSWORD).read_text().strip()) >= 40


def test_what_is_missing_is_written_and_nothing_else(folder: Path) -> None:
    assert absent(folder) == []
    (folder / "ansible.cfg").unlink()
    assert absent(folder) == ["ansible.cfg"]


def test_a_link_that_leads_nowhere_is_left_alone(folder: Path) -> None:
    (folder / "ansible.cfg").unlink()
    (folder / "ansible.cfg").symlink_to("nowhere")
    assert absent(folder) == []


def test_encrypted_vaults_get_no_new_password(folder: Path) -> None:
    (folder / PASSWORD).unlink()
    assert absent(folder) == []
    (folder / "inventory/group_vars/prod/vault.yml").unlink()
    with pytest.raises(Refused, match="staging/vault.yml are encrypted, and .vault-password is not here"):
        missing(str(folder), files())


def test_an_empty_password_encrypts_nothing(folder: Path) -> None:
    (folder / PASSWORD).write_text("\n")
    vault = folder / "inventory/group_vars/prod/vault.yml"
    vault.unlink()
    with pytest.raises(InvalidInput, match="found an empty file, wanted a password"):
        write(str(folder), next(one for one in files() if one.encrypted))
    assert not vault.exists()
