# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases that build and start, and must not stay: the old one goes on serving, and a person is told why."""

from __future__ import annotations

from typing import Mapping

import pytest

from integration.catalog import FIRST, OTHER_REVISION, SECOND, Catalog
from integration.playbooks import Run
from integration.promotions import Promote, Promotion
from integration.stacks import SHOP, edit

SECOND_HEADING = f"{SHOP}: your quote in one minute"
IMPATIENT = edit(
    "      context: quote-page\n", "      context: quote-page\n    activation:\n      health_timeout_seconds: 6\n"
)


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    """The second revision is live, on a host whose user needs sudo."""
    promotion = new_promotion("prod-1")
    for name in (FIRST, SECOND):
        promotion.write(name)
        promotion.promote().ended_well()
    return promotion


def assert_old_release_serves(promotion: Promotion, live: str, files: Mapping[str, str]) -> None:
    assert promotion.heading() == SECOND_HEADING
    assert promotion.host.live() == live
    assert promotion.host.live_files() == files
    assert not promotion.host.locked()


def promote_and_fail(promotion: Promotion) -> Run:
    """Promote what must not stay; see that the old release is back, its bytes and its unchanged containers too."""
    live, files, ids = promotion.host.live(), promotion.host.live_files(), promotion.host.identities()
    run = promotion.promote().refused()
    assert_old_release_serves(promotion, live, files)
    after = promotion.host.identities()
    assert [service for service in ids if ids[service] != after[service]] in ([], ["quote-page"])
    return run


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("smoke-broken", ("smoke: quote-page check 'shows the form'", "found", "wanted", "<form")),
        ("unhealthy", ("health: quote-page", "503", "wanted", "200", "last lines of the log of quote-page")),
        ("crash-loop", ("quote-page", "found", "wanted", "the font license server refused this host")),
    ],
)
def test_a_broken_release_is_taken_back_and_says_why(
    promotion: Promotion, variant: str, words: tuple[str, ...]
) -> None:
    promotion.write(variant, IMPATIENT)
    run = promote_and_fail(promotion)
    assert run.outcomes == {"prod-1": "rolled_back"}
    run.says(*words)
    report = run.receipt["hosts"][0]["reports"][-1]
    assert report["live"] == report["from"] == promotion.host.live()
    assert report["failure"]["module"] == "quote-page"


def test_a_stale_build_does_not_go_live_although_it_is_healthy(promotion: Promotion, catalog: Catalog) -> None:
    before = promotion.host.identities()
    promotion.write(SECOND, edit(catalog.image(SECOND, "quote-page"), catalog.stale))
    run = promote_and_fail(promotion)
    run.says("quote-page", OTHER_REVISION, "revision")
    assert run.outcomes["prod-1"] in ("failed", "refused")
    assert promotion.host.identities() == before


def test_a_release_that_failed_is_no_way_back(promotion: Promotion) -> None:
    promotion.write("smoke-broken", IMPATIENT)
    failed = promote_and_fail(promotion).receipt["hosts"][0]["reports"][-1]["release"]
    run = promotion.rollback("-e", f"promotion_release={failed}")
    run.refused(failed, "it was never promoted here with success")


def test_the_good_release_can_go_live_after_all_that(promotion: Promotion) -> None:
    promotion.write(FIRST)
    assert promotion.promote().ended_well().outcomes == {"prod-1": "promoted"}
    assert promotion.heading() == f"{SHOP}: ask for a quote"


def test_a_host_that_had_nothing_has_nothing_after_a_failure(new_promotion: Promote) -> None:
    promotion = new_promotion("prod-1")
    promotion.write("smoke-broken", IMPATIENT)
    run = promotion.promote().refused("shows the form")
    assert run.outcomes == {"prod-1": "rolled_back"}
    assert promotion.host.containers() == {}
    assert not promotion.host.exists("current")
