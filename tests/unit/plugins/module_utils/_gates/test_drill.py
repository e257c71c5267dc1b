# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the receipts of staging say of the way back from the artifacts that shall go live."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.drill import drills_of, judge_drill
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._gates.staging import artifacts_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement, run_outcome
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Drill
from ansible_collections.mint.promotion.plugins.module_utils._release.model import HostReport

BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASKED = Drill("staging", max_age_seconds=3600, max_rollback_seconds=10)
HOSTS = ("web1", "web2")
PROMOTE = "ansible-playbook mint.promotion.promote -e promotion_environment=staging"
DRILL = f"{PROMOTE}; ansible-playbook mint.promotion.rollback --limit staging; {PROMOTE}"


def manifest(version: str) -> Manifest:
    image = f"registry.example.com/artwork@{sha256_digest(version.encode())}"
    module = Module("artwork", image, "artwork", "b" * 40)
    return Manifest(1, "shop", "shop", "https://git.example.com/shop.git", "b" * 40, (module,))


def outcome(action: str, *hosts: HostOutcome, version: str = "", text: str = "", word: str = "") -> dict[str, Any]:
    """What a run in staging has left. `text` is that of the manifest; it differs by version where it is not said."""
    run = Run(
        key=f"CAP-20261120-120000__promotion.{action}__R0000000001",
        action=action,
        environment="staging",
        stack="shop",
        hosts=tuple(one.host for one in hosts),
        requester="dana",
        control_node="desk",
        started_at="2026-11-20T12:00:00Z",
    )
    if version:
        digest = sha256_digest((text or version).encode())
        run = replace(run, manifest=manifest(version), manifest_digest=digest, manifest_path="deploy/promotion.yml")
    told: dict[str, Any] = deployment_statement(
        run, OUTCOME, "2026-11-20T12:00:00Z", word or run_outcome(hosts), hosts
    )["predicate"]
    return told


def host(name: str, word: str, before: str, live: str, seconds: float = 5.0) -> HostOutcome:
    """A host that was worked on in two calls."""
    half = seconds / 2
    reports = (
        HostReport("staged", "R1", True, live, before, before, half),
        HostReport(word, "R1", True, live, before, live, half),
    )
    return HostOutcome(name, word, "", reports)


def promote(version: str, before: str = "1", word: str = "promoted", text: str = "") -> dict[str, Any]:
    """Releases are called by their versions here."""
    return outcome(
        "promote", *(host(one, word, f"r{before}", f"r{version}") for one in HOSTS), version=version, text=text
    )


def rollback(before: str = "2", live: str = "1", seconds: float = 5.0, word: str = "restored") -> dict[str, Any]:
    """The second host takes 2 seconds longer."""
    hosts = (host(name, word, f"r{before}", f"r{live}", seconds + 2 * number) for number, name in enumerate(HOSTS))
    return outcome("rollback", *hosts)


def judged(*outcomes: dict[str, Any], minutes: float = 20, asked: Drill = ASKED) -> Finding:
    """Outcomes ten minutes after each other, each with its number for a key; `minutes` after the last it is asked."""
    told = [{**one, "runKey": f"R{number}"} for number, one in enumerate(outcomes, 1)]
    times = [BEGIN + timedelta(minutes=10 * number) for number in range(len(told))]
    now = (times[-1] if times else BEGIN) + timedelta(minutes=minutes)
    return judge_drill(drills_of(artifacts_of(manifest("2")), told, times), asked, now)


def test_promoted_rolled_back_and_promoted_again_passes_and_tells_the_seconds_of_the_slowest_host() -> None:
    found = judged(promote("1"), promote("2"), rollback(), promote("2"))
    assert (found.verdict, found.counts, found.remedy) == (PASSED, "rollback 7.0 s", "")
    assert found.found == "R3 rolled them back in staging in 7.0 s, and they were promoted again"


def test_without_a_promotion_the_remedy_is_a_whole_drill() -> None:
    for found in (judged(), judged(promote("1"), rollback("1", "0"), promote("1"))):
        assert (found.verdict, found.remedy) == (FAILED, DRILL)
        assert found.found == "no promotion of these artifacts to staging in the ledger"


