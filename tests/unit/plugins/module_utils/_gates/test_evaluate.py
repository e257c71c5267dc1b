# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from host_evidence import IMAGE, KEPT, LOCK, MANIFEST, RUN, UNKNOWN, USER, WELL, WELL_RELEASE, result_of
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import decide, evaluate, with_control
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    FAILED,
    INCONCLUSIVE,
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.rules import GATES
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import PROMOTE, ROLLBACK
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Check, CommandCheck
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Policy, Preflight

# Each gate, an observation that fails it, and a word that the person has to read.
FAILING: list[tuple[str, dict[str, Any], str]] = [
    ("engine", {"engine": {"value": None, "reason": "the docker command is not installed"}}, "not installed"),
    ("compose", {"compose": {"value": None, "reason": "only Compose v1 (1.29.2)"}}, "1.29.2"),
    (
        "privileges",
        {"user": {"value": {"uid": 1000, "name": "deploy", "root": "/opt", "root_writable": False}}},
        "deploy may not write /opt",
    ),
    ("privileges", {"user": {"value": {**USER, "owner": UNKNOWN}}}, "there is no user shop on this host"),
    ("privileges", {"user": {"value": {**USER, "group": UNKNOWN}}}, "there is no group shop on this host"),
    (
        "privileges",
        {"user": {"value": {**USER, "owner": {**UNKNOWN, "known": True}}}},
        "user root may not give files to user shop",
    ),
    ("platform", {"images": {"value": [{**IMAGE, "platforms": ["linux/arm64"]}]}}, "artwork is for linux/arm64"),
    ("images", {"images": {"value": [{**IMAGE, "registry": False, "platforms": []}]}}, "is not in its registry"),
    ("disk", {"disk": {"value": {"root_free": 10 * 1024**3, "data_free": 1024**2}}}, "1 MiB free"),
    (
        "ports",
        {
            "ports": {
                "value": [
                    {
                        "module": "artwork",
                        "published": 3500,
                        "address": "0.0.0.0",
                        "state": "taken",
                        "owner": "container nginx",
                    }
                ]
            }
        },
        "0.0.0.0:3500 of artwork is taken by container nginx",
    ),
    ("attachments", {"networks": {"value": {"mint-database": False}}}, "no external network mint-database"),
    (
        "reachability",
        {
            "reachability": {
                "value": [{"name": "postgres", "host": "db", "port": 5432, "reachable": False, "reason": "timed out"}]
            }
        },
        "postgres (db:5432): timed out",
    ),
    ("clock", {"clock": {"value": {"skew_seconds": -45.0, "error_seconds": 0.3}}}, "45.0 s behind"),
    (
        "previous",
        {"release": {"value": {**WELL_RELEASE, "releases": [{**KEPT, "images_present": False}]}}},
        "r00000000000000aa has not all of its images",
    ),
    (
        "drift",
        {"release": {"value": {**WELL_RELEASE, "drift": [{"subject": "artwork", "found": "exited with 137"}]}}},
        "artwork: exited with 137",
    ),
    (
        "lock",
        {"release": {"value": {**WELL_RELEASE, "lock": LOCK}}},
        "held by CAP-20260212-000000__promotion.promote__Rother",
    ),
]
BY_DEFAULT = {gate.name for gate in GATES if PROMOTE in gate.actions and gate.asked(Policy())}
# What leaves a gate without an answer: the engine and Compose answer by being silent, so they fail instead.
OBSERVED_BY = {
    "privileges": "user",
    "platform": "platform",
    "images": "images",
    "disk": "disk",
    "ports": "ports",
    "attachments": "networks",
    "reachability": "reachability",
    "clock": "clock",
    "previous": "release",
    "drift": "release",
    "lock": "release",
}


# The policy decides about drift; these tests want it refused, as all else is by default.
REFUSING = replace(RUN, manifest=replace(MANIFEST, policy={"prod": Policy(preflight=Preflight(drift="refuse"))}))


