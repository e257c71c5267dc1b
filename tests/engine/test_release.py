# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases on a real engine: made live, refused, put back, and recovered after their worker was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.env import render_env
from ansible_collections.mint.promotion.plugins.module_utils._data import canonical_json, sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Activation,
    Attachment,
    Check,
    CommandCheck,
    Manifest,
    Module,
    Mount,
    Variable,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.detached import (
    activate_or_explain,
    restore_or_explain,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.host import Host, open_host
from ansible_collections.mint.promotion.plugins.module_utils._release.model import Content, HostReport, Verdict
from ansible_collections.mint.promotion.plugins.module_utils._release.observe import observe
from ansible_collections.mint.promotion.plugins.module_utils._release.prepare import Inherited, Request
from ansible_collections.mint.promotion.plugins.module_utils._release.staging import Staging, preview, stage
from ansible_collections.mint.promotion.plugins.module_utils._release.unlocking import (
    BROKEN,
    NOT_THERE,
    Unlocking,
    unlock,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.worker import sitting
from ansible_collections.mint.promotion.plugins.plugin_utils._compose_yaml import compose_text

from .conftest import REVISION, docker
from .registry import running_registry

REPOSITORY = "https://git.example.com/shop.git"
SECRET = "hunter2-not-to-be-seen"
STAY = ("sh", "-c", "sleep 600")
CRASH = ("sh", "-c", "echo boom $TOKEN; sleep 0.3; exit 3")
RUNS = count(1)

How = Callable[[Host, Request], Staging]


@pytest.fixture(scope="module")
def pinned(image: str) -> Iterator[str]:
    """The image by its digest, as a push to a registry gives it."""
    with running_registry() as registry:
        name = f"{registry.name}/engt/web:1"
        docker("tag", image, name)
        docker("push", name)
        yield docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", name)
        docker("image", "rm", name)


@dataclass
class Shop:
    """One stack on this machine, promoted by calls as the modules make them."""

    root: Path
    project: str
    image: str
    lease: float = 600
    runs: list[str] = field(default_factory=list)

    @property
    def host(self) -> Host:
        return open_host(str(self.root), self.project, "web1")

    def manifest(self, command: tuple[str, ...] = STAY, smoke: str = "true", **fields: Any) -> Manifest:
        module = Module(
            "web",
            self.image,
            "web",
            fields.pop("revision", REVISION),
            command=command,
            environment=(Variable("TOKEN", "WEB_TOKEN", secret=True),),
            health=Check("answers", command=CommandCheck(("true",), inside=True)),
            smoke=(Check("behaves", command=CommandCheck(("sh", "-c", smoke), inside=True)),),
            volumes=(Mount("data", "/data"),),
            stop_grace_seconds=0,
            activation=Activation(health_timeout_seconds=5, observe_seconds=fields.pop("observe_seconds", 0)),
        )
        data = Attachment("data", f"{self.project}-data", external=False)
        return Manifest(1, self.project, self.project, REPOSITORY, REVISION, (module,), volumes=(data,))

    def stage(self, manifest: Manifest | None, how: How = stage, **fields: Any) -> Staging:
        run = f"CAP-20260131-000000__promote__R{next(RUNS)}"
        self.runs.append(run)
        digest = sha256_digest(canonical_json(manifest)) if manifest else ""
        request = Request(run, "prod", "ann", Verdict("PASSED", digest, "prod", run), self.lease, restore="")
        if manifest is not None:
            values = {"WEB_TOKEN": SECRET}
            content = Content(compose_text(manifest, values).encode(), render_env(values).encode())
            request = replace(request, manifest=manifest, manifest_digest=digest, content=content, restore=None)
        return how(self.host, replace(request, **fields))

    def activate(self) -> HostReport:
        return activate_or_explain(self.host, self.runs[-1], self.lease)

    def promote(self, manifest: Manifest | None) -> HostReport:
        staged = self.stage(manifest).report
        return self.activate() if staged.outcome == "staged" else staged

    def containers(self) -> list[tuple[str, str]]:
        return [(one.id, one.state) for one in self.host.engine.containers(self.project)]

    def killed_at(self, step: str, manifest: Manifest) -> HostReport:
        """Activate, and kill the worker when it begins a step."""
        assert self.stage(manifest).report.outcome == "staged"
        reports: list[HostReport] = []
        waiting = threading.Thread(target=lambda: reports.append(self.activate()))
        waiting.start()
        while not self._has_begun(step):
            time.sleep(0.005)
        worker = sitting(self.host.layout.worker_lock)
        assert worker is not None
        os.kill(worker.pid, signal.SIGKILL)
        waiting.join()
        return reports[0]

    def _has_begun(self, step: str) -> bool:
        own = [entry.fields for entry in self.host.journal.entries() if entry.run == self.runs[-1]]
        return any(one.get("step") == step and one.get("state") == "started" for one in own)


@pytest.fixture
def shop(tmp_path: Path, project: str, pinned: str) -> Iterator[Shop]:
    made = Shop(tmp_path, project, pinned)
    yield made
    for name in docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"mint-promotion/{project}/web").split():
        docker("image", "rm", "--force", name)


def other(shop: Shop, **fields: Any) -> Manifest:
    """A manifest that recreates the container."""
    return shop.manifest(("sh", "-c", "sleep 599"), **fields)


def test_a_release_goes_live_and_the_same_again_changes_nothing(shop: Shop) -> None:
    first = shop.promote(shop.manifest())
    assert (first.outcome, first.changed, first.before) == ("promoted", True, None)
    before = shop.containers()
    again = shop.promote(shop.manifest())
    assert (again.outcome, again.changed, again.live) == ("no_change", False, first.release)
    assert shop.containers() == before
    assert shop.host.lock.holding() is None


def test_a_module_may_make_files_at_the_top_of_its_volume_while_it_goes_live(shop: Shop) -> None:
    shop.promote(shop.manifest())
    report = shop.promote(shop.manifest(("sh", "-c", ": > /data/one; sleep 598"), ": > /data/two"))
    assert (report.outcome, report.failure) == ("promoted", None)


def test_staging_what_is_live_ends_the_run_unless_it_has_drifted(shop: Shop) -> None:
    shop.promote(shop.manifest())
    assert shop.stage(shop.manifest()).report.outcome == "no_change"
    assert shop.activate().outcome == "no_change"
    ((container, _state),) = shop.containers()
    docker("stop", "--time", "0", container)
    assert shop.stage(shop.manifest()).report.outcome == "staged"
    assert shop.activate().outcome == "promoted"
    assert shop.containers() == [(container, "running")]


@pytest.mark.parametrize(
    ("command", "smoke", "steps", "found"),
    [
        (STAY, "echo nonsense; exit 1", ("smoke",), "exit code 1"),
        (CRASH, "true", ("health", "running", "smoke", "observe"), "exit code 3"),
    ],
)
def test_a_broken_release_is_rolled_back_and_the_old_one_is_proven(
    shop: Shop, command: tuple[str, ...], smoke: str, steps: tuple[str, ...], found: str
) -> None:
    first = shop.promote(shop.manifest())
    broken = replace(shop.manifest(command, smoke).modules[0], activation=Activation(observe_seconds=2))
    report = shop.promote(replace(shop.manifest(), modules=(broken,)))
    assert (report.outcome, report.live) == ("rolled_back", first.release)
    assert report.failure is not None
    assert (report.failure.module, report.failure.step in steps) == ("web", True)
    assert found in report.failure.found
    assert [record.state for record in report.steps if record.name == "smoke of the old release"] == ["undone"]
    assert observe(shop.host)["drift"] == []
    assert SECRET not in json.dumps(report.failure.log)


def test_a_broken_first_release_leaves_nothing_but_the_data(shop: Shop) -> None:
    report = shop.promote(shop.manifest(smoke="exit 1"))
    assert (report.outcome, report.live) == ("rolled_back", None)
    assert shop.containers() == []
    assert shop.host.engine.volumes([f"{shop.project}-data"]) != ()


def test_a_stale_build_is_refused_before_anything_stops(shop: Shop) -> None:
    first = shop.promote(shop.manifest())
    before = shop.containers()
    report = shop.promote(other(shop, revision="b" * 40))
    assert (report.outcome, report.live) == ("failed", first.release)
    assert report.failure is not None
    assert "stale build" in report.failure.message
    assert shop.containers() == before
    assert shop.host.lock.holding() is None


def test_a_rollback_goes_back_and_a_second_one_is_refused(shop: Shop) -> None:
    first, second = shop.promote(shop.manifest()), shop.promote(other(shop))
    back = shop.promote(None)
    assert (back.outcome, back.before, back.live) == ("restored", second.release, first.release)
    assert shop.promote(None).outcome == "refused"


def test_a_run_that_failed_elsewhere_is_taken_back_once(shop: Shop) -> None:
    first, second = shop.promote(shop.manifest()), shop.promote(other(shop))
    report = restore_or_explain(shop.host, shop.runs[-1], 600)
    assert (report.outcome, report.release, report.live) == ("taken_back", second.release, first.release)
    before = shop.containers()
    assert restore_or_explain(shop.host, shop.runs[-1], 600) == report
    assert shop.containers() == before
    told = {one["release"]: one["voided"] for one in observe(shop.host)["releases"]}
    assert told == {first.release: False, second.release: True}


def test_a_run_that_only_staged_gives_the_lock_back(shop: Shop) -> None:
    shop.stage(shop.manifest())
    assert restore_or_explain(shop.host, shop.runs[-1], 600).outcome == "not_started"
    assert shop.host.lock.holding() is None
    assert shop.containers() == []


@pytest.mark.parametrize(
    ("step", "ended"), [("up", "rolled_back"), ("running", "rolled_back"), ("observe", "promoted")]
)
def test_the_next_run_ends_what_a_killed_worker_left(shop: Shop, step: str, ended: str) -> None:
    shop.promote(shop.manifest())
    assert shop.killed_at(step, other(shop, observe_seconds=30 if step == "observe" else 0)).outcome == "interrupted"
    staged = shop.stage(shop.manifest()).report
    assert staged.outcome == ("no_change" if ended == "rolled_back" else "staged")
    assert any(note.endswith(f"was ended first: {ended}") for note in staged.notes)
    assert shop.activate().outcome == ("no_change" if ended == "rolled_back" else "promoted")
    assert observe(shop.host)["drift"] == []
    assert observe(shop.host)["unfinished"] is None


def test_a_call_that_lost_its_connection_is_answered_by_the_same_outcome(shop: Shop) -> None:
    shop.stage(shop.manifest(observe_seconds=1))
    reports: list[HostReport] = []
    first = threading.Thread(target=lambda: reports.append(shop.activate()))
    first.start()
    while sitting(shop.host.layout.worker_lock) is None or not shop.host.lock.worker_alive():
        time.sleep(0.01)
    reports.append(shop.activate())
    first.join()
    assert reports[0] == reports[1]
    assert reports[0].outcome == "promoted"
    assert len([one for one in shop.host.journal.entries() if one.event == "intent"]) == 1


def test_drift_is_seen_and_healed(shop: Shop) -> None:
    shop.promote(shop.manifest())
    docker("stop", "--time", "0", shop.containers()[0][0])
    assert "does not run" in observe(shop.host)["drift"][0]["found"]
    report = shop.promote(shop.manifest())
    assert (report.outcome, report.changed) == ("promoted", True)
    assert observe(shop.host)["drift"] == []


def test_another_run_is_kept_out_until_the_lock_is_broken(shop: Shop) -> None:
    shop.stage(shop.manifest())
    holder = shop.runs[-1]
    refused = shop.stage(other(shop)).report
    assert refused.outcome == "refused"
    assert refused.failure is not None
    assert f"promotion_lock={holder}" in refused.failure.remedy
    assert unlock(shop.host, holder).state == BROKEN
    assert unlock(shop.host, holder) == Unlocking(NOT_THERE)
    assert shop.stage(other(shop)).report.outcome == "staged"


def test_a_preview_says_what_would_change_and_writes_nothing(shop: Shop) -> None:
    assert shop.stage(shop.manifest(), preview).report.changed is True
    assert list(shop.root.iterdir()) == []
    shop.promote(shop.manifest())
    before = subprocess.check_output(["find", shop.root, "-printf", "%p %s %T@\n"])
    told = shop.stage(other(shop), preview)
    assert (told.report.outcome, told.report.changed, told.modules) == ("staged", True, {"web": "changed"})
    assert SECRET not in json.dumps(told.diff)
    assert shop.stage(shop.manifest(), preview).report.changed is False
    assert subprocess.check_output(["find", shop.root, "-printf", "%p %s %T@\n"]) == before


def test_without_a_passed_verdict_nothing_is_staged(shop: Shop) -> None:
    failed = shop.stage(shop.manifest(), verdict=Verdict("FAILED", "", "prod", "x")).report
    assert failed.outcome == "refused"
    assert list(shop.root.iterdir()) == []


def test_the_secret_lies_in_the_env_file_only(shop: Shop) -> None:
    shop.promote(shop.manifest(CRASH))
    shop.promote(shop.manifest())
    found = subprocess.run(["grep", "-rl", SECRET, shop.root], capture_output=True, text=True, check=False).stdout
    assert {Path(line).name for line in found.split()} == {".env"}


def test_a_module_that_is_inherited_stays_as_it_is_or_the_release_is_refused(shop: Shop) -> None:
    """A volume of the manifest is nobody's module: its change would make the container of both anew."""
    web = shop.manifest().modules[0]
    live = replace(shop.manifest(), modules=(web, replace(web, name="api", service="api")))
    assert shop.promote(live).outcome == "promoted"
    inherited = Inherited(("api",), sha256_digest(canonical_json(live)))
    ids = dict(shop.containers())

    new = replace(live, modules=(replace(web, stop_grace_seconds=1), live.module("api")))
    moved = replace(new, volumes=(Attachment("data", f"{shop.project}-other", external=False),))
    for how in (preview, stage):
        refused = shop.stage(moved, how, inherited=inherited).report
        assert (refused.outcome, dict(shop.containers())) == ("refused", ids)
        assert refused.failure is not None and "with what was: api (volumes)" in refused.failure.message
    assert shop.stage(new, inherited=inherited).modules == {"web": "changed", "api": "unchanged"}
    assert shop.activate().outcome == "promoted"
    assert len(ids.keys() & dict(shop.containers()).keys()) == 1
