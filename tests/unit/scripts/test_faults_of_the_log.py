# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults between receipts, of the log and of the files beside it, each caused here and judged twice.

The number in a name is that of the row in docs/receipts.md, "What a verification tells apart".
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import envelope_line, parse_envelope
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ROLLBACK
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import INDETERMINATE, INVALID, OK
from ledgers import LOWERED, Ledger, People, gate_key
from ledgers.second_opinion import SCRIPT, Check

FILES = ["evidence.json", "manifest.yml", "receipt.json", "receipt.md", "output.txt", "change-pack.md"]


# --- 6: what a verdict stands on


@pytest.mark.parametrize("verdict", ["FAILED", "INCONCLUSIVE"])
def test_6_passed_while_a_gate_did_not(ledger: Ledger, check: Check, verdict: str) -> None:
    run = ledger.run()
    ledger.intent(run, ledger.verdict(run, ledger.gates(run, {"disk": verdict})))
    ledger.outcome(run)
    check(ledger, INVALID, "line 5: PASSED, while the gate disk is FAILED (line 4)", line=5)


def test_6_passed_while_a_gate_only_reports(ledger: Ledger, check: Check) -> None:
    run = ledger.run(**LOWERED)
    ledger.intent(run, ledger.verdict(run, ledger.gates(run, {"disk": "FAILED"}, {"disk": "report"})))
    ledger.outcome(run)
    check(ledger, OK)


def test_6_passed_while_a_failed_gate_is_left_out(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    ledger.intent(run, ledger.verdict(run, ledger.gates(run, {"disk": "FAILED"})[:2]))
    ledger.outcome(run)
    check(ledger, INVALID, "line 5: PASSED without the gate disk of this run (line 4)", line=5)


def test_6_passed_with_an_input_that_is_not_in_the_log(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    ledger.intent(run, ledger.verdict(run, [*ledger.gates(run), "sha256:" + "c" * 64]))
    ledger.outcome(run)
    check(ledger, INVALID, "line 5: inputAttestations[3] sha256:cccccccccccccccc… is missing", line=5)


def test_6_passed_with_the_gates_of_another_run(ledger: Ledger, check: Check) -> None:
    gates = ledger.gates(ledger.run())
    run = ledger.run(2)
    ledger.intent(run, ledger.verdict(run, gates))
    ledger.outcome(run)
    check(ledger, INVALID, "line 5: runKey is", line=5)


def test_6_a_gate_whose_result_is_not_what_it_found(ledger: Ledger, check: Check) -> None:
    ledger.gates(ledger.run(), {"disk": "FAILED"}, result="PASSED")
    check(ledger, INVALID, 'line 4: predicate.result: found "PASSED"', line=4)


def test_6_an_intent_against_the_verdict(ledger: Ledger, check: Check) -> None:
    run, found = ledger.run(), {"disk": "FAILED"}
    ledger.intent(run, ledger.verdict(run, ledger.gates(run, found), found))
    ledger.outcome(run)
    check(ledger, INVALID, "line 6: its verdict is FAILED (line 5)", line=6)


def test_6_an_outcome_that_nobody_intended(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    ledger.outcome(run, ledger.verdict(run, ledger.gates(run)))
    check(ledger, INVALID, "line 6: outcome promoted without an intent before it", line=6)


def test_6_a_refused_run_is_a_good_receipt(ledger: Ledger, check: Check) -> None:
    run, found = ledger.run(), {"disk": "FAILED"}
    ledger.outcome(run, ledger.verdict(run, ledger.gates(run, found), found), "refused")
    check(ledger, OK)


# --- 7 and 8: other lines under the same checkpoint


def test_7_the_same_receipt_signed_again(promoted: Ledger, check: Check) -> None:
    promoted.note = promoted.checkpoint()
    promoted.lines[6] = envelope_line(promoted.key.countersign(parse_envelope(promoted.lines[6])))
    check(promoted, INVALID, "a line was edited, deleted, inserted or moved")


@pytest.mark.parametrize("how", ["edited", "deleted", "moved", "inserted"])
def test_8_a_receipt_in_the_middle(promoted: Ledger, check: Check, how: str) -> None:
    promoted.note, lines = promoted.checkpoint(), promoted.lines
    promoted.lines = {
        "edited": [*lines[:2], lines[2] + b" ", *lines[3:]],
        "deleted": [*lines[:2], *lines[3:]],
        "moved": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "inserted": [*lines[:2], lines[2], *lines[2:]],
    }[how]
    wanted = "its end was cut off" if how == "deleted" else "a line was edited, deleted, inserted or moved"
    check(promoted, INVALID, wanted)


# --- 9: the checkpoint


def test_9_the_end_cut_off_and_the_checkpoint_kept(promoted: Ledger, check: Check) -> None:
    promoted.note = promoted.checkpoint()
    del promoted.lines[5:]
    check(promoted, INVALID, "has 5 complete lines, wanted the 7 that ledger/checkpoint covers")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda note: "no checkpoint at all\n", "ledger/checkpoint is malformed"),
        (lambda note: note.replace("\n7\n", "\n07\n"), "ledger/checkpoint is malformed"),
        (lambda note: note.replace("\n7\n", "\n6\n"), "no valid signature of a trusted gate key"),
        (lambda note: note.replace("example.com/shop", "example.com/blog"), "no valid signature"),
    ],
    ids=["other text", "size", "another size", "another origin"],
)
def test_9_a_checkpoint_that_was_changed(
    promoted: Ledger, check: Check, change: Callable[[str], str], reason: str
) -> None:
    promoted.note = change(promoted.checkpoint())
    check(promoted, INVALID, reason)


