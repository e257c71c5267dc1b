# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One end for several things that each wait for others: locks, git commands."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A time of the monotonic clock, in seconds; by default there is none."""

    at: float = math.inf

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    def left(self, most: float = math.inf) -> float:
        """Return how many seconds one thing may still take that takes `most` at the longest; 0 when time is up."""
        return max(0.0, min(most, self.at - time.monotonic()))


NO_DEADLINE = Deadline()
