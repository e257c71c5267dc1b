# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the policy sets limits to. That each gate fails, and is inconclusive, is in test_evaluate as well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from host_evidence import KEPT, LIVE, MANIFEST, RUN, WELL, WELL_RELEASE, result_of

from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import evaluate
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ROLLBACK, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Backup, Policy, Preflight

HOUR = 3600.0
BACKUP = Backup(HOUR, file="/var/backups/shop.dump")
DRIFTED = [{"subject": "artwork", "found": "exited with 137", "wanted": "running"}]


def run_with(**limits: Any) -> Run:
    return replace(RUN, manifest=replace(MANIFEST, policy={"prod": Policy(preflight=Preflight(**limits))}))


def release(**changes: Any) -> dict[str, Any]:
    return {**WELL, "release": {"value": {**WELL_RELEASE, **changes}}}


def clocks(skew: float, error: float) -> dict[str, Any]:
    return {**WELL, "clock": {"value": {"skew_seconds": skew, "error_seconds": error}}}


@pytest.mark.parametrize(
    ("skew", "error", "verdict"),
    [(1.5, 0.4, PASSED), (-1.5, 0.4, PASSED), (1.5, 0.6, INCONCLUSIVE), (2.5, 0.6, INCONCLUSIVE), (-2.7, 0.6, FAILED)],
)
def test_a_clock_is_judged_as_well_as_it_can_be_told(skew: float, error: float, verdict: str) -> None:
    assert result_of("clock", clocks(skew, error), run_with(clock_skew_seconds=2)).verdict == verdict


@pytest.mark.parametrize(("gate", "version"), [("engine", "20.10.24+dfsg1"), ("compose", "2.6.0")])
def test_versions_below_those_of_the_policy_are_refused_in_promotions_only(gate: str, version: str) -> None:
    evidence, run = {**WELL, gate: {"value": version}}, run_with(engine=">=24.0", compose=">=2.20")
    found = result_of(gate, evidence, run)
    assert (found.verdict, found.found) == (FAILED, f"version {version}")
    assert result_of(gate, evidence).verdict == PASSED
    assert result_of(gate, evidence, replace(run, action=ROLLBACK)).verdict == PASSED
    assert result_of(gate, {**WELL, gate: {"value": "dev"}}, run).verdict == INCONCLUSIVE


def test_the_margin_on_the_disk_is_the_policys() -> None:
    small = {**WELL, "disk": {"value": {"root_free": 300 * 1024**2, "data_free": 300 * 1024**2}}}
    assert result_of("disk", small).verdict == FAILED
    assert result_of("disk", small, run_with(disk_margin_bytes=100 * 1024**2)).verdict == PASSED


@pytest.mark.parametrize(
    ("told", "verdict", "found"),
    [
        ({"age_seconds": HOUR - 60, "fault": ""}, PASSED, "59 min ago (/var/backups/shop.dump)"),
        ({"age_seconds": 50 * HOUR, "fault": ""}, FAILED, "2 d 2 h ago (/var/backups/shop.dump)"),
        ({"age_seconds": None, "fault": "there is no x"}, FAILED, "there is no x"),
        ({"age_seconds": -5.0, "fault": ""}, PASSED, "0 s ago (/var/backups/shop.dump)"),
        ({"age_seconds": -HOUR, "fault": ""}, INCONCLUSIVE, "/var/backups/shop.dump is 1 h in the future"),
    ],
)
def test_a_backup_is_as_young_as_the_policy_wants(told: dict[str, Any], verdict: str, found: str) -> None:
    evidence = {**WELL, "backup": {"value": {"source": "/var/backups/shop.dump", **told}}}
    result = result_of("backup", evidence, run_with(backup=BACKUP))
    assert (result.verdict, result.found, result.wanted) == (verdict, found, "a backup of the last 1 h")


