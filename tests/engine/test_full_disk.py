# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Activations on a host whose disk takes no more lines of the journal, from a certain line on."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._release.detached import activate_or_explain
from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files, Operation
from ansible_collections.mint.promotion.plugins.module_utils._release.host import Host
from ansible_collections.mint.promotion.plugins.module_utils._release.journal import Journal

from .test_release import CRASH, Shop, pinned, shop

__all__ = ["pinned", "shop"]


def refusing(host: Host, word: bytes, for_good: bool) -> Host:
    """The host with a journal that refuses the line with `word`, and, `for_good`, all that come after it."""
    met: list[Operation] = []

    def before(operation: Operation) -> None:
        if operation.kind != "append":
            return
        if word in operation.content or (for_good and met):
            met.append(operation)
            raise OSError(errno.ENOSPC, "No space left on device", operation.path)

    return replace(host, journal=Journal(Files(before=before), host.layout.journal, host.clock.now))


def test_an_intent_that_cannot_be_journalled_is_a_failure_and_no_rollback(shop: Shop) -> None:
    live = shop.promote(shop.manifest()).release
    before = shop.containers()
    shop.stage(shop.manifest(smoke="true || true"))
    report = activate_or_explain(refusing(shop.host, b'"event":"intent"', for_good=False), shop.runs[-1], shop.lease)
    assert (report.outcome, report.changed, report.live) == ("failed", False, live)
    assert shop.containers() == before


def test_a_disk_that_is_full_before_anything_changed_leaves_no_lock(shop: Shop) -> None:
    live = shop.promote(shop.manifest()).release
    shop.stage(shop.manifest(smoke="true || true"))
    report = activate_or_explain(refusing(shop.host, b'"step"', for_good=True), shop.runs[-1], shop.lease)
    assert (report.outcome, report.live) == ("interrupted", live)
    assert shop.host.lock.holding() is None


@pytest.mark.parametrize("word", [b'"up"', b'"health"'])
def test_a_disk_that_fills_up_on_the_way_leaves_the_old_release_running(shop: Shop, word: bytes) -> None:
    live = shop.promote(shop.manifest()).release
    shop.stage(shop.manifest(command=CRASH))
    report = activate_or_explain(refusing(shop.host, word, for_good=True), shop.runs[-1], shop.lease)
    assert (report.outcome, report.live) == ("interrupted", live)
    assert [state for _id, state in shop.containers()] == ["running"]
    assert shop.promote(shop.manifest()).outcome == "no_change"
