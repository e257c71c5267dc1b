# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All hosts must hold the same live manifest where a promotion takes modules over from it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.inheritance import judge_inheritance
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    GateResult,
)

OLD, NEW = "1" * 40, "2" * 40
ARTWORK = {"image": "registry.example.com/artwork", "digest": "sha256:" + "a" * 64, "revision": OLD}
PAGE = {"image": "registry.example.com/page", "digest": "sha256:" + "b" * 64, "revision": OLD}
LATER_PAGE = {"image": "registry.example.com/page", "digest": "sha256:" + "c" * 64, "revision": NEW}
POSTGRES = {"image": "registry.example.com/postgres", "digest": "sha256:" + "d" * 64, "revision": None}


def live(digit: str = "e", **changes: Any) -> dict[str, Any]:
    value = {
        "release": "r" + digit * 16,
        "manifest_digest": "sha256:" + digit * 64,
        "manifest": "schema: 1\n",
        "modules": {"artwork": ARTWORK, "page": PAGE},
        "sources": [],
        "faults": [],
        **changes,
    }
    return {"release": {"value": {}}, "live": {"value": value}}


def judged(**evidence: Any) -> dict[str, GateResult]:
    return {one.host: one for one in judge_inheritance(evidence)}


def test_hosts_with_the_same_manifest_live_pass() -> None:
    found = judged(web1=live(), web2=live(release="r" + "9" * 16))
    assert [one.verdict for one in found.values()] == [PASSED, PASSED]


def test_hosts_that_differ_are_told_with_the_modules_that_differ() -> None:
    found = judged(web1=live(), web2=live("f", modules={"artwork": ARTWORK, "page": LATER_PAGE, "db": POSTGRES}))
    assert [one.verdict for one in found.values()] == [FAILED, FAILED]
    assert found["web1"].found == (
        f"r{'e' * 16} (manifest {'e' * 12}): page (revision {OLD[:12]}, image {'b' * 12}), db absent"
    )
    assert found["web2"].found == (
        f"r{'f' * 16} (manifest {'f' * 12}): page (revision {NEW[:12]}, image {'c' * 12}), db (image {'d' * 12})"
    )
    assert "without promotion_modules" in found["web1"].remedy


def test_hosts_with_the_same_modules_of_two_manifests_differ_all_the_same() -> None:
    found = judged(web1=live("e"), web2=live("f"))
    assert {one.verdict for one in found.values()} == {FAILED}
    assert found["web2"].found.endswith("the same modules, another manifest")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"manifest": ""}, "does not keep its manifest: an earlier version staged it"),
        ({"faults": [".env has been changed since it was staged"]}, ".env has been changed"),
        ({"release": None}, "nothing is live"),
    ],
)
def test_what_cannot_be_taken_over_is_told_with_what_to_run(changes: dict[str, Any], said: str) -> None:
    (one,) = judged(web1=live(**changes)).values()
    assert (one.verdict, one.mode) == (FAILED, "enforce")
    assert said in one.found
    assert "promote the whole manifest first" in one.remedy


def test_what_was_not_observed_is_never_a_pass() -> None:
    dark = {"release": {"value": {}}, "live": {"value": None, "reason": "permission denied"}}
    found = judged(web1=live(), web2=dark, web3={"release": {"value": {}}}, web4={"unreachable": "silence"}, web5=None)
    assert {host: one.verdict for host, one in found.items()} == {
        "web1": PASSED,
        "web2": INCONCLUSIVE,
        "web3": INCONCLUSIVE,
    }
    assert found["web2"].found == "permission denied"
