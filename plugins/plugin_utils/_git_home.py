# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A ledger on a branch of a git remote, for control nodes that vanish.

An append fetches the branch, adds a commit to it and pushes that. The remote takes a commit only on top of what it has
(the update of the branch is a compare-and-swap), so of those who push at the same time one wins, and the others start
again from what is there then. A checkpoint that was signed for a push that lost was seen by nobody.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
import re
import time
from dataclasses import dataclass, field
from typing import Iterator, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    InvalidReceipt,
    LedgerMoved,
    LedgerUnavailable,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    note_text,
    parse_checkpoint,
    parse_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.durable import locked
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import Envelope, envelope_line
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import Snapshot
from ansible_collections.mint.promotion.plugins.module_utils._ledger.mark import START, parse_mark
from ansible_collections.mint.promotion.plugins.module_utils._ledger.segments import (
    CHECKPOINT_PATH,
    FOLDER,
    FRONTIER_PATH,
    REMEDY,
    Tail,
    grown,
    replay,
    segments_of,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._git_clone import GitClone
from ansible_collections.mint.promotion.plugins.plugin_utils._home import Receipt, Seal, receipts_of
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import LedgerSettings
from ansible_collections.mint.promotion.plugins.plugin_utils._sessions import FILE, Sessions, taken
from ansible_collections.mint.promotion.plugins.plugin_utils._sessions import FOLDER as SESSIONS_FOLDER

ATTEMPTS = 40  # one of those who push at the same time wins each time, so this is for as many jobs at once
LONGEST_PAUSE = 20.0  # seconds between two attempts
REFUSALS = 3  # pushes that the remote took from nobody: it has another reason than a race
_SESSION_FILE = re.compile(f"{SESSIONS_FOLDER}/R[^/]+/{FILE.pattern}")
_SEEN = "refs/seen"  # the commit that this job last saw or pushed


@dataclass(frozen=True)
class _Attempt:
    commit: str
    tail: Tail
    note: str = ""


@dataclass
class GitHome:
    """The ledger on a branch; `clone` is this process's private copy of it, which its actions share."""

    settings: LedgerSettings
    clone: GitClone
    _begun: list[str] = field(default_factory=list)
    _queued: dict[str, bytes] = field(default_factory=dict)
    _looked: str | None = None  # the commit that was looked at last; the next append tries it on top of that
    note: str = ""

    @property
    def place(self) -> str:
        return str(self.clone.remote)

    def begin_session(self, run_key: str) -> None:
        self._local.begin(run_key)
        self._begun.append(run_key)

    def write_session(self, run_key: str, files: Mapping[str, bytes]) -> str:
        folder = self._local.write(run_key, files)
        self._queued |= {f"{_session(run_key)}/{name}": content for name, content in files.items()}
        return folder

    def append(self, envelopes: Sequence[Envelope]) -> tuple[Receipt, ...]:
        return self.append_lines([envelope_line(one) for one in envelopes])

    def append_lines(self, lines: Sequence[bytes], after: int | None = None) -> tuple[Receipt, ...]:
        if not lines and not self._queued:
            return ()
        with self._alone():
            done = self._pushed(lines, after)
            self.clone.keep(_SEEN, done.commit)
        self.note = done.note or self.note
        self._begun.clear()
        self._queued.clear()
        return receipts_of(done.tail.size - len(lines), lines)

    def snapshot(self) -> Snapshot:
        with self._alone():
            self._looked = self.clone.fetch()
            entries = self._entries(self._looked, FOLDER)
            names = [name for _first, name in segments_of(entries)]
            note = entries.get(CHECKPOINT_PATH)
            found = self.clone.blobs([*names, note] if note else names)
        return Snapshot(b"".join(found[name] for name in names), found[note] if note else b"")

    def sessions(self) -> Mapping[str, Mapping[str, bytes]]:
        with self._alone():
            entries = self._entries(self.clone.fetch(), SESSIONS_FOLDER)
            ours = {path: content for path, content in entries.items() if _SESSION_FILE.fullmatch(path)}
            found = self.clone.blobs(ours.values())
        sessions: dict[str, dict[str, bytes]] = {}
        for path, content in ours.items():
            _folder, folder, name = path.split("/")
            sessions.setdefault(folder[1:], {})[name] = found[content]
        return sessions

    def _pushed(self, lines: Sequence[bytes], after: int | None) -> _Attempt:
        """Append and push until the remote has it."""
        attempt, reason, refusals, tip = None, "", 0, ""
        for number in range(ATTEMPTS):
            began = time.monotonic()
            before, tip = tip, self._fetched(reason)
            if attempt is not None and tip and self.clone.descends(tip, attempt.commit):
                return attempt  # the answer to the push was lost, and not the push
            refusals = refusals + 1 if reason and tip == before else 0
            if refusals == REFUSALS:
                break
            tail = self._accepted(tip)
            if after not in (None, tail.size):
                raise LedgerMoved(self.place)
            attempt = self._attempt(tip, tail, lines)
            reason = self.clone.push(attempt.commit)
            if not reason:
                return attempt
            time.sleep(self.clone.deadline.left(_pause(number, time.monotonic() - began)))
        remedy = "Let this user push to the branch, or run again when fewer others push to it at the same time."
        raise LedgerUnavailable(f"The ledger {self.place} did not take the receipts: {reason}", remedy)

    def _fetched(self, reason: str) -> str:
        """The commit to append to. One that is not the last any more loses its push, and is fetched then."""
        looked, self._looked = self._looked, None
        if looked is not None and not reason:
            return looked
        try:
            return self.clone.fetch(whole=bool(reason))
        except LedgerUnavailable as error:
            if reason:
                lost = f"The ledger {self.place} was lost during a push, which may have arrived: {reason}"
                raise LedgerUnavailable(lost, error.remedy) from error
            raise

    def _attempt(self, tip: str, tail: Tail, lines: Sequence[bytes]) -> _Attempt:
        for run_key in self._begun:
            if self._entries(tip, _session(run_key)):
                raise taken(run_key, self.place)
        files: dict[str, bytes] = {}
        message = "Add files of runs"
        if lines:
            message = f"Append {len(lines)} receipt(s) from index {tail.size} on"
            tail, files = grown(tail, lines, self.settings.origin, Seal(self.settings).sign)
        note = files.get(CHECKPOINT_PATH, b"").decode("utf-8")
        return _Attempt(self.clone.made(tip, {**self._queued, **files}, message), tail, note)

    def _accepted(self, tip: str) -> Tail:
        """Return the end of the ledger at `tip`. Raises `InvalidReceipt` unless it goes on from what this job saw."""
        seen = self.clone.commit(_SEEN)
        if not seen:
            tail = self._tail(tip)
        else:
            if not tip or not self.clone.descends(tip, seen):
                raise self._broken("what this run saw of it before is gone: its history was rewritten")
            known = self._tail(seen)
            tail = self._tail(tip, known)
        if tip:
            self.clone.keep(_SEEN, tip)
        return tail

    def _tail(self, commit: str, known: Tail | None = None) -> Tail:
        """Return the end of the ledger at a commit, which must go on from `known`."""
        entries = self._entries(commit, FOLDER)
        if CHECKPOINT_PATH not in entries:
            if segments_of(entries) or (known and known.checkpoint):
                raise self._broken("it has no checkpoint")
            return Tail()
        small = self.clone.blobs(entries[path] for path in (CHECKPOINT_PATH, FRONTIER_PATH) if path in entries)
        checkpoint = self._checkpoint(small[entries[CHECKPOINT_PATH]])
        if known is not None:
            segments = self._segments(entries, known.mark.frontier.size)
            if not b"".join(content for _first, content in segments).startswith(known.data):
                raise self._broken("receipts that this run saw in it are gone or altered")
            return replay(known.mark, segments, checkpoint)
        mark = parse_mark(small[entries[FRONTIER_PATH]]) if FRONTIER_PATH in entries else START
        with contextlib.suppress(InvalidReceipt):  # frontier.json is a cache
            return replay(mark, self._segments(entries, mark.frontier.size), checkpoint)
        return replay(START, self._segments(entries, 0), checkpoint)

    def _segments(self, entries: Mapping[str, str], since: int) -> list[tuple[int, bytes]]:
        named = segments_of(entries, since)
        found = self.clone.blobs(name for _first, name in named)
        return [(first, found[name]) for first, name in named]

    def _checkpoint(self, content: bytes) -> Checkpoint:
        note = parse_note(note_text(content))
        checkpoint = parse_checkpoint(note)
        if checkpoint.origin != self.settings.origin:
            remedy = f"Set promotion_ledger_origin to {checkpoint.origin}, or use another branch."
            fault = f"found the origin {checkpoint.origin}, wanted {self.settings.origin}"
            raise InvalidReceipt(f"The ledger {self.place}: {fault}", remedy)
        if not Seal(self.settings).trusts(note):
            raise self._broken("found no signature of a trusted gate key under its checkpoint")
        return checkpoint

    def _entries(self, commit: str, path: str) -> dict[str, str]:
        return self.clone.entries(commit, path) if commit else {}

    def _broken(self, fault: str) -> InvalidReceipt:
        return InvalidReceipt(f"The ledger {self.place}: {fault}", REMEDY)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other processes of this run from the clone meanwhile."""
        try:
            os.makedirs(self.clone.folder, mode=0o700, exist_ok=True)
            # Each git command in there has an end of its own.
            with locked(f"{self.clone.folder}.lock", self.clone.deadline.left(math.inf)):
                yield
        except OSError as error:
            found = (
                f"The clone {self.clone.folder} of the ledger {self.place} cannot be used: {error.strerror or error}"
            )
            raise LedgerUnavailable(found, "Make room there, or set another ANSIBLE_LOCAL_TEMP.") from error

    @property
    def _local(self) -> Sessions:
        return Sessions(self.settings.receipts)


def _pause(number: int, took: float) -> float:
    """Return how many seconds to wait after an attempt that lost: the more were lost, the more others there are.

    Chance spreads them over several times what an attempt takes.
    """
    return min(LONGEST_PAUSE, random.uniform(0, took * 2 ** min(number, 3)))


def _session(run_key: str) -> str:
    return f"{SESSIONS_FOLDER}/R{run_key}"
