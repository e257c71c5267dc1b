# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lost control nodes and lost workers: the host finishes or the next run recovers, and says so."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from integration.catalog import FIRST, SECOND
from integration.hosts import wait_until
from integration.playbooks import kill_group
from integration.promotions import Edit, Promote, Promotion
from integration.stacks import SHOP, edit

FIRST_HEADING = f"{SHOP}: ask for a quote"
SECOND_HEADING = f"{SHOP}: your quote in one minute"
OWN_CONNECTIONS = {"ANSIBLE_SSH_ARGS": "-o ControlMaster=no -o ControlPath=none"}


def activation(setting: str) -> Edit:
    """An edit that sets one of quote-page's activation settings."""
    return edit("      context: quote-page\n", f"      context: quote-page\n    activation:\n      {setting}\n")


WATCHED = activation("observe_seconds: 20")  # long enough to be met in the last step, after the switch
AWAITED = activation("health_timeout_seconds: 60")  # long enough to be met while its health is asked


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    return new_promotion("prod-1")


def first_live(promotion: Promotion) -> None:
    promotion.write(FIRST)
    promotion.promote().ended_well()


def start(promotion: Promotion) -> subprocess.Popen[str]:
    """Begin to promote what was written, on connections that end with the process."""
    argv = promotion.argv("playbooks/promote.yml", "-e", f"promotion_environment={promotion.environment}")
    return replace(promotion.playbooks, environment=OWN_CONNECTIONS).start(argv)


def wait_for_step(promotion: Promotion, step: str) -> None:
    """Return when the worker on the host is in this step."""

    def reached() -> bool:
        last = promotion.host.journal()[-1]
        return (last["event"], last.get("step"), last.get("state")) == ("step", step, "started")

    wait_until(reached, f"step {step}", seconds=90)


def test_the_worker_goes_on_without_its_control_node(promotion: Promotion) -> None:
    first_live(promotion)
    promotion.write(SECOND, WATCHED)
    process = start(promotion)
    wait_for_step(promotion, "observe")
    kill_group(process)
    process.communicate()
    assert promotion.host.worker() is not None
    wait_until(lambda: promotion.host.worker() is None, "the end of the worker")
    assert promotion.host.journal()[-1]["event"] in ("freed", "pruned")
    assert promotion.heading() == SECOND_HEADING
    assert promotion.promote().ended_well().outcomes == {"prod-1": "no_change"}


def test_what_is_unfinished_before_it_is_proven_is_undone_by_the_next_run(promotion: Promotion) -> None:
    first_live(promotion)
    live, files = promotion.host.live(), promotion.host.live_files()
    promotion.write("unhealthy", AWAITED)
    lose_both(promotion, "health")

    promotion.status().says("unfinished: promote by", "in step health", "the next run ends it first")
    assert promotion.host.live() == live

    promotion.write(FIRST)
    promotion.unlock(promotion.host.lock()["run"]).ended_well()
    promotion.promote().ended_well().says("unfinished work of", "was ended first: rolled_back")
    assert promotion.heading() == FIRST_HEADING
    assert promotion.host.live_files() == files
    assert "unfinished" not in promotion.status().ended_well().output


def test_what_is_unfinished_after_it_is_proven_is_finished_by_the_next_run(promotion: Promotion) -> None:
    first_live(promotion)
    promotion.write(SECOND, WATCHED)
    lose_both(promotion, "observe")
    promotion.unlock(promotion.host.lock()["run"]).ended_well()
    promotion.promote().ended_well().says("unfinished work of", "was ended first: promoted")
    assert promotion.heading() == SECOND_HEADING


def lose_both(promotion: Promotion, step: str) -> None:
    """Lose the control node, and the worker on the host in this step."""
    process = start(promotion)
    wait_for_step(promotion, step)
    kill_group(process)
    process.communicate()
    promotion.host.kill_worker()
    wait_until(lambda: promotion.host.worker() is None, "the end of the worker")


def test_a_worker_that_dies_alone_is_undone_by_its_own_run(promotion: Promotion) -> None:
    first_live(promotion)
    live = promotion.host.live()
    promotion.write("unhealthy", AWAITED)
    process = start(promotion)
    wait_for_step(promotion, "health")
    promotion.host.kill_worker()
    output, _errors = process.communicate(timeout=120)
    assert process.returncode == 2, output
    assert "the worker on this host died before it journalled an outcome" in output
    assert promotion.host.live() == live
    assert promotion.heading() == FIRST_HEADING
    assert not promotion.host.locked()
