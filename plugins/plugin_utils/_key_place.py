# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the private half of the gate key lies: in a vault of the inventory, or in a file that the user names."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, match_encrypt_secret

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._release.files import ABSENT, Files
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import (
    GATE_KEY,
    GATE_KEY_FILE,
    LedgerSettings,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import read_text

MODE = 0o600
VARIABLES_FILE = os.path.join("group_vars", "all", f"{GATE_KEY}.yml")
NEXT = ".next"  # Ansible reads no variables from files that end so
_HEADING = f"{GATE_KEY}: !vault |"
_INDENT = " " * 10  # as `ansible-vault encrypt_string` writes it
_WITHOUT_VAULT = (
    "Give one (--vault-password-file, --ask-vault-pass, or vault_password_file in ansible.cfg), "
    f"or name a file for the key that only you can read: -e {GATE_KEY_FILE}=PATH."
)


@dataclass(frozen=True)
class KeyPlace:
    """A file with a private key: a file of variables, encrypted, or PEM. `loader` knows the vault's passwords."""

    path: str
    encrypted: bool
    loader: DataLoader

    @property
    def next(self) -> KeyPlace:
        """Where a new key waits while it is put into the ledger."""
        return replace(self, path=self.path + NEXT)

    @property
    def exists(self) -> bool:
        return Files().kind(self.path) != ABSENT

    def check(self) -> None:
        """Raise `Refused` where no key could be stored: there is no password, or the place would hide variables."""
        if not self.encrypted:
            return
        if not self._secrets:
            raise Refused("The gate key is to be kept in a vault, and no vault password was given.", _WITHOUT_VAULT)
        group = os.path.dirname(self.path)
        for taken in (group, *(f"{group}{ending}" for ending in constants.YAML_FILENAME_EXTENSIONS)):
            if os.path.isfile(taken):  # Ansible reads the folder or the file, never both (DataLoader.find_vars_files)
                wanted = os.path.join(group, "vars.yml")
                raise Refused(f"{taken} is a file, and {group} has to be a folder.", f"Move it to {wanted}.")

    def load(self) -> GateKey:
        """Read the key. Raises `InvalidInput`, `AnsibleError` for a wrong password, and `OSError`."""
        text = read_text(self.path) or ""
        if self.encrypted:
            body = "\n".join(line.strip() for line in text.partition(_HEADING)[2].splitlines() if line.strip())
            text = VaultLib(self._secrets).decrypt(body.encode("ascii")).decode("ascii")
        return GateKey.load(text, self.path)

    def store(self, key: GateKey) -> None:
        """Write the key, so that it is there whole or not at all. Raises `OSError`."""
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        text = self._vaulted(key.private_pem) if self.encrypted else key.private_pem
        Files().replace(self.path, text.encode("ascii"), MODE)

    def take_next(self) -> None:
        """Put the key that waits into this place. Raises `OSError`."""
        Files().rename(self.next.path, self.path)
        Files().sync(os.path.dirname(self.path))

    @property
    def _secrets(self) -> list[tuple[str, object]]:
        return list(self.loader._vault.secrets or [])

    def _vaulted(self, pem: str) -> str:
        vault_id, secret = match_encrypt_secret(self._secrets, constants.DEFAULT_VAULT_ENCRYPT_IDENTITY)
        text = VaultLib(self._secrets).encrypt(pem, secret, vault_id).decode("ascii")
        return "\n".join(["---", _HEADING, *(_INDENT + line for line in text.splitlines()), ""])


def key_place(settings: LedgerSettings, inventory_folder: str, loader: DataLoader) -> KeyPlace:
    """Say where the gate key belongs: into the file that was asked for, else into the inventory's variables."""
    if settings.gate_key_file:
        return KeyPlace(settings.gate_key_file, False, loader)
    return KeyPlace(os.path.join(inventory_folder, VARIABLES_FILE), True, loader)


def current_key(settings: LedgerSettings) -> GateKey | None:
    """Return the gate key that the inventory gives, None where there is none yet. Raises as `GateKey.load`."""
    if settings.gate_key:
        return GateKey.load(settings.gate_key)
    if settings.gate_key_file and os.path.lexists(settings.gate_key_file):
        return GateKey.load(settings.gate_key_text(), settings.gate_key_file)
    return None
