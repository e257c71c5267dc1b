# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What hosts hold, as text for people (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from .render import text_table


@dataclass(frozen=True)
class Seen:
    """What the release_info action gave of one stack on one host: release, or the reason why there is none."""

    host: str
    stack: str
    release: Optional[Mapping[str, Any]]
    reason: str = ""

    @property
    def name(self) -> str:
        return f"{self.host}, {self.stack}"


def status_text(seen: Sequence[Seen]) -> str:
    """Say of every stack on every host what is live since when, whether it is as promoted, and what stands out."""
    headers = ("host", "stack", "live", "revision", "since", "by", "as promoted")
    table = text_table(headers, [(one.host, one.stack, *_live(one)) for one in seen])
    details = [line for one in seen for line in _details(one)]
    return "\n\n".join(["", table, *_modules(seen), *details, ""])


@dataclass(frozen=True)
class LedgerState:
    """What was seen of one ledger. `reason` says why it could not be looked at, `fault` what is wrong with it."""

    place: str  # how people call its home
    size: int = 0  # receipts under its checkpoint
    beyond: int = 0  # receipts that were written after it
    fault: str = ""
    unfinished: Tuple[str, ...] = ()  # runs that have no outcome, one line each
    reason: str = ""


def ledger_text(states: Sequence[LedgerState]) -> str:
    """Say of every ledger how long it is, whether it fits its checkpoint, and which runs have no outcome in it."""
    return "\n".join(line for one in states for line in _ledger_lines(one))


def _ledger_lines(one: LedgerState) -> Iterator[str]:
    if one.reason:
        yield f"ledger {one.place}: could not be told"
        return
    beyond = f", {one.beyond} more without one" if one.beyond else ""
    size = f"{one.size} receipts under its checkpoint{beyond}" if one.size or beyond else "no receipts yet"
    yield f"ledger {one.place}: {size}"
    if one.fault:
        yield f"  BROKEN: {one.fault}\n  which receipts differ says: ansible-playbook mint.promotion.verify"
    for run in one.unfinished:
        yield f"  no outcome: {run}"
    if one.unfinished:
        yield "  a run that is not under way any more is closed by the next run over its hosts"


def untold(seen: Sequence[Seen]) -> Tuple[str, ...]:
    """One line for everything that could not be seen."""
    return tuple(f"{one.name}: {line}" for one in seen for line in _untold(one))


def _untold(seen: Seen) -> Iterator[str]:
    if seen.release is None:
        yield seen.reason
        return
    for part in seen.release["unknown"]:
        yield f"{part['part']}: {part['reason']}"


def _live(seen: Seen) -> Sequence[str]:
    release = seen.release
    if release is None:
        return ("could not be told", "-", "-", "-", "-")
    live = release["live"]
    if live is None:
        return ("nothing", "-", "-", "-", "-")
    drift = release["drift"]
    matches = "could not be told" if drift is None else "yes" if not drift else "NO"
    revision = (live["revision"] or "-")[:12]
    return (live["release"], revision, live["since"] or "-", live["by"] or "-", matches)


def _modules(seen: Sequence[Seen]) -> Iterator[str]:
    """A line for each module as it is live, with the hosts that have it so: a release may mix revisions."""
    found: Dict[Tuple[str, ...], List[str]] = {}
    for one in seen:
        for name, module in (((one.release or {}).get("live") or {}).get("modules") or {}).items():
            row = (one.stack, name, (module["revision"] or "-")[:12], module["digest"][:19] or "-")
            found.setdefault(row, []).append(one.host)
    if found:
        rows = [(*row, ", ".join(hosts)) for row, hosts in sorted(found.items())]
        yield text_table(("stack", "module", "revision", "image", "hosts"), rows)


def _details(seen: Seen) -> Iterator[str]:
    release = seen.release
    if release is None:
        return
    for part in (_drift(release), _lock(release), _unfinished(release), _releases(release)):
        if part:
            yield f"{seen.name}: {part}"


def _drift(release: Mapping[str, Any]) -> str:
    lines = [f"  {one['subject']}: found {one['found']}, wanted {one['wanted']}" for one in release["drift"] or ()]
    return "\n".join(["differs from what was promoted:", *lines]) if lines else ""


def _lock(release: Mapping[str, Any]) -> str:
    lock = release["lock"]
    if lock is None:
        return ""
    state = "its worker is alive" if lock["worker_alive"] else "expired" if lock["expired"] else "held"
    unlock = f"ansible-playbook mint.promotion.unlock -e promotion_lock={lock['run_key']}"
    held = f"locked by {lock['run_key']} ({lock['holder']}) since {lock['since']} until {lock['until']}: {state}"
    return f"{held}\n  if that run is dead: {unlock}"


def _unfinished(release: Mapping[str, Any]) -> str:
    work = release["unfinished"]
    if work is None:
        return ""
    begun = f"unfinished: {work['action']} by {work['run_key']} since {work['since']}, in step {work['step']}"
    return f"{begun}\n  from {work['from'] or 'nothing'} to {work['to'] or 'nothing'}; the next run ends it first"


def _releases(release: Mapping[str, Any]) -> str:
    if not release["releases"]:
        return ""
    live = (release["live"] or {}).get("release")
    headers = ("  release", "revision", "manifest", "staged", "rollback target", "images")
    table = text_table(headers, [_release_row(one, live) for one in release["releases"]])
    return f"releases ({_ways_back(release)})\n{table}"


def _ways_back(release: Mapping[str, Any]) -> str:
    """Where a rollback goes that names no release, and where one can go that does."""
    chosen = release["rollback"]
    goes = f"goes to {chosen['release']}" if chosen["release"] else f"is refused: {chosen['reason']}"
    if not any(one["rollback_target"] for one in release["releases"]):
        return f"a rollback {goes}"
    return f"without a name a rollback {goes}; by name it can go to those marked yes"


def _release_row(one: Mapping[str, Any], live: Optional[str]) -> Sequence[str]:
    return (
        "  " + one["release"],
        (one["revision"] or "-")[:12],
        one["manifest_digest"][:19],
        one["staged_at"],
        "live" if one["release"] == live else "yes" if one["rollback_target"] else f"no: {one['reason']}",
        {True: "here", False: "missing", None: "unknown"}[one["images_present"]],
    )
