# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the statements of a run, of people and of keys, as plain data (pure). `schema` says what is in them.

Format: in-toto attestation framework, Statement v1 (spec/v1/statement.md) with ResourceDescriptors as subjects;
Test Result v0.1 (spec/predicates/test-result.md); SLSA Verification Summary v1 (slsa.dev/verification_summary/v1).
"""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Sequence, Tuple

from .._data import canonical_json, encode, sha256_digest
from .._gates.model import FAILED, INCONCLUSIVE, PASSED, Evaluation, GateResult
from .._manifest.model import ENFORCE, Manifest
from .._manifest.policy_model import Policy
from .._release.model import GOOD_OUTCOMES, NO_CHANGE, HostReport
from .findings import finding_of, result_of
from .model import OUTCOME, Acceptance, Approval, ApprovalPolicy, Closing, HostOutcome, Inheritance, KeyEvent, Run
from .parts import SCHEME, Data, digest_set, files_of, manifest_of, receipt_of, subjects_of
from .render import renderings
from .schema import (
    ACCEPTANCE_PREDICATE,
    APPROVAL_PREDICATE,
    CLOSING_PREDICATE,
    DEPLOYMENT_PREDICATE,
    GATE_PREDICATE,
    KEY_PREDICATE,
    STATEMENT_TYPE,
    VERDICT_PREDICATE,
)
from .schema_gate import LEVEL, WARNED
from .text import on_one_line, recordable

VERIFIER = "https://mint.promotion/gate"
LARGEST_PAYLOAD = 700 * 1024  # bytes: with base64, signatures and JSON a line of the ledger stays below 1 MiB
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


def statement_bytes(statement: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed: the payload of the envelope."""
    return canonical_json(statement)


def run_outcome(outcomes: Tuple[HostOutcome, ...]) -> str:
    """Sum the hosts up in one word; a run without hosts was refused."""
    found = {one.outcome for one in outcomes}
    if not found:
        return "refused"
    return next((word for word in _WORST_FIRST if word in found), NO_CHANGE if found <= GOOD_OUTCOMES else "failed")


def gate_statements(run: Run, evaluation: Evaluation, evidence_digest: str, time: str) -> Tuple[Data, ...]:
    """Build one statement for each gate of a run, in the order of the gates.

    `evidence_digest` is `sha256:<hex>` of evidence.json, `time` is RFC 3339 in UTC.
    """
    names = dict.fromkeys(one.gate for one in evaluation.results)
    results = {name: [one for one in evaluation.results if one.gate == name] for name in names}
    return tuple(_gate_statement(run, name, results[name], evidence_digest, time) for name in names)


def _gate_statement(run: Run, gate: str, results: Sequence[GateResult], evidence_digest: str, time: str) -> Data:
    bad = [one for one in results if one.verdict != PASSED]
    stopping = [one for one in bad if one.mode == ENFORCE]
    mode = results[0].mode
    predicate = {
        "result": FAILED if stopping else WARNED if bad else PASSED,
        "configuration": files_of(run, evidence_digest),
        "passedTests": [one.host for one in results if one.verdict == PASSED],
        "warnedTests": [one.host for one in bad if one.mode != ENFORCE],
        "failedTests": [one.host for one in stopping],
        "verdict": worst_verdict([one.verdict for one in results]),
        "gate": gate,
        "mode": mode,
        "runKey": run.key,
        "environment": run.environment,
        "stack": run.stack,
        "found": [finding_of(one) for one in results],
        "recordedOn": time,
    }
    return _statement(subjects_of(run), GATE_PREDICATE, predicate)


def worst_verdict(verdicts: Sequence[str]) -> str:
    """FAILED beats INCONCLUSIVE beats PASSED."""
    return next((word for word in (FAILED, INCONCLUSIVE) if word in verdicts), PASSED)


def verdict_statement(
    run: Run,
    evaluation: Evaluation,
    inputs: Sequence[str],
    time: str,
    version: str,
    approvals: Optional[ApprovalPolicy] = None,
) -> Data:
    """Build the gate's decision about a run.

    `inputs` are the digests (`sha256:<hex>`) of the receipts of all its gates and of the approvals that it used,
    `version` is that of the collection, `approvals` what the policy asks for; None where it asks for none.
    """
    passed = evaluation.verdict == PASSED
    predicate = {
        "verifier": {"id": VERIFIER, "version": {"mint.promotion": version}},
        "timeVerified": time,
        "resourceUri": f"{SCHEME}stack/{run.stack}/{run.environment}",
        "policy": _policy(run),
        "inputAttestations": [receipt_of(digest) for digest in inputs],
        "verificationResult": PASSED if passed else FAILED,
        "verifiedLevels": [LEVEL if passed else FAILED],
        "verdict": evaluation.verdict,
        "runKey": run.key,
        "environment": run.environment,
        "stack": run.stack,
        "manifest": manifest_of(run),
        "approvals": encode(approvals),
    }
    return _statement(subjects_of(run), VERDICT_PREDICATE, predicate)