def test_9_a_checkpoint_of_another_ledger_of_the_same_gate(promoted: Ledger, check: Check) -> None:
    promoted.note = promoted.checkpoint(origin="example.com/blog")
    check(promoted, INVALID, "ledger/checkpoint has the origin example.com/blog, wanted example.com/shop")


def test_9_a_checkpoint_of_a_key_that_nobody_trusts(promoted: Ledger, check: Check) -> None:
    promoted.note = promoted.checkpoint(key=gate_key("stranger"))
    check(promoted, INVALID, "ledger/checkpoint has no valid signature of a trusted gate key")


# --- 10 and 11: what others have seen


def _roll_back(ledger: Ledger) -> str:
    """Take the last run out of the ledger, with its checkpoint and its files; return what a host has kept."""
    run = ledger.promote(2)
    kept = ledger.checkpoint()
    del ledger.lines[7:], ledger.sessions[run.key]
    return kept


def test_10_log_and_checkpoint_rolled_back_with_the_anchor_of_a_host(promoted: Ledger, check: Check) -> None:
    kept = _roll_back(promoted)
    check(promoted, INVALID, "ledger/checkpoint covers 7 receipts, and anchor anchor-0 has seen 13", anchors=[kept])


def test_10_log_and_checkpoint_rolled_back_without_an_anchor(promoted: Ledger, check: Check) -> None:
    _roll_back(promoted)
    found = check(promoted, INDETERMINATE, "no anchor: nothing tells whether the end of the log was cut", anchors=[])
    assert found.ours.counts[OK] == 7


def test_9_a_log_that_was_emptied(promoted: Ledger, check: Check) -> None:
    promoted.note, kept = promoted.checkpoint(), promoted.checkpoint(1)
    promoted.lines.clear()
    promoted.sessions.clear()
    check(promoted, INVALID, anchors=[kept])


def test_10_an_anchor_that_was_broken_proves_nothing(promoted: Ledger, check: Check) -> None:
    anchors = [promoted.checkpoint(3).replace("\n3\n", "\n9\n"), promoted.checkpoint(3)]
    check(promoted, INDETERMINATE, "anchor anchor-0 has no valid signature", anchors=anchors)


def test_11_two_checkpoints_of_one_size(promoted: Ledger, people: People, check: Check) -> None:
    other = Ledger(people, [*promoted.lines[:6], promoted.lines[5]])
    found = check(promoted, INVALID, "fork: two checkpoints of size 7", anchors=[other.checkpoint()])
    assert "fork" in found.output


def test_11_a_fork_further_back(promoted: Ledger, people: People, check: Check) -> None:
    other = Ledger(people, [*promoted.lines[:3], promoted.lines[1]])
    check(promoted, INVALID, "the first 4 lines of ledger/log.jsonl are not those", anchors=[other.checkpoint()])


# --- 12 and 13: what an interrupted writer leaves


def test_12_a_torn_line_beyond_the_checkpoint(promoted: Ledger, check: Check) -> None:
    promoted.tail = b'{"payload":"eyJ'
    check(promoted, INDETERMINATE, "ledger/log.jsonl line 8, beyond the checkpoint: a torn line of 15 bytes, mendable")


