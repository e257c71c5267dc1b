# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ledgers by somebody who has the gate key and does not go through the gate; both verifiers judge each."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    RECEIPT_FILE,
    ROLLBACK,
    ApprovalPolicy,
    HostOutcome,
    KeyEvent,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import receipt_text, renderings
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    deployment_statement,
    gate_statements,
    key_statement,
    verdict_statement,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import INDETERMINATE, INVALID
from ledgers import LOWERED, PEOPLE, Ledger, gate_key, time_at
from ledgers.maker import evaluated, report
from ledgers.second_opinion import Check, judge

ONE = ApprovalPolicy(1, PEOPLE)
NOTHING: dict[str, Any] = {"manifest": None, "manifest_digest": "", "manifest_text": "", "manifest_path": ""}


def decide(ledger: Ledger, run: Run, *approvals: str, **changed: Any) -> str:
    return ledger.verdict(run, [*ledger.gates(run), *approvals], policy=ONE if approvals else None, **changed)


def go_on(ledger: Ledger, run: Run, verdict: str, **outcome: Any) -> None:
    ledger.intent(run, verdict)
    ledger.outcome(run, verdict, **outcome)


def tell(ledger: Ledger, run: Run, word: str, hosts: tuple[HostOutcome, ...], verdict: str = "") -> None:
    """Append an outcome that says of its hosts what they did not say, with its files."""
    told: dict[str, Any] = {"evidence_digest": ledger._evidence(run), "verdict_receipt": verdict}
    statement = deployment_statement(run, "outcome", time_at(len(ledger.lines)), word, hosts, **told)
    files = {RECEIPT_FILE: receipt_text(statement).encode(), **renderings(statement)}
    ledger.sessions.setdefault(run.key, {"manifest.yml": run.manifest_text.encode()}).update(files)
    ledger.append(statement)


def in_another_envelope(line: bytes) -> bytes:
    data = json.loads(line)
    return json.dumps({**data, "signatures": [{"sig": one["sig"]} for one in data["signatures"]]}).encode()


# --- approvals


def test_an_approval_comes_again_in_another_envelope(ledger: Ledger, check: Check) -> None:
    run = ledger.run(1)
    go_on(ledger, run, decide(ledger, run, ledger.approve("alice")), outcome="taken_back")
    again = replace(run, key=ledger.run(2).key)
    go_on(ledger, again, decide(ledger, again, ledger.add(in_another_envelope(ledger.lines[1]))))
    check(ledger, INVALID, "line 13: the approval of line 9 is used up: line 6 has used it", line=13)


def test_a_clock_that_is_set_back_revives_no_approval(ledger: Ledger, check: Check) -> None:
    approval, run = ledger.approve("alice", expires_on=time_at(2)), ledger.run()
    go_on(ledger, run, decide(ledger, run, approval, timeVerified=time_at(1)))
    check(ledger, INVALID, f"line 6: the approval of line 2 expired on {time_at(2)}", line=6)


# --- what a verdict and an intent stand on


def test_an_intent_to_promote_nothing_that_was_named(ledger: Ledger, check: Check) -> None:
    run = ledger.run(**NOTHING)
    go_on(ledger, run, decide(ledger, run), outcome="no_change")
    check(ledger, INVALID, "line 6: predicate.manifest: found null", line=6)


def test_a_rollback_that_nobody_judged(ledger: Ledger, check: Check) -> None:
    go_on(ledger, ledger.run(action=ROLLBACK, **NOTHING), "", outcome="restored")
    check(ledger, INVALID, "line 2: an intent without the verdict that lets it go on", line=2)


def test_gates_that_looked_at_no_manifest(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    gates = gate_statements(replace(run, manifest_digest=""), evaluated({}, {}), "sha256:" + "0" * 64, time_at(3))
    verdict = ledger.verdict(run, [ledger.append(one) for one in gates])
    ledger.sessions[run.key] = {"manifest.yml": run.manifest_text.encode()}
    go_on(ledger, run, verdict)
    check(ledger, INVALID, "line 5: its gate engine has judged another manifest (line 2)", line=5)


def test_a_host_that_no_gate_judged(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    go_on(ledger, replace(run, hosts=(*run.hosts, "prod-3")), decide(ledger, run))
    check(ledger, INVALID, "line 6: no gate has judged the host prod-3", line=6)


def test_an_intent_that_tells_of_better_gates(ledger: Ledger, check: Check) -> None:
    run, found, modes = ledger.run(**LOWERED), {"disk": "FAILED"}, {"disk": "report"}
    verdict = ledger.verdict(run, ledger.gates(run, found, modes))
    ledger.intent(run, verdict, evaluation=evaluated({}, {}))
    ledger.outcome(run, verdict, evaluation=evaluated({}, {}))
    check(ledger, INVALID, "line 6: what it tells of its gates is not what their receipts say", line=6)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: {**one, "subject": [{"name": "evil", "digest": {"sha256": "e" * 64}}]}, "its subject is not that"),
        (lambda one: _changed(one, resourceUri="mint.promotion:stack/shop/dev"), "resourceUri"),
        (lambda one: _changed(one, policy={"uri": "any", "digest": {"sha256": "0" * 64}}), "predicate.policy.digest"),
    ],
    ids=["subject", "resource", "policy"],
)
def test_a_verdict_that_tells_other_tools_something_else(
    ledger: Ledger, check: Check, change: Callable[[dict[str, Any]], dict[str, Any]], reason: str
) -> None:
    run = ledger.run()
    gates = ledger.gates(run)
    go_on(ledger, run, ledger.append(change(verdict_statement(run, evaluated({}, {}), gates, time_at(5), "0.1.0"))))
    check(ledger, INVALID, reason, line=5)


