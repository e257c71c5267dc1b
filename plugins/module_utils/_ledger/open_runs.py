# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs that began to change hosts and left no outcome: found in the ledger, and closed by a later run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, Mapping, Tuple

from .._errors import InvalidReceipt
from .._release.model import INTERRUPTED
from .check import check_statement
from .envelope import parse_json, peek_payload
from .model import INTENT, OUTCOME
from .schema import DEPLOYMENT_PREDICATE
from .statement import with_renderings

_MARK = DEPLOYMENT_PREDICATE.encode("ascii")


@dataclass(frozen=True)
class OpenRun:
    """An intent without an outcome. `statement` is the intent as it was recorded."""

    run_key: str
    statement: Mapping[str, Any]

    @property
    def predicate(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.statement["predicate"]
        return found

    @property
    def hosts(self) -> Tuple[str, ...]:
        return tuple(str(one["name"]) for one in self.predicate["hosts"])

    def __str__(self) -> str:
        told = self.predicate
        hosts = ", ".join(self.hosts)
        return f"{self.run_key}: {told['action']} {told['stack']} in {told['environment']} on {hosts}"


def open_runs(lines: Iterable[bytes]) -> Tuple[OpenRun, ...]:
    """Return the runs whose intent has no outcome, in the order of the log.

    It looks at deployments only and asks for no signature; lines that make no sense are passed over.
    """
    found: Dict[str, OpenRun] = {}
    for statement in _deployments(lines):
        predicate = statement["predicate"]
        key, phase = str(predicate["runKey"]), predicate["phase"]
        if phase == INTENT:
            found[key] = OpenRun(key, statement)
        elif phase == OUTCOME:
            found.pop(key, None)
    return tuple(one for one in found.values() if not check_statement(one.statement))


def closing_statement(run: OpenRun, by: str, hosts: Mapping[str, Tuple[str, str]], time: str) -> Dict[str, Any]:
    """Return the outcome of a run that ended without one, as the later run `by` found its hosts.

    `hosts` maps each of its hosts to the release that was live when that was observed (empty for none), and to what
    else was seen there. Nobody knows how the run ended, so the receipt is no complete proof.
    """
    predicate = {
        **run.predicate,
        "phase": OUTCOME,
        "outcome": INTERRUPTED,
        "finishedOn": time,
        "recordedOn": time,
        "hosts": [_host(name, *hosts[name]) for name in run.hosts],
        "resolves": run.run_key,
        "inconclusive": [f"The run left no outcome; {by} found its hosts so, and closed it."],
        "faults": [],
    }
    return with_renderings({**run.statement, "predicate": {**predicate, "renderings": []}})


def _host(name: str, live: str, seen: str) -> Dict[str, Any]:
    told = {"name": name, "outcome": INTERRUPTED, "message": seen, "from": None, "live": live or None}
    return {**told, "seconds": 0, "reports": []}


def _deployments(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        payload = peek_payload(line)
        if _MARK not in payload:
            continue
        try:
            statement = parse_json(payload)
            predicate = statement["predicate"]
            if statement["predicateType"] == DEPLOYMENT_PREDICATE and predicate["runKey"] and predicate["phase"]:
                yield statement
        except (InvalidReceipt, KeyError, TypeError):
            continue
