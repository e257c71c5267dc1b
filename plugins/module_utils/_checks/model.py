# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check is asked of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Sequence, Tuple


@dataclass(frozen=True)
class Target:
    """The module that a check is about.

    `base_url` gives the address of a target port (None: the module's first), `execute` runs a command in its
    container and gives exit code and output. Both raise CouldNotCheck or CommandFailed when they cannot.
    """

    module: str
    base_url: Callable[[Optional[int]], str]
    execute: Callable[[Sequence[str], float], Tuple[int, str]]