def test_a_backup_that_could_not_be_told_is_inconclusive_and_none_is_asked_for_by_default() -> None:
    unknown = {**WELL, "backup": {"value": None, "reason": "pg_backup ended with 2"}}
    result = result_of("backup", unknown, run_with(backup=BACKUP))
    assert (result.verdict, result.found) == (INCONCLUSIVE, "pg_backup ended with 2")
    assert "backup" not in {one.gate for one in evaluate(RUN, {"web1": WELL}).results}


BROKEN = {"releases": [{**KEPT, "images_present": False}]}


@pytest.mark.parametrize(
    ("changes", "verdict", "told"),
    [
        ({"live": None, "releases": []}, PASSED, "first promotion"),
        ({"live": {**LIVE, "faults": [".env has been changed since it was staged"]}}, FAILED, ".env has been changed"),
        ({"live": {**LIVE, "faults": None}}, INCONCLUSIVE, "files of r00000000000000aa could not be read"),
        ({"releases": [{**KEPT, "images_present": None}]}, INCONCLUSIVE, "could not be asked for"),
        ({"releases": []}, FAILED, "its folder is not there"),
        (BROKEN, FAILED, "has not all of its images"),
    ],
)
def test_a_promotion_needs_a_way_back(changes: dict[str, Any], verdict: str, told: str) -> None:
    found = result_of("previous", release(**changes))
    assert found.verdict == verdict
    assert told in found.found


def test_what_is_live_may_be_promoted_again_to_mend_it() -> None:
    again = replace(RUN, manifest_digest=LIVE["manifest_digest"])
    assert result_of("previous", release(**BROKEN), again).verdict == PASSED


def test_any_other_way_back_will_do_where_the_policy_says_so() -> None:
    other = {"release": "r00000000000000bb", "images_present": True, "rollback_target": True}
    both = {"releases": [*BROKEN["releases"], other]}
    assert result_of("previous", release(**both)).verdict == FAILED
    found = result_of("previous", release(**both), run_with(previous="any"))
    assert found.verdict == PASSED
    assert found.found.startswith("r00000000000000bb; ")
    assert result_of("previous", release(**BROKEN), run_with(previous="any")).verdict == FAILED


def test_drift_is_told_by_default_refused_or_adopted_by_the_policy() -> None:
    drifted = {"web1": release(drift=DRIFTED)}
    told = {one.gate: one for one in evaluate(RUN, drifted).results}["drift"]
    assert (told.verdict, told.mode, evaluate(RUN, drifted).verdict) == (FAILED, "report", PASSED)
    refused = evaluate(run_with(drift="refuse"), drifted)
    assert refused.verdict == FAILED
    assert "promotion_release=cccccccccccc" in refused.stoppers[0].remedy
    adopted = result_of("drift", drifted["web1"], run_with(drift="adopt"))
    assert (adopted.verdict, adopted.found) == (PASSED, "adopted: artwork: exited with 137")


def test_a_release_whose_journal_is_away_is_drift_that_no_rollback_puts_right() -> None:
    found = result_of("drift", release(live={**LIVE, "run_key": None}), run_with(drift="refuse"))
    assert (found.verdict, "the journal knows of no run" in found.found) == (FAILED, True)
    assert ("journal.jsonl" in found.remedy, "rollback" in found.remedy) == (True, False)


def test_work_of_a_run_that_was_interrupted_is_no_drift() -> None:
    found = result_of("drift", release(drift=DRIFTED, unfinished={"run_key": "CAP-2"}), run_with(drift="refuse"))
    assert (found.verdict, found.found) == (PASSED, "work of CAP-2, which this run ends first")


def test_drift_that_could_not_be_told_is_not_none() -> None:
    found = result_of("drift", release(drift=None, unknown=[{"part": "drift", "reason": "timed out"}]))
    assert (found.verdict, found.found) == (INCONCLUSIVE, "drift: timed out")


def test_nothing_of_it_holds_up_a_rollback() -> None:
    run = replace(RUN, action=ROLLBACK, manifest=None)
    gates = {one.gate for one in evaluate(run, {"web1": {**WELL, "clock": {"value": None}}}).results}
    assert gates.isdisjoint({"clock", "backup", "previous", "drift", "disk"})
