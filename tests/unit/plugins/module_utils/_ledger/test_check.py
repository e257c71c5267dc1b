# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the builders make is sound, validator and JSON Schema agree on it, and nothing else passes as a statement."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Iterator

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import decide
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.check import check_statement, moment
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    INTENT,
    OUTCOME,
    Approval,
    ApprovalPolicy,
    HostOutcome,
    Inheritance,
    KeyEvent,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.reference import receipts_text, statement_schemas
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import output_text, receipt_markdown
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema import STATEMENTS
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    LARGEST_PAYLOAD,
    approval_statement,
    deployment_statement,
    gate_statements,
    key_statement,
    statement_bytes,
    verdict_statement,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    PROMOTED,
    Failure,
    HostReport,
    StepRecord,
)
from ansible_collections.mint.promotion.plugins.module_utils._schema.reference import records

DOCS = Path(__file__).resolve().parents[5] / "docs"
TIME = "2026-02-12T01:14:00.000Z"
EVIDENCE, RECEIPT, LIVE, GIVEN = (f"sha256:{digit * 64}" for digit in "1234")
MANIFEST = Manifest(
    1,
    "shop",
    "shop",
    "https://git.example.com/shop.git",
    "b" * 40,
    (
        Module("web", f"registry.example.com/shop/web@sha256:{'a' * 64}", "web", revision="b" * 40),
        Module("worker", f"registry.example.com/shop/web@sha256:{'a' * 64}", "worker", revision="b" * 40),
        Module("built", "shop/built", "built", revision="b" * 40),
    ),
)
RUN = Run(
    key="CAP-20260212-011314__promotion.promote__R0000000001",
    action="promote",
    environment="prod",
    stack="shop",
    hosts=("web1", "web2"),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14Z",
    manifest_path="deploy/promotion.yml",
    manifest_digest="sha256:" + "c" * 64,
    manifest=MANIFEST,
)
ROLLBACK = replace(RUN, action="rollback", manifest=None, manifest_digest="", manifest_path="", selector="r1")
UNKNOWN = replace(ROLLBACK, environment="", stack="", hosts=(), requester="o\nps", selector="\x1b[2J")
STEP = StepRecord("health", "done", TIME, 0.5, {"web": {"status": 200}, "containers": ["a", "b"], "none": None})
FAILURE = Failure("smoke", "the page lacks the form", "web", "form", "404", "200", "look", ("a\x00b", "\ud800"))
REPORT = HostReport(PROMOTED, RUN.key, True, "r2", "r1", "r2", 3.25, (STEP,), None, LIVE, ("a note",))
FAILED_REPORT = replace(REPORT, outcome="failed", failure=FAILURE, live=None, manifest_digest="")


def result(gate: str, host: str, verdict: str = PASSED, mode: str = "enforce") -> GateResult:
    return GateResult(gate, host, verdict, mode, "9 GiB free", "1 GiB", "make room")


