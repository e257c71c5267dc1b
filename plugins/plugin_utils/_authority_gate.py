# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate `authority`: asks git about the repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Callable, Iterator, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._engine.process import KEPT_BYTES
from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    CommandFailed,
    CouldNotCheck,
    PromotionError,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.authority import (
    AUTHORITY,
    ENV_FILE,
    OWNER_FILES,
    UNKNOWN,
    Check,
    clean,
    env_files,
    judge_authority,
    owners,
    protected,
    pushed,
    secrets,
    signed,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.leaks import leaks
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Authority
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import GIT_SECONDS, Checkout, Entry
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import why

HISTORY_BYTES = 64 * 1024 * 1024  # of the patches that are searched for secrets
_IGNORED: Mapping[int | None, bool] = {0: True, 1: False}  # what git check-ignore ends with
# What each commit has added to the one before it, merges among them; whatever the user's own settings are.
_PATCHES = (
    *("log", "--first-parent", "--diff-merges=first-parent", "--root", "-p", "-U0", "--inter-hunk-context=0"),
    *("--format=", "--no-color", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-prefix", "--text"),
)


def authority_questions(context: Context) -> Iterator[Question]:
    """Ask whether the project is governed, where the manifest says what that means."""
    asked = context.run.manifest.authority if context.run.manifest else None
    if asked is not None:
        yield Question(AUTHORITY, partial(_ask, context, asked))


def _ask(context: Context, asked: Authority) -> Finding:
    manifest = context.run.manifest
    if context.repository is None or manifest is None:
        remedy = "Set promotion_repository_path to a git checkout of the repository."
        raise CouldNotCheck("There is no git repository around the manifest", remedy)
    look = Look(Checkout(str(context.repository)), asked, manifest.revision, context.run.receipts, context.secrets)
    return judge_authority([checked(look, name) for name in asked.checks])


def checked(look: Look, name: str) -> Check:
    """Make one check; why it could not be made is told beside the others."""
    try:
        return CHECKS[name](look)
    except (PromotionError, OSError) as error:
        return Check(name, UNKNOWN, why(error))


@dataclass(frozen=True)
class Look:
    """One look at a repository. Everything is asked of git once."""

    checkout: Checkout
    asked: Authority
    revision: str
    receipts: str  # a folder that a promotion writes to, and that need not be committed
    values: tuple[str, ...]  # secrets of the run

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        return self.checkout.entries(self.revision)

    @cached_property
    def containing(self) -> Mapping[str, bool | None]:
        """Which branches of the remote, as it has them now, have the revision; None where their commit is not here."""
        self.checkout.commit(self.revision)
        rows = self._told("ls-remote", "--heads", self.asked.remote).splitlines()
        heads = {name[len("refs/heads/") :]: tip for tip, name in (row.split("\t", 1) for row in rows)}
        return {branch: self._contains(tip) for branch, tip in heads.items()}

    def _contains(self, tip: str) -> bool | None:
        if self.checkout.ask("cat-file", "-e", f"{tip}^{{commit}}").returncode != 0:
            return None
        return self.checkout.contains(tip, self.revision)

    def _told(self, *arguments: str, kept: int = KEPT_BYTES) -> str:
        """Return what git says. Raises `CommandFailed`, and `CouldNotCheck` when it does not end."""
        done = self.checkout.ask(*arguments, kept=kept)
        if done.returncode is None:
            raise CouldNotCheck(f"git {arguments[0]} did not end within {GIT_SECONDS:.0f} s")
        if done.returncode != 0:
            raise CommandFailed(["git", *arguments], done.returncode, done.errors)
        return done.output

    def clean(self) -> Check:
        beside = os.path.relpath(os.path.realpath(self.receipts), os.path.realpath(self.checkout.root)) + os.sep
        return clean([path for path in self.checkout.uncommitted(".") if not f"{path}/".startswith(beside)])

    def pushed(self) -> Check:
        return pushed(self.containing, self.revision, self.asked.remote)

    def protected(self) -> Check:
        return protected(self.containing, self.asked.branch, self.revision, self.asked.remote)

    def signed(self) -> Check:
        self.checkout.commit(self.revision)
        letter = self._told("log", "-1", "--no-show-signature", "--format=%G?", self.revision).strip()
        return signed(letter, self.revision)

    def owners(self) -> Check:
        there = {path: self.entries[path].blob for path in OWNER_FILES if path in self.entries}
        blobs = self.checkout.blobs(list(there.values()))
        return owners({path: blobs[blob].decode("utf-8", "replace") for path, blob in there.items()})

    def env_files(self) -> Check:
        code = self.checkout.ask("check-ignore", "--quiet", "--no-index", ENV_FILE).returncode
        return env_files(list(self.entries), _IGNORED.get(code))

    def secrets(self) -> Check:
        commit = self.checkout.commit(self.revision)
        tag = self.checkout.ask("describe", "--tags", "--abbrev=0", f"{commit}^")
        since = tag.output.strip() if tag.returncode == 0 else ""
        patch = self._told(*_PATCHES, commit, *([f"^{since}"] if since else []), kept=HISTORY_BYTES)
        whole = len(patch.encode("utf-8", "replace")) < HISTORY_BYTES
        return secrets(leaks(patch, self.values), since or "the first commit", whole)


CHECKS: Mapping[str, Callable[[Look], Check]] = {
    "clean": Look.clean,
    "pushed": Look.pushed,
    "protected": Look.protected,
    "signed": Look.signed,
    "owners": Look.owners,
    "env_files": Look.env_files,
    "secrets": Look.secrets,
}
