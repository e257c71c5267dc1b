# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The journal as a file: appended to and fsynced, one entry at a time."""

from __future__ import annotations

import os
from typing import Any, Callable, Tuple

from .clock import rfc3339
from .entries import Entry, Parsed, parse_entries, render_entry
from .files import FILE, Files, alone


class Journal:
    """`journal.jsonl` of one stack. Two processes may append: each append reads what the other wrote."""

    def __init__(self, files: Files, path: str, now: Callable[[], float]) -> None:
        self.path = path
        self._files = files
        self._now = now
        self._parsed = Parsed((), 0)

    def entries(self) -> Tuple[Entry, ...]:
        """Return all entries as they are on the disk now. Raises InvalidInput when the file is damaged."""
        return self._read().entries

    def append(self, run: str, event: str, **fields: Any) -> Entry:
        """Write one entry and return when it is on the disk."""
        with alone(os.path.dirname(self.path)):
            self._make()
            parsed = self._read()
            if os.path.getsize(self.path) > parsed.size:
                self._files.truncate(self.path, parsed.size)
                self._files.sync(self.path)
            entry = Entry(len(parsed.entries) + 1, rfc3339(self._now()), run, event, fields)
            line = render_entry(entry)
            self._files.append(self.path, line)
            self._files.sync(self.path)
            self._parsed = Parsed((*parsed.entries, entry), parsed.size + len(line))
        return entry

    def _make(self) -> None:
        if not self._files.require(self.path, FILE):
            self._files.write(self.path, b"")
            self._files.sync(os.path.dirname(self.path))

    def _read(self) -> Parsed:
        if not self._files.require(self.path, FILE):
            return Parsed((), 0)
        if os.path.getsize(self.path) != self._parsed.size:
            self._parsed = parse_entries(self._files.read(self.path), self.path)
        return self._parsed
