# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stands between the ledger and the system: every call that an append makes goes through a function of the test."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Callable

SYSTEM_CALLS = frozenset(
    {"open", "close", "read", "pread", "write", "fsync", "ftruncate", "fstat", "replace", "mkdir", "flock", "fcntl"}
)


class Calls:
    """Takes the place of the module `os` or `fcntl`. `around` gets a call's name, the call itself and its arguments."""

    def __init__(self, module: ModuleType, around: Callable[..., Any]) -> None:
        self._module = module
        self._around = around

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if name not in SYSTEM_CALLS:
            return found
        return lambda *arguments: self._around(name, found, *arguments)
