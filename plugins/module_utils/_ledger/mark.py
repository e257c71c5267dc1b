# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""frontier.json: a place in a log from which it can be read on, without what lies before it.

It is believed for what follows from it only: the receipts read from there must give the root of the checkpoint.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .._data import canonical_json
from .tree import EMPTY, HASH_BYTES, Frontier


@dataclass(frozen=True)
class Mark:
    """The tree of the receipts before the byte `offset` of the log."""

    frontier: Frontier
    offset: int


START = Mark(EMPTY, 0)


def render_mark(mark: Mark) -> bytes:
    """Return the content of frontier.json."""
    hashes = [one.hex() for one in mark.frontier.hashes]
    return canonical_json({"size": mark.frontier.size, "offset": mark.offset, "hashes": hashes}) + b"\n"


def parse_mark(data: bytes) -> Mark:
    """Read frontier.json; whatever makes no sense there is as good as the start of the log."""
    try:
        content = json.loads(data.decode("utf-8"))
        size, offset = _count(content["size"]), _count(content["offset"])
        hashes = tuple(bytes.fromhex(one) for one in content["hashes"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return START
    whole = len(hashes) == bin(size).count("1") and all(len(one) == HASH_BYTES for one in hashes)
    return Mark(Frontier(size, hashes), offset) if whole else START


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(value)
    return value