EVALUATION = Evaluation(
    PASSED, (result("disk", "web1"), result("disk", "web2"), result("own", "web1", FAILED, "report"))
)
REFUSED = Evaluation(INCONCLUSIVE, (result("disk", "web1", INCONCLUSIVE),))
PEOPLE = ApprovalPolicy(2, ("ann", "bob", "cy"))
APPROVAL = Approval(
    "REQ-1", "prod", "shop", "deploy/promotion.yml", RUN.manifest_digest, LIVE, TIME, "2026-02-13T01:14:00Z", "fine"
)
KEY = KeyEvent("introduced", "gate", "d" * 64, "ed25519", "-----BEGIN PUBLIC KEY-----\nMCow\n", TIME, reason="first")
HOSTS = (HostOutcome("web1", PROMOTED, "", (REPORT,)), HostOutcome("web2", "failed", "smoke:\n  404", (FAILED_REPORT,)))


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every kind of statement in its variations."""
    for name, run, evaluation in (("promotion", RUN, EVALUATION), ("rollback", ROLLBACK, REFUSED)):
        for one in gate_statements(run, evaluation, EVIDENCE, TIME):
            yield f"gate {one['predicate']['gate']} of a {name}", one
        yield f"verdict of a {name}", verdict_statement(run, evaluation, [RECEIPT], TIME, "0.1.0")
        yield f"intent of a {name}", deployment_statement(run, INTENT, TIME, evaluation=evaluation)
        outcome = deployment_statement(
            run, OUTCOME, TIME, "failed", HOSTS, evaluation, ("web2: 404",), EVIDENCE, RECEIPT
        )
        yield f"outcome of a {name}", outcome
    yield "verdict with approvals", verdict_statement(RUN, EVALUATION, [RECEIPT, LIVE], TIME, "0.1.0", PEOPLE)
    inherited = replace(RUN, inheritance=Inheritance(("built",), LIVE, GIVEN, "deploy/promotion.yml"), modules=("web",))
    yield "outcome of some modules", deployment_statement(inherited, OUTCOME, TIME, "failed", HOSTS)
    child = replace(RUN, parent="CAP-20260212-011314__spine.verify")
    yield "intent of a child", deployment_statement(child, INTENT, TIME, resolves=RUN.key, inconclusive=("no ledger",))
    yield "refusal of nobody knows what", deployment_statement(UNKNOWN, OUTCOME, TIME, "refused", faults=("\r",))
    yield "approval", approval_statement(APPROVAL)
    yield "approval of a first manifest", approval_statement(replace(APPROVAL, replaces=""))
    yield "key", key_statement(KEY)
    yield "key of a person", key_statement(replace(KEY, event="rotated", role="signer", replaces="x", principal="ann"))


ALL = dict(statements())
EVERY = pytest.mark.parametrize("statement", ALL.values(), ids=list(ALL))


@cache
def schema_of(predicate_type: str) -> Any:
    (kind,) = (one for one in STATEMENTS if one.predicate_type == predicate_type)
    schema = json.loads(statement_schemas()[kind.name])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(statement: Any) -> list[str]:
    return [f"{one.path}: {one.found}" for one in check_statement(statement)]


def test_the_committed_documents_are_what_make_docs_writes() -> None:
    receipts = (DOCS / "receipts.md").read_text(encoding="utf-8")
    assert receipts_text(receipts) == receipts
    for name, text in statement_schemas().items():
        assert (DOCS / "receipts" / f"{name}.schema.json").read_text(encoding="utf-8") == text


def test_every_key_is_documented_under_a_heading_of_its_own() -> None:
    text = receipts_text("")
    found = [record for kind in STATEMENTS for record in records(kind.record)]
    for record in found:
        assert text.count(f"### {record.name}\n") == 1
        assert all(field.doc.endswith(".") for field in record.fields), record.name
    open_ones = {record.name for record in found if not all(field.required for field in record.fields)}
    assert open_ones == {"finding", "gate result"}  # which say more of a gate of the control node


@EVERY
def test_every_statement_that_is_built_is_sound(statement: dict[str, Any]) -> None:
    read = json.loads(statement_bytes(statement))
    assert read == statement
    assert faults(read) == []
    assert [error.message for error in schema_of(read["predicateType"]).iter_errors(read)] == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every mapping with known keys."""
    if isinstance(value, dict):
        if path[-1:] not in (("observed",), ("version",)):
            yield path
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@EVERY
def test_no_key_can_be_added_or_left_out_anywhere(statement: dict[str, Any]) -> None:
    for path in places(statement):
        added = copy.deepcopy(statement)
        at(added, path)["password"] = "x"
        assert faults(added) and not schema_of(statement["predicateType"]).is_valid(added), path
        for key in at(statement, path):
            shorter = copy.deepcopy(statement)
            del at(shorter, path)[key]
            assert faults(shorter), (path, key)
            if key != "predicateType":
                assert not schema_of(statement["predicateType"]).is_valid(shorter), (path, key)


@given(st.sampled_from(sorted(ALL)), st.data(), st.none() | st.booleans() | st.integers() | st.text() | st.just([]))
def test_what_the_json_schema_refuses_the_validator_refuses_too(name: str, data: st.DataObject, value: Any) -> None:
    changed = copy.deepcopy(ALL[name])
    path = data.draw(st.sampled_from([path for path in places(changed) if path]))
    key = data.draw(st.sampled_from(sorted(at(changed, path))))
    at(changed, path)[key] = value
    if not schema_of(changed["predicateType"]).is_valid(changed):
        assert faults(changed)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_anything_else_is_no_statement(value: Any) -> None:
    assert faults(value)


