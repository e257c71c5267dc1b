# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a power cut leaves at every single operation: always something that the next call can go on from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files, Operation
from ansible_collections.mint.promotion.plugins.module_utils._release.journal import Journal
from ansible_collections.mint.promotion.plugins.module_utils._release.lock import Lock
from ansible_collections.mint.promotion.plugins.module_utils._release.store import Layout, Store

from .conftest import content, stored
from .disk import Disk

FIRST, SECOND = b"services: {a: {}}\n", b"services: {b: {}}\n"


@dataclass
class Recording:
    """The operations of one history; `acknowledged` says how many entries had been promised at each of them."""

    operations: list[tuple[Operation, int, str | None]] = field(default_factory=list)
    acknowledged: int = 0
    live: str | None = None

    def __call__(self, operation: Operation) -> None:
        self.operations.append((operation, self.acknowledged, self.live))


def live_through(root: Path, watch: Recording) -> None:
    """Promote twice, retire the first release: all that the store, the journal and the lock ever do."""
    layout, files = Layout(str(root), "shop"), Files(before=watch)
    store, journal = Store(files, layout), Journal(files, layout.journal, lambda: 0.0)
    lock = Lock(files, layout.lock, layout.worker_lock, "web1", lambda: 0.0)
    store.prepare()
    left = None
    for number, compose in enumerate((FIRST, SECOND)):
        run = f"run-{number}"
        lock.claim(run, "ann", 60)
        release = stored(store, compose=compose)
        store.lay_down(release, content(compose), run)
        journal.append(run, "staged", release=release.id)
        watch.acknowledged += 1
        lock.renew(run, 60)
        store.switch(release.id)
        watch.live = release.id
        journal.append(run, "switched", to=release.id)
        watch.acknowledged += 1
        if left is not None:
            store.remove(left)
        left = release.id
        lock.free(run)


@pytest.mark.parametrize("torn", [False, True])
def test_after_a_power_cut_at_any_operation_the_next_call_goes_on(tmp_path: Path, torn: bool) -> None:
    root, watch = tmp_path / "opt", Recording()
    live_through(root, watch)
    watch(Operation("end", ""))
    disk = Disk(tmp_path)
    for number, (operation, acknowledged, live) in enumerate(watch.operations):
        left = tmp_path / "left" / str(number)
        left.mkdir(parents=True)
        disk.leave(left, torn)
        _is_sound(left / "opt", acknowledged, live)
        if operation.kind != "end":
            disk.replay(operation)
    assert len(watch.operations) > 60


def _is_sound(root: Path, acknowledged: int, live: str | None) -> None:
    layout, files = Layout(str(root), "shop"), Files()
    store, journal = Store(files, layout), Journal(files, layout.journal, lambda: 0.0)
    if store.exists():
        current = store.current()
        assert current is not None or live is None
        for name in {release.id for release in store.releases()} | ({current} if current else set()):
            assert store.faults(name) == ()
    assert len(journal.entries()) >= acknowledged
    store.prepare()
    Lock(files, layout.lock, layout.worker_lock, "web1", lambda: 99.0).claim("next", "bob", 60)
    store.sweep()
    release = stored(store, compose=SECOND)
    store.lay_down(release, content(SECOND), "next")
    store.switch(release.id)
    journal.append("next", "switched", to=release.id)
    assert store.faults(release.id) == ()


def test_the_disk_of_this_test_forgets_what_was_not_synced(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    path = str(tmp_path / "file")
    disk.replay(Operation("write", path, b"12345678"))
    disk.replay(Operation("sync", str(tmp_path)))
    (tmp_path / "lost").mkdir()
    (tmp_path / "torn").mkdir()
    disk.leave(tmp_path / "lost", torn=False)
    disk.leave(tmp_path / "torn", torn=True)
    assert (tmp_path / "lost" / "file").read_bytes() == b""
    assert (tmp_path / "torn" / "file").read_bytes() == b"1234"
    disk.replay(Operation("sync", path))
    (tmp_path / "kept").mkdir()
    disk.leave(tmp_path / "kept", torn=False)
    assert (tmp_path / "kept" / "file").read_bytes() == b"12345678"
