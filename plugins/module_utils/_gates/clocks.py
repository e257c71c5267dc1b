# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far two clocks are apart, told from one question and its answer (pure).

It is the arithmetic of NTP (RFC 5905, section 8): the question left at T1 and was there at T2, the answer left at T3
and was here at T4. Wherever between the two the time on the way was spent, the difference is known up to half of it.
"""

from __future__ import annotations

from typing import Dict


def clock_difference(asked_at: float, round_trip: float, began_at: float, took: float) -> Dict[str, float]:
    """Return how far the other clock is ahead (`skew_seconds`) and by how much that can be wrong (`error_seconds`).

    `asked_at` is when the question left by this clock, `began_at` when it was there by the other one, both in seconds
    since 1970; `round_trip` and `took` are how long each side measured until the answer, in seconds, by clocks that are
    never set.
    """
    ahead_at_arrival = began_at - asked_at
    ahead_at_return = began_at + took - (asked_at + round_trip)
    skew = (ahead_at_arrival + ahead_at_return) / 2
    error = max(0.0, round_trip - took) / 2
    return {"skew_seconds": round(skew, 3), "error_seconds": round(error, 3)}
