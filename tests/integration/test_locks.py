# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock of a stack: who holds it, how a dead one is broken, when it gives way by itself."""

from __future__ import annotations

import time
from typing import Iterator

import pytest

from integration.catalog import FIRST, SECOND
from integration.interrupted import until_staged
from integration.promotions import Promote, Promotion

NOBODY = "CAP-20200101-000000__promotion.promote__R0000000000"


@pytest.fixture(scope="module")
def stack(new_promotion: Promote) -> Promotion:
    promotion = new_promotion("prod-1")
    promotion.write(FIRST)
    promotion.promote().ended_well()
    return promotion


@pytest.fixture
def promotion(stack: Promotion) -> Iterator[Promotion]:
    """The first revision is live, and no run holds the lock."""
    yield stack
    stack.variables = {}
    stack.host.run("rm", "-f", f"{stack.host.folder}/lock")


def hold(promotion: Promotion) -> str:
    """Stage the second revision and lose the control node; the run key of the lock that stays."""
    promotion.write(SECOND)
    playbook = str(until_staged(promotion.manifest.parent))
    run = promotion.play(
        playbook, "-e", f"promotion_environment={promotion.environment}", "-e", "promotion_action=promote"
    )
    run.ended_well()
    assert promotion.host.locked()
    return str(promotion.host.lock()["run"])


def test_a_second_run_is_refused_and_told_who_holds_the_lock(promotion: Promotion) -> None:
    holder = hold(promotion)
    before = promotion.host.snapshot()
    run = promotion.promote().refused(f"held by {holder}", f"mint.promotion.unlock -e promotion_lock={holder}")
    assert run.outcomes == {"prod-1": "refused"}
    promotion.status().ended_well().says(f"locked by {holder}", f"mint.promotion.unlock -e promotion_lock={holder}")
    assert promotion.host.snapshot() == before


def test_a_lock_is_broken_by_the_name_of_its_holder_only(promotion: Promotion) -> None:
    holder = hold(promotion)
    promotion.unlock(NOBODY).refused(f"not held by {NOBODY}, but by {holder}")
    assert promotion.host.locked()
    promotion.unlock(holder).ended_well().says("broken")
    assert not promotion.host.locked()
    promotion.unlock(holder).refused(f"No host has a lock of {holder}", "not there: nobody holds one")
    assert promotion.promote().ended_well().outcomes == {"prod-1": "promoted"}
    promotion.rollback().ended_well()


def test_a_lease_that_ran_out_is_taken_over_and_said(promotion: Promotion) -> None:
    promotion.variables = {"promotion_lock_lease": 1}
    holder = hold(promotion)
    promotion.variables = {}
    time.sleep(1.5)
    run = promotion.promote().ended_well().says(holder)
    assert run.outcomes == {"prod-1": "promoted"}
    taken = [one for one in promotion.host.journal() if one["event"] == "taken_over"]
    assert taken[-1]["from_run"] == holder
    promotion.rollback().ended_well()