def test_a_host_that_is_well_passes_every_gate() -> None:
    evaluation = evaluate(RUN, {"web1": WELL})
    assert evaluation.verdict == PASSED
    assert {one.gate for one in evaluation.results} == BY_DEFAULT


@pytest.mark.parametrize(("gate", "change", "told"), FAILING)
def test_what_is_wrong_fails_its_gate_and_is_told(gate: str, change: dict[str, Any], told: str) -> None:
    evidence = {**WELL, **change}
    found = result_of(gate, evidence, REFUSING)
    assert (found.verdict, evaluate(REFUSING, {"web1": evidence}).verdict) == (FAILED, FAILED)
    assert told in found.found
    assert found.wanted and found.remedy


def test_every_gate_of_a_promotion_has_a_case_that_fails_it() -> None:
    assert {gate for gate, _change, _told in FAILING} == BY_DEFAULT


@pytest.mark.parametrize(("gate", "observation"), OBSERVED_BY.items())
def test_what_could_not_be_observed_is_inconclusive(gate: str, observation: str) -> None:
    found = result_of(gate, {**WELL, observation: {"value": None, "reason": "it did not answer"}})
    assert (found.verdict, found.found) == (INCONCLUSIVE, "it did not answer")


@pytest.mark.parametrize("evidence", [None, {"unreachable": "timed out"}, {"failed": "sudo is not installed"}])
def test_a_host_that_could_not_be_observed_stops_the_run(evidence: dict[str, Any] | None) -> None:
    run = replace(RUN, hosts=("web1", "web2"))
    evaluation = evaluate(run, {"web1": WELL, "web2": evidence})
    assert evaluation.verdict == INCONCLUSIVE
    assert [one.host for one in evaluation.stoppers] == ["web2"]


def test_a_registry_that_does_not_answer_is_no_missing_image() -> None:
    image = {**IMAGE, "registry": None, "reason": "the registry gave no answer within 10 s", "platforms": []}
    assert result_of("images", {**WELL, "images": {"value": [image]}}).verdict == INCONCLUSIVE


def test_an_image_that_the_host_has_needs_no_registry() -> None:
    image = {**IMAGE, "here": True, "registry": None}
    assert result_of("images", {**WELL, "images": {"value": [image]}}).verdict == PASSED


def test_an_expired_lock_of_a_dead_worker_is_free_and_that_of_a_living_one_is_not() -> None:
    expired = {**LOCK, "expired": True}
    assert result_of("lock", {**WELL, "release": {"value": {**WELL_RELEASE, "lock": expired}}}).verdict == PASSED
    alive = {**expired, "worker_alive": True}
    assert result_of("lock", {**WELL, "release": {"value": {**WELL_RELEASE, "lock": alive}}}).verdict == FAILED


def test_a_lock_that_could_not_be_read_is_not_free() -> None:
    release = {**WELL_RELEASE, "unknown": [{"part": "lock", "reason": "permission denied"}]}
    found = result_of("lock", {**WELL, "release": {"value": release}})
    assert (found.verdict, found.found) == (INCONCLUSIVE, "lock: permission denied")


def test_policy_lowers_a_gate_to_report_and_never_a_vital_one() -> None:
    policy = {"prod": Policy(gates={"disk": "report", "engine": "report"})}
    run = replace(RUN, manifest=replace(MANIFEST, policy=policy))
    full = {**WELL, "disk": {"value": {"root_free": 0, "data_free": 0}}}
    assert result_of("disk", full, run).verdict == FAILED
    assert evaluate(run, {"web1": full}).verdict == PASSED
    assert evaluate(run, {"web1": {**full, "engine": {"value": None}}}).verdict == FAILED


