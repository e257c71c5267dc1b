# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs leave in a ledger of real files, with real keys."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable, PromotionError, Refused
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    FAILED,
    PASSED,
    CommandRun,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import parse_envelope
from ansible_collections.mint.promotion.plugins.module_utils._ledger.evidence import evidence_document
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import introduction, revocation
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import (
    keep_intent,
    keep_outcome,
    record_intent,
    session_files,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import (
    Backing,
    Recorded,
    RunLedger,
    Statement,
    check_ledger,
    collection_version,
    run_ledger,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey, load_trusted_keys
from people import SshKeys

KEY = "CAP-20260212-011314__promotion.promote__R0000000001"
RUN = Run(
    key=KEY,
    action="promote",
    environment="prod",
    stack="shop",
    hosts=("web1",),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14.000Z",
    manifest_path="deploy/promotion.yml",
    manifest_digest=sha256_digest(b"schema: 1\n"),
    manifest_text="schema: 1\n",
)
GATES = (
    GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB"),
    GateResult("anchor", "web1", PASSED, "enforce", "none yet", "a ledger"),
)
DECIDED = Evaluation(PASSED, GATES)
EVIDENCE = evidence_document({"web1": {"disk": {"value": {"root_free": 9}}}})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return replace(RUN, receipts=str(tmp_path / "receipts"))


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, Any]:
    """The variables of web1: a gate key of its own."""
    key = GateKey.make()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "gate.pub").write_text(key.public_pem)
    return {"promotion_gate_key": key.private_pem, "promotion_keys": str(tmp_path / "keys")}


def ledger_of(run: Run, variables: dict[str, Any]) -> RunLedger:
    return run_ledger(run, {"hostvars": {"web1": variables}})


def outcome(run: Run, word: str, recorded: Recorded) -> Statement:
    return deployment_statement(run, OUTCOME, timestamp(), word, (HostOutcome("web1", word),), **recorded.fields)


def lines(run: Run) -> list[bytes]:
    log = Path(run.receipts, "ledger", "log.jsonl")
    return log.read_bytes().splitlines() if log.exists() else []


def statements(run: Run) -> list[dict[str, Any]]:
    return [json.loads(parse_envelope(line).payload) for line in lines(run)]


def kinds(run: Run) -> list[str]:
    return [one["predicateType"].split("/")[-2] for one in statements(run)]


def files(run: Run) -> list[str]:
    return sorted(one.name for one in Path(run.receipts, "sessions", f"R{run.key}").iterdir())


def test_a_run_appends_its_gates_its_verdict_and_its_intent_and_at_the_end_its_outcome(
    run: Run, variables: dict[str, Any]
) -> None:
    recorded = record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())
    before = ["key", "test-result", "test-result", "verification_summary", "deployment"]
    assert kinds(run) == before
    assert files(run) == ["evidence.json", "manifest.yml"]
    kept = keep_outcome(run, ledger_of(run, variables), partial(outcome, run, "promoted"), recorded)
    assert (kept.fault, kinds(run)) == ("", [*before, "deployment"])
    assert files(run) == ["evidence.json", "manifest.yml", "output.txt", "receipt.json", "receipt.md"]
    assert json.loads(Path(kept.path).read_text()) == statements(run)[-1]


def test_what_a_run_left_in_the_ledger_is_known_without_another_look(run: Run, variables: dict[str, Any]) -> None:
    ledger, other = ledger_of(run, variables), ledger_of(run, variables)
    record_intent(run, ledger, DECIDED, session_files(run, EVIDENCE), ())
    assert ledger.past() == other.look()[0]
    assert len(ledger.past().leaves) == 5


def test_what_another_run_left_in_between_is_looked_for(run: Run, variables: dict[str, Any]) -> None:
    ledger, later = ledger_of(run, variables), replace(run, key=run.key[:-1] + "9")
    record_intent(run, ledger, DECIDED, session_files(run, EVIDENCE), ())
    record_intent(later, ledger_of(later, variables), DECIDED, session_files(later, EVIDENCE), ())
    ledger.append(run.key, {}, [ledger.sign(outcome(run, "promoted", Recorded()))])
    assert ledger.past() == ledger_of(run, variables).look()[0]
    assert len(ledger.past().leaves) == 10


def test_the_verdict_names_all_gates_and_the_intent_the_verdict(run: Run, variables: dict[str, Any]) -> None:
    record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())
    digests = [sha256_digest(line) for line in lines(run)]
    verdict, intent = (one["predicate"] for one in statements(run)[-2:])
    assert [f"sha256:{one['digest']['sha256']}" for one in verdict["inputAttestations"]] == digests[1:3]
    assert f"sha256:{intent['verdictReceipt']['digest']['sha256']}" == digests[3]
    assert {one["name"]: one["digest"]["sha256"] for one in intent["files"]} == {
        "evidence.json": sha256_digest(EVIDENCE)[7:],
        "manifest.yml": run.manifest_digest[7:],
    }


