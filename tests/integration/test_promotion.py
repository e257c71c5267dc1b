# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of a stack on one host: a first revision, a second one, and back."""

from __future__ import annotations

import pytest

from integration.catalog import FIRST, SECOND
from integration.hosts import HostView
from integration.promotions import Promote, Promotion
from integration.stacks import SHOP

FIRST_HEADING = f"{SHOP}: ask for a quote"
SECOND_HEADING = f"{SHOP}: your quote in one minute"
NEVER_STAGED = "r0123456789abcdef"


RENDERED, OWN = "rendered", "own compose files"
only_rendered = pytest.mark.parametrize("promotion", [RENDERED], indirect=True)


@pytest.fixture(scope="module", params=[RENDERED, OWN])
def promotion(request: pytest.FixtureRequest, new_promotion: Promote) -> Promotion:
    """A stack whose first revision went live on a host that had nothing of it, in both forms of the example."""
    promotion = new_promotion("staging-1", own=request.param == OWN)
    promotion.write(FIRST)
    assert promotion.promote().ended_well().outcomes == {"staging-1": "promoted"}
    return promotion


def make_live(promotion: Promotion, name: str) -> str:
    """Have a revision live, however it is now; the run key of the run that saw to it."""
    promotion.write(name)
    return str(promotion.promote().ended_well().receipt["runKey"])


def modes(host: HostView) -> str:
    return host.run("stat", "--format", "%a %n", *(f"{host.folder}/current/{name}" for name in FILES))


FILES = ("compose.yaml", ".env", "release.json")


def test_a_bare_host_serves_after_a_promotion(promotion: Promotion) -> None:
    make_live(promotion, FIRST)
    assert promotion.heading() == FIRST_HEADING
    assert [line.split()[0] for line in modes(promotion.host).splitlines()] == ["640", "600", "640"]
    assert not promotion.host.locked()


def test_what_is_live_already_is_not_touched(promotion: Promotion) -> None:
    make_live(promotion, FIRST)
    before = promotion.host.identities()
    run = promotion.promote().ended_well()
    assert run.changed == 0
    assert run.outcomes == {"staging-1": "no_change"}
    assert promotion.host.identities() == before


def test_only_what_changed_is_recreated_and_a_rollback_brings_every_byte_back(promotion: Promotion) -> None:
    make_live(promotion, FIRST)
    ids, files = promotion.host.identities(), promotion.host.live_files()

    promotion.write(SECOND)
    run = promotion.promote().ended_well()
    assert run.outcomes == {"staging-1": "promoted"}
    assert run.changed > 0
    assert promotion.heading() == SECOND_HEADING
    after = promotion.host.identities()
    assert [service for service in ids if ids[service] != after[service]] == ["quote-page"]

    back = promotion.rollback().ended_well()
    assert back.outcomes == {"staging-1": "restored"}
    assert promotion.heading() == FIRST_HEADING
    assert promotion.host.live_files() == files


def test_a_second_rollback_does_not_return_to_what_was_just_left(new_promotion: Promote) -> None:
    promotion = new_promotion("staging-1")
    make_live(promotion, FIRST)
    make_live(promotion, SECOND)
    promotion.rollback().ended_well()
    before = promotion.host.snapshot()
    promotion.rollback().refused("no previous release on this host to go back to", "mint.promotion.status")
    assert promotion.host.snapshot() == before
    assert promotion.heading() == FIRST_HEADING


@only_rendered
def test_a_rollback_goes_to_the_release_that_is_named(promotion: Promotion) -> None:
    first_run = make_live(promotion, FIRST)
    first = promotion.host.live()
    digest = next(iter(promotion.promote().receipt["manifest"]["digest"].values()))
    staged_by = next(one["run"] for one in promotion.host.journal() if one["event"] == "staged")
    assert first_run
    for selector in (first, staged_by, digest[:12], f"sha256:{digest}"):
        make_live(promotion, SECOND)
        run = promotion.rollback("-e", f"promotion_release={selector}").ended_well()
        assert run.outcomes == {"staging-1": "restored"}, selector
        assert promotion.host.live() == first, selector
    assert promotion.heading() == FIRST_HEADING


@only_rendered
def test_a_release_that_was_never_staged_is_no_way_back(promotion: Promotion) -> None:
    make_live(promotion, SECOND)
    before = promotion.host.snapshot()
    run = promotion.rollback("-e", f"promotion_release={NEVER_STAGED}")
    run.refused(NEVER_STAGED, "it was never staged on this host")
    assert run.outcomes == {"staging-1": "refused"}
    assert promotion.host.snapshot() == before


def test_without_an_earlier_release_there_is_no_rollback(new_promotion: Promote) -> None:
    promotion = new_promotion("staging-1")
    promotion.write(FIRST)
    run = promotion.rollback()
    run.refused("There is no previous release on this host to go back to")
    assert run.outcomes == {"staging-1": "refused"}
    assert not promotion.host.exists()
