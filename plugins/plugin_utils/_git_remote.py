# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The git remotes that a ledger may live in, as variables name them (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_BRANCH = "ledger"
FORMS = "git+ssh://host/path, git+https://host/path, git+file:///path or user@host:path, with #branch or without"

_URL = re.compile(r"git\+(?P<url>(?P<scheme>ssh|https|file)://(?P<authority>[^/\s]*)/\S+)")
_SHORT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9_.-]+:[^\s:-]\S*")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True)
class GitRemote:
    """A branch of a repository. `url` is one that git takes."""

    url: str
    branch: str

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"

    def __str__(self) -> str:
        return f"{self.url}#{self.branch}"


def parse_remote(text: str) -> GitRemote:
    """Read the place of a ledger. Raises `ValueError`, whose text says what is wrong without the address."""
    address, _hash, branch = text.partition("#")
    branch = branch or DEFAULT_BRANCH
    if not _BRANCH.fullmatch(branch) or ".." in branch or branch.endswith((".lock", ".")):
        raise ValueError(f"the branch {branch!r}, which is no name that git takes")
    if _SHORT.fullmatch(address):
        return GitRemote(address, branch)
    found = _URL.fullmatch(address)
    if not found or found["authority"].startswith("-"):
        raise ValueError("something else")
    if ":" in found["authority"].rpartition("@")[0]:
        raise ValueError("a password in the address, which ends up in logs and process lists")
    if (found["scheme"] == "file") == bool(found["authority"]):
        raise ValueError("a host in a git+file address, or none in another")
    return GitRemote(found["url"], branch)
