# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The journal as data: its lines, and what follows from them. docs/architecture.md lists the events."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Set, Tuple

from .._data import canonical_json, decode
from .._errors import InvalidInput, Violation
from .model import PROMOTED, RESTORED, TAKEN_BACK, Verdict

CLAIMED, TAKEN_OVER, VERDICT, STAGED, INTENT = "claimed", "taken_over", "verdict", "staged", "intent"
STEP, VERIFIED, SWITCHED, OUTCOME = "step", "verified", "switched", "outcome"
MIGRATION = "migration"
VOIDED, FREED, PRUNED = "voided", "freed", "pruned"

STARTED, DONE, BROKEN, UNDONE, UNDO_FAILED = "started", "done", "failed", "undone", "undo_failed"
PROMOTE, RESTORE, TAKE_BACK = "promote", "restore", "take_back"  # the actions of an intent
BY = "migrations"  # of a release that was voided: those that nothing takes back
FILES_FOUND = "files_found"  # of what an intent observed: carried files that were in their places already

_FRAME = ("seq", "time", "run", "event")


@dataclass(frozen=True)
class Entry:
    """One line. `seq` counts from 1 without gaps, `time` is RFC 3339 in UTC, `fields` depend on `event`."""

    seq: int
    time: str
    run: str
    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Parsed:
    """The entries of a file and how many of its bytes they take: what follows is a torn line."""

    entries: Tuple[Entry, ...]
    size: int


@dataclass(frozen=True)
class Unfinished:
    """An intent without an outcome: a worker died, or it is still at work.

    `verified` says that the new release had passed its checks and nothing failed after that.
    """

    run: str
    action: str
    source: Optional[str]
    target: Optional[str]
    since: str
    verified: bool
    step: str  # the step that was begun last, empty if none was
    observed: Mapping[str, Any]  # what the intent noted of containers, volumes and files


def render_entry(entry: Entry) -> bytes:
    """Return the line of an entry: canonical JSON and a line feed, which no value can contain."""
    frame = {"seq": entry.seq, "time": entry.time, "run": entry.run, "event": entry.event}
    return canonical_json({**entry.fields, **frame}) + b"\n"


def parse_entries(content: bytes, source: str) -> Parsed:
    """Read a journal's bytes. `source` names the file in errors.

    The last line is cut off when it is torn: without its line feed, or no entry at all, because the write of
    it was never acknowledged. A fault before the last line is damage: raises InvalidInput with the line.
    """
    lines = content.split(b"\n")
    whole, rest = lines[:-1], lines[-1]
    entries: List[Entry] = []
    size = 0
    for number, line in enumerate(whole, start=1):
        entry = _entry(line)
        if entry is None and number == len(whole) and not rest:
            break
        entries.append(_in_sequence(entry, line, number, source))
        size += len(line) + 1
    return Parsed(tuple(entries), size)


def _entry(line: bytes) -> Optional[Entry]:
    try:
        data = json.loads(line.decode("utf-8"))
    except ValueError:  # UnicodeDecodeError is one, and so is JSONDecodeError
        return None
    if not isinstance(data, dict) or not isinstance(data.get("seq"), int):
        return None
    if not all(isinstance(data.get(name), str) for name in _FRAME[1:]):
        return None
    fields = {name: value for name, value in data.items() if name not in _FRAME}
    return Entry(data["seq"], data["time"], data["run"], data["event"], fields)


def _in_sequence(entry: Optional[Entry], line: bytes, number: int, source: str) -> Entry:
    if entry is not None and entry.seq == number:
        return entry
    found = repr(line[:60].decode("utf-8", "replace")) if entry is None else f"seq {entry.seq}"
    wanted = f"an entry with seq {number}"
    remedy = "the file was changed by something else: restore it from a backup, or move it away to start anew"
    raise InvalidInput([Violation(source, "", found, wanted, remedy, line=number, column=1)], "The journal")


def of_run(entries: Sequence[Entry], run: str, event: str) -> Optional[Entry]:
    """Return the last entry of that event and run."""
    return next((one for one in reversed(entries) if one.run == run and one.event == event), None)


def outcome_of(entries: Sequence[Entry], run: str) -> Optional[Entry]:
    """Return the run's last outcome; None while an intent that came later has none yet."""
    outcome, intent = of_run(entries, run, OUTCOME), of_run(entries, run, INTENT)
    if outcome is None or (intent is not None and intent.seq > outcome.seq):
        return None
    return outcome


def staged_by(entries: Sequence[Entry], run: str) -> Optional[Entry]:
    """Return the entry that says which release the run has laid down."""
    return of_run(entries, run, STAGED)


def verdict_of(entries: Sequence[Entry], run: str) -> Optional[Verdict]:
    """Return the gate's decision that was journalled for the run."""
    entry = of_run(entries, run, VERDICT)
    if entry is None:
        return None
    fields = entry.fields
    return decode(
        Verdict,
        {
            "verdict": fields.get("verdict", ""),
            "manifest_digest": fields.get("manifest", ""),
            "environment": fields.get("environment", ""),
            "run_key": run,
        },
    )


