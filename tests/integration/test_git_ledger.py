# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A ledger in a bare git repository on another host, reached over SSH, and jobs that write to it at the same time."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt, LedgerUnavailable
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import LedgerVerdict
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify import LedgerFiles, judge_ledger
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import Trust
from ansible_collections.mint.promotion.plugins.plugin_utils._git_clone import GitClone
from ansible_collections.mint.promotion.plugins.plugin_utils._git_home import GitHome
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import parse_remote
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import DEFAULT_ORIGIN, LedgerSettings
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, load_trusted_keys
from bed.bed import Bed
from integration.catalog import FIRST, SECOND
from integration.promotions import Promote
from ledgers import Ledger, People, gate_key

SERVER, JOBS = "without-docker", 8
ORIGIN = "example/shop"


@pytest.fixture
def repository(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The path of an empty repository on the server; git goes there by SSH as a person's configuration says."""
    path = f"/srv/receipts-{os.getpid()}.git"
    bed.run(SERVER, ["git", "init", "--quiet", "--bare", path])
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -F {bed.ssh_config} -o BatchMode=yes")
    yield path
    bed.run(SERVER, ["rm", "-rf", path])


def home_of(address: str, folder: Path, origin: str = ORIGIN) -> GitHome:
    """The home as a job has it, on a control node of its own in `folder`."""
    key = gate_key("first").private_pem
    settings = LedgerSettings(str(folder / "receipts"), str(folder / "keys"), origin, address, gate_key=key)
    return GitHome(settings, GitClone(str(folder / "clone.git"), parse_remote(address)))


def verdict_on(home: GitHome, keys: Path) -> LedgerVerdict:
    snapshot = home.snapshot()
    note = snapshot.note.decode()
    files = LedgerFiles(snapshot.data, note, home.sessions(), (Anchor("test", note),), home.settings.origin)
    return judge_ledger(files, Trust(load_trusted_keys(str(keys)), CRYPTO))


def record_a_run(address: str, folder: Path, people: People, number: int) -> None:
    """What one job does: it appends what it decided, and later what came of it."""
    ledger = Ledger.begin(people)
    run = ledger.promote(number)
    files = ledger.sessions[run.key]
    before = {name: files[name] for name in ("evidence.json", "manifest.yml")}
    home = home_of(address, folder)
    home.begin_session(run.key)
    home.write_session(run.key, before)
    home.append_lines(ledger.lines[1:-1])
    home = home_of(address, folder)  # another action of the same job
    home.write_session(run.key, {name: files[name] for name in files if name not in before})
    home.append_lines(ledger.lines[-1:])


def test_jobs_that_append_at_the_same_time_lose_nothing_and_fork_nothing(
    bed: Bed, repository: str, tmp_path: Path
) -> None:
    address = f"git+ssh://{SERVER}{repository}"
    (tmp_path / "people").mkdir()
    people = People(tmp_path / "people")
    begun = Ledger.begin(people)
    home_of(address, tmp_path / "first").append_lines(begun.lines)
    context = multiprocessing.get_context("fork")
    jobs = [
        context.Process(target=record_a_run, args=(address, tmp_path / f"job-{number}", people, number))
        for number in range(1, JOBS + 1)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert [job.exitcode for job in jobs] == [0] * JOBS

    keys = Path(begun.write(_made(tmp_path / "keys"))[1])
    reader = home_of(address, tmp_path / "reader")
    verdict = verdict_on(reader, keys)
    assert (verdict.verdict, verdict.reasons) == ("OK", ())
    assert len(reader.sessions()) == JOBS
    assert verdict.size == 1 + JOBS * 6  # three gates, verdict, intent, outcome
    history = ["git", "-C", repository, "rev-list", "--parents", "ledger"]
    parents = [len(line.split()) - 1 for line in bed.run(SERVER, history).stdout.splitlines()]
    assert sorted(parents) == [0] + [1] * 2 * JOBS


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_server_that_rolls_back_or_goes_away_is_noticed(bed: Bed, repository: str, tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    ledger = Ledger.begin(People(tmp_path / "people"))
    ledger.promote(1)
    home = home_of(f"git+ssh://{SERVER}{repository}#team/shop", tmp_path / "job")
    home.append_lines(ledger.lines[:2])
    home.append_lines(ledger.lines[2:3])
    bed.run(SERVER, ["git", "-C", repository, "update-ref", "refs/heads/team/shop", "team/shop~1"])
    with pytest.raises(InvalidReceipt, match="rewritten"):
        home.append_lines(ledger.lines[3:4])
    with pytest.raises(LedgerUnavailable, match="refused"):
        home_of(f"git+ssh://127.0.0.1:1{repository}", tmp_path / "nobody").append_lines(ledger.lines[:1])
    with pytest.raises(LedgerUnavailable, match="does not appear to be a git repository"):
        home_of(f"git+ssh://{SERVER}/srv/nowhere.git", tmp_path / "nowhere").append_lines(ledger.lines[:1])


def test_runs_are_recorded_there_and_only_a_rollback_goes_on_without_it(
    bed: Bed, new_promotion: Promote, repository: str, tmp_path: Path
) -> None:
    shop = new_promotion("prod-1")
    address = f"git+ssh://{SERVER}{repository}"
    shop.variables["promotion_ledger"] = address
    shop.write(FIRST)
    first = shop.promote().ended_well().receipt["runKey"]
    shutil.rmtree(shop.receipts)  # the job's control node vanishes with all that it held
    shop.write(SECOND)
    second = shop.promote().ended_well().receipt["runKey"]
    reader = home_of(address, tmp_path / "reader", DEFAULT_ORIGIN)
    verdict = verdict_on(reader, Path(shop.gate_key["promotion_keys"]))
    assert (verdict.verdict, verdict.reasons) == ("OK", ())
    assert set(reader.sessions()) == {first, second}

    bed.run(SERVER, ["mv", repository, f"{repository}.away"])
    shop.write(FIRST)
    live = shop.host.identities()
    refused = shop.promote()
    assert refused.code != 0
    assert "git ls-remote" in refused.output
    assert shop.host.identities() == live
    back = shop.rollback().ended_well()
    assert back.outcomes == {"prod-1": "restored"}
    assert shop.host.identities() != live