def test_without_a_rollback_it_fails() -> None:
    found = judged(promote("1"), promote("2"))
    assert (found.verdict, found.remedy) == (FAILED, DRILL)
    assert found.found == "R2 promoted them to staging, and no rollback from there in the ledger"


def test_a_rollback_without_another_promotion_is_half_a_drill() -> None:
    found = judged(promote("2"), rollback())
    assert (found.verdict, found.remedy) == (FAILED, PROMOTE)
    assert "not promoted again since" in found.found


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (promote("3"), "R3 promoted another manifest"),
        (promote("2", text="another one"), "R3 promoted another manifest"),
        (promote("2", word="rolled_back"), "R3 promoted them again and ended rolled_back"),
        (rollback("1", "0"), "were not promoted again after it"),
    ],
)
def test_what_is_not_the_same_promotion_again_proves_nothing(last: dict[str, Any], words: str) -> None:
    found = judged(promote("2"), rollback(), last)
    assert (found.verdict, found.remedy, words in found.found) == (FAILED, DRILL, True)


def test_a_rollback_that_took_too_long_fails() -> None:
    assert judged(promote("2"), rollback(seconds=8.0), promote("2")).verdict == PASSED
    found = judged(promote("2"), rollback(seconds=8.1), promote("2"))
    assert (found.verdict, found.counts, DRILL in found.remedy) == (FAILED, "rollback 10.1 s", True)
    assert "within 10 s" in found.wanted
    unlimited = replace(ASKED, max_rollback_seconds=None)
    assert judged(promote("2"), rollback(seconds=900), promote("2"), asked=unlimited).verdict == PASSED


def test_a_drill_that_is_too_old_fails() -> None:
    drill = (promote("2"), rollback(), promote("2"))
    assert judged(*drill, minutes=50).verdict == PASSED
    found = judged(*drill, minutes=51)
    assert (found.verdict, found.remedy, "3660 s ago" in found.found) == (FAILED, DRILL, True)


def test_what_failed_before_a_change_or_changed_nothing_is_passed_over() -> None:
    refused, asked = promote("3", word="refused"), promote("2", word="judged")
    idle = (promote("2", word="no_change"), rollback(word="no_change"), refused, asked)
    assert judged(promote("2"), *idle, rollback(), promote("1", word="no_change"), *idle[2:], promote("2")).verdict == (
        PASSED
    )


def test_what_was_live_already_when_the_drill_began_needs_no_earlier_receipt() -> None:
    assert judged(promote("2", before="2", word="no_change"), rollback(), promote("2")).verdict == PASSED


def test_a_rollback_to_what_is_live_is_no_drill() -> None:
    found = judged(promote("2"), rollback("2", "2"), promote("2"))
    assert (found.verdict, "no rollback from there" in found.found) == (FAILED, True)


def test_a_rollback_from_another_release_is_no_drill() -> None:
    found = judged(promote("2"), rollback("3", "1"), promote("2"))
    assert (found.verdict, "from another release than R1 had made live" in found.found) == (FAILED, True)


def test_a_rollback_of_some_hosts_is_no_drill() -> None:
    partly = outcome("rollback", host("web1", "restored", "r2", "r1"))
    found = judged(promote("2"), partly, promote("2"))
    assert (found.verdict, "but not on web2" in found.found) == (FAILED, True)


def test_a_rollback_that_failed_is_told_even_after_an_earlier_drill() -> None:
    drill = (promote("2"), rollback(), promote("2"))
    found = judged(*drill, rollback(word="rollback_failed"))
    assert (found.verdict, found.remedy) == (FAILED, DRILL)
    assert "R4 rolled them back in staging, but it ended rollback_failed" in found.found


def test_a_drill_of_others_takes_nothing_from_an_earlier_one() -> None:
    drill = (promote("2"), rollback(), promote("2"))
    assert judged(*drill, promote("3", "2"), rollback("3", "2"), promote("3", "2")).verdict == PASSED
