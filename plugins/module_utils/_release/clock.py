# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times as the journal, the lock and release.json write them: RFC 3339, UTC, milliseconds."""

from __future__ import annotations

import datetime


def rfc3339(epoch: float) -> str:
    """Return `epoch` (seconds since 1970, UTC) as `2026-01-31T23:59:59.123Z` (RFC 3339, section 5.6)."""
    moment = datetime.datetime.fromtimestamp(epoch, tz=datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def epoch_of(text: str) -> float:
    """Return the seconds since 1970 of what `rfc3339` wrote. Raises ValueError on anything else."""
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()