def changed(name: str, path: str, value: Any) -> dict[str, Any]:
    """Return a statement with one value set."""
    statement = copy.deepcopy(ALL[name])
    steps = [int(step) if step.isdigit() else step for step in path.split(".")]
    at(statement, tuple(steps[:-1]))[steps[-1]] = value
    return statement


PROMOTION = "outcome of a promotion"


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("gate disk of a promotion", "predicate.verdict", FAILED),
        ("gate disk of a promotion", "predicate.result", "WARNED"),
        ("gate disk of a promotion", "predicate.passedTests", ["web1"]),
        ("gate own of a promotion", "predicate.mode", "enforce"),
        ("gate own of a promotion", "predicate.result", PASSED),
        ("gate disk of a rollback", "predicate.found.0.verdict", PASSED),
        ("gate disk of a promotion", "predicate.configuration", []),
        ("verdict of a rollback", "predicate.verificationResult", PASSED),
        ("verdict of a rollback", "predicate.verifiedLevels", ["MINT_PROMOTION_GATES"]),
        ("verdict of a promotion", "predicate.verifiedLevels", ["SLSA_BUILD_LEVEL_3"]),
        ("verdict of a promotion", "predicate.inputAttestations", []),
        ("verdict with approvals", "predicate.approvals.threshold", 0),
        ("verdict with approvals", "predicate.approvals.threshold", 4),
        ("verdict with approvals", "predicate.approvals.principals", []),
        ("verdict with approvals", "predicate.approvals.principals", ["ann", "ann"]),
        ("intent of a promotion", "predicate.outcome", "promoted"),
        (PROMOTION, "predicate.outcome", ""),
        (PROMOTION, "predicate.finishedOn", ""),
        (PROMOTION, "predicate.finishedOn", "2026-02-30T01:14:00Z"),
        (PROMOTION, "predicate.finishedOn", "2026-02-12T01:14:00+00:00"),
        (PROMOTION, "predicate.runKey", RUN.key + "\n"),
        (PROMOTION, "predicate.runKey", "CAP-20260212-011314__promotion.promote"),
        (PROMOTION, "predicate.runKey", "CAP-20260230-011314__promotion.promote__R1"),
        (PROMOTION, "predicate.runKey", "CAP-20260212-011314__../../x__R1"),
        (PROMOTION, "predicate.files.0.digest.sha256", "1" * 63),
        (PROMOTION, "predicate.files.0.digest.sha256", "1" * 64 + "\n"),
        (PROMOTION, "predicate.source.digest.gitCommit", "b" * 12),
        (PROMOTION, "subject.0.digest", {}),
        (PROMOTION, "subject.0.digest", {"sha1": "a" * 40}),
        (PROMOTION, "subject", []),
        (PROMOTION, "_type", "https://in-toto.io/Statement/v0.1"),
        ("approval", "predicate.expiresOn", TIME),
        ("approval", "predicate.expiresOn", "2026-02-12T01:14:00Z"),
        ("approval", "predicate.manifest.digest.sha256", "0" * 64),
        ("key", "predicate.replaces", "x"),
        ("key", "predicate.principal", "ann"),
        ("key of a person", "predicate.principal", ""),
        ("key of a person", "predicate.event", "introduced"),
        ("key", "predicate.event", "lost"),
    ],
)
def test_what_contradicts_itself_is_refused_and_its_place_is_told(name: str, path: str, value: Any) -> None:
    broken = check_statement(changed(name, path, value), "receipt 7")
    assert broken
    assert all(one.source == "receipt 7" and one.found and one.wanted for one in broken)


