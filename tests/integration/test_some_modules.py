# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A promotion of some modules: the others are inherited from what is live, with their containers and their values."""

from __future__ import annotations

from typing import Sequence

import pytest

from integration.catalog import FIRST, SECOND
from integration.promotions import Promote, Promotion
from integration.stacks import SHOP, values

NEW_TOKEN = "another-token-of-the-tests-9876543210"
SERVICES = {"artwork": "files-api", "order-intake": "order-intake", "quote-page": "quote-page"}


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    return new_promotion("prod-1", "prod-2")


def named(*modules: str) -> Sequence[str]:
    return ("-e", f"promotion_modules={','.join(modules)}")


def recreated(before: dict[str, dict[str, object]], promotion: Promotion) -> dict[str, list[str]]:
    after = identities(promotion)
    return {host: [one for one in services if services[one] != after[host][one]] for host, services in before.items()}


def identities(promotion: Promotion) -> dict[str, dict[str, object]]:
    return {name: dict(host.identities()) for name, host in promotion.hosts.items()}


def test_nothing_is_inherited_from_a_bare_host(promotion: Promotion) -> None:
    promotion.write(FIRST)
    run = promotion.promote(*named("quote-page"))
    run.refused("nothing is live", "promote the whole manifest first")
    assert set(run.outcomes.values()) == {"refused"}
    assert not any(host.exists() for host in promotion.hosts.values())
    promotion.promote(*named("quote-page", "artwrok")).refused('found "artwrok"', 'did you mean "artwork"?')


def test_one_module_goes_live_and_a_rollback_takes_the_whole_release_back(promotion: Promotion) -> None:
    promotion.write(FIRST)
    promotion.promote().ended_well()
    ids = identities(promotion)
    files = {name: host.live_files() for name, host in promotion.hosts.items()}

    promotion.write(SECOND)
    promotion.values = values(ARTWORK_INTAKE_TOKEN=NEW_TOKEN, QUOTE_PAGE_SHOP_NAME="The Other Shop")
    dry = promotion.promote("--check", "--diff", *named("quote-page")).ended_well()
    dry.says("The Other Shop", "inherited from manifest")
    assert NEW_TOKEN not in dry.output
    assert identities(promotion) == ids

    run = promotion.promote(*named("quote-page")).ended_well()
    assert set(run.outcomes.values()) == {"promoted"}
    assert recreated(ids, promotion) == {"prod-1": ["quote-page"], "prod-2": ["quote-page"]}
    assert promotion.heading("prod-1") == "The Other Shop: your quote in one minute"
    assert run.receipt["requestedModules"] == ["quote-page"]
    assert run.receipt["inherited"]["modules"] == ["artwork", "order-intake"]
    assert all(NEW_TOKEN not in host.read("current/.env") for host in promotion.hosts.values())
    kept = (promotion.receipts / "sessions" / f"R{run.receipt['runKey']}" / "manifest.yml").read_text()
    assert {host.read("current/manifest.yml") for host in promotion.hosts.values()} == {kept}
    again = promotion.promote(*named("quote-page")).ended_well()
    assert (again.changed, set(again.outcomes.values())) == (0, {"no_change"})

    revisions = {one["name"]: one["revision"] for one in run.receipt["modules"]}
    assert revisions["quote-page"] != revisions["artwork"]
    promotion.status().ended_well().says(*(f"{name} {revision[:12]}" for name, revision in shown(revisions)))

    assert set(promotion.rollback().ended_well().outcomes.values()) == {"restored"}
    assert {name: host.live_files() for name, host in promotion.hosts.items()} == files
    assert promotion.heading("prod-2") == f"{SHOP}: ask for a quote"


def shown(revisions: dict[str, str]) -> Sequence[tuple[str, str]]:
    """Each module with the blanks that its column has in the table."""
    width = max(map(len, revisions))
    return [(name.ljust(width), f" {revision}") for name, revision in revisions.items()]


def test_a_value_that_an_inherited_module_shares_has_to_be_the_live_one(promotion: Promotion) -> None:
    promotion.write(SECOND)
    promotion.values = values(ARTWORK_INTAKE_TOKEN=NEW_TOKEN)
    before = {name: host.snapshot().containers for name, host in promotion.hosts.items()}
    run = promotion.promote(*named("artwork"))
    run.refused("ARTWORK_INTAKE_TOKEN: the value has changed", "Promote order-intake as well")
    assert NEW_TOKEN not in run.output
    assert {name: host.snapshot().containers for name, host in promotion.hosts.items()} == before
    assert not any(host.locked() for host in promotion.hosts.values())


def test_hosts_that_differ_are_refused_with_the_difference(promotion: Promotion) -> None:
    promotion.values = values()
    promotion.write(SECOND)
    promotion.promote("--limit", "prod-2").ended_well()
    run = promotion.promote(*named("quote-page"))
    run.refused("prod-1: inheritance FAILED", "prod-2: inheritance FAILED", "quote-page (revision")
    assert set(run.outcomes.values()) == {"refused"}
    assert not any(host.locked() for host in promotion.hosts.values())
