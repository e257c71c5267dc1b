# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of a lock is said of every host, and a lock that nobody had is no success."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .test_manifest_actions import call, collections

__all__ = ["collections"]

RUN, OTHER = "CAP-20260131-120000__promote__R1a2b3c4d", "CAP-20260131-120500__promote__R5e6f7a8b"
TIMES = {"since": "2026-01-31T12:05:00.000Z", "until": "2026-01-31T13:05:00.000Z"}
BROKEN = {"stack": "shop", "state": "broken", "holding": None, "reason": ""}
ABSENT = {**BROKEN, "state": "not_there"}
HELD = {**ABSENT, "stack": "blog", "holding": {"run": OTHER, "holder": "ann@desk", **TIMES}}
DARK = {"stack": "shop", "state": "unknown", "reason": "The host did not answer: timed out"}


def report(collections: Path, *options: str, **hosts: Any) -> tuple[int, dict[str, Any], str]:
    code, result, output = call(collections, "unlock_report", *options, lock=RUN, hosts=hosts)
    return code, result, " ".join(output.split())


def test_one_host_that_had_the_lock_is_enough_and_all_are_told(collections: Path) -> None:
    looped = {"results": [ABSENT, HELD]}
    code, result, output = report(collections, web1=BROKEN, web2=looped, localhost={"results": []})
    assert (code, result["hosts"]) == (0, ["web1"])
    assert "web1 shop broken" in output
    assert "web2 shop not there: nobody holds one" in output
    assert f"web2 blog not held by {RUN}, but by {OTHER} (ann@desk" in output


@pytest.mark.parametrize(
    ("hosts", "told"),
    [
        ({"web1": ABSENT, "web2": HELD}, f"No host has a lock of {RUN}: web1, shop: not there"),
        ({"web1": BROKEN, "web2": DARK}, "web2, shop: The host did not answer: timed out"),
    ],
)
def test_a_lock_that_was_not_found_or_not_seen_is_a_failure(
    collections: Path, hosts: dict[str, Any], told: str
) -> None:
    code, result, _output = report(collections, **hosts)
    assert code != 0
    assert told in " ".join(result["msg"].split())


def test_check_mode_says_what_would_be(collections: Path) -> None:
    assert "web1 shop would be broken" in report(collections, "--check", web1=BROKEN)[2]
