# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes the gate key, the files that verifiers trust, and the first receipt of the ledger, where they are missing."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import requester
from ansible_collections.mint.promotion.plugins.plugin_utils._key_action import (
    KeyAction,
    Ring,
    secret_diff,
    show_made,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import introduction, refuse_begun
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from ansible_collections.mint.promotion.plugins.plugin_utils._trusted_files import (
    refuse_faults,
    trust_gate,
    trust_signer,
)

ARGUMENTS = {"requester": {"type": "str"}, "requester_key": {"type": "str", "default": ""}}


class ActionModule(KeyAction):
    """`mint.promotion.key_generate`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        ring = self.ring(task_vars)
        ring.refuse_half_done()
        folder, person = ring.settings.keys, arguments["requester"] or requester()
        refuse_faults(folder, person, arguments["requester_key"])
        made = self._made(ring) if ring.key is None else None
        key = ring.key or made
        gate = trust_gate(folder, key.half if key else None, self.check_mode)
        signers = trust_signer(folder, person, arguments["requester_key"], self.check_mode)
        begun = () if self.check_mode or key is None else self._begun(ring, key)
        new = ring.key is None
        if made:
            show_made(made, ring.place, folder)
        return {
            "changed": new or gate["changed"] or signers["changed"],
            "keyid": key.keyid if key else "",
            "private_key": ring.place.path if new else "",
            "folder": folder,
            "receipts": encode(begun),
            "diff": [*([secret_diff(ring.place)] if new else []), gate["diff"], signers["diff"]],
        }

    def _made(self, ring: Ring) -> GateKey | None:
        """Make a key and keep it; a dry run makes none. Raises `Refused` where it could not be kept."""
        ring.place.check()
        if ring.place.exists:
            found = f"{ring.place.path} is there, and the inventory gives no gate key."
            raise Refused(found, "See with ansible-inventory whether it is read, or remove it.")
        refuse_begun(open_home(ring.settings))
        if self.check_mode:
            return None
        key = GateKey.make()
        ring.place.store(key)
        return key

    def _begun(self, ring: Ring, key: GateKey) -> tuple[Any, ...]:
        """Put the receipt that introduces the key into the ledger, if it lacks it."""
        home = ring.home(key)
        return home.append(envelopes) if (envelopes := introduction(home.snapshot(), key)) else ()
