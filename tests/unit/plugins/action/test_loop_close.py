# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""open.yml and close.yml as actions: on real repositories, scope files and ledgers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.action.loop_open import ActionModule as Open
from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import parse_json, peek_payload

from .loop_projects import LOOP, REVISION, ROOT, Project, make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def test_an_open_loop_is_opened_once(project: Project) -> None:
    assert "Bring the shop to production." in project.scope.read_text(encoding="utf-8")
    assert not project.of_loop(Open, about="Something else.")["changed"]


def test_a_dry_run_of_open_writes_nothing(project: Project) -> None:
    project.scope.unlink()
    told = project.of_loop(Open, check=True)
    assert (told["changed"], project.scope.exists(), LOOP in told["diff"]["after"]) == (True, False, True)


def test_a_loop_is_closed_with_what_the_ledger_proves(project: Project) -> None:
    key = project.promote()
    people = "\n## Notes\n\nWe met on Monday.\n"
    with project.scope.open("a", encoding="utf-8") as file:
        file.write(people)
    dry = project.close(key, check=True)
    assert (dry["changed"], "status: open" in project.scope.read_text(encoding="utf-8")) == (True, True)
    told = project.close(key)
    text = project.scope.read_text(encoding="utf-8")
    assert (told["changed"], text) == (True, dry["diff"]["after"])
    for title in ("Deliverables", "Recert results", "Receipts", "Final commit hashes", "Status"):
        assert f"\n## {title}\n" in text
    for fact in ("status: closed", "95/95 tests", key, REVISION, "a" * 64, people):
        assert fact in text
    assert project.close(key)["changed"] is False
    assert project.scope.read_text(encoding="utf-8") == text


def test_the_final_commit_is_that_of_the_last_run_in_whatever_order_they_are_named(project: Project) -> None:
    first, later = project.promote(1), "c" * 40
    manifest = project.folder / "promotion.yml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(REVISION, later), encoding="utf-8")
    project.close(project.promote(2), first)
    commits = project.scope.read_text(encoding="utf-8").partition("## Final commit hashes")[2]
    assert (later in commits, REVISION in commits) == (True, False)


def commit(project: Project) -> str:
    """Commit what there is, and return the commit."""
    git = ["git", "-C", str(project.folder), "-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    subprocess.run([*git, "add", "docs"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "Close the loop"], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_of_the_closing_is_in_a_later_receipt(project: Project) -> None:
    key = project.promote()
    assert project.close(key)["commit"] == ""
    assert project.close(key)["receipt"] == ""
    final = commit(project)
    told = project.close(key)
    assert (told["changed"], told["commit"]) == (False, final)
    assert project.close(key)["receipt"] == told["receipt"]
    (project.folder / "docs" / "later").write_text("something else")
    commit(project)
    assert project.close(key)["commit"] == final
    log = (project.folder / "receipts" / "ledger" / "log.jsonl").read_bytes().splitlines()
    assert sha256_digest(log[-1]) == told["receipt"]
    said = parse_json(peek_payload(log[-1]))["predicate"]
    content = sha256_digest(project.scope.read_bytes()).partition(":")[2]
    assert (said["commit"], said["file"], said["runs"]) == ({"gitCommit": final}, {"sha256": content}, [key])
    script = [
        sys.executable,
        "scripts/verify_ledger.py",
        str(project.folder / "receipts"),
        str(project.folder / "keys"),
    ]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert " 0 INVALID, 0 INDETERMINATE" in done.stdout, done.stdout


def test_a_closed_loop_has_the_sections_that_one_written_by_hand_has(project: Project) -> None:
    """Deliverables, recert results with counts, receipts, hosts and full commits, each with its facts."""
    key = project.promote()
    project.close(key)
    text = project.scope.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([^\n]+)\n\n(.*?)(?=^## |^<!--)", text, re.MULTILINE | re.DOTALL))
    wanted = {
        "Deliverables": ("prod", "web", f"registry.example.com/shop/web@sha256:{'a' * 64}", REVISION),
        "Recert results": ("recert:web:test", "PASSED", "95/95 tests", key),
        "Gates": ("disk", "PASSED", key),
        "Receipts": (key, "promote shop to prod", "promoted", "PASSED", "sha256:"),
        "Hosts": ("web1", "prod", key),
        "Final commit hashes": ("https://git.example.com/shop.git (prod)", "web (prod)", REVISION),
        "Status": (f"{LOOP} was closed on",),
    }
    assert [title for title in sections if title != "Scope"] == list(wanted)
    for title, facts in wanted.items():
        assert [fact for fact in facts if fact not in sections[title]] == [], title


def test_a_closed_loop_is_not_opened_again(project: Project) -> None:
    project.close(project.promote())
    with pytest.raises(PromotionError, match="is closed"):
        project.of_loop(Open)


def refused(project: Project, *runs: str) -> str:
    before = project.scope.read_bytes()
    with pytest.raises(InvalidInput) as caught:
        project.close(*runs)
    assert project.scope.read_bytes() == before
    return str(caught.value)


def test_all_reasons_are_told_at_once_and_nothing_is_written(project: Project) -> None:
    missing, stopped = "CAP-20260101-000000__promotion.promote__R0000000000", project.promote(1, "refused")
    (project.scope.parent / "LOOP-OTHER-20260201.scope.md").write_text("Status: open\n", encoding="utf-8")
    (project.folder / "gaps.yaml").write_text("gaps:\n  - {id: GAP-9, status: open}\n", encoding="utf-8")
    told = refused(project, missing, stopped)
    for reason in (missing, "no receipt of this run", "refused", "FAILED", "LOOP-OTHER-20260201", "GAP-9"):
        assert reason in told


def test_without_a_run_nothing_is_closed(project: Project) -> None:
    project.promote()
    assert "no run key" in refused(project)


def test_a_run_that_went_back_closes_nothing(project: Project) -> None:
    assert "rolled_back" in refused(project, project.promote(1, "rolled_back"))


def test_a_run_that_only_asked_the_gates_closes_nothing(project: Project) -> None:
    assert "a promotion that went live" in refused(project, project.promote(1, "judged"))


def test_a_receipt_that_was_altered_closes_nothing(project: Project) -> None:
    key = project.promote()
    log = project.folder / "receipts" / "ledger" / "log.jsonl"
    lines = log.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"payload":"', b'"payload":"A', 1)
    log.write_bytes(b"\n".join(lines))
    assert "INVALID" in refused(project, key)


def test_a_finalizer_closes_in_its_place(project: Project) -> None:
    key = project.promote()
    code = "import pathlib,sys; p=pathlib.Path(sys.argv[2]); t=p.read_text(); p.write_text(t.replace('open','closed'))"
    finalizer = [sys.executable, "-c", code]
    assert project.close(key, check=True, finalizer=finalizer)["changed"] is True
    assert project.close(key, finalizer=finalizer)["changed"] is True
    assert project.close(key, finalizer=finalizer)["changed"] is False


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "pass"])
def test_a_finalizer_that_closes_nothing_is_told(project: Project, code: str) -> None:
    key = project.promote()
    with pytest.raises(PromotionError):
        project.close(key, finalizer=[sys.executable, "-c", code])
