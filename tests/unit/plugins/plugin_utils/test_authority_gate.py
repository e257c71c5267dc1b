# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real repositories, with a real remote, are governed or not: each check is made by changing them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.authority import (
    FAIL,
    PASS,
    UNKNOWN,
    WARN,
    Check,
    judge_authority,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Authority
from ansible_collections.mint.promotion.plugins.plugin_utils._authority_gate import Look, checked
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout
from people import SshKeys

TOKEN = "ghp_" + "a1B2" * 9  # in the form of a GitHub token, and none


@dataclass(frozen=True)
class Project:
    """A repository whose remote is another folder."""

    folder: Path
    remote: Path

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        argv = ["git", "-C", str(self.folder), *identity, *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change")

    def push(self, branch: str = "main") -> None:
        self.git("push", "--quiet", "origin", f"HEAD:{branch}")

    def check(self, name: str, *values: str) -> Check:
        look = Look(
            Checkout(str(self.folder)),
            Authority(),
            self.git("rev-parse", "HEAD"),
            str(self.folder / "receipts"),
            values,
        )
        return checked(look, name)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project", tmp_path / "remote")
    for folder, options in ((made.folder, []), (made.remote, ["--bare"])):
        folder.mkdir()
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", *options, folder], check=True)
    made.git("remote", "add", "origin", str(made.remote))
    made.commit(**{"CODEOWNERS": "* @ada\n", ".gitignore": ".env.prod\n", "app.txt": "1\n"})
    made.push()
    return made


@pytest.mark.parametrize("name", ["clean", "pushed", "protected", "owners", "env_files", "secrets"])
def test_a_project_in_order_passes(project: Project, name: str) -> None:
    assert project.check(name) == Check(name, PASS)


def test_a_file_that_is_not_committed_fails_but_a_receipt_is_none(project: Project) -> None:
    (project.folder / "receipts").mkdir()
    (project.folder / "receipts" / "receipt.md").write_text("x", encoding="utf-8")
    assert project.check("clean").result == PASS
    (project.folder / "app.txt").write_text("2", encoding="utf-8")
    (project.folder / "new.txt").write_text("2", encoding="utf-8")
    check = project.check("clean")
    assert (check.result, "app.txt" in check.found, "new.txt" in check.found) == (FAIL, True, True)


def test_a_commit_that_the_remote_lacks_fails(project: Project) -> None:
    project.commit(app="2")
    assert (project.check("pushed").result, project.check("protected").result) == (FAIL, FAIL)
    project.push("work")
    assert (project.check("pushed").result, project.check("protected").result) == (PASS, FAIL)
    project.push()
    assert project.check("protected").result == PASS


def test_a_remote_that_went_on_could_not_be_told_before_it_is_fetched(project: Project, tmp_path: Path) -> None:
    other = Project(tmp_path / "other", project.remote)
    subprocess.run(["git", "clone", "--quiet", project.remote, other.folder], check=True)
    other.commit(other="1")
    other.push()
    check = project.check("protected")
    assert (check.result, check.remedy) == (UNKNOWN, "git fetch origin")
    project.git("fetch", "--quiet")
    assert project.check("protected").result == PASS


def test_a_remote_that_does_not_answer_could_not_be_told(project: Project) -> None:
    project.remote.rename(project.remote.with_name("away"))
    assert (project.check("pushed").result, project.check("protected").result) == (UNKNOWN, UNKNOWN)
    assert project.check("clean").result == PASS


def test_a_branch_that_the_remote_lacks_fails(project: Project) -> None:
    subprocess.run(["git", "-C", project.remote, "branch", "--move", "main", "trunk"], check=True)
    assert project.check("protected").result == FAIL


def test_a_signature_is_asked_of_git(project: Project, ssh_keys: SshKeys, tmp_path: Path) -> None:
    unsigned = project.check("signed")
    assert (unsigned.result, unsigned.found) == (FAIL, "no signature")
    signers = tmp_path / "signers"
    signers.write_text(f"test@example.com {ssh_keys.public('ed25519')}", encoding="utf-8")
    project.git("config", "gpg.format", "ssh")
    project.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    project.git("config", "user.signingKey", str(ssh_keys.path("ed25519")))
    project.git("commit", "--quiet", "--allow-empty", "--gpg-sign", "--message", "Signed")
    assert project.check("signed").result == PASS
    project.git("config", "log.showSignature", "true")  # as many have it who sign
    assert project.check("signed").result == PASS
    signers.write_text("", encoding="utf-8")
    assert project.check("signed").result in (WARN, UNKNOWN)


def test_owners_are_named_by_somebody(project: Project) -> None:
    project.commit(CODEOWNERS="# nobody yet\n")
    assert project.check("owners").result == FAIL
    (project.folder / "CODEOWNERS").unlink()
    project.commit(app="2")
    assert project.check("owners").result == FAIL


def test_an_env_file_in_git_or_one_that_git_would_take_fails(project: Project) -> None:
    project.commit(**{".gitignore": "nothing\n"})
    assert project.check("env_files").result == FAIL
    project.commit(**{".gitignore": ".env.prod\n"})
    assert project.check("env_files").result == PASS
    (project.folder / ".env.prod").write_text("A=1", encoding="utf-8")
    project.git("add", "--force", ".env.prod")
    project.git("commit", "--quiet", "--message", "Oh")
    check = project.check("env_files")
    assert (check.result, ".env.prod" in check.found) == (FAIL, True)


def test_a_secret_in_the_history_since_the_last_tag_fails_and_is_not_repeated(project: Project) -> None:
    project.commit(**{"app.txt": f"line\ntoken = {TOKEN}\n"})
    project.commit(**{"app.txt": "line\n"})  # taken away again: it is in the history all the same
    check = project.check("secrets")
    assert (check.result, "app.txt:2" in check.found, TOKEN in str(check)) == (FAIL, True, False)
    project.git("tag", "v1")
    project.commit(**{"app.txt": "other\n"})
    assert project.check("secrets").result == PASS


@pytest.mark.parametrize(
    ("place", "setting"),
    [
        ("root", "log.showRoot=false"),
        ("merge", "log.diffMerges=combined"),
        ("merge", "log.diffMerges=off"),
        ("hunks", "diff.interHunkContext=20"),
    ],
)
def test_no_setting_of_git_hides_a_secret(project: Project, place: str, setting: str) -> None:
    project.git("config", *setting.split("="))
    lines = [f"{number}\n" for number in range(40)]
    if place == "root":
        project.git("checkout", "--quiet", "--orphan", "begun-anew")
        project.commit(**{"app.txt": f"{TOKEN}\n"})
    elif place == "merge":
        project.git("checkout", "--quiet", "-b", "side")
        project.commit(**{"app.txt": f"{TOKEN}\n"})
        project.git("checkout", "--quiet", "main")
        project.git("merge", "--quiet", "--no-ff", "side")
    else:  # two changes near each other, and one in a file after them
        project.commit(**{"app.txt": "".join(lines), "then.txt": "1\n"})
        lines[3], lines[15] = "a\n", "b\n"
        project.commit(**{"app.txt": "".join(lines), "then.txt": "1\n" * 30 + f"{TOKEN}\n"})
    assert project.check("secrets").result == FAIL


def test_a_secret_value_of_the_run_is_found_wherever_it_stands(project: Project) -> None:
    project.commit(**{"a file.txt": "x=correct-horse-battery;\n"})
    assert project.check("secrets").result == PASS
    check = project.check("secrets", "correct-horse-battery")
    assert (check.result, "correct-horse" in str(check), "a file.txt:1" in check.found) == (FAIL, False, True)


def test_the_sum_of_the_checks() -> None:
    good, warned = Check("clean", PASS), Check("signed", WARN, "w")
    assert judge_authority([good, warned]).verdict == PASSED
    assert judge_authority([good, warned]).found.startswith("GOVERNED: pass=1 warn=1 fail=0")
    unknown, failed = Check("pushed", UNKNOWN, "u", "git fetch"), Check("owners", FAIL, "f", "write")
    assert (judge_authority([good, unknown]).verdict, judge_authority([good, unknown]).remedy) == (
        INCONCLUSIVE,
        "git fetch",
    )
    finding = judge_authority([good, unknown, failed])
    assert (finding.verdict, finding.found.startswith("DRIFT"), finding.counts) == (FAILED, True, "1/3 checks")
    assert judge_authority([]).verdict == INCONCLUSIVE
    assert judge_authority([warned]).verdict == INCONCLUSIVE
