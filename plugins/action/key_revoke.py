# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Revokes the key of a person: a receipt from which on its signatures count no more."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused, Violation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.key_events import GONE, standing
from ansible_collections.mint.promotion.plugins.module_utils._ledger.signers import AllowedSigner
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import SIGNER, TrustedKeys
from ansible_collections.mint.promotion.plugins.plugin_utils._key_action import KeyAction
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import events_of, introduction, revocation
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import load_trusted_keys

ARGUMENTS = {"key": {"type": "str", "required": True}, "reason": {"type": "str", "default": ""}}


class ActionModule(KeyAction):
    """`mint.promotion.key_revoke`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        ring = self.ring(task_vars)
        ring.refuse_half_done()
        gate = ring.signing_key()
        trusted = load_trusted_keys(ring.settings.keys)
        _refuse_gate_keys(trusted, arguments["key"])
        signer = _signer(trusted, arguments["key"])
        home = ring.home(gate)
        snapshot = home.snapshot()
        revoked = standing(events_of(snapshot), SIGNER, signer.key.fingerprint) == GONE
        receipts: tuple[Any, ...] = ()
        if not revoked and not self.check_mode:
            receipts = home.append([*introduction(snapshot, gate), revocation(gate, signer, arguments["reason"])])
        return {
            "changed": not revoked,
            "keyid": signer.key.fingerprint,
            "principal": signer.principal,
            "receipts": encode(receipts),
        }


def _refuse_gate_keys(trusted: TrustedKeys, wanted: str) -> None:
    if wanted in [one.keyid for one in trusted.gates]:
        raise Refused(
            f"{wanted} is a gate key: one that simply ended would leave the ledger without any.",
            "Replace it with -e promotion_rotate=true; from that receipt on it counts no more.",
        )


def _signer(trusted: TrustedKeys, wanted: str) -> AllowedSigner:
    """Return the allowed signer with this fingerprint. Raises `InvalidInput`."""
    found = next((one for one in trusted.signers if one.key.fingerprint == wanted), None)
    if found is None:
        known = ", ".join(f"{one.key.fingerprint} ({one.principal})" for one in trusted.signers) or "none is listed"
        fault = Violation("promotion_revoke", "", repr(wanted), f"the fingerprint of an allowed signer: {known}")
        raise InvalidInput([fault], "The request")
    return found
