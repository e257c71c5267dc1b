# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A checkout holds a commit and nothing else, and nothing is left of it: not even by a process that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout
from ansible_collections.mint.promotion.plugins.plugin_utils._worktree import worktree


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit; Ansible's own temporary folder is beside it."""
    (tmp_path / "local").mkdir()
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path / "local"))
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "answer").write_text("42")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "One")
    return folder


def leftovers(repository: Path) -> list[str]:
    worktrees = git(repository, "worktree", "list", "--porcelain").split("\n\n")
    return [*worktrees[1:], *map(str, (repository.parent / "local").iterdir())]


def test_it_holds_what_is_committed_and_is_a_checkout(repository: Path) -> None:
    (repository / "answer").write_text("dirty")
    (repository / "untracked").write_text("dirty")
    hook = repository / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {repository.parent}/hooked\n")
    hook.chmod(0o755)
    with worktree(Checkout(str(repository)), "HEAD") as folder:
        assert (folder / "answer").read_text() == "42"
        assert sorted(one.name for one in folder.iterdir()) == [".git", "answer"]
        assert git(folder, "rev-parse", "HEAD") == git(repository, "rev-parse", "HEAD")
        (folder / "answer").write_text("built")
    assert leftovers(repository) == []
    assert not (repository.parent / "hooked").exists()


def test_several_are_made_of_one_repository_at_once(repository: Path) -> None:
    def answer(_number: int) -> str:
        with worktree(Checkout(str(repository)), "HEAD") as folder:
            return (folder / "answer").read_text()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, range(8))) == ["42"] * 8
    assert leftovers(repository) == []


def test_an_unknown_commit_fails_and_leaves_nothing(repository: Path) -> None:
    with pytest.raises(CommandFailed, match="worktree add"), worktree(Checkout(str(repository)), "0" * 40):
        pass
    assert leftovers(repository) == []


def test_a_process_that_is_killed_leaves_no_checkout_and_nothing_that_runs_there(repository: Path) -> None:
    reading, writing = os.pipe()
    caller = os.fork()
    if not caller:
        with worktree(Checkout(str(repository)), "HEAD") as folder:
            sleeper = subprocess.Popen(["sleep", "300"], cwd=folder, start_new_session=True)
            os.write(writing, f"{sleeper.pid}\n".encode())
            time.sleep(300)
        os._exit(1)
    command = int(os.read(reading, 20))
    assert leftovers(repository) != []
    os.kill(caller, signal.SIGKILL)
    os.waitpid(caller, 0)
    deadline = time.monotonic() + 20
    while leftovers(repository) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert leftovers(repository) == []
    state = Path(f"/proc/{command}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"