def known_good(entries: Sequence[Entry]) -> Tuple[str, ...]:
    """Return the releases that were promoted or restored and not voided since, the last so proven last.

    One that migrations of a run had cut off is good again where that run was taken back to it.
    """
    good: Dict[str, None] = {}
    left: Set[str] = set()  # good until they were voided
    for entry in entries:
        release, again = str(entry.fields.get("release")), _proven_again(entries, entry)
        if entry.event == VOIDED:
            left |= {release} & set(good)
            good.pop(release, None)
        elif entry.event == OUTCOME and entry.fields.get("outcome") in (PROMOTED, RESTORED):
            good.pop(release, None)
            good[release] = None
        elif again in left:
            good[again] = None
    return tuple(good)


def voided(entries: Sequence[Entry]) -> Tuple[str, ...]:
    """Return the releases that were voided and have not been promoted again since."""
    bad: Dict[str, None] = {}
    for entry in entries:
        release = str(entry.fields.get("release"))
        if entry.event == VOIDED:
            bad.setdefault(release)
        elif entry.event == OUTCOME and entry.fields.get("outcome") in (PROMOTED, RESTORED):
            bad.pop(release, None)
        else:
            bad.pop(_proven_again(entries, entry), None)
    return tuple(bad)


def _proven_again(entries: Sequence[Entry], entry: Entry) -> str:
    """Return the release that a run which was taken back has cut off first, and then proven on the migrated data."""
    if entry.event != OUTCOME or entry.fields.get("outcome") != TAKEN_BACK:
        return ""
    live = str(entry.fields.get("live"))
    own = (one.fields for one in entries if one.event == VOIDED and one.run == entry.run and one.seq < entry.seq)
    return live if any(str(said.get("release")) == live and said.get(BY) for said in own) else ""


def cut_off(entries: Sequence[Entry]) -> Tuple[str, ...]:
    """Return the voided releases to which migrations that nothing takes back have left no way."""
    by_migrations = {str(one.fields.get("release")) for one in entries if one.event == VOIDED and one.fields.get(BY)}
    return tuple(name for name in voided(entries) if name in by_migrations)


def history(entries: Sequence[Entry]) -> Tuple[str, ...]:
    """Return the way that led to the live release, the live one last, as a browser keeps its pages.

    A promotion goes one step further. A rollback goes back to where that release stood, so that the next
    rollback goes on backwards and never returns to what was just left. What is taken back was never there.
    """
    way: Tuple[str, ...] = ()
    before: Dict[str, Tuple[str, ...]] = {}
    for entry in entries:
        if entry.event != OUTCOME:
            continue
        outcome, release = entry.fields.get("outcome"), str(entry.fields.get("release"))
        if outcome == TAKEN_BACK:
            way = before.get(entry.run, way)
        elif outcome in (PROMOTED, RESTORED):
            before[entry.run] = way
            way = _step(way, release, back=outcome == RESTORED)
    return way


def _step(way: Tuple[str, ...], release: str, back: bool) -> Tuple[str, ...]:
    if way and way[-1] == release:
        return way
    if back and release in way:
        return way[: len(way) - way[::-1].index(release)]
    return (*way, release)


def live_since(entries: Sequence[Entry], release: str) -> Optional[Entry]:
    """Return the switch that made the release live; None when the last switch went elsewhere."""
    switch = next((one for one in reversed(entries) if one.event == SWITCHED), None)
    return switch if switch is not None and switch.fields.get("to") == release else None


def files_found(entries: Sequence[Entry], release: str) -> FrozenSet[str]:
    """Return the files of the release that were in the project directory before it was last brought there."""
    brought = (one.fields for one in reversed(entries) if one.event == INTENT and one.fields.get("to") == release)
    intent = next((one for one in brought if one.get("from") != release), {})
    return frozenset((intent.get("observed") or {}).get(FILES_FOUND) or ())


def has_ended(entries: Sequence[Entry], run: str) -> bool:
    """Tell whether a run without a living worker is over: it has an outcome, or died before it had one.

    A run that has staged and waits for its activation is not over.
    """
    work = unfinished(entries)
    return outcome_of(entries, run) is not None or (work is not None and work.run == run)


def unfinished(entries: Sequence[Entry]) -> Optional[Unfinished]:
    """Return the last intent when its run has journalled no outcome after it."""
    intent = next((one for one in reversed(entries) if one.event == INTENT), None)
    if intent is None or outcome_of(entries, intent.run) is not None:
        return None
    later = [one for one in entries if one.seq > intent.seq and one.run == intent.run]
    steps = [one for one in later if one.event == STEP]
    failed = any(one.fields.get("state") in (BROKEN, UNDONE, UNDO_FAILED) for one in steps)
    return Unfinished(
        run=intent.run,
        action=str(intent.fields.get("action")),
        source=intent.fields.get("from"),
        target=intent.fields.get("to"),
        since=intent.time,
        verified=any(one.event == VERIFIED for one in later) and not failed,
        step=str(steps[-1].fields.get("step")) if steps else "",
        observed=intent.fields.get("observed") or {},
    )
