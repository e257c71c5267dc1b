# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A ledger in a folder: log.jsonl, checkpoint, frontier.json and lock.

The checkpoint never leads the data: the receipts are on the disk before the checkpoint that covers them is signed. What
lies beyond it was never acknowledged, for its writer died in between. The next append puts that right: complete
receipts there are adopted, in their order, up to the first that is none; it and what follows is cut off.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Callable, Iterator, List, Optional, Sequence

from .._errors import InvalidReceipt, LedgerMoved, LedgerUnavailable
from .checkpoint import (
    Checkpoint,
    Note,
    NoteSignature,
    checkpoint_body,
    format_note,
    note_text,
    parse_checkpoint,
    parse_note,
)
from .durable import (
    locked,
    locked_for_reading,
    make_folder,
    opened,
    read_whole,
    sync,
    sync_folder,
    write_all,
    write_new,
)
from .envelope import MAX_LINE, parse_envelope
from .mark import START, Mark, parse_mark, render_mark
from .tree import EMPTY, hash_lines, leaf_hash

LOG_FILE, CHECKPOINT_FILE, FRONTIER_FILE, LOCK_FILE = "log.jsonl", "checkpoint", "frontier.json", "lock"
_NEXT_CHECKPOINT = CHECKPOINT_FILE + ".new"
LONGEST_WAIT = 60.0  # seconds, for the lock: an append takes milliseconds, reading a long log anew some seconds
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND
_CHUNK = 1024 * 1024  # bytes that are read at once
_LOOK = "Nothing was written. Run verify.yml: it says which receipts differ, and from where to restore them."


@dataclass(frozen=True)
class Appended:
    """What an append did. The receipts of its caller have the indexes from `first_index` on, counted from 0."""

    first_index: int
    checkpoint: Checkpoint
    note_text: str
    adopted: int = 0  # receipts that an interrupted append had left before them
    cut: int = 0  # bytes of a torn end that were cut off


@dataclass(frozen=True)
class Snapshot:
    """The exact bytes of log.jsonl and checkpoint at one time; empty where there is none."""

    data: bytes
    note: bytes


def is_envelope(line: bytes) -> bool:
    """Tell whether a line is an envelope, whoever signed it: the least that is asked of one that is to be adopted."""
    try:
        parse_envelope(line)
    except InvalidReceipt:
        return False
    return True


def read_log(folder: str, seconds: float = LONGEST_WAIT) -> Snapshot:
    """Read a ledger while nobody writes to it; who may not open its lock, or has waited for so many seconds, reads the
    checkpoint before the data.

    Raises `LedgerUnavailable` when it cannot be read.
    """
    try:
        with locked_for_reading(os.path.join(folder, LOCK_FILE), seconds):
            note = read_whole(os.path.join(folder, CHECKPOINT_FILE))
            return Snapshot(read_whole(os.path.join(folder, LOG_FILE)), note)
    except OSError as error:
        raise _unavailable(folder, error) from error


