# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host holds of a stack: asked, never judged, and nothing written."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from .._compose.env import parse_env
from .._errors import PromotionError
from .entries import CLAIMED, OUTCOME, STAGED, Entry, has_ended, known_good, live_since, of_run, unfinished, voided
from .findings import drift, misplaced_failure
from .host import Host
from .model import Release
from .project import misplaced
from .reports import proven, report_of
from .retention import companion_tags
from .subject import Subject
from .targets import mending, obstacle, select
from .verification import images

_LAST_OUTCOMES = 5

Observed = Dict[str, Any]


def observe(host: Host, selector: str = "") -> Observed:
    """Return what is live, whether it has drifted, the releases, the lock, unfinished work and last outcomes.

    A part that could not be told is None, and `unknown` says why. `rollback` is the release that a rollback
    with this selector would go to, or the reason why there is none.
    """
    look = _Look()
    entries: Sequence[Entry] = look.at("journal", host.journal.entries) or ()
    live = look.at("live", host.store.current) if look.at("stack", host.store.exists) else None
    releases: Sequence[Release] = look.at("releases", host.store.releases) or ()
    faults = look.at("files", lambda: host.store.faults(live)) if live else None
    subject = look.at("drift", lambda: host.subject(live)) if live else None
    seen = look.at("images", lambda: _images_here(host, releases))
    return {
        "root": host.layout.root,
        "stack": host.layout.stack,
        "live": _live(entries, live, releases, faults),
        "drift": look.at("drift", lambda: _drift(host, entries, subject, faults or ())) if subject else None,
        "releases": [_release(entries, one, releases, live, seen) for one in releases],
        "rollback": _rollback(entries, releases, live, selector),
        "lock": look.at("lock", lambda: _lock(host, entries)),
        "unfinished": _unfinished(entries),
        "outcomes": [_outcome(one) for one in entries if one.event == OUTCOME][-_LAST_OUTCOMES:],
        "unknown": look.unknown,
    }


def inheritable(host: Host) -> Observed:
    """Return what a promotion of some modules takes over: the live release and its manifest's exact text, its modules,
    and the source names of its values. `release` is None when nothing is live; `faults` say what was changed.

    Raises NotVerified, Refused and OSError when that can't be told.
    """
    live = host.store.current() if host.store.exists() else None
    if live is None:
        return {"release": None}
    release, content = host.store.read(live), host.store.content(live)
    return {
        "release": live,
        "manifest_digest": release.manifest_digest,
        "manifest": content.manifest.decode("utf-8"),
        "modules": _modules(release),
        "sources": sorted(parse_env(content.env.decode("utf-8"))),
        "faults": list(host.store.faults(live)),
    }


def _modules(release: Release) -> Dict[str, Dict[str, Optional[str]]]:
    return {
        one.name: {"image": one.image, "digest": one.digest, "revision": one.revision}
        for one in release.manifest.modules
    }


class _Look:
    """Asks for one part at a time and keeps why one could not be told."""

    def __init__(self) -> None:
        self.unknown: List[Dict[str, str]] = []

    def at(self, part: str, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except (PromotionError, OSError) as error:
            reason = getattr(error, "message", "") or str(error)
            self.unknown.append({"part": part, "reason": reason})
            return None


def _live(
    entries: Sequence[Entry], live: Optional[str], releases: Sequence[Release], faults: Optional[Sequence[str]]
) -> Optional[Observed]:
    if live is None:
        return None
    release = next((one for one in releases if one.id == live), None)
    switch = live_since(entries, live)
    claimed = of_run(entries, switch.run, CLAIMED) if switch else None
    return {
        "release": live,
        "manifest_digest": release.manifest_digest if release else None,
        "revision": release.manifest.revision if release else None,
        "modules": _modules(release) if release else None,
        "environment": release.environment if release else None,
        "run_key": switch.run if switch else None,
        "since": switch.time if switch else None,
        "by": claimed.fields.get("holder") if claimed else None,
        "faults": None if faults is None else list(faults),
    }


def _drift(host: Host, entries: Sequence[Entry], subject: Subject, faults: Sequence[str]) -> List[Dict[str, str]]:
    release = subject.release
    containers = host.engine.containers(release.manifest.project)
    known = proven(entries, release.id)
    differing = drift(release.manifest, images(host, subject), containers, known, release.images)
    differing += misplaced_failure(misplaced(host, release))
    return [
        *({"subject": "files", "found": fault, "wanted": "the files as they were staged"} for fault in faults),
        *({"subject": one.module, "found": f"{one.message}: {one.found}", "wanted": one.wanted} for one in differing),
    ]


def _images_here(host: Host, releases: Sequence[Release]) -> Mapping[str, bool]:
    found = host.engine.images([name for release in releases for name in _references(release)])
    return {reference: image is not None for reference, image in found.items()}


def _references(release: Release) -> Tuple[str, ...]:
    return (*(module.image for module in release.manifest.modules), *companion_tags(release))


def _release(
    entries: Sequence[Entry],
    release: Release,
    releases: Sequence[Release],
    live: Optional[str],
    seen: Optional[Mapping[str, bool]],
) -> Observed:
    there = [one.id for one in releases]
    reason = obstacle(entries, release.id, live, there)
    return {
        "release": release.id,
        "manifest_digest": release.manifest_digest,
        "revision": release.manifest.revision,
        "environment": release.environment,
        "run_key": release.run_key,
        "run_keys": sorted({one.run for one in entries if one.event == STAGED and _names(one, release)}),
        "staged_at": release.staged_at,
        "known_good": release.id in known_good(entries),
        "voided": release.id in voided(entries),
        "images_present": all(seen[one] for one in _references(release)) if seen is not None else None,
        "rollback_target": not reason,
        "reason": reason,
    }


def _names(entry: Entry, release: Release) -> bool:
    return entry.fields.get("release") == release.id


def _rollback(entries: Sequence[Entry], releases: Sequence[Release], live: Optional[str], selector: str) -> Observed:
    try:
        return {"release": select(entries, releases, live, selector).id, "reason": ""}
    except PromotionError as error:
        there = [one.id for one in releases]
        return {"release": None, "reason": error.message, "remedy": mending(entries, there)}


def _lock(host: Host, entries: Sequence[Entry]) -> Optional[Observed]:
    holding = host.lock.holding() if host.store.exists() else None
    if holding is None:
        return None
    alive = host.lock.worker_alive()
    return {
        "run_key": holding.run,
        "holder": holding.holder,
        "since": holding.since,
        "until": holding.until,
        "expired": not alive and (host.lock.expired(holding) or has_ended(entries, holding.run)),
        "worker_alive": alive,
    }


def _unfinished(entries: Sequence[Entry]) -> Optional[Observed]:
    work = unfinished(entries)
    if work is None:
        return None
    return {
        "run_key": work.run,
        "action": work.action,
        "from": work.source,
        "to": work.target,
        "since": work.since,
        "verified": work.verified,
        "step": work.step,
    }


def _outcome(entry: Entry) -> Observed:
    report = report_of(entry)
    return {
        "time": entry.time,
        "run_key": entry.run,
        "outcome": entry.fields.get("outcome"),
        "release": entry.fields.get("release"),
        "before": report.get("before"),
        "live": entry.fields.get("live"),
        "seconds": report.get("seconds"),
    }
