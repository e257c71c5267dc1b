# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs leave behind: a ledger that a stranger verifies with the script for strangers, and anchors on hosts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any, Mapping

import pytest

from integration.catalog import FIRST, SECOND
from integration.hosts import wait_until
from integration.interrupted import until_staged
from integration.playbooks import ROOT
from integration.promotions import Promote, Promotion
from integration.stacks import edit

OK, INVALID, INDETERMINATE = 0, 1, 2
WATCHED = edit("      context: quote-page\n", "      context: quote-page\n    activation:\n      observe_seconds: 20\n")


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    """The first revision was promoted, then the second one."""
    promotion = new_promotion("prod-3")
    for revision in (FIRST, SECOND):
        promotion.write(revision)
        promotion.promote().ended_well()
    return promotion


def verified(promotion: Promotion, *options: str, receipts: Path | None = None) -> tuple[int, str]:
    """What the script for strangers says, with what the host has kept as the anchor."""
    anchor = promotion.receipts.parent / "anchor"
    anchor.write_text(promotion.host.read("checkpoint"), encoding="utf-8")
    script, keys = str(ROOT / "scripts/verify_ledger.py"), promotion.gate_key["promotion_keys"]
    argv = [sys.executable, script, str(receipts or promotion.receipts), keys, "--anchor", str(anchor), *options]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def lines(promotion: Promotion) -> list[bytes]:
    return (promotion.receipts / "ledger" / "log.jsonl").read_bytes().splitlines()


def deployments(promotion: Promotion) -> list[Mapping[str, Any]]:
    """What the ledger says of runs, in its order."""
    statements = [json.loads(b64decode(json.loads(line)["payload"])) for line in lines(promotion)]
    return [one["predicate"] for one in statements if "/deployment/" in one["predicateType"]]


def anchored(promotion: Promotion) -> int:
    """How many receipts the host has seen."""
    return int(promotion.host.read("checkpoint").splitlines()[1])


def test_a_stranger_verifies_what_promotions_and_rollbacks_leave_and_sees_one_byte_that_differs(
    promotion: Promotion, tmp_path: Path
) -> None:
    seen = anchored(promotion)
    run = promotion.rollback().ended_well()
    assert run.receipt["inconclusive"] == []
    assert [(one["action"], one["phase"], one["outcome"]) for one in deployments(promotion)] == [
        *([("promote", "intent", ""), ("promote", "outcome", "promoted")] * 2),
        ("rollback", "intent", ""),
        ("rollback", "outcome", "restored"),
    ]
    assert seen < anchored(promotion) == len(lines(promotion)) - 1
    code, told = verified(promotion)
    assert code == OK, told
    promotion.play("playbooks/verify.yml").ended_well().says(f"{anchored(promotion)} of {len(lines(promotion))}")

    shutil.copytree(promotion.receipts, tmp_path / "receipts")
    log = tmp_path / "receipts" / "ledger" / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"payload":"e', b'"payload":"f', 1))
    code, told = verified(promotion, receipts=tmp_path / "receipts")
    assert code == INVALID, told


def test_a_host_notices_a_ledger_that_was_rolled_back_and_no_rollback_is_blocked(
    promotion: Promotion, tmp_path: Path
) -> None:
    ledger, kept = promotion.receipts / "ledger", tmp_path / "ledger"
    shutil.copytree(ledger, kept)
    anchor, before = promotion.host.read("checkpoint"), promotion.host.snapshot()
    for name in ("log.jsonl", "checkpoint", "frontier.json"):
        (ledger / name).unlink()
    promotion.promote().refused("anchor", "and its checkpoint had", "mint.promotion.verify")
    assert promotion.host.snapshot() == before
    assert verified(promotion)[0] == INVALID
    promotion.play("playbooks/verify.yml").refused("INVALID: these receipts are no proof")

    second = [one for one in deployments(promotion) if one["phase"] == "outcome"][-1]["hosts"][0]["live"]
    run = promotion.rollback("-e", f"promotion_release={others(promotion, second)}").ended_well()
    assert run.outcomes == {"prod-3": "restored"}
    run.says("the anchor stays as it is")
    assert promotion.host.read("checkpoint") == anchor

    shutil.rmtree(ledger)
    shutil.copytree(kept, ledger)
    promotion.write(FIRST)
    promotion.promote().ended_well()


def others(promotion: Promotion, live: str) -> str:
    """A release on the host that was live before, and is not now."""
    there = promotion.host.run("ls", f"{promotion.host.folder}/releases").split()
    return next(name for name in promotion.host.released() if name in there and name != live)


