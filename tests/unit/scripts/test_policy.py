# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gate that the manifest asks for cannot be lowered or left out by whoever has the gate's key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ApprovalPolicy, Run
from ledgers import LOWERED, Ledger, saying, time_at
from ledgers.second_opinion import Opinions, judge

APPROVED = "policy: {prod: {approvals: {threshold: 1, principals: [alice, bob]}}}\n"


def promoted_by(ledger: Ledger, text: str, policy: ApprovalPolicy | None = None, **told: Any) -> Ledger:
    """A promotion of a manifest with this text whose gates tell what they tell."""
    run = run_by(ledger, text)
    verdict = ledger.verdict(run, ledger.gates(run, **told), policy=policy)
    ledger.intent(run, verdict)
    ledger.outcome(run, verdict)
    return ledger


def run_by(ledger: Ledger, text: str) -> Run:
    return ledger.run(**saying(text))


def report(gate: str) -> dict[str, Any]:
    return {"found": {gate: "FAILED"}, "modes": {gate: "report"}}


@pytest.mark.parametrize(
    "text",
    [
        LOWERED["manifest_text"],
        "gates: {disk: report}\npolicy: {staging: {gates: {disk: report}}, prod: {gates: {'disk': report}}}",
    ],
)
def test_a_gate_may_report_where_the_manifest_says_so(ledger: Ledger, tmp_path: Path, text: str) -> None:
    found = judge(promoted_by(ledger, text, **report("disk")), tmp_path)
    assert (found.ours.verdict, found.strange) == ("OK", "OK"), found.reasons
    assert "disk only reports: hold it against manifest.yml" in found.output


@pytest.mark.parametrize(
    "text",
    ["schema: 1\n", "policy: {prod: {gates: {images: report}}}\n", "policy: {staging: {gates: {disk: report}}}\n"],
)
def test_a_gate_may_not_report_where_the_manifest_does_not_say_so(ledger: Ledger, tmp_path: Path, text: str) -> None:
    found = judge(promoted_by(ledger, text, **report("disk")), tmp_path)
    assert found.ours.verdict == "INVALID"
    assert "the gate disk is in mode report, wanted enforce as its manifest says" in found.reasons


@pytest.mark.parametrize(("wanted", "verdict"), [("adopt", "OK"), ("refuse", "INVALID")])
def test_drift_only_reports_where_it_is_adopted(ledger: Ledger, tmp_path: Path, wanted: str, verdict: str) -> None:
    text = f"policy: {{prod: {{preflight: {{drift: {wanted}}}}}}}\n"
    run = run_by(ledger, text)
    told = ledger.gates(run, {"disk": "FAILED"}, {"disk": "report"}, gate="drift")[2:]
    found = judge(ledger, tmp_path)
    assert len(told) == 1
    assert ("wanted enforce as its manifest says" in found.reasons) == (verdict == "INVALID")


def test_no_manifest_can_lower_a_vital_gate(ledger: Ledger, tmp_path: Path) -> None:
    """A stranger needs no YAML for that."""
    text = "policy: {prod: {gates: {engine: report}}}\n"
    found = judge(promoted_by(ledger, text, **report("engine")), tmp_path)
    assert (found.ours.verdict, found.strange) == ("INVALID", "INVALID")
    assert "no policy can lower it" in found.reasons


@pytest.mark.parametrize(("name", "verdict"), [("disk", "OK"), ("free-seats", "INVALID")])
def test_a_gate_that_the_manifest_brings_is_there(ledger: Ledger, tmp_path: Path, name: str, verdict: str) -> None:
    found = judge(promoted_by(ledger, f"gates: [{{name: {name}, command: [true]}}]\n"), tmp_path)
    assert found.ours.verdict == verdict
    assert (f"PASSED without the gate {name}" in found.reasons) == (verdict == "INVALID")


