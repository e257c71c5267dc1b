# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two hosts with users as real hosts have them: what fails on one is taken back on the other."""

from __future__ import annotations

import json
import sys
from typing import Iterator

import pytest

from bed.bed import Bed
from integration.catalog import FIRST, SECOND, Catalog
from integration.interrupted import with_mishap
from integration.playbooks import Run
from integration.promotions import Promote, Promotion
from integration.stacks import SHOP, edit

FIRST_HEADING = f"{SHOP}: ask for a quote"
SECOND_HEADING = f"{SHOP}: your quote in one minute"
HOSTS = ("prod-1", "prod-2")


@pytest.fixture(scope="module")
def fleet(new_promotion: Promote) -> Promotion:
    return new_promotion(*HOSTS)


@pytest.fixture
def promotion(fleet: Promotion) -> Promotion:
    """The first revision is live on both hosts."""
    fleet.write(FIRST)
    fleet.promote().ended_well()
    return fleet


def headings(promotion: Promotion) -> list[str]:
    return [promotion.heading(host) for host in HOSTS]


def promote_with_mishap(promotion: Promotion, on: str, *argv: str) -> Run:
    """Promote; when all hosts are staged and none is activated, this command is run."""
    playbook = str(with_mishap(promotion.manifest.parent, list(argv), on))
    return promotion.play(playbook, "-e", f"promotion_environment={promotion.environment}")


def test_a_user_with_sudo_and_a_user_of_the_docker_group_both_promote_and_roll_back(promotion: Promotion) -> None:
    promotion.write(SECOND)
    assert promotion.promote().ended_well().outcomes == dict.fromkeys(HOSTS, "promoted")
    assert headings(promotion) == [SECOND_HEADING] * 2
    assert promotion.rollback().ended_well().outcomes == dict.fromkeys(HOSTS, "restored")
    assert headings(promotion) == [FIRST_HEADING] * 2
    owners = [
        host.run("stat", "--format", "%U", f"{host.folder}/current/.env").strip() for host in promotion.hosts.values()
    ]
    assert owners == ["root", "deploy"]


def test_a_host_that_fails_before_its_task_begins_stops_the_batches_after_it(promotion: Promotion) -> None:
    promotion.write(SECOND)
    reached = f"ansible_role_name | default('') == 'mint.promotion.activate' and inventory_hostname == '{HOSTS[0]}'"
    broken = "{{ lookup('file', '/nowhere') if " + reached + " else 10 }}"
    run = promotion.promote("-e", json.dumps({"ansible_ssh_timeout": broken})).refused("not_started")
    assert run.outcomes == dict.fromkeys(HOSTS, "not_started")
    assert headings(promotion) == [FIRST_HEADING] * 2


def test_a_failure_on_the_second_host_takes_the_first_one_back(promotion: Promotion, catalog: Catalog) -> None:
    live = {name: host.live() for name, host in promotion.hosts.items()}
    files = {name: host.live_files() for name, host in promotion.hosts.items()}
    port = promotion.stack.first_port + 1500
    promotion.write(SECOND, edit(f"published: {promotion.stack.ports['quote-page']}", f"published: {port}"))
    image = catalog.image(FIRST, "artwork")
    blocker = f"blocker-{promotion.stack.name}"
    wait_forever = ("--entrypoint", "node", image, "-e", "setInterval(() => {}, 1000)")
    try:
        run = promote_with_mishap(
            promotion, "prod-2", "docker", "run", "--detach", "--name", blocker, "--publish", f"{port}:9", *wait_forever
        )
    finally:
        promotion.hosts["prod-2"].run("docker", "rm", "--force", blocker, check=False)
    run.refused("prod-2", "already allocated")
    assert run.outcomes == {"prod-1": "taken_back", "prod-2": "rolled_back"}
    assert headings(promotion) == [FIRST_HEADING] * 2
    for name, host in promotion.hosts.items():
        assert (host.live(), host.live_files(), host.locked()) == (live[name], files[name], False)


def test_a_release_that_was_taken_back_is_no_way_back(promotion: Promotion) -> None:
    voided = [one for one in promotion.hosts["prod-1"].journal() if one["event"] == "voided"]
    assert voided, "the test before this one has taken a release back"
    run = promotion.rollback("--limit", "prod-1", "-e", f"promotion_release={voided[-1]['release']}")
    run.refused("voided")


def test_a_host_that_does_not_answer_refuses_the_run(bed: Bed, promotion: Promotion) -> None:
    before = promotion.hosts["prod-1"].snapshot()
    promotion.write(SECOND)
    bed.pause("prod-2")
    try:
        run = promotion.promote()
    finally:
        bed.unpause("prod-2")
    run.refused("prod-2", "did not answer")
    assert run.outcomes == dict.fromkeys(HOSTS, "refused")
    assert promotion.hosts["prod-1"].snapshot() == before


@pytest.fixture
def started(bed: Bed) -> Iterator[None]:
    """Whatever happens to prod-2 in a test, it runs afterwards."""
    yield
    if bed.units()["prod-2"].state != "running":
        bed.start("prod-2")


def test_a_host_that_is_lost_before_its_turn_takes_the_others_back(
    bed: Bed, promotion: Promotion, started: None
) -> None:
    promotion.write(SECOND)
    kill = "from bed.bed import Bed; import sys; Bed(sys.argv[1]).kill('prod-2')"
    paths = ("env", f"PYTHONPATH={':'.join(sys.path)}", sys.executable, "-c", kill, bed.name)
    run = promote_with_mishap(promotion, "localhost", *paths)
    run.refused("prod-2: activate: unreachable")
    assert run.outcomes == {"prod-1": "taken_back", "prod-2": "unreachable"}
    assert promotion.heading("prod-1") == FIRST_HEADING
    assert not promotion.hosts["prod-1"].locked()

    bed.start("prod-2")
    lost = promotion.hosts["prod-2"]
    holder = lost.lock()["run"]
    promotion.promote().refused(f"held by {holder}", f"mint.promotion.unlock -e promotion_lock={holder}")
    promotion.play("playbooks/unlock.yml", "--limit", "prod-2", "-e", f"promotion_lock={holder}").ended_well()
    assert promotion.promote().ended_well().outcomes == dict.fromkeys(HOSTS, "promoted")
    assert headings(promotion) == [SECOND_HEADING] * 2


def test_a_rollback_touches_one_environment_only(bed: Bed, promotion: Promotion) -> None:
    before = {name: host.snapshot() for name, host in promotion.hosts.items()}
    run = promotion.rollback("--limit", "prod-1,prod-2,staging-1").refused("hosts of staging, prod", "--limit prod")
    assert run.receipt["outcome"] == "refused"
    assert {name: host.snapshot() for name, host in promotion.hosts.items()} == before
