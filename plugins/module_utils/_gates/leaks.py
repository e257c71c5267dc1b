# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds secrets among the lines that a history has added (pure). What it finds is named, and never repeated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, Mapping, Pattern, Sequence, Tuple

SHORTEST = 8  # characters of a secret value that is looked for: shorter ones are parts of other words

# As those who give out the tokens document their beginnings: they chose them so that tools find them.
_KINDS: Mapping[str, Pattern[str]] = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})\b"),
    "a GitLab token": re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}"),
    "a Slack token": re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    "a Google API key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),
    "a Stripe key": re.compile(r"\b[rs]k_live_[0-9A-Za-z]{16,}"),
    "an npm token": re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"),
    "an age key": re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"),
}
_HUNK = re.compile(r"@@ -[0-9]+(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@")


@dataclass(frozen=True)
class Leak:
    """Where a secret was added, and what kind of one."""

    path: str
    line: int
    kind: str

    def __str__(self) -> str:
        return f"{self.kind} in {self.path}:{self.line}"


def leaks(patch: str, values: Sequence[str]) -> Tuple[Leak, ...]:
    """Return the secrets in what `patch` adds, as git writes patches without context (-U0), each place once.

    `values` are secrets of our own, which are found wherever they stand.
    """
    own = [value for value in values if len(value) >= SHORTEST]
    found = [Leak(path, number, kind) for path, number, text in added_lines(patch) for kind in _kinds(text, own)]
    return tuple(dict.fromkeys(found))


def _kinds(text: str, own: Sequence[str]) -> Iterator[str]:
    if any(value in text for value in own):
        yield "a secret value of this environment"
    for kind, pattern in _KINDS.items():
        if pattern.search(text):
            yield kind


def added_lines(patch: str) -> Iterator[Tuple[str, int, str]]:
    """Yield path, line number and text of each added line. Lines are counted, so that none can pass for a header."""
    path, number, removed, added = "", 0, 0, 0
    for row in patch.split("\n"):
        hunk = _HUNK.match(row) if not removed and not added else None
        if hunk:
            removed, number, added = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
        elif added and row.startswith("+"):
            yield path, number, row[1:]
            number, added = number + 1, added - 1
        elif removed and row.startswith("-"):
            removed -= 1
        elif not removed and not added and row.startswith("+++ "):
            path = row[4:].rstrip("\t")
