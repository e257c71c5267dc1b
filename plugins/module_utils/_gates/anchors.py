# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate `anchor` (pure): whether the ledger continues the checkpoint that each host has seen.

It compares the hosts with the ledger, so it is no rule over the evidence of one host. A rollback is told and goes on.
"""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Optional, Tuple

from .._errors import InvalidReceipt
from .._ledger.anchor import read_anchor
from .._ledger.history import History
from .._ledger.model import PROMOTE
from .._manifest.model import ENFORCE, REPORT
from .model import FAILED, INCONCLUSIVE, PASSED, GateResult

NAME = "anchor"
_WANTED = "a ledger that continues the checkpoint that this host has seen"
_REMEDY = (
    "find out who changed the ledger, or what was changed on the host: ansible-playbook mint.promotion.verify; "
    "for a new ledger on purpose docs/receipts.md says what to do"
)
_UNREACHED = "bring the home of the ledger back, or choose another one (promotion_ledger)"

Evidence = Mapping[str, Any]


def judge_anchors(
    action: str, evidence: Mapping[str, Optional[Evidence]], history: Optional[History], reason: str = ""
) -> Iterator[GateResult]:
    """Yield one result for each host that was observed. Without a history `reason` says why there is none."""
    mode = ENFORCE if action == PROMOTE else REPORT
    for host, one in evidence.items():
        if one and "release" in one:  # nothing was observed of the others, and another gate says so
            verdict, found, remedy = _judge(one.get(NAME, {}), history, reason)
            yield GateResult(NAME, host, verdict, mode, found, _WANTED, remedy)


def _judge(observed: Evidence, history: Optional[History], reason: str) -> Tuple[str, str, str]:
    note = observed.get("value")
    if note is None:
        return INCONCLUSIVE, str(observed.get("reason") or "it was not observed"), _REMEDY
    if history is None:
        return INCONCLUSIVE, reason, _UNREACHED
    try:
        anchor = read_anchor(note)
    except InvalidReceipt as error:
        return INCONCLUSIVE, f"the host keeps no checkpoint but something else: {error.message}", _REMEDY
    if anchor is None:
        return PASSED, "none yet", ""
    fault = history.fault(anchor)
    return (FAILED, fault, _REMEDY) if fault else (PASSED, f"{anchor.size} receipts seen", "")
