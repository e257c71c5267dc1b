# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of a stack: first revision, second revision, back."""

from __future__ import annotations

import pytest

from integration.catalog import FIRST, SECOND
from integration.promotions import Promote, Promotion
from integration.stacks import SHOP

FIRST_HEADING = f"{SHOP}: ask for a quote"
SECOND_HEADING = f"{SHOP}: your quote in one minute"

pytestmark = pytest.mark.xdist_group("staging")


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    """A stack whose first revision is live on a host that had nothing of it."""
    promotion = new_promotion("staging-1")
    promotion.write(FIRST)
    run = promotion.promote().ended_well()
    assert run.outcomes == {"staging-1": "promoted"}
    return promotion


def test_a_bare_host_serves_after_a_promotion(promotion: Promotion) -> None:
    assert promotion.heading() == FIRST_HEADING