def _policy(run: Run) -> Data:
    digest = run.manifest_digest or sha256_digest(canonical_json(Policy()))
    return {"uri": f"{SCHEME}policy/{run.environment}", "digest": digest_set(digest)}


def deployment_statement(
    run: Run,
    phase: str,
    time: str,
    outcome: str = "",
    hosts: Tuple[HostOutcome, ...] = (),
    evaluation: Optional[Evaluation] = None,
    faults: Tuple[str, ...] = (),
    evidence_digest: str = "",
    verdict_receipt: str = "",
    resolves: str = "",
    inconclusive: Tuple[str, ...] = (),
    beside: Optional[Mapping[str, str]] = None,
    request_signed_by: str = "",
) -> Data:
    """Build the statement of one run in one phase (INTENT or OUTCOME).

    `evidence_digest` is that of evidence.json, `verdict_receipt` that of the verdict's receipt (`sha256:<hex>`, empty
    where there is none), `resolves` the key of the run that left no outcome and gets this one, `inconclusive` why
    the receipt is no complete proof, `beside` the digests of further files beside it by their names,
    `request_signed_by` who signed the intent beside the gate. Of a fleet too large for one receipt the hosts' reports
    are left out.
    """
    predicate = {
        "runKey": run.key,
        "parentRunKey": run.parent,
        "phase": phase,
        "action": run.action,
        "outcome": outcome,
        "environment": run.environment,
        "stack": run.stack,
        **_request(run),
        "requestSignedBy": request_signed_by if phase == OUTCOME else "",
        "manifest": manifest_of(run),
        "source": _source(run.manifest),
        "modules": _modules(run.manifest),
        "startedOn": run.started_at,
        "finishedOn": time if phase == OUTCOME else "",
        "recordedOn": time,
        "hosts": [_host(one) for one in hosts or tuple(HostOutcome(name, "") for name in run.hosts)],
        "gates": _gates(evaluation),
        "files": files_of(run, evidence_digest, beside),
        "renderings": [],
        "verdictReceipt": receipt_of(verdict_receipt),
        "resolves": resolves,
        "inconclusive": list(inconclusive),
        "faults": list(faults),
    }
    statement = _fitting(_statement(subjects_of(run), DEPLOYMENT_PREDICATE, predicate))
    return with_renderings(statement) if phase == OUTCOME else statement


def _request(run: Run) -> Data:
    """Who asked for what, beside the manifest."""
    return {
        "requester": {"user": run.requester, "controlNode": run.control_node},
        "requestedRelease": run.selector,
        "requestedModules": list(run.modules),
        "inherited": _inherited(run.inheritance),
    }


def with_renderings(statement: Data) -> Data:
    """Name the renderings by digest, so that a later version, which renders otherwise, still knows the right bytes."""
    files = renderings(statement).items()
    named = [{"name": name, "digest": digest_set(sha256_digest(content))} for name, content in files]
    return {**statement, "predicate": {**statement["predicate"], "renderings": named}}


def _gates(evaluation: Optional[Evaluation]) -> Optional[Data]:
    if evaluation is None:
        return None
    return {"verdict": evaluation.verdict, "results": [result_of(one) for one in evaluation.results]}


def _fitting(statement: Data) -> Data:
    """Leave the reports of the hosts out where they are too large for one line of the ledger."""
    if len(statement_bytes(statement)) <= LARGEST_PAYLOAD:
        return statement
    predicate = statement["predicate"]
    note = "The reports of the hosts are too large for one receipt; the journals of the hosts have them."
    hosts = [{**host, "reports": []} for host in predicate["hosts"]]
    return {**statement, "predicate": {**predicate, "hosts": hosts, "faults": [*predicate["faults"], note]}}


def approval_statement(approval: Approval) -> Data:
    """Build what a person signs to approve of a manifest."""
    manifest = digest_set(approval.manifest_digest)
    predicate = {
        "requestId": approval.request_id,
        "environment": approval.environment,
        "stack": approval.stack,
        "manifest": {"digest": manifest},
        "replaces": {"digest": digest_set(approval.replaces)} if approval.replaces else None,
        "approvedOn": approval.approved_on,
        "expiresOn": approval.expires_on,
        "reason": approval.reason,
        "overrides": approval.overrides,
        "irreversible": list(approval.irreversible),
    }
    return _statement([{"name": approval.manifest_path, "digest": manifest}], APPROVAL_PREDICATE, predicate)


