# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who counts among those who have signed for a promotion."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._gates.approvals import (
    Request,
    Situation,
    count,
    is_one_of,
    judge_approvals,
    wanted,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Approval
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Migration
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Approvals, Policy

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEW, OLD = sha256_digest(b"new"), sha256_digest(b"old")
PEOPLE = ("ada@example.com", "bob@example.com", "eve@example.com")
APPROVAL = Approval(
    request_id="request-1",
    environment="prod",
    stack="shop",
    manifest_path="deploy/promotion.yml",
    manifest_digest=NEW,
    replaces=OLD,
    approved_on="2026-11-20T11:00:00Z",
    expires_on="2026-11-20T13:00:00Z",
)
SITUATION = Situation("prod", "shop", NEW, frozenset({OLD}), frozenset(), ("dana",), NOW, 86400)


def request(*people: str, number: int = 1, **changed: Any) -> Request:
    approval = replace(APPROVAL, request_id=f"request-{number}", **changed)
    begun, expires = datetime.fromisoformat(approval.approved_on), datetime.fromisoformat(approval.expires_on)
    return Request(sha256_digest(b"%d" % number), approval, begun, expires, f"approvals/{number}/approval.pae", people)


def judged(*requests: Request, situation: Situation = SITUATION, overrides: str = "") -> Finding:
    return judge_approvals(count(requests, PEOPLE, situation, overrides), 2, PEOPLE, situation.requesters, "approve")


def test_enough_people_pass_with_one_request_or_with_several() -> None:
    assert judged(request(*PEOPLE[:2])).verdict == PASSED
    found = judged(request(PEOPLE[0]), request(PEOPLE[2], number=2))
    assert (found.verdict, found.found, found.counts) == (
        PASSED,
        "approved by ada@example.com, eve@example.com",
        "2/2 approvals",
    )


def test_too_few_fail_and_the_remedy_is_what_the_others_type() -> None:
    found = judged(request(PEOPLE[0]))
    assert (found.verdict, found.counts) == (FAILED, "1/2 approvals")
    assert found.remedy == (
        "1 more of bob@example.com, eve@example.com: ssh-keygen -Y sign -n mint.promotion -f ~/.ssh/id_ed25519 "
        "< approvals/1/approval.pae > approvals/1/approval.pae.$USER.sig"
    )


def test_who_approves_of_an_irreversible_migration_has_signed_its_name() -> None:
    situation = replace(SITUATION, irreversible=("0007",))
    found = judged(request(*PEOPLE), situation=situation)
    assert (found.verdict, "names other irreversible migrations than this manifest has: 0007" in found.found) == (
        FAILED,
        True,
    )
    assert judged(request(*PEOPLE, irreversible=("0007",)), situation=situation).verdict == PASSED


@given(st.integers(0, 3), st.integers(1, 3), st.booleans())
def test_an_irreversible_migration_is_never_promoted_without_somebody_else(
    threshold: int, irreversible: int, cuts: bool
) -> None:
    migration = Migration("0007", "web", "irreversible" if cuts else "expand_contract", ("up",))
    policy = {"prod": Policy(approvals=Approvals(threshold, PEOPLE, irreversible=irreversible))}
    asked = wanted(Manifest(1, "shop", "shop", "", "", (), migrations=(migration,), policy=policy), "prod")
    assert (asked.threshold if asked else 0) == (max(threshold, irreversible) if cuts else threshold)


def test_one_person_counts_once() -> None:
    assert judged(request(PEOPLE[0], PEOPLE[0]), request(PEOPLE[0], number=2)).verdict == FAILED


