# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The example stack as a git repository: the same everywhere, safe to make again, honest about what it can't do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Mapping

import pytest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
COMMAND = EXAMPLES / "make_repository.py"


def run(target: Path, command: Path = COMMAND, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(command), str(target)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def made(target: Path, command: Path = COMMAND, **environment: str) -> Mapping[str, Any]:
    done = run(target, command, **environment)
    assert done.returncode == 0, done.stderr
    hashes: Mapping[str, Any] = json.loads(done.stdout)
    return hashes


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def snapshot(folder: Path) -> Mapping[str, tuple[int, bytes]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.fixture(name="repository", scope="module")
def _repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that tests only read."""
    target = tmp_path_factory.mktemp("made") / "deep" / "repository"
    (target.parent.parent / "hashes.json").write_text(json.dumps(made(target)))
    return target


@pytest.fixture(name="hashes", scope="module")
def _hashes(repository: Path) -> Mapping[str, Any]:
    hashes: Mapping[str, Any] = json.loads((repository.parent.parent / "hashes.json").read_text())
    return hashes


@pytest.fixture(name="copied")
def _copied(tmp_path: Path) -> Path:
    """The examples, copied to where a test may change them."""
    ignored = shutil.ignore_patterns("node_modules", "dist", ".test-build")
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=ignored)) / COMMAND.name


def test_it_prints_full_hashes_of_two_revisions_and_stands_on_the_second(
    repository: Path, hashes: Mapping[str, Any]
) -> None:
    assert re.fullmatch("[0-9a-f]{40}", hashes["first"])
    assert git(repository, "rev-parse", "main", "main~1").split() == [hashes["second"], hashes["first"]]
    assert git(repository, "rev-parse", "first", "second").split() == [hashes["first"], hashes["second"]]
    assert git(repository, "status", "--porcelain") == ""
    manifest = Path("deploy/promotion.yml")
    assert (repository / manifest).read_bytes() == (EXAMPLES / "mint-modules" / manifest).read_bytes()


def test_the_second_revision_changes_only_what_the_customer_sees_on_the_quote_page(
    repository: Path, hashes: Mapping[str, Any]
) -> None:
    changed = git(repository, "diff", "--name-only", hashes["first"], hashes["second"]).split()
    assert "quote-page/src/page.ts" in changed
    assert all(path.startswith("quote-page/") for path in changed)


@pytest.mark.parametrize("name", ["crash-loop", "smoke-broken", "unhealthy"])
def test_a_variant_adds_one_fault_of_the_quote_page_to_the_second_revision(
    repository: Path, hashes: Mapping[str, Any], name: str
) -> None:
    commit = hashes["variants"][name]
    assert git(repository, "rev-parse", f"variant/{name}", f"variant/{name}~1").split() == [commit, hashes["second"]]
    changed = git(repository, "diff", "--name-only", hashes["second"], commit).split()
    assert len(changed) == 1 and changed[0].startswith("quote-page/src/")


def test_hashes_depend_on_neither_the_place_nor_the_git_settings_of_the_user(
    tmp_path: Path, hashes: Mapping[str, Any]
) -> None:
    (tmp_path / ".config/git").mkdir(parents=True)
    (tmp_path / ".config/git/ignore").write_text("*.ts\n")
    (tmp_path / ".gitconfig").write_text("[user]\n name = Other\n[core]\n autocrlf = true\n")
    settings = {"HOME": str(tmp_path), "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z", "GIT_DIR": str(tmp_path)}
    assert made(tmp_path / "repository", COMMAND, TZ="Asia/Tokyo", **settings) == hashes


def test_what_npm_leaves_in_the_work_tree_is_no_part_of_a_revision(
    tmp_path: Path, copied: Path, hashes: Mapping[str, Any]
) -> None:
    for folder in ("node_modules", "dist", ".test-build"):
        (copied.parent / "mint-modules/artwork" / folder).mkdir()
        (copied.parent / "mint-modules/artwork" / folder / "left.js").touch()
    assert made(tmp_path / "littered", copied) == hashes


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "repository"
    hashes = made(target)
    before = snapshot(tmp_path)
    assert made(target) == hashes
    assert snapshot(tmp_path) == before


def test_a_manifest_that_was_committed_upon_the_revisions_stays(tmp_path: Path) -> None:
    target = tmp_path / "repository"
    hashes = made(target)
    (target / "deploy/promotion.yml").write_text("pinned: true\n")
    git(target, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qam", "Pin")
    pinned = git(target, "rev-parse", "main")
    assert made(target) == hashes
    assert git(target, "rev-parse", "main") == pinned


def test_an_empty_folder_will_do(tmp_path: Path, hashes: Mapping[str, Any]) -> None:
    assert made(tmp_path) == hashes
    assert git(tmp_path, "rev-parse", "HEAD") == hashes["second"]


@pytest.mark.parametrize("content", ["file", "other repository", "older revisions"])
def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path: Path, copied: Path, content: str) -> None:
    target = tmp_path / "target"
    if content == "older revisions":
        (copied.parent / "mint-modules/README.md").write_text("other\n")
        made(target, copied)
    else:
        target.mkdir()
        (target / "notes.txt").write_text("mine\n")
    if content == "other repository":
        subprocess.run(["git", "init", "-q", str(target)], check=True)
    before = snapshot(target)
    done = run(target)
    assert done.returncode == 1
    assert done.stdout == ""
    assert str(target) in done.stderr and "name another folder" in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(target) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["examples", "target"]


def test_a_target_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine\n")
    done = run(tmp_path / "file")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert (tmp_path / "file").read_text() == "mine\n"


def test_a_patch_that_no_longer_fits_is_named_and_nothing_is_left_behind(tmp_path: Path, copied: Path) -> None:
    (copied.parent / "mint-modules/quote-page/src/page.ts").write_text("export {};\n")
    done = run(tmp_path / "target", copied)
    assert done.returncode == 1
    assert "second.patch" in done.stderr and "page.ts" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["examples"]
