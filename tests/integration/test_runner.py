# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Promotions as CI runs them: ansible-runner, by its command and by its Python API, in a clean environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterable, Mapping

import ansible_runner
import pytest

from bed.bed import Bed
from integration.catalog import FIRST, SECOND
from integration.playbooks import ROOT, TIMEOUT_SECONDS, command
from integration.promotions import Promote, Promotion
from integration.stacks import TOKEN

PROMOTE, ROLLBACK = "mint.promotion.promote", "mint.promotion.rollback"


class Job:
    """The example's private data directory with the bed's hosts in its inventory, and the jobs that ran in it."""

    def __init__(self, folder: Path, bed: Bed, promotion: Promotion, collections: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "examples" / "runner", folder, symlinks=True)
        shutil.rmtree(folder / "inventory")
        (folder / "inventory").mkdir()
        (folder / "vault-password").write_text("example\n")
        shutil.copy(bed.inventory, folder / "inventory" / "bed.yml")
        shutil.copy(promotion.inventory(), folder / "inventory" / "stack.yml")
        path = f"{Path(command('ansible-runner')).parent}:/usr/bin:/bin"
        home = folder / "home"
        home.mkdir()
        self.environment = {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"}
        self.settings = {"ANSIBLE_COLLECTIONS_PATH": str(collections)}

    def by_command(self, ident: str, playbook: str, *arguments: str) -> tuple[int, Mapping[str, Any]]:
        """`ansible-runner run` in an environment with nothing but a path, a home and a language."""
        argv = (command("ansible-runner"), "run", str(self.folder), "--ident", ident, "--limit", "staging-1")
        options = ("-p", playbook, *(("--cmdline", " ".join(arguments)) if arguments else ()))
        done = subprocess.run(
            [*argv, *options],
            env={**self.environment, **self.settings},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        files = (self.folder / "artifacts" / ident / "job_events").glob("*.json")
        return done.returncode, summary(json.loads(path.read_text(encoding="utf-8")) for path in files)

    def by_api(self, ident: str, playbook: str, **variables: Any) -> tuple[int, Mapping[str, Any]]:
        run = ansible_runner.run(
            private_data_dir=str(self.folder),
            ident=ident,
            playbook=playbook,
            limit="staging-1",
            cmdline=f"-e '{json.dumps(variables)}'" if variables else None,
            envvars=self.settings,
            quiet=True,
        )
        return run.rc, summary(run.events)

    def printed(self, ident: str) -> str:
        """What people saw of a job."""
        return (self.folder / "artifacts" / ident / "stdout").read_text(encoding="utf-8")


def summary(events: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the job left for programs, in its last event."""
    (last,) = [event for event in events if event["event"] == "playbook_on_stats"]
    found: Mapping[str, Any] = last["event_data"]["artifact_data"]["promotion"]
    return found


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    return new_promotion("staging-1")


@pytest.fixture(scope="module")
def job(bed: Bed, promotion: Promotion, installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The first revision is live: a job has promoted it."""
    job = Job(tmp_path_factory.mktemp("runner") / "job", bed, promotion, installed / "collections")
    promotion.write(FIRST)
    code, told = job.by_command("first", PROMOTE)
    assert (code, told["outcome"]) == (0, "promoted"), job.printed("first")
    return job


def test_both_playbooks_run_by_command_and_api_and_leave_their_outcome(job: Job, promotion: Promotion) -> None:
    first = promotion.host.live()
    promotion.write(SECOND)
    code, told = job.by_api("second", PROMOTE)
    second = promotion.host.live()
    assert (code, told["outcome"], told["action"]) == (0, "promoted", "promote"), job.printed("second")
    assert (told["environment"], told["stack"]) == ("staging", promotion.stack.name)
    host = told["hosts"]["staging-1"]
    assert (host["outcome"], host["from"], host["live"], host["release"]) == ("promoted", first, second, second)
    assert told["table"] in job.printed("second")
    receipt = json.loads(Path(told["receipt"]).read_text(encoding="utf-8"))["predicate"]
    assert receipt["runKey"] == told["run_key"]
    assert Path(told["receipt"]).is_relative_to(job.folder / "receipts")

    code, told = job.by_api("back", ROLLBACK)
    assert (code, told["outcome"], promotion.host.live()) == (0, "restored", first), job.printed("back")
    code, told = job.by_command("forth", ROLLBACK, "-e", f"promotion_release={second}")
    assert (code, told["outcome"], promotion.host.live()) == (0, "restored", second), job.printed("forth")
    assert told["hosts"]["staging-1"]["release"] == second


def test_a_run_that_failed_or_was_refused_says_so_to_programs_too(job: Job, promotion: Promotion) -> None:
    live = promotion.host.live()
    promotion.write("smoke-broken")
    code, told = job.by_command("broken", PROMOTE)
    assert (code, told["outcome"]) == (2, "rolled_back"), job.printed("broken")
    host = told["hosts"]["staging-1"]
    assert (host["live"], host["from"]) == (live, live)
    assert host["release"] not in (None, live)
    assert "smoke" in host["message"]
    assert told["table"] in job.printed("broken")

    code, told = job.by_api("by-the-gate", ROLLBACK, promotion_release="r0123456789abcdef")
    assert (code, told["outcome"], told["hosts"]["staging-1"]["live"]) == (2, "refused", live)
    assert "r0123456789abcdef" in told["message"]
    assert told["message"].splitlines()[0] in job.printed("by-the-gate")

    code, told = job.by_command("by-its-request", PROMOTE, "-e promotion_lock_lease=soon")
    assert (code, told["outcome"], told["hosts"]) == (2, "refused", {})
    assert "promotion_lock_lease" in told["message"]
    assert promotion.host.live() == live


def test_no_artifact_holds_a_secret(job: Job) -> None:
    files = [Path(folder) / name for folder, _folders, names in os.walk(job.folder / "artifacts") for name in names]
    assert files
    assert not [path for path in files if TOKEN in path.read_text(encoding="utf-8", errors="replace")]
