# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an import takes over, and what it refuses. Ledgers of CI jobs have the gate key `first`, ours has `ours`."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerMoved, NotVerified, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify import LedgerFiles, judge_ledger
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import Trust
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import introduction
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import LedgerSettings, open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_import import carry_out, plan_import
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, load_trusted_keys
from ledgers import Ledger, People, gate_key
from ledgers.control import command_key, promote, result

OURS = gate_key("ours")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("people"))


@pytest.fixture
def source(people: People) -> Ledger:
    """What a CI job has recorded."""
    ledger = Ledger.begin(people)
    ledger.promote(1)
    return ledger


@pytest.fixture
def settings(tmp_path: Path, people: People) -> LedgerSettings:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "gate.pub").write_text(OURS.public_pem + gate_key("first").public_pem)
    return LedgerSettings(str(tmp_path / "receipts"), str(keys), "example/kept", gate_key=OURS.private_pem)


def written(ledger: Ledger, folder: Path) -> str:
    folder.mkdir()
    return str(ledger.write(folder)[0])


def imported(settings: LedgerSettings, source: str) -> list[int]:
    """Import, and return the places of what came, which must be OK there."""
    home = open_home(settings)
    receipts = carry_out(plan_import(settings, OURS, source), home)
    assert verdict_on(settings) == "OK"
    return [one.index for one in receipts]


def verdict_on(settings: LedgerSettings) -> str:
    snapshot, home = open_home(settings).snapshot(), open_home(settings)
    note = snapshot.note.decode()
    files = LedgerFiles(snapshot.data, note, home.sessions(), (Anchor("test", note),), settings.origin)
    return judge_ledger(files, Trust(load_trusted_keys(settings.keys), CRYPTO)).verdict


def test_lines_and_files_come_as_they_are_after_the_keys_that_signed_them(
    settings: LedgerSettings, source: Ledger, tmp_path: Path
) -> None:
    places = imported(settings, written(source, tmp_path / "ci"))
    lines = open_home(settings).snapshot().data.splitlines()
    assert lines[2:] == source.lines  # after our own key, and theirs as ours made it known
    assert places == list(range(len(lines)))
    assert dict(open_home(settings).sessions()) == source.sessions


def test_what_commands_of_gates_wrote_comes_with_their_receipts(
    settings: LedgerSettings, source: Ledger, tmp_path: Path
) -> None:
    promote(source, 9, result(1))
    imported(settings, written(source, tmp_path / "ci"))
    assert open_home(settings).sessions()[command_key(1)] == source.sessions[command_key(1)]


def test_what_comes_later_is_imported_later_and_nothing_twice(
    settings: LedgerSettings, source: Ledger, tmp_path: Path
) -> None:
    imported(settings, written(source, tmp_path / "ci"))
    before = open_home(settings).snapshot()
    assert plan_import(settings, OURS, str(tmp_path / "ci/receipts")).lines == ()
    assert imported(settings, str(tmp_path / "ci/receipts")) == []
    assert open_home(settings).snapshot() == before
    had = len(source.lines)
    source.promote(2)
    imported(settings, written(source, tmp_path / "later"))
    assert open_home(settings).snapshot().data.splitlines()[2:] == source.lines
    assert len(source.lines) > had


def test_a_ledger_that_has_receipts_of_its_own_keeps_them(
    settings: LedgerSettings, source: Ledger, tmp_path: Path, people: People
) -> None:
    home = open_home(settings)
    home.append(introduction(home.snapshot(), OURS))
    other = Ledger(people, trusted=[OURS], key=OURS, lines=home.snapshot().data.splitlines())
    run = other.promote(7)
    home.write_session(run.key, other.sessions[run.key])
    home.append_lines(other.lines[1:])
    imported(settings, written(source, tmp_path / "ci"))
    assert open_home(settings).snapshot().data.splitlines()[: len(other.lines)] == other.lines


def test_nothing_is_written_by_planning(settings: LedgerSettings, source: Ledger, tmp_path: Path) -> None:
    plan = plan_import(settings, OURS, written(source, tmp_path / "ci"))
    assert len(plan.lines) == len(source.lines)
    assert not Path(settings.receipts).exists()


def flip_a_byte(ledger: Ledger) -> None:
    ledger.lines[2] = ledger.lines[2].replace(b"A", b"B", 1)


def drop_the_evidence(ledger: Ledger) -> None:
    for files in ledger.sessions.values():
        files.pop("evidence.json")


def leave_a_run_open(ledger: Ledger) -> None:
    ledger.lines.pop()


def tear_the_end(ledger: Ledger) -> None:
    ledger.note = ledger.checkpoint()
    ledger.tail = b'{"payload'


