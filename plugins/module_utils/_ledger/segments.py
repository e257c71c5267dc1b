# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A ledger as files for git, which keeps every version of a file: the log in segments, so that none grows for ever.

ledger/log/<index of its first receipt, 12 digits>.jsonl    one after the other they are log.jsonl
ledger/checkpoint                                           as in a folder
ledger/frontier.json                                        as in a folder: the place where the last segment begins
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, Iterator, Mapping, Optional, Sequence, Tuple

from .._errors import InvalidReceipt
from .checkpoint import Checkpoint, Note, NoteSignature, checkpoint_body, format_note
from .mark import START, Mark, render_mark
from .tree import hash_lines

FOLDER = "ledger"
CHECKPOINT_PATH = FOLDER + "/checkpoint"
FRONTIER_PATH = FOLDER + "/frontier.json"
SEGMENT_BYTES = 256 * 1024  # a segment that has so many gets no more receipts
_LOG = FOLDER + "/log/"
_SEGMENT = re.compile(re.escape(_LOG) + r"([0-9]{12})\.jsonl")
REMEDY = "Nothing was written. Run verify.yml, which says what is wrong with it, and from where to restore it."


@dataclass(frozen=True)
class Tail:
    """The end of a log, as far as an append asks for: its last segment, and the place where that begins."""

    checkpoint: Optional[Checkpoint] = None
    mark: Mark = START
    data: bytes = b""

    @property
    def size(self) -> int:
        """How many receipts the log has."""
        return self.checkpoint.size if self.checkpoint else 0


def segment_path(first: int) -> str:
    return f"{_LOG}{first:012d}.jsonl"


def segments_of(entries: Mapping[str, str], since: int = 0) -> Tuple[Tuple[int, str], ...]:
    """Return the index of the first receipt and the content's name of all segments from the receipt `since` on.

    `entries` are the files of the ledger by their paths. Raises `InvalidReceipt` for a file that is no segment.
    """
    found = []
    for path, content in entries.items():
        match = _SEGMENT.fullmatch(path)
        if match:
            found.append((int(match[1]), content))
        elif path.startswith(_LOG):
            raise InvalidReceipt(f"found {path}, wanted only segments of the log beside it", REMEDY)
    return tuple(sorted(one for one in found if one[0] >= since))


def replay(mark: Mark, segments: Iterable[Tuple[int, bytes]], checkpoint: Checkpoint) -> Tail:
    """Read a log on from `mark` and return its end.

    Raises `InvalidReceipt` unless the receipts, with those before the mark, are exactly those of the checkpoint.
    """
    begin, after, data = mark, mark, b""
    for first, content in segments:
        begin, data = after, content
        if first != begin.frontier.size or not content.endswith(b"\n"):
            raise InvalidReceipt(f"{segment_path(first)} does not go on where the receipts before it end", REMEDY)
        after = _after(begin, content)
    if (after.frontier.size, after.frontier.root()) != (checkpoint.size, checkpoint.root):
        fault = f"{after.frontier.size} receipts are not the {checkpoint.size} of its checkpoint"
        raise InvalidReceipt(f"log and checkpoint do not fit: {fault}", REMEDY)
    return Tail(checkpoint, begin, data)


def grown(
    tail: Tail, lines: Sequence[bytes], origin: str, sign: Callable[[bytes], NoteSignature]
) -> Tuple[Tail, Dict[str, bytes]]:
    """Return the end of the log with `lines`, which are some, after it, and the files that change by that."""
    mark, files = tail.mark, {}
    for mark, data in _filled(tail, lines):
        files[segment_path(mark.frontier.size)] = data
    frontier = _after(mark, data).frontier
    checkpoint = Checkpoint(origin, frontier.size, frontier.root())
    body = checkpoint_body(checkpoint)
    files[FRONTIER_PATH] = render_mark(mark)
    files[CHECKPOINT_PATH] = format_note(Note(body, (sign(body.encode("utf-8")),))).encode("utf-8")
    return Tail(checkpoint, mark, data), files


def _filled(tail: Tail, lines: Sequence[bytes]) -> Iterator[Tuple[Mark, bytes]]:
    """Yield the segments that hold `lines`, each with the place where it begins."""
    mark, parts, size = tail.mark, [tail.data], len(tail.data)
    for line in lines:
        if size >= SEGMENT_BYTES:
            data = b"".join(parts)
            if len(parts) > 1:
                yield mark, data
            mark, parts, size = _after(mark, data), [b""], 0
        parts.append(line + b"\n")
        size += len(line) + 1
    yield mark, b"".join(parts)


def _after(mark: Mark, data: bytes) -> Mark:
    """The place behind a segment that begins at `mark`."""
    return Mark(mark.frontier.extended(hash_lines(data.split(b"\n")[:-1])), mark.offset + len(data))
