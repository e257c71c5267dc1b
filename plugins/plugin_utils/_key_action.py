# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of the actions that change keys."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from typing import Any, Mapping, Sequence

from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import GATE_KEYS_FILE
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._extra_variables import unknown_variables
from ansible_collections.mint.promotion.plugins.plugin_utils._home import Home
from ansible_collections.mint.promotion.plugins.plugin_utils._key_place import KeyPlace, current_key, key_place
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import (
    NO_KEY_REMEDY,
    LedgerSettings,
    ledger_settings,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

display = Display()


@dataclass(frozen=True)
class Ring:
    """The keys of one ledger, where they lie, and the ledger."""

    settings: LedgerSettings
    place: KeyPlace
    key: GateKey | None  # the one that signs now, None where there is none yet

    def home(self, key: GateKey) -> Home:
        """The ledger, for receipts that `key` puts there."""
        return open_home(replace(self.settings, gate_key=key.private_pem))

    def signing_key(self) -> GateKey:
        """Return the gate key. Raises `Refused` where there is none."""
        if self.key is None:
            raise Refused("There is no gate key yet.", NO_KEY_REMEDY)
        return self.key

    def refuse_half_done(self) -> None:
        """Raise `Refused` when a new key waits to take its place: a rotation was cut off."""
        if self.place.next.exists:
            found = f"A rotation of the gate key was cut off: the new one waits in {self.place.next.path}."
            raise Refused(found, "`ansible-playbook mint.promotion.keys -e promotion_rotate=true` finishes it.")


class KeyAction(PromotionAction):
    """An action about the keys of the ledger that the play's hosts are recorded in."""

    def ring(self, task_vars: Mapping[str, Any]) -> Ring:
        """Return the keys. Raises `InvalidInput` and `Refused`; nothing was changed then."""
        faults = tuple(unknown_variables(load_extra_vars(self._loader)))
        if faults:
            raise InvalidInput(faults, "The request")
        return _ring(task_vars["hostvars"], task_vars["ansible_play_hosts_all"], self._loader)


def _ring(hostvars: Mapping[str, Mapping[str, Any]], hosts: Sequence[str], loader: DataLoader) -> Ring:
    listed = [host for host in hosts if hostvars[host].get("inventory_dir")]
    if not listed:
        raise Refused("The inventory has no hosts, or --limit leaves none.", "Name the inventory with -i.")
    settings = [ledger_settings(hostvars[host]) for host in listed]
    folders = [str(hostvars[host]["inventory_dir"]) for host in listed]
    _refuse_differences(listed, settings, folders)
    return Ring(settings[0], key_place(settings[0], folders[0], loader), current_key(settings[0]))


def _refuse_differences(hosts: Sequence[str], settings: Sequence[LedgerSettings], folders: Sequence[str]) -> None:
    """Several ledgers have keys of their own; which of them is meant has to be said."""
    first = settings[0]
    differing = {
        one.name for one in fields(first) for other in settings if getattr(other, one.name) != getattr(first, one.name)
    }
    if not first.has_gate_key and len(set(folders)) > 1:
        differing.add("inventory_dir")
    if differing:
        found = f"{', '.join(hosts)} differ in the settings of the ledger: {', '.join(sorted(differing))}."
        raise Refused(found, "Choose the hosts of one ledger with --limit, or let the variables agree.")


def show_made(key: GateKey, place: KeyPlace, folder: str) -> None:
    """Say which key there is now, where, and what it needs to be of use to others."""
    display.display(
        f"Gate key {key.keyid}\n"
        f"  private half: {place.path}{' (vault)' if place.encrypted else ''}\n"
        f"  public half:  {os.path.join(folder, GATE_KEYS_FILE)}\n"
        f"Give {GATE_KEYS_FILE} to everyone who verifies, on another way than the receipts."
    )


def secret_diff(place: KeyPlace) -> dict[str, str]:
    """Return what a diff tells of a private key: that there is a new one."""
    return {"before": "", "after": "(not shown)\n", "before_header": place.path, "after_header": place.path}
