# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Holds a statement against its schema, and its parts against each other (pure): all faults at once."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any, Callable, Mapping, Optional, Pattern, Sequence, Tuple

from .._errors import Violation
from .._gates.model import CONTROL, FAILED, PASSED
from .._manifest.model import ENFORCE, IMAGE_DIGEST
from .._release.model import GOOD_OUTCOMES
from .._schema.pattern import canonical_pattern
from .._schema.place import Findings
from .._schema.structure import normalise
from .._schema.wording import EXCERPT, describe, nearest, quoted
from .envelope import parse_json
from .model import OUTCOME, OUTPUT_FILE, PROMOTE, RENDERING_FILE
from .parts import SCHEME
from .run_key import parse_run_key
from .schema import (
    ACCEPTANCE_PREDICATE,
    APPROVAL_PREDICATE,
    CLOSING_PREDICATE,
    DEPLOYMENT_PREDICATE,
    GATE_PREDICATE,
    KEY_PREDICATE,
    STATEMENTS,
    VERDICT_PREDICATE,
)
from .schema_deployment import RESULT
from .schema_gate import FINDING, LEVEL, WARNED
from .schema_trust import GATE_ROLE, ROTATED
from .statement import worst_verdict

Data = Mapping[str, Any]
_KINDS = {kind.predicate_type: kind for kind in STATEMENTS}
_TIMES = ("acceptedOn", "approvedOn", "expiresOn", "startedOn", "finishedOn", "recordedOn", "timeVerified")
_HOST_FIELDS, _HOST_RESULT_FIELDS = (sum(field.required for field in one.fields) for one in (FINDING, RESULT))
_RUN_KEYS = ("acceptedRun", "runKey", "parentRunKey", "resolves")


def check_statement(data: Any, source: str = "the statement") -> Tuple[Violation, ...]:
    """Return every fault of a statement (plain data, as its JSON says it); none when it is one of ours and sound.

    `source` names it in the faults. What other receipts say is not looked at here.
    """
    findings = Findings(source, {})
    found = data.get("predicateType") if isinstance(data, dict) else None
    kind = _KINDS.get(found) if isinstance(found, str) else None
    if kind is None:
        _report_foreign(data, found, findings)
        return tuple(findings.violations)
    normalise(data, kind.record, (), findings)
    if not findings.violations:
        _check_parts(data, findings)
    return tuple(findings.violations)


def read_statement(payload: bytes) -> Tuple[Any, Tuple[Violation, ...]]:
    """Return the data of a payload and every fault of it as a statement, as `check_statement` does.

    What is canonical JSON, as we write it, takes a quarter of the time. Raises `InvalidReceipt` for what is no JSON.
    """
    text = payload.decode("utf-8", "replace")
    match = next(filter(None, (pattern.fullmatch(text) for pattern in _patterns())), None)
    if match is None or any(match.groups()) or "\ufffd" in text:
        data = parse_json(payload)
        return data, check_statement(data)
    data, findings = json.loads(text), Findings("the statement", {})
    _check_parts(data, findings)
    return data, tuple(findings.violations)


@lru_cache(maxsize=1)
def _patterns() -> Tuple[Pattern[str], ...]:
    return tuple(canonical_pattern(kind.record) for kind in STATEMENTS)


def _check_parts(data: Data, findings: Findings) -> None:
    """Hold the parts of a statement that fits its schema against each other."""
    _check_calendar(data["predicate"], findings)
    _RULES[data["predicateType"]](data, findings)


@lru_cache(maxsize=64)  # who reads a ledger meets most times several times
def moment(text: str) -> Optional[datetime]:
    """Return the time (UTC) that RFC 3339 text with Z says, or None where no calendar has it.

    Compare these and not the texts: `…:05Z` is before `…:05.5Z`, and as a text after it.
    """
    whole, _point, fraction = text[:-1].partition(".")
    try:
        time = datetime.fromisoformat(whole)  # a tenth of the time of strptime
    except ValueError:
        return None
    return time.replace(microsecond=int(fraction[:6].ljust(6, "0"))) if fraction else time


