# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    OUTCOME,
    HostOutcome,
    Inheritance,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import (
    output_text,
    receipt_markdown,
    receipt_text,
    renderings,
    text_table,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    deployment_statement,
    run_outcome,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    GOOD_OUTCOMES,
    NO_CHANGE,
    PROMOTED,
    ROLLED_BACK,
    HostReport,
    StepRecord,
)

IMAGE = "registry.example.com/mint/artwork@sha256:" + "a" * 64
MANIFEST = Manifest(
    schema=1,
    stack="mint-modules",
    project="mint-modules",
    repository="https://git.example.com/mint.git",
    revision="b" * 40,
    modules=(Module(name="artwork", image=IMAGE, service="files-api", revision="b" * 40),),
)
RUN = Run(
    key="CAP-20260212-011314__promotion.promote__R0000000001",
    action="promote",
    environment="prod",
    stack="mint-modules",
    hosts=("web1", "web2"),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14.000Z",
    manifest_path="deploy/promotion.yml",
    manifest_digest="sha256:" + "c" * 64,
    manifest=MANIFEST,
)
TIME = "2026-02-12T01:14:00.000Z"
STEP = StepRecord("health", "done", "2026-02-12T01:13:15.000Z", 0.5, {"artwork": 'status 200, $.db = "ok"'})
REPORT = HostReport(PROMOTED, RUN.key, True, "r2", "r1", "r2", 3.25, (STEP,))
ALL_OUTCOMES = sorted(GOOD_OUTCOMES) + [
    "rolled_back", "taken_back", "rollback_failed", "unreachable", "interrupted", "failed", "refused", "not_started",
]  # fmt: skip


@given(st.lists(st.sampled_from(ALL_OUTCOMES), max_size=6))
def test_a_run_is_well_only_when_every_host_is(outcomes: list[str]) -> None:
    summed = run_outcome(tuple(HostOutcome(f"web{n}", one) for n, one in enumerate(outcomes)))
    assert (summed in GOOD_OUTCOMES) == (bool(outcomes) and set(outcomes) <= GOOD_OUTCOMES)


def test_one_changed_host_makes_the_run_promoted() -> None:
    assert run_outcome((HostOutcome("web1", NO_CHANGE), HostOutcome("web2", PROMOTED))) == PROMOTED
    assert run_outcome((HostOutcome("web1", NO_CHANGE),)) == NO_CHANGE


def test_a_statement_names_artifacts_manifest_and_what_each_host_did() -> None:
    hosts = (HostOutcome("web1", PROMOTED, "", (REPORT,)), HostOutcome("web2", ROLLED_BACK, "smoke: no form"))
    statement = deployment_statement(RUN, OUTCOME, TIME, ROLLED_BACK, hosts)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [
        {"name": "registry.example.com/mint/artwork", "digest": {"sha256": "a" * 64}},
        {"name": "deploy/promotion.yml", "digest": {"sha256": "c" * 64}},
    ]
    web1, web2 = statement["predicate"]["hosts"]
    assert (web1["from"], web1["live"], web1["seconds"]) == ("r1", "r2", 3.25)
    assert web1["reports"][0]["steps"][0]["observed"] == {"artwork": 'status 200, $.db = "ok"'}
    assert web2["message"] == "smoke: no form"


def test_a_promotion_of_some_modules_says_which_and_what_the_others_are_from() -> None:
    made_of = Inheritance(("order-intake",), "sha256:" + "d" * 64, "sha256:" + "e" * 64, "deploy/promotion.yml")
    run = replace(RUN, modules=("artwork",), inheritance=made_of)
    statement = deployment_statement(run, OUTCOME, TIME, PROMOTED, (HostOutcome("web1", PROMOTED),))
    assert statement["subject"][-1] == {"name": "manifest.yml", "digest": {"sha256": "c" * 64}}
    assert statement["predicate"]["requestedModules"] == ["artwork"]
    assert statement["predicate"]["inherited"] == {
        "modules": ["order-intake"],
        "from": {"digest": {"sha256": "d" * 64}},
        "given": {"uri": "deploy/promotion.yml", "digest": {"sha256": "e" * 64}},
    }
    text = receipt_markdown(statement)
    assert "| Modules named | artwork |" in text
    assert "| Modules inherited | order-intake |" in text
    assert "Modules" not in receipt_markdown(deployment_statement(RUN, OUTCOME, TIME)).partition("## Modules")[0]


def test_a_refused_request_without_a_manifest_has_a_subject_all_the_same() -> None:
    run = Run(**{**vars(RUN), "manifest": None, "manifest_digest": "", "hosts": ()})
    statement = deployment_statement(run, OUTCOME, TIME, "refused", faults=("no hosts",))
    (subject,) = statement["subject"]
    assert len(subject["digest"]["sha256"]) == 64
    assert "- no hosts" in receipt_markdown(statement)


