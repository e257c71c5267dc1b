# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The example's migration in the bed's Postgres: a column that comes with a release, once, and goes with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bed.bed import Bed
from bed.engine import docker
from bed.fleet import container_name
from bed.postgres import PSQL
from integration.catalog import FIRST, SECOND
from integration.hosts import wait_until
from integration.playbooks import kill_group
from integration.promotions import Edit, Promote, Promotion
from integration.stacks import SHOP, edit
from people import make_keys

FIRST_HEADING = f"{SHOP}: ask for a quote"
SECOND_HEADING = f"{SHOP}: your quote in one minute"
COLUMN = (
    "select count(*) from information_schema.columns where table_name = 'artwork_seeds' and column_name = 'metadata'"
)
TOOL = "node, dist/migrate.js"


def migrating(forward: str = f"[{TOOL}, up]", kind: str = "reversible", reverse: str = f"[{TOOL}, down]") -> Edit:
    """An edit that adds the example's migration, with other commands or of another kind if they are given."""
    entry = f"""
migrations:
  - id: 0001-seed-metadata
    module: artwork
    kind: {kind}
    forward: {forward}
    reverse: {reverse}
    applied: [{TOOL}, applied]

policy:
"""
    return edit("\npolicy:\n", entry)


def approved_by(principal: str) -> Edit:
    """An edit that names whom to ask where nothing takes a migration back."""
    return edit("  prod:\n", f"  prod:\n    approvals: {{threshold: 0, principals: [{principal}]}}\n")


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    return new_promotion("prod-1")


def has_column(bed: Bed) -> bool:
    """Whether the database that artwork uses has the column."""
    database = str(bed.facts()["postgres"]["databases"]["prod"]["database"])
    return (
        docker("exec", container_name(bed.name, "postgres"), *PSQL, "-d", database, "-c", COLUMN).stdout.strip() == "1"
    )


def test_a_column_comes_once_with_its_release_and_goes_with_it(promotion: Promotion, bed: Bed) -> None:
    promotion.write(FIRST)
    promotion.promote().ended_well()
    promotion.write(SECOND, migrating())
    promotion.promote("--check").ended_well().says("migration 0001-seed-metadata", "dist/migrate.js up")
    assert not has_column(bed)
    assert promotion.promote().ended_well().outcomes == {"prod-1": "promoted"}
    assert has_column(bed)
    assert promotion.promote().ended_well().outcomes == {"prod-1": "no_change"}
    assert promotion.rollback().ended_well().outcomes == {"prod-1": "restored"}
    assert (has_column(bed), promotion.heading()) == (False, FIRST_HEADING)


def test_a_migration_that_fails_leaves_the_old_release_serving(promotion: Promotion, bed: Bed) -> None:
    before = promotion.host.identities()
    promotion.write(SECOND, migrating(f"[{TOOL}, sideways]"))
    run = promotion.promote().refused("0001-seed-metadata", "exit code 2", "wanted up, down, applied")
    assert run.outcomes == {"prod-1": "rolled_back"}
    assert (has_column(bed), promotion.host.identities()) == (False, before)


def test_a_migration_whose_worker_and_control_node_are_lost_is_taken_back_and_runs_again(
    promotion: Promotion, bed: Bed
) -> None:
    promotion.write(SECOND, migrating(f'[sh, -c, "sleep 5; exec {TOOL.replace(",", "")} up"]'))
    process = replace(
        promotion.playbooks, environment={"ANSIBLE_SSH_ARGS": "-o ControlMaster=no -o ControlPath=none"}
    ).start(promotion.argv("playbooks/promote.yml", "-e", f"promotion_environment={promotion.environment}"))
    wait_until(lambda: promotion.host.journal()[-1]["event"] == "migration", "a command of the migration", seconds=120)
    kill_group(process)
    process.communicate()
    promotion.host.kill_worker()
    wait_until(lambda: promotion.host.worker() is None, "the end of the worker")
    assert promotion.heading() == FIRST_HEADING

    promotion.unlock(promotion.host.lock()["run"]).ended_well()
    promotion.promote().ended_well().says("was ended first: rolled_back")
    words = [(one["command"], one["state"]) for one in promotion.host.journal() if one["event"] == "migration"]
    assert words[-2:] == [("forward", "started"), ("forward", "done")]
    assert (has_column(bed), promotion.heading()) == (True, SECOND_HEADING)
    promotion.rollback().ended_well()
    assert not has_column(bed)


def test_an_irreversible_migration_waits_for_a_person_who_knows_and_leaves_no_way_back(
    promotion: Promotion, bed: Bed, tmp_path: Path
) -> None:
    people = make_keys(tmp_path)
    (Path(promotion.gate_key["promotion_keys"]) / "allowed_signers").write_text(people.line("ed25519"))
    final = migrating(kind="irreversible", reverse="[]")
    promotion.write(SECOND, final)
    promotion.promote().refused("nobody who could approve of the irreversible migration 0001-seed-metadata")
    promotion.write(SECOND, final, approved_by("ada@example.com"))
    promotion.promote().refused("approvals FAILED: found approved by nobody", "who know that nothing takes")
    assert not has_column(bed)
    asked = promotion.play("playbooks/approve.yml", "-e", f"promotion_approver_key={people.path('ed25519')}")
    asked.ended_well().says("NO WAY BACK: nothing takes the migration 0001-seed-metadata back")
    try:
        assert promotion.promote().ended_well().outcomes == {"prod-1": "promoted"}
        promotion.rollback().refused("it lacks the migration 0001-seed-metadata, and nothing takes it back")
        assert (has_column(bed), promotion.heading()) == (True, SECOND_HEADING)
        promotion.status().ended_well().says("no: it was voided: it lacks the migration 0001-seed-metadata")
    finally:  # other stacks use this database, and know nothing of the migration
        if has_column(bed):
            artwork = promotion.host.containers()["files-api"]["Id"]
            promotion.host.docker("exec", artwork, "node", "dist/migrate.js", "down")
