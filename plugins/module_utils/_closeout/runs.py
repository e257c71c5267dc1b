# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the ledger tells of the runs that a loop is closed with (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from .._errors import InvalidReceipt, Violation
from .._gates.model import PASSED
from .._ledger.envelope import parse_json, peek_payload
from .._ledger.model import OUTCOME, PROMOTE
from .._ledger.schema import DEPLOYMENT_PREDICATE, GATE_PREDICATE, VERDICT_PREDICATE
from .._ledger.verdicts import OK, LedgerVerdict
from .._release.model import NO_CHANGE, PROMOTED

Data = Mapping[str, Any]
_LEDGER = "the ledger"
_STATUS = "ansible-playbook mint.promotion.verify tells more"


@dataclass(frozen=True)
class Certified:
    """One gate of a run. `receipt` is the digest of its receipt (sha256:<hex>)."""

    gate: str
    verdict: str
    counts: str
    receipt: str


@dataclass(frozen=True)
class ClosedRun:
    """One run: its outcome and its gates. `outcome` is the predicate of its outcome's receipt."""

    key: str
    outcome: Data
    receipt: str
    verdict: str
    gates: Tuple[Certified, ...]


def closed_runs(
    keys: Sequence[str], lines: Sequence[bytes], ledger: LedgerVerdict
) -> Tuple[Tuple[ClosedRun, ...], Tuple[Violation, ...]]:
    """Return the runs by their keys, and every reason why they close nothing.

    `lines` are those of the log, `ledger` the verdict over the same. A run counts when all of its receipts verify, its
    gate said PASSED, and it was a promotion that went live, or whose release was live already.
    """
    faults = [Violation(_LEDGER, "", reason, "a ledger that verifies", _STATUS) for reason in ledger.reasons]
    runs: List[ClosedRun] = []
    for key in dict.fromkeys(keys):
        found = _run(key, lines, ledger)
        faults += _faults(key, found, ledger)
        runs += [found] if found else []
    if not keys:
        faults.append(Violation("promotion_close_runs", "", "no run key", "the runs that did the work"))
    return tuple(runs), tuple(faults)


def _run(key: str, lines: Sequence[bytes], ledger: LedgerVerdict) -> Optional[ClosedRun]:
    """Return the run, None where the ledger has no outcome of it."""
    told = list(_receipts(key, lines, ledger))
    outcomes = [(one, digest) for kind, one, digest in told if kind == DEPLOYMENT_PREDICATE and one["phase"] == OUTCOME]
    if not outcomes:
        return None
    verdicts = [str(one["verdict"]) for kind, one, _digest in told if kind == VERDICT_PREDICATE]
    gates = tuple(_certified(one, digest) for kind, one, digest in told if kind == GATE_PREDICATE)
    predicate, receipt = outcomes[-1]
    return ClosedRun(key, predicate, receipt, verdicts[-1] if verdicts else "", gates)


def _receipts(key: str, lines: Sequence[bytes], ledger: LedgerVerdict) -> Iterator[Tuple[str, Data, str]]:
    """Yield type, predicate and digest of the run's receipts that verify."""
    for one in ledger.of_run(key):
        if one.verdict != OK:
            continue
        try:
            statement = parse_json(peek_payload(lines[one.index]))
            yield str(statement["predicateType"]), statement["predicate"], one.digest
        except (InvalidReceipt, KeyError, TypeError, IndexError):
            continue


def _certified(predicate: Data, digest: str) -> Certified:
    counts = dict.fromkeys(str(one.get("counts") or "") for one in predicate["found"])
    told = ", ".join(count for count in counts if count)
    return Certified(str(predicate["gate"]), str(predicate["verdict"]), told, digest)


def _faults(key: str, run: Optional[ClosedRun], ledger: LedgerVerdict) -> Iterator[Violation]:
    receipts = ledger.of_run(key)
    if not receipts:
        remedy = "correct the run key: receipts/sessions has a folder for each run"
        yield Violation(_LEDGER, key, "no receipt of this run", "its receipts", remedy)
        return
    for one in receipts:
        if one.verdict != OK:
            found = f"{one.kind} {one.digest} is {one.verdict}: {'; '.join(one.reasons)}"
            yield Violation(_LEDGER, key, found, "a receipt that verifies", _STATUS)
    if run is None:
        if all(one.verdict == OK for one in receipts):
            yield Violation(_LEDGER, key, "no outcome", "a run that has ended", "see mint.promotion.status")
        return
    told = run.outcome
    if told["action"] != PROMOTE or told["outcome"] not in (PROMOTED, NO_CHANGE):
        found = f"{told['action']}: {told['outcome']}"
        yield Violation(_LEDGER, key, found, "a promotion that went live", "promote again, and close with that run")
    if run.verdict != PASSED:
        found = f"the verdict {run.verdict or 'of no gate'}"
        yield Violation(_LEDGER, key, found, PASSED, "promote again, and close with that run")


def in_order(runs: Iterable[ClosedRun]) -> List[ClosedRun]:
    """Return the runs as they ended one after the other, in whatever order they were named."""
    return sorted(runs, key=lambda one: str(one.outcome["recordedOn"]))


def deliverables(runs: Iterable[ClosedRun]) -> Dict[Tuple[str, str], Data]:
    """Return what is live after all runs by environment and module: a later run counts before an earlier one."""
    found: Dict[Tuple[str, str], Data] = {}
    for run in in_order(runs):
        for module in run.outcome["modules"]:
            found[(str(run.outcome["environment"]), str(module["name"]))] = module
    return found