@pytest.mark.parametrize(
    ("policy", "gate"), [("staging: {}", "staging"), ("drill: {}", "drill"), ("windows: [{name: night}]", "window")]
)
def test_a_gate_that_the_policy_asks_for_is_there(ledger: Ledger, tmp_path: Path, policy: str, gate: str) -> None:
    found = judge(promoted_by(ledger, f"policy: {{prod: {{{policy}}}}}\n"), tmp_path)
    assert found.ours.verdict == "INVALID"
    assert f"PASSED without the gate {gate}" in found.reasons


GOVERNED = [
    ("loops: {folder: docs/loops}", "loops"),
    ("loops: {gaps: ops/gaps.yaml}", "gaps"),
    ("authority: {}", "authority"),
]


@pytest.mark.parametrize(("text", "gate"), GOVERNED)
def test_a_gate_over_the_repository_is_there(ledger: Ledger, tmp_path: Path, text: str, gate: str) -> None:
    found = judge(promoted_by(ledger, f"{text}\n"), tmp_path)
    assert found.ours.verdict == "INVALID"
    assert f"PASSED without the gate {gate}, " in found.reasons
    assert found.reasons.count("PASSED without the gate") == 1


@pytest.mark.parametrize(("text", "gate"), GOVERNED)
@pytest.mark.parametrize("modes", ["", "report"])
def test_a_gate_over_the_repository_reports_where_the_manifest_says_so(
    ledger: Ledger, tmp_path: Path, text: str, gate: str, modes: str
) -> None:
    run = run_by(ledger, f"{text}\npolicy: {{prod: {{gates: {{{f'{gate}: {modes}' if modes else ''}}}}}}}\n")
    ledger.gates(run, {"disk": "FAILED"}, {"disk": "report"}, gate=gate)
    found = judge(ledger, tmp_path)
    assert ("in mode report, wanted enforce as its manifest says" in found.reasons) == (not modes), found.reasons


def test_what_the_policy_leaves_out_or_asks_of_another_environment_may_be_missing(
    ledger: Ledger, tmp_path: Path
) -> None:
    text = "policy: {prod: {windows: [], drill: null}, staging: {drill: {}}}\n"
    found = judge(promoted_by(ledger, text), tmp_path)
    assert found.ours.verdict == "OK", found.reasons


@pytest.mark.parametrize(("modules", "verdict"), [((), "INVALID"), (("artwork",), "INVALID"), (("shop",), "OK")])
def test_a_module_that_is_promoted_was_certified_again(
    ledger: Ledger, tmp_path: Path, modules: tuple[str, ...], verdict: str
) -> None:
    run = replace(run_by(ledger, "modules: {artwork: {recert: [{name: test, argv: [make]}]}}\n"), modules=modules)
    decided = ledger.verdict(run, ledger.gates(run))
    ledger.intent(run, decided)
    ledger.outcome(run, decided)
    found = judge(ledger, tmp_path)
    assert found.ours.verdict == verdict
    assert ("PASSED without the gate recert:artwork:test" in found.reasons) == (verdict == "INVALID")


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (None, "it asks for the approvals none, wanted 1 of alice, bob as its manifest says"),
        (ApprovalPolicy(1, ("carol",)), "it asks for the approvals 1 of carol, wanted 1 of alice, bob"),
    ],
)
def test_approvals_are_those_that_the_manifest_asks_for(
    ledger: Ledger, tmp_path: Path, policy: ApprovalPolicy | None, found: str
) -> None:
    opinions = judge(promoted_by(ledger, APPROVED, policy), tmp_path)
    assert opinions.ours.verdict == "INVALID"
    assert found in opinions.reasons


def test_approvals_that_the_manifest_only_wants_reported_may_be_missing(ledger: Ledger, tmp_path: Path) -> None:
    text = APPROVED.replace("approvals:", "gates: {approvals: report}, approvals:")
    assert judge(promoted_by(ledger, text), tmp_path).ours.verdict == "OK"


