# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A failure in words (pure)."""

from __future__ import annotations

from .model import Failure


def describe(failure: Failure) -> str:
    """Say what failed, what was seen and wanted, what to do, and end with the last lines of the log."""
    place = " ".join(part for part in (failure.module, failure.check and f"check {failure.check!r}") if part)
    lines = [f"{failure.step}: {place}: {failure.message}" if place else f"{failure.step}: {failure.message}"]
    if failure.found or failure.wanted:
        lines.append(f"found {failure.found or 'nothing'}, wanted {failure.wanted}")
    if failure.remedy:
        lines.append(failure.remedy)
    if failure.log:
        lines.append(f"last lines of the log of {failure.module}:")
        lines += [f"  {line}" for line in failure.log]
    return "\n".join(lines)
