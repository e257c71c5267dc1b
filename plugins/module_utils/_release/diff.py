# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The difference between the live release and the next, for people: secret values masked (pure)."""

from __future__ import annotations

from typing import AbstractSet, Dict, Iterator, List, Mapping, Optional, Tuple

from .._checks.masking import MASK
from .._compose.env import parse_env
from .model import Content
from .subject import Subject


def release_diff(
    before: Optional[Subject], old: Optional[Content], after: Subject, new: Content
) -> Tuple[Mapping[str, str], ...]:
    """Return what Ansible's --diff prints: compose, carried and env files before and after, where they differ."""
    name = before.release.id if before else "nothing is live"
    compose = (_text(before, old.compose) if old else "", _text(after, new.compose))
    env = _env(
        _values(old), _values(new), {*(before.release.secret_sources if before else ()), *after.release.secret_sources}
    )
    found: List[Mapping[str, str]] = []
    for file, (left, right) in (*_carried(before, old, after, new), ("compose.yaml", compose), (".env", env)):
        if left != right:
            headers = {"before_header": f"{file} ({name})", "after_header": f"{file} ({after.release.id or 'new'})"}
            found.append({**headers, "before": left, "after": right})
    return tuple(found)


def _carried(
    before: Optional[Subject], old: Optional[Content], after: Subject, new: Content
) -> Iterator[Tuple[str, Tuple[str, str]]]:
    sides = [{one.path: one.content for one in content.carried} if content else {} for content in (old, new)]
    for path in sorted({*sides[0], *sides[1]}):
        yield path, (_text(before, sides[0].get(path, b"")), _text(after, sides[1].get(path, b"")))


def changed_values(old: Optional[Content], new: Content) -> AbstractSet[str]:
    """Return the source names of the values that are not the same in both env files."""
    before, after = _values(old), _values(new)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def _text(subject: Optional[Subject], content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    return subject.mask.text(text) if subject else text


def _values(content: Optional[Content]) -> Dict[str, str]:
    return parse_env(content.env.decode("utf-8")) if content else {}


def _env(old: Mapping[str, str], new: Mapping[str, str], secret: AbstractSet[str]) -> Tuple[str, str]:
    lines: Tuple[List[str], List[str]] = ([], [])
    for name in sorted({*old, *new}):
        for side, values, other in ((0, old, new), (1, new, old)):
            if name in values:
                lines[side].append(f"{name}={_shown(name, values, other, side == 1, name in secret)}\n")
    return "".join(lines[0]), "".join(lines[1])


def _shown(name: str, values: Mapping[str, str], other: Mapping[str, str], new: bool, secret: bool) -> str:
    """A plain value as it is; of a secret one only whether it changed, which must itself make a difference."""
    if not secret:
        return values[name]
    if name in other and values[name] == other[name]:
        return f"{MASK} (unchanged)"
    return f"{MASK} (changed)" if new else f"{MASK} (before)"
