# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.clocks import clock_difference

ROUNDING = 0.002  # seconds: both figures are told in milliseconds
SPANS = st.floats(0, 60)


@given(st.floats(-86400, 86400), SPANS, SPANS, SPANS)
def test_the_true_difference_is_never_further_off_than_what_is_told(
    ahead: float, there: float, took: float, back: float
) -> None:
    asked_at = 1_770_000_000.0
    told = clock_difference(asked_at, there + took + back, asked_at + there + ahead, took)
    assert abs(told["skew_seconds"] - ahead) <= told["error_seconds"] + ROUNDING


def test_the_time_that_the_host_took_makes_it_no_less_certain() -> None:
    told = clock_difference(1000.0, 30.4, 1000.2 - 45, 30.0)
    assert told == {"skew_seconds": -45.0, "error_seconds": 0.2}
