# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates approvals, window, staging and drill, with real signatures, files and ledgers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    HostOutcome,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import armored
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import (
    Approvals,
    Drill,
    Policy,
    StagingEvidence,
    Window,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    HostReport,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._approvals_gate import (
    APPROVALS,
    REASON,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import revocation, rotation
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import (
    keep_outcome,
    record_intent,
    session_files,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import Recorded
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey, load_trusted_keys

from .approvals_desk import (
    ADA,
    ALWAYS,
    BOB,
    EVE,
    EVIDENCE,
    PEOPLE,
    SMOKE,
    TWO_OF_THREE,
    Desk,
    a_judgement,
    a_refusal,
    an_outcome,
    desk,
)

__all__ = ["desk"]


def test_without_a_policy_nothing_is_asked(desk: Desk) -> None:
    assert desk.judge(desk.run(Policy())) == {}


def test_two_of_three_let_a_promotion_go_on_and_are_used_up_then(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    missing = desk.judge(run)["approvals"]
    assert (missing.verdict, missing.counts) == (FAILED, "0/2 approvals")
    assert missing.remedy == (
        "ansible-playbook mint.promotion.approve -e promotion_environment=prod "
        "-e promotion_manifest=deploy/promotion.yml"
    )
    request = desk.request(run, ADA)
    one = desk.judge(run)["approvals"]
    assert (one.verdict, one.counts, f"< {request.path}" in one.remedy) == (FAILED, "1/2 approvals", True)
    Path(f"{request.path}.{EVE}.sig").write_text(armored(desk.ssh_keys.sign("rsa", request.message)))
    desk.promote(run)
    assert desk.faults(run) == []
    again = desk.judge(replace(run, key=run.key[:-1] + "9"))["approvals"]
    assert (again.verdict, "is used up" in again.found) == (FAILED, True)


def test_where_only_the_gates_were_asked_for_approvals_stay_good_for_the_promotion(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    desk.request(run, ADA, BOB)
    results = (GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB"), *desk.judge(run).values())
    files = session_files(run, EVIDENCE)
    build = partial(a_judgement, run, Evaluation(PASSED, results))
    assert not keep_outcome(
        run, desk.ledger(run), build, Recorded.of(files), files, (), Evaluation(PASSED, results)
    ).fault
    assert desk.faults(run) == []
    desk.promote(replace(run, key=run.key[:-1] + "9"))
    assert desk.faults(run) == []


def test_what_replaces_another_manifest_than_the_live_one_does_not_count(desk: Desk) -> None:
    first, second = desk.run(Policy(), "1"), desk.run(Policy(approvals=TWO_OF_THREE), "2")
    desk.promote(first)
    desk.request(second, ADA, BOB)
    found = desk.judge(second)["approvals"]
    assert (found.verdict, "is for replacing nothing" in found.found) == (FAILED, True)
    desk.request(second, ADA, BOB, replaces=first.manifest_digest)
    desk.promote(second)
    assert desk.faults(second) == []


def test_of_two_runs_at_once_one_uses_an_approval_and_the_other_is_refused(desk: Desk) -> None:
    one, other = (desk.run(Policy(approvals=TWO_OF_THREE)) for _number in range(2))
    desk.request(one, ADA, BOB)
    decisions = {run.key: desk.decided(run) for run in (one, other)}  # both before either is recorded
    files = session_files(one, EVIDENCE)
    ledger, decided, backing = decisions[one.key]
    recorded = record_intent(one, ledger, decided, files, (), backing)
    late, passed, same = decisions[other.key]
    with pytest.raises(Refused, match="has used the approval"):
        record_intent(other, late, passed, files, (), same)
    kept = keep_outcome(other, late, partial(a_refusal, other, passed, "used"), Recorded.of(files), files, (), passed)
    report = HostReport("promoted", one.key, True, "r1", None, "r1", 1.0, SMOKE, manifest_digest=one.manifest_digest)
    build = partial(an_outcome, one, (HostOutcome("web1", "promoted", "", (report,)),), decided, timestamp())
    assert (kept.fault, keep_outcome(one, ledger, build, recorded, files).fault) == ("", "")
    assert desk.faults(one) == []


def test_an_approval_is_recorded_behind_what_others_have_appended_meanwhile(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    desk.request(run, ADA, BOB)
    ledger, decided, backing = desk.decided(run)
    desk.promote(desk.run(Policy(), "1", "staging"))
    record_intent(run, ledger, decided, session_files(run, EVIDENCE), (), backing)
    assert desk.judge(run)["approvals"].counts == "0/2 approvals"


def test_an_approval_does_not_hold_once_another_run_has_made_something_else_live(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    desk.request(run, ADA, BOB)
    ledger, decided, backing = desk.decided(run)
    desk.promote(desk.run(Policy(), "1"))
    with pytest.raises(Refused, match="another manifest live"):
        record_intent(run, ledger, decided, session_files(run, EVIDENCE), (), backing)


def test_signatures_that_hold_nothing_are_told(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    request = desk.request(run, ADA)
    Path(f"{request.path}.forged.sig").write_text(armored(desk.ssh_keys.sign("ecdsa", b"something else")))
    Path(f"{request.path}.git.sig").write_text(armored(desk.ssh_keys.sign("rsa", request.message, "git")))
    found = desk.judge(run)["approvals"]
    assert (found.verdict, found.counts) == (FAILED, "1/2 approvals")
    assert "forged.sig: it signs none of the requests in its folder" in found.found
    assert "git.sig" in found.found


def test_a_changed_statement_is_no_approval(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    path = Path(desk.request(run, ADA, BOB).path)
    path.write_bytes(path.read_bytes().replace(b'"environment":"prod"', b'"environment":"Prod"'))
    found = desk.judge(run)["approvals"]
    assert (found.verdict, found.counts) == (FAILED, "0/2 approvals")


def test_a_revoked_key_does_not_count(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    desk.promote(desk.run(Policy(), "1"))
    desk.request(run, ADA, BOB, replaces=desk.run(Policy(), "1").manifest_digest)
    keys = load_trusted_keys(str(desk.folder / "keys"))
    bob = next(one for one in keys.signers if one.principal == BOB)
    desk.ledger(run).home.append([revocation(desk.key, bob, "lost")])
    found = desk.judge(run)["approvals"]
    assert (found.verdict, "its key was revoked" in found.found) == (FAILED, True)


def test_the_requester_is_known_by_the_key_that_signs_the_request(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    desk.request(run, ADA, BOB)
    desk.variables["promotion_requester_key"] = str(desk.ssh_keys.path("ed25519"))
    found = desk.judge(run)["approvals"]
    assert (found.verdict, f"{ADA} asks for this run" in found.found) == (FAILED, True)


def test_another_name_for_the_requester_does_not_let_the_user_here_count(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))  # "dana" asks, by promotion_requester
    desk.request(run, ADA, BOB)
    monkeypatch.setenv("LOGNAME", "ada")
    found = desk.judge(run)["approvals"]
    assert (found.verdict, f"{ADA} asks for this run" in found.found) == (FAILED, True)


def test_whose_key_it_is_cannot_be_told_without_its_public_half(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    desk.request(run, ADA, BOB)
    desk.variables["promotion_requester_key"] = str(desk.folder / "nowhere")
    found = desk.judge(run)["approvals"]
    assert (found.verdict, "ssh-keygen -y" in found.remedy) == (INCONCLUSIVE, True)


def test_named_files_are_taken_in_the_place_of_the_folder(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    path = desk.request(run, ADA, BOB).path
    desk.variables[APPROVALS] = f"{path}, {path}.{ADA}.sig"
    assert desk.judge(run)["approvals"].counts == "1/2 approvals"
    desk.variables[APPROVALS] = [path, f"{path}.absent.sig"]
    assert desk.judge(run)["approvals"].verdict == INCONCLUSIVE


def test_a_ledger_that_was_altered_makes_them_inconclusive(desk: Desk) -> None:
    policy = Policy(approvals=TWO_OF_THREE, staging=StagingEvidence(), drill=Drill())
    desk.promote(desk.run(Policy(), "2", "staging"))
    run = desk.run(policy)
    log = desk.folder / "receipts" / "ledger" / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(reversed(lines)))
    found = desk.judge(run)
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(
        ("approvals", "staging", "drill"), INCONCLUSIVE
    )
    assert "mint.promotion.verify" in found["staging"].remedy


def test_a_ledger_that_a_replaced_gate_key_has_signed_makes_them_inconclusive(desk: Desk) -> None:
    run = desk.run(Policy(approvals=TWO_OF_THREE))
    desk.promote(desk.run(Policy(), "1"))
    desk.request(run, ADA, BOB, replaces=desk.run(Policy(), "1").manifest_digest)
    new, keys = GateKey.make(), load_trusted_keys(str(desk.folder / "keys"))
    (desk.folder / "keys" / "gate.pub").write_text(desk.key.public_pem + new.public_pem)
    desk.ledger(run).home.append([rotation(desk.key, new.half, "stolen")])
    assert desk.judge(run)["approvals"].verdict == PASSED
    desk.ledger(run).home.append([revocation(desk.key, keys.signers[0], "by the thief")])
    found = desk.judge(run)["approvals"]
    assert (found.verdict, "gate key that is not valid" in found.found) == (INCONCLUSIVE, True)


def test_a_window_is_overridden_by_its_own_approvals_and_a_reason(desk: Desk) -> None:
    run = desk.run(Policy(approvals=Approvals(1, tuple(PEOPLE)), windows=(ALWAYS,)))
    desk.request(run, ADA)
    frozen = desk.judge(run)
    assert (frozen["approvals"].verdict, frozen["window"].verdict) == (PASSED, FAILED)
    assert "frozen by always without end (nobody is there); overridden by nobody, wanted 1" in frozen["window"].found
    assert "-e promotion_override_reason=TEXT" in frozen["window"].remedy
    desk.request(run, BOB, overrides="always")
    assert "say why" in desk.judge(run)["window"].remedy
    desk.variables[REASON] = "customers cannot pay"
    assert desk.judge(run)["window"].found == f"frozen by always, overridden by {BOB}: customers cannot pay"
    desk.promote(run)
    assert desk.faults(run) == []
    assert desk.judge(run)["window"].verdict == FAILED


def test_outside_of_its_windows_a_promotion_goes_on(desk: Desk) -> None:
    past = Window("long ago", dates=("2020-01-01",))
    assert desk.judge(desk.run(Policy(windows=(past,))))["window"].verdict == PASSED


def test_a_zone_that_nobody_knows_is_inconclusive(desk: Desk) -> None:
    mars = Window("mars", zone="Mars/Olympus", dates=("2020-01-01",))
    found = desk.judge(desk.run(Policy(windows=(mars,))))["window"]
    assert (found.verdict, "tzdata" in found.remedy) == (INCONCLUSIVE, True)


def test_staging_counts_by_the_digest_of_what_ran_there(desk: Desk) -> None:
    policy = Policy(staging=StagingEvidence())
    run = desk.run(policy)
    assert "in the ledger" in desk.judge(run)["staging"].found
    desk.promote(desk.run(Policy(), "1", "staging"))
    other = desk.judge(run)["staging"]
    assert other.verdict == FAILED
    assert all(sha256_digest(version) in other.found for version in (b"1", b"2"))
    desk.promote(desk.run(Policy(), "2", "staging"))
    assert desk.judge(run)["staging"].verdict == PASSED


def test_a_drill_counts_once_it_went_all_the_way(desk: Desk) -> None:
    run = desk.run(Policy(drill=Drill(max_rollback_seconds=8)))
    assert "no promotion of these artifacts" in desk.judge(run)["drill"].found
    desk.promote(desk.run(Policy(), "1", "staging"), "r1")
    desk.promote(desk.run(Policy(), "2", "staging"), "r2")
    desk.roll_back("r2", "r1", 7.4)
    half = desk.judge(run)["drill"]
    assert (half.verdict, "not promoted again" in half.found) == (FAILED, True)
    desk.promote(desk.run(Policy(), "2", "staging"), "r2")
    whole = desk.judge(run)["drill"]
    assert (whole.verdict, whole.counts) == (PASSED, "rollback 7.4 s")
    slow = desk.judge(desk.run(Policy(drill=Drill(max_rollback_seconds=7))))["drill"]
    assert (slow.verdict, slow.counts) == (FAILED, "rollback 7.4 s")
    assert desk.judge(desk.run(Policy(drill=Drill("prod"))))["drill"].verdict == FAILED
    desk.promote(run)
    assert desk.faults(run) == []


def test_what_ran_in_staging_is_as_old_as_it_says_behind_younger_receipts(desk: Desk) -> None:
    """As behind those of an import."""
    run = desk.run(Policy(staging=StagingEvidence(max_age_seconds=7200, soak_seconds=1800)))
    desk.promote(desk.run(Policy(), "1"))
    begun = datetime.now(UTC)
    for hours, verdict in ((3, FAILED), (1, PASSED)):
        ended = f"{begun - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
        desk.promote(desk.run(Policy(), "2", "staging"), ended=ended)
        assert desk.judge(run)["staging"].verdict == verdict
