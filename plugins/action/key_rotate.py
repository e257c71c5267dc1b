# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replaces the gate key: the old one signs the receipt that hands over to the new one."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.key_events import VALID, standing
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import GATE
from ansible_collections.mint.promotion.plugins.plugin_utils._key_action import KeyAction, Ring, secret_diff, show_made
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import events_of, introduction, rotation
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from ansible_collections.mint.promotion.plugins.plugin_utils._trusted_files import trust_gate

ARGUMENTS = {"reason": {"type": "str", "default": ""}}


class ActionModule(KeyAction):
    """`mint.promotion.key_rotate`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        ring = self.ring(task_vars)
        key = ring.signing_key()
        _refuse_other_places(ring, key)
        trust_gate(ring.settings.keys, None, check_mode=True)  # a broken file comes to light before any change
        new = self._new(ring)
        gate = trust_gate(ring.settings.keys, new.half if new else None, self.check_mode)
        receipts = _handed_over(ring, key, new, arguments["reason"]) if new else ()
        if new:
            show_made(new, ring.place, ring.settings.keys)
        return {
            "changed": True,
            "keyid": new.keyid if new else "",
            "replaces": key.keyid,
            "private_key": ring.place.path,
            "folder": ring.settings.keys,
            "receipts": encode(receipts),
            "diff": [secret_diff(ring.place), gate["diff"]],
        }

    def _new(self, ring: Ring) -> GateKey | None:
        """Return the key that waits since a rotation was cut off, else a new one that waits now; none in a dry run."""
        if ring.place.next.exists:
            return ring.place.next.load()
        if self.check_mode:
            return None
        new = GateKey.make()
        ring.place.next.store(new)
        return new


def _refuse_other_places(ring: Ring, key: GateKey) -> None:
    """A new key must take the place of the old one, else the old one would go on signing."""
    ring.place.check()
    if not ring.place.exists or ring.place.load().keyid != key.keyid:
        raise Refused(f"The gate key does not come from {ring.place.path}.", "Move it there, then rotate it.")


def _handed_over(ring: Ring, key: GateKey, new: GateKey, reason: str) -> tuple[Any, ...]:
    """Put the receipt into the ledger, unless a rotation that was cut off has, and the new key into its place."""
    home = ring.home(key)
    snapshot = home.snapshot()
    receipts: tuple[Any, ...] = ()
    if standing(events_of(snapshot), GATE, new.keyid) != VALID:
        receipts = home.append([*introduction(snapshot, key), rotation(key, new.half, reason)])
    ring.place.take_next()
    return receipts