def test_a_request_from_a_clock_that_is_ahead_counts() -> None:
    signed = request(*PEOPLE, approved_on="2026-11-20T12:04:00Z", expires_on="2026-11-21T12:04:00Z")
    assert judged(signed).verdict == PASSED


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"environment": "staging"}, "is for the environment staging, wanted prod"),
        ({"stack": "blog"}, "is for the stack blog, wanted shop"),
        ({"manifest_digest": OLD}, "is for another manifest"),
        ({"replaces": sha256_digest(b"older")}, "is live by now"),
        ({"replaces": ""}, "is for replacing nothing"),
        ({"expires_on": "2026-11-20T12:00:00Z"}, "expired on 2026-11-20T12:00:00Z"),
        ({"expires_on": "2026-11-21T11:00:01Z"}, "for more than the 86400 s of the policy"),
        ({"approved_on": "2026-11-21T12:00:00Z", "expires_on": "2026-11-21T13:00:00Z"}, "for more than the 86400 s"),
    ],
)
def test_what_was_signed_for_something_else_does_not_count(changed: dict[str, Any], reason: str) -> None:
    found = judged(request(*PEOPLE, **changed))
    assert found.verdict == FAILED
    assert reason in found.found


def test_what_an_earlier_promotion_has_used_does_not_count_again() -> None:
    one = request(*PEOPLE)
    found = judged(one, situation=replace(SITUATION, used=frozenset({one.digest})))
    assert (found.verdict, "is used up" in found.found) == (FAILED, True)


def test_the_override_of_a_window_is_no_approval_and_the_other_way_round() -> None:
    assert judged(request(*PEOPLE, overrides="weekend")).verdict == FAILED
    assert judged(request(*PEOPLE), overrides="weekend").verdict == FAILED
    assert judged(request(*PEOPLE, overrides="weekend"), overrides="weekend").verdict == PASSED


@pytest.mark.parametrize("requester", ["ada@example.com", "ada"])
def test_who_asks_for_the_run_does_not_count(requester: str) -> None:
    found = judged(request(*PEOPLE[:2]), situation=replace(SITUATION, requesters=(requester,)))
    assert (found.verdict, "ada@example.com asks for this run" in found.found) == (FAILED, True)


def test_with_nobody_left_to_sign_somebody_else_has_to_ask() -> None:
    situation = replace(SITUATION, requesters=("ada", "bob"))
    assert "let somebody ask for the run" in judged(request(), situation=situation).remedy


def test_nothing_is_replaced_where_nothing_is_known_to_be_live() -> None:
    assert judged(request(*PEOPLE, replaces=""), situation=replace(SITUATION, live=frozenset())).verdict == PASSED


def test_a_name_is_a_person_by_its_beginning_only_where_it_has_no_domain() -> None:
    assert is_one_of("ada@example.com", ["ada"])
    assert is_one_of("ada", ["ada@example.com"])
    assert not is_one_of("ada@example.com", ["ada@example.org"])
    assert not is_one_of("adam@example.com", ["ada"])


NAMES = st.sampled_from((*PEOPLE, "dana", "dana@example.com", "mallory"))
CHANGES = st.sampled_from(
    [
        {},
        {},
        {"environment": "staging"},
        {"replaces": ""},
        {"overrides": "weekend"},
        {"expires_on": "2026-11-20T11:30:00Z"},
    ]
)
REQUESTS = st.lists(st.tuples(st.lists(NAMES, max_size=5), CHANGES), max_size=5)


@given(REQUESTS, st.integers(1, 3), st.integers(-3600, 3600))
def test_it_passes_exactly_when_enough_distinct_people_have_signed_what_fits(
    drawn: list[tuple[list[str], dict[str, str]]], threshold: int, seconds: int
) -> None:
    situation = replace(SITUATION, now=NOW + timedelta(seconds=seconds))
    requests = [request(*people, number=number, **changed) for number, (people, changed) in enumerate(drawn)]
    found = judge_approvals(count(requests, PEOPLE, situation), threshold, PEOPLE, situation.requesters, "approve")
    fit = {
        name
        for people, changed in drawn
        for name in people
        if not changed or (set(changed) == {"expires_on"} and seconds < -1800)
        if name in PEOPLE and seconds < 3600
    }
    assert (found.verdict == PASSED) is (len(fit) >= threshold)