class FileLog:
    """The ledger in `folder`, as one who may write to it.

    `origin` is the first line of its checkpoints. `sign_note` signs the text of a checkpoint. `trusts` tells whether a
    checkpoint that is there was signed by a key of this ledger, else no append signs over it; without it that must be
    the key of `sign_note` itself, whose signatures must not vary (Ed25519). `adopts` tells which receipts beyond the
    checkpoint are adopted. An append waits for its lock for so many `seconds`.
    """

    def __init__(
        self,
        folder: str,
        origin: str,
        sign_note: Callable[[bytes], NoteSignature],
        trusts: Optional[Callable[[Note], bool]] = None,
        adopts: Callable[[bytes], bool] = is_envelope,
        seconds: float = LONGEST_WAIT,
    ) -> None:
        self.folder = folder
        self.origin = origin
        self._sign_note = sign_note
        self._trusts = trusts or self._is_my_own
        self._adopts = adopts
        self._seconds = seconds

    def read(self) -> Snapshot:
        """Read the ledger; see `read_log`."""
        return read_log(self.folder, self._seconds)

    def append(self, lines: Sequence[bytes], after: Optional[int] = None) -> Appended:
        """Append receipts, all or none, and return when they and the checkpoint that covers them are on the disk.

        `lines` are the exact bytes of each, without newline; with none of them the ledger is mended, and gets a
        checkpoint if it has none. Only what was written since the checkpoint before the last one is read again.
        With `after` they go behind that many receipts, or nowhere: `LedgerMoved` is raised then.

        Raises `InvalidReceipt` for a line that is none and for a ledger that contradicts its checkpoint, and
        `LedgerUnavailable` when it cannot be written. Then the receipts are not acknowledged; they may be there all
        the same if it failed at the very end.
        """
        _check_lines(lines)
        try:
            make_folder(self.folder)
            with locked(self._path(LOCK_FILE), self._seconds), opened(self._path(LOG_FILE), _FLAGS) as log:
                return self._append(log, lines, after)
        except OSError as error:
            raise _unavailable(self.folder, error) from error

    def _append(self, log: int, lines: Sequence[bytes], after: Optional[int]) -> Appended:
        mark = self._mark(log, self._checkpoint() or self._begin(log))
        adopted = list(takewhile(self._adopts, _complete_lines(log, mark.offset)))
        if after not in (None, mark.frontier.size + len(adopted)):
            raise LedgerMoved(self.folder)
        end = mark.offset + sum(len(line) + 1 for line in adopted)
        cut = os.fstat(log).st_size - end
        if cut:
            os.ftruncate(log, end)
        frontier = mark.frontier.extended(hash_lines([*adopted, *lines]))
        grown = Checkpoint(self.origin, frontier.size, frontier.root())
        text = self._commit(log, end, lines, grown)
        if frontier.size > mark.frontier.size:
            self._keep(mark)
        return Appended(frontier.size - len(lines), grown, text, len(adopted), cut)

    def _checkpoint(self) -> Optional[Checkpoint]:
        """Return the checkpoint that is there, None for a ledger that has none yet."""
        path = self._path(CHECKPOINT_FILE)
        data = read_whole(path)
        if not data and not os.path.exists(path):
            return None
        note = parse_note(note_text(data))
        checkpoint = parse_checkpoint(note)
        if checkpoint.origin != self.origin:
            remedy = f"Nothing was written. Set promotion_ledger_origin to {checkpoint.origin}, or use another folder."
            raise InvalidReceipt(f"{path}: found the origin {checkpoint.origin}, wanted {self.origin}", remedy)
        if not self._trusts(note):
            raise InvalidReceipt(f"{path}: found no signature that holds, wanted that of a key of this ledger", _LOOK)
        return checkpoint

    def _is_my_own(self, note: Note) -> bool:
        return self._sign_note(note.body.encode("utf-8")) in note.signatures

    def _begin(self, log: int) -> Checkpoint:
        """Give a new ledger its first checkpoint, of no receipts. From then on one that is gone was taken away:
        the receipts that are left may not be signed as if they were all."""
        if os.fstat(log).st_size:
            fault = f"found receipts and no {CHECKPOINT_FILE} beside them, wanted both"
            raise InvalidReceipt(f"{self._path(LOG_FILE)}: {fault}", _LOOK)
        sync_folder(self.folder)  # the name of log.jsonl
        sync_folder(os.path.dirname(os.path.abspath(self.folder)))
        checkpoint = Checkpoint(self.origin, EMPTY.size, EMPTY.root())
        self._prepare(checkpoint)
        self._publish()
        return checkpoint

    def _mark(self, log: int, checkpoint: Checkpoint) -> Mark:
        """Return the place behind the last receipt of the checkpoint, which the receipts before it must prove."""
        for mark in (self._kept(), START):
            found = _advance(log, mark, checkpoint.size)
            proven = mark == START or found.offset > mark.offset  # else no receipt has shown where it ends
            if proven and (found.frontier.size, found.frontier.root()) == (checkpoint.size, checkpoint.root):
                return found
        if found.frontier.size < checkpoint.size:
            fault = f"found {found.frontier.size} complete receipts, wanted the {checkpoint.size} of its checkpoint"
        else:
            fault = f"its first {checkpoint.size} receipts are not those of its checkpoint"
        raise InvalidReceipt(f"{self._path(LOG_FILE)}: {fault}", _LOOK)

    def _commit(self, log: int, end: int, lines: Sequence[bytes], checkpoint: Checkpoint) -> str:
        """Write the receipts, then the checkpoint. From the rename on, which may have happened when it fails, nothing
        may be taken back: the checkpoint would lead the data."""
        with _taken_back_on_failure(log, end):
            write_all(log, b"".join(line + b"\n" for line in lines))
            sync(log)
            text = self._prepare(checkpoint)
        self._publish()
        return text

    def _prepare(self, checkpoint: Checkpoint) -> str:
        """Sign a checkpoint, lay it beside the one that holds, and return its text."""
        body = checkpoint_body(checkpoint)
        text = format_note(Note(body, (self._sign_note(body.encode("utf-8")),)))
        write_new(self._path(_NEXT_CHECKPOINT), text.encode("utf-8"))
        return text

    def _publish(self) -> None:
        os.replace(self._path(_NEXT_CHECKPOINT), self._path(CHECKPOINT_FILE))
        sync_folder(self.folder)

    def _kept(self) -> Mark:
        try:
            return parse_mark(read_whole(self._path(FRONTIER_FILE)))
        except OSError:
            return START

    def _keep(self, mark: Mark) -> None:
        """Remember where the receipts of this append begin, for the next one. The ledger can do without."""
        path = self._path(FRONTIER_FILE)
        with contextlib.suppress(OSError):
            with opened(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
                write_all(file, render_mark(mark))
            os.replace(f"{path}.new", path)

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, name)


