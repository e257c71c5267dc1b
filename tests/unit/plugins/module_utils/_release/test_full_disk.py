# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A disk that takes no more lines of the journal: no lock may be left behind by a run that cannot say so."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.driver import Compose
from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._release.detached import request_restoration
from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files, Operation
from ansible_collections.mint.promotion.plugins.module_utils._release.host import Clock, Host
from ansible_collections.mint.promotion.plugins.module_utils._release.journal import Journal
from ansible_collections.mint.promotion.plugins.module_utils._release.lock import Lock
from ansible_collections.mint.promotion.plugins.module_utils._release.model import Verdict
from ansible_collections.mint.promotion.plugins.module_utils._release.prepare import Request
from ansible_collections.mint.promotion.plugins.module_utils._release.staging import stage
from ansible_collections.mint.promotion.plugins.module_utils._release.store import Layout, Store

RUN = "CAP-20260131-000000__promotion.rollback__R1"


def full(operation: Operation) -> None:
    """Lets everything through but lines of the journal."""
    if operation.kind == "append":
        raise OSError(errno.ENOSPC, "No space left on device", operation.path)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    layout, clock = Layout(str(tmp_path / "opt"), "shop"), Clock()
    files = Files(before=full)
    lock = Lock(files, layout.lock, layout.worker_lock, "web1", clock.now)
    made = Host("web1", Store(files, layout), Journal(files, layout.journal, clock.now), lock, Engine(), Compose, clock)
    made.store.prepare()
    return made


def test_staging_that_cannot_journal_its_claim_keeps_no_lock(host: Host) -> None:
    request = Request(RUN, "prod", "ann", Verdict("PASSED", "", "prod", RUN), 600, restore="")
    report = stage(host, request).report
    assert report.outcome == "failed"
    assert report.failure is not None
    assert "No space left" in report.failure.message
    assert host.lock.holding() is None


def test_giving_up_frees_the_lock_even_when_that_cannot_be_journalled(host: Host) -> None:
    host.lock.claim(RUN, "ann", 600)
    with pytest.raises(OSError, match="No space left"):
        request_restoration(host, RUN, 600)
    assert host.lock.holding() is None
