# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a newcomer does with a clone works: call a playbook, copy the inventory, follow the documents."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from ansible_collections.mint.promotion.plugins.plugin_utils._extra_variables import INTERNAL, KNOWN
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import VARIABLES as LEDGER

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
EXAMPLE = ROOT / "inventories" / "example"
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def tracked(*patterns: str) -> list[Path]:
    """Return the files that git would commit: tracked ones and new ones that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def ansible(command: str, *arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one of Ansible's commands with the caller's own Ansible settings left out."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return subprocess.run(
        [str(BIN / command), *arguments],
        cwd=cwd,
        env={**inherited, "ANSIBLE_NOCOLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def tasks_of(listing: subprocess.CompletedProcess[str]) -> list[str]:
    assert listing.returncode == 0, listing.stderr
    return [line.strip() for line in listing.stdout.splitlines() if "TAGS:" in line]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The checkout, findable as mint.promotion as `make setup` leaves it."""
    link = ROOT / ".cache/collections/ansible_collections/mint/promotion"
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to("../../../..")
    return ROOT


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    built = ansible("ansible-galaxy", "collection", "build", "--output-path", str(folder))
    assert built.returncode == 0, built.stderr
    return next(folder.glob("mint-promotion-*.tar.gz"))


@pytest.fixture(scope="session")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections")
    # Not from the checkout: its ansible.cfg knows mint.promotion already, and there would be nothing to do.
    arguments = ("collection", "install", str(archive), "-p", str(folder), "--offline")
    done = ansible("ansible-galaxy", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_playbook_is_the_same_by_all_three_ways_to_call_it(
    name: str, checkout: Path, installed: Path, tmp_path: Path
) -> None:
    listing = ("--list-tasks", "--inventory", f"{EXAMPLE}/hosts.yml")
    from_root = tasks_of(ansible("ansible-playbook", f"playbooks/{name}.yml", *listing, cwd=checkout))
    from_folder = tasks_of(ansible("ansible-playbook", f"{name}.yml", *listing, cwd=checkout / "playbooks"))
    by_name = tasks_of(
        ansible(
            "ansible-playbook",
            f"mint.promotion.{name}",
            *listing,
            cwd=tmp_path,
            ANSIBLE_COLLECTIONS_PATH=str(installed),
        )
    )
    assert from_root == from_folder == by_name
    assert len(from_root) > 1


def test_the_archive_holds_the_collection_and_nothing_of_its_workshop(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        names = set(opened.getnames())
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"examples", "tests", "tools", "inventories", "Makefile", "ansible.cfg", "pyproject.toml"}
    assert not [name for name in names if any(part.startswith(".") for part in name.split("/"))]
    assert not [name for name in names if name.endswith((".pyc", "ansible.cfg"))]
    assert {"README.md", "LICENSE", "meta/runtime.yml", "docs/architecture.md", "scripts/verify_ledger.py"} <= names
    assert {f"playbooks/{name}.yml" for name in PLAYBOOKS} <= names


def test_both_configuration_files_say_the_same() -> None:
    def resolved(path: Path) -> dict[str, dict[str, str]]:
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(path)
        return {section: {key: absolute(path, value) for key, value in parser[section].items()} for section in parser}

    def absolute(path: Path, value: str) -> str:
        parts = (os.path.normpath(path.parent / part) if _relative(part) else part for part in value.split(":"))
        return ":".join(parts)

    def _relative(part: str) -> bool:
        return "/" in part and not part.startswith(("/", "~", "-")) or part == "roles"

    assert resolved(ROOT / "ansible.cfg") == resolved(ROOT / "playbooks" / "ansible.cfg")
    assert not (ROOT / "playbooks" / "ansible.cfg").is_symlink()


@pytest.fixture(scope="session")
def example_hosts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    password = tmp_path_factory.mktemp("vault") / "password"
    password.write_text("example\n")
    arguments = ("--list", "--inventory", str(EXAMPLE), "--vault-password-file", str(password))
    listed = ansible("ansible-inventory", *arguments)
    assert listed.returncode == 0, listed.stderr
    return dict(json.loads(listed.stdout)["_meta"]["hostvars"])


def test_the_example_inventory_gives_every_value_that_the_example_manifest_asks_for(
    example_hosts: dict[str, dict[str, object]],
) -> None:
    manifest = yaml.safe_load((ROOT / "examples/mint-modules/deploy/promotion.yml").read_text())
    asked = {
        variable.get("from", name)
        for module in manifest["modules"].values()
        for name, variable in module.get("environment", {}).items()
        if "default" not in variable
    }
    assert asked
    for host, variables in example_hosts.items():
        values = variables["promotion_values"]
        assert isinstance(values, dict) and asked <= set(values), host


def test_the_example_inventory_keeps_its_secrets_encrypted() -> None:
    vaults = sorted(EXAMPLE.glob("group_vars/*/vault.yml"))
    assert [vault.parent.name for vault in vaults] == ["prod", "staging"]
    assert all(vault.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256\n") for vault in vaults)


def test_every_vaulted_name_that_is_used_is_defined(example_hosts: dict[str, dict[str, object]]) -> None:
    for host, variables in example_hosts.items():
        used = set(re.findall(r"\bvault_\w+", json.dumps(variables["promotion_values"])))
        assert used and used <= set(variables), host


@pytest.mark.parametrize("name", [".env.prod", ".env.staging", ".venv/x", ".cache/x", ".bed/x", "receipts/x"])
def test_git_ignores_secrets_and_what_the_tools_write(name: str) -> None:
    assert subprocess.run(["git", "check-ignore", "--quiet", name], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("path", tracked("*.py"), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_python_file_names_its_license(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = lines[1:] if lines[:1] and lines[0].startswith("#!") else lines
    if any(line.strip() for line in lines):
        assert head[0].startswith("# Copyright (c) ")
        assert head[1].startswith("# GNU General Public License v3.0+ ")


def test_every_script_can_be_started_and_stops_at_its_first_error() -> None:
    scripts = [path for path in tracked("tools/*", ".ci/*") if path.read_bytes().startswith(b"#!/usr/bin/env bash")]
    assert scripts
    assert not [path for path in scripts if not os.access(path, os.X_OK)]
    assert not [path for path in scripts if "set -euo pipefail" not in path.read_text()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_what_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named_targets = set(re.findall(r"\bmake ([a-z-]+)`", text)) | set(re.findall(r"^ {4}make ([a-z-]+)", text, re.M))
    assert named_targets <= targets
    playbooks = set(re.findall(r"ansible-playbook (?:-\S+ \S+ )*(?:playbooks/)?([a-z_]+)\.yml", text))
    assert playbooks <= set(PLAYBOOKS)
    links = {link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}
    assert not [link for link in links if link and not (document.parent / link).exists()]


def test_the_table_of_variables_holds_every_variable_that_a_user_may_set() -> None:
    options = {
        name
        for specification in (ROOT / "roles").glob("*/meta/argument_specs.yml")
        for entry in yaml.safe_load(specification.read_text())["argument_specs"].values()
        for name in entry.get("options", {})
    }
    used = {
        name
        for path in [*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "roles").glob("*/tasks/*.yml")]
        for name in re.findall(r"\b(promotion_\w+)\b", path.read_text())
    }
    table = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `promotion_")]
    told = {name for line in table for name in re.findall(r"`(promotion_\w+)`", line.split("|")[1])}
    internal = {"promotion_action", "promotion_targets"}  # set by the playbooks themselves
    secret = {"promotion_values", "promotion_registry_logins"}  # read by actions, never passed to them
    ledger = {name for name in LEDGER if name not in options | used}  # likewise: all actions agree on the ledger
    assert options | used == (told | internal) - secret - ledger - {"promotion_insecure_registries"}
    assert told == KNOWN
    assert internal == INTERNAL