OUTPUT = b"DRIFT GATE: PASS\n"
COMMAND = CommandRun("CAP-20260212-011315__spine.verify__R0000000002", ("./verify",), 0, 0.5, sha256_digest(OUTPUT))
CAPABILITY = GateResult("spine.verify", CONTROL, PASSED, "enforce", "14/14", "all", counts="14/14 gates", run=COMMAND)


def test_what_a_command_of_a_gate_wrote_lies_in_a_folder_of_its_own(run: Run, variables: dict[str, Any]) -> None:
    decided, backing = Evaluation(PASSED, (*GATES, CAPABILITY)), Backing({COMMAND.run_key: OUTPUT})
    record_intent(run, ledger_of(run, variables), decided, session_files(run, EVIDENCE), (), backing)
    folder = Path(run.receipts, "sessions", f"R{COMMAND.run_key}")
    (gate,) = [one for one in statements(run) if one["predicate"].get("gate") == "spine.verify"]
    assert (folder / "output.txt").read_bytes() == OUTPUT
    assert json.loads((folder / "receipt.json").read_text()) == gate
    assert f"# Receipt: {COMMAND.run_key}" in (folder / "receipt.md").read_text()
    (found,) = gate["predicate"]["found"]
    assert (found["host"], found["counts"], found["run"]["exitCode"]) == ("control", "14/14 gates", 0)


def test_an_output_with_a_secret_in_it_is_recorded_nowhere(run: Run, variables: dict[str, Any]) -> None:
    decided, backing = Evaluation(PASSED, (*GATES, CAPABILITY)), Backing({COMMAND.run_key: b"the key is s3same-open"})
    with pytest.raises(Refused, match="secret"):
        record_intent(run, ledger_of(run, variables), decided, session_files(run, EVIDENCE), ("s3same-open",), backing)
    assert lines(run) == []


def test_what_is_judged_once_a_release_is_live_comes_between_intent_and_outcome(
    run: Run, variables: dict[str, Any]
) -> None:
    recorded = record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())
    after = Evaluation(FAILED, (replace(CAPABILITY, gate="spine.verify:after", verdict=FAILED),))
    build, backing = partial(outcome, run, "unverified"), Backing({COMMAND.run_key: OUTPUT})
    keep_outcome(run, ledger_of(run, variables), build, recorded, afterwards=after, backing=backing)
    told = [(one["predicate"].get("gate"), one["predicate"].get("phase")) for one in statements(run)[-3:]]
    assert told == [(None, "intent"), ("spine.verify:after", None), (None, "outcome")]
    assert Path(run.receipts, "sessions", f"R{COMMAND.run_key}", "output.txt").read_bytes() == OUTPUT


def test_a_refused_run_appends_all_at_once(run: Run, variables: dict[str, Any]) -> None:
    refused = Evaluation(FAILED, (replace(GATES[0], verdict=FAILED), GATES[1]))
    kept = keep_outcome(run, ledger_of(run, variables), partial(outcome, run, "refused"), Recorded(), {}, (), refused)
    assert (kept.fault, kinds(run)) == (
        "",
        ["key", "test-result", "test-result", "verification_summary", "deployment"],
    )
    assert statements(run)[-2]["predicate"]["verifiedLevels"] == ["FAILED"]


def test_the_second_run_introduces_no_key_again(run: Run, variables: dict[str, Any]) -> None:
    record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())
    second = replace(run, key=KEY[:-1] + "2")
    record_intent(second, ledger_of(run, variables), DECIDED, session_files(second, EVIDENCE), ())
    assert kinds(run).count("key") == 1


def test_a_run_key_is_taken_once(run: Run, variables: dict[str, Any]) -> None:
    record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())
    with pytest.raises(Refused, match="is recorded already"):
        record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())


def test_without_a_key_nothing_is_recorded_and_a_rollback_keeps_its_intent_here(run: Run) -> None:
    with pytest.raises(Refused, match="no gate key"):
        record_intent(run, ledger_of(run, {}), DECIDED, session_files(run, EVIDENCE), ())
    assert not Path(run.receipts).exists()
    recorded = keep_intent(run, DECIDED, session_files(run, EVIDENCE), "There is no gate key", ())
    assert files(run) == ["evidence.json", "intent.json", "manifest.yml"]
    assert recorded.inconclusive == ("Its intent is not in the ledger: There is no gate key",)


def test_an_intent_with_a_secret_in_it_is_kept_nowhere(run: Run) -> None:
    secret = "a secret of the requester"
    keep_intent(replace(run, requester=secret), DECIDED, session_files(run, EVIDENCE), "There is no gate key", [secret])
    assert not Path(run.receipts).exists()