@pytest.mark.parametrize("harm", [flip_a_byte, drop_the_evidence, leave_a_run_open, tear_the_end])
def test_a_source_that_is_not_ok_is_refused_with_the_reason(
    settings: LedgerSettings, source: Ledger, tmp_path: Path, harm: object
) -> None:
    assert callable(harm)
    harm(source)
    with pytest.raises(NotVerified, match="(?s)is (INVALID|INDETERMINATE):\n  .+verify"):
        plan_import(settings, OURS, written(source, tmp_path / "ci"))


def test_a_source_of_a_gate_that_is_not_trusted_is_refused(
    settings: LedgerSettings, source: Ledger, tmp_path: Path
) -> None:
    (Path(settings.keys) / "gate.pub").write_text(OURS.public_pem)
    with pytest.raises(NotVerified, match="no trusted"):
        plan_import(settings, OURS, written(source, tmp_path / "ci"))


def test_it_goes_from_one_git_remote_to_another(settings: LedgerSettings, source: Ledger, tmp_path: Path) -> None:
    for name in ("ci", "kept"):
        subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / f"{name}.git"], check=True)
    address = f"git+file://{tmp_path}/ci.git#main"
    first = gate_key("first").private_pem
    ci = open_home(replace(settings, ledger=address, receipts=str(tmp_path / "job"), gate_key=first))
    for run_key, files in source.sessions.items():
        ci.write_session(run_key, files)
    ci.append_lines(source.lines)
    kept = replace(settings, ledger=f"git+file://{tmp_path}/kept.git")
    imported(kept, address)
    assert open_home(kept).snapshot().data.splitlines()[2:] == source.lines
    assert open_home(kept).sessions() == source.sessions
    assert plan_import(kept, OURS, address).lines == ()


def test_a_key_that_this_ledger_has_done_with_signs_nothing_that_comes_later(
    settings: LedgerSettings, source: Ledger, tmp_path: Path, people: People
) -> None:
    """The source itself is OK: it knows nothing of the rotation."""
    imported(settings, written(source, tmp_path / "ci"))
    ours = Ledger(people, key=OURS, lines=open_home(settings).snapshot().data.splitlines())
    ours.key_event("rotated", gate_key("next"), replaces=gate_key("first").keyid)
    open_home(settings).append_lines(ours.lines[-1:])
    source.promote(2)
    with pytest.raises(NotVerified, match="would not be OK"):
        plan_import(settings, OURS, written(source, tmp_path / "later"))


def test_a_run_that_is_here_in_another_form_is_refused(
    settings: LedgerSettings, source: Ledger, tmp_path: Path, people: People
) -> None:
    imported(settings, written(source, tmp_path / "ci"))
    again = Ledger.begin(people)
    again.key_event("introduced", gate_key("first"))
    run = again.promote(1)  # under the same run key, a minute later
    with pytest.raises(Refused, match=run.key):
        plan_import(settings, OURS, written(again, tmp_path / "again"))


def test_files_that_are_here_and_differ_are_refused(settings: LedgerSettings, source: Ledger, tmp_path: Path) -> None:
    open_home(settings).write_session(source.run(1).key, {"output.txt": b"of another tool"})
    with pytest.raises(Refused, match=source.run(1).key):
        plan_import(settings, OURS, written(source, tmp_path / "ci"))


def test_a_ledger_that_grows_meanwhile_gets_nothing(settings: LedgerSettings, source: Ledger, tmp_path: Path) -> None:
    home = open_home(settings)
    plan = plan_import(settings, OURS, written(source, tmp_path / "ci"))
    home.append(introduction(home.snapshot(), OURS))
    with pytest.raises(LedgerMoved):
        carry_out(plan, home)
    assert len(home.snapshot().data.splitlines()) == 1


def test_what_is_no_ledger_is_refused(settings: LedgerSettings, tmp_path: Path) -> None:
    for source in (str(tmp_path), "nowhere", "ssh://host/x"):
        with pytest.raises(Refused, match="no folder with a ledger"):
            plan_import(settings, OURS, source)
    (tmp_path / "empty/ledger").mkdir(parents=True)
    with pytest.raises(Refused, match="no receipts"):
        plan_import(settings, OURS, str(tmp_path / "empty"))


def test_one_gate_key_for_both_needs_no_introduction(settings: LedgerSettings, source: Ledger, tmp_path: Path) -> None:
    first = gate_key("first")
    shared = replace(settings, gate_key=first.private_pem)
    carry_out(plan_import(shared, first, written(source, tmp_path / "ci")), open_home(shared))
    assert open_home(shared).snapshot().data.splitlines() == source.lines
    assert verdict_on(shared) == "OK"
