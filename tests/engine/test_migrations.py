# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Migrations on a real engine: applied once, taken back, and found out about after their worker was killed.

The database is a file of a volume that outlives every release; every command adds a line to it.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import replace
from typing import Any, Callable

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Migration
from ansible_collections.mint.promotion.plugins.module_utils._release.detached import (
    activate_or_explain,
    restore_or_explain,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.model import HostReport
from ansible_collections.mint.promotion.plugins.module_utils._release.observe import observe
from ansible_collections.mint.promotion.plugins.module_utils._release.worker import sitting

from .conftest import docker
from .test_release import SECRET, STAY, Shop, other, pinned, shop

__all__ = ["pinned", "shop"]

IS_UP = 'last=; while read -r line; do last=$line; done </data/database; [ "$last" = up ]'
QUERY = ("sh", "-c", IS_UP)
UP = ("sh", "-c", f"if {IS_UP}; then exit 9; fi; echo up >>/data/database")
SLOW = ("sh", "-c", "sleep 3; echo up >>/data/database")
DOWN = ("sh", "-c", "echo down >>/data/database")


def with_database(shop: Shop) -> HostReport:
    """Promote a first release, and make the database in its volume: databases are there before their migrations."""
    report = shop.promote(shop.manifest())
    docker("run", "--rm", "-v", f"{shop.project}-data:/data", shop.image, "sh", "-c", ": >/data/database")
    return report


def migrating(shop: Shop, manifest: Manifest | None = None, **fields: Any) -> Manifest:
    """A manifest with one migration; it recreates the container."""
    migration = Migration("0001", "web", fields.pop("kind", "reversible"), fields.pop("forward", UP), DOWN)
    return replace(manifest or other(shop), migrations=(replace(migration, **fields),))


def database(shop: Shop) -> list[str]:
    """What the commands did to the database, in their order."""
    return docker("run", "--rm", "-v", f"{shop.project}-data:/data", shop.image, "cat", "/data/database").split()


def leftovers(shop: Shop) -> str:
    return docker("ps", "--all", "--quiet", "--filter", f"name={shop.project}-migration")


def killed_when(shop: Shop, reached: Callable[[], bool], manifest: Manifest) -> HostReport:
    """Activate, and kill the worker when something is so."""
    assert shop.stage(manifest).report.outcome == "staged"
    reports: list[HostReport] = []
    waiting = threading.Thread(target=lambda: reports.append(shop.activate()))
    waiting.start()
    while not reached():
        time.sleep(0.01)
    worker = sitting(shop.host.layout.worker_lock)
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    waiting.join()
    return reports[0]


def is_migrating(shop: Shop) -> bool:
    """Whether a command of a migration is under way in its container."""
    last = shop.host.journal.entries()[-1]
    if (last.event, last.fields.get("state")) != ("migration", "started"):
        return False
    container = Engine().container(f"{shop.project}-migration-{last.seq}")
    return container is not None and container.state == "running"


@pytest.mark.parametrize("applied", [(), QUERY], ids=["journal", "query"])
def test_a_migration_is_applied_once_and_a_rollback_takes_it_away(shop: Shop, applied: tuple[str, ...]) -> None:
    first = with_database(shop)
    second = shop.promote(migrating(shop, applied=applied))
    assert second.outcome == "promoted", second
    assert shop.promote(migrating(shop, applied=applied)).outcome == "no_change"
    third = shop.promote(migrating(shop, shop.manifest(("sh", "-c", "sleep 598")), applied=applied))
    assert (third.outcome, database(shop)) == ("promoted", ["up"])

    shop.promote(None)
    assert database(shop) == ["up"]
    assert (shop.promote(None).live, database(shop)) == (first.release, ["up", "down"])
    assert (shop.stage(None, restore=second.release).report.outcome, shop.activate().outcome) == ("staged", "restored")
    assert (database(shop), leftovers(shop)) == (["up", "down", "up"], "")


@pytest.mark.parametrize(("kind", "after"), [("reversible", ["up", "down"]), ("expand_contract", ["up"])])
def test_a_release_that_fails_takes_its_migration_back_unless_the_old_one_can_live_with_it(
    shop: Shop, kind: str, after: list[str]
) -> None:
    first = with_database(shop)
    failed = shop.promote(migrating(shop, shop.manifest(smoke="exit 1"), kind=kind))
    assert (failed.outcome, failed.live, database(shop)) == ("rolled_back", first.release, after)
    assert shop.promote(migrating(shop, kind=kind)).outcome == "promoted"
    assert database(shop) == (["up", "down", "up"] if kind == "reversible" else ["up"])


def test_a_migration_that_fails_leaves_the_old_release_serving_and_says_why(shop: Shop) -> None:
    first, before = with_database(shop), shop.containers()
    report = shop.promote(migrating(shop, forward=("sh", "-c", "echo no column for $TOKEN; exit 3")))
    assert (report.outcome, report.live, shop.containers()) == ("rolled_back", first.release, before)
    assert report.failure is not None
    assert (report.failure.module, report.failure.found) == ("web", "exit code 3")
    assert report.failure.log[0].startswith("no column for") and SECRET not in json.dumps(report.failure.log)
    assert (database(shop), leftovers(shop)) == ([], "")


def test_a_first_release_whose_migration_cannot_start_leaves_nothing(shop: Shop) -> None:
    report = shop.promote(migrating(shop, forward=("no-such-program",)))
    assert (report.outcome, report.live) == ("rolled_back", None)
    assert report.failure is not None and "no-such-program" in report.failure.log[0]
    assert docker("network", "ls", "--quiet", "--filter", f"label=com.docker.compose.project={shop.project}") == ""
    assert leftovers(shop) == ""


def test_a_migration_that_takes_too_long_is_ended_and_asked_for(shop: Shop) -> None:
    with_database(shop)
    report = shop.promote(migrating(shop, forward=STAY, applied=QUERY, timeout_seconds=1))
    assert report.outcome == "rolled_back"
    assert report.failure is not None and "time limit" in report.failure.found
    assert (database(shop), leftovers(shop)) == ([], "")


@pytest.mark.parametrize("ended", [False, True], ids=["running", "ended"])
def test_what_a_killed_worker_has_migrated_is_known_from_its_container_and_taken_back(shop: Shop, ended: bool) -> None:
    with_database(shop)
    slow = migrating(shop, forward=SLOW)
    assert killed_when(shop, lambda: is_migrating(shop), slow).outcome == "interrupted"
    if ended:
        docker("wait", *leftovers(shop).split())
    staged = shop.stage(slow).report
    assert staged.notes[-1].endswith("was ended first: rolled_back")
    assert (database(shop), leftovers(shop)) == (["up", "down"], "")
    assert (shop.activate().outcome, database(shop)) == ("promoted", ["up", "down", "up"])


def test_a_killed_migration_that_nobody_can_tell_of_stops_in_words_until_the_manifest_says_how(shop: Shop) -> None:
    first, before = with_database(shop), shop.containers()
    slow = migrating(shop, forward=SLOW)
    killed_when(shop, lambda: is_migrating(shop), slow)
    docker("rm", "--force", *leftovers(shop).split())
    refused = shop.stage(slow).report
    assert (refused.outcome, refused.live, shop.containers()) == ("refused", first.release, before)
    assert refused.failure is not None and "0001" in refused.failure.message

    again = shop.promote(slow)
    assert (again.outcome, shop.containers()) == ("failed", before)
    assert again.failure is not None and "idempotent: true" in again.failure.remedy
    assert observe(shop.host)["unfinished"] is None
    assert shop.promote(migrating(shop, applied=QUERY)).outcome == "promoted"
    assert database(shop) == ["up"]


def test_a_killed_migration_runs_again_when_it_may(shop: Shop) -> None:
    with_database(shop)
    slow = migrating(shop, forward=SLOW, idempotent=True, kind="expand_contract")
    killed_when(shop, lambda: is_migrating(shop), slow)
    docker("rm", "--force", *leftovers(shop).split())
    assert (shop.promote(slow).outcome, database(shop)) == ("promoted", ["up"])


def test_a_run_that_failed_elsewhere_takes_its_migration_back(shop: Shop) -> None:
    first = with_database(shop)
    shop.promote(migrating(shop))
    report = restore_or_explain(shop.host, shop.runs[-1], 600)
    assert (report.outcome, report.live, database(shop)) == ("taken_back", first.release, ["up", "down"])


def test_an_irreversible_migration_stays_whatever_happens_and_cuts_off_the_releases_without_it(shop: Shop) -> None:
    first = with_database(shop)
    failed = shop.promote(cutting(shop, shop.manifest(smoke="exit 1")))
    assert (failed.outcome, failed.live, database(shop)) == ("rolled_back", first.release, ["up"])
    assert_told(failed, first)

    assert shop.promote(cutting(shop)).outcome == "promoted"
    elsewhere = restore_or_explain(shop.host, shop.runs[-1], 600)
    assert (elsewhere.outcome, elsewhere.live) == ("taken_back", first.release)
    assert_told(elsewhere, first)

    assert (shop.promote(cutting(shop)).outcome, database(shop)) == ("promoted", ["up"])
    for restore in ("", first.release):
        refused = shop.stage(None, restore=restore).report
        assert refused.outcome == "refused" and refused.failure is not None
        assert f"{first.release}: it was voided: it lacks the migration 0001" in refused.failure.message
        assert "promote the earlier manifest" in refused.failure.remedy
    assert observe(shop.host)["rollback"]["release"] is None


def cutting(shop: Shop, manifest: Manifest | None = None) -> Manifest:
    """A manifest with a migration that nothing takes back."""
    return migrating(shop, manifest, kind="irreversible", reverse=())


def assert_told(report: HostReport, live: HostReport) -> None:
    """Assert that the report says in plain words what is in the database, and on what the old release runs."""
    assert report.notes[-1].startswith("NOT undone: the migration 0001")
    assert report.notes[-1].endswith(f"{live.release} serves on the migrated data: its checks passed")


def test_of_hosts_that_share_a_database_one_migrates_and_the_others_wait_for_it(shop: Shop) -> None:
    with_database(shop)
    assert shop.stage(migrating(shop, applied=QUERY)).report.outcome == "staged"
    threading.Timer(1.5, database_migrates, (shop,)).start()
    report = activate_or_explain(shop.host, shop.runs[-1], 600, leads=())
    assert (report.outcome, database(shop)) == ("promoted", ["up"])
    restore_or_explain(shop.host, shop.runs[-1], 600)
    assert database(shop) == ["up"]  # it is for the host that has applied it to take it back


def database_migrates(shop: Shop) -> None:
    """As the first host of a run would."""
    docker("run", "--rm", "-v", f"{shop.project}-data:/data", shop.image, *UP)
