# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Freeze windows: whether a time is in one, and when the next time comes that is in none (pure).

A window is what the clock on the wall shows in its zone. Where that clock is put back, an hour that comes twice is in
the window twice; where it is put forward, an hour that never comes is in none.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Iterator, Mapping, Optional, Sequence, Tuple

from .._manifest.model import DAYS, Window

NAME = "window"
Zones = Mapping[str, tzinfo]

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_TWO_WEEKS = 15  # days: what windows of days of the week can do, they have done by then
_FURTHEST = 4000  # days: about as far as anybody plans


def frozen_by(windows: Sequence[Window], zones: Zones, at: datetime) -> Tuple[Window, ...]:
    """Return the windows that `at`, a time with a zone, is in. `zones` has the zone of each of them by its name."""
    return tuple(one for one in windows if _holds(one, at.astimezone(zones[one.zone]).replace(tzinfo=None)))


def opens_at(windows: Sequence[Window], zones: Zones, after: datetime) -> Optional[datetime]:
    """Return the first time (UTC) after a frozen one that is in no window; None where none comes within years."""
    for end in _ends(windows, zones, after):
        if not frozen_by(windows, zones, end):
            return _first_open(windows, zones, after, end)
    return None


def _holds(window: Window, wall: datetime) -> bool:
    """Tell whether a window has begun on the day of `wall`, or on the day before, and has not ended."""
    return any(
        _is_day_of(window, day) and _begin(window, day) <= wall < _end(window, day)
        for day in (wall.date() - _DAY, wall.date())
    )


def _is_day_of(window: Window, day: date) -> bool:
    ranges = [date_range(one) for one in window.dates]
    in_dates = not ranges or any(first <= day <= last for first, last in ranges)
    return in_dates and (not window.days or DAYS[day.weekday()] in window.days)


def date_range(text: str) -> Tuple[date, date]:
    """Read `2026-12-20` or `2026-12-20/2027-01-02`, both days included. Raises `ValueError`."""
    first, _slash, last = text.partition("/")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def _begin(window: Window, day: date) -> datetime:
    return datetime.combine(day, _time(window.starts))


def _end(window: Window, day: date) -> datetime:
    """The end on the wall: on the next day where it is not later than the beginning."""
    if window.ends == "24:00":
        return datetime.combine(day + _DAY, time())
    end = datetime.combine(day, _time(window.ends))
    return end if end > _begin(window, day) else end + _DAY


def _time(text: str) -> time:
    return time(int(text[:2]), int(text[3:]))


def _ends(windows: Sequence[Window], zones: Zones, after: datetime) -> Iterator[datetime]:
    """Yield in their order the times (UTC) after `after` at which a window may end."""
    today = after.astimezone(timezone.utc).date()
    for number in range(-2, _horizon(windows, today)):
        day = today + number * _DAY
        ends = {
            _end(one, day).replace(tzinfo=zones[one.zone], fold=fold).astimezone(timezone.utc)
            for one in windows
            for fold in (0, 1)
        }
        yield from sorted(one for one in ends if one > after)


def _horizon(windows: Sequence[Window], today: date) -> int:
    lasts = [(date_range(text)[1] - today).days for one in windows for text in one.dates]
    return min(_FURTHEST, max([0, *lasts]) + _TWO_WEEKS)


def _first_open(windows: Sequence[Window], zones: Zones, after: datetime, end: datetime) -> datetime:
    """Go back from an end in the open to where it began: a clock that is put forward jumps over the end itself."""
    while end - _MINUTE > after and not frozen_by(windows, zones, end - _MINUTE):
        end -= _MINUTE
    return end