def test_a_rollback_needs_a_release_to_go_to_and_no_registry() -> None:
    run = replace(RUN, action=ROLLBACK, manifest=None)
    needed = {name: WELL[name] for name in ("engine", "compose", "user", "release")}
    assert evaluate(run, {"web1": needed}).verdict == PASSED
    without = {**needed, "release": {"value": {"lock": None, "rollback": {"reason": "there is no previous release"}}}}
    found = result_of("target", without, run)
    assert (found.verdict, found.found) == (FAILED, "there is no previous release")


BACKUP = Check("backup is young", command=CommandCheck(("find", "/backup", "-mtime", "-1")))


@pytest.mark.parametrize(("passed", "verdict"), [(True, PASSED), (False, FAILED), (None, INCONCLUSIVE)])
def test_a_gate_of_the_manifest_is_judged_by_its_check(passed: bool | None, verdict: str) -> None:
    run = replace(RUN, manifest=replace(MANIFEST, gates=(BACKUP,)))
    told = {"check": BACKUP.name, "passed": passed, "found": "no file", "wanted": "a file"}
    evaluation = evaluate(run, {"web1": {**WELL, "checks": {"value": [told]}}})
    result = evaluation.results[-1]
    assert (result.gate, result.verdict) == (BACKUP.name, verdict)
    by_hand = "ask it yourself, from the host: find /backup -mtime -1"
    assert result.remedy == ("" if passed else by_hand)
    assert evaluation.verdict == verdict


def test_a_gate_of_the_manifest_that_nobody_observed_is_inconclusive_unless_only_reported() -> None:
    manifest = replace(MANIFEST, gates=(BACKUP,))
    assert evaluate(replace(RUN, manifest=manifest), {"web1": WELL}).verdict == INCONCLUSIVE
    reported = replace(manifest, policy={"prod": Policy(gates={BACKUP.name: "report"})})
    assert evaluate(replace(RUN, manifest=reported), {"web1": WELL}).verdict == PASSED


VERDICTS = st.builds(
    GateResult,
    st.sampled_from([gate.name for gate in GATES]),
    st.just("web1"),
    st.sampled_from([PASSED, FAILED, INCONCLUSIVE]),
    st.sampled_from(["enforce", "report"]),
    st.just(""),
    st.just(""),
)


@given(st.lists(VERDICTS))
def test_no_enforced_gate_that_is_not_passed_ever_lets_a_run_go_on(results: list[GateResult]) -> None:
    enforced = [one.verdict for one in results if one.mode == "enforce"]
    assert (decide(results) == PASSED) == (bool(enforced) and all(verdict == PASSED for verdict in enforced))


RESULTS = st.builds(
    GateResult,
    gate=st.sampled_from(["disk", "recert:web:test", "gaps"]),
    host=st.sampled_from(["web1", CONTROL]),
    verdict=st.sampled_from([PASSED, FAILED, INCONCLUSIVE]),
    mode=st.sampled_from(["enforce", "report"]),
    found=st.just("found"),
    wanted=st.just("wanted"),
)


@given(st.lists(RESULTS), st.lists(RESULTS))
def test_no_combination_with_an_enforced_gate_that_did_not_pass_ever_proceeds(
    hosts: list[GateResult], control: list[GateResult]
) -> None:
    found = with_control(Evaluation(decide(hosts), tuple(hosts)), control)
    everything = [*hosts, *control]
    assert list(found.results) == everything
    enforced = [one.verdict for one in everything if one.mode == "enforce"]
    assert (found.verdict == PASSED) == (bool(enforced) and set(enforced) == {PASSED})
    assert (found.verdict == PASSED) <= (not found.stoppers)


def test_a_gate_that_the_control_node_asks_is_not_wanted_of_a_host() -> None:
    manifest = replace(MANIFEST, gates=(replace(BACKUP, run_from="control"),))
    evaluation = evaluate(replace(RUN, manifest=manifest), {"web1": WELL})
    assert (evaluation.verdict, BACKUP.name in {one.gate for one in evaluation.results}) == (PASSED, False)
