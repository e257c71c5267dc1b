# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dry run: every gate, no change, and a true word about what would happen."""

from __future__ import annotations

import pytest

from integration.catalog import FIRST, SECOND
from integration.promotions import Promote, Promotion
from integration.stacks import TOKEN, values

NEW_TOKEN = "planted-token-of-the-dry-run"


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    return new_promotion("staging-1")


def test_a_bare_host_stays_bare(promotion: Promotion) -> None:
    promotion.write(FIRST)
    run = promotion.promote("--check", "--diff").ended_well()
    run.says("staging-1: stage: staged", "+  files-api:", "+QUOTE_PAGE_SHOP_NAME")
    assert TOKEN not in run.output
    assert not promotion.host.exists()
    assert promotion.host.containers() == {}
    assert promotion.receipt_files() == []


def test_it_says_what_the_real_run_then_does(promotion: Promotion) -> None:
    promotion.write(FIRST)
    promotion.promote().ended_well()
    promotion.write(SECOND)
    promotion.values = values(ARTWORK_INTAKE_TOKEN=NEW_TOKEN, QUOTE_PAGE_SHOP_NAME="The Other Shop")
    before, receipts, ids = promotion.host.snapshot(), promotion.receipt_files(), promotion.host.identities()

    dry = promotion.promote("--check", "--diff").ended_well()
    assert promotion.host.snapshot() == before
    assert promotion.receipt_files() == receipts
    assert dry.changed > 0
    dry.says("mint/quote-page@sha256:", "The Other Shop", "ARTWORK_INTAKE_TOKEN")
    assert NEW_TOKEN not in dry.output
    assert TOKEN not in dry.output

    real = promotion.promote("--diff").ended_well()
    assert real.outcomes == {"staging-1": "promoted"}
    assert [line for line in changes(dry.output) if line not in changes(real.output)] == []
    assert promotion.heading() == "The Other Shop: your quote in one minute"
    assert set(ids.items()).isdisjoint(promotion.host.identities().items())


def changes(output: str) -> list[str]:
    """The lines that --diff shows as added or removed."""
    return [line for line in output.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def test_of_what_is_live_already_it_says_no_change(promotion: Promotion) -> None:
    promotion.promote().ended_well()
    assert promotion.promote("--check", "--diff").ended_well().changed == 0


def test_a_gate_that_says_no_ends_it_as_a_failure(promotion: Promotion) -> None:
    before, receipts = promotion.host.snapshot(), promotion.receipt_files()
    promotion.rollback("--check", "-e", "promotion_release=r0123456789abcdef").refused("it was never staged")
    assert promotion.host.snapshot() == before
    assert promotion.receipt_files() == receipts