def test_12_a_torn_line_within_the_checkpoint(promoted: Ledger, check: Check) -> None:
    promoted.note = promoted.checkpoint()
    promoted.tail = promoted.lines.pop()[:40]
    check(promoted, INVALID, "has 6 complete lines, and a torn line, wanted the 7")


def test_13_receipts_that_no_checkpoint_covers_yet(promoted: Ledger, check: Check) -> None:
    promoted.note = promoted.checkpoint(4)
    found = check(promoted, INDETERMINATE, "3 complete lines from line 5 on are not yet under a checkpoint")
    assert set(found.our_lines) == {5, 6, 7}


def test_13_no_checkpoint_yet(promoted: Ledger, check: Check) -> None:
    promoted.note = ""
    found = check(promoted, INDETERMINATE, anchors=[])
    assert len(found.our_lines) == 7
    assert "INDETERMINATE: lines 1 to 7: no checkpoint proves its place in the log" in found.output.splitlines()


def test_13_an_intent_without_outcome(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    ledger.intent(run, ledger.verdict(run, ledger.gates(run)))
    found = check(ledger, INDETERMINATE, "line 6: intent without outcome", line=6)
    assert found.ours.unfinished == (run.key,)


def test_13_an_intent_that_a_later_run_has_resolved(ledger: Ledger, check: Check) -> None:
    run = ledger.run()
    ledger.intent(run, ledger.verdict(run, ledger.gates(run)))
    later = ledger.run(2)
    verdict = ledger.verdict(later, ledger.gates(later))
    ledger.intent(later, verdict)
    ledger.outcome(later, verdict, resolves=run.key)
    assert check(ledger, OK).ours.unfinished == ()


def test_13_a_rollback_that_went_on_without_a_ledger(ledger: Ledger, check: Check) -> None:
    run = ledger.run(action=ROLLBACK, manifest_digest="", manifest_text="", manifest=None)
    ledger.outcome(run, outcome="restored", inconclusive=("the ledger could not be reached",))
    check(ledger, INDETERMINATE, "outcome restored of a rollback without an intent before it", line=2)


# --- 14: the files of a run


@pytest.mark.parametrize("name", FILES)
def test_14_a_file_of_a_run_was_altered(promoted: Ledger, check: Check, name: str) -> None:
    files = promoted.sessions[promoted.run().key]
    files[name] = files[name].replace(b"1", b"2", 1)
    check(promoted, INVALID, f"line 7: sessions/R{promoted.run().key}/{name}", line=7)


@pytest.mark.parametrize("name", FILES)
def test_14_a_file_of_a_run_is_missing(promoted: Ledger, check: Check, name: str) -> None:
    del promoted.sessions[promoted.run().key][name]
    check(promoted, INDETERMINATE, f"sessions/R{promoted.run().key}/{name} is missing", line=7)


def test_14_a_folder_without_any_receipt_is_told(promoted: Ledger, check: Check) -> None:
    promoted.sessions["CAP-20261101-130000__promotion.rollback__R0000000009"] = {"receipt.md": b"# Receipt\n"}
    check(promoted, OK, "warning: sessions/RCAP-20261101-130000__promotion.rollback__R0000000009 belongs to no receipt")


# --- the script itself


def test_a_script_that_is_called_wrongly_says_so_by_its_exit_status() -> None:
    ended = subprocess.run([sys.executable, str(SCRIPT), "only"], capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "usage" in ended.stderr


@pytest.mark.parametrize("missing", ["receipts/ledger", "keys/gate.pub", "anchor"])
def test_a_script_that_lacks_what_it_was_to_read_was_called_wrongly(
    promoted: Ledger, tmp_path: Path, missing: str
) -> None:
    receipts, keys = promoted.write(tmp_path)
    anchor = tmp_path / "anchor"
    anchor.write_text(promoted.checkpoint(1), encoding="utf-8")
    (tmp_path / missing).rename(tmp_path / "elsewhere")
    argv = [sys.executable, str(SCRIPT), str(receipts), str(keys), "--anchor", str(anchor)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert f"there is no {tmp_path / missing}" in ended.stderr


def test_a_script_without_openssl_says_that_it_could_not_tell(promoted: Ledger, tmp_path: Path) -> None:
    receipts, keys = promoted.write(tmp_path)
    argv = [sys.executable, str(SCRIPT), str(receipts), str(keys)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)})
    assert ended.returncode == 2
    assert "openssl" in ended.stdout
