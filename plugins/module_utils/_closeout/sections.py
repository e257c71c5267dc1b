# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The closeout of a loop as its scope file shows it (pure): the same runs and the same day give the same bytes."""

from __future__ import annotations

from typing import Dict, Iterator, List, Sequence, Tuple

from .._ledger.markdown import table
from .runs import ClosedRun, deliverables, in_order

RECERT = "recert"  # the family of the gates that recertify


def closeout_text(loop: str, runs: Sequence[ClosedRun], day: str) -> str:
    """Return the sections of a closeout: deliverables, recert results, receipts, hosts, final commits, status.

    `day` is YYYY-MM-DD.
    """
    certified = [(run, gate) for run in runs for gate in run.gates]
    recert = [one for one in certified if one[1].gate.partition(":")[0] == RECERT]
    others = [one for one in certified if one not in recert]
    columns = ("gate", "verdict", "counts", "run", "receipt")
    rows = [
        [(gate.gate, gate.verdict, gate.counts, run.key, gate.receipt) for run, gate in part]
        for part in (recert, others)
    ]
    sections = (
        ("Deliverables", table(("environment", "module", "image", "revision"), _delivered(runs))),
        ("Recert results", table(columns, rows[0])),
        ("Gates", table(columns, rows[1])),
        ("Receipts", table(("run", "what", "outcome", "verdict", "receipt"), [_receipt(run) for run in runs])),
        ("Hosts", table(("host", "environment", "live", "since", "run"), _hosts(runs))),
        ("Final commit hashes", table(("of", "commit"), list(dict.fromkeys(_commits(runs))))),
        ("Status", f"{loop} was closed on {day}."),
    )
    return "\n".join(f"## {title}\n\n{text}\n" for title, text in sections)


def _delivered(runs: Sequence[ClosedRun]) -> List[Tuple[str, ...]]:
    return [
        (environment, name, str(module["image"]), str(module["revision"] or "of others"))
        for (environment, name), module in sorted(deliverables(runs).items())
    ]


def _receipt(run: ClosedRun) -> Tuple[str, ...]:
    told = run.outcome
    what = f"{told['action']} {told['stack']} to {told['environment']}"
    return (run.key, what, str(told["outcome"]), run.verdict, run.receipt)


def _hosts(runs: Sequence[ClosedRun]) -> List[Tuple[str, ...]]:
    """Where it is live: each host as the last of the runs has left it."""
    last: Dict[Tuple[str, str], Tuple[str, ...]] = {}
    for run in in_order(runs):
        environment, since = str(run.outcome["environment"]), str(run.outcome["finishedOn"])
        for host in run.outcome["hosts"]:
            name = str(host["name"])
            last[(environment, name)] = (name, environment, str(host["live"] or ""), since, run.key)
    return [row for _place, row in sorted(last.items())]


def _commits(runs: Sequence[ClosedRun]) -> Iterator[Tuple[str, str]]:
    """Yield the full commits that went live: those of the repositories, then those of the modules."""
    last: Dict[str, ClosedRun] = {str(run.outcome["environment"]): run for run in in_order(runs)}
    for environment, run in sorted(last.items()):
        source = run.outcome["source"]
        if source:
            yield f"{source['uri']} ({environment})", str(source["digest"]["gitCommit"])
    for (environment, name), module in sorted(deliverables(runs).items()):
        if module["revision"]:
            yield f"{name} ({environment})", str(module["revision"])
