#!/usr/bin/env python3
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a git repository of the example stack with two revisions, for demos and tests.

    make_repository.py TARGET_DIR

The first revision is examples/mint-modules as it stands here, the second adds revisions/second.patch to it. The
branch `main` is at the second, tags `first` and `second` name both. Each branch `variant/NAME` adds one
fault to the second revision. Authors and dates are fixed, so the same content gives the same commits on every
machine. The full hashes are printed as JSON: {"first": ..., "second": ..., "variants": {NAME: ...}}.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Mapping, Sequence

EXAMPLES = Path(__file__).resolve().parent
VARIANTS = ("unhealthy", "smoke-broken", "crash-loop")
PERSON = "Mint Modules"
MAIL = "modules@mint.example.com"


class CannotMake(Exception):
    """The repository can't be made; the message says why and what to do next."""


@dataclass(frozen=True)
class Sources:
    """Where the revisions come from: the folder of the first one, and the patches upon it."""

    stack: Path = EXAMPLES / "mint-modules"
    patches: Path = EXAMPLES / "revisions"


@dataclass(frozen=True)
class Revisions:
    """Full commit hashes; `variants` maps the name of a fault to its commit."""

    first: str
    second: str
    variants: Mapping[str, str]

    def refs(self) -> Mapping[str, str]:
        """The refs that stay: `main` moves on when a pinned manifest is committed, these never do."""
        branches = {f"refs/heads/variant/{name}": commit for name, commit in self.variants.items()}
        return {"refs/tags/first": self.first, "refs/tags/second": self.second, **branches}


class Git:
    """Git on one repository, deaf to the settings of the machine and of its user."""

    def __init__(self, git_dir: Path, work_tree: Path) -> None:
        deaf = ("-c", f"core.excludesFile={os.devnull}", "-c", f"core.attributesFile={os.devnull}")
        self._command = ("git", *deaf, f"--git-dir={git_dir}", f"--work-tree={work_tree}")
        self._work_tree = work_tree

    def __call__(self, *arguments: str, date: str = "2026-01-01T00:00:00Z") -> str:
        """Return what git prints, without white space at its ends. Raises CannotMake when git fails."""
        try:
            done = subprocess.run(
                (*self._command, *arguments),
                cwd=self._work_tree,
                env=_environment(date),
                check=True,
                capture_output=True,
                text=True,
            )
        except FileNotFoundError as error:
            raise CannotMake(f"git or {self._work_tree} is missing: install git, or clone the whole project") from error
        except subprocess.CalledProcessError as error:
            raise CannotMake(f"`git {' '.join(arguments)}` failed: {error.stderr.strip()}") from error
        return done.stdout.strip()

    def commit(self, message: str, date: str, parent: str | None = None) -> str:
        """Commit the index and return the full hash."""
        tree = self("write-tree")
        parents = () if parent is None else ("-p", parent)
        return self("commit-tree", tree, *parents, "-m", message, date=date)


def _environment(date: str) -> Mapping[str, str]:
    """The process's own environment with git's part of it replaced (git-scm.com, Git Internals, variables)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    ours = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_DEFAULT_HASH": "sha1", "LC_ALL": "C"}
    roles = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in {"NAME": PERSON, "EMAIL": MAIL, "DATE": date}.items()
    }
    return {**kept, **ours, **roles}


def make_repository(target: Path, sources: Sources = Sources()) -> Revisions:
    """Make the repository in `target`, a folder that is missing or empty, and return its revisions.

    Changes nothing when `target` has these revisions already, whatever was committed upon them. Raises CannotMake
    when it holds anything else, when git fails, or when a patch does not fit the stack.
    """
    target = target.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
            made = Path(scratch) / "repository"
            revisions = _build(made, sources)
            if _is_free(target):
                os.rename(made, target)
            elif not _holds(target, revisions):
                raise CannotMake(
                    f"{target} is not empty and does not hold the revisions of {sources.stack}: "
                    "name another folder, or remove this one if nothing in it matters"
                )
    except OSError as error:
        raise CannotMake(f"{target} can't be written: {error}") from error
    return revisions


def _is_free(target: Path) -> bool:
    return not target.exists() or (target.is_dir() and not any(target.iterdir()))


def _holds(target: Path, revisions: Revisions) -> bool:
    if not (target / ".git").is_dir():
        return False
    git = Git(target / ".git", target)
    try:
        return all(git("rev-parse", "--verify", ref) == commit for ref, commit in revisions.refs().items())
    except CannotMake:
        return False


def _build(made: Path, sources: Sources) -> Revisions:
    made.mkdir()
    Git(made / ".git", made)("init", "--quiet", "--initial-branch=main", "--template=")
    revisions = _commit_all(Git(made / ".git", sources.stack), sources)
    git = Git(made / ".git", made)
    for ref, commit in {"refs/heads/main": revisions.second, **revisions.refs()}.items():
        git("update-ref", ref, commit)
    git("reset", "--quiet", "--hard", "main")
    return revisions


def _commit_all(git: Git, sources: Sources) -> Revisions:
    git("add", "--all", "--", ".")
    first = git.commit("Sell prints: artwork, order-intake and quote-page", "2026-01-05T09:00:00Z")
    git("apply", "--cached", str(sources.patches / "second.patch"))
    second = git.commit("Say on the quote page how long a print takes", "2026-01-12T09:00:00Z", first)
    variants = {name: _commit_variant(git, sources, name, second) for name in VARIANTS}
    return Revisions(first, second, variants)


def _commit_variant(git: Git, sources: Sources, name: str, second: str) -> str:
    git("read-tree", second)
    git("apply", "--cached", str(sources.patches / f"{name}.patch"))
    return git.commit(f"Break the quote page: {name}", "2026-01-19T09:00:00Z", second)


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit status: 0 made or there already, 1 refused."""
    parser = argparse.ArgumentParser(description="Make a git repository of the example stack with two revisions.")
    parser.add_argument("target", type=Path, metavar="TARGET_DIR", help="a folder that is missing or empty")
    try:
        revisions = make_repository(parser.parse_args(arguments).target)
    except CannotMake as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(asdict(revisions)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
