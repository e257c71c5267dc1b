# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of receipts, each caused here and judged twice: by the collection, and by the script for strangers.

The number in a name is that of the row in docs/receipts.md, "What a verification tells apart".
"""

from __future__ import annotations

import base64
import json
from typing import Any, Callable

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    Envelope,
    EnvelopeSignature,
    envelope_line,
    parse_envelope,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ApprovalPolicy
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import parse_ssh_signature
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import approval_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import INVALID, OK
from ledgers import PEOPLE, Ledger, People, gate_key, manifest_digest, time_at
from ledgers.second_opinion import Check, judge

TWO_OF_THREE = ApprovalPolicy(2, PEOPLE)


def test_an_honest_ledger_is_ok(promoted: Ledger, check: Check) -> None:
    found = check(promoted, OK)
    assert found.ours.counts == {OK: 7, INVALID: 0, "INDETERMINATE": 0}
    assert (found.ours.size, found.ours.anchored, found.reasons) == (7, 1, "")


# --- 1: what was signed was changed


def test_1_a_flipped_byte_of_a_payload(promoted: Ledger, check: Check) -> None:
    _change_payload(promoted, 3, b"PASSED", b"PASSEE")
    check(promoted, INVALID, "line 3: predicate", line=3)


def test_1_a_flipped_byte_that_leaves_a_statement(promoted: Ledger, check: Check) -> None:
    _change_payload(promoted, 3, b"as it should be", b"as it shoulb be")
    check(promoted, INVALID, "line 3: no valid signature of a gate key", line=3)


def _change_payload(ledger: Ledger, line: int, old: bytes, new: bytes) -> None:
    """Change a payload under the signatures that it has."""
    data = json.loads(ledger.lines[line - 1])
    payload = base64.b64decode(data["payload"])
    assert old in payload
    data["payload"] = base64.b64encode(payload.replace(old, new)).decode()
    ledger.lines[line - 1] = json.dumps(data).encode()


def test_1_another_payload_type(promoted: Ledger, check: Check) -> None:
    data = json.loads(promoted.lines[2])
    promoted.lines[2] = json.dumps({**data, "payloadType": "text/plain"}).encode()
    check(promoted, INVALID, "line 3: payloadType is 'text/plain', wanted application/vnd.in-toto+json", line=3)


def test_1_signatures_swapped_between_receipts(promoted: Ledger, check: Check) -> None:
    one, other = json.loads(promoted.lines[2]), json.loads(promoted.lines[3])
    one["signatures"], other["signatures"] = other["signatures"], one["signatures"]
    promoted.lines[2:4] = [json.dumps(data).encode() for data in (one, other)]
    found = check(promoted, INVALID, "line 3: no valid signature", "line 4: no valid signature", line=3)
    assert found.our_lines[4] == INVALID


# --- 2: keys that count for nothing here


def test_2_a_key_that_nobody_trusts(ledger: Ledger, check: Check) -> None:
    ledger.key = gate_key("stranger")
    ledger.promote()
    ledger.key = gate_key("first")
    found = check(ledger, INVALID, "line 2: no valid signature of a gate key; signature 1", "no trusted key", line=2)
    assert set(found.our_lines) == {2, 3, 4, 5, 6, 7}


def test_2_an_approval_of_a_person_that_nobody_knows(ledger: Ledger, check: Check) -> None:
    ledger.approve("mallory")
    check(ledger, INVALID, "line 2: no valid signature of a person", "is not among the allowed signers", line=2)


def test_2_an_approval_in_another_namespace(ledger: Ledger, check: Check) -> None:
    ledger.approve("alice", namespace="git")
    check(ledger, INVALID, "made for the namespace 'git', wanted mint.promotion", line=2)


def test_2_a_trusted_key_that_the_log_does_not_introduce(ledger: Ledger, check: Check) -> None:
    ledger.trusted.append(gate_key("second"))
    ledger.key = gate_key("second")
    ledger.promote()
    ledger.key = gate_key("first")
    check(ledger, INVALID, "no receipt before this place introduces it", line=2)


def test_2_a_gate_key_after_its_revocation(ledger: Ledger, check: Check) -> None:
    first, second = gate_key("first"), gate_key("second")
    ledger.trusted.append(second)
    ledger.key_event("introduced", second)
    ledger.promote()
    ledger.key = second
    ledger.key_event("revoked", first)
    ledger.key = first
    ledger.promote(2)
    ledger.key = second
    found = check(ledger, INVALID, "line 10: no valid signature", "line 9 has revoked or replaced it", line=10)
    assert min(found.our_lines) == 10, "what was signed before the revocation stays good"


def test_2_a_rotated_ledger_is_ok(ledger: Ledger, check: Check) -> None:
    _rotate(ledger)
    check(ledger, OK)


def test_2_a_checkpoint_of_the_key_before_the_rotation(ledger: Ledger, check: Check) -> None:
    _rotate(ledger)
    ledger.note = ledger.checkpoint(key=gate_key("first"))
    check(ledger, INVALID, "signed by a gate key that is not valid at 14")


def _rotate(ledger: Ledger) -> None:
    """A promotion, a rotation, a promotion."""
    second = gate_key("second")
    ledger.trusted.append(second)
    ledger.promote()
    ledger.key_event("rotated", second, ledger.key.keyid)
    ledger.key = second
    ledger.promote(2)


def test_2_the_key_of_a_person_outside_its_days(ledger: Ledger, people: People, check: Check) -> None:
    ledger.signers[0] = f'alice namespaces="mint.promotion",valid-before="20260101Z" {people.public("alice")}'
    ledger.approve("alice")
    check(ledger, INVALID, "line 2: no valid signature of a person", "of alice", "not valid at 2026-11-01", line=2)


def test_2_the_key_of_a_person_within_its_days(ledger: Ledger, people: People, check: Check) -> None:
    days = 'valid-after="20261101Z",valid-before="20261102Z"'
    ledger.signers[0] = f'alice namespaces="mint.promotion",{days} {people.public("alice")}'
    ledger.approve("alice")
    check(ledger, OK)


def test_2_the_key_of_a_person_for_another_namespace(ledger: Ledger, people: People, check: Check) -> None:
    ledger.signers[0] = f'alice namespaces="git" {people.public("alice")}'
    ledger.approve("alice")
    check(ledger, INVALID, "may not sign in the namespace mint.promotion", line=2)


def test_2_an_approval_dated_back_to_before_its_key_ended(ledger: Ledger, people: People, check: Check) -> None:
    ledger.signers[0] = f'alice valid-before="202611011203Z" {people.public("alice")}'
    ledger.promote()
    ledger.approve("alice", approved_on=time_at(1))
    check(ledger, INVALID, "line 8: no valid signature of a person", line=8)


def test_2_the_revoked_key_of_a_person(ledger: Ledger, people: People, check: Check) -> None:
    fingerprint = parse_ssh_signature(people.sign("alice", b"any").sig).key.fingerprint
    ledger.approve("alice")
    ledger.signer_event("revoked", "alice", fingerprint)
    ledger.approve("alice")
    found = check(ledger, INVALID, "line 4: no valid signature of a person", "line 3 has revoked", line=4)
    assert set(found.our_lines) == {4}


# --- 3: not enough people. Where two approvals come before it, the verdict is line 7


def approved(ledger: Ledger, *approvals: str, policy: ApprovalPolicy = TWO_OF_THREE, requester: str = "dana") -> None:
    """A promotion that names these approvals as inputs of its verdict."""
    run = ledger.run(requester=requester)
    verdict = ledger.verdict(run, [*ledger.gates(run), *approvals], policy=policy)
    ledger.intent(run, verdict)
    ledger.outcome(run, verdict)


def test_3_two_people_of_three(ledger: Ledger, check: Check) -> None:
    approved(ledger, ledger.approve("alice"), ledger.approve("bob"))
    check(ledger, OK)


def test_3_two_people_under_one_approval(ledger: Ledger, check: Check) -> None:
    approved(ledger, ledger.approve("alice", "bob"))
    check(ledger, OK)


def test_3_the_same_signature_twice_in_one_receipt(ledger: Ledger, check: Check) -> None:
    approved(ledger, ledger.approve("alice", "alice"))
    check(ledger, INVALID, "line 6: approvals: 1 of 2 wanted (alice)", line=6)


def test_3_the_same_signature_twice_in_two_receipts(ledger: Ledger, check: Check) -> None:
    first = ledger.approve("alice")
    approved(ledger, first, ledger.add(ledger.lines[1]))
    found = check(ledger, INVALID, "line 3: the same line as line 2", "approvals: 1 of 2 wanted (alice)", line=3)
    assert found.our_lines[7] == INVALID


def test_3_one_person_with_two_keys(ledger: Ledger, people: People, check: Check) -> None:
    ledger.signers.append(f"alice {people.public('alice-2')}")
    approved(ledger, ledger.approve("alice"), ledger.approve("alice-2"))
    check(ledger, INVALID, "line 7: approvals: 1 of 2 wanted (alice)", line=7)


def test_3_the_requester_approves_the_own_change(ledger: Ledger, check: Check) -> None:
    approved(ledger, ledger.approve("alice"), ledger.approve("bob"), requester="bob")
    check(ledger, INVALID, "line 7: approvals: 1 of 2 wanted (alice)", "bob requested the run", line=7)


def test_3_the_requester_who_signed_the_request_under_another_name(ledger: Ledger, check: Check) -> None:
    approvals = [ledger.approve("alice"), ledger.approve("bob")]
    run = ledger.run(requester="root")
    verdict = ledger.verdict(run, [*ledger.gates(run), *approvals], policy=TWO_OF_THREE)
    ledger.intent(run, verdict, requested_by="bob")
    ledger.outcome(run, verdict)
    check(ledger, INVALID, "line 7: approvals: 1 of 2 wanted (alice)", "bob requested the run", line=7)


def test_3_people_whom_the_policy_does_not_name(ledger: Ledger, check: Check) -> None:
    policy = ApprovalPolicy(2, ("alice", "carol"))
    approved(ledger, ledger.approve("alice"), ledger.approve("bob"), policy=policy)
    check(ledger, INVALID, "line 7: approvals: 1 of 2 wanted (alice)", "bob is not among the principals", line=7)


def test_3_the_override_of_a_freeze_window_is_no_plain_approval(ledger: Ledger, check: Check) -> None:
    approved(ledger, ledger.approve("alice"), ledger.approve("bob", overrides="weekend"))
    check(ledger, INVALID, "line 7: approvals: 1 of 2 wanted (alice)", line=7)


def test_3_an_override_beside_enough_plain_approvals(ledger: Ledger, check: Check) -> None:
    approved(ledger, ledger.approve("alice", "bob"), ledger.approve("carol", overrides="weekend"))
    check(ledger, OK)


# --- 4: bad signatures beside good ones


def test_4_one_bad_signature_beside_enough_good_ones(ledger: Ledger, people: People, check: Check) -> None:
    statement = approval_statement(ledger.approval())
    bad = people.sign("carol", b"something else")
    approved(ledger, ledger.append(statement, *ledger.signatures(statement, "alice", "bob"), bad))
    found = check(ledger, OK, "line 2: warning: signature 3 of carol", "does not fit what was signed")
    assert "warning: line 2" in found.output


def test_4_a_bad_gate_signature_beside_a_good_one(promoted: Ledger, check: Check) -> None:
    envelope = parse_envelope(promoted.lines[6])
    signatures = (EnvelopeSignature("", bytes(64)), *envelope.signatures)
    promoted.lines[6] = envelope_line(Envelope(envelope.payload, envelope.payload_type, signatures))
    check(promoted, OK, "line 7: warning: signature 1")


def test_4_a_signature_without_keyid_in_the_alphabet_of_urls(promoted: Ledger, check: Check) -> None:
    data = json.loads(promoted.lines[6])
    sig = data["signatures"][0]["sig"].replace("+", "-").replace("/", "_")
    promoted.lines[6] = json.dumps({**data, "signatures": [{"sig": sig}]}).encode()
    check(promoted, OK)


# --- 5: approvals of something else


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"environment": "staging"}, "is for the environment staging, wanted prod"),
        ({"stack": "blog"}, "is for the stack blog, wanted shop"),
        ({"manifest_digest": manifest_digest(9)}, "is for another manifest"),
        ({"expires_on": time_at(3)}, f"expired on {time_at(3)}"),
    ],
    ids=["environment", "stack", "manifest", "expired"],
)
def test_5_an_approval_of_something_else(ledger: Ledger, check: Check, other: dict[str, Any], reason: str) -> None:
    approved(ledger, ledger.approve("alice"), ledger.approve("bob", **other))
    check(ledger, INVALID, f"line 7: the approval of line 3 {reason}", line=7)


def test_5_a_replayed_approval(ledger: Ledger, check: Check) -> None:
    approvals = [ledger.approve("alice"), ledger.approve("bob")]
    run = ledger.run()
    ledger.intent(run, ledger.verdict(run, [*ledger.gates(run), *approvals], policy=TWO_OF_THREE))
    ledger.outcome(run, outcome="rolled_back")
    again = ledger.run(2, manifest_digest=run.manifest_digest, manifest_text=run.manifest_text)
    ledger.intent(again, ledger.verdict(again, [*ledger.gates(again), *approvals], policy=TWO_OF_THREE))
    ledger.outcome(again)
    check(ledger, INVALID, "line 13: the approval of line 2 is used up: line 7 has used it", line=13)


def test_5_an_approval_for_a_replaced_manifest(ledger: Ledger, check: Check) -> None:
    approvals = [ledger.approve(name, number=2, replaces=manifest_digest(9)) for name in ("alice", "bob")]
    ledger.promote(1)
    ledger.promote(2, approvals, TWO_OF_THREE)
    check(ledger, INVALID, "line 13: the approval of line 2 is for replacing", "was live by then", line=13)


def test_5_an_approval_for_the_manifest_that_is_live(ledger: Ledger, check: Check) -> None:
    ledger.promote(1)
    approvals = [ledger.approve(name, number=2, replaces=manifest_digest(1)) for name in ("alice", "bob")]
    ledger.promote(2, approvals, TWO_OF_THREE)
    check(ledger, OK)


# --- 17: a policy that is none


@pytest.mark.parametrize("threshold", [0, 4])
def test_17_a_threshold_of_nobody_or_of_more_than_there_are(ledger: Ledger, check: Check, threshold: int) -> None:
    approved(ledger, ledger.approve(*PEOPLE), policy=ApprovalPolicy(threshold, PEOPLE))
    check(ledger, INVALID, "line 6: predicate.approvals.threshold: found", line=6)


# --- 15: what is no receipt


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda payload: payload.replace(b'{"_type"', b'{"_type":"","_type"', 1), "the key '_type' twice"),
        (lambda payload: payload.replace(b"a" * 64, b"a" * 63), "wanted 64 hexadecimal digits"),
        (lambda payload: b"no JSON", "no JSON"),
        (lambda payload: b"[]", "an in-toto Statement"),
        (lambda payload: payload.replace(b"test-result/v0.1", b"test-result/v9.9"), "predicateType"),
        (lambda payload: payload.replace(b"2026-11-01T", b"2026-02-31T"), "a day and an hour that exist"),
        (lambda payload: b'{"a":' * 5000 + b"1" + b"}" * 5000, "JSON of more than"),
        (lambda payload: payload.replace(b'"PASSED"', b"NaN"), "NaN"),
        (lambda payload: payload[:-1] + b"\xff}", "UTF-8"),
    ],
    ids=["key twice", "digest", "no JSON", "a list", "predicate type", "time", "depth", "NaN", "UTF-8"],
)
def test_15_a_statement_that_is_none(
    promoted: Ledger, check: Check, change: Callable[[bytes], bytes], reason: str
) -> None:
    payload = change(parse_envelope(promoted.lines[1]).payload)
    promoted.lines[1] = envelope_line(promoted.key.sign_envelope(payload))  # as a writer of ours that is wrong
    check(promoted, INVALID, reason, line=2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not JSON", "no JSON"),
        (b"", "no JSON"),
        (b'{"payload":"","payload":"","payloadType":"","signatures":[]}', "the key 'payload' twice"),
        (b'{"payload":"!","payloadType":"x","signatures":[{"sig":""}]}', "a payload that is no base64"),
        (b'{"payloadType":"x","signatures":[{"sig":""}]}', "found no payload"),
        (b'{"payload":"' + b"A" * 50_000_000 + b'"}', "a line of 50000014 bytes, wanted 1048576 at most"),
    ],
    ids=["not JSON", "empty", "key twice", "no base64", "no payload", "50 MB"],
)
def test_15_a_line_that_is_no_envelope(promoted: Ledger, check: Check, line: bytes, reason: str) -> None:
    promoted.add(line)
    check(promoted, INVALID, "line 8", reason, line=8)


def test_15_a_duplicate_run_key(promoted: Ledger, check: Check) -> None:
    run = promoted.run()
    promoted.outcome(run)
    check(promoted, INVALID, f"line 8: duplicate run key {run.key}: line 7 is its outcome already", line=8)


def test_a_receipt_may_have_fields_in_its_envelope_that_dsse_does_not_know(promoted: Ledger, tmp_path: Any) -> None:
    promoted.lines[6] = json.dumps({**json.loads(promoted.lines[6]), "note": 1}).encode()
    found = judge(promoted, tmp_path)
    assert (found.ours.verdict, found.strange) == (OK, OK)


@pytest.mark.parametrize(
    ("signer", "told", "verdict"), [("bob", "bob", OK), ("bob", "alice", INVALID), ("", "bob", INVALID)]
)
def test_an_outcome_names_only_who_signed_the_intent(
    ledger: Ledger, check: Check, signer: str, told: str, verdict: str
) -> None:
    run = ledger.run()
    decided = ledger.verdict(run, ledger.gates(run))
    ledger.intent(run, decided, requested_by=signer)
    ledger.outcome(run, decided, request_signed_by=told)
    reasons = [] if verdict == OK else [f"{told} has not signed the intent of line 6"]
    check(ledger, verdict, *reasons)
