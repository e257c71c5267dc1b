# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run is recorded as: an in-toto Statement with a deployment predicate of our own.

Format: in-toto attestation framework, Statement v1 (spec/v1/statement.md) with ResourceDescriptors as subjects.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .._data import canonical_json, encode, sha256_digest
from .._gates.model import Evaluation
from .._manifest.model import Manifest
from .._release.model import GOOD_OUTCOMES, NO_CHANGE
from .model import OUTCOME, HostOutcome, Inheritance, Run

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
DEPLOYMENT_PREDICATE = "https://mint.promotion/deployment/v0.1"
# What a run is called when its hosts differ: the first of these that any host reports.
_WORST_FIRST = (
    "rollback_failed",
    "unreachable",
    "interrupted",
    "rolled_back",
    "taken_back",
    "failed",
    "refused",
    "not_started",
    "staged",
    "promoted",
    "restored",
)


def run_outcome(outcomes: Tuple[HostOutcome, ...]) -> str:
    """Sum the hosts up in one word; a run without hosts was refused."""
    found = {one.outcome for one in outcomes}
    if not found:
        return "refused"
    return next((word for word in _WORST_FIRST if word in found), NO_CHANGE if found <= GOOD_OUTCOMES else "failed")


def deployment_statement(
    run: Run,
    phase: str,
    time: str,
    outcome: str = "",
    hosts: Tuple[HostOutcome, ...] = (),
    evaluation: Optional[Evaluation] = None,
    faults: Tuple[str, ...] = (),
) -> Dict[str, Any]:
    """Build the statement of one run in one phase (INTENT or OUTCOME), as plain data."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": _subjects(run),
        "predicateType": DEPLOYMENT_PREDICATE,
        "predicate": {
            "runKey": run.key,
            "phase": phase,
            "action": run.action,
            "outcome": outcome,
            "environment": run.environment,
            "stack": run.stack,
            "requester": {"user": run.requester, "controlNode": run.control_node},
            "manifest": {"uri": run.manifest_uri, "digest": _digest(run.manifest_digest)},
            "source": _source(run.manifest),
            "modules": _modules(run.manifest),
            "requestedRelease": run.selector,
            "requestedModules": list(run.modules),
            "inherited": _inherited(run.inheritance),
            "startedOn": run.started_at,
            "finishedOn": time if phase == OUTCOME else "",
            "recordedOn": time,
            "hosts": [_host(one) for one in hosts] or [{"name": name} for name in run.hosts],
            "gates": encode(evaluation) if evaluation else None,
            "faults": list(faults),
        },
    }


def _digest(text: str) -> Dict[str, str]:
    kind, _colon, value = text.partition(":")
    return {kind: value} if value else {}


def _subjects(run: Run) -> List[Dict[str, Any]]:
    """The artifacts, and the manifest that names them. A rollback's artifacts are known per release only."""
    subjects: List[Dict[str, Any]] = []
    if run.manifest is not None:
        subjects += [{"name": module.repository, "digest": _digest(module.digest)} for module in run.manifest.modules]
    if run.manifest_digest:
        subjects.append({"name": run.manifest_uri, "digest": _digest(run.manifest_digest)})
    return subjects or [_request(run)]


def _request(run: Run) -> Dict[str, Any]:
    """A statement needs a subject (in-toto Statement v1); without artifacts it is the request as it was made."""
    request = {name: value for name, value in encode(run).items() if name != "manifest"}
    return {"name": f"request {run.key}", "digest": _digest(sha256_digest(canonical_json(request)))}


def _source(manifest: Optional[Manifest]) -> Dict[str, Any]:
    if manifest is None:
        return {}
    return {"uri": manifest.repository, "digest": {"gitCommit": manifest.revision}}


def _modules(manifest: Optional[Manifest]) -> List[Dict[str, Any]]:
    if manifest is None:
        return []
    return [
        {"name": module.name, "service": module.service, "image": module.image, "revision": module.revision}
        for module in manifest.modules
    ]


def _inherited(made_of: Optional[Inheritance]) -> Optional[Dict[str, Any]]:
    """Which modules were taken over from the live manifest, and which manifest said all else."""
    if made_of is None:
        return None
    return {
        "modules": list(made_of.modules),
        "from": {"digest": _digest(made_of.live_digest)},
        "given": {"uri": made_of.given_path, "digest": _digest(made_of.given_digest)},
    }


def _host(one: HostOutcome) -> Dict[str, Any]:
    return {
        "name": one.host,
        "outcome": one.outcome,
        "message": one.message,
        "from": one.before,
        "live": one.live,
        "seconds": round(one.seconds, 3),
        "reports": encode(one.reports),
    }
