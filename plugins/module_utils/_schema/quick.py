# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tells quickly whether plain data fits a kind of the schema, for those who look at many (pure).

It never says yes where `structure.normalise` finds a fault. Where it says no, `normalise` says what is wrong, if
anything is.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping, Type

from .fields import Anything, Boolean, Kind, ListOf, MapOf, Nullable, Number, Record, Text
from .wording import control_character

Fits = Callable[[Any], bool]
_MISSING = object()  # fits nothing; a record with a field of any kind at all is left to `normalise`


def quick_check(kind: Kind) -> Fits:
    """Return the function that tells whether data fits. Make it once, for it takes its time."""
    return _CHECKS[type(kind)](kind)


def _never(_value: Any) -> bool:
    return False


def _always(_value: Any) -> bool:
    return True


def _text(kind: Text) -> Fits:
    if kind.inspect is not None:
        return _never
    allowed = frozenset(kind.allowed)
    if allowed:
        return lambda value: value.__class__ is str and value in allowed
    matches: Callable[[str], Any] = re.compile(kind.pattern).search if kind.pattern else _always
    blanks, empty = "\n\t" if kind.multiline else "", kind.empty

    def fits(value: Any) -> bool:
        if value.__class__ is not str or not (value or empty):
            return False
        return bool(matches(value)) and (value.isprintable() or control_character(value, blanks) is None)

    return fits


def _number(kind: Number) -> Fits:
    types = (int,) if kind.whole else (int, float)
    low, above, high = kind.minimum, kind.above, kind.maximum

    def fits(value: Any) -> bool:
        return (
            value.__class__ in types
            and (low is None or value >= low)
            and (above is None or value > above)
            and (high is None or value <= high)
        )

    return fits


def _boolean(_kind: Boolean) -> Fits:
    return lambda value: value.__class__ is bool


def _anything(_kind: Anything) -> Fits:
    return _always


def _list(kind: ListOf) -> Fits:
    item, minimum = quick_check(kind.item), kind.minimum
    return lambda value: value.__class__ is list and len(value) >= minimum and all(map(item, value))


def _map(kind: MapOf) -> Fits:
    key, item, minimum = quick_check(kind.key), quick_check(kind.value), kind.minimum

    def fits(value: Any) -> bool:
        fine = value.__class__ is dict and len(value) >= minimum
        return fine and all(map(key, value)) and all(map(item, value.values()))

    return fits


def _nullable(kind: Nullable) -> Fits:
    inner = quick_check(kind.kind)
    return lambda value: value is None or inner(value)


def _record(kind: Record) -> Fits:
    if kind.one_of or not all(field.required and not isinstance(field.kind, Anything) for field in kind.fields):
        return _never
    checks = tuple((field.name, quick_check(field.kind)) for field in kind.fields)
    count = len(checks)

    def fits(value: Any) -> bool:
        if value.__class__ is not dict or len(value) != count:
            return False
        get = value.get
        for name, check in checks:  # noqa: SIM110 - a generator takes longer
            if not check(get(name, _MISSING)):
                return False
        return True

    return fits


_CHECKS: Mapping[Type[Any], Callable[[Any], Fits]] = {
    Text: _text,
    Number: _number,
    Boolean: _boolean,
    Anything: _anything,
    ListOf: _list,
    MapOf: _map,
    Nullable: _nullable,
    Record: _record,
}
