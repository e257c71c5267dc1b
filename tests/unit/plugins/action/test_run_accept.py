# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""accept.yml as an action: what people sign with stock ssh-keygen becomes a receipt that both verifiers take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.action.run_accept import ActionModule as Accept
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    pae,
    parse_json,
    payload_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import statement_bytes
from people import SshKeys, make_keys

from .loop_projects import ROOT, Project, make_project

ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> SshKeys:
    return make_keys(tmp_path_factory.mktemp("people"))


@pytest.fixture
def project(tmp_path: Path, people: SshKeys) -> Project:
    project = make_project(tmp_path)
    lines = [people.line("ed25519", ADA).strip(), people.line("ecdsa", BOB).strip()]
    (tmp_path / "keys" / "allowed_signers").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return project


def accept(project: Project, key: str, check: bool = False, **arguments: Any) -> dict[str, Any]:
    return project.act(Accept, check, {"run": key, **arguments})


def sign(people: SshKeys, kind: str, path: str) -> None:
    """What a person types."""
    argv = ["ssh-keygen", "-Y", "sign", "-n", "mint.promotion", "-f", str(people.path(kind))]
    done = subprocess.run(argv, input=Path(path).read_bytes(), capture_output=True, check=True)
    Path(f"{path}.{kind}.sig").write_bytes(done.stdout)


def verdict(project: Project) -> str:
    script = [
        sys.executable,
        "scripts/verify_ledger.py",
        str(project.folder / "receipts"),
        str(project.folder / "keys"),
    ]
    return subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def size(project: Project) -> int:
    return len((project.folder / "receipts" / "ledger" / "log.jsonl").read_bytes().splitlines())


def test_people_sign_one_after_the_other_and_each_is_recorded_once(project: Project, people: SshKeys) -> None:
    key = project.promote()
    before = size(project)
    asked = accept(project, key, reason="seen on Monday")
    assert (asked["changed"], asked["accepted_by"], size(project)) == (True, {}, before)
    sign(people, "ed25519", asked["path"])
    first = accept(project, key)
    assert (first["changed"], list(first["accepted_by"]), size(project)) == (False, [ADA], before + 1)
    both = accept(project, key, approver_key=str(people.path("ecdsa")))
    assert (list(both["accepted_by"]), size(project)) == ([ADA, BOB], before + 2)
    assert accept(project, key)["accepted_by"] == both["accepted_by"]
    assert size(project) == before + 2
    assert " 0 INVALID, 0 INDETERMINATE" in verdict(project)


def test_a_dry_run_writes_and_records_nothing(project: Project, people: SshKeys) -> None:
    key = project.promote()
    told = accept(project, key, check=True)
    assert not Path(told["path"]).exists()
    sign(people, "ed25519", accept(project, key)["path"])
    before = size(project)
    assert accept(project, key, check=True)["accepted_by"] == {}
    assert size(project) == before


def test_who_is_not_listed_accepts_nothing(project: Project, people: SshKeys) -> None:
    key = project.promote()
    with pytest.raises(Refused, match="promotion_approver_key"):
        accept(project, key, approver_key=str(people.path("rsa")))
    sign(people, "rsa", accept(project, key)["path"])
    assert accept(project, key)["accepted_by"] == {}


@pytest.mark.parametrize("word", ["rolled_back", "refused", "judged"])
def test_what_did_not_go_live_is_not_accepted(project: Project, word: str) -> None:
    with pytest.raises(InvalidInput, match="a promotion that went live"):
        accept(project, project.promote(1, word))


def test_a_file_of_another_run_is_not_taken(project: Project) -> None:
    first, second = project.promote(1), project.promote(2)
    path = Path(accept(project, first)["path"])
    other = Path(accept(project, second)["path"])
    other.write_bytes(path.read_bytes())
    with pytest.raises(InvalidInput, match="the acceptance of this run"):
        accept(project, second)


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b'"environment":"prod"', b'"environment":"test"'),
        (b'"stack":"', b'"stack":"x'),
        (b'"acceptedRun":"CAP-2', b'"acceptedRun":"CAP-1'),
    ],
)
def test_a_file_that_says_something_else_of_the_run_is_not_taken(
    project: Project, people: SshKeys, found: bytes, put: bytes
) -> None:
    key = project.promote()
    path = Path(accept(project, key)["path"])
    payload = payload_of(path.read_bytes())
    assert found in payload
    path.write_bytes(pae(PAYLOAD_TYPE, payload.replace(found, put)))
    before = size(project)
    with pytest.raises(InvalidInput, match="the acceptance of this run"):
        accept(project, key, approver_key=str(people.path("ed25519")))
    assert size(project) == before


def test_whose_key_was_not_valid_when_the_request_was_written_needs_another(project: Project, people: SshKeys) -> None:
    key = project.promote()
    path = Path(accept(project, key)["path"])
    payload = parse_json(payload_of(path.read_bytes()))
    payload["predicate"]["acceptedOn"] = "2026-01-02T03:04:05Z"
    path.write_bytes(pae(PAYLOAD_TYPE, statement_bytes(payload)))
    principal, public = people.line("ed25519", ADA).strip().split(" ", 1)
    signers = project.folder / "keys" / "allowed_signers"
    signers.write_text(f'{principal} valid-after="20260103Z" {public}\n', encoding="utf-8")
    sign(people, "ed25519", str(path))
    assert accept(project, key)["accepted_by"] == {}
    assert " 0 INVALID, 0 INDETERMINATE" in verdict(project)
