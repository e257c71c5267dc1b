# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turns the system calls of appends into operations that a disk can be made to forget."""

from __future__ import annotations

import os
from typing import Any, Callable

from ansible_collections.mint.promotion.plugins.module_utils._release.files import Operation


class Recorder:
    """Goes between `Calls` and the system. `operations` says of each how many receipts had been acknowledged then."""

    def __init__(self) -> None:
        self.operations: list[tuple[Operation, int]] = []
        self.acknowledged = 0
        self._paths: dict[int, str] = {}

    def __call__(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        there = name == "open" and os.path.exists(arguments[0])
        result = call(*arguments)
        record = getattr(self, "_" + name, None)
        if name == "open":
            self._open(result, there, *arguments)
        elif record is not None:
            record(*arguments)
        return result

    def _add(self, operation: Operation) -> None:
        self.operations.append((operation, self.acknowledged))

    def _open(self, descriptor: int, there: bool, path: str, flags: int, _mode: int = 0) -> None:
        self._paths[descriptor] = path
        if flags & os.O_CREAT and not there:
            self._add(Operation("write", path))
        elif flags & os.O_TRUNC:
            self._add(Operation("truncate", path))

    def _mkdir(self, path: str) -> None:
        self._add(Operation("make_directory", path))

    def _write(self, descriptor: int, data: bytes) -> None:
        self._add(Operation("append", self._paths[descriptor], bytes(data)))

    def _ftruncate(self, descriptor: int, size: int) -> None:
        self._add(Operation("truncate", self._paths[descriptor], size=size))

    def _fsync(self, descriptor: int) -> None:
        self._add(Operation("sync", self._paths[descriptor]))

    def _replace(self, path: str, target: str) -> None:
        self._add(Operation("rename", path, target=target))
