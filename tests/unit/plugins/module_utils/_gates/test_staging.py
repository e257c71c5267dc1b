# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the receipts of staging say of the artifacts that shall go live."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._gates.staging import (
    artifacts_of,
    judge_staging,
    spells_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import StagingEvidence
from ansible_collections.mint.promotion.plugins.module_utils._release.model import HostReport, StepRecord

BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASKED = StagingEvidence("staging", max_age_seconds=3600, soak_seconds=600)
SMOKE = (
    StepRecord("health", "done", "2026-11-20T12:00:00Z", 1.0),
    StepRecord("smoke", "done", "2026-11-20T12:00:01Z", 1.0),
)


def manifest(version: str) -> Manifest:
    """What `version` is: the digest of one module; the other one is always the same."""
    modules = tuple(
        Module(name, f"registry.example.com/{name}@{sha256_digest(text.encode())}", name, "b" * 40)
        for name, text in (("artwork", version), ("quote-page", "same"))
    )
    return Manifest(1, "shop", "shop", "https://git.example.com/shop.git", "b" * 40, modules)


def outcome(
    number: int, version: str, word: str = "promoted", action: str = "promote", steps: tuple[StepRecord, ...] = SMOKE
) -> dict[str, Any]:
    """What a run in staging has left; with a rollback, `version` is what it went back to."""
    digest = sha256_digest(f"manifest {version}".encode())
    run = Run(
        key=f"CAP-20261120-120000__promotion.{action}__R{number:010}",
        action=action,
        environment="staging",
        stack="shop",
        hosts=("web1",),
        requester="dana",
        control_node="desk",
        started_at="2026-11-20T12:00:00Z",
        manifest_path="deploy/promotion.yml",
    )
    if action == "promote":
        run = replace(run, manifest=manifest(version), manifest_digest=digest)
    report = HostReport(word, run.key, True, "r1", None, "r1", 1.0, steps, manifest_digest=digest)
    statement = deployment_statement(
        run, OUTCOME, "2026-11-20T12:00:00Z", word, (HostOutcome("web1", word, "", (report,)),)
    )
    told: dict[str, Any] = statement["predicate"]
    return told


def judged(
    *outcomes: dict[str, Any], version: str = "2", minutes: float = 20, asked: StagingEvidence = ASKED
) -> Finding:
    """Outcomes ten minutes after each other; `minutes` after the last one it is asked."""
    times = [BEGIN + timedelta(minutes=10 * number) for number in range(len(outcomes))]
    wanted = artifacts_of(manifest(version))
    now = (times[-1] if times else BEGIN) + timedelta(minutes=minutes)
    return judge_staging(wanted, spells_of(outcomes, times, list(wanted)), asked, now)


def test_the_same_artifacts_with_their_smoke_checks_pass() -> None:
    found = judged(outcome(1, "1"), outcome(2, "2"))
    assert (found.verdict, found.remedy) == (PASSED, "")
    assert "R0000000002 promoted them to staging; live there for 1200 s" in found.found


def test_another_digest_under_the_same_name_fails_and_both_are_shown() -> None:
    found = judged(outcome(1, "1"))
    assert found.verdict == FAILED
    assert found.found == (f"artwork: staging ran {sha256_digest(b'1')}, this manifest has {sha256_digest(b'2')}")
    assert "-e promotion_environment=staging" in found.remedy


def test_without_a_receipt_the_remedy_promotes_to_staging() -> None:
    found = judged()
    assert (found.verdict, found.found) == (FAILED, "no promotion of this stack to staging in the ledger")
    assert "ansible-playbook mint.promotion.promote -e promotion_environment=staging" in found.remedy


def test_what_is_too_old_fails_until_it_is_promoted_again() -> None:
    assert judged(outcome(1, "2"), minutes=61).verdict == FAILED
    again = judged(outcome(1, "2"), outcome(2, "2", "no_change"), minutes=55)
    assert (again.verdict, "live there for 3900 s" in again.found) == (PASSED, True)


