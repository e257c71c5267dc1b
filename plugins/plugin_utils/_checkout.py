# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A git repository on the control node, asked through the git command."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from typing import IO, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._engine.process import (
    KEPT_BYTES,
    Completed,
    last_lines,
    run,
)
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed, Refused

GIT_SECONDS = 120.0


@dataclass(frozen=True)
class Entry:
    """One path of a commit. `mode` is git's: 100644 a file, 100755 an executable one, 120000 a symbolic link."""

    mode: str
    blob: str
    size: int  # bytes

    @property
    def is_file(self) -> bool:
        return self.mode in ("100644", "100755")


@dataclass(frozen=True)
class Checkout:
    """The repository that the folder `root` is the top of. Only what is committed is ever looked at."""

    root: str

    def commit(self, revision: str) -> str:
        """Return the full commit that `revision` names. Raises `Refused` when there is none."""
        asked = "" if revision.startswith("-") else f"{revision}^{{commit}}"
        done = self._git("rev-parse", "--verify", "--quiet", asked)
        if done.returncode != 0:
            remedy = "Fetch it, or name a commit that `git log` shows."
            raise Refused(f"{self.root} has no commit {revision!r}.", remedy)
        return done.output.strip()

    def tree(self, commit: str, folder: str) -> str:
        """Return the git tree of `folder` at `commit`. Raises `Refused` when there is no such folder."""
        done = self._git("rev-parse", "--verify", "--quiet", _tree_ish(commit, folder))
        found = done.output.strip()
        if done.returncode != 0 or self._git("cat-file", "-t", found).output.strip() != "tree":
            remedy = "Correct build.context in the manifest, or commit the folder."
            raise Refused(f"{self.root} has no folder {folder!r} at the commit {commit}.", remedy)
        return found

    def last_change(self, commit: str, folder: str) -> str:
        """Return the latest commit, not after `commit`, that gave `folder` the content that it has there."""
        done = self._git("log", "-1", "--no-show-signature", "--format=%H", commit, "--", f":(top,literal){folder}")
        latest = done.output.strip()
        same = done.returncode == 0 and latest and self.tree(latest, folder) == self.tree(commit, folder)
        return latest if same else commit

    def uncommitted(self, folder: str) -> tuple[str, ...]:
        """Return the files below `folder` that differ from HEAD or are not in git, without ignored ones."""
        asked = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--")
        rows = self._bytes(*asked, _pathspec(folder)).decode("utf-8", "replace").split("\0")
        return tuple(row[3:] for row in rows if row)  # XY PATH (git-status(1), Short Format)

    def contains(self, commit: str, earlier: str) -> bool:
        """Tell whether `earlier` is `commit` or one of those before it. Raises `Refused` for one that is not here."""
        known = (self.commit(commit), self.commit(earlier))
        return self._git("merge-base", "--is-ancestor", known[1], known[0]).returncode == 0

    def archive(self, commit: str, folder: str, target: IO[bytes]) -> None:
        """Write `folder` at `commit` as a tar archive to `target`, always the same bytes. Raises `CommandFailed`."""
        argv = ["git", "-C", self.root, "-c", "tar.umask=0022", "archive", "--format=tar", _tree_ish(commit, folder)]
        with tempfile.TemporaryFile() as archive:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=archive, stderr=subprocess.PIPE, check=False)
            if done.returncode != 0:
                raise CommandFailed(argv, done.returncode, done.stderr.decode("utf-8", "replace"))
            archive.seek(0)
            committed = self._git("show", "--no-patch", "--no-show-signature", "--format=%ct", commit)
            _dated(archive, int(committed.output), target)

    def entries(self, commit: str) -> dict[str, Entry]:
        """Return everything in a commit by its path, as `os.fsdecode` gives it. Raises `CommandFailed`."""
        argv = ["ls-tree", "-r", "-l", "-z", "--full-tree", self.commit(commit)]
        rows = (row.split("\t", 1) for row in self._bytes(*argv).decode("utf-8", "surrogateescape").split("\0") if row)
        return {path: _entry(*facts.split()) for facts, path in rows}

    def blobs(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the bytes of blobs, exactly as they are committed. Raises `CommandFailed`."""
        told = self._bytes("cat-file", "--batch", data="".join(f"{name}\n" for name in names).encode())
        found, position = {}, 0
        for name in names:  # each as `<name> blob <size>\n<bytes>\n` (git-cat-file(1), BATCH OUTPUT)
            start = told.index(b"\n", position) + 1
            size = int(told[position:start].split()[2])
            found[name] = told[start : start + size]
            position = start + size + 1
        return found

    def ask(self, *arguments: str, kept: int = KEPT_BYTES) -> Completed:
        """Run a git command; of its output the first `kept` bytes are kept. Raises `CommandFailed` without git."""
        return _git(self.root, *arguments, kept=kept)

    def _bytes(self, *arguments: str, data: bytes = b"") -> bytes:
        argv = ["git", "-C", self.root, *arguments]
        done = subprocess.run(argv, input=data, capture_output=True, check=False)
        if done.returncode != 0:
            raise CommandFailed(argv, done.returncode, done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def _git(self, *arguments: str) -> Completed:
        return _git(self.root, *arguments)


def _entry(mode: str, _kind: str, blob: str, size: str) -> Entry:
    return Entry(mode, blob, int(size) if size.isdigit() else 0)  # a submodule has no size


def checkout_around(path: str) -> Checkout:
    """Return the repository that the folder `path` lies in. Raises `CommandFailed` when it lies in none."""
    done = _git(path, "rev-parse", "--show-toplevel")
    if done.returncode != 0:
        remedy = "Set promotion_repository_path to a git checkout of the modules."
        errors = "\n".join(last_lines(done.errors))
        raise CommandFailed(["git", "-C", path, "rev-parse", "--show-toplevel"], done.returncode, errors, remedy)
    return Checkout(done.output.strip())


def _dated(source: IO[bytes], seconds: int, target: IO[bytes]) -> None:
    """Copy a tar archive with one time for all files: git gives those of a tree the present one (git-archive(1))."""
    with tarfile.open(fileobj=source) as old, tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in old:
            member.mtime = seconds
            new.addfile(member, old.extractfile(member) if member.isreg() else None)


def _git(path: str, *arguments: str, kept: int = KEPT_BYTES) -> Completed:
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    return run(["git", "-C", path, "-c", "core.quotePath=false", *arguments], GIT_SECONDS, environment, kept=kept)


def _pathspec(folder: str) -> str:
    """All below a folder. A literal `.` matches nothing (git 2.39)."""
    normal = os.path.normpath(folder)
    return ":(top)" if normal == "." else f":(top,literal){normal}"


def _tree_ish(commit: str, folder: str) -> str:
    normal = os.path.normpath(folder)
    return f"{commit}:{'' if normal == '.' else normal}"
