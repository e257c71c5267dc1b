# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a verdict stands on: the receipts among its inputs, as they lie in the ledger (pure)."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Set, Tuple

from .._data import sha256_digest
from .envelope import Envelope, parse_envelope, parse_json
from .schema import APPROVAL_PREDICATE

Approved = Tuple[str, Envelope, Mapping[str, Any]]  # the digest of the line, the envelope, the predicate


def approvals_of(lines: Sequence[bytes], verdict: str) -> Tuple[Approved, ...]:
    """Return the approvals among the inputs of a verdict, in the order of the ledger.

    `verdict` is the digest (`sha256:<64 hex>`) of its line. What stands before the verdict in the ledger is looked
    through from its end, as far as the first of the inputs. Raises `InvalidReceipt` for one of them that is malformed.
    """
    wanted: Set[str] = {verdict}
    found: List[Approved] = []
    for line in reversed(lines):
        if not wanted:
            break
        digest = sha256_digest(line)
        if digest not in wanted:
            continue
        wanted.discard(digest)
        envelope = parse_envelope(line)
        statement = parse_json(envelope.payload)
        if digest == verdict:
            wanted = {f"sha256:{one['digest']['sha256']}" for one in statement["predicate"]["inputAttestations"]}
        elif statement["predicateType"] == APPROVAL_PREDICATE:
            found.append((digest, envelope, statement["predicate"]))
    return tuple(reversed(found))