def test_a_rendering_can_be_made_again_from_the_statement() -> None:
    gates = Evaluation(PASSED, (GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB"),))
    hosts = (HostOutcome("web1", PROMOTED, "", (REPORT,)),)
    statement = deployment_statement(RUN, OUTCOME, TIME, PROMOTED, hosts, gates)
    read = json.loads(receipt_text(statement))
    assert renderings(read) == renderings(statement)
    rendered = renderings(statement)["receipt.md"].decode("utf-8")
    assert rendered.startswith(f"# Receipt: {RUN.key}\n")
    assert "| web1 | r1 | r2 | promoted | 3.2 |" in rendered


def test_what_a_person_should_know_of_a_host_stands_in_the_rendering() -> None:
    report = replace(REPORT, notes=("the lock was taken over from R1: its lease ran out",))
    text = receipt_markdown(
        deployment_statement(RUN, OUTCOME, TIME, PROMOTED, (HostOutcome("web1", PROMOTED, "", (report,)),))
    )
    assert "\n- the lock was taken over from R1: its lease ran out\n" in text


@given(st.lists(st.tuples(st.text("ab |", max_size=9), st.text("ab |", max_size=9)), max_size=5))
def test_columns_begin_at_one_place(rows: list[tuple[str, str]]) -> None:
    lines = text_table(("first", "second"), rows).split("\n")
    start = max(len("first"), *(len(row[0]) for row in rows), 0) + 2 if rows else len("first") + 2
    assert [line[start:] for line in lines] == ["second", *(row[1].rstrip() for row in rows)]


def test_a_cell_can_not_break_its_table() -> None:
    hosts = (HostOutcome("web|1", PROMOTED, "", (REPORT,)),)
    text = receipt_markdown(deployment_statement(RUN, OUTCOME, TIME, PROMOTED, hosts))
    assert "| web\\|1 | r1 |" in text


@pytest.mark.parametrize("outcome", ALL_OUTCOMES)
def test_every_outcome_can_be_recorded(outcome: str) -> None:
    statement = deployment_statement(RUN, OUTCOME, TIME, outcome, (HostOutcome("web1", outcome),))
    assert f"| Outcome | {outcome} |" in receipt_markdown(statement)


def rows_under(text: str, heading: str) -> dict[str, str]:
    """The table below a heading, first column to second."""
    table = text.partition(f"{heading}\n\n")[2].partition("\n\n")[0].splitlines()
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table[2:])
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("outcome", ALL_OUTCOMES)
def test_a_receipt_has_the_layout_that_other_tools_read(outcome: str) -> None:
    statement = deployment_statement(
        RUN, OUTCOME, TIME, outcome, (HostOutcome("web1", outcome),), evidence_digest="sha256:" + "e" * 64
    )
    text = receipt_markdown(statement)
    good = outcome in GOOD_OUTCOMES
    assert rows_under(text, f"# Receipt: {RUN.key}") == {
        "Run ID": RUN.key,
        "Capability": "promotion.promote",
        "Status": "done" if good else "failed",
        "Exit Code": "0" if good else "2",
        "Generated": TIME,
        "Outcome": outcome,
    }
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:3] == ["## Inputs", "## Outputs", "## Timestamps"]
    assert rows_under(text, "## Outputs") == {
        "evidence.json": "e" * 64,
        "manifest.yml": "c" * 64,
        "output.txt": hashlib.sha256(output_text(statement).encode()).hexdigest(),
    }
    assert rows_under(text, "## Timestamps") == {"Started": RUN.started_at, "Finished": TIME}


def test_a_receipt_that_is_no_complete_proof_says_so_first() -> None:
    reason = ("The ledger cannot be reached: no route",)
    statement = deployment_statement(RUN, OUTCOME, TIME, "restored", inconclusive=reason)
    summary = rows_under(receipt_markdown(statement), f"# Receipt: {RUN.key}")
    assert (summary["Status"], summary["Exit Code"]) == ("INCONCLUSIVE", "0")
    assert "## Inconclusive\n\n- The ledger cannot be reached: no route\n" in receipt_markdown(statement)
    assert "inconclusive:\n  The ledger cannot be reached: no route\n" in output_text(statement)


def test_the_output_holds_gates_hosts_messages_and_ends_with_key_and_status() -> None:
    results = (
        GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB"),
        GateResult("recert", "web1", "FAILED", "report", "94/95 tests", "all"),
    )
    hosts = (HostOutcome("web1", ROLLED_BACK, "smoke: no form\nfound 404", (REPORT,)),)
    statement = deployment_statement(RUN, OUTCOME, TIME, ROLLED_BACK, hosts, Evaluation(PASSED, results), ("web1: x",))
    assert (
        output_text(statement)
        == f"""\
promote mint-modules in prod: rolled_back

gate    verdict          found
disk    PASSED
recert  FAILED (report)  web1: 94/95 tests

host  from  to  outcome      seconds
web1  r1    r2  rolled_back  3.2

web1:
  smoke: no form
  found 404

fault:
  web1: x

Run Key:  {RUN.key}
Status:   failed
"""
    )
