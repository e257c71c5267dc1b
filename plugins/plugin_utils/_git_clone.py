# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A private bare clone of one branch of a git remote: it is fetched, committed to and pushed, and never checked out.

Only the last commit is fetched, and of its files those that are asked for, where the remote allows that
(uploadpack.allowFilter; partial clones, gitglossary(7)). So neither many receipts nor a long history slow it down.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Iterable, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._engine.process import last_lines
from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable
from ansible_collections.mint.promotion.plugins.plugin_utils._deadline import NO_DEADLINE, Deadline
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import GitRemote

AUTHOR = "mint.promotion"
EMAIL = "mint.promotion@localhost"
SECONDS = 120.0  # of one git command
_TIP = "refs/remotes/origin/tip"
_SSH_OPTIONS = "-o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15"
_OPTIONS = {
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.version": "2",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.recurseSubmodules": "no",
}
_CONFIGURATION = """[core]
    repositoryFormatVersion = 1
    bare = true
[extensions]
    partialClone = origin
[remote "origin"]
    promisor = true
    partialCloneFilter = blob:none
"""
# What names another repository when Ansible is run by a git hook (git rev-parse --local-env-vars).
_OTHER_REPOSITORY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
)
REMEDY = (
    "Check the address, the network and the access with `git ls-remote` as the user that runs Ansible: nobody is asked"
    " for a password or a host key. Then run again."
)