def approval_of(statement: Mapping[str, Any]) -> Approval:
    """Return what a checked approval statement says."""
    said, replaced = statement["predicate"], statement["predicate"]["replaces"]
    return Approval(
        request_id=said["requestId"],
        environment=said["environment"],
        stack=said["stack"],
        manifest_path=statement["subject"][0]["name"],
        manifest_digest=f"sha256:{said['manifest']['digest']['sha256']}",
        replaces=f"sha256:{replaced['digest']['sha256']}" if replaced else "",
        approved_on=said["approvedOn"],
        expires_on=said["expiresOn"],
        reason=said["reason"],
        overrides=said["overrides"],
        irreversible=tuple(said["irreversible"]),
    )


def key_statement(event: KeyEvent) -> Data:
    """Build the record of what became of a key. Its subject is the text of the public key."""
    predicate = {
        "event": event.event,
        "role": event.role,
        "key": {"keyid": event.keyid, "type": event.type, "public": event.public},
        "replaces": event.replaces,
        "principal": event.principal,
        "reason": event.reason,
        "recordedOn": event.recorded_on,
    }
    digest = digest_set(sha256_digest(event.public.encode("utf-8")))
    return _statement([{"name": f"key {event.keyid}", "digest": digest}], KEY_PREDICATE, predicate)


def acceptance_statement(acceptance: Acceptance) -> Data:
    """Build what a person signs to accept a promotion that has gone live."""
    manifest = digest_set(acceptance.manifest_digest)
    predicate = {
        "acceptedRun": acceptance.run_key,
        "environment": acceptance.environment,
        "stack": acceptance.stack,
        "manifest": {"digest": manifest},
        "outcomeReceipt": receipt_of(acceptance.receipt),
        "acceptedOn": acceptance.accepted_on,
        "reason": acceptance.reason,
    }
    return _statement([{"name": acceptance.manifest_path, "digest": manifest}], ACCEPTANCE_PREDICATE, predicate)


def closing_statement(closing: Closing) -> Data:
    """Build the record of the commit that holds a closed loop."""
    file = digest_set(closing.digest)
    predicate = {
        "loop": closing.loop,
        "path": closing.path,
        "file": file,
        "commit": {"gitCommit": closing.commit},
        "runs": list(closing.runs),
        "recordedOn": closing.recorded_on,
    }
    return _statement([{"name": closing.path, "digest": file}], CLOSING_PREDICATE, predicate)


def _statement(subjects: List[Data], predicate_type: str, predicate: Data) -> Data:
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    made: Data = recordable(statement)
    return made


def _source(manifest: Optional[Manifest]) -> Optional[Data]:
    if manifest is None:
        return None
    return {"uri": manifest.repository, "digest": {"gitCommit": manifest.revision}}


def _modules(manifest: Optional[Manifest]) -> List[Data]:
    if manifest is None:
        return []
    return [
        {"name": module.name, "service": module.service, "image": module.image, "revision": module.revision}
        for module in manifest.modules
    ]


def _inherited(made_of: Optional[Inheritance]) -> Optional[Data]:
    """Which modules were taken over from the live manifest, and which manifest said all else."""
    if made_of is None:
        return None
    return {
        "modules": list(made_of.modules),
        "from": {"digest": digest_set(made_of.live_digest)},
        "given": {"uri": made_of.given_path, "digest": digest_set(made_of.given_digest)},
    }


def _host(one: HostOutcome) -> Data:
    return {
        "name": one.host,
        "outcome": one.outcome,
        "message": one.message,
        "from": one.before,
        "live": one.live,
        "seconds": round(one.seconds, 3),
        "reports": [_report(report) for report in one.reports],
    }


def _report(report: HostReport) -> Data:
    return {
        "outcome": report.outcome,
        "changed": report.changed,
        "release": report.release,
        "from": report.before,
        "live": report.live,
        "manifest": digest_set(report.manifest_digest) if report.manifest_digest else None,
        "seconds": round(report.seconds, 3),
        "steps": [
            {
                "name": step.name,
                "state": step.state,
                "startedOn": step.started_at,
                "seconds": round(step.seconds, 3),
                "observed": {key: _brief(value) for key, value in step.observed.items()},
            }
            for step in report.steps
        ],
        "failure": encode(report.failure),
        "notes": list(report.notes),
    }


def _brief(value: Any) -> str:
    """What was observed, on one line: numbers, names and lists of them."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_brief(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_brief(item) for item in value)
    return on_one_line(str(value))