def _report_foreign(data: Any, found: Any, findings: Findings) -> None:
    if not isinstance(data, dict):
        findings.report((), describe(data), "a mapping: an in-toto Statement")
        return
    told = "no such key" if "predicateType" not in data else describe(found)
    findings.report(("predicateType",), told, "a type of this ledger", nearest(str(found), _KINDS))


def _check_calendar(predicate: Data, findings: Findings) -> None:
    """The days and hours exist: a pattern knows no calendar."""
    for name, read in _CALENDAR:
        text = predicate.get(name)
        if text and read(text) is None:
            findings.report(("predicate", name), quoted(text), "a day and an hour that exist")


def _run_time(text: str) -> Optional[datetime]:
    try:
        return parse_run_key(text).time
    except ValueError:
        return None


_CALENDAR: Tuple[Tuple[str, Callable[[str], Optional[datetime]]], ...] = (
    *((name, moment) for name in _TIMES),
    *((name, _run_time) for name in _RUN_KEYS),
)


def _check_gate(data: Data, findings: Findings) -> None:
    """The lists of hosts, result and verdict follow from what was found."""
    predicate = data["predicate"]
    passed = [one["host"] for one in predicate["found"] if one["verdict"] == PASSED]
    bad = [one["host"] for one in predicate["found"] if one["verdict"] != PASSED]
    stops = predicate["mode"] == ENFORCE
    agreed = {
        "result": PASSED if not bad else FAILED if stops else WARNED,
        "passedTests": passed,
        "warnedTests": [] if stops else bad,
        "failedTests": bad if stops else [],
        "verdict": worst_verdict([one["verdict"] for one in predicate["found"]]),
    }
    _agree(predicate, agreed, "what `found` says", findings)
    if any(len(one) != _HOST_FIELDS for one in predicate["found"]):
        _check_control(predicate["found"], findings)


def _check_control(found: Sequence[Data], findings: Findings) -> None:
    """A gate of the control node has one finding with all fields; an earlier receipt stands for a pass only."""
    here = ("predicate", "found")
    wanted = {field.name for field in FINDING.fields}
    if len(found) != 1 or found[0]["host"] != CONTROL or set(found[0]) != wanted:
        findings.report(here, _shown(found), f"one finding of {CONTROL}, with {', '.join(sorted(wanted))}")
    elif found[0]["reused"] and (found[0]["verdict"] != PASSED or not found[0]["inputs"] or found[0]["run"]):
        findings.report((*here, 0, "reused"), _shown(found[0]["reused"]), "a receipt of equal inputs that PASSED")
    elif found[0]["run"] and _run_time(found[0]["run"]["runKey"]) is None:
        findings.report((*here, 0, "run", "runKey"), quoted(found[0]["run"]["runKey"]), "a day and an hour that exist")


def _check_verdict(data: Data, findings: Findings) -> None:
    predicate = data["predicate"]
    passed = predicate["verdict"] == PASSED
    agreed = {"verificationResult": PASSED if passed else FAILED, "verifiedLevels": [LEVEL if passed else FAILED]}
    _agree(predicate, agreed, "what `verdict` says", findings)
    place = f"{SCHEME}stack/{predicate['stack']}/{predicate['environment']}"
    _agree(predicate, {"resourceUri": place}, "what `stack` and `environment` say", findings)
    if predicate["manifest"] and predicate["policy"]["digest"] != predicate["manifest"]["digest"]:
        findings.report(("predicate", "policy", "digest"), _shown(predicate["policy"]["digest"]), "the manifest's")
    approvals = predicate["approvals"]
    people = set(approvals["principals"]) if approvals else set()
    if approvals and approvals["threshold"] > len(people):
        wanted = f"at most {len(people)}: so many different people are named"
        findings.report(("predicate", "approvals", "threshold"), describe(approvals["threshold"]), wanted)