@pytest.mark.parametrize("error", [LedgerUnavailable("git.example.com did not answer"), None])
def test_an_outcome_that_the_ledger_does_not_take_is_kept_here_and_says_so(
    run: Run, error: PromotionError | None
) -> None:
    kept = keep_outcome(run, error or ledger_of(run, {}), partial(outcome, run, "restored"), Recorded())
    reason = "git.example.com did not answer" if error else "There is no gate key"
    assert reason in kept.fault
    assert reason in kept.statement["predicate"]["inconclusive"][0]
    assert "| Status | INCONCLUSIVE |" in Path(kept.path).with_name("receipt.md").read_text()
    assert not lines(run)


def test_an_outcome_that_no_disk_takes_still_tells_where_the_hosts_stand(run: Run, variables: dict[str, Any]) -> None:
    Path(run.receipts).touch()
    kept = keep_outcome(run, ledger_of(run, variables), partial(outcome, run, "promoted"), Recorded())
    assert (kept.path, kept.statement["predicate"]["outcome"]) == ("", "promoted")
    assert kept.fault.startswith(f"No receipt could be written: {run.receipts}")


@pytest.mark.parametrize("place", ["stack", "evidence", "manifest"])
def test_a_planted_secret_is_recorded_nowhere(run: Run, variables: dict[str, Any], place: str) -> None:
    secret = "correct-horse-battery"
    planted = replace(run, stack=secret) if place == "stack" else run
    planted = replace(planted, manifest_text=f"# {secret}\n") if place == "manifest" else planted
    evidence = evidence_document({"web1": {"user": {"value": secret}}}) if place == "evidence" else EVIDENCE
    beside = session_files(planted, evidence)
    with pytest.raises(Refused, match="A secret value stands in") as refused:
        record_intent(planted, ledger_of(run, variables), DECIDED, beside, (secret,))
    kept = keep_outcome(
        planted, ledger_of(run, variables), partial(outcome, planted, "promoted"), Recorded(), beside, (secret,)
    )
    assert kept.path == ""
    assert secret not in f"{refused.value} {kept.fault}"
    assert not Path(run.receipts).exists()


def test_the_requester_signs_the_intent_beside_the_gate(run: Run, variables: dict[str, Any], ssh_keys: SshKeys) -> None:
    variables["promotion_requester_key"] = str(ssh_keys.path("ed25519"))
    Path(variables["promotion_keys"], "allowed_signers").write_text(ssh_keys.line("ed25519") + "\n")
    recorded = record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())
    signed = [parse_envelope(line) for line in lines(run)]
    assert [len(one.signatures) for one in signed] == [1, 1, 1, 1, 2]
    own = signed[-1].signatures[0]
    assert own.keyid.startswith("SHA256:")
    assert ssh_keys.verifies(ssh_keys.line("ed25519"), own.sig, signed[-1].signed_bytes)
    kept = keep_outcome(run, ledger_of(run, variables), partial(outcome, run, "promoted"), recorded)
    person = ssh_keys.line("ed25519").split()[0]
    assert f"| Request signed by | {person} |" in Path(kept.path).with_name("receipt.md").read_text()


def test_a_requester_whose_signature_no_verifier_would_take_changes_no_host(
    run: Run, variables: dict[str, Any], ssh_keys: SshKeys
) -> None:
    variables["promotion_requester_key"] = str(ssh_keys.path("ed25519"))
    with pytest.raises(Refused, match=r"promotion_requester_key: .* not among the allowed signers"):
        record_intent(run, ledger_of(run, variables), DECIDED, session_files(run, EVIDENCE), ())

    Path(variables["promotion_keys"], "allowed_signers").write_text(ssh_keys.line("ed25519") + "\n")
    ledger, gate = ledger_of(run, variables), GateKey.load(variables["promotion_gate_key"])
    (signer,) = load_trusted_keys(variables["promotion_keys"]).signers
    ledger.home.append([*introduction(ledger.home.snapshot(), gate), revocation(gate, signer, "lost")])
    with pytest.raises(Refused, match="the key was revoked"):
        record_intent(run, ledger, DECIDED, session_files(run, EVIDENCE), ())


def test_what_a_ledger_lacks_is_told_at_once(run: Run) -> None:
    task_vars = {"hostvars": {"web1": {"promotion_requester_key": "/nowhere/id_ed25519"}}}
    with pytest.raises(PromotionError) as error:
        check_ledger(run, task_vars)
    assert "ansible-playbook mint.promotion.keys" in str(error.value)
    assert "no file /nowhere/id_ed25519" in str(error.value)


def test_the_version_of_the_verifier_is_that_of_the_collection() -> None:
    assert collection_version()[0].isdigit()