def test_a_run_that_was_killed_is_told_as_open_and_closed_by_the_next_one(promotion: Promotion) -> None:
    promotion.write(SECOND)
    live = promotion.host.live()
    promotion.play(
        str(until_staged(promotion.receipts.parent)), "-e", f"promotion_environment={promotion.environment}"
    ).ended_well()
    key = promotion.host.lock()["run"]
    code, told = verified(promotion)
    assert (code, "intent without outcome" in told) == (INDETERMINATE, True), told
    promotion.status().says(f"no outcome: {key}: promote {promotion.stack.name}")

    promotion.unlock(key).ended_well()
    run = promotion.promote().ended_well()
    closed = next(one for one in deployments(promotion) if one["resolves"])
    assert (closed["runKey"], closed["outcome"], closed["hosts"][0]["live"]) == (key, "interrupted", live)
    assert run.receipt["runKey"] in closed["inconclusive"][0]
    code, told = verified(promotion)
    assert code == OK, told
    assert "no outcome" not in promotion.status().ended_well().output


def test_a_receipt_says_what_was_observed_and_not_what_was_ordered(promotion: Promotion) -> None:
    """Someone stops a container after the switch: each step before has said that all is well."""
    promotion.write(FIRST, WATCHED)
    live = promotion.host.live()
    argv = promotion.argv("playbooks/promote.yml", "-e", f"promotion_environment={promotion.environment}")
    process = promotion.playbooks.start(argv)
    wait_until(lambda: in_step(promotion, "observe"), "the step observe", seconds=90)
    promotion.host.docker("kill", promotion.host.containers()["quote-page"]["Id"])
    output, _errors = process.communicate(timeout=120)
    assert process.returncode == 2, output
    (host,) = deployments(promotion)[-1]["hosts"]
    assert (host["outcome"], host["live"]) == ("rolled_back", live)
    steps = {one["name"]: one["state"] for report in host["reports"] for one in report["steps"]}
    assert steps["observe"] == "failed"
    code, told = verified(promotion)
    assert code == OK, told


def in_step(promotion: Promotion, step: str) -> bool:
    last = promotion.host.journal()[-1]
    return (last["event"], last.get("step"), last.get("state")) == ("step", step, "started")


def test_a_secret_value_gets_into_no_receipt_and_refuses_a_promotion(promotion: Promotion) -> None:
    receipts, before, given = promotion.receipt_files(), promotion.host.snapshot(), dict(promotion.values)
    promotion.values["ARTWORK_INTAKE_TOKEN"] = f"mint-promotion/{promotion.stack.name}/artwork"
    text = promotion.write(SECOND)
    promotion.manifest.write_text(f"# {promotion.values['ARTWORK_INTAKE_TOKEN']}\n{text}", encoding="utf-8")
    promotion.promote().refused("No intent receipt could be written", "A secret value stands in")
    promotion.values = given
    assert promotion.receipt_files() == receipts
    assert promotion.host.snapshot() == before


def test_without_its_ledger_a_promotion_is_refused_and_a_rollback_goes_on(promotion: Promotion) -> None:
    before, receipts = promotion.host.snapshot(), len(lines(promotion))
    promotion.write(SECOND)
    promotion.variables["promotion_ledger"] = f"git+file://{promotion.receipts.parent}/nowhere.git"
    promotion.promote().refused("anchor", "INCONCLUSIVE", "nowhere.git")
    assert promotion.host.snapshot() == before
    target = others(promotion, promotion.host.live())
    run = promotion.rollback("-e", f"promotion_release={target}").ended_well()
    assert (run.outcomes, promotion.host.live()) == ({"prod-3": "restored"}, target)
    assert "nowhere.git" in run.receipt["inconclusive"][0]
    assert "| Status | INCONCLUSIVE |" in rendering(promotion, run.receipt["runKey"])

    del promotion.variables["promotion_ledger"]
    key = promotion.gate_key
    promotion.gate_key = {}
    promotion.promote().refused("promotion_gate_key: found nothing", "mint.promotion.keys")
    target = others(promotion, promotion.host.live())
    run = promotion.rollback("-e", f"promotion_release={target}").ended_well()
    assert "no gate key" in run.receipt["inconclusive"][0]
    promotion.gate_key = key
    assert len(lines(promotion)) == receipts


def rendering(promotion: Promotion, run_key: str) -> str:
    return (promotion.receipts / "sessions" / f"R{run_key}" / "receipt.md").read_text(encoding="utf-8")