def _check_deployment(data: Data, findings: Findings) -> None:
    predicate = data["predicate"]
    ended = predicate["phase"] == OUTCOME
    for name in ("outcome", "finishedOn"):
        if bool(predicate[name]) != ended:
            wanted = "a text in an outcome" if ended else "an empty text in an intent"
            findings.report(("predicate", name), quoted(predicate[name]), wanted)

    if not ended and predicate["action"] == PROMOTE and not predicate["manifest"]:
        findings.report(("predicate", "manifest"), "null", "the manifest that is to go live")
    told = [one["name"] for one in predicate["renderings"]]
    if told != ([RENDERING_FILE, OUTPUT_FILE] if ended else []):
        findings.report(
            ("predicate", "renderings"), _shown(told), "receipt.md and output.txt of an outcome, of no intent"
        )
    for one in predicate["gates"]["results"] if predicate["gates"] else ():
        if len(one) != _HOST_RESULT_FIELDS and (one["host"] != CONTROL or len(one) != len(RESULT.fields)):
            wanted = f"all fields of a gate of {CONTROL}, or those of one of a host"
            findings.report(("predicate", "gates", "results"), _shown(one), wanted)
    bad = [host["name"] for host in predicate["hosts"] if host["outcome"] not in GOOD_OUTCOMES]
    if predicate["outcome"] in GOOD_OUTCOMES and (bad or not predicate["hosts"]):
        wanted = f"hosts that all went well, unlike {_shown(bad)}"
        findings.report(("predicate", "outcome"), quoted(predicate["outcome"]), wanted)
    if predicate["manifest"]:
        _check_subjects(data["subject"], predicate, findings)


def _check_subjects(subjects: Sequence[Data], predicate: Data, findings: Findings) -> None:
    """What tools look receipts up by is the manifest and the images of its modules, and nothing else."""
    images = (IMAGE_DIGEST.search(module["image"]) for module in predicate["modules"])
    wanted = {predicate["manifest"]["digest"]["sha256"], *(match[1] for match in images if match)}
    found = {subject["digest"]["sha256"] for subject in subjects}
    if found != wanted:
        findings.report(("subject",), _shown(sorted(found)), f"{_shown(sorted(wanted))}: the manifest and its images")


def _check_approval(data: Data, findings: Findings) -> None:
    predicate = data["predicate"]
    begin, end = moment(predicate["approvedOn"]), moment(predicate["expiresOn"])
    if begin and end and end <= begin:
        findings.report(("predicate", "expiresOn"), quoted(predicate["expiresOn"]), "a time after approvedOn")
    _check_subject(data, predicate["manifest"]["digest"], "the manifest that is approved of", findings)


def _check_acceptance(data: Data, findings: Findings) -> None:
    _check_subject(data, data["predicate"]["manifest"]["digest"], "the manifest of the run", findings)


def _check_closing(data: Data, findings: Findings) -> None:
    predicate = data["predicate"]
    _check_subject(data, predicate["file"], "the scope file", findings)
    for number, key in enumerate(predicate["runs"]):
        if _run_time(key) is None:
            findings.report(("predicate", "runs", number), quoted(key), "a day and an hour that exist")


def _check_subject(data: Data, wanted: Data, what: str, findings: Findings) -> None:
    digests = [subject["digest"] for subject in data["subject"]]
    if digests != [wanted]:
        findings.report(("subject",), _shown(digests), f"{what}, and nothing else")


def _check_key(data: Data, findings: Findings) -> None:
    predicate = data["predicate"]
    wanted = {"replaces": predicate["event"] == ROTATED, "principal": predicate["role"] != GATE_ROLE}
    for name, given in wanted.items():
        if bool(predicate[name]) != given:
            found = f"{quoted(predicate[name])} in a key that was {predicate['event']} for a {predicate['role']}"
            findings.report(("predicate", name), found, "a text" if given else "an empty text")


def _agree(predicate: Data, agreed: Data, with_what: str, findings: Findings) -> None:
    for name, value in agreed.items():
        if predicate[name] != value:
            found = _shown(predicate[name])
            findings.report(("predicate", name), found, f"{_shown(value)}, which is {with_what}")


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= EXCERPT else text[: EXCERPT - 3] + "..."


_RULES: Mapping[str, Callable[[Data, Findings], None]] = {
    GATE_PREDICATE: _check_gate,
    VERDICT_PREDICATE: _check_verdict,
    DEPLOYMENT_PREDICATE: _check_deployment,
    APPROVAL_PREDICATE: _check_approval,
    KEY_PREDICATE: _check_key,
    ACCEPTANCE_PREDICATE: _check_acceptance,
    CLOSING_PREDICATE: _check_closing,
}
