# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a new project as text, and their way to the disk: what exists stays as it is."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import Iterator

from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused, Violation
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.module_utils._project.documents import (
    VAULT_PASSWORD,
    common_variables,
    environment_variables,
    ignored_paths,
    inventory_document,
    manifest_document,
    vault_document,
    with_ignored,
)
from ansible_collections.mint.promotion.plugins.module_utils._project.model import Answers
from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import read_text
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import parse_yaml
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_text import yaml_text

MANIFEST = "deploy/promotion.yml"
IGNORE = ".gitignore"
PASSWORD_BYTES = 32
_VAULT_HEADER = "$ANSIBLE_VAULT;"

_ABOUT_MANIFEST = """\
# What shall go live, as data. docs/manifest.md of mint.promotion explains every field: smoke checks, limits, volumes.
# `ansible-playbook mint.promotion.build` builds the modules and pins revisions and digests here;
# `ansible-playbook mint.promotion.pin` pins what CI has built.
"""
_ABOUT_POLICY = """
# What each environment asks for. All gates enforce; `gates: {disk: report}` would only report one.
"""
_ABOUT_HOSTS = """\
---
# Groups are environments: what `promotion_environment` names. A host is in one of them.
"""
_ABOUT_COMMON = """\
---
# The variables of all hosts. promotion_become is true where ansible_user is not root and may use sudo, false where
# it is root, or a member of the group docker that owns promotion_root.
"""
_ABOUT_VALUES = """\
---
# The values that the manifest asks for, by the names of their sources. Secrets come from vault.yml beside this file:
#     ansible-vault edit inventory/group_vars/%s/vault.yml
"""
_ABOUT_VAULT = """\
---
# The secrets of %s. A promotion without one of them is refused.
"""
_CONFIGURATION = f"""\
[defaults]
inventory = inventory
; Not in git: give it to whoever may promote.
vault_password_file = {VAULT_PASSWORD}
host_key_checking = True
interpreter_python = auto_silent
forks = 20
callback_result_format = yaml

[connection]
pipelining = True

[ssh_connection]
ssh_args = -C -o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=15
"""


@dataclass(frozen=True)
class ProjectFile:
    """One file by its path in the project. A secret one is shown nowhere; an encrypted one is written encrypted."""

    path: str
    text: str
    mode: int = 0o644
    secret: bool = False
    encrypted: bool = False


def project_files(answers: Answers) -> tuple[ProjectFile, ...]:
    """Return the files of a project, in the order in which they are written.

    Raises `InvalidInput` with the answers' faults and everything that the manifest's rules find in them.
    """
    return (
        ProjectFile(MANIFEST, _manifest_text(answers)),
        ProjectFile("inventory/hosts.yml", _ABOUT_HOSTS + yaml_text(inventory_document(answers))),
        ProjectFile("inventory/group_vars/all/vars.yml", _ABOUT_COMMON + yaml_text(common_variables(answers))),
        ProjectFile(VAULT_PASSWORD, secrets.token_urlsafe(PASSWORD_BYTES) + "\n", 0o600, secret=True),
        *_environment_files(answers),
        ProjectFile("ansible.cfg", _CONFIGURATION),
    )


def _environment_files(answers: Answers) -> Iterator[ProjectFile]:
    for name in answers.hosts:
        folder = f"inventory/group_vars/{name}"
        values = _ABOUT_VALUES % name + yaml_text(environment_variables(answers, name))
        yield ProjectFile(f"{folder}/vars.yml", values)
        vault = _ABOUT_VAULT % name + yaml_text(vault_document(answers))
        yield ProjectFile(f"{folder}/vault.yml", vault, 0o600, secret=True, encrypted=True)


def _manifest_text(answers: Answers) -> str:
    document = dict(manifest_document(answers))
    policy = {"policy": document.pop("policy")}
    text = _ABOUT_MANIFEST + yaml_text(document) + _ABOUT_POLICY + yaml_text(policy)
    source = parse_yaml(text.encode("utf-8"), MANIFEST)
    faults = answers.faults
    try:
        validate(source.data, {}, "the answers")
    except InvalidInput as error:
        faults += tuple(error.violations)
    if faults:
        raise InvalidInput(faults, "What the project is made of")
    return text


def missing(folder: str, files: tuple[ProjectFile, ...]) -> tuple[ProjectFile, ...]:
    """Return the files that are not there yet.

    The password is one of them only where no vault is: a new one would not open what is encrypted already.
    """
    absent = tuple(one for one in files if not os.path.lexists(os.path.join(folder, one.path)))
    there = [one.path for one in files if one.encrypted and one not in absent and _is_encrypted(folder, one.path)]
    if there and any(one.path == VAULT_PASSWORD for one in absent):
        if any(one.encrypted for one in absent):
            found = f"{' and '.join(there)} are encrypted, and {VAULT_PASSWORD} is not here."
            raise Refused(found, "Put the password into that file, or remove the encrypted files.")
        return tuple(one for one in absent if one.path != VAULT_PASSWORD)
    return absent


def _is_encrypted(folder: str, path: str) -> bool:
    return (read_text(os.path.join(folder, path)) or "").startswith(_VAULT_HEADER)


def write(folder: str, file: ProjectFile) -> None:
    """Write one file that is not there yet, its folders too. Raises `OSError`."""
    target = os.path.join(folder, file.path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    text = _encrypted(folder, file.text) if file.encrypted else file.text
    Files().replace(target, text.encode("utf-8"), file.mode)


def _encrypted(folder: str, text: str) -> str:
    """Return `text` as `ansible-vault encrypt` writes it with the project's password."""
    password = (read_text(os.path.join(folder, VAULT_PASSWORD)) or "").strip()
    if not password:
        fault = Violation(VAULT_PASSWORD, "", "an empty file", "a password", "remove the file")
        raise InvalidInput([fault], "The vault password")
    vault = VaultLib([("default", VaultSecret(password.encode("utf-8")))])
    return str(vault.encrypt(text).decode("ascii"))


def ignored(folder: str, answers: Answers) -> tuple[str | None, str]:
    """Return the text of .gitignore as it is, and as it has to be."""
    before = read_text(os.path.join(folder, IGNORE))
    return before, with_ignored(before or "", ignored_paths(answers))
