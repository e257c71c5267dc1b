# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the ledger says of the past, as far as signatures hold: outcomes, live manifests, approvals that are used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, InvalidReceipt, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    Envelope,
    parse_json,
    peek_payload,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import History, log_fault
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema import (
    APPROVAL_PREDICATE,
    DEPLOYMENT_PREDICATE,
    KEY_PREDICATE,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import approval_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import TrustedKeys
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_approvals import Record
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import CHECKPOINT, read_signed
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import KeyHistory, Trust
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_receipts import (
    APPROVAL,
    DEPLOYMENT,
    Receipt,
    place_receipts,
    read_receipt,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO

_MARKS = tuple(one.encode("ascii") for one in (DEPLOYMENT_PREDICATE, APPROVAL_PREDICATE, KEY_PREDICATE))
_AGAIN = "Promote again: the gate approvals says what is missing then."
_REMEDY = "Find out who changed the ledger: ansible-playbook mint.promotion.verify."


@dataclass(frozen=True)
class Past:
    """Receipts that the gate has signed, in the order of the ledger."""

    deployments: tuple[tuple[Receipt, Mapping[str, Any]], ...]  # with their predicates
    used: frozenset[str]  # digests (sha256:<hex>) of what people had signed for earlier promotions

    def live(self, stack: str, environment: str) -> frozenset[str]:
        """Return the digests of the manifests that are live on the hosts of an environment."""
        record = Record()
        for receipt, _predicate in self.deployments:
            record.note_live(receipt.facts)
        return frozenset(f"sha256:{one}" for one in record.live.get((stack, environment), {}).values())

    def outcomes(self, stack: str, environment: str) -> tuple[tuple[Receipt, Mapping[str, Any]], ...]:
        """Return the outcomes of the runs in an environment."""
        return tuple(
            (receipt, told)
            for receipt, told in self.deployments
            if (told["phase"], told["stack"], told["environment"]) == (OUTCOME, stack, environment)
        )


def read_past(lines: Sequence[bytes], history: History, keys: TrustedKeys) -> Past:
    """Look back at a ledger, whose receipts under its checkpoint are `lines`.

    Only the receipts that matter here are verified. Raises `CouldNotCheck` where the checkpoint is not signed by a
    trusted gate key that is valid there, or is not that of these receipts: then something could be missing.
    """
    trust, known = Trust(keys, CRYPTO), KeyHistory()
    wanted = [index for index, line in enumerate(lines) if any(mark in peek_payload(line) for mark in _MARKS)]
    read = [read_receipt(index, lines[index], trust) for index in wanted]
    predicates = {one.index: told["predicate"] for one, _checked, told in read if one.kind == DEPLOYMENT}
    placed = list(place_receipts(((one, checked) for one, checked, _told in read), trust, known))
    _check(history, trust, known, len(lines))
    return Past(
        tuple((one, predicates[one.index]) for one in placed if one.kind == DEPLOYMENT),
        frozenset(one.payload for one in placed if one.kind == APPROVAL),
    )


def refuse_used(past: Past, run: Run, approvals: Sequence[Envelope]) -> None:
    """Raise `Refused` for approvals that hold no more: another run has used one, or made something else live."""
    live = past.live(run.stack, run.environment)
    for one in approvals:
        said = approval_of(parse_json(one.payload))
        if sha256_digest(one.payload) in past.used:
            raise Refused(f"Another run has used the approval {said.request_id} meanwhile.", _AGAIN)
        if live and said.replaces not in live:
            raise Refused(f"Another run has made another manifest live than {said.request_id} is to replace.", _AGAIN)


def _check(history: History, trust: Trust, keys: KeyHistory, entries: int) -> None:
    if not history.note:
        return
    try:
        read_signed(history.note, CHECKPOINT, trust, keys, entries)
    except InvalidReceipt as error:
        raise CouldNotCheck(f"The ledger does not verify: {error.message}.", _REMEDY) from error
    fault = log_fault(history)
    if fault:
        raise CouldNotCheck(f"The ledger does not fit its checkpoint: {fault}.", _REMEDY)
