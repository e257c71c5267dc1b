# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the ledger is, what it is called, and which keys it goes by, as the inventory says."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Mapping

from ansible import context
from ansible.errors import AnsibleError

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused, Violation
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import FORMS, parse_remote
from ansible_collections.mint.promotion.plugins.plugin_utils._values import plain

RECEIPTS = "promotion_receipts"
LEDGER = "promotion_ledger"
ANCHOR = "promotion_ledger_anchor"
ORIGIN = "promotion_ledger_origin"
KEYS = "promotion_keys"
GATE_KEY = "promotion_gate_key"
GATE_KEY_FILE = "promotion_gate_key_file"
VARIABLES = (RECEIPTS, LEDGER, ANCHOR, ORIGIN, KEYS, GATE_KEY, GATE_KEY_FILE)

DEFAULT_ORIGIN = "mint.promotion/ledger"
NO_KEY_REMEDY = "Run `ansible-playbook mint.promotion.keys`, which makes a gate key."


@dataclass(frozen=True)
class LedgerSettings:
    """One ledger. Paths are absolute."""

    receipts: str  # the folder of the receipts on the control node, wherever the ledger's home is
    keys: str  # the folder of the trusted keys
    origin: str = DEFAULT_ORIGIN  # the first line of its checkpoints
    ledger: str = ""  # its home: empty for the folder of the receipts, or a git remote as `parse_remote` reads it
    anchor: str = ""  # a git remote that its checkpoints are pushed to, empty for none
    gate_key: str = field(default="", repr=False)  # PEM
    gate_key_file: str = ""

    @property
    def has_gate_key(self) -> bool:
        return bool(self.gate_key or self.gate_key_file)

    def gate_key_text(self) -> str:
        """Return the gate's private key as PEM. Raises `Refused` where none is set, or its file can't be read."""
        if self.gate_key:
            return self.gate_key
        if not self.gate_key_file:
            raise Refused(f"There is no gate key: neither {GATE_KEY} nor {GATE_KEY_FILE} is set.", NO_KEY_REMEDY)
        try:
            with open(self.gate_key_file, encoding="ascii") as file:
                return file.read()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no PEM text"
            remedy = f"Correct {GATE_KEY_FILE}, or set {GATE_KEY}."
            raise Refused(f"The gate key {self.gate_key_file} cannot be read: {reason}", remedy) from None


def ledger_settings(variables: Mapping[str, Any], receipts: str = "") -> LedgerSettings:
    """Return the settings that `variables` give: those of one host, templated (`task_vars["hostvars"][host]`).

    `receipts` goes before the variable of that name. Raises `InvalidInput` with all faults, which never tell a key.
    """
    faults: list[Violation] = []
    texts = {name: _text(variables, name, faults) for name in VARIABLES}
    for name in (LEDGER, ANCHOR):
        faults += _bad_remote(name, texts[name])
    if any(one.isspace() or one == "+" for one in texts[ORIGIN]):  # c2sp.org/signed-note: it names the gate's key too
        faults.append(Violation(ORIGIN, "", repr(texts[ORIGIN]), "a name without white space and +"))
    if faults:
        raise InvalidInput(faults, "The inventory")
    return LedgerSettings(
        receipts=os.path.abspath(receipts or os.path.expanduser(texts[RECEIPTS] or "receipts")),
        keys=_keys_folder(variables, texts[KEYS]),
        origin=texts[ORIGIN] or DEFAULT_ORIGIN,
        ledger=texts[LEDGER],
        anchor=texts[ANCHOR],
        gate_key=texts[GATE_KEY],
        gate_key_file=os.path.abspath(os.path.expanduser(texts[GATE_KEY_FILE])) if texts[GATE_KEY_FILE] else "",
    )


def _text(variables: Mapping[str, Any], name: str, faults: list[Violation]) -> str:
    """The variable as text, empty where it is not set."""
    try:
        value = plain(variables.get(name))
    except AnsibleError as error:
        faults.append(Violation(name, "", f"a template that fails ({error.message})", "a text", f"-e {name}=TEXT"))
        return ""
    if value is None or isinstance(value, str):
        return str(value or "")
    faults.append(Violation(name, "", f"a {type(value).__name__}", "a text"))
    return ""


def _bad_remote(name: str, text: str) -> list[Violation]:
    try:
        if text:
            parse_remote(text)
    except ValueError as error:
        return [Violation(name, "", str(error), FORMS)]
    return []


def _keys_folder(variables: Mapping[str, Any], text: str) -> str:
    """The folder of the trusted keys, by default `keys` beside the inventory, else in the current folder."""
    if text:
        return os.path.abspath(os.path.expanduser(text))
    return os.path.abspath(os.path.join(_beside_inventory(str(variables.get("inventory_dir") or "")), "keys"))


def _beside_inventory(folder: str) -> str:
    """Where other files may lie. Where the inventory is a folder, Ansible reads every file in it as inventory."""
    for source in context.CLIARGS.get("inventory") or ():
        if os.path.isdir(source) and os.path.join(folder, "").startswith(os.path.join(os.path.abspath(source), "")):
            return os.path.dirname(os.path.abspath(str(source)))
    return folder