@contextlib.contextmanager
def _taken_back_on_failure(log: int, end: int) -> Iterator[None]:
    """Cut off what was written behind `end` unless all went well, so that the caller may try the same again."""
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            with contextlib.suppress(OSError):  # else the next append finds it
                os.ftruncate(log, end)
                sync(log)


def _check_lines(lines: Sequence[bytes]) -> None:
    for number, line in enumerate(lines, 1):
        if not line or b"\n" in line or len(line) > MAX_LINE:
            newlines = line.count(b"\n")
            found = f"{len(line)} bytes with {newlines} newlines"
            wanted = f"one line of 1 to {MAX_LINE} bytes"
            raise InvalidReceipt(f"Receipt {number} of {len(lines)} cannot be appended: found {found}, wanted {wanted}")


def _advance(log: int, mark: Mark, size: int) -> Mark:
    """Read on from a place until there are `size` receipts, or no more complete ones."""
    hashes: List[bytes] = []
    offset = mark.offset
    for line in islice(_complete_lines(log, offset), max(0, size - mark.frontier.size)):
        hashes.append(leaf_hash(line))
        offset += len(line) + 1
    return Mark(mark.frontier.extended(hashes), offset)


def _complete_lines(log: int, offset: int) -> Iterator[bytes]:
    """Yield the lines from `offset` on, without newline, up to one that has none or is too long for a receipt."""
    rest = b""
    while len(rest) <= MAX_LINE:
        chunk = os.pread(log, _CHUNK, offset)
        if not chunk:
            return
        offset += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        yield from takewhile(_fits, lines)
        if not all(map(_fits, lines)):
            return


def _fits(line: bytes) -> bool:
    return len(line) <= MAX_LINE


def _unavailable(folder: str, error: OSError) -> LedgerUnavailable:
    remedy = "Put that right and run again: what was not acknowledged is taken back or adopted by the next append."
    return LedgerUnavailable(f"The ledger in {folder} cannot be used: {error}", remedy)