@dataclass(frozen=True)
class GitClone:
    """The clone in `folder`. Every method raises `LedgerUnavailable` when git fails."""

    folder: str
    remote: GitRemote
    seconds: float = SECONDS  # of one git command
    deadline: Deadline = NO_DEADLINE  # of all of them

    def fetch(self, whole: bool = False) -> str:
        """Return the commit that the remote's branch is at, empty where there is no such branch yet.

        The first time that is all of its history that is fetched, unless `whole`; later what came since, too.
        """
        self._prepare()
        depth = () if whole or self.commit(_TIP) else ("--depth=1",)
        done = self._run("fetch", "--quiet", "--no-tags", *depth, "origin", f"+{self.remote.ref}:{_TIP}")
        if done.returncode == 0:
            return self.commit(_TIP)
        if b"couldn't find remote ref" in done.stderr:  # git's fetch-pack, with LC_ALL=C
            return ""
        raise self._unavailable(done)

    def commit(self, name: str) -> str:
        """Return the commit that `name` means here, empty for none."""
        done = self._run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.stdout.decode().strip()

    def keep(self, name: str, commit: str) -> None:
        """Give a commit a name here that `commit` finds it by."""
        self._must("update-ref", name, commit)

    def descends(self, commit: str, earlier: str) -> bool:
        """Tell whether `commit` is `earlier`, or was made after it and on top of it."""
        return self._run("merge-base", "--is-ancestor", earlier, commit).returncode == 0

    def entries(self, commit: str, *paths: str) -> dict[str, str]:
        """Return the files of a commit below `paths` by their paths, each with the name of its content."""
        told = self._must("ls-tree", "-r", "-z", "--full-tree", commit, *paths).decode("utf-8", "surrogateescape")
        rows = (row.split("\t", 1) for row in told.split("\0") if row)
        return {path: facts.split()[2] for facts, path in rows if facts.startswith("100")}

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return contents by their names. Those that are not here yet are fetched, all at once."""
        wanted = list(dict.fromkeys(names))
        here = self._must("cat-file", "--batch-check=%(objectname)", "--batch-all-objects").decode().split()
        missing = sorted(set(wanted) - set(here))
        if missing:
            argv = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head")
            self._must(*argv, "--filter=blob:none", "--stdin", "origin", data="".join(f"{one}\n" for one in missing))
        told = self._must("cat-file", "--batch", data="".join(f"{name}\n" for name in wanted))
        found, position = {}, 0
        for name in wanted:  # each as `<name> blob <size>\n<bytes>\n` (git-cat-file(1), BATCH OUTPUT)
            start = told.index(b"\n", position) + 1
            size = int(told[position:start].split()[2])
            found[name] = told[start : start + size]
            position = start + size + 1
        return found

    def made(self, parent: str, files: Mapping[str, bytes], message: str) -> str:
        """Return a new commit on top of `parent` (empty for none) that has `files` in the place of those there."""
        stream = [
            b"commit refs/heads/attempt\nmark :1\n",
            f"committer {AUTHOR} <{EMAIL}> {int(time.time())} +0000\n".encode(),
            _data(message.encode()),
            f"from {parent}\n".encode() if parent else b"",
            *(b"M 100644 inline %s\n%s" % (path.encode(), _data(content)) for path, content in sorted(files.items())),
            b"get-mark :1\ndone\n",
        ]
        # --force is about refs/heads/attempt of this clone, which forgets the attempt before
        return self._must("fast-import", "--quiet", "--done", "--force", data=b"".join(stream)).decode().strip()

    def push(self, commit: str) -> str:
        """Offer a commit to the remote, which takes it only on top of what it has. Return why it did not, else nothing.

        That the remote could not be asked is a reason like others: it may have taken the commit all the same.
        """
        done = self._run("push", "--quiet", "--porcelain", "origin", f"{commit}:{self.remote.ref}")
        if done.returncode != 0:
            return _reason(done)
        self.keep(_TIP, commit)
        return ""

    def _prepare(self) -> None:
        """Make the clone where there is none, as `git init` and `git config` would."""
        config = os.path.join(self.folder, "config")
        if os.path.exists(config):
            return
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        done = self._run("init", "--quiet", "--bare", self.folder)
        if done.returncode != 0:
            raise self._unavailable(done)
        with open(config, "w", encoding="utf-8") as file:
            file.write(_CONFIGURATION)

    def _must(self, *arguments: str, data: str | bytes = b"") -> bytes:
        done = self._run(*arguments, data=data.encode() if isinstance(data, str) else data)
        if done.returncode != 0:
            raise self._unavailable(done)
        return done.stdout

    def _run(self, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        options = {**_OPTIONS, "remote.origin.url": self.remote.url}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        argv = ["git", f"--git-dir={self.folder}", *settings, *arguments]
        seconds = self.deadline.left(self.seconds)
        try:
            return _finished(argv, data, seconds)
        except subprocess.TimeoutExpired:
            late = f"`git {arguments[0]}` has not ended within {seconds:.0f} seconds"
            raise LedgerUnavailable(f"The ledger {self.remote} cannot be used: {late}.", REMEDY) from None
        except FileNotFoundError:
            raise LedgerUnavailable(
                f"{self.remote} needs the command git.", "Install git on the control node."
            ) from None

    def _unavailable(self, done: subprocess.CompletedProcess[bytes]) -> LedgerUnavailable:
        return LedgerUnavailable(f"The ledger {self.remote} cannot be used: {_reason(done)}", REMEDY)


def _finished(argv: list[str], data: bytes, seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run git in a process group of its own, and leave nothing of it behind: it starts ssh, which may hang as well.

    Raises `TimeoutExpired`, and `FileNotFoundError`.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(
        argv, stdin=pipe, stdout=pipe, stderr=pipe, env=_environment(), start_new_session=True
    ) as process:
        try:
            output, errors = process.communicate(data, seconds)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(argv, process.returncode, output, errors)


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


_NOISE = ("hint:", "error: failed to push some refs", "warning: filtering not recognized")


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """What git said, without its advice; of a push also what became of the branch (git-push(1), OUTPUT)."""
    errors, output = (text.decode("utf-8", "replace").splitlines() for text in (done.stderr, done.stdout))
    told = [line.strip() for line in errors if not line.startswith(_NOISE)]
    told += [line.split("\t")[-1] for line in output if line.startswith("!\t")]
    return "; ".join(last_lines("\n".join(told))) or f"git ended with {done.returncode}"


def _environment() -> dict[str, str]:
    """The environment without what names another repository, and with nobody to ask."""
    environment = {name: value for name, value in os.environ.items() if name not in _OTHER_REPOSITORY}
    environment |= {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        "GIT_ALLOW_PROTOCOL": "file:https:ssh",
    }
    if "GIT_SSH_COMMAND" not in environment and "GIT_SSH" not in environment:
        environment["GIT_SSH_COMMAND"] = f"{_ssh(environment)} {_SSH_OPTIONS}"
    return environment


def _ssh(environment: Mapping[str, str]) -> str:
    """The user's own way to ssh, else ssh."""
    argv = ["git", "config", "--get", "core.sshCommand"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=dict(environment))
    return done.stdout.strip() or "ssh"