def approved_until(ledger: Ledger, expires_on: str, text: str = APPROVED) -> None:
    """An honest promotion but for how long its approval holds."""
    approval = ledger.approve("alice", manifest_digest=sha256_digest(text.encode()), expires_on=expires_on)
    run = run_by(ledger, text)
    verdict = ledger.verdict(run, [*ledger.gates(run), approval], policy=ApprovalPolicy(1, ("alice", "bob")))
    ledger.intent(run, verdict)
    ledger.outcome(run, verdict)


def test_an_honest_promotion_with_approvals_is_ok(ledger: Ledger, tmp_path: Path) -> None:
    approved_until(ledger, time_at(600))
    found: Opinions = judge(ledger, tmp_path)
    assert (found.ours.verdict, found.strange) == ("OK", "OK"), found.reasons


def test_a_manifest_that_asks_for_attestations_was_judged_by_them(ledger: Ledger, tmp_path: Path) -> None:
    found = judge(promoted_by(ledger, "attestations: {folder: signed, keys: [key]}\n"), tmp_path)
    assert found.ours.verdict == "INVALID"
    assert "PASSED without the gate provenance:attestations" in found.reasons


CUT = "migrations: [{id: m1, kind: irreversible}]\n"


@pytest.mark.parametrize(
    ("text", "policy", "found"),
    [
        (CUT, None, "it asks for the approvals none, wanted 1 of nobody, who know of m1 as its manifest says"),
        (CUT + APPROVED, ApprovalPolicy(1, ("alice", "bob")), "wanted 1 of alice, bob, who know of m1"),
        (CUT + APPROVED.replace("1", "0"), None, "wanted 1 of alice, bob, who know of m1"),
    ],
)
def test_an_irreversible_migration_was_approved_of_by_its_name(
    ledger: Ledger, tmp_path: Path, text: str, policy: ApprovalPolicy | None, found: str
) -> None:
    opinions = judge(promoted_by(ledger, text, policy), tmp_path)
    assert opinions.ours.verdict == "INVALID"
    assert found in opinions.reasons


@pytest.mark.parametrize(("signed", "verdict"), [(("m1",), "OK"), ((), "INVALID")])
def test_an_approval_holds_for_the_irreversible_migrations_that_it_names(
    ledger: Ledger, tmp_path: Path, signed: tuple[str, ...], verdict: str
) -> None:
    text = CUT + APPROVED
    approval = ledger.approve("alice", manifest_digest=sha256_digest(text.encode()), irreversible=signed)
    run, policy = run_by(ledger, text), ApprovalPolicy(1, ("alice", "bob"), ("m1",))
    decided = ledger.verdict(run, [*ledger.gates(run), approval], policy=policy)
    ledger.intent(run, decided)
    ledger.outcome(run, decided)
    found: Opinions = judge(ledger, tmp_path)
    assert (found.ours.verdict, found.strange) == (verdict, verdict), found.reasons


@pytest.mark.parametrize(
    ("text", "days"), [(APPROVED, 2), (APPROVED.replace("[alice, bob]", "[alice, bob], expires_seconds: 3600"), 0.5)]
)
def test_an_approval_holds_no_longer_than_the_manifest_allows(
    ledger: Ledger, tmp_path: Path, text: str, days: float
) -> None:
    approved_until(ledger, time_at(int(days * 24 * 60)), text)
    found = judge(ledger, tmp_path)
    assert found.ours.verdict == "INVALID"
    assert "s that its manifest allows" in found.reasons


def test_a_manifest_that_is_no_yaml_leaves_the_policy_untold(ledger: Ledger, tmp_path: Path) -> None:
    found = judge(promoted_by(ledger, "gates: [unclosed\n"), tmp_path)
    assert found.ours.verdict == "INDETERMINATE"
    assert "manifest.yml cannot be read, nor the policy in it" in found.reasons
