# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs is what the live release's profiles choose: Compose alone leaves the rest running."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.mint.promotion.plugins.module_utils._release.model import HostReport

from .test_own_compose import COMPOSE, OwnShop, pinned, shop  # noqa: F401  # pylint: disable=unused-import

WITHOUT = ["proxy", "setup", "web"]


def promoted(shop: OwnShop, *profiles: str) -> HostReport:  # noqa: F811
    stays = "    profiles: [ops]\n    command: [sleep, '600']\n    stop_grace_period: 0s\n"
    shop.files["deploy/compose.yaml"] = COMPOSE.replace("    profiles: [ops]\n", stays)
    manifest = shop.manifest()
    assert manifest.compose is not None
    return shop.activated(shop.stage(manifest=replace(manifest, compose=replace(manifest.compose, profiles=profiles))))


def test_a_broken_release_leaves_nothing_running_that_only_it_had(shop: OwnShop) -> None:  # noqa: F811
    assert promoted(shop).outcome == "promoted"
    shop.health = "exit 1"
    assert promoted(shop, "ops").outcome == "rolled_back"
    assert sorted(shop.ids()) == WITHOUT


def test_a_release_that_gives_a_profile_up_ends_its_services_and_the_way_back_brings_them(
    shop: OwnShop,  # noqa: F811
) -> None:
    assert promoted(shop, "ops").outcome == "promoted"
    assert sorted(shop.ids()) == ["never", *WITHOUT]
    assert promoted(shop).outcome == "promoted"
    assert sorted(shop.ids()) == WITHOUT
    report = shop.rollback()
    assert report.outcome == "restored", report.failure
    assert sorted(shop.ids()) == ["never", *WITHOUT]