def test_soak_that_is_not_served_fails_and_tells_when_it_will_be() -> None:
    found = judged(outcome(1, "2"), minutes=4)
    assert (found.verdict, found.remedy) == (FAILED, "promote again from 2026-11-20T12:10:00Z on")
    assert "live there for 240 s" in found.found


def test_soak_ends_where_something_else_was_promoted() -> None:
    short = replace(ASKED, soak_seconds=700)
    assert judged(outcome(1, "2"), outcome(2, "3"), asked=ASKED).verdict == PASSED
    found = judged(outcome(1, "2"), outcome(2, "3"), asked=short)
    assert (found.verdict, "until something else was promoted" in found.found) == (FAILED, True)


def test_a_clock_that_was_put_back_neither_serves_nor_confirms_for_longer() -> None:
    """The promotion of the second version says that it was a day before that of the first."""
    outcomes, times = (outcome(1, "1"), outcome(2, "2")), (BEGIN, BEGIN - timedelta(days=1))
    wanted, now = artifacts_of(manifest("2")), BEGIN + timedelta(minutes=5)
    (_first, second) = spells_of(outcomes, times, list(wanted))
    assert (second.since, second.confirmed) == (BEGIN, times[1])
    assert judge_staging(wanted, (second,), ASKED, now).verdict == FAILED
    patient = replace(ASKED, max_age_seconds=10**6)
    assert "promote again from" in judge_staging(wanted, (second,), patient, now).remedy


def test_what_was_rolled_back_there_fails() -> None:
    found = judged(outcome(1, "1"), outcome(2, "2"), outcome(3, "1", "restored", "rollback"))
    assert (found.verdict, "R0000000003 rolled them back" in found.found) == (FAILED, True)


def test_what_a_rollback_has_put_back_serves_again_from_then_on() -> None:
    outcomes = (outcome(1, "2"), outcome(2, "3"), outcome(3, "2", "restored", "rollback"))
    assert judged(*outcomes, minutes=5).verdict == FAILED
    assert judged(*outcomes, minutes=15).verdict == PASSED


def test_what_was_promoted_again_after_a_rollback_passes() -> None:
    assert (
        judged(outcome(1, "1"), outcome(2, "2"), outcome(3, "1", "restored", "rollback"), outcome(4, "2")).verdict
        == PASSED
    )


def test_a_later_promotion_of_them_that_was_put_back_fails() -> None:
    found = judged(outcome(1, "2"), outcome(2, "2", "rolled_back"))
    assert (found.verdict, "ended rolled_back" in found.found) == (FAILED, True)


def test_a_failed_promotion_of_something_else_changes_nothing() -> None:
    assert judged(outcome(1, "2"), outcome(2, "3", "rolled_back"), outcome(3, "3", "refused")).verdict == PASSED


def test_asking_the_gates_only_changes_nothing() -> None:
    assert judged(outcome(1, "2"), outcome(2, "3", "judged")).verdict == PASSED


def test_after_a_run_that_left_nobody_knows_what_it_fails() -> None:
    found = judged(outcome(1, "2"), outcome(2, "3", "rollback_failed"))
    assert (found.verdict, "what is live since then is not known" in found.found) == (FAILED, True)


def test_without_a_word_of_smoke_checks_it_is_inconclusive() -> None:
    assert judged(outcome(1, "2", steps=SMOKE[:1])).verdict == INCONCLUSIVE
    assert judged(outcome(1, "2", "no_change", steps=())).verdict == INCONCLUSIVE


def test_smoke_checks_that_failed_are_none() -> None:
    failed = (replace(SMOKE[1], state="failed"),)
    assert judged(outcome(1, "2", steps=failed)).verdict == INCONCLUSIVE


def test_a_module_that_hosts_build_is_known_by_its_revision() -> None:
    built = Module("artwork", "registry.example.com/artwork", "artwork", "c" * 40)
    assert artifacts_of(replace(manifest("2"), modules=(built,))) == {"artwork": f"revision {'c' * 40}"}
