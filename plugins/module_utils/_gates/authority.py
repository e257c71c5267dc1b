# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate `authority`: whether a project is governed, as a sum of checks on its repository (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Sequence, Tuple

from .finding import Finding
from .leaks import Leak
from .model import FAILED, INCONCLUSIVE, PASSED

AUTHORITY = "authority"
PASS, WARN, FAIL, UNKNOWN = "PASS", "WARN", "FAIL", "UNKNOWN"
OWNER_FILES = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS", "OWNERS", "MAINTAINERS")
ENV_FILE = ".env.prod"
ENV_FILES = frozenset({ENV_FILE, ".env.production", ".env.staging", ".env.local"})
_NAMES = 5  # that a message names


@dataclass(frozen=True)
class Check:
    """One check: PASS, WARN, FAIL or UNKNOWN, with what was found and what to do."""

    name: str
    result: str
    found: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.result} {self.name}: {self.found}" if self.found else f"{self.result} {self.name}"


def judge_authority(checks: Sequence[Check]) -> Finding:
    """GOVERNED where no check fails and every one could be made; a warning is told and stops nothing."""
    count = {word: sum(one.result == word for one in checks) for word in (PASS, WARN, FAIL, UNKNOWN)}
    verdict = FAILED if count[FAIL] else INCONCLUSIVE if count[UNKNOWN] or not count[PASS] else PASSED
    status = {PASSED: "GOVERNED", FAILED: "DRIFT"}.get(verdict, "not known")
    order = {FAIL: 0, UNKNOWN: 1, WARN: 2}
    told = sorted((one for one in checks if one.result in order), key=lambda one: order[one.result])
    summary = f"{status}: pass={count[PASS]} warn={count[WARN]} fail={count[FAIL]}"
    remedies = tuple(dict.fromkeys(one.remedy for one in told if one.remedy and one.result != WARN))
    return Finding(
        verdict,
        "; ".join([summary, *map(str, told)]),
        "every check passes: the project is GOVERNED",
        "; ".join(remedies) if verdict != PASSED else "",
        f"{count[PASS]}/{len(checks)} checks",
    )


def clean(files: Sequence[str]) -> Check:
    """Nothing is uncommitted. `files` are the paths that differ from the last commit."""
    if not files:
        return Check("clean", PASS)
    return Check("clean", FAIL, f"uncommitted: {_some(files)}", "commit these files, or have git ignore them")


def pushed(containing: Mapping[str, Optional[bool]], revision: str, remote: str) -> Check:
    """Some branch of the remote has the revision. A branch whose commit is not here is None: it could not be told."""
    if any(containing.values()):
        return Check("pushed", PASS)
    if None in containing.values():
        return Check("pushed", UNKNOWN, f"{remote} has branches that are not here", f"git fetch {remote}")
    return Check("pushed", FAIL, f"no branch of {remote} has {revision}", f"git push {remote}")


def protected(containing: Mapping[str, Optional[bool]], branch: str, revision: str, remote: str) -> Check:
    """The protected branch of the remote has the revision."""
    if branch not in containing:
        return Check("protected", FAIL, f"{remote} has no branch {branch}", "correct authority.branch in the manifest")
    if containing[branch] is None:
        return Check("protected", UNKNOWN, f"{remote}/{branch} is at a commit that is not here", f"git fetch {remote}")
    if containing[branch]:
        return Check("protected", PASS)
    found = f"{remote}/{branch} does not have {revision}"
    return Check("protected", FAIL, found, f"merge it into {branch}, then pin what was merged")


# What git says of a signature (git-log(1), %G?).
_SIGNATURES: Mapping[str, Tuple[str, str]] = {
    "G": (PASS, ""),
    "U": (WARN, "a good signature of somebody whose key is not trusted"),
    "X": (WARN, "a good signature that has expired"),
    "Y": (WARN, "a good signature of a key that has expired"),
    "R": (FAIL, "a signature of a key that was revoked"),
    "B": (FAIL, "a bad signature"),
    "N": (FAIL, "no signature"),
}


def signed(letter: str, revision: str) -> Check:
    """The commit has a signature that git takes for good."""
    result, found = _SIGNATURES.get(letter, (UNKNOWN, "a signature that git cannot check here"))
    if result == PASS:
        return Check("signed", PASS)
    remedy = "sign it (git commit -S)" if letter == "N" else f"git verify-commit {revision}"
    return Check("signed", result, found, remedy)


def owners(files: Mapping[str, str]) -> Check:
    """A file of the commit names owners. `files` are those of OWNER_FILES that are there, with their text."""
    if not files:
        return Check("owners", FAIL, "no file that names owners", f"commit one of {', '.join(OWNER_FILES)}")
    if not any(_names_somebody(text) for text in files.values()):
        return Check("owners", FAIL, f"{_some(list(files))} names nobody", "write down who owns what")
    return Check("owners", PASS)


def _names_somebody(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())


def env_files(paths: Sequence[str], ignored: Optional[bool]) -> Check:
    """No env file is in git, and git ignores `.env.prod`. `paths` are all that are in git."""
    tracked = [path for path in paths if path.rpartition("/")[2] in ENV_FILES]
    if tracked:
        remedy = f"git rm --cached {' '.join(tracked[:_NAMES])}, and change the secrets that it held"
        return Check("env_files", FAIL, f"in git: {_some(tracked)}", remedy)
    if ignored is None:
        return Check("env_files", UNKNOWN, "git does not say whether it is ignored", "see git status")
    if not ignored:
        return Check("env_files", FAIL, f"{ENV_FILE} is not ignored", f"add {ENV_FILE} to .gitignore")
    return Check("env_files", PASS)


def secrets(found: Sequence[Leak], since: str, whole: bool) -> Check:
    """No secret was added since `since`. `whole` tells whether all of the history could be looked at."""
    if found:
        remedy = "change these secrets; then rewrite what is not pushed yet, or tag what has been dealt with"
        return Check("secrets", FAIL, f"since {since}: {_some([str(one) for one in found])}", remedy)
    if not whole:
        return Check("secrets", UNKNOWN, f"more was changed since {since} than is looked at", "tag a commit between")
    return Check("secrets", PASS)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMES]) + (f", and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