def _changed(statement: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**statement, "predicate": {**statement["predicate"], **changed}}


def test_a_deployment_of_images_that_are_not_its_subject(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    verdict = decide(ledger, run)
    other = {"name": "artwork", "service": "artwork", "image": f"example.com/a@sha256:{'f' * 64}", "revision": None}
    ledger.append(_changed(deployment_statement(run, "intent", time_at(6), verdict_receipt=verdict), modules=[other]))
    check(ledger, INVALID, "line 6: subject: found", line=6)


# --- what an outcome says


def test_a_refused_run_that_changed_hosts(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    tell(
        ledger,
        run,
        "refused",
        tuple(HostOutcome(one, "promoted", reports=(report(run, "promoted"),)) for one in run.hosts),
    )
    check(ledger, INVALID, "line 2: the host prod-1 was changed without an intent before it", line=2)


def test_a_promotion_that_went_well_on_no_host(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    verdict = decide(ledger, run)
    ledger.intent(run, verdict)
    tell(ledger, run, "promoted", tuple(HostOutcome(one, "rollback_failed") for one in run.hosts), verdict)
    check(ledger, INVALID, "line 7: predicate.outcome", line=7)


def test_an_outcome_that_leaves_a_host_out(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    verdict = decide(ledger, run)
    ledger.intent(run, verdict)
    ledger.outcome(replace(run, hosts=run.hosts[:1]), verdict)
    check(ledger, INVALID, "line 7: hosts is not that of line 6", line=7)


def test_an_outcome_of_another_requester(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    verdict = decide(ledger, run)
    ledger.intent(run, verdict)
    ledger.outcome(replace(run, requester="mallory"), verdict)
    check(ledger, INVALID, "line 7: request is not that of line 6", line=7)


def test_an_outcome_that_names_another_verdict(ledger: Ledger, check: Check) -> None:
    ledger.promote(1)
    run = ledger.run(2)
    ledger.intent(run, decide(ledger, run))
    ledger.outcome(run, "sha256:" + "9" * 64)
    check(ledger, INVALID, "line 13: its verdict is not that of line 12", line=13)


def test_an_outcome_of_an_intent_that_is_invalid(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    go_on(ledger, run, ledger.verdict(run, ledger.gates(run, {"disk": "FAILED"})))
    check(ledger, INVALID, "line 7: its intent is INVALID (line 6)", line=7)


def test_an_interrupted_run_that_another_environment_resolves(ledger: Ledger, check: Check) -> None:
    cut, other = ledger.run(1), ledger.run(2, environment="staging")
    ledger.intent(cut, decide(ledger, cut))
    go_on(ledger, other, decide(ledger, other), resolves=cut.key)
    check(ledger, INVALID, f"line 12: it resolves {cut.key}, which is no earlier intent", line=12)


def test_an_intent_that_resolves_itself(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    ledger.intent(run, decide(ledger, run), resolves=run.key)
    found = check(ledger, INVALID, "line 6: an intent that resolves another run", line=6)
    assert found.ours.unfinished == (run.key,)


def test_a_receipt_without_renderings(promoted: Ledger, check: Check) -> None:
    payload = json.loads(base64.b64decode(json.loads(promoted.lines.pop())["payload"]))
    promoted.append(_changed(payload, renderings=[]))
    check(promoted, INVALID, "line 7: predicate.renderings", line=7)


# --- keys, checkpoints and anchors


def test_a_key_receipt_that_shows_another_key(ledger: Ledger, check: Check) -> None:
    shown = gate_key("other").public_pem
    ledger.append(key_statement(KeyEvent("introduced", "gate", gate_key("second").keyid, "ed25519", shown, time_at(3))))
    check(ledger, INVALID, "line 2: predicate.key: found a public key of another keyid", line=2)


@pytest.mark.parametrize("kept", [0, 4])
def test_the_checkpoint_is_taken_away_with_the_end_of_the_log(promoted: Ledger, check: Check, kept: int) -> None:
    anchor = promoted.checkpoint()
    del promoted.lines[kept:]
    promoted.note = ""
    check(promoted, INVALID, "ledger/checkpoint is missing, and anchor anchor-0 has seen", anchors=[anchor])


def test_a_ledger_is_rolled_back_behind_a_rotation(promoted: Ledger, check: Check) -> None:
    before, second = promoted.checkpoint(), gate_key("second")
    promoted.trusted.append(second)
    promoted.key_event("rotated", second, promoted.key.keyid)
    promoted.key = second
    promoted.promote(2)
    anchor = promoted.checkpoint()
    del promoted.lines[7:], promoted.sessions[promoted.run(2).key]
    promoted.note = before
    check(promoted, INVALID, "covers 7 receipts, and anchor anchor-0 has seen 14", anchors=[anchor])


# --- what readers of JSON and base64 read in different ways


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (b'"x":' + b"[" * 40 + b"]" * 40, "JSON of more than 32 levels"),
        (b'"x":1e999', "out of range"),
        (b'"x":' + b"9" * 100, "a number of 100 characters"),
        (b'"x":"\\ud800"', "no UTF-8"),
        (b'"x":{"y":1,"y":2}', "the key 'y' twice"),
    ],
    ids=["depth", "infinite", "digits", "surrogate", "key twice"],
)
def test_an_envelope_that_readers_read_differently(promoted: Ledger, check: Check, more: bytes, reason: str) -> None:
    promoted.lines[6] = promoted.lines[6][:-1] + b"," + more + b"}"
    check(promoted, INVALID, reason, line=7)


@pytest.mark.parametrize("keyid", [None, 7])
def test_a_keyid_that_is_no_text(promoted: Ledger, check: Check, keyid: Any) -> None:
    data = json.loads(promoted.lines[6])
    data["signatures"][0]["keyid"] = keyid
    promoted.lines[6] = json.dumps(data).encode()
    check(promoted, INVALID, "as keyid, wanted text", line=7)


def test_more_signatures_than_anybody_wants_to_check(promoted: Ledger, check: Check) -> None:
    data = json.loads(promoted.lines[6])
    data["signatures"] += [{"sig": base64.b64encode(bytes(64)).decode()}] * 32
    promoted.lines[6] = json.dumps(data).encode()
    check(promoted, INVALID, "found 33 signatures", line=7)


@pytest.mark.parametrize(
    "change",
    [
        lambda run, one: _changed(one, extra=""),
        lambda run, one: _changed(one, runKey=run.key + "\n"),
        lambda run, one: _changed(one, runKey="../../../etc"),
        lambda run, one: _changed(one, runKey={}),
        lambda run, one: {**one, "extra": 1},
        lambda run, one: _changed(one, resolves=[]),
        lambda run, one: _changed(one, hosts=None),
        lambda run, one: _changed(one, outcome=["refused"]),
        lambda run, one: {**one, "_type": "https://in-toto.io/Statement/v2"},
    ],
    ids=["field", "newline", "path", "kind", "outside", "list", "null", "outcome", "type"],
)
def test_a_statement_that_is_not_closed(
    ledger: Ledger, check: Check, change: Callable[[Run, dict[str, Any]], dict[str, Any]]
) -> None:
    run = ledger.run()
    ledger.append(change(run, deployment_statement(run, "outcome", time_at(3), "refused")))
    check(ledger, INVALID, line=2)


@pytest.mark.parametrize("how", ["base64", "empty line", "control", "not UTF-8"])
def test_a_checkpoint_that_is_written_in_another_way(promoted: Ledger, check: Check, how: str) -> None:
    note = promoted.checkpoint()
    last = note.rindex("=") - 1
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    promoted.note = {
        "base64": note[:last] + letters[letters.index(note[last]) ^ 1] + note[last + 1 :],
        "empty line": note.replace("\n\n", "\n\n\n"),
        "control": note.replace("\n\n", "\r\n\r\n"),
        "not UTF-8": note.replace("\n\n", "\n\ufffd\n\n"),
    }[how]
    check(promoted, INVALID, "ledger/checkpoint")


# --- files beside the receipts


def plant(folder: Path, run: Run, name: str, how: str) -> None:
    path = folder / "receipts" / "sessions" / f"R{run.key}" / name
    content = path.read_bytes()
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how == "link":
        (folder / "elsewhere").write_bytes(content)
        path.symlink_to(folder / "elsewhere")
    elif how == "pipe":
        os.mkfifo(path)
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40)


@pytest.mark.parametrize("name", ["evidence.json", "receipt.json", "receipt.md"])
@pytest.mark.parametrize(
    ("how", "verdict"),
    [("folder", INDETERMINATE), ("link", INDETERMINATE), ("pipe", INDETERMINATE), ("a file of 1 TiB", INVALID)],
)
def test_a_file_of_a_run_that_is_none(promoted: Ledger, tmp_path: Path, name: str, how: str, verdict: str) -> None:
    found = judge(promoted, tmp_path, meanwhile=lambda: plant(tmp_path, promoted.run(), name, how))
    assert (found.ours.verdict, found.strange) == (verdict, verdict), found.output