def test_all_faults_come_at_once() -> None:
    broken = changed(PROMOTION, "predicate.runKey", "x")
    broken["predicate"]["phase"] = "later"
    broken["subject"] = []
    assert len(check_statement(broken)) == 3


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([PASSED, FAILED, INCONCLUSIVE])), min_size=1, max_size=8
    ),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(["enforce", "report"])),
)
def test_gates_and_verdict_say_what_the_evaluation_says(found: list[tuple[str, str]], modes: dict[str, str]) -> None:
    results = tuple(result(gate, f"web{n}", said, modes.get(gate, "enforce")) for n, (gate, said) in enumerate(found))
    evaluation = Evaluation(decide(results), results)
    gates = gate_statements(RUN, evaluation, EVIDENCE, TIME)
    verdict = verdict_statement(RUN, evaluation, [RECEIPT] * len(gates), TIME, "0.1.0")
    assert [fault for one in (*gates, verdict) for fault in faults(one)] == []
    enforced = [one["predicate"] for one in gates if one["predicate"]["mode"] == "enforce"]
    lets_go_on = bool(enforced) and all(one["result"] == PASSED for one in enforced)
    assert (verdict["predicate"]["verificationResult"] == PASSED) == lets_go_on
    assert all(
        len(one["predicate"]["found"]) == sum(gate == one["predicate"]["gate"] for gate, _verdict in found)
        for one in gates
    )


@given(
    st.text(),
    st.text(),
    st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.lists(st.text()), max_size=3),
)
def test_whatever_hosts_and_people_wrote_can_be_recorded_and_rendered(
    given: str, said: str, seen: dict[str, Any]
) -> None:
    run = replace(RUN, requester=given, control_node=given, parent="")
    report = replace(FAILED_REPORT, steps=(replace(STEP, observed=seen),), notes=(said,))
    hosts = (HostOutcome("web1", "failed", said, (report,)),)
    statement = deployment_statement(run, OUTCOME, TIME, "failed", hosts, EVALUATION, (said,), inconclusive=(said,))
    assert faults(statement) == []
    read = json.loads(statement_bytes(statement).decode("utf-8"))
    assert receipt_markdown(read) == receipt_markdown(statement)
    assert output_text(read) == output_text(statement)
    assert "\x1b" not in receipt_markdown(read) + output_text(read)


def test_one_artifact_of_two_modules_is_one_subject_and_an_image_that_is_built_is_none() -> None:
    assert [one["name"] for one in ALL[PROMOTION]["subject"]] == [
        "registry.example.com/shop/web",
        "deploy/promotion.yml",
    ]


@pytest.mark.parametrize("name", ["outcome of a rollback", "refusal of nobody knows what"])
def test_the_subject_of_a_run_without_a_manifest_can_be_computed_from_the_statement(name: str) -> None:
    predicate = ALL[name]["predicate"]
    request = {key: predicate[key] for key in ("runKey", "action", "environment", "stack")}
    request["release"] = predicate["requestedRelease"]
    content = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    (subject,) = ALL[name]["subject"]
    assert subject["digest"] == {"sha256": hashlib.sha256(content).hexdigest()}


def test_a_fleet_too_large_for_one_receipt_is_recorded_without_its_reports() -> None:
    report = replace(REPORT, notes=("x" * 3000,))
    hosts = tuple(HostOutcome(f"web{n}", PROMOTED, "", (report,)) for n in range(300))
    statement = deployment_statement(RUN, OUTCOME, TIME, PROMOTED, hosts)
    assert len(statement_bytes(statement)) <= LARGEST_PAYLOAD
    assert faults(statement) == []
    assert [host["reports"] for host in statement["predicate"]["hosts"]] == [[]] * 300
    assert "too large for one receipt" in statement["predicate"]["faults"][0]


def test_a_host_that_never_stops_talking_is_cut_short() -> None:
    statement = deployment_statement(RUN, OUTCOME, TIME, "failed", (HostOutcome("web1", "failed", "x" * 9999),))
    assert statement["predicate"]["hosts"][0]["message"].endswith("… (5999 more characters)")


@pytest.mark.parametrize(
    ("text", "later"),
    [("2026-02-12T01:14:00Z", "2026-02-12T01:14:00.5Z"), ("2026-02-12T01:14:00.09Z", "2026-02-12T01:14:00.1Z")],
)
def test_moments_compare_as_times_do(text: str, later: str) -> None:
    assert str(moment(text)) < str(moment(later))
