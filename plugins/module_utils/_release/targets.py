# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which release a rollback goes to (pure).

Without a selector it is the last known good release before the live one, on the way that `entries.history`
describes: promotions go forward on it and rollbacks go back, so that a second rollback goes to the release
before, and never to the one that was just left.
"""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from .._errors import Refused
from .entries import VOIDED, Entry, cut_off, history, known_good, staged_by, voided
from .model import Release

_MEND = (
    "Mend it forward: correct the module and promote. Or restore the data from a backup of before the migration, and "
    "promote the earlier manifest."
)
_DIGEST_PREFIX = 12  # hex digits; fewer are too easily those of another manifest


def previous(entries: Sequence[Entry], live: Optional[str], there: Sequence[str]) -> Optional[str]:
    """Return the release that a rollback without a selector goes to, of those that are `there`."""
    way = list(history(entries))
    if live in way:
        way = way[: len(way) - way[::-1].index(live) - 1]
    good = known_good(entries)
    fitting = (name for name in reversed(way) if name != live and name in good and name in there)
    return next(fitting, None)


def obstacle(entries: Sequence[Entry], release: str, live: Optional[str], there: Sequence[str]) -> str:
    """Say why a rollback cannot go to a release; empty when it can."""
    if release not in there:
        return "it is not on this host any more"
    if release == live:
        return "it is live"
    if release in voided(entries):
        return f"it was voided{_why(entries, release)}"
    if release not in known_good(entries):
        return "it was never promoted here with success"
    return ""


def _why(entries: Sequence[Entry], release: str) -> str:
    last = (one for one in reversed(entries) if one.event == VOIDED and one.fields.get("release") == release)
    reason = str(next(last).fields.get("reason") or "")
    return f": {reason}" if reason else ""


def select(entries: Sequence[Entry], releases: Sequence[Release], live: Optional[str], selector: str) -> Release:
    """Return the release that `selector` names: a release id, a run key, or a manifest digest of 12 or more
    hex digits, with or without `sha256:`; empty for the last known good one. Raises Refused.
    """
    there = [release.id for release in releases]
    name = previous(entries, live, there) if not selector else _named(entries, releases, selector)
    if name is None and not selector:
        cut = [one for one in cut_off(entries) if one in there][-1:]
        told = "".join(f": {one}: {obstacle(entries, one, live, there)}" for one in cut)
        message = f"There is no previous release on this host to go back to{told}"
        raise Refused(message, _listing(entries, releases, live))
    reason = obstacle(entries, name, live, there) if name else "it was never staged on this host"
    if name is None or (reason and name != live):
        raise Refused(f"No rollback to {selector or name}: {reason}", _listing(entries, releases, live))
    return next(release for release in releases if release.id == name)


def _named(entries: Sequence[Entry], releases: Sequence[Release], selector: str) -> Optional[str]:
    if any(release.id == selector for release in releases):
        return selector
    staged = staged_by(entries, selector)
    if staged is not None:
        return str(staged.fields.get("release"))
    hexadecimal = selector[len("sha256:") :] if selector.startswith("sha256:") else selector
    if len(hexadecimal) < _DIGEST_PREFIX:
        return None
    return _by_digest(entries, releases, f"sha256:{hexadecimal.lower()}")


def _by_digest(entries: Sequence[Entry], releases: Sequence[Release], prefix: str) -> Optional[str]:
    """The newest known good one of the releases of a manifest: they differ in values or compose bytes only."""
    matching = [release for release in releases if release.manifest_digest.startswith(prefix)]
    if len({release.manifest_digest for release in matching}) > 1:
        raise Refused(f"{prefix} names more than one manifest", "Give more digits of the digest.")
    good = known_good(entries)
    ranked = sorted(matching, key=lambda one: (one.id in good, one.staged_at))
    return ranked[-1].id if ranked else None


def _listing(entries: Sequence[Entry], releases: Sequence[Release], live: Optional[str]) -> str:
    there = [release.id for release in releases]
    lines: List[str] = [
        f"  {release.id} (manifest {release.manifest_digest[7:19]}, staged {release.staged_at} by {release.run_key}): "
        f"{obstacle(entries, release.id, live, there) or 'possible'}"
        for release in releases
    ]
    if not lines:
        return "No release was ever staged on this host."
    return "\n".join(["Releases on this host:", *lines, *filter(None, [mending(entries, there)])])


def mending(entries: Sequence[Entry], there: Sequence[str]) -> str:
    """Say what to do where migrations have left no way back to a release; empty where none has."""
    return _MEND if set(there).intersection(cut_off(entries)) else ""


def possible(entries: Sequence[Entry], releases: Sequence[Release], live: Optional[str]) -> Tuple[str, ...]:
    """Return the releases that a rollback can go to, in the order of their staging."""
    there = [release.id for release in releases]
    return tuple(name for name in there if not obstacle(entries, name, live, there))
