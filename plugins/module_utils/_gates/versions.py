# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a version is new enough (pure).

Only the numbers at its beginning count: distributions put words of their own behind them (`20.10.24+dfsg1`), and so do
builds of vendors (`2.40.3-desktop.1`).
"""

from __future__ import annotations

import re
from typing import Optional, Tuple

_NUMBERS = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)")


def at_least(version: str, minimum: str) -> Optional[bool]:
    """Tell whether `version` satisfies `minimum` (`>=20.10`); None for a version without numbers (`dev`)."""
    found, wanted = _numbers(version), _numbers(minimum[len(">=") :])
    if not found:
        return None
    return _padded(found, len(wanted)) >= wanted


def _numbers(text: str) -> Tuple[int, ...]:
    match = _NUMBERS.match(text.strip())
    return tuple(int(one) for one in match.group(1).split(".")) if match else ()


def _padded(numbers: Tuple[int, ...], length: int) -> Tuple[int, ...]:
    return numbers + (0,) * (length - len(numbers))
