# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Freeze windows: whether a time is in one, and when the next time comes that is in none (pure).

A window is what the clock on the wall shows in its zone. Where that clock is put back, an hour that comes twice is in
the window twice; where it is put forward, an hour that never comes is in none.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Iterator, List, Mapping, Optional, Sequence, Tuple

from .._manifest.policy_model import DAYS, Window
from .approvals import Count
from .finding import Finding
from .model import FAILED, INCONCLUSIVE, PASSED

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


def judge_windows(
    windows: Sequence[Window], zones: Zones, now: datetime, overriding: Mapping[str, Count], reason: str, approve: str
) -> Finding:
    """Judge a time. `zones` lacks those that the control node does not know, `overriding` are who lets it go on in the
    windows that are frozen now, `reason` is why, and `approve` the command that asks them.
    """
    known = [one for one in windows if one.zone in zones]
    frozen = frozen_by(known, zones, now)
    closed = [one for one in frozen if not (reason and _is_overridden(one, overriding))]
    wanted = f"a time outside of the freeze windows {', '.join(one.name for one in windows)}"
    if closed:
        opens = opens_at(known, zones, now)
        told = [_frozen_text(one, opens, zones, overriding) for one in closed]
        return Finding(FAILED, "; ".join(told), wanted, _remedy(closed, opens, overriding, approve))
    unknown = sorted({one.zone for one in windows if one.zone not in zones})
    if unknown:
        found = f"the control node does not know the time zone {', '.join(unknown)}"
        return Finding(INCONCLUSIVE, found, wanted, "correct the name, or install tzdata on the control node")
    if frozen:
        told = [f"frozen by {one.name}, overridden by {', '.join(overriding[one.name].people)}" for one in frozen]
        return Finding(PASSED, f"{'; '.join(told)}: {reason}", wanted)
    return Finding(PASSED, f"{_text(now)} is in none of them", wanted)


def _is_overridden(window: Window, overriding: Mapping[str, Count]) -> bool:
    return window.override is not None and len(overriding[window.name].people) >= window.override.threshold


def _frozen_text(window: Window, opens: Optional[datetime], zones: Zones, overriding: Mapping[str, Count]) -> str:
    until = f"until {_text(opens, zones[window.zone])} {window.zone}" if opens else "without end"
    told = [f"frozen by {window.name} {until}" + (f" ({window.reason})" if window.reason else "")]
    if window.override is not None:
        people = ", ".join(overriding[window.name].people) or "nobody"
        told.append(f"overridden by {people}, wanted {window.override.threshold}")
        told += overriding[window.name].left_out
    return "; ".join(told)


def _remedy(closed: Sequence[Window], opens: Optional[datetime], overriding: Mapping[str, Count], approve: str) -> str:
    """When to try again, and what to do where that is too late."""
    ways: List[str] = [f"promote again from {_text(opens)} on"] if opens else []
    if all(_is_overridden(one, overriding) for one in closed):
        ways.append("say why it can't wait: -e promotion_override_reason=TEXT")
    elif all(one.override is not None for one in closed):
        ways.append(f"if it can't wait, have it overridden: {approve}")
    return ", or ".join(ways) or "correct the windows of the policy: they never end"


def _text(at: datetime, zone: tzinfo = timezone.utc) -> str:
    text = at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    return f"{text}Z" if zone is timezone.utc else text


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
