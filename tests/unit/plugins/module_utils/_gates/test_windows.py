# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Freeze windows over real calendars: days, nights, dates, and clocks that are put back and forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.windows import frozen_by, opens_at
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import DAYS, Window

ZONES = {name: ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")}
WEEKEND = Window("weekend", zone="Europe/Berlin", days=("fri",), starts="15:00", ends="24:00")
NIGHTS = Window("nights", zone="Europe/Berlin", starts="17:00", ends="09:00")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONES["Europe/Berlin"])


def is_frozen(window: Window, at: datetime) -> bool:
    return bool(frozen_by((window,), ZONES, at))


@pytest.mark.parametrize(
    ("at", "frozen"),
    [
        ("2026-11-20T14:59:59", False),  # a Friday
        ("2026-11-20T15:00:00", True),
        ("2026-11-20T23:59:59", True),
        ("2026-11-21T00:00:00", False),
        ("2026-11-19T16:00:00", False),
    ],
)
def test_a_window_of_a_day_freezes_from_its_beginning_up_to_its_end(at: str, frozen: bool) -> None:
    assert is_frozen(WEEKEND, berlin(at)) is frozen


@pytest.mark.parametrize(
    ("at", "frozen"), [("2026-11-20T16:59", False), ("2026-11-20T17:00", True), ("2026-11-21T08:59", True)]
)
def test_a_window_that_ends_before_it_begins_ends_on_the_next_day(at: str, frozen: bool) -> None:
    assert is_frozen(NIGHTS, berlin(at)) is frozen


def test_the_night_of_a_friday_belongs_to_the_friday() -> None:
    night = Window("night", zone="Europe/Berlin", days=("fri",), starts="22:00", ends="06:00")
    assert is_frozen(night, berlin("2026-11-21T05:59"))
    assert not is_frozen(night, berlin("2026-11-20T05:59"))


def test_dates_freeze_whole_days_from_the_first_to_the_last_one() -> None:
    year_end = Window("year end", zone="Europe/Berlin", dates=("2026-12-20/2027-01-02", "2026-12-06"))
    assert not is_frozen(year_end, berlin("2026-12-19T23:59"))
    assert is_frozen(year_end, berlin("2026-12-20T00:00"))
    assert is_frozen(year_end, berlin("2027-01-02T23:59"))
    assert not is_frozen(year_end, berlin("2027-01-03T00:00"))
    assert is_frozen(year_end, berlin("2026-12-06T12:00"))
    assert opens_at((year_end,), ZONES, berlin("2026-12-24T12:00")) == berlin("2027-01-03T00:00")


def test_what_freezes_one_after_the_other_opens_when_the_last_one_ends() -> None:
    windows = (NIGHTS, Window("mondays", zone="Europe/Berlin", days=("mon",), starts="08:00", ends="12:00"))
    assert opens_at(windows, ZONES, berlin("2026-11-22T20:00")) == berlin("2026-11-23T12:00")


def test_what_is_always_frozen_never_opens() -> None:
    assert opens_at((Window("always"),), ZONES, berlin("2026-11-22T20:00")) is None


def test_an_hour_that_comes_twice_is_frozen_twice() -> None:
    window = Window("at night", zone="Europe/Berlin", starts="02:00", ends="03:00")
    twice = berlin("2026-10-25T02:30")
    assert is_frozen(window, twice) and is_frozen(window, twice.replace(fold=1))
    opens = opens_at((window,), ZONES, twice)
    assert opens == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)  # 03:00 on the wall, two hours after 02:00


def test_a_window_opens_where_the_clock_jumps_over_its_end() -> None:
    window = Window("at night", zone="Europe/Berlin", starts="01:00", ends="02:30")
    assert opens_at((window,), ZONES, berlin("2026-03-29T01:30")) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 59)))
WINDOWS = st.builds(
    Window,
    name=st.just("window"),
    zone=st.sampled_from(sorted(ZONES)),
    days=st.lists(st.sampled_from(DAYS), unique=True, max_size=3).map(tuple),
    starts=TIMES,
    ends=st.one_of(TIMES, st.just("24:00")),
)
# The days around which these zones put their clocks forward or back, and ordinary ones.
CHANGES = [
    datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 29), (4, 4), (10, 3), (10, 25), (11, 1))
]
INSTANTS = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-4000, 4000)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WINDOWS, min_size=1, max_size=3).map(tuple), INSTANTS)
def test_everything_before_it_opens_is_frozen_and_the_moment_itself_is_not(
    windows: tuple[Window, ...], at: datetime
) -> None:
    if not frozen_by(windows, ZONES, at):
        return
    opens = opens_at(windows, ZONES, at)
    if opens is None:
        assert all(frozen_by(windows, ZONES, at + timedelta(minutes=37 * step)) for step in range(500))
        return
    assert opens > at and not frozen_by(windows, ZONES, opens)
    minutes = int((opens - at).total_seconds() // 60)
    assert all(frozen_by(windows, ZONES, at + timedelta(minutes=step)) for step in range(min(minutes, 1500)))


@settings(max_examples=200, deadline=None)
@given(WINDOWS, INSTANTS)
def test_a_window_is_what_the_clock_on_the_wall_says(window: Window, at: datetime) -> None:
    wall = at.astimezone(ZONES[window.zone])
    now, starts = wall.strftime("%H:%M"), window.starts
    over_night = window.ends <= starts
    days = window.days or DAYS
    today, yesterday = DAYS[wall.weekday()] in days, DAYS[wall.weekday() - 1] in days
    begun = today and now >= starts and (over_night or now < window.ends)
    assert is_frozen(window, at) is (begun or (over_night and yesterday and now < window.ends))
